# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources as replies show them; never a payload (ricloud protocol page, sections 3.1 and 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import moments
from .resources import ACTIVE, Event, Key, Poll, Session, Source, User
from .settings import RicloudSettings


class Teller:
    """Makes JSON of resources, by the settings of the moment."""

    def __init__(self, settings: Callable[[], RicloudSettings]) -> None:
        self._settings = settings

    def session(self, session: Session) -> dict[str, Any]:
        """Section 3.1."""
        state = self._settings().active_word if session.state == ACTIVE else session.state
        return {
            "id": session.id,
            "resource": "session",
            "organisation": self.id(session.organisation),
            "key": self.id(session.key),
            "user": self.id(session.user),
            "source": self.source(session.source),
            "state": state,
            "error": session.error,
            "date_created": self.moment(session.created),
            "date_expired": self.moment(session.expired),
        }

    def source(self, source: Source) -> dict[str, Any]:
        """A source, nested or alone."""
        return {
            "id": self.id(source.id),
            "resource": "source",
            "user": self.id(source.user),
            "type": source.type,
            "identifier": source.identifier,
            "parent": None,
            "state": source.state,
            "date_created": self.moment(source.created),
        }

    def user(self, user: User) -> dict[str, Any]:
        """An end user."""
        return {
            "id": self.id(user.id),
            "resource": "user",
            "organisation": self.id(user.organisation),
            "key": self.id(user.key),
            "identifier": user.identifier,
            "state": "active",
            "date_created": self.moment(user.created),
        }

    def key(self, key: Key) -> dict[str, Any]:
        """A key, with its token."""
        return {
            "id": self.id(key.id),
            "resource": "key",
            "organisation": self.id(key.organisation),
            "type": "standard",
            "config": None,
            "storage_config": None,
            "webhook_config": None,
            "token": key.token,
            "state": key.state,
            "date_created": self.moment(key.created),
            "date_expires": None,
        }

    def poll(self, poll: Poll) -> dict[str, Any]:
        """A poll; its tasks are not told one by one."""
        done = poll.completed is not None
        return {
            "id": poll.id,
            "resource": "poll",
            "organisation": self.id(poll.organisation),
            "key": self.id(poll.key),
            "user": self.id(poll.session.user),
            "source": self.id(poll.session.source.id),
            "session": poll.session.id,
            "subscription": None,
            "tasks_pending": 0,
            "tasks_processing": 0 if done else 1,
            "tasks_succeeded": 1 if done else 0,
            "tasks_failed": 0,
            "tasks_suspended": 0,
            "results": [],
            "errors": [],
            "state": poll.state,
            "date_created": self.moment(poll.created),
            "date_completed": self.moment(poll.completed),
        }

    def event(self, event: Event) -> dict[str, Any]:
        """An event."""
        return {
            "id": event.id,
            "resource": "event",
            "type": event.type,
            "action": event.action,
            "data": event.data,
            "state": "pending",
            "retries": 0,
            "date_created": self.moment(event.created),
            "date_delivered": None,
        }

    def id(self, number: int) -> int | str:
        """A small number, quoted or not."""
        return str(number) if self._settings().quoted_ids else number

    def moment(self, seconds: float | None) -> str | None:
        """A date-time."""
        return moments.told(seconds, whole=self._settings().whole_seconds)
