# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forks and their import (Proton protocol page, section 3.11 and section 5.1, rules 13 and 14)."""

from __future__ import annotations

import re
from typing import Any

from ....canaries import fingerprint
from ....exchange import Call, Operation, Refusal
from ..accounts import find
from ..forks import Fork
from ..gate import Pass
from ..sessions import ELEVATED, Session
from ..world import World
from .login import client_id_of
from .table import OPEN, operation, tokens

_FORKS = "/auth/v4/sessions/forks /auth/sessions/forks"
_ONE = "/auth/v4/sessions/forks/{selector} /auth/sessions/forks/{selector}"


def operations(world: World) -> tuple[Operation, ...]:
    """Both halves of a fork."""
    return (
        operation(world, "fork", "POST", _FORKS, Pass(any_scope=("full",)), _fork),
        operation(world, "fork_user_code", "GET", _FORKS, OPEN, _user_code),
        operation(world, "fork_import", "GET", _ONE, OPEN, _import),
    )


async def _user_code(world: World, call: Call, _session: None) -> dict[str, Any]:
    fork = world.forks.ask(world.settings.fork_ttl)
    return {"Code": 1000, "Selector": fork.selector, "UserCode": fork.user_code}


async def _fork(world: World, call: Call, session: Session) -> dict[str, Any]:
    body, settings = call.body(), world.settings
    child = body.get("ChildClientID")
    if not isinstance(child, str) or not child:
        raise Refusal(422, 2001, "ChildClientID is required")
    independent = body.get("Independent", 0)
    if independent not in (0, 1):
        raise Refusal(422, 2001, "Independent is invalid")
    if world.sessions.children(session.uid) + world.forks.waiting(session.uid) >= settings.max_children:
        raise Refusal(422, 8003, "Too many child sessions")
    fork = world.forks.ready(
        _begun(world, body.get("UserCode")),
        parent=session.uid,
        username=session.username,
        scopes=tuple(scope for scope in session.scopes if scope not in ELEVATED),
        child_client_id=child,
        independent=bool(independent),
        payload=body.get("Payload"),
    )
    if isinstance(fork.payload, str):
        world.service.canaries.add(fork.payload)
    call.notes["selector"] = fingerprint(fork.selector)
    return {"Code": 1000, "Selector": fork.selector}


def _begun(world: World, user_code: Any) -> Fork:
    if user_code is None:
        return world.forks.offer(world.settings.fork_ttl)
    waiting = world.forks.pending(str(user_code))
    if waiting is None:
        raise Refusal(422, 2501, "Invalid user code")
    return waiting


async def _import(world: World, call: Call, _session: None) -> dict[str, Any]:
    selector = call.params["selector"]
    call.notes["selector"] = fingerprint(selector)
    fork = world.forks.look(selector)
    if fork is None:
        raise Refusal(422, 2501, "Invalid selector")
    if fork.parent is None:
        raise Refusal(422, 2501, "Invalid selector", reason="no parent yet")
    if not fork.independent and fork.parent not in world.sessions.live:
        raise Refusal(422, 2501, "Invalid selector", reason="the parent is gone")
    call.account = fork.username
    if world.settings.fork_appversion and _plain(client_id_of(call)) != _plain(fork.child_client_id):
        raise Refusal(422, 2011, "The app version is not that of the child client", reason="another client")
    world.forks.redeem(fork)
    session = world.sessions.open(
        fork.username,
        fork.scopes,
        world.settings.access_ttl,
        fork.child_client_id,
        parent=fork.parent,
        independent=fork.independent,
    )
    account = find(fork.username or "")
    user_id = account.user_id if account else ""
    return {"Code": 1000, "UserID": user_id, "Payload": fork.payload, **tokens(world, session)}


def _plain(client_id: str) -> str:
    """`macOSDrive` and `macos-drive` are one client."""
    return re.sub(r"[^a-z0-9]", "", client_id.lower())
