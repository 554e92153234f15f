# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ordinary routes to call with a session: the user, key salts, an echo, a leak, redirects, ping."""

from __future__ import annotations

import hashlib
from typing import Any

from ....exchange import Call, Operation, Reply
from ..accounts import find
from ..gate import Pass
from ..sessions import Session
from ..world import World
from .echo import echo_of
from .table import OPEN, SESSION, operation

_ECHO = "/core/v4/echo"
_USER = Pass(any_scope=("user", "full"))
_LOCKED = Pass(any_scope=("locked",))


def operations(world: World) -> tuple[Operation, ...]:
    """Routes for requests."""
    echoes = tuple(
        operation(world, "echo", method, f"{_ECHO} {_ECHO}/{{rest:path}}", SESSION, _echo)
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH")
    )
    return (
        operation(world, "ping", "GET", "/tests/ping", OPEN, _ping),
        operation(world, "users", "GET", "/users /core/v4/users", _USER, _user),
        operation(world, "salts", "GET", "/core/v4/keys/salts", _LOCKED, _salts),
        operation(world, "leak", "GET", "/core/v4/leak", SESSION, _leak),
        operation(world, "redirect_same", "GET", "/core/v4/redirect/same", SESSION, _redirect_same),
        operation(world, "redirect_other", "GET", "/core/v4/redirect/other", SESSION, _redirect_other),
        *echoes,
    )


async def _ping(world: World, call: Call, _session: None) -> dict[str, Any]:
    return {"Code": 1000}


async def _user(world: World, call: Call, session: Session) -> dict[str, Any]:
    account = find(session.username or "")
    if account is None:
        return {"Code": 1000, "User": None}
    user = {"ID": account.user_id, "Name": account.username, "DisplayName": account.username, "Email": account.email}
    return {"Code": 1000, "User": {**user, "Currency": "EUR", "Credit": 0, "UsedSpace": 0, "Subscribed": 0, "Keys": []}}


async def _salts(world: World, call: Call, session: Session) -> dict[str, Any]:
    digest = hashlib.sha256(f"key {session.username}".encode()).hexdigest()
    return {"Code": 1000, "KeySalts": [{"ID": digest[:40], "KeySalt": digest[40:64]}]}


async def _leak(world: World, call: Call, session: Session) -> dict[str, Any]:
    inner = {"UID": session.uid, "List": [{"Value": f"Bearer {session.access}"}, session.access]}
    return {"Code": 1000, "Debug": {"AccessToken": session.access, "Deep": inner}, "Text": f"token={session.access};"}


async def _redirect_same(world: World, call: Call, session: Session) -> Reply:
    return _redirect(_ECHO)


async def _redirect_other(world: World, call: Call, session: Session) -> Reply:
    other = world.service.plain_url if call.scheme == "https" else world.service.url
    return _redirect(other + _ECHO)


def _redirect(location: str) -> Reply:
    return Reply(302, {"Code": 1000}, headers=(("Location", location),))


async def _echo(world: World, call: Call, session: Session) -> dict[str, Any]:
    return {"Code": 1000, **echo_of(call)}
