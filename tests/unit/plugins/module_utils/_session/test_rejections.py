# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A secret that a service refused is not sent again, until it changes or its time is over (promise 4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.rejections import WINDOW, Rejections
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.warm import timestamp
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.scene import files

NewChild = Callable[..., Child]
ORIGIN, OTHER = "https://api.example.com", "https://other.example.com"
NOW = 1_700_000_000.0
WRONG = {"password": "canary-wrong"}
SAID = Failure("credentials_rejected", "The password is wrong.", http_code=422, api_code=8002)


class World:
    """A clock, and workers that share a store."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now = NOW

    def clock(self) -> float:
        return self.now

    def worker(self, account: str = "alice", origin: str = ORIGIN, **options: Any) -> Rejections:
        """One with a store object of its own, as each process has one."""
        store = SealedStore(FileStore(str(self.directory)))
        return Rejections(store, origin, account, clock=self.clock, **options)

    def refuses(self, given: dict[str, str], **options: Any) -> bool:
        """Whether a worker may not send what it was given."""
        try:
            self.worker(**options).check(given)
        except Failure as failure:
            return failure.kind == "credentials_rejected" and "canary" not in str(failure)
        return False


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a clock and a store in which one password was refused."""
    found = World(tmp_path / "sessions")
    found.worker().add(WRONG, SAID)
    return found


def test_what_was_never_refused_is_sent(tmp_path: Path) -> None:
    world = World(tmp_path / "sessions")
    assert not world.refuses(WRONG)
    assert not world.refuses({})
    assert [name for name in files(world.directory) if name != "key"] == []


def test_what_was_refused_is_not_sent_again_by_any_worker(world: World) -> None:
    for _worker in range(3):
        assert world.refuses(WRONG)


def test_the_failure_says_what_the_service_said_and_when_it_may_be_sent_again(world: World) -> None:
    world.now += 100
    with pytest.raises(Failure) as caught:
        world.worker().check(WRONG)
    failure = caught.value
    assert failure.message.startswith(SAID.message)
    assert str(timestamp(NOW)) in failure.message
    assert str(timestamp(NOW + WINDOW)) in failure.message
    assert "password" in failure.hint
    assert "force" in failure.hint
    assert (failure.http_code, failure.api_code, failure.retry_after) == (422, 8002, WINDOW - 100)


@pytest.mark.parametrize(
    "given",
    [
        {"password": "canary-right"},
        {"password": "canary-wrong "},
        {"password": ""},
        {"totp_secret": "canary-wrong"},
        {},
    ],
    ids=str,
)
def test_another_secret_is_sent(world: World, given: dict[str, str]) -> None:
    assert not world.refuses(given)


@pytest.mark.parametrize("options", [{"account": "bob"}, {"origin": OTHER}, {"account": ""}], ids=str)
def test_the_same_secret_of_another_account_is_sent(world: World, options: dict[str, str]) -> None:
    assert not world.refuses(WRONG, **options)


def test_one_refused_secret_among_others_is_enough(world: World) -> None:
    assert world.refuses({"totp_secret": "right", **WRONG})


def test_all_that_was_refused_is_remembered(world: World) -> None:
    others = [{"password": f"canary-{number}"} for number in range(5)]
    for number, other in enumerate(others):
        world.now += number
        world.worker().add(other, SAID)
    assert all(world.refuses(given) for given in [WRONG, *others])


def test_after_its_time_a_secret_is_sent_again(world: World) -> None:
    world.now = NOW + WINDOW - 1
    assert world.refuses(WRONG)
    world.now = NOW + WINDOW
    assert not world.refuses(WRONG)


def test_the_time_is_that_of_the_definition(world: World) -> None:
    world.now += 100
    assert not world.refuses(WRONG, window=100.0)
    assert world.refuses(WRONG, window=101.0)


def test_a_secret_that_is_refused_again_is_kept_for_its_whole_time(world: World) -> None:
    world.now += WINDOW / 2
    world.worker().add(WRONG, SAID)
    world.now += WINDOW - 1
    assert world.refuses(WRONG)


def test_a_definition_with_a_shorter_time_does_not_forget_for_others(world: World) -> None:
    world.now += 100
    world.worker(window=10.0).add({"password": "canary-other"}, SAID)
    assert world.refuses(WRONG)


def test_what_is_over_does_not_pile_up(world: World) -> None:
    def size() -> int:
        return max(path.stat().st_size for path in world.directory.glob("*.session"))

    before = size()
    for _time in range(30):
        world.now += WINDOW + 1
        world.worker().add({"password": f"canary-{world.now}"}, SAID)
    assert size() < 2 * before


@pytest.mark.parametrize("back", [60.0, 86_400.0])
def test_a_clock_that_was_set_back_keeps_nobody_out(world: World, back: float) -> None:
    world.now -= back
    assert not world.refuses(WRONG)
    world.worker().add(WRONG, SAID)
    assert world.refuses(WRONG)
    world.now += WINDOW
    assert not world.refuses(WRONG)


def test_what_the_service_has_taken_makes_all_forgotten(world: World) -> None:
    world.worker().add({"totp_secret": "canary-seed"}, SAID)
    world.worker("bob").add(WRONG, SAID)
    world.worker().clear()
    assert not world.refuses(WRONG)
    assert not world.refuses({"totp_secret": "canary-seed"})
    assert world.refuses(WRONG, account="bob")


def test_forgetting_nothing_leaves_nothing(tmp_path: Path) -> None:
    world = World(tmp_path / "sessions")
    world.worker().clear()
    assert [name for name in files(world.directory) if name != "key"] == []


def test_nothing_of_a_secret_is_readable_on_disk(world: World) -> None:
    content = b"".join(path.read_bytes() for path in world.directory.iterdir())
    names = " ".join(files(world.directory))
    digest = hashlib.sha256(b"canary-wrong").digest()
    for needle in (b"canary", b"alice", b"password", digest, digest.hex().encode()):
        assert needle not in content
        assert needle.decode("latin-1") not in names


def refused_in_child(pipe: Pipe, world: World, number: int) -> None:
    pipe.say("ready")
    pipe.hear()
    world.worker(attempts=100).add({"password": f"canary-{number}"}, SAID)


def test_secrets_that_processes_are_refused_at_once_are_all_remembered(world: World, new_child: NewChild) -> None:
    children = [new_child(refused_in_child, world, number) for number in range(8)]
    for child in children:
        child.hear()
    for child in children:
        child.say()
    for child in children:
        child.hear()
    assert all(world.refuses({"password": f"canary-{number}"}) for number in range(8))
    assert world.refuses({"password": "another"}, attempts=9)
    assert not world.refuses({"password": "another"}, attempts=10)


# Where a service locks the account after so many refusals


def test_the_refusal_that_would_lock_the_account_is_left_to_somebody_else(tmp_path: Path) -> None:
    world = World(tmp_path / "sessions")
    for number in range(4):
        given = {"password": f"canary-{number}"}
        assert not world.refuses(given, attempts=5)
        world.worker(attempts=5).add(given, SAID)
    with pytest.raises(Failure, match="lock") as caught:
        world.worker(attempts=5).check({"password": "canary-new"})
    assert caught.value.kind == "credentials_rejected"
    assert "force" in caught.value.hint
    assert not world.refuses({"password": "canary-new"}, attempts=5, account="bob")


def test_attempts_are_counted_whatever_the_time_between_them(tmp_path: Path) -> None:
    world = World(tmp_path / "sessions")
    for number in range(4):
        world.worker(attempts=5).add({"password": f"canary-{number}"}, SAID)
        world.now += 10 * WINDOW
    assert world.refuses({"password": "canary-new"}, attempts=5)


def test_a_refusal_of_something_that_was_not_given_counts_too(tmp_path: Path) -> None:
    world = World(tmp_path / "sessions")
    world.worker(attempts=2).add({}, SAID)
    assert world.refuses({"password": "canary-new"}, attempts=2)


def test_a_success_gives_all_attempts_back(tmp_path: Path) -> None:
    world = World(tmp_path / "sessions")
    world.worker(attempts=2).add(WRONG, SAID)
    world.worker(attempts=2).clear()
    assert not world.refuses(WRONG, attempts=2)


def test_where_no_account_is_locked_nothing_is_counted(world: World) -> None:
    for number in range(20):
        world.worker().add({"password": f"canary-{number}"}, SAID)
    assert not world.refuses({"password": "canary-new"})
