# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redis goes away in the middle of a refresh, in every way: no token is spent twice, no record is a wrong one."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from tests.redis.cable import Cable
from tests.redis.fixtures import needs_redis
from tests.redis.servers import Server, until, watched
from tests.sandbox.harness import Sandbox
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.scene import Scene

pytestmark = needs_redis
KEY = "a key of twenty and more characters"
SHORT = "?lease=3&socket_timeout=2"
"""A lease of 3 seconds: whoever saves is patient for 2."""
DURABLE = {"appendonly": "yes", "appendfsync": "always"}
NewChild = Callable[..., Child]


class RedisScene(Scene):
    """An account, and a store that all its processes share."""

    def __init__(self, sandbox: Sandbox, directory: Path, url: str, new_child: NewChild) -> None:
        super().__init__(sandbox, directory)
        self.url = url
        self._new_child = new_child

    def store(self) -> SealedStore:
        return open_store(self.url, KEY)

    def stale(self, slowly: float = 1.0) -> Record:
        """A session whose token is too old; the service takes its time to refresh it."""
        record = self.client().ensure("cloud", self.definition()).after
        assert record is not None
        self.pass_time(90000)
        self.sandbox.settings(self.service, refresh_seconds=slowly)
        return record

    def worker(self, url: str = "") -> Child:
        """A process that wants the session."""
        return self._new_child(_want, self, url or self.url)

    def in_flight(self) -> None:
        """Wait until the service has heard of a refresh."""
        until(lambda: self.journal("refresh"), "nobody refreshes")

    def record(self) -> Record | None:  # type: ignore[override]
        """What the store has."""
        return self.store().read("cloud")

    def reachable(self) -> bool:
        """Whether the store can be read again."""
        with contextlib.suppress(Failure):
            return self.record() is not None
        return False

    def check(self, *, logins: int, again: int = 0) -> None:
        """What must be true in the end.

        :param logins: how many there were.
        :param again: how many tokens came once more, because nobody knew what had become of them.
        """
        self.sandbox.settings(self.service, refresh_seconds=0)
        outcome = self.client().ensure("cloud", self.definition())
        assert outcome.after is not None
        assert outcome.after.fresh(self.now())
        assert self.client().use("cloud", None, lambda provider, found: provider.sessions(found))[0]
        until(lambda: all(entry["ended"] is not None for entry in self.journal()), "the service does not finish")
        refreshes = [entry for entry in self.journal("refresh") if "refresh" in entry["fingerprints"]]
        spent = Counter(entry["fingerprints"]["refresh"] for entry in refreshes)
        assert sum(count - 1 for count in spent.values()) == again, spent
        accepted = Counter(entry["fingerprints"]["refresh"] for entry in refreshes if entry["work"] == "ok")
        assert set(accepted.values()) <= {1}, "a token was spent twice"
        assert self.routes()["auth"] == logins


def _want(pipe: Pipe, scene: RedisScene, url: str) -> tuple[str, str]:
    """In a child: the session, please. Says what it has in the end: a revision, or a failure."""
    scene.url = url
    pipe.say("wanting")
    try:
        record = scene.client().ensure("cloud", scene.definition()).after
    except Failure as failure:
        whole = failure.kind != "store" or (failure.message.endswith(".") and "\n" not in str(failure))
        return failure.kind if whole else "no sentence", failure.message
    return "revision", str(record.revision if record else 0)


def _asking_for_locks(server: Server) -> set[str]:
    """The connections over which a script was run last."""
    return {client["id"] for client in server.client.client_list() if client["cmd"] == "eval"}


def ended(worker: Child) -> tuple[str, str]:
    assert worker.hear() == "wanting"
    kind, text = worker.hear()
    return kind, text


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Return a server that has on disk what it has said is written."""
    with Server(tmp_path / "redis", **DURABLE) as server:
        yield server


@pytest.fixture
def there(sandbox: Sandbox, tmp_path: Path, server: Server, new_child: NewChild) -> RedisScene:
    """Return a scene whose store is that server."""
    return RedisScene(sandbox, tmp_path / "unused", server.url + SHORT, new_child)


def test_many_workers_and_one_refresh(there: RedisScene) -> None:
    there.stale(0.3)
    workers = [there.worker() for _number in range(12)]
    assert len({ended(worker) for worker in workers}) == 1
    assert there.routes()["refresh"] == 1
    there.check(logins=1)


def test_killed_in_the_middle_of_a_refresh_and_started_again(there: RedisScene, server: Server) -> None:
    """Who has the new tokens is patient: they are saved."""
    record = there.stale()
    worker = there.worker()
    there.in_flight()
    server.kill()
    until(lambda: there.journal("refresh")[0]["ended"], "the service does not answer")
    server.start()
    assert ended(worker) == ("revision", str(record.revision + 1))
    there.check(logins=1)


def test_killed_in_the_middle_of_a_refresh_for_longer(there: RedisScene, server: Server) -> None:
    """The record says that a refresh was sent. Its token is tried once more, and then there is a new login."""
    there.stale(0.1)
    workers = [there.worker() for _number in range(4)]
    there.in_flight()
    server.kill()
    for worker in workers:
        kind, message = ended(worker)
        assert kind == "store"
        assert "cannot be reached" in message
    server.start()
    there.check(logins=2, again=1)


def test_emptied_in_the_middle_of_a_refresh(sandbox: Sandbox, tmp_path: Path, new_child: NewChild) -> None:
    with Server(tmp_path / "redis") as server:
        there = RedisScene(sandbox, tmp_path / "unused", server.url + SHORT, new_child)
        there.stale()
        worker = there.worker()
        there.in_flight()
        server.kill()
        server.start()
        kind, message = ended(worker)
        assert (kind, "was lost meanwhile" in message) == ("store", True)
        assert there.record() is None, "a record from before came back"
        there.check(logins=2)


def test_emptied_while_others_wait(sandbox: Sandbox, tmp_path: Path, new_child: NewChild) -> None:
    """They have remembered a note of before; now there is none."""
    with Server(tmp_path / "redis") as server:
        there = RedisScene(sandbox, tmp_path / "unused", server.url + SHORT, new_child)
        there.stale()
        sandbox.fault("proton", "status", route="refresh", status=500, count=1)
        assert ended(there.worker())[0] == "not_available"  # leaves a note
        holder = there.worker()
        until(lambda: len(there.journal("refresh")) == 2, "nobody refreshes")
        others = _asking_for_locks(server)
        waiters = [there.worker() for _number in range(4)]
        until(lambda: len(_asking_for_locks(server) - others) == 4, "they do not wait")
        server.kill()
        server.start()
        assert ended(holder)[0] == "store"
        told = [ended(waiter) for waiter in waiters]
        assert {kind for kind, _text in told} == {"revision"}, told
        there.check(logins=2)


def test_started_again_empty_between_two_uses(sandbox: Sandbox, tmp_path: Path, new_child: NewChild) -> None:
    with Server(tmp_path / "redis") as server:
        there = RedisScene(sandbox, tmp_path / "unused", server.url + SHORT, new_child)
        there.stale(0)
        server.kill()
        server.start()
        assert {ended(worker) for worker in [there.worker() for _number in range(4)]} == {("revision", "1")}
        there.check(logins=2)
        assert there.routes().get("refresh", 0) == 0


def test_frozen_for_ten_seconds_in_the_middle_of_a_refresh(there: RedisScene, server: Server) -> None:
    """With the time limits that everybody has: all wait, and nobody loses anything."""
    there.url = server.url
    record = there.stale(0.5)
    workers = [there.worker() for _number in range(4)]
    there.in_flight()
    server.pause()
    time.sleep(10)
    server.resume()
    assert {ended(worker) for worker in workers} == {("revision", str(record.revision + 1))}
    there.check(logins=1)


def test_frozen_for_longer_than_anybody_waits(there: RedisScene, server: Server) -> None:
    there.stale(0)
    server.pause()
    try:
        kind, message = ended(there.worker())
    finally:
        server.resume()
    assert kind == "store"
    assert message.endswith("does not answer in time.")
    there.check(logins=1)


def test_the_network_is_cut_in_the_middle_of_a_refresh_and_mended(there: RedisScene, server: Server) -> None:
    with Cable(server.port) as cable:
        record = there.stale(0.5)
        worker = there.worker(cable.url + SHORT)
        there.in_flight()
        cable.cut()
        until(lambda: there.journal("refresh")[0]["ended"], "the service does not answer")
        cable.mend()
        assert ended(worker) == ("revision", str(record.revision + 1))
    there.check(logins=1)


def test_the_network_is_cut_from_one_of_two(there: RedisScene, server: Server) -> None:
    """Its lease ends; the other one takes over, and does not trust what may have been spent."""
    with Cable(server.port) as cable:
        there.stale(0.5)
        cut_off = there.worker(cable.url + SHORT)
        there.in_flight()
        other = there.worker()
        cable.cut()
        assert ended(cut_off)[0] == "store"
        assert ended(other)[0] == "revision"
        record = there.record()
    there.check(logins=2, again=1)
    assert there.record() == record


def test_a_worker_is_frozen_for_longer_than_its_lease(there: RedisScene) -> None:
    """It wakes up with new tokens for a record that is another one's now."""
    there.stale(0.5)
    sleeper = there.worker()
    there.in_flight()
    os.kill(sleeper.pid, signal.SIGSTOP)
    other = there.worker()
    assert ended(other)[0] == "revision"
    record = there.record()
    os.kill(sleeper.pid, signal.SIGCONT)
    kind, message = ended(sleeper)
    assert (kind, "was lost meanwhile" in message) == ("store", True)
    assert there.record() == record, "who slept has overwritten what others did"
    there.check(logins=2, again=1)


@pytest.mark.parametrize("way", ["killed", "frozen"])
def test_a_replica_takes_over_in_the_middle_of_a_refresh(
    sandbox: Sandbox, tmp_path: Path, new_child: NewChild, way: str
) -> None:
    with watched(tmp_path) as (sentinel, one, two), contextlib.ExitStack() as stack:
        there = RedisScene(sandbox, tmp_path / "unused", f"{sentinel.url}?lease=9&socket_timeout=1", new_child)
        record = there.stale()
        workers = [there.worker() for _number in range(4)]
        there.in_flight()
        if way == "killed":
            one.kill()
        else:
            one.pause()
            stack.callback(one.resume)
        until(lambda: sentinel.master() == two.port, "nobody takes over")
        told = [ended(worker) for worker in workers]
        assert ("revision", str(record.revision + 1)) in told
        assert {kind for kind, _text in told} <= {"revision", "store"}
        if way == "frozen":  # it comes back, and still believes that it is the master
            stack.close()
        until(there.reachable, "the new master cannot be asked")
        there.check(logins=1)
        until(lambda: two.client.exists("gatehouse.api:{cloud}"), "the new master has no record")


def test_one_refresh_for_all_while_redis_is_killed_again_and_again(there: RedisScene, server: Server) -> None:
    there.stale(0.5)
    workers = [there.worker()]
    there.in_flight()
    for _time in range(4):
        workers += [there.worker() for _number in range(3)]
        server.kill()
        server.start()
    told: list[Any] = [ended(worker) for worker in workers]
    assert {kind for kind, _text in told} <= {"revision", "store"}
    assert any(kind == "revision" for kind, _text in told)
    there.check(logins=1)
    assert there.routes()["refresh"] == 1
