# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a session (ricloud protocol page, sections 3.2 to 3.6 and 8, rules 4, 8 and 9)."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any

from .resources import ACTIVE, EXPIRED, FAILED, PENDING, Event, Key, Session, Source

if TYPE_CHECKING:
    from .world import World

ORGANISATION, SERVICE, API, ADMIN = "organisation", "service", "api", "admin"
REASONS = (SERVICE, API, ORGANISATION, ADMIN)


class SessionDesk:
    """Opens, settles and expires sessions."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self, key: Key, source: Source, verdict: str | None, awaited: float = 0) -> Session:
        """A pending session; the time that the reply is held counts as if it had passed."""
        now = self._world.clock.now()
        session = Session(
            id=f"se{secrets.token_hex(8)}",
            organisation=key.organisation,
            key=key.id,
            user=source.user,
            source=source,
            created=now,
            settles=now + self._world.settings.settle_seconds - awaited,
            verdict=verdict,
            used=now,
        )
        self._world.shelves.sessions.append(session)
        self.look(session)
        return session

    def retrieve(self, session: Session) -> None:
        """One retrieval, which may be the one that finds it settled."""
        session.retrievals += 1
        self.look(session)

    def look(self, session: Session) -> None:
        """What time and retrievals have made of it."""
        settings, now = self._world.settings, self._world.clock.now()
        if session.state == PENDING:
            asked_enough = 0 < settings.settle_retrievals <= session.retrievals
            if now >= session.settles or asked_enough:
                self.settle(session)
        if session.state == ACTIVE and 0 < settings.idle_seconds <= now - session.used:
            self.expire(session, API)

    def settle(self, session: Session) -> None:
        """The third party has answered."""
        if session.state != PENDING:
            return
        session.error = session.verdict
        session.state = ACTIVE if session.verdict is None else FAILED
        if session.state == ACTIVE:
            session.source.state = ACTIVE
            session.used = self._world.clock.now()

    def expire(self, session: Session, reason: str) -> None:
        """The end, and an event that tells of it."""
        session.state, session.error, session.expired = EXPIRED, reason, self._world.clock.now()
        told: dict[str, Any] = self._world.teller.session(session)
        event = Event(str(uuid.uuid4()), session.organisation, "session", "expired", told, self._world.clock.now())
        self._world.shelves.events.append(event)

    def delete(self, session: Session) -> None:
        """Logout. What is over stays as it is."""
        self.look(session)
        pending = session.state == PENDING and self._world.settings.delete_expires_pending
        if session.state == ACTIVE or pending:
            self.expire(session, ORGANISATION)
