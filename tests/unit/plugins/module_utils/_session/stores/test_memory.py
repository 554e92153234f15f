# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory store: the contract of one process, and that nobody inherits what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import memory, open_store
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.base import Store
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.module_utils._session.stores.contract import StoreContract

RECORD = Record("cloud", "proton", "https://api.example.com", "alice", revision=1, tokens={"access_token": "canary"})


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    memory._forget_inherited()


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def make(self) -> Callable[[], Store]:
        """Return what opens it again; there is one in a process."""
        return memory.MemoryStore


def test_one_task_keeps_and_finds_its_record_without_a_key() -> None:
    open_store("memory").write(RECORD, 0)
    assert open_store("memory").read("cloud") == RECORD
    assert open_store("memory").key == open_store("memory").key


def test_what_is_kept_is_sealed_all_the_same() -> None:
    open_store("memory").write(RECORD, 0)
    assert b"canary" not in memory._entries["cloud"].sealed


def test_a_worker_inherits_nothing(new_child: Callable[..., Child]) -> None:
    """Two processes with one refresh token would spend it twice."""
    store = open_store("memory")
    store.write(RECORD, 0)
    with store.lock("cloud"):
        assert new_child(_look).hear() == (None, [], "taken")
    assert store.read("cloud") == RECORD


def test_a_child_that_leaves_the_block_does_not_release_its_parents_lock(new_child: Callable[..., Child]) -> None:
    context = memory.MemoryStore().lock("cloud")
    with context:
        assert new_child(_leave, context).hear() == "left"
        assert "cloud" in memory._locks


def _look(pipe: Pipe) -> tuple[Record | None, list[str], str]:
    store = open_store("memory")
    with store.lock("cloud", 0.0):
        return store.read("cloud"), store.names(), "taken"


def _leave(pipe: Pipe, context: object) -> str:
    context.__exit__(None, None, None)  # type: ignore[attr-defined]
    return "left"
