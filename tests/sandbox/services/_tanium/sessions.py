# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Session strings and their sliding expiry (Tanium protocol page, sections 1, 2 and 8, rules 4 to 7)."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...canaries import Canaries, fingerprint
from ...clock import Clock

_HEX_BYTES = 32


@dataclass(eq=False)
class Session:
    """One live session. `group` is the one exclusive user group that it is narrowed to."""

    value: str
    number: int
    account: str
    uid: int
    created: float
    used: float
    group: int | None = None


@dataclass
class SessionBook:
    """All live sessions by their strings."""

    clock: Clock
    canaries: Canaries
    idle_seconds: Callable[[], float]
    live: dict[str, Session] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(101))

    def open(self, account: str, uid: int, group: int | None = None) -> Session:
        """A new session beside those that the user has."""
        number, now = next(self.numbers), self.clock.now()
        session = Session(self._string(uid, number), number, account, uid, now, now, group)
        self.live[session.value] = session
        return session

    def use(self, value: str) -> Session | None:
        """The session of this string; its deadline moves on."""
        self.sweep()
        session = self.live.get(value)
        if session is not None:
            session.used = self.clock.now()
        return session

    def replace(self, session: Session) -> Session:
        """The same session under another string; the old string is dead."""
        del self.live[session.value]
        session.number = next(self.numbers)
        session.value = self._string(session.uid, session.number)
        self.live[session.value] = session
        return session

    def end(self, session: Session) -> None:
        """Log out one."""
        self.live.pop(session.value, None)

    def end_all(self, account: str) -> int:
        """Log out every session of a user; how many there were."""
        found = self.of(account)
        for session in found:
            self.end(session)
        return len(found)

    def of(self, account: str) -> list[Session]:
        """The live sessions of a user, oldest first."""
        self.sweep()
        return [session for session in self.live.values() if session.account == account]

    def sweep(self) -> None:
        """Forget what was idle for too long."""
        deadline = self.clock.now() - self.idle_seconds()
        self.live = {value: session for value, session in self.live.items() if session.used > deadline}

    def told(self) -> list[dict[str, Any]]:
        """Every live session, without secrets."""
        self.sweep()
        now = self.clock.now()
        return [
            {
                "account": session.account,
                "session": fingerprint(session.value),
                "number": session.number,
                "group": session.group,
                "idle": now - session.used,
                "age": now - session.created,
            }
            for session in self.live.values()
        ]

    def _string(self, uid: int, number: int) -> str:
        value = f"{uid}-{number}-{secrets.token_hex(_HEX_BYTES)}"
        self.canaries.add(value, value.rpartition("-")[2])
        return value
