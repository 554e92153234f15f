# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Entries of this process alone: gone with it, and nothing of them on any disk."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ..errors import Failure
from .base import LOCK_WAIT, Entry, Store, taken

_entries: dict[str, Entry] = {}
_locks: set[str] = set()
_secret: list[bytes] = []  # the sealing key, once needed


def _forget_inherited() -> None:
    """A child that was forked begins with nothing: two processes with one refresh token would spend it twice."""
    _entries.clear()
    _locks.clear()
    _secret.clear()


os.register_at_fork(after_in_child=_forget_inherited)


def own_key() -> bytes:
    """The sealing key where none is given."""
    if not _secret:
        _secret.append(os.urandom(32))
    return _secret[0]


class MemoryStore(Store):
    """What one task needs. The items of its loop share it, and what else the same worker does for it."""

    @property
    def place(self) -> str:
        return "memory"

    def key_file(self) -> None:
        return None

    @contextlib.contextmanager
    def lock(self, key: str, wait: float = LOCK_WAIT, waiting: t.Callable[[], None] = lambda: None) -> t.Iterator[None]:
        if not taken(lambda: key not in _locks, wait, waiting):
            raise Failure("store", f"The lock of {key!r} in memory has been held for {wait:g} seconds.")
        _locks.add(key)
        process = os.getpid()
        try:
            yield
        finally:
            if process == os.getpid():  # not in a child that was forked meanwhile
                _locks.discard(key)

    def read(self, key: str) -> Entry | None:
        return _entries.get(key)

    def write(self, key: str, entry: Entry, expected: int) -> None:
        found = _entries[key].revision if key in _entries else 0
        if found != expected:
            raise Failure("conflict", f"{key!r} in memory has revision {found}, not {expected}.")
        _entries[key] = entry

    def delete(self, key: str) -> bool:
        return _entries.pop(key, None) is not None

    def keys(self) -> t.Iterator[str]:
        yield from sorted(_entries)
