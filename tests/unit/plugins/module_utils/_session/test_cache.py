# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of a session's credentials: for its time, for its opening, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.cache import KEYS, ROOM, Cache
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.warm import LARGEST
from tests.unit.plugins.children import Pipe
from tests.unit.plugins.conftest import NewChild
from tests.unit.plugins.scene import files

NOW = 1_700_000_000.0


class World:
    """A clock, and workers that share a store."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now = NOW

    def clock(self) -> float:
        return self.now

    def cache(self, name: str = "cloud", opened_at: float = NOW, ttl: float = 300.0) -> Cache:
        """One of a worker of its own."""
        return Cache(SealedStore(FileStore(str(self.directory))), name, opened_at, ttl, self.clock)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return an empty store and a clock."""
    return World(tmp_path / "sessions")


def entries(world: World) -> list[str]:
    return [name for name in files(world.directory) if name.endswith(".session")]


@pytest.mark.parametrize("value", [{}, [], {"a": [1, None, "\u20ac"]}, "text", 0, None, ["\ud800"]], ids=repr)
def test_what_was_put_is_got_by_every_worker(world: World, value: Any) -> None:
    world.cache().put(value, "list", "password")
    assert world.cache().get("list", "password") == value
    assert world.cache().get("list", "folder") is None
    assert world.cache().get("list") is None


def test_it_is_kept_for_its_time(world: World) -> None:
    world.cache().put([1], KEYS)
    world.now += 299.9
    assert world.cache().get(KEYS) == [1]
    assert world.cache(ttl=100.0).get(KEYS) is None
    world.now = NOW + 300
    assert world.cache().get(KEYS) is None
    assert world.cache(ttl=1000.0).get(KEYS) == [1]


def test_what_comes_from_the_future_is_not_believed(world: World) -> None:
    world.cache().put([1], KEYS)
    world.now -= 1
    assert world.cache().get(KEYS) is None


def test_with_no_time_nothing_is_written_or_read(world: World) -> None:
    world.cache(ttl=0.0).put([1], KEYS)
    assert entries(world) == []
    world.cache().put([1], KEYS)
    assert world.cache(ttl=0.0).get(KEYS) is None


@pytest.mark.parametrize("other", [{"name": "other"}, {"opened_at": NOW + 1}], ids=str)
def test_another_session_or_opening_has_a_cache_of_its_own(world: World, other: dict[str, Any]) -> None:
    world.cache().put([1], KEYS)
    assert world.cache(**other).get(KEYS) is None


def test_dropping_it_drops_what_earlier_openings_left_and_nothing_else(world: World) -> None:
    for opened_at in (NOW, NOW + 1):
        world.cache(opened_at=opened_at).put([1], KEYS)
    world.cache("other").put([2], KEYS)
    world.cache(opened_at=NOW + 2).drop()
    assert world.cache().get(KEYS) is None
    assert world.cache(opened_at=NOW + 1).get(KEYS) is None
    assert world.cache("other").get(KEYS) == [2]
    assert len(entries(world)) == 1


def test_dropping_what_was_fetched_keeps_the_keys_of_this_opening_alone(world: World) -> None:
    cache, before = world.cache(), world.cache(opened_at=NOW - 100)
    for each in (cache, before):
        each.put({"k": "v"}, KEYS)
        each.put([1], "list", "password")
    cache.drop_fetched()
    assert cache.get(KEYS) == {"k": "v"}
    assert cache.get("list", "password") is None
    assert before.get(KEYS) is None
    assert len(entries(world)) == 1


def test_dropping_nothing_is_no_failure(world: World) -> None:
    world.cache().drop()
    assert entries(world) == []


def test_names_of_files_tell_nothing(world: World) -> None:
    world.cache("canary-session").put(["canary-value"], "canary-query")
    content = b"".join(path.read_bytes() for path in world.directory.iterdir())
    assert "canary" not in " ".join(files(world.directory))
    assert b"canary" not in content


def test_the_time_is_that_of_the_definition_unless_somebody_says_otherwise(world: World) -> None:
    store = SealedStore(FileStore(str(world.directory)))
    record = Record("cloud", "nextcloud_passwords", "https://x", opened_at=NOW, options={"cache_ttl": 10.0})
    Cache.of(store, record, world.clock).put([1], KEYS)
    world.now += 11
    assert Cache.of(store, record, world.clock).get(KEYS) is None
    assert Cache.of(store, record, world.clock, 12.0).get(KEYS) == [1]
    assert Cache.of(store, record, world.clock, 0.0).get(KEYS) is None
    nothing = Record("cloud", "nextcloud_passwords", "https://x", opened_at=NOW)
    Cache.of(store, nothing, world.clock).put([2], "other")
    assert Cache.of(store, nothing, world.clock, 12.0).get("other") is None


def put_in_child(pipe: Pipe, world: World, number: int) -> None:
    pipe.say("ready")
    pipe.hear()
    for turn in range(20):
        world.cache().put([number, turn], KEYS)
        if number == 0:
            world.cache().drop()


def test_processes_that_put_and_drop_at_once_do_not_disturb_each_other(world: World, new_child: NewChild) -> None:
    children = [new_child(put_in_child, world, number) for number in range(4)]
    for child in children:
        assert child.hear() == "ready"
    for child in children:
        child.say()
    for child in children:
        child.hear()
    found = world.cache().get(KEYS)
    assert found is None or found[1] == 19


def test_what_is_too_much_for_a_file_is_not_kept(world: World) -> None:
    """It would be cut when it is read, and taken for damaged."""
    for size in (LARGEST, LARGEST - ROOM):
        world.cache().put(["x" * size], "list", "password")
        assert world.cache().get("list", "password") is None
    fits = ["x" * (LARGEST - ROOM - 10)]
    world.cache().put(fits, "list", "password")
    assert world.cache().get("list", "password") == fits


def test_lock_files_do_not_pile_up(world: World) -> None:
    for number in range(30):
        world.cache(opened_at=NOW + number).put([1], "query", str(number))
    assert len([name for name in files(world.directory) if name.endswith(".lock")]) == 1
