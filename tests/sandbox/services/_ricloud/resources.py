# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API keeps: users, sources, sessions, keys, polls, events (ricloud protocol page, sections 3, 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PENDING, ACTIVE, FAILED, EXPIRED = "pending", "active", "failed", "expired"
STATES = (PENDING, ACTIVE, FAILED, EXPIRED)


@dataclass(eq=False)
class Key:
    """An API key."""

    id: int
    name: str
    organisation: int
    token: str
    created: float
    state: str = "active"
    may_write: bool = True


@dataclass(eq=False)
class User:
    """An end user, by our own label."""

    id: int
    organisation: int
    key: int
    identifier: str
    created: float


@dataclass(eq=False)
class Source:
    """What a session is for."""

    id: int
    organisation: int
    user: int
    type: str
    identifier: str | None
    created: float
    state: str = "unvalidated"


@dataclass(eq=False)
class Session:
    """A login at a third party. `verdict` is the error that it will settle to, or None; the payload is not kept."""

    id: str
    organisation: int
    key: int
    user: int
    source: Source
    created: float
    settles: float
    verdict: str | None
    used: float
    state: str = PENDING
    error: str | None = None
    expired: float | None = None
    retrievals: int = 0


@dataclass(eq=False)
class Poll:
    """One fetch of data."""

    id: str
    organisation: int
    key: int
    session: Session
    created: float
    state: str = "processing"
    completed: float | None = None


@dataclass(eq=False)
class Event:
    """A record of a webhook."""

    id: str
    organisation: int
    type: str
    action: str
    data: dict[str, Any]
    created: float


@dataclass
class Shelves:
    """Everything, oldest first."""

    keys: list[Key] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    polls: list[Poll] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def by_id(items: list[Any], organisation: int, identifier: Any) -> Any:
    """The item of an organisation with this id, whether it is written as a number or as a text; None without one."""
    return next((i for i in items if i.organisation == organisation and str(i.id) == str(identifier)), None)
