# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests stand on: a provider's sandbox, a store, the shared clock, and actors in processes of their own."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from tests.faults.actors import Order, Told, act, serve
from tests.faults.clock import SharedClock
from tests.faults.operations import BY_NAME, Arranged, Facts, Operation
from tests.faults.subjects import Entry, Provider, Store
from tests.sandbox.harness import Sandbox

PATIENCE = 60.0  # seconds until a silent actor fails its test
_LOOK_AGAIN = 0.002


@dataclass(frozen=True)
class Ran:
    """How an actor ended.

    :param told: what it told; None when it died before.
    :param code: its exit code; minus the signal that ended it.
    """

    told: Told | None
    code: int | None
    pid: int


class Actor:
    """A process with an order, and the test's end of the pipe to it."""

    def __init__(self, work: Any, *args: Any) -> None:
        context: Any = multiprocessing.get_context("forkserver")
        pipe, theirs = context.Pipe()
        self.pipe: Connection = pipe
        self._process = context.Process(target=work, args=(theirs, *args), daemon=True)
        self._process.start()
        theirs.close()
        self.pid: int = self._process.pid

    def hear(self) -> Any:
        """The next thing that it says; None when it is dead."""
        if not self.pipe.poll(PATIENCE):
            raise AssertionError("an actor says nothing")
        try:
            return self.pipe.recv()
        except (EOFError, ConnectionResetError):
            return None

    def say(self, what: Any = None) -> None:
        """Tell it something."""
        self.pipe.send(what)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def ended(self) -> int | None:
        """Wait for its end; the exit code."""
        self._process.join(PATIENCE)
        code: int | None = self._process.exitcode
        return code

    def close(self) -> None:
        """End it, whatever it does."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join(PATIENCE)
        self.pipe.close()


class Scene:
    """One provider, one store, one clock for everybody."""

    def __init__(self, provider: Provider, store: Store, sandbox: Sandbox, clock: SharedClock, place: Path) -> None:
        self.provider = provider
        self.store = store
        self.sandbox = sandbox
        self.clock = clock
        self._place = place
        self._resets = 0
        self._second_factor = False
        self._servant: Actor | None = None
        self._lived_in: Operation | None = None
        self.reset()

    def reset(self, *, second_factor: bool = False) -> None:
        """Begin anew: an empty store, nothing at the service, real time."""
        self.clock.offset = 0.0
        self.forget()
        self._resets += 1
        self._second_factor = second_factor

    def arranged(self, operation: Operation, *, anew: bool = False) -> Arranged:
        """Make the situation of an operation: in a new world, unless the old one can be used again.

        :param anew: whether the old one was left in disorder.
        """
        if anew or not operation.again or self._lived_in is not operation:
            self.reset(second_factor=operation.second_factor)
        self._lived_in = operation
        return operation.arrange(self)

    @property
    def directory(self) -> Path:
        """Where the store is."""
        return self._place / f"store-{self._resets}"

    # Time and the service

    def pass_time(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self.clock.offset += seconds
        self.sandbox.clock(self.provider.service, seconds)

    def grow_stale(self) -> None:
        """Let as much time pass as makes the session's tokens too old to be used."""
        self.pass_time(self.provider.stale_in(self.records()["cloud"], self.clock.now()))

    def forget(self) -> None:
        """Let the service lose every session."""
        self.sandbox.reset(self.provider.service)
        self.sandbox.settings(self.provider.service, **self.provider.settings)
        self.sandbox.clock(self.provider.service, self.clock.offset)

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """What arrived at the service, once all of it is done."""
        deadline = time.monotonic() + PATIENCE
        while True:
            entries = self.sandbox.journal(self.provider.service, since=since)
            if all(entry["ended"] is not None for entry in entries):
                return [{**entry, "route": self.provider.route(entry)} for entry in entries]
            assert time.monotonic() < deadline, "the service does not finish"
            time.sleep(_LOOK_AGAIN)

    def alive(self) -> dict[str, str]:
        """The live sessions: access token by mark, as fingerprints."""
        return self.provider.alive(self.sandbox)

    def lives(self, record: Record | None) -> bool:
        """Whether a record's session is alive at the service, with the record's token."""
        return record is not None and bool(record.tokens) and self.provider.lives(self.sandbox, record)

    def fault(self, kind: str, *, route: str = "*", **options: Any) -> None:
        """Arm a fault of the service."""
        self.sandbox.fault(self.provider.service, kind, route=self.provider.wire.get(route, route), **options)

    # The store

    def opened(self) -> SealedStore:
        """The store as this process sees it."""
        return self.store.opened(self.directory)

    def records(self) -> dict[str, Record]:
        """Every record."""
        store = self.opened()
        found = {name: store.read(name) for name in store.names()}
        return {name: record for name, record in found.items() if record is not None}

    def strangers(self) -> set[str]:
        """The sessions at the service that no record knows, by their marks."""
        return self.provider.strangers(self.sandbox, self.records().values())

    def unreadable(self) -> list[str]:
        """What is in the store and cannot be read: nothing, it is hoped."""
        problems = []
        store = self.opened()
        for key in store.store.keys():
            try:
                entry = store.store.read(key)
                if entry is not None:
                    store._opened(key, entry)
            except Failure as failure:
                problems.append(f"{key}: {failure}")
        return problems

    # Actors

    def order(
        self,
        name: str,
        arranged: Mapping[str, str] | None = None,
        *,
        defined: bool = True,
        kill_at: int | None = None,
        pid: int | None = None,
        force: bool = False,
        largest_file: int | None = None,
        **options: Any,
    ) -> Order:
        """An order for an operation of this scene.

        :param arranged: what its arrangement made.
        :param defined: whether with a definition.
        :param options: that differ from those of the account.
        """
        operation = BY_NAME[name]
        account = self.provider.second_factor if self._second_factor else self.provider.account
        known = self.provider.place(self.sandbox) if operation.bare else self.provider.options(self.sandbox, account)
        return Order(
            provider=self.provider.name,
            store=self.store.name,
            directory=str(self.directory),
            operation=name,
            facts=Facts(self.provider.path, self.provider.child, **(arranged or {})),
            options={**known, **options} if defined else None,
            kill_at=kill_at,
            pid=pid,
            force=force,
            largest_file=largest_file,
        )

    def run(self, name: str, arranged: Mapping[str, str] | None = None, **how: Any) -> Ran:
        """Have an operation done by a process of its own, to the end or until it kills itself."""
        order = self.order(name, arranged, **how)
        if self._servant is not None and order.kill_at is None and order.pid is None:
            self._servant.say(order)
            return Ran(self._heard(self._servant), 0, self._servant.pid)
        actor = Actor(act, order)
        try:
            return Ran(self._heard(actor), actor.ended(), actor.pid)
        finally:
            actor.close()

    def _heard(self, actor: Actor) -> Any:
        """What an actor tells in the end; the time that it asks for in between passes at once."""
        while isinstance(heard := actor.hear(), float):
            self.pass_time(heard)
            actor.say()
        return heard

    @contextlib.contextmanager
    def servant(self) -> Iterator[None]:
        """Have everything done by one process inside the block: faster than one for each operation."""
        self._servant = Actor(serve)
        try:
            yield
        finally:
            self._servant.close()
            self._servant = None

    def done(self, name: str, arranged: Mapping[str, str] | None = None, **how: Any) -> Told:
        """Have an operation done, which must succeed."""
        told = self.run(name, arranged, **how).told
        assert told is not None
        assert not told.crash, told.crash
        assert told.failure is None, told.failure
        return told


def until(condition: Callable[[], object], what: str) -> None:
    """Look again and again until something is so.

    :param what: is wrong when it never is.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(_LOOK_AGAIN)


def succeeded(entries: list[dict[str, Any]], *routes: str) -> list[Entry]:
    """The requests of these routes that the service carried out, whatever the client heard of it."""
    return [entry for entry in entries if entry["route"] in routes and entry["work"] == "ok"]
