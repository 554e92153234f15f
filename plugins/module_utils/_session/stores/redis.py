# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Entries in Redis: for several control nodes, which see each other's changes at once."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
import time
import typing as t

from .. import secrets, warm
from ..errors import Failure
from ..signals import deferred
from .base import LOCK_WAIT, Entry, Store, taken
from .file import key_of_file
from .redis_client import client_of, failure_of, unreachable
from .redis_scripts import DELETE, RELEASE, RENEW, TAKE, WRITE
from .redis_url import SENTINEL, address

CONFIRMED_WITHIN = 5000  # milliseconds, for replicas that must have a change
HOPED_WITHIN = 100  # milliseconds, for a replica that should
AT_ONCE = 1000  # keys that one step of a scan looks at

T = t.TypeVar("T")


class RedisStore(Store):
    """One key per entry, one per lock. A lock is a lease: it ends when its holder does not renew it.

    :param url: see redis_url.py.
    :raises Failure: `definition`.
    """

    def __init__(self, url: str) -> None:
        self._address = address(url)
        secrets.add(*self._address.secrets)
        self._client: t.Any = None
        self._leases: dict[str, Lease] = {}

    def __getstate__(self) -> dict[str, t.Any]:
        return {**self.__dict__, "_client": None, "_leases": {}}

    @property
    def place(self) -> str:
        return self._address.place

    def key_file(self) -> None:
        return None

    @property
    def lease(self) -> float:
        """Seconds that a lock outlives its holder."""
        return self._address.lease

    @contextlib.contextmanager
    def lock(self, key: str, wait: float = LOCK_WAIT, waiting: t.Callable[[], None] = lambda: None) -> t.Iterator[None]:
        lease = Lease(self, key)
        if not taken(lease.take, wait, waiting):
            raise Failure(
                "store",
                f"Another process has held the lock of {key!r} in {self.place} for {wait:g} seconds.",
                hint=f"It is {lease.other}. When it has died, its lock ends after {self.lease:g} seconds.",
            )
        self._leases[key] = lease
        try:
            yield
        finally:
            self._leases.pop(key, None)
            lease.release()

    def read(self, key: str) -> Entry | None:
        name = self.entry_key(key)
        content: bytes | None = self.ask(lambda client: client.get(name))
        if content is None:
            return None
        if len(content) < warm.HEADER.size or content[:4] != warm.MAGIC:
            raise self._damaged(key)
        return Entry(warm.HEADER.unpack_from(content)[1], content[warm.HEADER.size :])

    def write(self, key: str, entry: Entry, expected: int) -> None:
        header = warm.HEADER.pack(warm.MAGIC, entry.revision)
        keep = "" if entry.keep is None else str(max(1, round(entry.keep * 1000)))
        before = warm.HEADER.pack(warm.MAGIC, expected)[4:]
        # What is to be saved may be a token that nobody else has: it is worth some patience.
        said = self.run(WRITE, key, self._holder(key), before, header + entry.sealed, warm.MAGIC, keep, patient=True)
        if said == b"written":
            return
        if said == b"lost":
            raise self._lost(key)
        if said == b"damaged":
            raise self._damaged(key)
        found = warm.HEADER.unpack(warm.MAGIC + said)[1]
        raise Failure("conflict", f"{key!r} in {self.place} has revision {found}, not {expected}.")

    def delete(self, key: str) -> bool:
        said = self.run(DELETE, key, self._holder(key), patient=True)
        if said == b"lost":
            raise self._lost(key)
        return bool(said)

    def keys(self) -> t.Iterator[str]:
        start, end = f"{self._address.prefix}:{{".encode(), b"}"
        pattern = re.sub(rb"[*?\[\]\\^-]", rb"\\\g<0>", start) + b"*" + end
        names = self.ask(lambda client: set(client.scan_iter(pattern, AT_ONCE)))
        found = [key_of_file(name[len(start) : -len(end)] + warm.SUFFIX.encode("ascii")) for name in names]
        yield from sorted(key for key in found if key and self.entry_key(key).encode() in names)

    # What a lease needs, too

    def entry_key(self, key: str) -> str:
        """The key in Redis; in a cluster it is in one slot with that of its lock."""
        return f"{self._address.prefix}:{{{warm.file_name(key)[: -len(warm.SUFFIX)]}}}"

    def lock_key(self, key: str) -> str:
        return self.entry_key(key) + ":lock"

    def run(self, script: str, key: str, *args: t.Any, patient: bool = False) -> t.Any:
        """Run a script on an entry's key and that of its lock, and wait for replicas as the URL says.

        :raises Failure: `store`, also when too few replicas have what was changed.
        """
        return self._run(script, (self.entry_key(key), self.lock_key(key)), args, patient)

    def run_on_lock(self, script: str, key: str, *args: t.Any, patient: bool = False) -> t.Any:
        """The same on the key of the lock alone."""
        return self._run(script, (self.lock_key(key),), args, patient)

    def _run(self, script: str, keys: tuple[str, ...], args: tuple[t.Any, ...], patient: bool) -> t.Any:
        wanted, limit = self._address.replicas, CONFIRMED_WITHIN
        if wanted is None:
            wanted, limit = int(self._address.scheme in SENTINEL), HOPED_WITHIN
        if not wanted:
            return self.ask(lambda client: client.eval(script, len(keys), *keys, *args), patient)

        def confirmed(client: t.Any) -> tuple[t.Any, int]:
            pipeline = _node(client, keys[0]).pipeline(transaction=False)
            pipeline.eval(script, len(keys), *keys, *args)
            pipeline.execute_command("WAIT", wanted, limit)
            said, count = pipeline.execute()
            return said, int(count)

        said, count = self.ask(confirmed, patient)
        if self._address.replicas and count < wanted:
            raise Failure(
                "store",
                f"The store {self.place} has what was changed on {count} replicas, not on {wanted}.",
                hint="Without them it could be lost. Bring them back, or ask for less with replicas= in the URL.",
            )
        return said

    def ask(self, question: t.Callable[[t.Any], T], patient: bool = False) -> T:
        """Ask Redis.

        :param question: given the client; may be asked more than once.
        :param patient: ask again for a while when it cannot be reached; so does whoever holds a lock.
        :raises Failure: `store`, in one sentence.
        """
        ends = time.monotonic() + (self.lease * 2 / 3 if patient or self._leases else 0.0)
        pause = 0.05
        while True:
            try:
                if self._client is None:
                    self._client = client_of(self._address)
                return question(self._client)
            except Failure:
                raise
            except _errors() as exc:
                if not unreachable(exc) or time.monotonic() + pause > ends:
                    raise failure_of(exc, self.place) from exc
            time.sleep(pause)
            pause = min(pause * 1.5, 1.0)

    def _holder(self, key: str) -> str:
        """Who writes: the holder of the key's lock, or nobody in particular."""
        lease = self._leases.get(key)
        return lease.holder if lease is not None and lease.process == os.getpid() else ""

    def _lost(self, key: str) -> Failure:
        return Failure(
            "store",
            f"The lock of {key!r} in {self.place} was lost meanwhile: Redis was emptied, or did not hear from this "
            f"process for {self.lease:g} seconds.",
            hint="Nothing was changed there. Run the task again.",
        )

    def _damaged(self, key: str) -> Failure:
        return Failure(
            "store",
            f"What {self.place} has under {self.entry_key(key)} is no record.",
            hint="Remove it there; the session is then opened anew.",
        )


class Lease:
    """The lock of one key for as long as it is renewed, by a thread of the process that holds it.

    :param other: who holds it instead.
    """

    def __init__(self, store: RedisStore, key: str) -> None:
        self._store = store
        self._key = key
        self.process = os.getpid()
        self.holder = f"process {self.process} on {socket.gethostname()} ({os.urandom(8).hex()})"
        self.other = ""
        self._over = threading.Event()

    def take(self) -> bool:
        """Whether it is ours now."""
        try:
            other = self._store.run_on_lock(TAKE, self._key, self.holder, self._milliseconds, patient=True)
        except Failure:
            self.release()  # it may have been taken all the same
            raise
        if other is not None:
            self.other = other.decode("utf-8", "replace").rpartition(" (")[0]
            return False
        with deferred():  # the thread inherits that: else it would take what the main thread has deferred
            threading.Thread(target=self._renew, name="gatehouse.api lease", daemon=True).start()
        return True

    def release(self) -> None:
        """Give it back; not in a child that was forked meanwhile."""
        if self.process == os.getpid():
            self._over.set()
            with contextlib.suppress(Failure):  # the work is done, and the lease ends by itself
                self._store.run_on_lock(RELEASE, self._key, self.holder)

    @property
    def _milliseconds(self) -> int:
        return round(self._store.lease * 1000)

    def _renew(self) -> None:
        while not self._over.wait(self._store.lease / 3):
            with contextlib.suppress(Failure):  # whoever then writes is told that it is lost
                if not self._store.run_on_lock(RENEW, self._key, self.holder, self._milliseconds):
                    return


def _node(client: t.Any, key: str) -> t.Any:
    """Who has a key: in a cluster one of its nodes, because replicas confirm what came over one connection."""
    if not hasattr(client, "get_node_from_key"):
        return client
    return client.get_redis_connection(client.get_node_from_key(key))


def _errors() -> tuple[type[BaseException], ...]:
    import redis

    return (redis.RedisError, redis.exceptions.RedisClusterException, OSError)
