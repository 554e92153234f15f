# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operation is written down: its name, its path, and the function that works for the caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....exchange import Call, Operation, Reply
from ..gate import Caller, caller_of
from ..world import World

Work = Callable[[World, Call, Caller], Any]
OpenWork = Callable[[World, Call], Reply]


def operation(world: World, name: str, method: str, path: str, work: Work) -> Operation:
    """One operation that needs a live `session` header. `work` gives the `data` of the reply, or the whole reply."""

    async def handle(call: Call) -> Reply:
        found = work(world, call, caller_of(world, call))
        return found if isinstance(found, Reply) else Reply(body={"data": found})

    return Operation(name, method, (path,), handle)


def open_operation(world: World, name: str, method: str, paths: str, work: OpenWork) -> Operation:
    """One operation that needs no `session` header."""

    async def handle(call: Call) -> Reply:
        return work(world, call)

    return Operation(name, method, tuple(paths.split()), handle)
