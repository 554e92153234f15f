# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions, their tokens and their children (Proton protocol page, sections 3.2 to 3.4 and 3.12)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...canaries import Canaries, fingerprint
from ...clock import Clock

PENDING = "twofactor"
FULL = ("full", "self", "payments", "keys", "parent", "user", "loggedin", "nondelinquent", "mail", "vpn", "verified")
UNAUTHENTICATED = ("unauth",)
ELEVATED = ("locked", "password")


@dataclass(frozen=True)
class Session:
    """One session as it is now; a change makes a new value."""

    uid: str
    username: str | None
    scopes: tuple[str, ...]
    access: str
    access_expires: float
    refresh: str
    client_id: str
    created: float
    parent: str | None = None
    independent: bool = False
    rotations: int = 0

    @property
    def pending(self) -> bool:
        """Whether a second factor is still to come."""
        return PENDING in self.scopes

    def dependent_on(self, uid: str) -> bool:
        """Whether it ends with that session."""
        return self.parent == uid and not self.independent


@dataclass
class SessionBook:
    """All live sessions; remembers the tokens that were spent and the sessions that were revoked."""

    clock: Clock
    canaries: Canaries
    live: dict[str, Session] = field(default_factory=dict)
    spent: dict[str, str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)

    def open(
        self,
        username: str | None,
        scopes: tuple[str, ...],
        ttl: float,
        client_id: str,
        *,
        parent: str | None = None,
        independent: bool = False,
    ) -> Session:
        """A new session."""
        now = self.clock.now()
        session = Session(
            uid=self.canaries.mint_identifier(),
            username=username,
            scopes=scopes,
            access=self.canaries.mint(),
            access_expires=now + ttl,
            refresh=self.canaries.mint(),
            client_id=client_id,
            created=now,
            parent=parent,
            independent=independent,
        )
        self.live[session.uid] = session
        return session

    def rotate(self, session: Session, ttl: float) -> Session:
        """New tokens; the old ones are worth nothing from now on."""
        self.spent[session.refresh] = session.uid
        return self._put(
            replace(
                session,
                access=self.canaries.mint(),
                access_expires=self.clock.now() + ttl,
                refresh=self.canaries.mint(),
                rotations=session.rotations + 1,
            )
        )

    def with_scopes(self, session: Session, scopes: tuple[str, ...]) -> Session:
        """The same tokens with other scopes."""
        return self._put(replace(session, scopes=scopes))

    def revoke(self, uid: str, *, keep: str | None = None) -> None:
        """End a session and, below it, every child that is not independent."""
        session = self.live.pop(uid, None)
        if session is None:
            return
        self.revoked.add(uid)
        self.spent[session.refresh] = uid
        for child in [other.uid for other in self.live.values() if other.dependent_on(uid) and other.uid != keep]:
            self.revoke(child, keep=keep)

    def of(self, username: str | None) -> list[Session]:
        """The live sessions of a user, oldest first."""
        return [session for session in self.live.values() if session.username == username]

    def children(self, uid: str) -> int:
        """How many live children a session has."""
        return sum(session.parent == uid for session in self.live.values())

    def told(self) -> list[dict[str, object]]:
        """Every live session, without secrets."""
        now = self.clock.now()
        return [
            {
                "account": session.username,
                "uid": fingerprint(session.uid),
                "access": fingerprint(session.access),
                "refresh": fingerprint(session.refresh),
                "scopes": list(session.scopes),
                "client_id": session.client_id,
                "parent": fingerprint(session.parent) if session.parent else None,
                "independent": session.independent,
                "rotations": session.rotations,
                "expires_in": session.access_expires - now,
            }
            for session in self.live.values()
        ]

    def _put(self, session: Session) -> Session:
        self.live[session.uid] = session
        return session
