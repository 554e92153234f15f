# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that work with sessions while tests disturb them: forked from a warm server, each for one order."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.faults.operations import BY_NAME, CLOUD, Facts
from tests.faults.steps import Steps
from tests.faults.subjects import STORES, definition
from tests.sandbox.harness import fingerprint


@dataclass(frozen=True)
class Order:
    """What an actor has to do.

    :param options: of the definition; None to work without one.
    :param kill_at: the I/O step at which it kills itself.
    :param pid: the process id that it takes itself for, as in a container where ids come again.
    :param force: as users say it.
    :param largest_file: bytes that a file may have: 0 is as good as a full disk.
    """

    provider: str
    store: str
    directory: str
    operation: str
    facts: Facts
    options: dict[str, Any] | None = field(default=None, repr=False)
    kill_at: int | None = None
    pid: int | None = None
    force: bool = False
    largest_file: int | None = None


@dataclass
class Told:
    """What an actor tells when its work is done.

    :param tokens: fingerprints of the record's tokens, by name.
    :param failure: as tasks return it; None after a success.
    :param crash: the traceback of anything else that came out.
    :param waits: how often it waited for a lock.
    :param steps: the I/O steps that it took.
    """

    tokens: dict[str, str] = field(default_factory=dict)
    failure: dict[str, Any] | None = None
    crash: str = ""
    warnings: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    waits: int = 0
    steps: list[str] = field(default_factory=list)
    value: str = ""


class Asker:
    """In place of time.sleep: asks the test, which lets the time pass without anybody waiting."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, seconds: float) -> None:
        self._connection.send(seconds)
        self._connection.recv()


def act(connection: Connection, order: Order) -> None:
    """Do one order, tell what came of it, end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a run under nohup ignores the last one
        signal.signal(number, signal.SIG_DFL)
    if order.largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.largest_file, resource.RLIM_INFINITY))
    told = Told()
    client = make_client(order, told, sleep=Asker(connection))
    if order.pid is not None:
        pid = order.pid
        os.getpid = lambda: pid
    with Steps(order.kill_at) as steps, counted_waits(told):
        perform(client, order, told)
    told.steps = steps.names
    connection.send(told)


def serve(connection: Connection) -> None:
    """Do one order after the other, each as if by a process of its own, until the pipe is closed."""
    with contextlib.suppress(EOFError):
        while True:
            order = connection.recv()
            told = Told()
            with counted_waits(told):
                perform(make_client(order, told, sleep=Asker(connection)), order, told)
            connection.send(told)


def make_client(order: Order, told: Told, sleep: Any = time.sleep) -> Client:
    """A client of the order's store that tells what it warns of and says."""
    return Client(
        STORES[order.store].opened(Path(order.directory)),
        warn=told.warnings.append,
        say=told.said.append,
        clock=time.time,
        sleep=sleep,
        force=order.force,
    )


def perform(client: Client, order: Order, told: Told) -> None:
    """Do what is ordered."""
    operation = BY_NAME[order.operation]
    name = operation.session if operation.bare else CLOUD  # a fork is given its parent's definition
    known = None if order.options is None else definition(order.provider, order.options, name)
    try:
        record = operation.run(client, known, order.facts)
    except Failure as failure:
        told.failure = failure.as_dict()
    except Exception:  # noqa: BLE001 (nothing but a Failure may come out: the test shows what did)
        told.crash = traceback.format_exc()
    else:
        told.tokens = fingerprints(record)
        told.value = order.facts.value


def fingerprints(record: Record | None) -> dict[str, str]:
    """The tokens of a record, as the journal shows them."""
    return {name: fingerprint(str(token)) for name, token in record.tokens.items()} if record else {}


@contextlib.contextmanager
def counted_waits(told: Told) -> Iterator[None]:
    """Count the waits for locks: whatever else waits asks the test instead, or waits for a program that it started."""
    sleep = time.sleep

    def count(seconds: Any) -> None:
        told.waits += sys._getframe(1).f_globals["__name__"] != subprocess.__name__
        sleep(seconds)

    time.sleep = count
    try:
        yield
    finally:
        time.sleep = sleep
