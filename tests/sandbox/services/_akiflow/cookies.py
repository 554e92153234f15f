# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cookie sessions of the web host and their changing XSRF value (Akiflow protocol page, sections 3, 9.1 and 9.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from ...canaries import Canaries, fingerprint
from ...clock import Clock
from ...exchange import Call, Headers
from .refusals import mismatch

SESSION_COOKIE = "akiflow_session"
XSRF_COOKIE = "XSRF-TOKEN"
XSRF_HEADER = "x-xsrf-token"
REMEMBER_COOKIE = "remember_web_59ba36addc2b2f9401580f014c7f58ea4e30989d"
_REMEMBERED_SECONDS = 400 * 86400


@dataclass(eq=False)
class CookieSession:
    """What the web host knows of one browser. `xsrf` is the decoded value."""

    value: str
    xsrf: str
    expires: float
    account: str | None = None
    pair: str | None = None


@dataclass
class CookieBook:
    """All cookie sessions by the value of their cookie."""

    clock: Clock
    canaries: Canaries
    live: dict[str, CookieSession] = field(default_factory=dict)

    def open(self, ttl: float) -> CookieSession:
        """A new one."""
        session = CookieSession(self._session_value(), self._xsrf_value(), self.clock.now() + ttl)
        self.live[session.value] = session
        return session

    def rotate(self, session: CookieSession) -> None:
        """Another XSRF value; the last one is worth nothing from now on."""
        session.xsrf = self._xsrf_value()

    def renew(self, session: CookieSession) -> None:
        """Another value of the session's cookie; the last one is worth nothing from now on."""
        self.live.pop(session.value, None)
        session.value = self._session_value()
        self.live[session.value] = session

    def find(self, call: Call) -> CookieSession | None:
        """The session that the call's cookie names."""
        session = self.live.get(cookies_of(call).get(SESSION_COOKIE, ""))
        return session if session is not None and self.clock.now() < session.expires else None

    def check(self, call: Call) -> CookieSession:
        """Section 9.2: a known session, and the decoded value of this moment."""
        session = self.find(call)
        if session is None:
            raise mismatch("no cookie session")
        found = call.header(XSRF_HEADER)
        if found != session.xsrf:
            raise mismatch("the XSRF value came undecoded" if found == encoded(session.xsrf) else "wrong XSRF value")
        return session

    def drop(self, account: str | None = None) -> int:
        """Forget the sessions of an account, or all of them; how many there were."""
        gone = [session for session in self.live.values() if account is None or session.account == account]
        for session in gone:
            del self.live[session.value]
        return len(gone)

    def remember(self) -> str:
        """The value of a cookie that nobody asks for again."""
        return encoded(self._xsrf_value())

    def _session_value(self) -> str:
        return f"eyJ{self.canaries.mint()}%3D"

    def _xsrf_value(self) -> str:
        """It has what a client may decode wrongly: plus, slash, equals sign."""
        return f"eyJ{self.canaries.mint()}+canary/+/=="


def encoded(value: str) -> str:
    """The value as the cookie has it."""
    return quote(value, safe="")


def cookies_of(call: Call) -> dict[str, str]:
    """The cookies of a call; of two with one name the first, as servers do."""
    found: dict[str, str] = {}
    for part in call.header("cookie").split(";"):
        name, separator, value = part.strip().partition("=")
        if separator:
            found.setdefault(name, value)
    return found


def note(call: Call) -> None:
    """Let the journal tell cookies apart."""
    cookies = cookies_of(call)
    if SESSION_COOKIE in cookies:
        call.notes["session"] = fingerprint(cookies[SESSION_COOKIE])
    if value := call.header(XSRF_HEADER):
        call.notes["xsrf"] = fingerprint(value)


def set_cookies(session: CookieSession, clock: Clock, scheme: str, variant: str) -> Headers:
    """Section 9.1: both with one path and no domain; Secure where there is TLS."""
    ttl = max(0, int(session.expires - clock.now()))
    tail = f"; Max-Age={ttl}; Path=/; SameSite=Lax{_secure(scheme)}"
    own = ("Set-Cookie", f"{SESSION_COOKIE}={session.value}{tail}; HttpOnly")
    value = ("Set-Cookie", f"{XSRF_COOKIE}={encoded(session.xsrf)}{tail}")
    if variant == "none":
        return (own,)
    if variant == "foreign":
        return (("Set-Cookie", f"{value[1]}; Domain=elsewhere.example"), own)
    if variant == "two":
        stale = f"{XSRF_COOKIE}={encoded('eyJstale+/==')}; Max-Age={ttl}; Path=/auth; SameSite=Lax{_secure(scheme)}"
        return (("Set-Cookie", stale), value, own)
    return (value, own)


def remember_cookie(value: str, scheme: str) -> Headers:
    """What `remember: true` brings."""
    tail = f"Max-Age={_REMEMBERED_SECONDS}; Path=/; SameSite=Lax{_secure(scheme)}; HttpOnly"
    return (("Set-Cookie", f"{REMEMBER_COOKIE}={value}; {tail}"),)


def _secure(scheme: str) -> str:
    return "; Secure" if scheme == "https" else ""
