# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Secrets that a service refused, remembered so that they are sent once (promise 4)."""

from __future__ import annotations

import time
import typing as t

from .errors import Failure
from .warm import timestamp

if t.TYPE_CHECKING:
    from .stores.sealed import SealedStore

WINDOW = 900.0  # seconds


class Rejections:
    """The refused secrets of one account, as keyed digests.

    :param window: seconds after which a refused secret may be tried again.
    :param attempts: how many refused secrets make the service lock the account, whatever the time between them.
    """

    def __init__(
        self,
        store: SealedStore,
        origin: str,
        account: str,
        window: float = WINDOW,
        clock: t.Callable[[], float] = time.time,
        attempts: int | None = None,
    ) -> None:
        self._store = store
        self._note = ("rejected", origin, account)
        self._count = ("attempts", origin, account)
        self._attempts = attempts
        self._account = account
        self._window = window
        self._clock = clock

    def check(self, given: t.Mapping[str, str]) -> None:
        """Refuse a secret that the service has refused.

        :param given: secrets by option.
        :raises Failure: `credentials_rejected`, with what the service said, when, and until when it is not sent again.
        """
        known = self._store.recall(*self._note)
        for option, value in given.items():
            found = known.get(self._digest(option, value))
            if found is None or not found["at"] <= self._clock() < found["at"] + self._window:
                continue
            until = timestamp(found["at"] + self._window)
            raise Failure(
                "credentials_rejected",
                f"{found['why']} That was at {timestamp(found['at'])}; this {option} is not sent again before {until}.",
                http_code=found.get("http_code"),
                api_code=found.get("api_code"),
                retry_after=round(found["at"] + self._window - self._clock(), 1),
                hint=f"Give another {option}. If it is the right one after all, set force: true once.",
            )
        if self._attempts is not None and self._store.recall(*self._count).get("failed", 0) >= self._attempts - 1:
            raise Failure(
                "credentials_rejected",
                f"The service has refused {self._attempts - 1} attempts to sign in as {self._account!r}; "
                "with the next one it would lock the account out.",
                hint="Sign in elsewhere to see which secret is right. Then set force: true once.",
            )

    def add(self, given: t.Mapping[str, str], failure: Failure) -> None:
        """Remember secrets that the service refused with `failure`; forget those whose window is over."""
        now = self._clock()
        said = {"why": failure.message, "http_code": failure.http_code, "api_code": failure.api_code}
        fact = {"at": now, "window": self._window, **said}
        with self._store.lock(self._store.note_key(*self._note)):
            known = self._store.recall(*self._note)
            # Another definition of the account may remember for longer than this one.
            kept = {digest: old for digest, old in known.items() if now < old["at"] + old.get("window", self._window)}
            added = {self._digest(option, value): fact for option, value in given.items()}
            self._store.remember({**kept, **added}, *self._note)
        if self._attempts is not None:
            with self._store.lock(self._store.note_key(*self._count)):
                failed = self._store.recall(*self._count).get("failed", 0)
                self._store.remember({"failed": failed + 1}, *self._count)

    def clear(self) -> None:
        """Forget them all: the service has taken what was given."""
        for note in (self._note, self._count):
            if self._store.recall(*note):
                with self._store.lock(self._store.note_key(*note)):
                    self._store.forget(*note)

    def _digest(self, option: str, value: str) -> str:
        return self._store.key.digest("rejected", *self._note, option, value)
