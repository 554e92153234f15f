# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate limits of routes, by user (Nextcloud Passwords protocol page, section 4.2)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...clock import Clock
from .errors import rate_limited


@dataclass
class Limits:
    """Remembers when which user called which route; a refused call does not count."""

    clock: Clock
    calls: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def check(self, route: str, username: str, limit: int, seconds: float) -> None:
        """Count this call, or refuse it."""
        now = self.clock.now()
        recent = [time for time in self.calls.get((route, username), []) if time > now - seconds]
        if len(recent) >= limit:
            raise rate_limited()
        self.calls[route, username] = [*recent, now]
