# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Work that many want at once and one does: the lock of a name, and the failure that all who waited share."""

from __future__ import annotations

import contextlib
import os
import typing as t

from . import secrets
from .errors import Failure

if t.TYPE_CHECKING:
    from .stores.sealed import SealedStore

KEPT = 3600.0  # seconds that a failure is noted: nobody waits for a flight that long


class Flights:
    """The flights over one store (promise 1).

    :param say: shows a line to the user, for waits that somebody would notice.
    """

    def __init__(self, store: SealedStore, say: t.Callable[[str], None] = lambda message: None) -> None:
        self._store = store
        self._say = say

    @contextlib.contextmanager
    def lock(self, name: str, key: str = "") -> t.Iterator[None]:
        """The lock of a session's name, or of something that belongs to the session. Somebody who waits is told so.

        :param key: the key that is locked, if it is not the name.
        """
        notice = f"Waiting for another process that works on session {name!r}."
        with self._store.lock(key or name, waiting=lambda: self._say(notice)):
            yield

    @contextlib.contextmanager
    def flight(self, name: str, *asked: str, key: str = "") -> t.Iterator[None]:
        """The same lock for work that many want at once. Who waited for a flight that failed fails as it did.

        :param asked: what is wanted; flights for something else tell nothing about this one.
        :raises Failure: the one of the flight that was waited for.
        """
        note = ("flight", name, *asked)
        before = self._store.recall(*note)
        with self.lock(name, key):
            last = self._store.recall(*note)
            if last and last.get("id") != before.get("id"):  # a store may have lost what it had before
                raise Failure.from_dict(last["failure"])
            try:
                yield
            except Failure as failure:
                with contextlib.suppress(Failure):  # the failure of the work says more than one to note it
                    self._note_failure(note, failure)
                raise

    def _note_failure(self, note: tuple[str, ...], failure: Failure) -> None:
        facts = {"id": os.urandom(8).hex(), "failure": secrets.hide(failure.as_dict())}
        with self._store.lock(self._store.note_key(*note)):
            self._store.remember(facts, *note, keep=KEPT)
