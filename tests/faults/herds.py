# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many processes that want the same thing in the same moment."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from tests.faults.actors import Order, Told, make_client, perform
from tests.faults.scene import PATIENCE, Actor

WAITS = "waits"


def member(connection: Connection, gate: Any, loud: bool) -> None:
    """Do one order after the other, each when all others are ready too.

    :param loud: whether to say so when waiting for a lock begins.
    """
    sleep = time.sleep
    rested: list[float] = []

    def rest(seconds: Any) -> None:
        if loud and not rested:
            connection.send(WAITS)
        rested.append(seconds)
        sleep(seconds)

    time.sleep = rest
    with contextlib.suppress(EOFError):
        while True:
            order = connection.recv()
            rested.clear()
            told = Told()
            gate.wait(PATIENCE)
            perform(make_client(order, told, sleep=sleep), order, told)
            connection.send(told)


class Herd:
    """Processes that are started once and told again and again.

    :param size: how many.
    :param loud: whether they say so when they wait for a lock.
    """

    def __init__(self, size: int, *, loud: bool = False) -> None:
        context: Any = multiprocessing.get_context("forkserver")
        self._gate = context.Barrier(size)  # held here: without a holder it is gone before the last one starts
        self._members = [Actor(member, self._gate, loud) for _number in range(size)]

    def set_off(self, order: Order) -> None:
        """Let all of them do the same at once."""
        for actor in self._members:
            actor.say(order)

    def wait_for_waiting(self, count: int) -> None:
        """Until so many of them wait for a lock; none may have finished by then."""
        deadline = time.monotonic() + PATIENCE
        while count:
            assert time.monotonic() < deadline, f"{count} processes do not wait"
            for actor in self._members:
                if count and actor.pipe.poll(0.001):
                    heard = actor.hear()
                    assert heard == WAITS, heard
                    count -= 1

    def told(self) -> list[Told]:
        """What all of them tell in the end."""
        found = []
        for actor in self._members:
            while (heard := actor.hear()) == WAITS:
                pass
            assert isinstance(heard, Told), heard
            assert not heard.crash, heard.crash
            found.append(heard)
        return found

    def all_do(self, order: Order) -> list[Told]:
        """Let all of them do the same at once; what they tell."""
        self.set_off(order)
        return self.told()

    def close(self) -> None:
        """End them all."""
        for actor in self._members:
            actor.close()


@contextlib.contextmanager
def herd(size: int, *, loud: bool = False) -> Iterator[Herd]:
    """A herd for a block."""
    made = Herd(size, loud=loud)
    try:
        yield made
    finally:
        made.close()
