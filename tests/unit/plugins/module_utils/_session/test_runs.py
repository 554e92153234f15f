# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run: told from others, alive or over, with notes that nobody else can read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import runs
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.scene import Scene

NewChild = Callable[..., Child]
NOW = 1_700_000_000.0


@pytest.fixture(autouse=True)
def _no_run() -> Iterator[None]:
    """Begin and end without a run."""
    runs._current.clear()
    yield
    runs._current.clear()


def facts(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "store": None, "store_key": None, **more}


def noting(pipe: Pipe, number: int) -> None:
    for part in range(20):
        runs.note(facts(f"{number}-{part}", secret="canary" * 50))


def test_nobody_began_one() -> None:
    assert runs.current() is None
    assert runs.noted() == []
    assert not runs.leased({"leases": {}}, None)


def test_what_workers_note_the_main_process_reads(new_child: NewChild) -> None:
    run = runs.begin()
    assert runs.begin() is run
    for child in [new_child(noting, number) for number in range(4)]:
        assert child.hear() is None
    assert {str(found["name"]) for found in runs.noted()} == {f"{one}-{two}" for one in range(4) for two in range(20)}
    content = os.pread(run.descriptor, 1_000_000, 0)
    assert b"canary" not in content
    assert b"name" not in content
    runs.forget()
    assert runs.noted() == []


def test_of_several_notes_for_one_session_the_last_counts() -> None:
    runs.begin()
    for number in range(3):
        runs.note(facts("mail", number=number))
    runs.note(facts("mail", store="/elsewhere"))
    assert [found.get("number") for found in runs.noted()] == [2, None]


def test_the_key_is_in_no_text() -> None:
    run = runs.begin()
    assert repr(run.key) not in repr(run)


def forked(pipe: Pipe) -> dict[str, object]:
    pipe.say(dict(runs.begin().lease(NOW)))
    pipe.hear()
    return {}


def test_a_run_goes_on_until_its_process_is_gone(new_child: NewChild) -> None:
    child = new_child(forked)
    lease = child.hear()
    assert runs.held({"other": lease}, NOW) == {"other": lease}
    assert runs.held({"other": lease}, NOW, but="other") == {}
    child.kill()
    assert runs.held({"other": lease}, NOW) == {}


def test_another_process_of_the_same_number_is_another() -> None:
    lease = runs.begin().lease(NOW)
    if lease["started"]:  # where the system tells
        assert runs.held({"other": {**lease, "started": "1"}}, NOW) == {}


def test_a_run_elsewhere_is_believed_for_a_day() -> None:
    lease = {"host": "elsewhere.example.com", "pid": 1, "started": "", "at": NOW}
    assert runs.held({"other": lease}, NOW + runs.FORGOTTEN_AFTER - 1) == {"other": lease}
    assert runs.held({"other": lease}, NOW + runs.FORGOTTEN_AFTER) == {}


def test_the_lease_of_a_run_is_in_the_record_and_only_there(scene: Scene) -> None:
    run = runs.begin()
    definition = scene.definition(lifetime="run")
    scene.client().ensure("cloud", definition)
    record = scene.store().read("cloud")
    assert record is not None
    assert list(record.data["leases"]) == [run.id]
    assert run.id not in str(record.facts())
    (found,) = runs.noted()
    assert (found["name"], found["options"]["password"]) == ("cloud", definition.get("password"))


def test_the_last_run_closes(scene: Scene) -> None:
    first = runs.begin()
    definition = scene.definition(lifetime="run")
    scene.client().ensure("cloud", definition)
    runs._current[:] = [runs.Run("second", first.host, first.pid, first.started, first.key, first.descriptor)]
    assert scene.client().ensure("cloud", definition).changed is False
    record = scene.store().read("cloud")
    assert record is not None
    assert set(record.data["leases"]) == {first.id, "second"}
    assert scene.client().absent("cloud", definition, lease=first.id).changed is False
    assert scene.live() == 1
    dead = {**record.data["leases"][first.id], "started": "1", "pid": 2**22 + 1}
    scene.store().write(replace(record, data={**record.data, "leases": {first.id: dead}}), record.revision)
    assert scene.client().absent("cloud", definition, lease="second").changed is True
    assert scene.live() == 0
