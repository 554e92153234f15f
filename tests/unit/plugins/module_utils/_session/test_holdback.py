# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a service asked to come back later: all obey, nobody longer than needed, whatever the clock does."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.holdback import (
    FARTHEST,
    LONGEST_PAUSE,
    MEMORY,
    Holdback,
)
from ansible_collections.gatehouse.api.plugins.module_utils._session.signals import deferred
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.warm import timestamp
from tests.unit.plugins.children import Child, Pipe

NewChild = Callable[..., Child]
ORIGIN, OTHER = "https://api.example.com", "https://other.example.com"
NOW = 1_700_000_000.0
DAY = 86_400.0
PLENTY = 10 * DAY


class World:
    """A clock that only sleeping moves, and workers that share a store."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now = NOW
        self.naps: list[float] = []
        self.said: list[str] = []
        self.while_asleep: Callable[[], None] = lambda: None

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        assert len(self.naps) < 100
        self.naps.append(seconds)
        self.now += seconds
        self.while_asleep()

    def worker(self, origin: str = ORIGIN) -> Holdback:
        """One with a store object of its own, as each process has one."""
        return Holdback(SealedStore(FileStore(str(self.directory))), origin, self.clock, self.sleep, self.said.append)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a clock and an empty store."""
    return World(tmp_path / "sessions")


def refused(kind: str, worker: Holdback, left: float) -> Failure:
    with pytest.raises(Failure) as caught:
        worker.wait(left)
    assert caught.value.kind == kind
    return caught.value


def pause_of(world: World) -> float:
    """How long the service may not be asked, as a worker without patience is told."""
    with pytest.raises(Failure) as caught:
        world.worker().wait(0.0)
    assert caught.value.retry_after is not None
    return caught.value.retry_after


def test_a_service_that_asked_for_nothing_is_asked_at_once(world: World) -> None:
    assert world.worker().wait(5.0) == 5.0
    assert world.worker().bearable(0.0)
    assert world.naps == []


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_is_as_long_as_the_service_asked_and_a_little_jitter(world: World, status: int) -> None:
    world.worker().begin(status, 17.0)
    left = world.worker().wait(60.0)
    assert 17.0 <= sum(world.naps) <= 18.0
    assert left == pytest.approx(60.0 - sum(world.naps))
    assert world.worker().wait(left) == left


def test_workers_do_not_come_back_in_the_same_moment(world: World) -> None:
    world.worker().begin(429, 30.0)
    moments = set()
    for _worker in range(20):
        world.now = NOW
        world.worker().wait(60.0)
        moments.add(world.now)
    assert len(moments) == 20
    assert max(moments) - min(moments) <= 1.0


@pytest.mark.parametrize(("status", "kind"), [(429, "rate_limited"), (503, "not_available")])
def test_a_wait_that_takes_too_long_is_refused_with_the_time_to_come_back(world: World, status: int, kind: str) -> None:
    world.worker().begin(status, 90.0)
    failure = refused(kind, world.worker(), 89.0)
    assert (failure.http_code, failure.retry_after) == (status, 90.0)
    assert str(timestamp(NOW + 91)) in failure.message
    assert ORIGIN in failure.message
    assert world.naps == []
    assert not world.worker().bearable(89.0)
    assert world.worker().bearable(90.0)


def test_the_time_to_come_back_is_one_at_which_nothing_is_held_back(world: World) -> None:
    world.worker().begin(429, 90.0)
    world.now = NOW + 90.0
    assert world.worker().wait(0.0) == 0.0


def test_only_a_wait_that_somebody_would_notice_is_mentioned(world: World) -> None:
    world.worker().begin(429, 1.5)
    world.worker().wait(60.0)
    assert world.said == []
    world.worker().begin(503, 20.0)
    world.worker().wait(60.0)
    assert len(world.said) == 1
    assert "20 seconds" in world.said[0]


def test_another_origin_is_not_held_back(world: World) -> None:
    world.worker().begin(429, 90.0)
    assert world.worker(OTHER).wait(0.0) == 0.0


def test_a_shorter_refusal_does_not_end_a_longer_one(world: World) -> None:
    world.worker().begin(429, 90.0)
    world.worker().begin(503, 5.0)
    assert pause_of(world) == 90.0


def test_a_service_that_asks_for_years_is_obeyed_for_a_day(world: World) -> None:
    world.worker().begin(429, 1e12)
    assert pause_of(world) == FARTHEST


# When the service does not say how long


def test_the_pause_doubles_with_each_refusal_up_to_a_minute(world: World) -> None:
    for number in range(12):
        world.worker().begin(429, None)
        longest = min(2.0 ** (number + 1), LONGEST_PAUSE)
        assert longest / 2 - 0.1 <= pause_of(world) <= longest
        world.worker().wait(PLENTY)


def test_after_a_calm_time_the_pause_is_short_again(world: World) -> None:
    for _refusal in range(8):
        world.worker().begin(429, None)
        world.worker().wait(PLENTY)
    world.now += MEMORY
    world.worker().begin(429, None)
    assert pause_of(world) <= 2.0


def test_however_often_a_service_refuses_the_pause_can_be_told(world: World) -> None:
    """A thousand hosts are refused a thousand times within minutes."""
    world.worker().begin(429, 0.0)
    SealedStore(FileStore(str(world.directory))).update({"count": 5000}, "hold", ORIGIN)
    world.worker().begin(429, None)
    assert LONGEST_PAUSE / 2 <= pause_of(world) <= LONGEST_PAUSE


# Others


def test_who_slept_obeys_what_another_was_told_meanwhile(world: World) -> None:
    """The first to come back is refused once more: the others must not ask as well."""
    world.worker().begin(429, 10.0)

    def first_comes_back() -> None:
        world.while_asleep = lambda: None
        world.worker().begin(429, 30.0)

    world.while_asleep = first_comes_back
    left = world.worker().wait(60.0)
    assert 40.0 <= sum(world.naps) <= 42.0
    assert left == pytest.approx(60.0 - sum(world.naps))


def test_who_slept_in_vain_does_not_sleep_longer_than_allowed(world: World) -> None:
    world.worker().begin(429, 10.0)
    world.while_asleep = lambda: world.worker().begin(429, 30.0)
    assert 28.0 <= float(refused("rate_limited", world.worker(), 35.0).retry_after or 0) <= 30.0
    assert sum(world.naps) <= 11.0


def refused_in_child(pipe: Pipe, world: World, times: int) -> None:
    pipe.say("ready")
    pipe.hear()
    for _time in range(times):
        world.worker().begin(429, None)


def test_processes_that_are_refused_at_once_are_all_counted(world: World, new_child: NewChild) -> None:
    children = [new_child(refused_in_child, world, 2) for _child in range(4)]
    for child in children:
        child.hear()
    for child in children:
        child.say()
    for child in children:
        child.hear()
    assert SealedStore(FileStore(str(world.directory))).recall("hold", ORIGIN)["count"] == 8
    assert LONGEST_PAUSE / 2 <= pause_of(world) <= LONGEST_PAUSE


def waits_in_earnest(pipe: Pipe, directory: Path) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with deferred():
        holdback = Holdback(SealedStore(FileStore(str(directory))), ORIGIN, say=pipe.say)
        holdback.wait(PLENTY)


def test_who_waits_can_be_cancelled(world: World, new_child: NewChild) -> None:
    """Also where signals are deferred because tokens may be on their way: now none is."""
    Holdback(SealedStore(FileStore(str(world.directory))), ORIGIN).begin(429, 3600.0)
    begun = time.monotonic()
    child = new_child(waits_in_earnest, world.directory)
    assert "waiting" in child.hear()
    child._process.terminate()
    assert child.ended() == -signal.SIGTERM
    assert time.monotonic() - begun < 60


# A clock that is set


@pytest.mark.parametrize("back", [2.0, DAY, 400 * DAY])
def test_a_clock_that_was_set_back_holds_nobody_back(world: World, back: float) -> None:
    world.worker().begin(429, 60.0)
    world.now -= back
    assert world.worker().bearable(0.0)
    assert world.worker().wait(0.0) == 0.0


@pytest.mark.parametrize("back", [DAY, 400 * DAY])
def test_a_refusal_after_the_clock_was_set_back_counts_by_the_new_time(world: World, back: float) -> None:
    """A wrong clock does not make a minute a day."""
    world.worker().begin(429, 60.0)
    world.now -= back
    world.worker().begin(429, 5.0)
    assert pause_of(world) == 5.0


def test_a_clock_that_was_set_forward_ends_the_wait(world: World) -> None:
    world.worker().begin(429, 3600.0)
    world.now += DAY
    assert world.worker().wait(0.0) == 0.0


@pytest.mark.parametrize("moved", [-400 * DAY, -DAY, -30.0, 0.0, 30.0, 59.5, 61.0, DAY])
@pytest.mark.parametrize("left", [0.0, 1.0, 45.0, 100.0])
def test_bearable_is_what_wait_would_bear(world: World, moved: float, left: float) -> None:
    world.worker().begin(503, 60.0)
    world.now += moved
    bearable = world.worker().bearable(left)
    try:
        world.worker().wait(left)
        waited = True
    except Failure:
        waited = False
    assert bearable == waited
