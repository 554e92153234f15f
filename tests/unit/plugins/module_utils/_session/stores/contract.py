# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every store does: a suite to inherit, with a fixture `make` that opens the same place again and again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.base import Entry, Store
from tests.unit.plugins.children import Child, Pipe

Make = Callable[[], Store]
NewChild = Callable[..., Child]

ODD_KEYS = (
    "plain",
    "Plain",
    "PLAIN",
    "a/b",
    "a/../../b",
    "..",
    ".",
    ".leading-dot",
    "trailing.",
    "with space",
    "%41",
    "A",
    "a",
    "%2541",
    "ünïcödé",
    "u\u0308",
    "ü",
    "\U0001f511",
    "~note-0123",
    "a:b",
    "a\\b",
    "*?[]",
    "-rf",
    "x" * 128,
    "key",
    "con",
    "a.session",
    "a.lock",
    "$HOME",
    "a%",
)


def whole(number: int) -> bytes:
    """A content that shows whether all of it is there."""
    body = str(number).encode() * (1 + number % 700) * 20
    return hashlib.sha256(body).digest() + body


def is_whole(content: bytes) -> bool:
    return hashlib.sha256(content[32:]).digest() == content[:32]


def take_lock(pipe: Pipe, store: Store, key: str, wait: float) -> str:
    """In a child: take the lock, say so, hold it until told."""
    try:
        with store.lock(key, wait):
            pipe.say("locked")
            pipe.hear()
    except Failure as failure:
        return failure.kind
    return "released"


def count_up(pipe: Pipe, store: Store, key: str, times: int) -> None:
    """In a child: read, add one, write, under the lock."""
    pipe.say("ready")
    pipe.hear()
    for _time in range(times):
        with store.lock(key):
            entry = store.read(key)
            number = int(entry.sealed) if entry else 0
            revision = entry.revision if entry else 0
            store.write(key, Entry(revision + 1, str(number + 1).encode()), revision)


def write_for_ever(pipe: Pipe, store: Store, key: str, revision: int) -> None:
    """In a child: write one entry after the other until killed."""
    pipe.say("ready")
    while True:
        store.write(key, Entry(revision + 1, whole(revision + 1)), revision)
        revision += 1


def race_write(pipe: Pipe, store: Store, key: str, content: bytes) -> str:
    """In a child: write where nothing is, under the lock."""
    pipe.say("ready")
    pipe.hear()
    with store.lock(key):
        try:
            store.write(key, Entry(1, content), 0)
        except Failure as failure:
            return failure.kind
    return "written"


class StoreContract:
    """Every store passes these, also one of a single process. A subclass gives the fixture `make`."""

    @pytest.fixture
    def make(self) -> Make:
        """Return what opens the store; each call as another process would."""
        raise NotImplementedError

    # Reading and writing

    def test_it_says_where_it_is(self, make: Make) -> None:
        assert make().place

    def test_nothing_is_read_where_nothing_was_written(self, make: Make) -> None:
        assert make().read("cloud") is None
        assert list(make().keys()) == []
        assert make().delete("cloud") is False

    def test_looking_makes_nothing(self, make: Make) -> None:
        store = make()
        store.read("cloud")
        list(store.keys())
        store.delete("cloud")
        assert list(make().keys()) == []

    @pytest.mark.parametrize("content", [b"", b"\0", b"text\n", bytes(range(256)) * 4000])
    def test_what_was_written_is_read(self, make: Make, content: bytes) -> None:
        make().write("cloud", Entry(1, content), 0)
        assert make().read("cloud") == Entry(1, content)

    @pytest.mark.parametrize("revision", [1, 2, 1 << 31, (1 << 63) - 1])
    def test_a_revision_is_kept(self, make: Make, revision: int) -> None:
        make().write("cloud", Entry(revision, b"content"), 0)
        entry = make().read("cloud")
        assert entry is not None
        assert entry.revision == revision

    def test_an_entry_shows_no_content(self) -> None:
        assert "canary" not in repr(Entry(1, b"canary"))

    @pytest.mark.parametrize("expected", [0, 1, 3, 99])
    def test_another_revision_than_expected_is_a_conflict_and_changes_nothing(self, make: Make, expected: int) -> None:
        make().write("cloud", Entry(2, b"old"), 0)
        with pytest.raises(Failure, match="revision 2") as caught:
            make().write("cloud", Entry(expected + 1, b"new"), expected)
        assert caught.value.kind == "conflict"
        assert make().read("cloud") == Entry(2, b"old")

    def test_a_revision_expected_where_nothing_is_is_a_conflict(self, make: Make) -> None:
        with pytest.raises(Failure) as caught:
            make().write("cloud", Entry(2, b"new"), 1)
        assert caught.value.kind == "conflict"
        assert make().read("cloud") is None

    def test_the_right_revision_is_replaced(self, make: Make) -> None:
        make().write("cloud", Entry(1, b"old, and longer"), 0)
        make().write("cloud", Entry(2, b"new"), 1)
        assert make().read("cloud") == Entry(2, b"new")
        assert list(make().keys()) == ["cloud"]

    def test_a_deleted_entry_is_gone(self, make: Make) -> None:
        make().write("cloud", Entry(1, b"content"), 0)
        make().write("other", Entry(1, b"content"), 0)
        assert make().delete("cloud") is True
        assert make().read("cloud") is None
        assert make().delete("cloud") is False
        assert list(make().keys()) == ["other"]
        make().write("cloud", Entry(1, b"again"), 0)
        assert make().read("cloud") == Entry(1, b"again")

    # Keys

    @pytest.mark.parametrize("key", ODD_KEYS)
    def test_an_odd_key_is_a_key_like_any_other(self, make: Make, key: str) -> None:
        store = make()
        with store.lock(key):
            store.write(key, Entry(1, b"content"), 0)
        assert make().read(key) == Entry(1, b"content")
        assert list(make().keys()) == [key]
        assert make().delete(key) is True

    def test_odd_keys_are_all_different(self, make: Make) -> None:
        for number, key in enumerate(ODD_KEYS):
            make().write(key, Entry(number + 1, key.encode()), 0)
        for number, key in enumerate(ODD_KEYS):
            assert make().read(key) == Entry(number + 1, key.encode())

    def test_keys_are_sorted(self, make: Make) -> None:
        for key in reversed(ODD_KEYS):
            make().write(key, Entry(1, b"content"), 0)
        assert list(make().keys()) == sorted(ODD_KEYS)

    def test_locks_are_no_keys(self, make: Make) -> None:
        store = make()
        with store.lock("cloud"):
            assert list(store.keys()) == []
        assert list(store.keys()) == []

    # Locks

    def test_a_lock_excludes_another_object_in_the_same_process(self, make: Make) -> None:
        with make().lock("cloud"), pytest.raises(Failure), make().lock("cloud", 0.0):
            pass

    def test_a_lock_is_released_by_an_exception(self, make: Make) -> None:
        with pytest.raises(RuntimeError, match="oops"), make().lock("cloud"):
            raise RuntimeError("oops")
        with make().lock("cloud", 0.0):
            pass


class SharedStoreContract(StoreContract):
    """The stores that several processes share pass these besides."""

    dead_after: ClassVar[float] = 0.5
    """Seconds after which the lock of a holder that has died can be had at the latest."""

    # Locks

    @pytest.mark.parametrize("method", ["fork", "spawn"])
    def test_a_lock_excludes_other_processes(self, make: Make, new_child: NewChild, method: str) -> None:
        holder = new_child(take_lock, make(), "cloud", 60.0, method=method)
        assert holder.hear() == "locked"
        with pytest.raises(Failure), make().lock("cloud", 0.0):
            pass
        holder.say()
        assert holder.hear() == "released"
        with make().lock("cloud", 0.0):
            pass

    def test_a_lock_of_another_key_is_another_lock(self, make: Make, new_child: NewChild) -> None:
        holder = new_child(take_lock, make(), "cloud", 60.0)
        assert holder.hear() == "locked"
        for key in ("Cloud", "cloud2", "other"):
            with make().lock(key, 0.0):
                pass

    def test_who_waits_gets_the_lock_next(self, make: Make, new_child: NewChild) -> None:
        holder = new_child(take_lock, make(), "cloud", 60.0)
        assert holder.hear() == "locked"
        waiter = new_child(take_lock, make(), "cloud", 60.0)
        assert waiter.silent()
        holder.say()
        assert holder.hear() == "released"
        assert waiter.hear() == "locked"

    def test_a_killed_holder_releases_its_lock(self, make: Make, new_child: NewChild) -> None:
        holder = new_child(take_lock, make(), "cloud", 60.0)
        assert holder.hear() == "locked"
        holder.kill()
        with make().lock("cloud", 60.0):
            pass

    def test_waiting_too_long_is_a_store_failure_that_names_the_key(self, make: Make, new_child: NewChild) -> None:
        holder = new_child(take_lock, make(), "cloud", 60.0)
        assert holder.hear() == "locked"
        with pytest.raises(Failure, match="'cloud'") as caught, make().lock("cloud", 0.01):
            pass
        assert caught.value.kind == "store"
        assert make().place in str(caught.value)

    def test_reading_needs_no_lock(self, make: Make, new_child: NewChild) -> None:
        make().write("cloud", Entry(1, b"content"), 0)
        holder = new_child(take_lock, make(), "cloud", 60.0)
        assert holder.hear() == "locked"
        assert make().read("cloud") == Entry(1, b"content")

    def test_nothing_is_lost_between_counting_processes(self, make: Make, new_child: NewChild) -> None:
        children = [new_child(count_up, make(), "cloud", 10) for _number in range(6)]
        for child in children:
            child.hear()
        for child in children:
            child.say()
        for child in children:
            child.hear()
        assert make().read("cloud") == Entry(60, b"60")

    def test_one_of_many_first_writers_wins(self, make: Make, new_child: NewChild) -> None:
        children = [new_child(race_write, make(), "cloud", str(number).encode()) for number in range(6)]
        for child in children:
            child.hear()
        for child in children:
            child.say()
        results = [child.hear() for child in children]
        assert sorted(results) == ["conflict"] * 5 + ["written"]
        assert make().read("cloud") == Entry(1, str(results.index("written")).encode())

    # Crashes

    def test_a_reader_never_sees_a_part(self, make: Make, new_child: NewChild) -> None:
        store = make()
        store.write("cloud", Entry(1, whole(1)), 0)
        writer = new_child(write_for_ever, make(), "cloud", 1)
        writer.hear()
        seen: list[int] = []
        while len(set(seen)) < 25 or len(seen) < 500:
            entry = store.read("cloud")
            assert entry is not None, "the entry was gone for a moment"
            assert is_whole(entry.sealed)
            assert entry.sealed == whole(entry.revision)
            seen.append(entry.revision)
        assert seen == sorted(seen)

    def test_a_writer_killed_at_any_moment_leaves_a_whole_entry(self, make: Make, new_child: NewChild) -> None:
        make().write("cloud", Entry(1, whole(1)), 0)
        revision = 1
        for _time in range(8):
            writer = new_child(write_for_ever, make(), "cloud", revision)
            writer.hear()
            start = revision
            while revision <= start:
                found = make().read("cloud")
                assert found is not None
                revision = found.revision
            writer.kill()
            entry = make().read("cloud")
            assert entry is not None
            assert entry.sealed == whole(entry.revision)
            assert entry.revision >= revision
            revision = entry.revision
            with make().lock("cloud", 60.0):
                make().write("cloud", Entry(revision + 1, whole(revision + 1)), revision)
            revision += 1
        assert list(make().keys()) == ["cloud"]

    # Forks

    def test_a_child_forked_under_the_lock_does_not_own_it(self, make: Make, new_child: NewChild) -> None:
        store = make()
        with store.lock("cloud"):
            child = new_child(take_lock, store, "cloud", 0.01)
            assert child.hear() == "store"

    def test_a_child_forked_under_the_lock_does_not_release_it(self, make: Make, new_child: NewChild) -> None:
        with make().lock("cloud"):
            child = new_child(_say_and_end)
            assert child.hear() == "hello"
            assert child.ended() == 0
            other = new_child(take_lock, make(), "cloud", 0.01)
            assert other.hear() == "store"

    def test_a_child_that_leaves_the_block_does_not_release_its_parents_lock(
        self, make: Make, new_child: NewChild
    ) -> None:
        context = make().lock("cloud")
        context.__enter__()
        try:
            child = new_child(_leave, context)
            assert child.hear() == "left"
            assert child.ended() == 0
            other = new_child(take_lock, make(), "cloud", 0.01)
            assert other.hear() == "store"
        finally:
            context.__exit__(None, None, None)

    def test_a_child_forked_under_the_lock_does_not_keep_it(self, make: Make, new_child: NewChild) -> None:
        """A worker that outlives the moment of its fork must not hold for ever what its parent has released."""
        with make().lock("cloud"):
            survivor = new_child(_wait)
            assert survivor.hear() == "waiting"
        with make().lock("cloud", 0.5):
            pass
        survivor.say()
        assert survivor.hear() == "done"

    def test_a_killed_parent_leaves_no_lock_in_its_child(self, make: Make, new_child: NewChild) -> None:
        parent = new_child(_lock_and_fork, make())
        survivor = parent.hear()
        try:
            parent.kill()
            with make().lock("cloud", self.dead_after):
                pass
        finally:
            os.kill(survivor, 9)


def _say_and_end(pipe: Pipe) -> str:
    return "hello"


def _leave(pipe: Pipe, context: Any) -> str:
    context.__exit__(None, None, None)
    return "left"


def _wait(pipe: Pipe) -> str:
    pipe.say("waiting")
    pipe.hear()
    return "done"


def _lock_and_fork(pipe: Pipe, store: Store) -> None:
    with store.lock("cloud"):
        survivor = os.fork()
        if survivor == 0:
            import signal

            signal.pause()
            os._exit(0)
        pipe.say(survivor)
        pipe.hear()
