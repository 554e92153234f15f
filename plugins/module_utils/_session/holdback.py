# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""When a service asked to come back later: one answer that all workers obey (promise 4)."""

from __future__ import annotations

import random
import time
import typing as t

from .errors import Failure
from .signals import allowed
from .warm import timestamp

if t.TYPE_CHECKING:
    from .stores.sealed import SealedStore

FARTHEST = 86400.0  # seconds; a service that says more than a day has made a mistake
LONGEST_PAUSE = 60.0  # seconds, when the service does not say how long
MEMORY = 300.0  # seconds after which an earlier refusal no longer makes the next pause longer


class Holdback:
    """The time before which an origin does not want to hear from us.

    :param say: shows a line to the user, before a wait that somebody would notice.
    """

    def __init__(
        self,
        store: SealedStore,
        origin: str,
        clock: t.Callable[[], float] = time.time,
        sleep: t.Callable[[float], None] = time.sleep,
        say: t.Callable[[str], None] = lambda message: None,
    ) -> None:
        self._store = store
        self._note = ("hold", origin)
        self._origin = origin
        self._clock = clock
        self._sleep = sleep
        self._say = say

    def wait(self, left: float) -> float:
        """Wait until the service may be asked.

        :param left: seconds that may be spent on it.
        :returns: the seconds that are left then.
        :raises Failure: `rate_limited` (after 429) or `not_available` (after 503) when it would take longer, with the
            time at which to come back.
        """
        while True:  # somebody who came back earlier may have been refused once more
            held = self._held()
            until = float(held.get("until", 0.0))
            pause = until - self._clock()
            if pause <= 0:
                return left
            status = held.get("status")
            asked = f"{self._origin} asked to come back at {timestamp(until + 1)} (HTTP {status})"
            if pause > left:
                raise Failure(
                    "rate_limited" if status == 429 else "not_available",
                    f"{asked}.",
                    http_code=status,
                    retry_after=round(pause, 1),
                    hint="Nothing is sent before. Raise max_wait to wait longer.",
                )
            if pause > 2:
                self._say(f"{asked}; waiting {pause:.0f} seconds.")
            # A little more for each worker: they must not all come back in the same moment.
            pause += random.uniform(0, min(1.0, pause / 10))  # noqa: S311 (jitter, not a secret)
            with allowed():
                self._sleep(pause)
            left -= pause

    def bearable(self, left: float) -> bool:
        """Whether `wait` would wait, and not raise."""
        return float(self._held().get("until", 0.0)) - self._clock() <= left

    def begin(self, status: int, retry_after: float | None) -> None:
        """Remember that the service refused.

        :param status: 429 or 503.
        :param retry_after: seconds that it asked for; None for a pause that doubles each time, with jitter.
        """
        with self._store.lock(self._store.note_key(*self._note)):
            held, now = self._held(), self._clock()
            count = held.get("count", 0) if now - float(held.get("until", 0.0)) < MEMORY else 0
            if retry_after is None:
                retry_after = min(2.0 ** min(count + 1, 10), LONGEST_PAUSE) * random.uniform(0.5, 1.0)  # noqa: S311
            retry_after = min(retry_after, FARTHEST)
            until = max(now + retry_after, float(held.get("until", 0.0)) if count else 0.0)
            self._store.remember({"until": until, "since": now, "status": status, "count": count + 1}, *self._note)

    def _held(self) -> dict[str, t.Any]:
        """The last refusal; nothing when the clock was set back since then, and its times mean nothing now."""
        held = self._store.recall(*self._note)
        return {} if self._clock() < float(held.get("since", 0.0)) - 1 else held
