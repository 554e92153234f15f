# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations of the Akiflow service; each module has a function `operations(world)`."""

from __future__ import annotations

from ....exchange import Operation
from ..world import World
from . import api, refresh, traffic, web


def all_operations(world: World) -> tuple[Operation, ...]:
    """Every operation of both hosts, in the order in which paths are tried."""
    return tuple(operation for module in (web, refresh, api, traffic) for operation in module.operations(world))
