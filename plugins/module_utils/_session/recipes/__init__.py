# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The recipes that come with the collection: one line each, and a module each, with YAML as its only content.

Modules and no data files: with `run_on: target` Ansible sends a module what it imports, and nothing else.
"""

from __future__ import annotations

import typing as t


def _netbox() -> str:
    from .netbox import TEXT

    return TEXT


def _netbox_v2() -> str:
    from .netbox_v2 import TEXT

    return TEXT


def _redfish() -> str:
    from .redfish import TEXT

    return TEXT


def _vsphere() -> str:
    from .vsphere import TEXT

    return TEXT


def _zabbix() -> str:
    from .zabbix import TEXT

    return TEXT


RECIPES: dict[str, t.Callable[[], str]] = {
    "netbox": _netbox,
    "netbox_v2": _netbox_v2,
    "redfish": _redfish,
    "vsphere": _vsphere,
    "zabbix": _zabbix,
}
