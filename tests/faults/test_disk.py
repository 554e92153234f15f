# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A full disk, one that cannot be written, a store of the wrong kind or owner: a failure; nothing is lost or sent."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.faults import disks
from tests.faults.actors import Told, fingerprints
from tests.faults.operations import BY_NAME
from tests.faults.scene import Scene, succeeded
from tests.faults.subjects import Provider, Store
from tests.sandbox.harness import Sandbox

TRIES = 3


class Trouble:
    """A way in which nothing can be written.

    :param how: what an actor has to be told for it.
    """

    def __init__(self, scene: Scene, how: dict[str, Any], block: Callable[[], AbstractContextManager[None]]) -> None:
        self.scene = scene
        self.how = how
        self.block = block


@pytest.fixture(params=["limit", "full", "read-only"])
def trouble(
    request: pytest.FixtureRequest,
    provider: Provider,
    store: Store,
    running_sandbox: Sandbox,
    clock: Any,
    tmp_path: Path,
) -> Iterator[Trouble]:
    """Return a scene whose store cannot be written when it is asked for."""
    if request.param == "limit":  # as a full disk, and needs no rights
        scene = Scene(provider, store, running_sandbox, clock, tmp_path)
        yield Trouble(scene, {"largest_file": 0}, contextlib.nullcontext)
        return
    with disks.mounted(tmp_path / "disk") as disk:
        scene = Scene(provider, store, running_sandbox, clock, disk.path)
        yield Trouble(scene, {}, disk.full if request.param == "full" else disk.read_only)


def _failed(told: Told | None, kind: str = "store") -> None:
    assert told is not None
    assert not told.crash, told.crash
    assert told.failure is not None
    assert told.failure["kind"] == kind, told.failure


def test_no_refresh_is_sent(trouble: Trouble) -> None:
    """What cannot be kept is not asked for; the old record stays."""
    scene = trouble.scene
    for name in ("refresh", "request"):
        arranged = scene.arranged(BY_NAME[name], anew=True)
        before, since = scene.records(), len(scene.journal())
        with trouble.block():
            for _try in range(TRIES):
                _failed(scene.run(name, arranged, **trouble.how).told)
        assert scene.journal(since) == []
        assert scene.records() == before
        assert scene.store.litter(scene.directory) == []
        scene.done(name, arranged)
        assert not succeeded(scene.journal(since), scene.provider.login_route)


def test_a_fresh_session_needs_no_disk(trouble: Trouble) -> None:
    scene = trouble.scene
    scene.done("open")
    with trouble.block():
        assert scene.done("open", **trouble.how).tokens
        assert scene.done("change", **trouble.how).tokens


@pytest.mark.parametrize("name", ["open", "open again", "fork", "import"])
def test_no_session_is_left_behind(trouble: Trouble, name: str) -> None:
    """A session that cannot be kept is not opened, or is closed again; a selector that would be wasted is not spent."""
    scene = trouble.scene
    if name not in {operation.name for operation in _operations(scene)}:
        pytest.skip("this provider has no such operation")
    arranged = scene.arranged(BY_NAME[name], anew=True)
    if name == "open":
        scene.opened().note_key("any")  # the key is there: it is the disk of a store in use that is full
    strangers = scene.strangers()
    with trouble.block():
        for _try in range(TRIES):
            _failed(scene.run(name, arranged, **trouble.how).told)
    assert scene.strangers() <= strangers
    assert scene.store.litter(scene.directory) == []
    assert scene.done(name, arranged).tokens == fingerprints(scene.records()[BY_NAME[name].session])
    assert scene.lives(scene.records()[BY_NAME[name].session])


def test_a_wrong_password_is_sent_once_all_the_same(trouble: Trouble) -> None:
    """Though it cannot be remembered that the service refused it (promise 4)."""
    scene = trouble.scene
    scene.opened().note_key("any")
    with trouble.block():
        for _try in range(TRIES):
            told = scene.run("open", **scene.provider.wrong, **trouble.how).told
            assert told is not None
            assert not told.crash, told.crash
            assert told.failure is not None
            assert told.failure["kind"] in ("store", "credentials_rejected")
    route = scene.provider.wrong_route or scene.provider.login_route
    attempts = [entry for entry in scene.journal() if entry["route"] == route]
    assert len(attempts) <= 1


@pytest.mark.only("proton", "nextcloud_passwords")  # it is the store's alone
@pytest.mark.parametrize("spoilt", disks.SPOILT)
@pytest.mark.parametrize("what", ["directory", "record", "key", "lock"])
def test_a_store_of_the_wrong_kind_is_refused(scene: Scene, spoilt: str, what: str) -> None:
    """And nothing is sent."""
    scene.done("open")
    scene.grow_stale()
    places = {
        "directory": scene.directory,
        "record": scene.directory / "cloud.session",
        "key": scene.directory / "key",
        "lock": scene.directory / "cloud.lock",
    }
    since = len(scene.journal())
    disks.SPOILT[spoilt](places[what])
    _failed(scene.run("refresh").told)
    assert scene.journal(since) == []


def test_a_directory_where_nothing_can_be_made(scene: Scene, tmp_path: Path) -> None:
    """The store's own place is a file."""
    scene.directory.write_text("no directory")
    _failed(scene.run("open").told)
    assert scene.journal() == []


def test_a_record_is_whole_while_others_write(trouble: Trouble) -> None:
    """What is there stays alive at the service, however often writing fails."""
    scene = trouble.scene
    scene.done("open")
    with trouble.block():
        for name in ("renew", "fork", "lock"):
            if name in {operation.name for operation in _operations(scene)}:
                scene.run(name, **trouble.how)
    assert scene.unreadable() == []
    assert scene.lives(scene.records()["cloud"])


def _operations(scene: Scene) -> Any:
    from tests.faults import operations

    return operations.of(scene.provider)
