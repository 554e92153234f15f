# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions (ricloud protocol page, section 3 and section 8, rules 3, 4, 7, 8 and 10)."""

from __future__ import annotations

from typing import Any

from ....exchange import Operation
from ..bodies import REQUIRED, check_payload, kind_and_identifier, object_of, only, part
from ..errors import ApiRefusal, invalid
from ..lists import Filter, by_moment, by_text, one_of
from ..resources import ACTIVE, PENDING, STATES, Session, Source, by_id
from ..world import World
from .table import Visit, made, operation

AWAIT = "ricloud-await"


def operations(world: World) -> tuple[Operation, ...]:
    """There is no update."""
    return (
        operation(world, "session_create", "POST", "/sessions", _create),
        operation(world, "session_list", "GET", "/sessions", _list),
        operation(world, "session_retrieve", "GET", "/sessions/{id}", _retrieve),
        operation(world, "session_delete", "DELETE", "/sessions/{id}", _delete),
    )


def _create(visit: Visit) -> Any:
    world, settings = visit.world, visit.world.settings
    body, awaited = object_of(visit.call), _awaited(visit)
    only(body, ("source", "payload"), "body", strict=settings.strict_parameters)
    wanted, payload = part(body, "source"), part(body, "payload")
    only(wanted, ("user", "type", "identifier"), "source", strict=settings.strict_parameters)
    only(payload, ("password", "code"), "payload", strict=settings.strict_parameters)
    source = _source(visit, wanted, payload)
    _check_limits(visit, source)
    verdict = world.third_party.log_in(source.type, source.identifier, payload, settings)
    session = world.sessions.create(visit.key, source, verdict, awaited)
    return made(world.teller.session(session))


def _source(visit: Visit, wanted: dict[str, Any], payload: dict[str, Any]) -> Source:
    if wanted.get("user") is None:
        raise invalid("source", f"user: {REQUIRED}")
    kind, identifier = kind_and_identifier(wanted)
    check_payload(kind, payload)
    user = by_id(visit.world.shelves.users, visit.key.organisation, wanted["user"])
    if user is None:
        raise invalid("source", "user does not exist.")
    return visit.world.source(user, kind, identifier)[0]


def _check_limits(visit: Visit, source: Source) -> None:
    settings, sessions = visit.world.settings, _current(visit)
    if 0 < settings.session_limit <= sum(session.state == ACTIVE for session in sessions):
        raise ApiRefusal(400, "This would exceed a limit.", "limit-exceeded")
    if settings.in_flight and any(session.source is source and session.state == PENDING for session in sessions):
        raise ApiRefusal(429, "Another operation on this source is in flight.", reason="in flight")


def _awaited(visit: Visit) -> int:
    """How long the client would wait; more than the limit is cut."""
    value = visit.call.header(AWAIT)
    if not value:
        return 0
    if not (value.isascii() and value.isdigit()):
        raise invalid("Ricloud-Await", "Not a whole number of seconds.")
    return min(int(value), visit.world.settings.await_limit)


def _current(visit: Visit) -> list[Session]:
    """The organisation's sessions as they are by now."""
    sessions: list[Session] = visit.own(visit.world.shelves.sessions)
    for session in sessions:
        visit.world.sessions.look(session)
    return sessions


def _list(visit: Visit) -> Any:
    teller = visit.world.teller
    filters: dict[str, Filter] = {
        "key": by_text(lambda session: session.key),
        "user": by_text(lambda session: session.user),
        "source": by_text(lambda session: session.source.id),
        "state": one_of(STATES, lambda session: session.state),
        "date_created": by_moment(lambda session: teller.moment(session.created)),
        "date_expired": by_moment(lambda session: teller.moment(session.expired)),
    }
    return visit.page(_current(visit), filters, teller.session)


def _retrieve(visit: Visit) -> Any:
    session = visit.found(visit.world.shelves.sessions)
    visit.world.sessions.retrieve(session)
    return visit.world.teller.session(session)


def _delete(visit: Visit) -> Any:
    session = visit.found(visit.world.shelves.sessions)
    visit.world.sessions.delete(session)
    return visit.world.teller.session(session)
