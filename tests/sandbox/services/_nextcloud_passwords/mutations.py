# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of this protocol (Nextcloud Passwords protocol page, section 10.1, 16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...exchange import Call, Reply
from ...faults import Fault
from .errors import error_object, maintenance, rate_limited
from .replies import JsonReply
from .sessions import HEADER, named
from .world import World

OPTIONS: dict[str, frozenset[str]] = {
    "session_lost": frozenset(),
    "rate_limited": frozenset(),
    "maintenance": frozenset(),
    "keychain_unreadable": frozenset(),
}


def guards(world_of: Callable[[], World]) -> Mapping[str, Callable[[Fault, Call], bool]]:
    """What happens before the work. The names are asked for before there is a world."""

    def session_lost(_fault: Fault, call: Call) -> bool:
        world = world_of()
        session = world.sessions.live.get(named(call))
        if session is not None:
            world.sessions.drop(session)
        return True

    def limited(fault: Fault, _call: Call) -> bool:
        world_of().service.faults.satisfied(fault)
        raise rate_limited()

    def down(fault: Fault, _call: Call) -> bool:
        world_of().service.faults.satisfied(fault)
        raise maintenance()

    return {"session_lost": session_lost, "rate_limited": limited, "maintenance": down}


def mutations(world: World) -> Mapping[str, Callable[[Fault, Reply], Reply]]:
    """What becomes of a finished reply."""

    def keychain_unreadable(_fault: Fault, reply: Reply) -> Reply:
        session = world.sessions.live.get(dict(reply.headers).get(HEADER, ""))
        if session is None:
            return reply
        world.sessions.drop(session)
        fresh = world.sessions.new(session.username, session.login)
        return JsonReply(500, error_object("Reading user keychain failed"), headers=fresh.headers())

    return {"keychain_unreadable": keychain_unreadable}
