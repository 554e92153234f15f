# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Entries in the OS keyring; index and locks are files beside it, because a keyring has neither.

The index has a file per entry: its revision, and where in the keyring its content is. A content is written under a name
that nobody reads yet; then the index says so, in one step; then the old content is removed. See
docs/decisions/0014-keyring-layout.md.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
from dataclasses import asdict, dataclass

from .. import warm
from ..errors import Failure
from . import os_keyring
from .base import Entry
from .file import FileStore

TRIES = 20  # how often a reader looks again when writers are always faster


@dataclass(frozen=True)
class Content:
    """Where the content of an entry is.

    :param slot: 0 or 1: the one that is not in use is written next.
    :param parts: how many items it takes.
    :param mark: what each of them begins with, so that a part of another content is known as such.
    """

    slot: int
    parts: int
    mark: str


class KeyringStore(FileStore):
    """The file store of an index, which leads to the keyring.

    :param directory: of the index and the locks.
    """

    def __init__(self, directory: str) -> None:
        super().__init__(directory)
        self._service = f"gatehouse.api records in {self.directory}"

    @property
    def place(self) -> str:
        return f"the OS keyring (index in {self.directory})"

    def read(self, key: str) -> Entry | None:
        for _try in range(TRIES):
            found = self._indexed(key)
            if found is None:
                return None
            revision, content = found
            problem = None
            try:
                sealed = self._sealed(key, content)
            except os_keyring.Refused as failure:  # some say so when an item is removed while they look
                sealed, problem = None, failure
            if sealed is not None:
                return Entry(revision, sealed)
            if self._indexed(key) == found:
                if problem is not None:
                    raise problem
                break
        raise Failure(
            "store",
            f"The OS keyring does not have what {self.path(key)} leads to.",
            hint="Remove that file; the session is then opened anew.",
        )

    def write(self, key: str, entry: Entry, expected: int) -> None:
        self._make()
        found = self._indexed(key)
        revision = found[0] if found else 0
        if revision != expected:
            raise Failure("conflict", f"{key!r} in {self.place} has revision {revision}, not {expected}.")
        content = self._put(key, 1 - found[1].slot if found else 0, entry.sealed)
        pointer = json.dumps(asdict(content)).encode("ascii")
        super().write(key, Entry(entry.revision, pointer), expected)
        if found:
            self._remove(key, found[1].slot)
        _known[self._service, key] = content, entry.sealed

    def delete(self, key: str) -> bool:
        there = super().delete(key)
        _known.pop((self._service, key), None)
        if there:
            for slot in (0, 1):
                self._remove(key, slot)
        return there

    def preload(self) -> None:
        """Read all records for the workers that are forked next. What did not change is not read again."""
        for key in self.keys():
            if not key.startswith("~"):
                with contextlib.suppress(Failure):  # who needs it says so
                    self.read(key)

    @property
    def changed_at(self) -> int:
        """When something was changed last, as a number to compare; 0 when nothing ever was."""
        try:
            return os.stat(self.directory).st_mtime_ns
        except OSError:
            return 0

    def _indexed(self, key: str) -> tuple[int, Content] | None:
        """What the index says: revision and content."""
        entry = super().read(key)
        if entry is None:
            return None
        try:
            return entry.revision, Content(**json.loads(entry.sealed))
        except (TypeError, ValueError) as exc:
            raise Failure(
                "store", f"{self.path(key)} is damaged.", hint="Remove it; the session is then opened anew."
            ) from exc

    def _sealed(self, key: str, content: Content) -> bytes | None:
        """A content; None when it is not there as a whole."""
        known = _known.get((self._service, key))
        if known and known[0] == content:
            return known[1]
        text = ""
        for part in range(content.parts):
            found = os_keyring.get(self._service, self._item(key, content.slot, part))
            if found is None or not found.startswith(content.mark):
                return None
            text += found[len(content.mark) :]
        try:
            sealed = base64.b64decode(text, validate=True)
        except ValueError:
            return None
        _known[self._service, key] = content, sealed
        return sealed

    def _put(self, key: str, slot: int, sealed: bytes) -> Content:
        """Write a content, in parts that the keyring takes. What a killed writer left in the slot is gone then."""
        mark = os.urandom(8).hex() + " "
        text = base64.b64encode(sealed).decode("ascii")
        for size in os_keyring.LARGEST:
            room = size - len(mark)
            parts = [text[start : start + room] for start in range(0, len(text), room)] or [""]
            try:
                for number, part in enumerate(parts):
                    os_keyring.put(self._service, self._item(key, slot, number), mark + part)
            except os_keyring.Refused:
                if size == os_keyring.LARGEST[-1]:
                    raise
            else:
                break
        self._remove(key, slot, begin=len(parts))
        return Content(slot, len(parts), mark)

    def _remove(self, key: str, slot: int, begin: int = 0) -> None:
        """Remove a slot's items from one on. They were written in this order, so that the first gap is the end."""
        with contextlib.suppress(Failure):  # what stays there is sealed, and in nobody's way
            while os_keyring.remove(self._service, self._item(key, slot, begin)):
                begin += 1

    def _item(self, key: str, slot: int, part: int) -> str:
        return f"{warm.file_name(key)[: -len(warm.SUFFIX)]} {slot}.{part}"


_known: dict[tuple[str, str], tuple[Content, bytes]] = {}
"""Contents that were read, by service and key. A content never changes: another one has another mark."""
