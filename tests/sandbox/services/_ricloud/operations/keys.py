# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys and the organisation (ricloud protocol page, section 5 and section 8, rules 1, 6 and 11)."""

from __future__ import annotations

from typing import Any

from ....canaries import fingerprint
from ....exchange import Operation
from ..bodies import object_of, only
from ..lists import Filter, by_text
from ..resources import Key
from ..world import World
from .table import Visit, made, operation


def operations(world: World) -> tuple[Operation, ...]:
    """The token is in every reply about a key."""
    return (
        operation(world, "key_current", "GET", "/key", _current),
        operation(world, "key_create", "POST", "/keys", _create),
        operation(world, "key_list", "GET", "/keys", _list),
        operation(world, "key_retrieve", "GET", "/keys/{id}", _retrieve),
        operation(world, "key_rotate", "POST", "/keys/{id}/rotate", _rotate),
        operation(world, "organisation", "GET", "/organisation", _organisation),
        operation(world, "organisation_update", "POST", "/organisation", _organisation),
    )


def _current(visit: Visit) -> Any:
    return visit.world.teller.key(visit.key)


def _create(visit: Visit) -> Any:
    world = visit.world
    only(object_of(visit.call), (), "body", strict=world.settings.strict_parameters)
    number = next(world.numbers)
    token = world.service.canaries.mint()
    key = Key(number, f"key-{number}", visit.key.organisation, token, world.clock.now())
    world.shelves.keys.append(key)
    return made(world.teller.key(key))


def _list(visit: Visit) -> Any:
    filters: dict[str, Filter] = {
        "state": by_text(lambda key: key.state),
        "type": by_text(lambda key: "standard"),
    }
    return visit.page(visit.world.shelves.keys, filters, visit.world.teller.key)


def _retrieve(visit: Visit) -> Any:
    return visit.world.teller.key(visit.found(visit.world.shelves.keys))


def _rotate(visit: Visit) -> Any:
    key = visit.found(visit.world.shelves.keys)
    visit.world.rotate(key)
    visit.call.notes["answered"] = fingerprint(key.token)
    return visit.world.teller.key(key)


def _organisation(visit: Visit) -> Any:
    teller, settings = visit.world.teller, visit.world.settings
    number = visit.key.organisation
    told = {
        "id": teller.id(number),
        "resource": "organisation",
        "name": f"organisation {number}",
        "state": settings.organisation_state,
    }
    return {**told, "permissions": {"resource": "organisation_permissions"}} if settings.odd_resource else told
