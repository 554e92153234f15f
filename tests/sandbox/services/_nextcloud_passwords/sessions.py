# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's sessions (Nextcloud Passwords protocol page, section 2)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from ...canaries import Canaries, fingerprint
from ...clock import Clock
from ...exchange import Call

HEADER = "X-API-SESSION"
COOKIE = "nc_passwords"
_PARTS = (80, 16, 64)


@dataclass
class Session:
    """One row. `secret` is the generation of the challenge that opened it, `codes` what was mailed for it."""

    value: str
    username: str
    login: str
    last_use: float
    authorised: bool = False
    secret: int = 0
    codes: dict[str, str] = field(default_factory=dict)

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Section 2.1: the value, twice."""
        cookie = f"{COOKIE}={quote(self.value, safe='')}; path=/; secure; HttpOnly; SameSite=Lax"
        return (HEADER, self.value), ("Set-Cookie", cookie)


def named(call: Call) -> str:
    """Section 2.2: the value that a request names; the cookie wins."""
    for part in call.header("cookie").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and value:
            return unquote(value)
    return call.header(HEADER)


@dataclass
class SessionBook:
    """All sessions by their values."""

    clock: Clock
    canaries: Canaries
    live: dict[str, Session] = field(default_factory=dict)

    def enter(self, call: Call, username: str, login: str, lifetime: float) -> Session:
        """The session that the request names, or a new one."""
        session = self.live.get(named(call))
        if session is not None and session.username == username:
            if session.login == login and self.clock.now() - session.last_use <= lifetime:
                session.last_use = self.clock.now()
                return session
            self.drop(session)
        return self.new(username, login)

    def new(self, username: str, login: str) -> Session:
        """A fresh session, which is not authorised."""
        parts = [secrets.token_hex(size) for size in _PARTS]
        value = "|".join((*parts, "3"))
        self.canaries.add(value, parts[0])
        session = self.live[value] = Session(value, username, login, self.clock.now())
        return session

    def drop(self, session: Session) -> None:
        """Gone; its value is worth nothing from now on."""
        self.live.pop(session.value, None)

    def drop_all(self, username: str) -> int:
        """End every session of a user; how many there were."""
        found = [session for session in self.live.values() if session.username == username]
        for session in found:
            self.drop(session)
        return len(found)

    def told(self) -> list[dict[str, object]]:
        """Every session, without secrets."""
        now = self.clock.now()
        return [
            {
                "account": session.username,
                "session": fingerprint(session.value),
                "login": session.login,
                "authorised": session.authorised,
                "idle": now - session.last_use,
            }
            for session in self.live.values()
        ]
