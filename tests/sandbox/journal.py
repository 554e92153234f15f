# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: every request in the order of arrival, with no secret in it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from .clock import Clock
from .exchange import Call
from .redaction import Redaction

IN_PROGRESS = "in progress"


@dataclass
class Entry:
    """One request. `outcome` is what the client met, `work` what the service itself did."""

    sequence: int
    time: float
    started: float
    method: str
    path: str
    route: str
    scheme: str
    peer: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    ended: float | None = None
    status: int | None = None
    code: int | None = None
    outcome: str = IN_PROGRESS
    work: str = "not done"
    fault: str | None = None
    account: str | None = None
    fingerprints: dict[str, str] = field(default_factory=dict)


class Journal:
    """Opens an entry when a request has arrived and closes it before the reply leaves."""

    def __init__(self, clock: Clock, redaction: Redaction) -> None:
        self._clock = clock
        self._redaction = redaction
        self._entries: list[Entry] = []

    def open(self, call: Call, route: str) -> Entry:
        """Write down an arrived request."""
        redaction = self._redaction
        entry = Entry(
            sequence=len(self._entries) + 1,
            time=self._clock.now(),
            started=time.monotonic(),
            method=call.method,
            path=redaction.path(call),
            route=route,
            scheme=call.scheme,
            peer=call.peer,
            query=redaction.pairs(call.query),
            headers=redaction.header_values(call.headers),
            body=redaction.body(call),
        )
        self._entries.append(entry)
        return entry

    def close(self, entry: Entry, call: Call, *, status: int | None, code: int | None, outcome: str) -> None:
        """Write down how it ended."""
        entry.ended = time.monotonic()
        entry.status = status
        entry.code = code
        entry.outcome = outcome
        entry.account = call.account and self._redaction.canaries.scrub(call.account)
        entry.fingerprints = dict(call.notes)

    def entries(self, since: int = 0) -> list[dict[str, Any]]:
        """Every entry after that sequence number."""
        return [asdict(entry) for entry in self._entries[since:]]

    def clear(self) -> None:
        """Forget everything."""
        self._entries = []
