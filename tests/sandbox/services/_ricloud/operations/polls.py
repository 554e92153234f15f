# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Polls and events, as far as a session client meets them (ricloud protocol page, sections 5, 6 and 8, rule 8)."""

from __future__ import annotations

import secrets
from typing import Any

from ....exchange import Operation
from ..bodies import object_of, only, part, text
from ..errors import ApiRefusal, invalid
from ..lists import Filter, by_text
from ..resources import ACTIVE, EXPIRED, Poll, by_id
from ..world import World
from .table import Visit, made, operation


def operations(world: World) -> tuple[Operation, ...]:
    """A poll is completed when it is retrieved for the first time."""
    return (
        operation(world, "poll_create", "POST", "/polls", _create),
        operation(world, "poll_list", "GET", "/polls", _list),
        operation(world, "poll_retrieve", "GET", "/polls/{id}", _retrieve),
        operation(world, "event_list", "GET", "/events", _list_events),
        operation(world, "event_retrieve", "GET", "/events/{id}", _retrieve_event),
    )


def _create(visit: Visit) -> Any:
    world, body = visit.world, object_of(visit.call)
    only(body, ("session", "source", "payload"), "body", strict=world.settings.strict_parameters)
    identifier, _payload = text(body, "session"), part(body, "payload")
    session = by_id(world.shelves.sessions, visit.key.organisation, identifier)
    if session is None:
        raise invalid("session", "No such session.")
    world.sessions.look(session)
    if session.state == EXPIRED:
        raise ApiRefusal(400, "The session is expired.", "session-expired")
    if session.state != ACTIVE:
        raise invalid("session", "The session is not active.")
    if world.settings.organisation_state == "unconfigured":
        raise ApiRefusal(400, "The organisation has no storage.", "unconfigured")
    session.used = world.clock.now()
    poll = Poll(f"po{secrets.token_hex(8)}", visit.key.organisation, visit.key.id, session, session.used)
    world.shelves.polls.append(poll)
    return made(world.teller.poll(poll))


def _list(visit: Visit) -> Any:
    filters: dict[str, Filter] = {
        "session": by_text(lambda poll: poll.session.id),
        "source": by_text(lambda poll: poll.session.source.id),
        "state": by_text(lambda poll: poll.state),
    }
    return visit.page(visit.world.shelves.polls, filters, visit.world.teller.poll)


def _retrieve(visit: Visit) -> Any:
    poll = visit.found(visit.world.shelves.polls)
    if poll.completed is None:
        poll.state, poll.completed = "completed", visit.world.clock.now()
    return visit.world.teller.poll(poll)


def _list_events(visit: Visit) -> Any:
    filters: dict[str, Filter] = {
        "type": by_text(lambda event: event.type),
        "action": by_text(lambda event: event.action),
    }
    return visit.page(visit.world.shelves.events, filters, visit.world.teller.event)


def _retrieve_event(visit: Visit) -> Any:
    return visit.world.teller.event(visit.found(visit.world.shelves.events))
