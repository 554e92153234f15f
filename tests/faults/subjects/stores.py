# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores."""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import ClassVar

from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.redis import RedisStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import Key, SealedStore
from tests.faults.clock import PLACE
from tests.redis.programs import MISSING, program
from tests.redis.servers import Server


class Store:
    """A store as the harness needs to know it."""

    name: ClassVar[str]
    lease: ClassVar[float] = 0.0
    """Seconds that a lock may outlive its holder."""

    def why_not(self) -> str:
        """Why it cannot be tried here; empty if it can."""
        return ""

    def tried(self, provider: str, test: str, operation: str, soak: bool) -> bool:
        """Whether it takes part in a test.

        :param operation: the one that the test is about; empty where there is none.
        """
        return True

    def start(self) -> None:
        """Make sure that what it needs is running."""

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


class Redis(Store):
    """What the client does is the same with any store: this one is tried with one provider, where the store matters.

    Each kill costs the seconds of a lease.
    """

    name = "redis"
    lease = 1.0
    bounded: ClassVar = {
        "test_another_process_finishes": ("refresh",),
        "test_one_refresh_for_each_expiry": ("",),
        "test_tokens_on_their_way_arrive_first": ("",),
    }
    soaked: ClassVar = ("test_herd", "test_signals", "test_clocks")
    _server: ClassVar[list[Server]] = []

    def why_not(self) -> str:
        return "" if program() else MISSING

    def tried(self, provider: str, test: str, operation: str, soak: bool) -> bool:
        module, _, name = test.partition("::")
        if provider != "proton":
            return False
        return operation in self.bounded.get(name, ()) or (soak and module in self.soaked)

    def start(self) -> None:
        if not self._server:
            self._server.append(Server(self._place()).start())
            atexit.register(self._server[0].kill)

    def opened(self, directory: Path) -> SealedStore:
        scene = f"{directory.parent.name}-{directory.name}"
        url = f"unix://{self._place() / 'redis.sock'}?prefix={scene}&lease={self.lease:g}"
        return SealedStore(RedisStore(url), Key(b"k" * 32))

    def litter(self, directory: Path) -> list[str]:
        return []  # what is in Redis is an entry or a lock

    def _place(self) -> Path:
        """A directory that all processes know."""
        return Path(os.environ[PLACE]).parent / "redis"
