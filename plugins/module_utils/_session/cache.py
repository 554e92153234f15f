# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What one worker fetched of a session's credentials, for the others to read: sealed, and for a short time only."""

from __future__ import annotations

import json
import time
import typing as t

from . import warm

if t.TYPE_CHECKING:
    from .record import Record
    from .stores.sealed import SealedStore

ROOM = 1024  # bytes that an entry takes beside what is kept
KEYS = "keys"
"""Under this the unlocked keys are kept; all else is as the service sent it."""


class Cache:
    """The cache of one session, from when it was opened. A session that is opened anew begins with an empty one.

    :param ttl: seconds that something is kept; 0 keeps nothing.
    """

    def __init__(
        self,
        store: SealedStore,
        name: str,
        opened_at: float,
        ttl: float,
        clock: t.Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._family = "cache-" + store.key.digest("cache", name)[:16]
        self._opened_at = str(opened_at)
        self._ttl = ttl
        self._clock = clock
        self.of_definition = self
        """The same cache with the time that the definition says: the keys are not fetched, and do not change."""

    @classmethod
    def of(
        cls, store: SealedStore, record: Record, clock: t.Callable[[], float] = time.time, ttl: float | None = None
    ) -> Cache:
        """The cache of a record, for as long as its definition says.

        :param ttl: seconds instead of those of the definition.
        """
        kept = cls(store, record.name, record.opened_at, float(record.options.get("cache_ttl") or 0.0), clock)
        if ttl is None:
            return kept
        found = cls(store, record.name, record.opened_at, ttl, clock)
        found.of_definition = kept
        return found

    @property
    def key(self) -> str:
        """What is locked by whoever fetches."""
        return self._store.note_key(self._family)

    def get(self, *what: str) -> t.Any:
        """What was put, if it is still to be used; else None."""
        if not self._ttl:
            return None
        found = self._store.recall(*self._parts(what))
        return found["value"] if found and 0 <= self._clock() - found["at"] < self._ttl else None

    def put(self, value: t.Any, *what: str) -> None:
        """Keep something that JSON takes, unless it is too much for a file of the store."""
        if self._ttl and len(json.dumps(value)) < warm.LARGEST - ROOM:
            with self._writing():
                self._store.remember({"at": self._clock(), "value": value}, *self._parts(what), keep=self._ttl)

    def drop(self) -> None:
        """Forget all of it, also what is left of earlier openings."""
        with self._writing():
            self._store.forget_all(self._family)

    def drop_fetched(self) -> None:
        """Forget all but the unlocked keys: they stay what they are, and not everybody can unlock them again."""
        with self._writing():
            self._store.forget_all(self._family, but=[self._store.note_key(*self._parts([KEYS]))])

    def _writing(self) -> t.ContextManager[None]:
        """One lock for all that is kept: lock files are never removed, and there is no end of questions."""
        return self._store.lock(self._store.note_key(self._family, "writing"))

    def _parts(self, what: t.Sequence[str]) -> tuple[str, ...]:
        return (self._family, self._opened_at, *what)
