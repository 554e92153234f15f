# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operation is written down, and the way of a call to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ....exchange import Call, Operation, Reply
from ..errors import not_found
from ..gate import check_scope, key_of
from ..lists import Filter, page
from ..resources import Key, by_id
from ..world import World


@dataclass(frozen=True)
class Visit:
    """One call with a live key."""

    world: World
    call: Call
    key: Key

    def found(self, items: list[Any]) -> Any:
        """The item of the path, if it is the organisation's own."""
        item = by_id(items, self.key.organisation, self.call.params["id"])
        if item is None:
            raise not_found()
        return item

    def own(self, items: list[Any]) -> list[Any]:
        """The items of the organisation."""
        return [item for item in items if item.organisation == self.key.organisation]

    def page(self, items: list[Any], filters: dict[str, Filter], tell: Callable[[Any], dict[str, Any]]) -> Any:
        """One page of the organisation's own."""
        strict = self.world.settings.strict_parameters
        return page(self.call, self.own(items), filters, tell, strict=strict)


Work = Callable[[Visit], Any]


def operation(world: World, name: str, method: str, path: str, work: Work) -> Operation:
    """One operation. `work` gives the body of the reply, or the whole reply."""

    async def handle(call: Call) -> Reply:
        key = key_of(world, call)
        check_scope(key, writes=method != "GET")
        found = work(Visit(world, call, key))
        return found if isinstance(found, Reply) else Reply(body=found)

    return Operation(name, method, (path,), handle)


def made(body: dict[str, Any], *, new: bool = True) -> Reply:
    """201 when a resource was created."""
    return Reply(201 if new else 200, body)
