# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""How often a service may be asked: kept by all workers before the service has to say no (promise 4)."""

from __future__ import annotations

import time
import typing as t

from .errors import Failure
from .signals import allowed
from .warm import timestamp

if t.TYPE_CHECKING:
    from .stores.sealed import SealedStore


JOURNEY = 1.0  # seconds: the service counts when a call arrives, and not all travel equally fast


class Pace:
    """At most so many calls of one kind within so many seconds, whoever makes them.

    :param what: the calls, for messages and to tell them from others.
    :param limit: calls within `seconds`.
    :param say: shows a line to the user, before a wait that somebody would notice.
    """

    def __init__(
        self,
        store: SealedStore,
        origin: str,
        account: str,
        what: str,
        *,
        limit: int,
        seconds: float,
        clock: t.Callable[[], float] = time.time,
        sleep: t.Callable[[float], None] = time.sleep,
        say: t.Callable[[str], None] = lambda message: None,
    ) -> None:
        self._store = store
        self._note = ("pace", origin, account, what)
        self._what = what
        self._limit = limit
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._say = say

    def keep(self, max_wait: float) -> None:
        """Take one of the calls; wait until there is one.

        :param max_wait: seconds to wait at most.
        :raises Failure: `rate_limited`, with the time at which to come back, when it would take longer.
        """
        while True:
            pause = self._taken()
            if pause <= 0:
                return
            until = timestamp(self._clock() + pause + 1)
            limit = f"The service takes {self._limit} calls of {self._what} in {self._seconds:.0f} seconds"
            if pause > max_wait:
                raise Failure(
                    "rate_limited",
                    f"{limit}; the next one can be sent at {until}.",
                    retry_after=round(pause, 1),
                    hint="Nothing is sent before. Raise max_wait to wait longer.",
                )
            if pause > 2:
                self._say(f"{limit}; waiting until {until}.")
            max_wait -= pause
            with allowed():
                self._sleep(pause)

    def _taken(self) -> float:
        """Take a call that is free now. Seconds until there is one; 0 when it is taken."""
        with self._store.lock(self._store.note_key(*self._note)):
            now = self._clock()
            span = self._seconds + JOURNEY
            recent = [at for at in self._store.recall(*self._note).get("at", ()) if 0 <= now - at < span]
            if len(recent) >= self._limit:
                return float(recent[-self._limit]) + span - now
            self._store.remember({"at": [*recent, now]}, *self._note)
            return 0.0
