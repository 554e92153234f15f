# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The contract of a store: sealed bytes by key, with locks and compare-and-swap."""

from __future__ import annotations

import abc
import contextlib
import time
import typing as t
from dataclasses import dataclass, field

LOCK_WAIT = 120.0  # seconds
NOTICE = 2.0  # seconds of waiting after which it is mentioned


@dataclass(frozen=True)
class Entry:
    """What stands under a key.

    :param revision: compare-and-swap key; at least 1.
    :param sealed: the bytes, unreadable to the store.
    :param keep: seconds after which nobody can use it any more, and a store may drop it by itself; None when it stays.
    """

    revision: int
    sealed: bytes = field(repr=False)
    keep: float | None = field(default=None, compare=False)


def taken(take: t.Callable[[], bool], wait: float, waiting: t.Callable[[], None]) -> bool:
    """Try to take a lock again and again.

    :param wait: seconds to try.
    :param waiting: called once, when the wait becomes one that somebody would notice.
    :returns: whether it was taken.
    """
    begun = time.monotonic()
    pause, said = 0.005, False
    while not take():
        waited = time.monotonic() - begun
        if waited > NOTICE and not said:
            said = True
            waiting()
        if waited > wait:
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    return True


class Store(abc.ABC):
    """Where sealed bytes live. Every store passes the same contract tests."""

    @property
    @abc.abstractmethod
    def place(self) -> str:
        """Where it is, for messages."""

    @abc.abstractmethod
    def lock(
        self, key: str, wait: float = LOCK_WAIT, waiting: t.Callable[[], None] = lambda: None
    ) -> contextlib.AbstractContextManager[None]:
        """Hold the only lock of a key, across processes. A holder that dies releases it.

        :param wait: seconds to wait for another holder.
        :param waiting: called once, when the wait becomes one that somebody would notice.
        :raises Failure: `store` when another holder has not released it by then.
        """

    @abc.abstractmethod
    def read(self, key: str) -> Entry | None:
        """The entry, whole; needs no lock. None when there is none.

        :raises Failure: `store` when it cannot be read or others could read it.
        """

    @abc.abstractmethod
    def write(self, key: str, entry: Entry, expected: int) -> None:
        """Put an entry in place of the one with revision `expected` (0: where there is none), durably, or not at all.

        :raises Failure: `conflict` when another revision stands there; `store` when it cannot be written.
        """

    @abc.abstractmethod
    def delete(self, key: str) -> bool:
        """Remove an entry. Returns whether there was one."""

    @abc.abstractmethod
    def keys(self) -> t.Iterator[str]:
        """All keys, sorted."""

    @abc.abstractmethod
    def key_file(self) -> str | None:
        """Where this store may keep its sealing key beside the entries; None when the key must be given."""
