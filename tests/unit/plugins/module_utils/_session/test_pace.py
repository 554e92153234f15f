# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""So many calls in so much time, kept by all workers before the service has to refuse one (promise 4)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.pace import JOURNEY, Pace
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.warm import timestamp
from tests.unit.plugins.children import Pipe
from tests.unit.plugins.conftest import NewChild

NOW = 1_700_000_000.0
SPAN = 30.0 + JOURNEY


class World:
    """A clock, and workers that share a store."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now = NOW
        self.naps: list[float] = []
        self.said: list[str] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert len(self.naps) < 50, "it sleeps again and again"
        self.naps.append(seconds)
        self.now += seconds

    def pace(self, what: str = "open", account: str = "alice", origin: str = "https://x", **options: Any) -> Pace:
        """One of a worker of its own."""
        store = SealedStore(FileStore(str(self.directory)))
        how = {"limit": 3, "seconds": 30.0, "clock": self.clock, "sleep": self.sleep, "say": self.said.append}
        return Pace(store, origin, account, what, **{**how, **options})

    def sent(self, number: int) -> None:
        for _call in range(number):
            self.pace().keep(0.0)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return an empty store and a clock."""
    return World(tmp_path / "sessions")


def test_up_to_the_limit_nobody_waits(world: World) -> None:
    world.sent(3)
    assert world.naps == []
    assert world.said == []


def test_one_more_waits_for_the_oldest_to_be_over(world: World) -> None:
    world.sent(1)
    world.now += 10
    world.sent(2)
    world.pace().keep(60.0)
    assert world.now == pytest.approx(NOW + SPAN)
    assert len(world.said) == 1
    assert "open" in world.said[0]


def test_calls_come_no_faster_than_the_limit_whatever_the_beginning(world: World) -> None:
    times = []
    for _call in range(12):
        world.pace().keep(1000.0)
        times.append(world.now)
    assert all(later - earlier >= 30.0 for earlier, later in zip(times, times[3:], strict=False))
    assert times[-1] - times[0] == pytest.approx(3 * SPAN)


def test_who_would_wait_too_long_is_told_when_to_come_back(world: World) -> None:
    world.sent(3)
    with pytest.raises(Failure) as caught:
        world.pace().keep(SPAN - 1)
    failure = caught.value
    assert failure.kind == "rate_limited"
    assert failure.retry_after == SPAN
    assert str(timestamp(NOW + SPAN + 1)) in failure.message
    assert "max_wait" in failure.hint
    assert world.naps == []
    world.now += SPAN
    world.sent(1)


def test_a_call_that_was_not_made_does_not_count(world: World) -> None:
    world.sent(3)
    for _time in range(5):
        with pytest.raises(Failure):
            world.pace().keep(0.0)
    world.now += SPAN
    world.sent(3)


@pytest.mark.parametrize("other", [{"what": "token"}, {"account": "bob"}, {"origin": "https://y"}], ids=str)
def test_other_calls_and_accounts_are_counted_apart(world: World, other: dict[str, str]) -> None:
    world.sent(3)
    world.pace(**other).keep(0.0)
    assert world.naps == []


@pytest.mark.parametrize("seconds", [-86_400.0, -10.0, 86_400.0])
def test_a_clock_that_was_set_keeps_nobody_waiting_for_ever(world: World, seconds: float) -> None:
    world.sent(3)
    world.now += seconds
    world.pace().keep(SPAN)
    assert sum(world.naps) <= SPAN


def test_what_is_over_does_not_pile_up(world: World) -> None:
    def size() -> int:
        return max(path.stat().st_size for path in world.directory.glob("*.session"))

    world.sent(3)
    before = size()
    for _call in range(50):
        world.pace().keep(1000.0)
        world.naps.clear()
    assert size() <= before


def keep_in_child(pipe: Pipe, world: World) -> str:
    pipe.say("ready")
    pipe.hear()
    try:
        world.pace(limit=5, clock=time.time).keep(0.0)
    except Failure as failure:
        return failure.kind
    return "sent"


def test_processes_share_one_count(world: World, new_child: NewChild) -> None:
    children = [new_child(keep_in_child, world) for _number in range(9)]
    for child in children:
        child.hear()
    for child in children:
        child.say()
    found = sorted(child.hear() for child in children)
    assert found == ["rate_limited"] * 4 + ["sent"] * 5
