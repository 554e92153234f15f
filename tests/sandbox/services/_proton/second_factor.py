# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One-time codes: each is accepted once, one step early or late (Proton protocol page, section 3.3)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

import pyotp

from ...clock import Clock
from .accounts import Account

STEP_SECONDS = 30
WINDOW = (0, -1, 1)


@dataclass
class SecondFactor:
    """Checks codes and remembers the used ones."""

    clock: Clock
    used_steps: dict[str, set[int]] = field(default_factory=dict)
    used_recovery: set[str] = field(default_factory=set)

    def current(self, account: Account) -> str | None:
        """The code that the user's app shows now."""
        return None if account.totp_secret is None else self._code(account.totp_secret, self._step())

    def problem(self, account: Account, code: str, *, once: bool) -> str | None:
        """Why the code is refused; None when it is accepted, and then used up."""
        if code in account.recovery_codes:
            return self._recovery(code)
        if account.totp_secret is None:
            return "the account has no one-time codes"
        used = self.used_steps.setdefault(account.username, set())
        for step in (self._step() + offset for offset in WINDOW):
            if not hmac.compare_digest(self._code(account.totp_secret, step).encode(), code.encode()):
                continue
            if once and step in used:
                return "replayed one-time code"
            used.add(step)
            return None
        return "wrong one-time code"

    def _recovery(self, code: str) -> str | None:
        if code in self.used_recovery:
            return "used recovery code"
        self.used_recovery.add(code)
        return None

    def _step(self) -> int:
        return int(self.clock.now()) // STEP_SECONDS

    @staticmethod
    def _code(secret: str, step: int) -> str:
        return pyotp.TOTP(secret).at(step * STEP_SECONDS)
