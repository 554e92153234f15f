# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as the API tells them, at any level of detail (Nextcloud Passwords protocol page, section 8.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from .entries import Entries, Entry, Revision
from .kinds import FOLDER, PASSWORD, ROOT, TAG, Kind

MODEL = "model"
_GOOD, _WEAK, _NOT_CHECKED = (0, "GOOD"), (1, "DUPLICATE"), (3, "NOT_CHECKED")
_OF_OBJECT = frozenset({"share", "shared", "revision", "editable"})


class Teller:
    """Tells the objects of one user for the time of one request."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._hashes = Counter(entry.values["hash"] for entry in entries.of(PASSWORD))

    def tell(self, entry: Entry, details: str) -> dict[str, Any]:
        """One object."""
        levels = set(details.split("+"))
        told: dict[str, Any] = {"id": entry.id, "revision": entry.current}
        if MODEL in levels:
            told = self.model(entry)
        if "revisions" in levels:
            told["revisions"] = [self._revision(entry, revision) for revision in entry.revisions.values()]
        if entry.kind is PASSWORD:
            return told | self._around_password(entry, levels)
        return told | self._inside(entry.kind, entry.id, entry.home, levels)

    def root(self, details: str) -> dict[str, Any]:
        """The folder in which all lies."""
        levels = set(details.split("+"))
        told: dict[str, Any] = {"id": ROOT, "revision": ROOT}
        if MODEL in levels:
            told |= {"created": 0, "updated": 0, "edited": 0, "label": "Home", "parent": None}
            told |= {"cseKey": "", "cseType": "none", "sseType": "none", "client": ""}
            told |= {"hidden": False, "trashed": False, "favorite": False}
        return told | self._inside(FOLDER, ROOT, ROOT, levels - {"parent"})

    def model(self, entry: Entry) -> dict[str, Any]:
        """Every field, in the order of the protocol page."""
        revision = entry.revisions[entry.current]
        known = {
            **revision.values,
            "id": entry.id,
            "created": entry.created,
            "updated": entry.updated,
            "share": entry.share,
            "shared": entry.shared,
            "revision": entry.current,
            "editable": entry.editable,
            "client": revision.client,
        }
        if entry.kind is PASSWORD:
            known["status"], known["statusCode"] = self.status(entry)
        return {name: known[name] for name in entry.kind.order}

    def status(self, entry: Entry) -> tuple[int, str]:
        """What the server thinks of a password."""
        found = entry.values["hash"]
        if not found:
            return _NOT_CHECKED
        return _WEAK if self._hashes[found] > 1 else _GOOD

    def _revision(self, entry: Entry, revision: Revision) -> dict[str, Any]:
        known = {
            **revision.values,
            "id": revision.id,
            "created": revision.created,
            "updated": revision.created,
            "client": revision.client,
        }
        if entry.kind is PASSWORD:
            known["status"], known["statusCode"] = _GOOD
        return {name: known[name] for name in entry.kind.order if name not in _OF_OBJECT}

    def _around_password(self, entry: Entry, levels: set[str]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if "folder" in levels:
            told["folder"] = self._folder(entry.home)
        tags = [tag for name in entry.tags if (tag := self._entries.get(TAG, name)) and not tag.values["trashed"]]
        if "tags" in levels:
            told["tags"] = [self.model(tag) for tag in tags]
        elif "tag-ids" in levels:
            told["tags"] = [tag.id for tag in tags]
        if "shares" in levels:
            told["shares"] = []
        return told

    def _inside(self, kind: Kind, identifier: str, parent: str, levels: set[str]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if kind is FOLDER:
            folders = self._visible(entry for entry in self._entries.of(FOLDER) if entry.home == identifier)
            passwords = self._visible(entry for entry in self._entries.of(PASSWORD) if entry.home == identifier)
            if "parent" in levels:
                told["parent"] = self._folder(parent)
            if "folders" in levels:
                told["folders"] = [self.model(folder) for folder in folders]
            elif "folder-ids" in levels:
                told["folders"] = [folder.id for folder in folders]
        else:
            passwords = self._visible(entry for entry in self._entries.of(PASSWORD) if identifier in entry.tags)
        if "passwords" in levels:
            details = "model+tags" if "password-tags" in levels else MODEL
            told["passwords"] = [self.tell(password, details) for password in passwords]
        elif "password-ids" in levels:
            told["passwords"] = [password.id for password in passwords]
        return told

    def _folder(self, identifier: str) -> dict[str, Any]:
        folder = self._entries.get(FOLDER, identifier)
        return self.root(MODEL) if folder is None else self.model(folder)

    @staticmethod
    def _visible(entries: Iterable[Entry]) -> list[Entry]:
        return [entry for entry in entries if not entry.values["trashed"] and not entry.values["hidden"]]
