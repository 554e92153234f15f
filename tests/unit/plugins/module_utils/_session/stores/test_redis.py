# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Redis store with real servers: the contract, leases and their fence, expiry, users, and each kind of URL."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trustme

from ansible_collections.gatehouse.api.plugins.module_utils._session import flights, secrets, warm
from ansible_collections.gatehouse.api.plugins.module_utils._session.cache import Cache
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store, redis, sealed
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.base import Entry, Store
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.redis import RedisStore
from tests.redis.cable import Cable
from tests.redis.fixtures import needs_redis
from tests.redis.servers import HOST, Server, cluster, free_port, until, watched
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.module_utils._session.stores.contract import ODD_KEYS, SharedStoreContract

pytestmark = needs_redis
KEY = "a key of twenty and more characters"
RECORD = Record("cloud", "proton", "https://api.example.com", "alice", revision=1, tokens={"access_token": "canary"})
NewChild = Callable[..., Child]


def store_failure(use: Callable[[], Any]) -> Failure:
    """The failure of something: of kind store, in one sentence."""
    with pytest.raises(Failure) as caught:
        use()
    failure = caught.value
    assert failure.kind == "store", failure
    assert failure.message.endswith(".")
    assert failure.message.count(". ") == 0, failure.message
    assert "\n" not in str(failure)
    assert "canary" not in str(failure)
    return failure


class TestRedisStore(SharedStoreContract):
    dead_after: ClassVar[float] = 10.0

    @pytest.fixture
    def make(self, redis_server: Server) -> Callable[[], Store]:
        """Return what opens the same server again; a dead holder's lease is short here."""
        return lambda: RedisStore(f"{redis_server.url}?lease=3")


# Each kind of URL


def all_of_it(store: Store, again: Store) -> None:
    """What a store does, in short."""
    for number, key in enumerate(ODD_KEYS):
        with store.lock(key):
            assert store.read(key) is None
            store.write(key, Entry(1, key.encode()), 0)
            store.write(key, Entry(number + 2, key.encode() * 2), 1)
            with pytest.raises(Failure, match="conflict"):
                again.write(key, Entry(3, b"other"), 99)
            with pytest.raises(Failure, match="held the lock"), again.lock(key, 0.0):
                pass
    assert list(again.keys()) == sorted(ODD_KEYS)
    for number, key in enumerate(ODD_KEYS):
        assert again.read(key) == Entry(number + 2, key.encode() * 2)
        assert again.delete(key) is True
    assert list(store.keys()) == []


def test_a_unix_socket(redis_server: Server) -> None:
    url = f"unix://{redis_server.socket}"
    all_of_it(RedisStore(url), RedisStore(url))


def test_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    leaf = authority.issue_cert(HOST)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    port = free_port()
    files = {f"tls-{name}-file": tmp_path / f"{name}.pem" for name in ("cert", "key")}
    options = {**files, "tls-ca-cert-file": tmp_path / "ca.pem", "tls-port": port, "tls-auth-clients": "no"}
    with Server(tmp_path / "server", **options):
        url = f"rediss://{HOST}:{port}"
        trusting = f"{url}?ssl_ca_certs={tmp_path / 'ca.pem'}"
        all_of_it(RedisStore(trusting), RedisStore(trusting))
        assert "cannot be reached" in store_failure(lambda: RedisStore(url).read("cloud")).message


def test_a_sentinel_and_its_master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "CONFIRMED_WITHIN", 300)
    with watched(tmp_path) as (sentinel, _one, two):
        all_of_it(RedisStore(sentinel.url), RedisStore(sentinel.url))
        RedisStore(f"{sentinel.url}?replicas=1").write("cloud", Entry(1, b"content"), 0)
        assert two.client.exists("gatehouse.api:{cloud}"), "it is written before the replica has it"
        wanted = RedisStore(f"{sentinel.url}?replicas=2")
        two_missing = store_failure(lambda: wanted.write("cloud", Entry(2, b"content"), 1))
        assert "1 replicas, not on 2" in two_missing.message


def test_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "CONFIRMED_WITHIN", 50)
    with cluster(tmp_path) as servers:
        url = f"redis+cluster://{','.join(f'{HOST}:{server.port}' for server in servers)}"
        all_of_it(RedisStore(url), RedisStore(url))
        for number in range(20):
            RedisStore(url).write(f"key{number}", Entry(1, b"content"), 0)
        assert all(server.client.dbsize() for server in servers), "all keys are on one node"
        store_failure(lambda: RedisStore(f"{url}?replicas=1").write("cloud", Entry(1, b""), 0))


def test_a_sentinel_that_knows_no_such_service(tmp_path: Path) -> None:
    with watched(tmp_path) as (sentinel, _one, _two):
        failure = store_failure(lambda: RedisStore(sentinel.url[:-1]).read("cloud"))
        assert "cannot be reached" in failure.message


# Users


def test_a_user_with_no_more_rights_than_documented(redis_server: Server) -> None:
    commands = ("get", "getrange", "set", "del", "eval", "pexpire", "scan", "select", "ping")
    rules = ["+" + name for name in commands]
    redis_server.client.acl_setuser(
        "alice", enabled=True, reset=True, passwords=["+canary"], keys=["gatehouse.api:*"], commands=rules
    )
    url = redis_server.url.replace("//", "//alice:canary@")
    all_of_it(RedisStore(url), RedisStore(url))
    elsewhere = RedisStore(f"{url}?prefix=other")
    assert "refuses this user" in store_failure(lambda: elsewhere.read("cloud")).message


def test_a_wrong_password_is_said_and_not_shown(redis_server: Server) -> None:
    url = redis_server.url.replace("//", "//alice:canary-wrong@")
    failure = store_failure(lambda: RedisStore(url).read("cloud"))
    assert "refuses this user" in failure.message
    assert redis_server.url in failure.message


# Leases and their fence


def slept(redis_server: Server, key: str = "cloud") -> None:
    """What happens to a holder that sleeps longer than its lease: the lock ends, another one has it."""
    redis_server.client.delete(f"gatehouse.api:{{{key}}}:lock")


@pytest.mark.parametrize("taken_over", [False, True])
def test_a_holder_that_slept_through_its_lease_changes_nothing(redis_server: Server, taken_over: bool) -> None:
    sleeper, other = RedisStore(redis_server.url), RedisStore(redis_server.url)
    sleeper.write("cloud", Entry(1, b"old"), 0)
    with sleeper.lock("cloud"), contextlib.ExitStack() as stack:
        slept(redis_server)
        if taken_over:
            stack.enter_context(other.lock("cloud", 0.0))
        # Even with the right revision: somebody may be using up what the record has.
        assert "lost" in store_failure(lambda: sleeper.write("cloud", Entry(2, b"late"), 1)).message
        store_failure(lambda: sleeper.delete("cloud"))
        assert other.read("cloud") == Entry(1, b"old")
    if taken_over:
        with other.lock("cloud", 0.0):
            pass


def test_who_wakes_up_late_does_not_release_anothers_lock(redis_server: Server) -> None:
    sleeper, other = RedisStore(redis_server.url), RedisStore(redis_server.url)
    with contextlib.ExitStack() as late:
        late.enter_context(sleeper.lock("cloud"))
        slept(redis_server)
        with other.lock("cloud", 0.0):
            late.close()
            with pytest.raises(Failure), RedisStore(redis_server.url).lock("cloud", 0.0):
                pass


def test_the_revision_is_a_fence_without_a_lock_too(redis_server: Server) -> None:
    sleeper, other = RedisStore(redis_server.url), RedisStore(redis_server.url)
    other.write("cloud", Entry(2, b"new"), 0)
    with pytest.raises(Failure, match="revision 2") as caught:
        sleeper.write("cloud", Entry(2, b"late"), 1)
    assert caught.value.kind == "conflict"


def test_a_lease_is_renewed_for_as_long_as_it_is_held(redis_server: Server) -> None:
    store, name = RedisStore(f"{redis_server.url}?lease=1"), "gatehouse.api:{cloud}:lock"
    with store.lock("cloud"):
        falls, last = 0, redis_server.client.pttl(name)
        while falls < 5:  # renewed again and again
            now = redis_server.client.pttl(name)
            assert now > 0, "the lease ended while it was held"
            falls += now > last
            last = now
    assert redis_server.client.exists(name) == 0
    assert not [thread for thread in threading.enumerate() if thread.name.endswith("lease") and renewing(thread)]


def renewing(thread: threading.Thread) -> bool:
    thread.join(5)
    return thread.is_alive()


def test_a_frozen_holder_loses_its_lock_and_is_told_when_it_wakes(redis_server: Server, new_child: NewChild) -> None:
    url = f"{redis_server.url}?lease=1"
    store = RedisStore(url)
    store.write("cloud", Entry(1, b"old"), 0)
    sleeper = new_child(_write_when_told, RedisStore(url))
    assert sleeper.hear() == "locked"
    os.kill(sleeper.pid, 19)
    with store.lock("cloud", 30.0):
        store.write("cloud", Entry(2, b"new"), 1)
    os.kill(sleeper.pid, 18)
    sleeper.say()
    assert sleeper.hear() == "store"
    assert store.read("cloud") == Entry(2, b"new")


def _write_when_told(pipe: Pipe, store: Store) -> str:
    with store.lock("cloud"):
        pipe.say("locked")
        pipe.hear()
        try:
            store.write("cloud", Entry(2, b"late"), 1)
        except Failure as failure:
            return failure.kind
    return "written"


def test_who_waits_in_vain_is_told_who_holds_it(redis_server: Server, new_child: NewChild) -> None:
    holder = new_child(_write_when_told, RedisStore(redis_server.url))
    assert holder.hear() == "locked"
    with pytest.raises(Failure) as caught, RedisStore(redis_server.url).lock("cloud", 0.0):
        pass
    assert f"process {holder.pid} on " in caught.value.hint
    assert "30 seconds" in caught.value.hint


# Answers that are lost


@pytest.fixture
def cable(redis_server: Server) -> Iterator[Cable]:
    with Cable(redis_server.port) as cable:
        yield cable


def test_a_change_whose_answer_was_lost_is_made_once(redis_server: Server, cable: Cable) -> None:
    store = RedisStore(cable.url)
    store.read("cloud")
    cable.swallow()
    store.write("cloud", Entry(1, b"content"), 0)
    cable.swallow()
    with pytest.raises(Failure) as caught:
        store.write("cloud", Entry(2, b"other"), 0)
    assert caught.value.kind == "conflict"
    assert RedisStore(redis_server.url).read("cloud") == Entry(1, b"content")


def test_a_lock_whose_answer_was_lost_is_ours(redis_server: Server, cable: Cable) -> None:
    store = RedisStore(cable.url)
    store.read("cloud")
    cable.swallow()
    with store.lock("cloud", 0.0):
        pass
    assert redis_server.client.dbsize() == 0


def test_a_connection_that_died_meanwhile_is_made_again(cable: Cable) -> None:
    store = RedisStore(cable.url)
    store.write("cloud", Entry(1, b"content"), 0)
    cable.cut()
    cable.mend()
    assert store.read("cloud") == Entry(1, b"content")


# Damage


@pytest.mark.parametrize("content", [b"x", b"GHS1", b"GHS1\0\0\0", b"garbage" * 100, b"GHS2" + bytes(40), b"{}"])
def test_what_is_no_entry_is_a_store_failure(redis_server: Server, content: bytes) -> None:
    redis_server.client.set("gatehouse.api:{cloud}", content)
    store = RedisStore(redis_server.url)
    store_failure(lambda: store.read("cloud"))
    store_failure(lambda: store.write("cloud", Entry(1, b""), 0))
    assert redis_server.client.get("gatehouse.api:{cloud}") == content
    assert store.delete("cloud") is True


def test_another_type_of_key_is_a_store_failure(redis_server: Server) -> None:
    redis_server.client.lpush("gatehouse.api:{cloud}", "x")
    store = RedisStore(redis_server.url)
    store_failure(lambda: store.read("cloud"))
    store_failure(lambda: store.write("cloud", Entry(1, b""), 0))


def test_keys_of_others_are_none_of_ours(redis_server: Server) -> None:
    for name in ("other", "gatehouse.api", "gatehouse.api:{x}:lock", "gatehouse.api:{%zz}", "gatehousexapi:{x}", "{x}"):
        redis_server.client.set(name, "x")
    RedisStore(f"{redis_server.url}?prefix=a*[b]").write("there", Entry(1, b""), 0)
    RedisStore(f"{redis_server.url}?prefix=axb").write("elsewhere", Entry(1, b""), 0)
    assert list(RedisStore(redis_server.url).keys()) == []
    assert list(RedisStore(f"{redis_server.url}?prefix=a*[b]").keys()) == ["there"]


# What is kept, and for how long


def test_what_leaves_this_process_is_sealed(redis_server: Server) -> None:
    open_store(redis_server.url, KEY).write(RECORD, 0)
    assert open_store(redis_server.url, KEY).read("cloud") == RECORD
    content = redis_server.client.get("gatehouse.api:{cloud}")
    assert b"canary" not in content
    assert b"alice" not in content
    with pytest.raises(Failure, match="another key"):
        open_store(redis_server.url, "another key of twenty characters").read("cloud")


def lives(server: Server, key: str) -> float | None:
    """Seconds until Redis drops an entry; None when it stays."""
    found = server.client.pttl(f"gatehouse.api:{{{warm.file_name(key)[: -len(warm.SUFFIX)]}}}")
    return None if found == -1 else found / 1000


def test_a_record_lives_as_long_as_its_tokens_may_be_refreshed(redis_server: Server) -> None:
    store = open_store(redis_server.url, KEY)
    store.write(Record("hour", "proton", "o", revision=1, tokens={"a": "b"}, issued_at=1000, expires_at=4600), 0)
    store.write(Record("ever", "proton", "o", revision=1, tokens={"a": "b"}), 0)
    store.write(Record("gone", "proton", "o", revision=1, state="expired"), 0)
    assert lives(redis_server, "hour") == pytest.approx(3600 + sealed.AFTERLIFE, abs=60)
    assert lives(redis_server, "ever") is None
    assert lives(redis_server, "gone") == pytest.approx(sealed.AFTERLIFE, abs=60)
    store.write(Record("hour", "proton", "o", revision=2, tokens={"a": "b"}), 1)
    assert lives(redis_server, "hour") is None


def test_notes_live_as_long_as_they_are_of_use(redis_server: Server) -> None:
    store = open_store(redis_server.url, KEY)
    cache = Cache(store, "cloud", 0.0, 300.0)
    cache.put(["item"], "list")
    store.update({"seed": "used"}, "seed", "o")
    with pytest.raises(Failure), flights.Flights(store).flight("cloud", "ensure"):
        raise Failure("locked", "Not now.")
    found = {key.partition("-")[0]: lives(redis_server, key) for key in store.store.keys()}
    assert found["~cache"] == pytest.approx(300, abs=60)
    assert found["~flight"] == pytest.approx(flights.KEPT, abs=60)
    assert found["~seed"] is None
    redis_server.client.flushall()
    assert cache.get("list") is None


def test_an_entry_that_has_expired_is_not_there(redis_server: Server) -> None:
    store = RedisStore(redis_server.url)
    store.write("cloud", Entry(3, b"content", keep=0.05), 0)
    until(lambda: store.read("cloud") is None, "it stays")
    store.write("cloud", Entry(1, b"new"), 0)
    assert lives(redis_server, "cloud") is None


# What cannot be used


def test_nobody_at_home() -> None:
    url = f"redis://{HOST}:{free_port()}"
    store = RedisStore(url)
    for use in (lambda: store.read("cloud"), lambda: list(store.keys())):
        begun = time.monotonic()
        failure = store_failure(use)
        assert failure.message == f"The store {url} cannot be reached: Connection refused."
        assert time.monotonic() - begun < 2


def test_a_server_that_is_full(redis_server: Server) -> None:
    store = RedisStore(redis_server.url)
    redis_server.client.config_set("maxmemory", 1)
    try:
        assert "maxmemory" in store_failure(lambda: store.write("cloud", Entry(1, b"x" * 1000), 0)).message
    finally:
        redis_server.client.config_set("maxmemory", 0)


def test_a_replica_is_no_place_to_write_to(redis_server: Server) -> None:
    store = RedisStore(f"{redis_server.url}?lease=1")
    redis_server.client.replicaof(HOST, free_port())
    try:
        store_failure(lambda: store.write("cloud", Entry(1, b""), 0))
    finally:
        redis_server.client.replicaof("NO", "ONE")


def test_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(Failure, match="-m pip install redis") as caught:
        RedisStore("redis://cache").read("cloud")
    assert caught.value.kind == "unsupported"


# The fast path


def test_a_warm_record_is_one_question(redis_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "_ciphers", {})
    store = open_store(redis_server.url, KEY)
    written = {"proton": {"username": "alice"}}
    record = Record(
        "cloud", "proton", "o", revision=1, tokens={"a": "b"}, seen=(warm.fingerprint(store.key.secret, written),)
    )
    store.write(record, 0)
    found = warm.record_of(redis_server.url, KEY, "cloud", written, 0.0)
    assert found is not None
    assert found["tokens"] == {"a": "b"}
    redis_server.client.config_resetstat()
    assert warm.record_of(redis_server.url, KEY, "cloud", written, 0.0) == found
    calls = {name: stats["calls"] for name, stats in redis_server.client.info("commandstats").items()}
    assert calls.get("cmdstat_get") == 1
    assert not set(calls) & {"cmdstat_eval", "cmdstat_set", "cmdstat_scan"}
    for place, key in ((redis_server.url, ""), (f"redis://{HOST}:{free_port()}", KEY), (redis_server.url, KEY + "!")):
        assert warm.record_of(place, key, "cloud", written, 0.0) is None


def test_a_password_in_a_url_is_hidden_after_a_warm_look(redis_server: Server) -> None:
    warm.record_of(redis_server.url.replace("//", "//alice:canary-5@"), KEY, "cloud", None, 0.0)
    assert secrets.hide("canary-5") == "********"
