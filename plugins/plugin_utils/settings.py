# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The settings that tasks and lookups share: option, then variable, environment, ansible.cfg."""

from __future__ import annotations

import configparser
import functools
import os
import typing as t

from ansible import constants

SECTION = "gatehouse"
SETTINGS = ("store", "store_key")


def setting(name: str, variables: t.Mapping[str, t.Any], templar: t.Any) -> str | None:
    """A setting that a task did not give: `gatehouse_NAME`, `GATEHOUSE_NAME`, or NAME in section [gatehouse].

    :param name: one of SETTINGS.
    :returns: None when nobody sets it; empty texts do not count.
    """
    variable = variables.get(f"gatehouse_{name}")
    value = templar.template(variable) if variable else None
    if value:
        return str(value)
    return os.environ.get(f"GATEHOUSE_{name.upper()}") or _ini().get(name) or None


@functools.lru_cache(maxsize=1)
def _ini() -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    if constants.CONFIG_FILE:
        parser.read(constants.CONFIG_FILE, encoding="utf-8")
    return dict(parser[SECTION]) if parser.has_section(SECTION) else {}
