# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operation is written down, and the way of a call to it (protocol page, sections 1, 2 and 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ....canaries import fingerprint
from ....exchange import Call, Operation, Reply
from ..credentials import Login
from ..errors import AppError, https_required
from ..parameters import Parameters, parameters_of
from ..replies import JsonReply
from ..sessions import Session, named
from ..user_settings import LIFETIME, number_of
from ..users import User
from ..world import World

BASES = ("", "/nextcloud")
API = "/index.php/apps/passwords/api/1.0"


@dataclass(frozen=True)
class Rule:
    """What a route asks for. `authorised` counts where there is a challenge; `limit` names a rate limit."""

    authorised: bool = True
    limit: str = ""


FREE = Rule(authorised=False)
GUARDED = Rule()


@dataclass
class Visit:
    """One call that has passed the door."""

    world: World
    call: Call
    login: Login
    session: Session
    parameters: Parameters = field(default_factory=lambda: Parameters({}, [], False))

    @property
    def user(self) -> User:
        """The caller."""
        return self.login.user


Work = Callable[[Visit], Any]


def operation(world: World, name: str, method: str, path: str, rule: Rule, work: Work) -> Operation:
    """One operation of the app. `work` gives the body of the reply, or the whole reply."""

    async def handle(call: Call) -> Reply:
        login = enter(world, call)
        limited(world, login, name, rule)
        if world.settings.require_https and call.scheme != "https":
            raise https_required()
        visit = Visit(world, call, login, _session(world, call, login))
        try:
            if rule.authorised and login.user.challenge is not None and not visit.session.authorised:
                raise AppError(412, "Authorized session required")
            visit.parameters = parameters_of(call)
            found = work(visit)
            reply = found if isinstance(found, Reply) else JsonReply(200, found)
        except AppError as error:
            reply = error.reply
        call.notes["answered"] = fingerprint(visit.session.value)
        return replace(reply, headers=(*reply.headers, *visit.session.headers()))

    return Operation(name, method, tuple(f"{base}{API}/{path}" for base in BASES), handle)


def enter(world: World, call: Call) -> Login:
    """The caller."""
    if value := named(call):
        call.notes["session"] = fingerprint(value)
    login = world.credentials.login(world.users, call, world.settings)
    call.account = login.user.name
    call.notes["login"] = login.kind
    return login


def limited(world: World, login: Login, name: str, rule: Rule) -> None:
    """The rate limit of the route; refused before the app runs."""
    if not rule.limit:
        return
    settings = world.settings
    allowed: int = getattr(settings, f"{rule.limit}_limit")
    seconds: float = getattr(settings, f"{rule.limit}_seconds")
    world.limits.check(name, login.user.name, allowed, seconds)


def _session(world: World, call: Call, login: Login) -> Session:
    lifetime = number_of(login.user, LIFETIME)
    return world.sessions.enter(call, login.user.name, login.kind, lifetime)
