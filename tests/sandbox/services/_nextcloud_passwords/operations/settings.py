# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings (Nextcloud Passwords protocol page, sections 2.4 and 8.8)."""

from __future__ import annotations

from typing import Any

from ....exchange import Operation
from .. import user_settings
from ..world import World
from .table import FREE, GUARDED, Visit, operation

_SCOPES = ["user", "server", "client"]


def operations(world: World) -> tuple[Operation, ...]:
    """Reading is free of a session, writing is not."""
    return (
        operation(world, "settings_get", "POST", "settings/get", FREE, _get),
        operation(world, "settings_list", "GET", "settings/list", FREE, _list),
        operation(world, "settings_list", "POST", "settings/list", FREE, _list),
        operation(world, "settings_set", "POST", "settings/set", GUARDED, _set),
        operation(world, "settings_reset", "POST", "settings/reset", GUARDED, _reset),
    )


def _get(visit: Visit) -> Any:
    return {name: user_settings.value_of(visit.user, name) for name in _names(visit)}


def _list(visit: Visit) -> Any:
    scopes = [str(scope) for scope in visit.parameters.array("scopes")]
    return user_settings.all_of(visit.user, scopes or _SCOPES)


def _set(visit: Visit) -> Any:
    return {name: user_settings.change(visit.user, name, value) for name, value in visit.parameters.values.items()}


def _reset(visit: Visit) -> Any:
    return {name: user_settings.forget(visit.user, name) for name in _names(visit)}


def _names(visit: Visit) -> list[str]:
    return [str(name) for name in visit.parameters.listed or visit.parameters.values.values()]
