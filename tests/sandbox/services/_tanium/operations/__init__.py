# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations of the Tanium service; each module has a function `operations(world)`."""

from __future__ import annotations

from ....exchange import Operation
from ..world import World
from . import auth, discovery, objects, rest_session, soap, tokens, traffic


def all_operations(world: World) -> tuple[Operation, ...]:
    """Every operation, in the order in which paths are tried."""
    modules = (auth, rest_session, tokens, soap, discovery, traffic, objects)
    return tuple(operation for module in modules for operation in module.operations(world))
