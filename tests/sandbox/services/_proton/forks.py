# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forks: selectors that are waiting for a parent or for a child (Proton protocol page, section 3.11)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from ...canaries import Canaries
from ...clock import Clock


@dataclass(frozen=True)
class Fork:
    """One selector. It is ready as soon as it has a parent."""

    selector: str
    expires: float
    user_code: str | None = None
    parent: str | None = None
    username: str | None = None
    scopes: tuple[str, ...] = ()
    child_client_id: str = ""
    independent: bool = False
    payload: Any = None


@dataclass
class ForkDesk:
    """Gives out selectors and redeems each once."""

    clock: Clock
    canaries: Canaries
    open: dict[str, Fork] = field(default_factory=dict)

    def ask(self, ttl: float) -> Fork:
        """A child without a parent asks for a code to show to its user."""
        code = str(secrets.randbelow(90_000_000) + 10_000_000)
        return self._put(Fork(self.canaries.mint(), self.clock.now() + ttl, user_code=code))

    def pending(self, user_code: str) -> Fork | None:
        """The fork that waits for a parent under that code."""
        now = self.clock.now()
        for fork in self.open.values():
            if fork.user_code == user_code and fork.parent is None and now < fork.expires:
                return fork
        return None

    def offer(self, ttl: float) -> Fork:
        """A selector for a child yet to come."""
        return Fork(self.canaries.mint(), self.clock.now() + ttl)

    def ready(self, fork: Fork, **given: Any) -> Fork:
        """The parent has spoken."""
        return self._put(replace(fork, **given))

    def look(self, selector: str) -> Fork | None:
        """The open fork of a selector."""
        fork = self.open.get(selector)
        return fork if fork is not None and self.clock.now() < fork.expires else None

    def redeem(self, fork: Fork) -> None:
        """Used once, gone for ever."""
        del self.open[fork.selector]

    def waiting(self, parent: str) -> int:
        """How many selectors of a parent wait for their child."""
        now = self.clock.now()
        return sum(fork.parent == parent and now < fork.expires for fork in self.open.values())

    def _put(self, fork: Fork) -> Fork:
        self.open[fork.selector] = fork
        return fork
