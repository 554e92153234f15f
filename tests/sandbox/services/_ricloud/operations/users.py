# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users and sources (ricloud protocol page, section 5 and section 8, rule 12)."""

from __future__ import annotations

from typing import Any

from ....exchange import Operation
from ..bodies import REQUIRED, kind_and_identifier, object_of, only, text
from ..errors import invalid
from ..lists import Filter, by_moment, by_text
from ..resources import by_id
from ..world import World
from .table import Visit, made, operation


def operations(world: World) -> tuple[Operation, ...]:
    """Creation is "get or create"."""
    return (
        operation(world, "user_create", "POST", "/users", _create_user),
        operation(world, "user_list", "GET", "/users", _list_users),
        operation(world, "user_retrieve", "GET", "/users/{id}", _retrieve_user),
        operation(world, "source_create", "POST", "/sources", _create_source),
        operation(world, "source_list", "GET", "/sources", _list_sources),
        operation(world, "source_retrieve", "GET", "/sources/{id}", _retrieve_source),
    )


def _create_user(visit: Visit) -> Any:
    world, body = visit.world, object_of(visit.call)
    only(body, ("identifier", "key"), "body", strict=world.settings.strict_parameters)
    identifier = text(body, "identifier")
    key = by_id(world.shelves.keys, visit.key.organisation, body["key"]) if "key" in body else visit.key
    if key is None:
        raise invalid("key", "No such key.")
    user, new = world.user(key, identifier)
    return made(world.teller.user(user), new=new)


def _list_users(visit: Visit) -> Any:
    teller = visit.world.teller
    filters: dict[str, Filter] = {
        "identifier": by_text(lambda user: user.identifier),
        "key": by_text(lambda user: user.key),
        "state": by_text(lambda user: "active"),
        "date_created": by_moment(lambda user: teller.moment(user.created)),
    }
    return visit.page(visit.world.shelves.users, filters, teller.user)


def _retrieve_user(visit: Visit) -> Any:
    return visit.world.teller.user(visit.found(visit.world.shelves.users))


def _create_source(visit: Visit) -> Any:
    world, body = visit.world, object_of(visit.call)
    only(body, ("user", "type", "identifier"), "body", strict=world.settings.strict_parameters)
    if body.get("user") is None:
        raise invalid("user", REQUIRED)
    kind, identifier = kind_and_identifier(body, "type")
    user = by_id(world.shelves.users, visit.key.organisation, body["user"])
    if user is None:
        raise invalid("user", "No such user.")
    source, new = world.source(user, kind, identifier)
    return made(world.teller.source(source), new=new)


def _list_sources(visit: Visit) -> Any:
    teller = visit.world.teller
    filters: dict[str, Filter] = {
        "user": by_text(lambda source: source.user),
        "identifier": by_text(lambda source: source.identifier),
        "type": by_text(lambda source: source.type),
        "state": by_text(lambda source: source.state),
        "date_created": by_moment(lambda source: teller.moment(source.created)),
    }
    return visit.page(visit.world.shelves.sources, filters, teller.source)


def _retrieve_source(visit: Visit) -> Any:
    return visit.world.teller.source(visit.found(visit.world.shelves.sources))
