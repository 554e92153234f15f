# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies that faults make: instead of the service's own, or out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .exchange import Call, Reply
from .faults import Fault

ErrorBody = Callable[[int, int, str, Any], dict[str, Any]]

PAGE = b"<!DOCTYPE html><html><head><title>Please wait</title></head><body><h1>Please wait</h1></body></html>"
NOT_UTF8 = b'{"Code":1000,"Text":"\xff\xfe\xe9\x80"}'
MEGABYTE = 1_000_000


def replacement(fault: Fault, error_body: ErrorBody) -> Reply | None:
    """The reply that this fault gives instead of the service's own; None when it is not of that sort."""
    maker = _REPLACEMENTS.get(fault.kind)
    return maker(fault, error_body) if maker else None


def spoiled(fault: Fault, call: Call, reply: Reply) -> Reply:
    """The service's reply as this fault changes it."""
    changer = _SPOILERS.get(fault.kind)
    return changer(fault, reply) if changer else reply


def _status(fault: Fault, error_body: ErrorBody) -> Reply:
    options = fault.options
    status = int(options.get("status", 500))
    headers = tuple((str(name), str(value)) for name, value in dict(options.get("headers") or {}).items())
    if "body" in options:
        body = options["body"]
        raw = body.encode() if isinstance(body, str) else None
        return Reply(status, None if raw is not None else body, raw=raw, headers=headers)
    error = str(options.get("error", f"Sandbox fault {status}"))
    body = error_body(status, int(options.get("code", status)), error, options.get("details"))
    return Reply(status, body, headers=headers)


def _html(fault: Fault, error_body: ErrorBody) -> Reply:
    return Reply(int(fault.options.get("status", 200)), raw=PAGE, content_type="text/html; charset=utf-8")


def _empty(fault: Fault, error_body: ErrorBody) -> Reply:
    return Reply(int(fault.options.get("status", 200)), raw=b"")


def _not_utf8(fault: Fault, error_body: ErrorBody) -> Reply:
    return Reply(int(fault.options.get("status", 200)), raw=NOT_UTF8)


def _bare_error(fault: Fault, error_body: ErrorBody) -> Reply:
    return Reply(int(fault.options.get("status", 500)), raw=b"upstream error\n", content_type="text/plain")


def _huge(fault: Fault, error_body: ErrorBody) -> Reply:
    padding = b"x" * int(float(fault.options.get("megabytes", 64)) * MEGABYTE)
    return Reply(200, raw=b'{"Code":1000,"Padding":"' + padding + b'"}')


def _redirect(fault: Fault, error_body: ErrorBody) -> Reply:
    location = str(fault.options.get("location", "/"))
    return Reply(int(fault.options.get("status", 302)), raw=b"", headers=(("Location", location),), content_type=None)


def _no_code(fault: Fault, reply: Reply) -> Reply:
    return _without(reply, {"Code"})


def _missing_field(fault: Fault, reply: Reply) -> Reply:
    return _without(reply, set(fault.options.get("fields", ())))


def _without(reply: Reply, names: set[str]) -> Reply:
    if not isinstance(reply.body, dict):
        return reply
    return replace(reply, body={name: value for name, value in reply.body.items() if name not in names})


def _wrong_content_type(fault: Fault, reply: Reply) -> Reply:
    return replace(reply, content_type=str(fault.options.get("content_type", "text/html")))


_REPLACEMENTS: dict[str, Callable[[Fault, ErrorBody], Reply]] = {
    "status": _status,
    "html": _html,
    "empty": _empty,
    "not_utf8": _not_utf8,
    "bare_error": _bare_error,
    "huge": _huge,
    "redirect": _redirect,
}
_SPOILERS: dict[str, Callable[[Fault, Reply], Reply]] = {
    "no_code": _no_code,
    "missing_field": _missing_field,
    "wrong_content_type": _wrong_content_type,
}
