# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may go wrong at a service: every kind of fault that the sandbox knows, with the options that matter."""

from __future__ import annotations

import email.utils
import time
from typing import Any

from tests.faults.subjects import Provider

STATUSES = (300, 304, 400, 401, 403, 404, 408, 409, 410, 418, 422, 429, 500, 502, 503, 504, 599)
ALWAYS = ("drop_before", "drop_after", "html", "bare_error")


def _statuses() -> list[dict[str, Any]]:
    an_hour_later = email.utils.formatdate(time.time() + 3600, usegmt=True)
    waits = ("1", "0", "99999999", "soon", "-1", "1.5", an_hour_later, "Sun, 06 Nov 1994 08:49:37 GMT")
    codes = (401, 2001, 2028, 5003, 8002, 9001, 9101, 10003, 10013, 12087)
    return [
        *({"kind": "status", "status": status} for status in STATUSES),
        *({"kind": "status", "status": status, "count": None} for status in (401, 403, 422, 429, 500, 503)),
        *({"kind": "status", "status": status, "when": "after"} for status in (408, 500, 502, 504)),
        *({"kind": "status", "status": 429, "headers": {"retry-after": wait}} for wait in waits),
        {"kind": "status", "status": 503, "headers": {"Retry-After": "1"}, "count": None},
        *({"kind": "status", "status": 422, "code": code} for code in codes),
        *({"kind": "status", "status": 200, "code": code} for code in (1000, 2001, 10013)),
        {"kind": "status", "status": 200, "body": []},
        {"kind": "status", "status": 422, "code": 9001, "details": {"HumanVerificationMethods": 5, "WebUrl": []}},
    ]


def _pages() -> list[dict[str, Any]]:
    return [
        *({"kind": kind, "status": status} for kind in ("html", "empty", "not_utf8") for status in (200, 503)),
        *({"kind": kind, "when": "after"} for kind in ("html", "empty", "not_utf8", "redirect")),
        {"kind": "bare_error"},
        {"kind": "bare_error", "status": 404},
        {"kind": "huge", "megabytes": 33},
        {"kind": "redirect"},
        {"kind": "redirect", "status": 308, "location": "https://other.example/"},
        {"kind": "redirect", "location": "http://["},
        {"kind": "redirect", "location": "//[::1"},
    ]


def _connections() -> list[dict[str, Any]]:
    return [
        {"kind": "drop_before"},
        {"kind": "drop_after"},
        {"kind": "truncate"},
        {"kind": "delay", "seconds": 0.01},
        {"kind": "delay", "seconds": 0.01, "when": "after"},
        {"kind": "hold"},
        {"kind": "hold", "when": "after"},
        *({"kind": kind, "count": None} for kind in ALWAYS),
    ]


def _spoiled(fields: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"kind": "no_code"},
        *({"kind": "missing_field", "fields": [field]} for field in fields),
        {"kind": "wrong_content_type", "content_type": "text/html"},
        {"kind": "wrong_content_type", "content_type": "no/such; charset=none"},
    ]


def every(provider: Provider) -> list[dict[str, Any]]:
    """Every fault that can meet a request to a provider."""
    return [*_statuses(), *_pages(), *_connections(), *_spoiled(provider.fields), *provider.faults()]
