# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may log in (Tanium protocol page, sections 3.1 and 7, and P12 of section 11)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

import pyotp

from ...clock import Clock
from .accounts import ACCOUNTS, Account

STEP_SECONDS = 30
_WINDOW = (0, -1, 1)


@dataclass(frozen=True)
class Credentials:
    """What a client sent to log in."""

    username: str
    password: str
    domain: str = ""
    secondary: str = ""
    group: str = ""


@dataclass
class LoginDesk:
    """Checks credentials. The directory counts wrong ones and locks the account; the server itself never does."""

    clock: Clock
    passwords: dict[str, str | None] = field(default_factory=lambda: {n: a.password for n, a in ACCOUNTS.items()})
    disabled: set[str] = field(default_factory=set)
    wrong: dict[str, int] = field(default_factory=dict)
    logins: dict[str, float] = field(default_factory=dict)
    used: dict[str, set[int]] = field(default_factory=dict)

    def check(self, given: Credentials, *, max_wrong: int, once: bool) -> tuple[Account | None, str]:
        """The account, or why there is none."""
        account = ACCOUNTS.get(given.username.lower())
        if account is None:
            return None, "unknown user"
        problem = self._problem(account, given, max_wrong=max_wrong, once=once)
        if problem:
            if account.directory:
                self.wrong[account.username] = self.wrong.get(account.username, 0) + 1
            return None, problem
        self.wrong.pop(account.username, None)
        self.logins[account.username] = self.clock.now()
        return account, ""

    def code(self, account: Account) -> str | None:
        """The one-time code of this moment."""
        return None if account.totp_secret is None else self._code(account.totp_secret, self._step())

    def locked(self, account: Account, max_wrong: int) -> bool:
        """Whether the directory has locked it out."""
        return bool(max_wrong) and self.wrong.get(account.username, 0) >= max_wrong

    def _problem(self, account: Account, given: Credentials, *, max_wrong: int, once: bool) -> str | None:
        if self.locked(account, max_wrong):
            return "locked out"
        if given.domain.lower() != account.domain:
            return "wrong domain"
        password = self.passwords[account.username]
        if password is None:
            return "no password: SAML only"
        if not hmac.compare_digest(password.encode(), given.password.encode()):
            return "wrong password"
        if account.username in self.disabled:
            return "disabled account"
        return self._code_problem(account, given.secondary, once=once)

    def _code_problem(self, account: Account, code: str, *, once: bool) -> str | None:
        if account.totp_secret is None:
            return None
        if not code:
            return "one-time code missing"
        used = self.used.setdefault(account.username, set())
        for step in (self._step() + offset for offset in _WINDOW):
            if not hmac.compare_digest(self._code(account.totp_secret, step).encode(), code.encode()):
                continue
            if once and step in used:
                return "replayed one-time code"
            used.add(step)
            return None
        return "wrong one-time code"

    def _step(self) -> int:
        return int(self.clock.now()) // STEP_SECONDS

    @staticmethod
    def _code(secret: str, step: int) -> str:
        return pyotp.TOTP(secret).at(step * STEP_SECONDS)
