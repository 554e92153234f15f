# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operation is written down: its name, its paths, what it asks of the caller, and the function that works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ....exchange import Call, Operation, Refusal, Reply
from ..gate import Pass, check_pass
from ..sessions import Session
from ..world import World

OPEN = Pass(session=False)
ANY_SESSION = Pass(pending=True)
SESSION = Pass()

Work = Callable[[World, Call, Any], Awaitable[dict[str, Any] | Reply]]


def operation(world: World, name: str, method: str, paths: str, needed: Pass, work: Work) -> Operation:
    """One operation. `work` gets the world, the call, and the session if one is needed."""

    async def handle(call: Call) -> Reply:
        session = check_pass(world, call, needed)
        if call.raw and call.media_type() == "application/json" and call.json() is None:
            raise Refusal(400, 2001, "Malformed JSON")
        found = await work(world, call, session)
        return found if isinstance(found, Reply) else Reply(body=found)

    return Operation(name, method, tuple(paths.split()), handle)


def family(path: str) -> str:
    """The three paths of an `/auth…` operation (Proton protocol page, section 1.1)."""
    return f"/auth{path} /auth/v4{path} /core/v4/auth{path}"


def tokens(world: World, session: Session) -> dict[str, Any]:
    """The part that login, refresh and fork import have in common."""
    body: dict[str, Any] = {
        "UID": session.uid,
        "Uid": session.uid,
        "AccessToken": session.access,
        "RefreshToken": session.refresh,
        "TokenType": "Bearer",
        "Scopes": list(session.scopes),
        "Scope": " ".join(session.scopes),
        "LocalID": 0,
    }
    if world.settings.send_expires_in:
        body["ExpiresIn"] = max(0, round(session.access_expires - world.clock.now()))
    return body
