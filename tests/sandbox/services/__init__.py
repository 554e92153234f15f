# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services: a module here whose name does not begin with an underscore is one, and has a class `SERVICE`."""

from __future__ import annotations

import importlib
import pkgutil

from ..service import Service


def known() -> list[str]:
    """The names of all services."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))


def load(name: str) -> Service:
    """A new service by its name."""
    module = importlib.import_module(f"{__name__}.{name}")
    service: Service = module.SERVICE()
    return service
