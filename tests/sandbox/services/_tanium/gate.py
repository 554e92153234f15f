# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The `session` header (Tanium protocol page, sections 1, 3.6 and 8, rules 7, 11 and 14)."""

from __future__ import annotations

from dataclasses import dataclass

from ...canaries import fingerprint
from ...exchange import Call, Refusal
from .accounts import ACCOUNTS, Account
from .sessions import Session
from .tokens import PREFIX, Token
from .world import World

HEADER = "session"
_PHRASES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


@dataclass(frozen=True)
class Caller:
    """Who calls, and by what: a session or a token."""

    account: Account
    session: Session | None = None
    token: Token | None = None

    @property
    def credential(self) -> str:
        """The string that was presented, or that replaced it."""
        if self.session is not None:
            return self.session.value
        return self.token.value if self.token is not None else ""


def caller_of(world: World, call: Call, value: str | None = None) -> Caller:
    """The caller of an authenticated route; whatever is wrong with a string, the client is not told."""
    string = call.header(HEADER) if value is None else value
    if string:
        call.notes["session"] = fingerprint(string)
    if string.startswith(PREFIX):
        token = live_token(world, call, string)
        call.account = token.account
        return Caller(ACCOUNTS[token.account], token=token)
    session = live_session(world, string)
    call.account = session.account
    return Caller(ACCOUNTS[session.account], session=session)


def live_session(world: World, value: str) -> Session:
    """The session of this string; its deadline moves on."""
    session = world.sessions.use(value) if value else None
    if session is None:
        raise refusal(world.settings.dead_session_status, "dead session" if value else "no session")
    return session


def live_token(world: World, call: Call, value: str) -> Token:
    """The token of this string. An unknown one, an expired one and a strange address look the same."""
    problem = world.tokens.problem(value, world.peer(call))
    if problem is None and world.tokens.kept[value].account in world.login.disabled:
        problem = "disabled account"
    if problem is not None:
        raise refusal(world.settings.dead_token_status, problem)
    return world.tokens.kept[value]


def refusal(status: int, reason: str, told: str = "") -> Refusal:
    """A refusal that says its status, and no more unless told to."""
    phrase = f"{status} {_PHRASES.get(status, 'Error')}"
    return Refusal(status, status, f"{phrase}: {told}" if told else phrase, reason=reason)
