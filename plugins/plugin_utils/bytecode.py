# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Imports with cached bytecode, for what every worker imports anew (docs/decisions/0006)."""

from __future__ import annotations

import os
import sys
import typing as t
from importlib.abc import MetaPathFinder
from importlib.util import spec_from_file_location

if t.TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

PLUGINS = os.path.dirname(os.path.dirname(__file__))
PACKAGE = __name__.rpartition(".plugin_utils")[0]


class Finder(MetaPathFinder):
    """Finds this collection's own modules as Python does, where Ansible's loader would compile them from source."""

    def find_spec(self, fullname: str, path: t.Any = None, target: t.Any = None) -> ModuleSpec | None:
        """The spec of a module of ours; None for any other."""
        if not fullname.startswith((f"{PACKAGE}.module_utils._session", f"{PACKAGE}.plugin_utils.")):
            return None
        place = os.path.join(PLUGINS, *fullname[len(PACKAGE) + 1 :].split("."))
        if os.path.isdir(place):
            file = os.path.join(place, "__init__.py")
            return spec_from_file_location(fullname, file, submodule_search_locations=[place])
        return spec_from_file_location(fullname, f"{place}.py") if os.path.isfile(f"{place}.py") else None


def install() -> None:
    """Use it for what is imported from now on. At run time only: who merely imports a plugin keeps Python as it is."""
    if not any(type(finder).__name__ == Finder.__name__ and finder.__module__ == __name__ for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
