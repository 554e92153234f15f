# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of one user, each with all its revisions (Nextcloud Passwords protocol page, sections 8.2 to 8.6)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .kinds import FOLDER, PASSWORD, ROOT, TAG, Kind, Values


@dataclass(frozen=True)
class Revision:
    """The content of an object at one time; it is never changed."""

    id: str
    created: int
    values: Values
    client: str


@dataclass
class Entry:
    """One object."""

    kind: Kind
    id: str
    created: int
    updated: int
    revisions: dict[str, Revision] = field(default_factory=dict)
    current: str = ""
    share: str | None = None
    shared: bool = False
    editable: bool = True
    tags: list[str] = field(default_factory=list)

    @property
    def values(self) -> Values:
        """The content of the current revision."""
        return self.revisions[self.current].values

    @property
    def home(self) -> str:
        """The folder that it lies in."""
        return str(self.values[self.kind.home]) if self.kind.home else ROOT


class Entries:
    """Every object of a user."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._all: dict[str, Entry] = {}

    def get(self, kind: Kind, identifier: str) -> Entry | None:
        """One object of that kind."""
        found = self._all.get(identifier)
        return found if found is not None and found.kind is kind else None

    def of(self, kind: Kind) -> Iterator[Entry]:
        """All objects of that kind, trashed and hidden ones too."""
        return (entry for entry in list(self._all.values()) if entry.kind is kind)

    def create(self, kind: Kind, values: Values, client: str, identifier: str | None = None) -> Entry:
        """A new object with its first revision."""
        now = int(self._now())
        entry = Entry(kind, identifier or new_id(), now, now)
        self._all[entry.id] = entry
        self.write(entry, values, client)
        return entry

    def add(self, entry: Entry) -> None:
        """An object that was made elsewhere."""
        self._all[entry.id] = entry

    def write(self, entry: Entry, values: Values, client: str) -> Revision:
        """A new revision, which becomes the current one."""
        now = int(self._now())
        revision = Revision(new_id(), now, values, client)
        entry.revisions[revision.id] = revision
        entry.current, entry.updated = revision.id, now
        return revision

    def remove(self, entry: Entry) -> None:
        """Gone for good; what lies in a folder goes with it, a tag is taken off the passwords."""
        if self._all.pop(entry.id, None) is None:
            return
        if entry.kind is FOLDER:
            for other in list(self._all.values()):
                if other.kind.home and other.home == entry.id:
                    self.remove(other)
        if entry.kind is TAG:
            for other in self.of(PASSWORD):
                other.tags = [tag for tag in other.tags if tag != entry.id]

    def suspended(self, entry: Entry) -> bool:
        """Whether it lies, however deep, in a trashed folder."""
        seen, home = set(), entry.home
        while home not in seen and (folder := self.get(FOLDER, home)) is not None:
            if folder.values["trashed"]:
                return True
            seen.add(home)
            home = folder.home
        return False

    def shown(self, kind: Kind, *, trashed: bool = False) -> list[Entry]:
        """What list and find show (section 8.3)."""
        return [
            entry
            for entry in self.of(kind)
            if entry.values["trashed"] is trashed and not entry.values["hidden"] and not self.suspended(entry)
        ]

    def count(self, kind: Kind) -> int:
        """How many there are of that kind."""
        return sum(entry.kind is kind for entry in self._all.values())


def new_id() -> str:
    """A fresh id."""
    return str(uuid.uuid4())
