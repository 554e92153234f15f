# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the client and of providers stand on: a sandbox, a store, a clock that they move."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.proton import Proton
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Grant, Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from tests.sandbox.harness import Sandbox

PROTON = "proton"
NAP_LIMIT = 50


class Scene:
    """One account's world: the Proton sandbox, a file store, a clock for both sides."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.sandbox = sandbox
        self.directory = directory
        self.offset = 0.0
        self.naps: list[float] = []
        self.said: list[str] = []
        self.warnings: list[str] = []

    def now(self) -> float:
        """The client's time."""
        return time.time() + self.offset

    def pass_time(self, seconds: float) -> None:
        """Move both sides' clocks."""
        self.offset += seconds
        self.sandbox.clock(PROTON, seconds)

    def sleep(self, seconds: float) -> None:
        """In place of time.sleep: notes how long, and moves both clocks instead."""
        assert len(self.naps) < NAP_LIMIT, "it sleeps again and again"
        self.naps.append(seconds)
        self.pass_time(seconds)

    def store(self) -> SealedStore:
        """A store object of its own, as each process has one."""
        return SealedStore(FileStore(str(self.directory)))

    def client(self, **options: Any) -> Client:
        """A client of its own."""
        return Client(self.store(), warn=self.warnings.append, clock=self.now, sleep=self.sleep, **options)

    def definition(self, account: str = "alice", name: str = "cloud", **options: Any) -> Definition:
        """A whole definition of an account; an option that is None takes its default."""
        known = self.sandbox.account(PROTON, account)
        given = {
            "url": self.sandbox.url(PROTON),
            "ca_path": self.sandbox.ca_file,
            "username": known["username"],
            "password": known["password"],
            **options,
        }
        defaults = {option.name: option.default for option in Proton.options()}
        return Definition(
            name, PROTON, {**defaults, **{key: value for key, value in given.items() if value is not None}}
        )

    def provider(self, account: str = "alice", **options: Any) -> Proton:
        """A provider object, for tests below the client."""
        return Proton(self.definition(account, **options), self.store(), clock=self.now, sleep=self.sleep)

    def record(self, provider: Proton, grant: Grant, name: str = "cloud") -> Record:
        """The record that the client would keep of a grant."""
        blank = Record(name, PROTON, provider.transport.origin, provider.account())
        return blank.granted(grant, self.now())

    def opened(self, account: str = "alice", **options: Any) -> tuple[Proton, Record]:
        """A provider, and the record of a fresh login (with a second factor: of a pending one)."""
        provider = self.provider(account, **options)
        return provider, self.record(provider, provider.open())

    def unknown(self, **options: Any) -> tuple[Proton, Record]:
        """A provider, and a record that the service knows nothing of: enough where a fault answers."""
        provider = self.provider(**options)
        grant = Grant(tokens={"access_token": "a" * 32, "refresh_token": "b" * 32}, uid="c" * 32, scopes=("full",))
        return provider, self.record(provider, grant)

    def journal(self, route: str | None = None) -> list[dict[str, Any]]:
        """What arrived at the service."""
        return self.sandbox.journal(PROTON, route=route)

    def routes(self) -> dict[str, int]:
        """How often each operation was called."""
        return self.sandbox.routes(PROTON)

    def sequence(self) -> list[str]:
        """The operations in the order of their arrival."""
        return [entry["route"] for entry in self.journal()]

    def fault(self, kind: str, **options: Any) -> None:
        """Arm a fault."""
        self.sandbox.fault(PROTON, kind, **options)

    def answer(self, route: str, body: Any, status: int = 200, **options: Any) -> None:
        """Let the next reply of a route be this one."""
        self.fault("status", route=route, status=status, body=body, **options)

    def live(self) -> int:
        """How many sessions the service has open."""
        return len(self.sandbox.state(PROTON)["sessions"])


def files(directory: Path) -> list[str]:
    """The names of all files of a store, sorted; none when it is not there."""
    return sorted(os.listdir(directory)) if directory.exists() else []
