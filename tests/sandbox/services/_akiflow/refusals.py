# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the service says no (Akiflow protocol page, sections 5, 6 and 9): JSON everywhere, but for the front end."""

from __future__ import annotations

from typing import Any

from ...exchange import Headers, Refusal, Reply

_PAGE = "text/html; charset=utf-8"
_REFUSED = b"""<!DOCTYPE html><html><head><title>Access denied</title></head>
<body><h1>Access denied</h1><p>The owner of this website has banned your access. Error code: 1010</p></body></html>"""
_LOGIN = b"""<!DOCTYPE html><html><head><title>Sign in</title></head>
<body><form method="post"><input type="email" name="email"><button>Continue</button></form></body></html>"""


class PageRefusal(Refusal):
    """What comes as a page and not from the application."""

    def __init__(self, status: int, page: bytes, reason: str) -> None:
        super().__init__(status, status, reason)
        self.reply = Reply(status, raw=page, content_type=_PAGE, refused=reason)


def blocked() -> PageRefusal:
    """Section 5: the front end does not like the client."""
    return PageRefusal(403, _REFUSED, "blocked by the front end")


def login_page() -> PageRefusal:
    """Section 4: a page to log in where JSON was expected."""
    return PageRefusal(200, _LOGIN, "log-in page")


def unauthenticated(reason: str) -> Refusal:
    """Sections 6 and 9.7."""
    return Refusal(401, 401, "Unauthenticated.", reason=reason)


def mismatch(reason: str) -> Refusal:
    """Section 9.2."""
    return Refusal(419, 419, "CSRF token mismatch.", reason=reason)


def invalid(field: str, message: str) -> Refusal:
    """A field that the application cannot use."""
    return Refusal(422, 422, message, details={"errors": {field: [message]}})


def too_many(seconds: int) -> Refusal:
    """The throttle."""
    headers: Headers = (("Retry-After", str(seconds)), ("X-RateLimit-Remaining", "0"))
    return Refusal(429, 429, "Too Many Attempts.", headers=headers)


def unusable(message: str, status: int = 400) -> Refusal:
    """The API does not take this."""
    return Refusal(status, status, message, details={"success": False})


def grant_refused(status: int, error: str, message: str, hint: str, reason: str) -> Refusal:
    """Section 5: no new pair."""
    details: dict[str, Any] = {"error": error, "error_description": message, "hint": hint}
    return Refusal(status, status, message, reason=reason, details=details)
