# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore


class Store:
    """A store as the harness needs to know it."""

    name: ClassVar[str]

    def opened(self, directory: Path) -> SealedStore:
        """The store, by an object of its own as each process has one.

        :param directory: where a test may keep things.
        """
        raise NotImplementedError

    def litter(self, directory: Path) -> list[str]:
        """What lies there and is no entry, no lock and no key."""
        raise NotImplementedError


class File(Store):
    name = "file"

    def opened(self, directory: Path) -> SealedStore:
        return SealedStore(FileStore(str(directory)))

    def litter(self, directory: Path) -> list[str]:
        names = [path.name for path in directory.iterdir()] if directory.exists() else []
        return sorted(name for name in names if not name.endswith((".session", ".lock")) and name != "key")
