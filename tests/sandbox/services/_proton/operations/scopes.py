# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lock, unlock and scopes (Proton protocol page, sections 3.6 to 3.8 and section 5.1, rule 12)."""

from __future__ import annotations

from typing import Any

from ....exchange import Call, Operation, Refusal
from ..accounts import find
from ..login import wrong_password
from ..sessions import ELEVATED, Session
from ..world import World
from .login import prove
from .table import ANY_SESSION, SESSION, family, operation

_BITS = {name: 1 << position for position, name in enumerate(("full", "self", "parent", "user", "loggedin"))}
_OTHER_BITS = {"locked": 1 << 8, "password": 1 << 9, "twofactor": 1 << 10, "keys": 1 << 16, "mail": 1 << 28}


def operations(world: World) -> tuple[Operation, ...]:
    """Scopes and what changes them."""
    return (
        operation(world, "scopes", "GET", family("/scopes"), ANY_SESSION, _scopes),
        operation(world, "lock", "PUT", "/users/lock /core/v4/users/lock", SESSION, _lock),
        operation(world, "unlock", "PUT", "/core/v4/users/unlock", SESSION, _unlock),
        operation(world, "unlock_password", "PUT", "/core/v4/users/password", SESSION, _password),
    )


async def _scopes(world: World, call: Call, session: Session) -> dict[str, Any]:
    bits = {**_BITS, **_OTHER_BITS}
    mask = sum(bits.get(scope, 0) for scope in session.scopes)
    return {"Code": 1000, "Scope": str(mask), "Scopes": list(session.scopes)}


async def _lock(world: World, call: Call, session: Session) -> dict[str, Any]:
    world.sessions.with_scopes(session, tuple(scope for scope in session.scopes if scope not in ELEVATED))
    return {"Code": 1000}


async def _unlock(world: World, call: Call, session: Session) -> dict[str, Any]:
    return _grant(world, call, session, "locked")


async def _password(world: World, call: Call, session: Session) -> dict[str, Any]:
    return _grant(world, call, session, "password")


def _grant(world: World, call: Call, session: Session, scope: str) -> dict[str, Any]:
    account = find(session.username or "")
    if account is None:
        raise Refusal(422, 2011, "Not allowed")
    world.attempts.check(account.username)
    started, proof = prove(world, call, account.username)
    if started.account != account or started.scope not in ("", scope):
        raise wrong_password("SRP session of another user or purpose")
    if scope == "password" and account.second_factor:
        code = str(call.body().get("TwoFactorCode") or "")
        if problem := world.second_factor.problem(account, code, once=world.settings.totp_once):
            raise wrong_password(problem)
    if scope not in session.scopes:
        world.sessions.with_scopes(session, (*session.scopes, scope))
    return {"Code": 1000, "ServerProof": proof}
