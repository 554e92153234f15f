# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""REST objects and GraphQL (Tanium protocol page, sections 3.5, 3.6 and 8, rules 11 and 13)."""

from __future__ import annotations

import json
from typing import Any

from ....exchange import Call, Operation, Reply
from ..gate import Caller, refusal
from ..objects import all_users, find
from ..world import World
from .table import operation

_OPTIONS = "tanium-options"


def operations(world: World) -> tuple[Operation, ...]:
    """Users and groups; any other route wants a session too, and then does not exist."""
    others = tuple(
        operation(world, "no_route", method, "/api/v2/{rest:path}", _missing)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    )
    return (
        operation(world, "users", "GET", "/api/v2/users", _users),
        operation(world, "user", "GET", "/api/v2/users/{id}", _user),
        operation(world, "groups", "GET", "/api/v2/groups", _groups),
        operation(world, "group_add", "POST", "/api/v2/groups", _add_group),
        operation(world, "graphql", "POST", "/plugin/products/gateway/graphql", _graphql),
        *others,
    )


def _users(world: World, call: Call, caller: Caller) -> Any:
    _options(call)
    return all_users(world)


def _user(world: World, call: Call, caller: Caller) -> Any:
    _options(call)
    found = find(all_users(world), {"id": call.params["id"]})
    if found is None:
        raise refusal(404, "no such user", "UserNotFound")
    return found


def _groups(world: World, call: Call, caller: Caller) -> Any:
    _options(call)
    return world.groups.all()


def _add_group(world: World, call: Call, caller: Caller) -> Any:
    name = call.body().get("name")
    if not isinstance(name, str) or not name:
        raise refusal(400, "name missing", "name is required")
    added = world.groups.add(name)
    if added is None:
        raise refusal(400, "name taken", "GroupNotUnique\nan object of this name already exists")
    return added


def _graphql(world: World, call: Call, caller: Caller) -> Reply:
    if not isinstance(call.body().get("query"), str):
        raise refusal(400, "no query", "query is required")
    return Reply(body={"data": {"me": {"name": caller.account.username}}})


def _missing(world: World, call: Call, caller: Caller) -> Any:
    raise refusal(404, "no such route")


def _options(call: Call) -> None:
    """The header, when there is one, holds a JSON object."""
    value = call.header(_OPTIONS)
    if not value:
        return
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise refusal(400, "tanium-options is no JSON object", "tanium-options is invalid")
