# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks and labels: upsert, and lists that go on where the last one ended (Akiflow protocol page, section 6)."""

from __future__ import annotations

import itertools
import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any

from .accounts import Account
from .refusals import unusable

KINDS = ("tasks", "labels")
EMPTY_KINDS = ("tags", "time_slots", "events", "calendars", "contacts", "accounts")
_NAMES = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


@dataclass
class Shelf:
    """The objects of one kind and one account, with the number of each one's last change."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def put(self, item: dict[str, Any]) -> dict[str, Any]:
        """A new object, or other fields of a known one; the whole object comes back."""
        identifier = item["id"]
        self.items[identifier] = {**self.items.get(identifier, {}), **item}
        self.changed[identifier] = next(self.numbers)
        return self.items[identifier]

    def since(self, number: int, limit: int) -> tuple[list[dict[str, Any]], int, bool]:
        """What changed after that; the number it goes up to, and whether there is more."""
        newer = sorted((last, name) for name, last in self.changed.items() if last > number)
        page = newer[:limit]
        return [self.items[name] for _last, name in page], page[-1][0] if page else number, len(newer) > limit


@dataclass
class ObjectDesk:
    """Every shelf, and the sync tokens that were given out."""

    shelves: dict[tuple[str, str], Shelf] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str, int]] = field(default_factory=dict)

    def fill(self, account: Account) -> None:
        """What an account begins with."""
        for kind, titles in (("tasks", account.tasks), ("labels", account.labels)):
            for title in titles:
                identifier = str(uuid.uuid5(_NAMES, f"{account.username} {kind} {title}"))
                self.shelf(account.username, kind).put({"id": identifier, "title": title})

    def shelf(self, account: str, kind: str) -> Shelf:
        """One shelf; empty at first."""
        return self.shelves.setdefault((account, kind), Shelf())

    def page(self, account: str, kind: str, limit: str, token: str) -> dict[str, Any]:
        """Section 6: the envelope of a list."""
        if limit and not (limit.isascii() and limit.isdigit() and int(limit) > 0):
            raise unusable("The limit must be a positive number.", 422)
        start = 0
        if token:
            known = self.tokens.get(token)
            if known is None or known[:2] != (account, kind):
                raise unusable("Invalid sync token.")
            start = known[2]
        data, end, more = self.shelf(account, kind).since(start, int(limit or 2500))
        return {**envelope(data), "sync_token": self._token(account, kind, end), "has_next_page": more}

    def upsert(self, account: str, kind: str, items: Any) -> dict[str, Any]:
        """Section 6: an array of objects with ids that the client made."""
        if not isinstance(items, list) or not items:
            raise unusable("The body must be an array of objects.", 422)
        for item in items:
            if not isinstance(item, dict) or not is_uuid(item.get("id")):
                raise unusable("Each object must have an id that is a UUID.", 422)
        shelf = self.shelf(account, kind)
        data = [shelf.put(item) for item in items]
        return {**envelope(data), "sync_token": self._token(account, kind, max(shelf.changed.values()))}

    def _token(self, account: str, kind: str, number: int) -> str:
        token = secrets.token_urlsafe(18)
        self.tokens[token] = (account, kind, number)
        return token


def envelope(data: Any) -> dict[str, Any]:
    """What every reply of the API has around it."""
    return {"success": True, "message": None, "data": data, "sync_token": None, "has_next_page": False}


def is_uuid(value: Any) -> bool:
    """Whether this is a UUID in its usual form."""
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False
