# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services behind the API: passwords, second factors, pairing codes (ricloud protocol page, 3.4 and 3.5)."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any

from ...clock import Clock
from .accounts import ACCOUNTS, RELAY, Account
from .settings import RicloudSettings

CODE_REQUIRED, CODE_INVALID = "code-required", "code-invalid"


@dataclass
class ThirdParty:
    """Answers a login with the error that the session fails with, or None. Each code is good for one time."""

    clock: Clock
    passwords: dict[str, str | None] = field(default_factory=lambda: {n: a.password for n, a in ACCOUNTS.items()})
    asking: set[str] = field(default_factory=lambda: {n for n, a in ACCOUNTS.items() if a.second_factor})
    locked: set[str] = field(default_factory=set)
    logins: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    codes: dict[str, tuple[str, float]] = field(default_factory=dict)
    pairing: dict[str, str] = field(
        default_factory=lambda: {n: _code() for n, a in ACCOUNTS.items() if a.type == RELAY}
    )

    def log_in(
        self, kind: str, identifier: str | None, payload: dict[str, Any], settings: RicloudSettings
    ) -> str | None:
        """One login; what was wrong with it."""
        if kind == RELAY:
            return self._pair(str(payload.get("code", "")))
        account = _account(kind, identifier)
        if account is None:
            return settings.refused_error
        name = account.name
        self.logins[name] = self.logins.get(name, 0) + 1
        if name in self.locked:
            return settings.locked_error
        if not _same(self.passwords[name] or "", str(payload["password"])):
            self.wrong[name] = self.wrong.get(name, 0) + 1
            if 0 < settings.max_wrong_passwords <= self.wrong[name]:
                self.locked.add(name)
            return settings.refused_error
        self.wrong.pop(name, None)
        return self._code_problem(name, payload.get("code"), settings.code_seconds) if name in self.asking else None

    def _code_problem(self, name: str, code: Any, seconds: float) -> str | None:
        if code is None:
            self.sent[name] = self.sent.get(name, 0) + 1
            self.codes[name] = (_code(), self.clock.now() + seconds)
            return CODE_REQUIRED
        right, until = self.codes.get(name, ("", 0.0))
        if not right or self.clock.now() >= until or not _same(right, str(code)):
            return CODE_REQUIRED
        del self.codes[name]
        return None

    def _pair(self, code: str) -> str | None:
        for name, right in self.pairing.items():
            if _same(right, code):
                self.pairing[name] = _code()
                return None
        return CODE_INVALID


def _account(kind: str, identifier: str | None) -> Account | None:
    known = (account for account in ACCOUNTS.values() if account.type == kind)
    return next((account for account in known if account.identifier == (identifier or "").lower()), None)


def _same(right: str, given: str) -> bool:
    return hmac.compare_digest(right.encode(), given.encode())


def _code() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"
