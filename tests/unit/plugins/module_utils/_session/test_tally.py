# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counting across processes: nothing is lost, nothing is left behind, and counting never harms the work."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import tally
from tests.unit.plugins.children import Child, Pipe

NewChild = Callable[..., Child]
WORKERS, EVENTS = 8, 1000


@pytest.fixture(autouse=True)
def _own_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Begin with a process that does not count, and with a directory of its own for temporary files."""
    files: list[int] = []
    monkeypatch.setattr(tally, "_files", files)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    for descriptor in files:
        os.close(descriptor)


def open_files() -> set[str]:
    return set(os.listdir("/dev/fd"))


def test_nobody_counts_where_nobody_began(tmp_path: Path) -> None:
    before = open_files()
    tally.add(tally.OPENED)
    tally.add(tally.REUSED, 2)
    assert tally.total() == (Counter(), 0)
    assert open_files() == before
    assert list(tmp_path.iterdir()) == []


def test_events_are_counted_by_their_kind() -> None:
    tally.begin()
    assert tally.total() == (Counter(), 0)
    for event in (tally.OPENED, tally.REUSED, tally.REFRESHED, tally.REUSED):
        tally.add(event)
    counts, _saved = tally.total()
    assert counts == {tally.OPENED: 1, tally.REFRESHED: 1, tally.REUSED: 2}


def test_the_requests_that_logins_would_have_taken_are_added_up() -> None:
    tally.begin()
    tally.add(tally.OPENED)
    tally.add(tally.REUSED, 2)
    tally.add(tally.REUSED, 3)
    assert tally.total()[1] == 5


def test_asking_changes_nothing() -> None:
    tally.begin()
    tally.add(tally.REUSED, 2)
    before = open_files()
    assert tally.total() == tally.total()
    tally.add(tally.REUSED, 2)
    assert tally.total() == (Counter({tally.REUSED: 2}), 4)
    assert open_files() == before


def test_beginning_again_forgets_nothing() -> None:
    tally.begin()
    tally.add(tally.OPENED)
    tally.begin()
    tally.add(tally.OPENED)
    assert tally.total()[0] == {tally.OPENED: 2}


def work(pipe: Pipe) -> None:
    tally.begin()  # what a worker does by itself changes nothing
    pipe.say("ready")
    pipe.hear()
    for _event in range(EVENTS):
        tally.add(tally.REUSED, 2)


def test_events_of_workers_that_count_at_once_are_all_counted(new_child: NewChild) -> None:
    tally.begin()
    tally.add(tally.OPENED)
    children = [new_child(work) for _child in range(WORKERS)]
    for child in children:
        child.hear()
    for child in children:
        child.say()
    for child in children:
        child.hear()
    expected = WORKERS * EVENTS
    assert tally.total() == (Counter({tally.OPENED: 1, tally.REUSED: expected}), 2 * expected)


def test_asking_while_workers_count_disturbs_nobody(new_child: NewChild) -> None:
    tally.begin()
    children = [new_child(work) for _child in range(2)]
    for child in children:
        child.hear()
    for child in children:
        child.say()
    seen = [0]
    while any(child.silent() for child in children):
        counts, saved = tally.total()
        assert saved == 2 * counts[tally.REUSED]
        seen.append(counts[tally.REUSED])
    assert seen == sorted(seen)
    assert tally.total()[0] == {tally.REUSED: 2 * EVENTS}


def count_and_hang(pipe: Pipe) -> None:
    tally.add(tally.OPENED)
    pipe.say("counted")
    pipe.hear()


def test_the_events_of_a_killed_worker_are_counted(new_child: NewChild) -> None:
    tally.begin()
    child = new_child(count_and_hang)
    child.hear()
    child.kill()
    assert child.ended() == -signal.SIGKILL
    assert tally.total()[0] == {tally.OPENED: 1}


def test_no_file_is_left_even_if_the_process_is_killed(tmp_path: Path) -> None:
    tally.begin()
    tally.add(tally.OPENED)
    assert list(tmp_path.iterdir()) == []


def test_programs_that_a_worker_starts_do_not_get_the_file() -> None:
    before = open_files()
    tally.begin()
    (descriptor,) = open_files() - before
    script = f"import os, sys\ntry: os.fstat({descriptor})\nexcept OSError: sys.exit(7)"
    assert subprocess.run([sys.executable, "-c", script], close_fds=False, check=False).returncode == 7


def on_a_full_disk(pipe: Pipe) -> int:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    tally.add(tally.OPENED)
    tally.add(tally.REUSED, 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    tally.add(tally.REUSED, 2)
    return tally.total()[1]


def test_a_full_disk_costs_the_count_and_not_the_work(new_child: NewChild) -> None:
    """The session that was just opened is saved elsewhere, and is worth more than its mention."""
    tally.begin()
    assert new_child(on_a_full_disk).hear() == 2
