# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of sessions and revocation (Proton protocol page, section 3.12)."""

from __future__ import annotations

from typing import Any

from ....canaries import fingerprint
from ....exchange import Call, Operation, Refusal
from ..sessions import UNAUTHENTICATED, Session
from ..world import World
from .login import client_id_of
from .table import OPEN, SESSION, operation, tokens

_ALL = "/auth/v4/sessions /auth/sessions"
_ONE = "/auth/v4/sessions/{uid} /auth/sessions/{uid}"


def operations(world: World) -> tuple[Operation, ...]:
    """Everything about the sessions of an account."""
    return (
        operation(world, "sessions", "GET", _ALL, SESSION, _list),
        operation(world, "session_revoke", "DELETE", _ONE, SESSION, _revoke),
        operation(world, "sessions_revoke_others", "DELETE", _ALL, SESSION, _revoke_others),
        operation(world, "session_new", "POST", _ALL, OPEN, _new),
    )


async def _list(world: World, call: Call, session: Session) -> dict[str, Any]:
    return {
        "Code": 1000,
        "Sessions": [
            {
                "UID": found.uid,
                "CreateTime": int(found.created),
                "ClientID": found.client_id,
                "MemberID": "member-1",
                "Revocable": 1,
                "LocalizedClientName": found.client_id.replace("-", " "),
            }
            for found in world.sessions.of(session.username)
        ],
    }


async def _revoke(world: World, call: Call, session: Session) -> dict[str, Any]:
    uid = call.params["uid"]
    call.notes["revoked"] = fingerprint(uid)
    found = world.sessions.live.get(uid)
    if found is None or found.username != session.username:
        raise Refusal(422, 2501, "Session does not exist")
    world.sessions.revoke(uid)
    return {"Code": 1000}


async def _revoke_others(world: World, call: Call, session: Session) -> dict[str, Any]:
    for found in world.sessions.of(session.username):
        if found.uid != session.uid:
            world.sessions.revoke(found.uid, keep=session.uid)
    return {"Code": 1000}


async def _new(world: World, call: Call, _session: None) -> dict[str, Any]:
    opened = world.sessions.open(None, UNAUTHENTICATED, world.settings.access_ttl, client_id_of(call))
    return {"Code": 1000, **tokens(world, opened)}
