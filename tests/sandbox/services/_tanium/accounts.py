# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts. Every secret in here carries the word canary, so that leak tests can look for it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

EXCLUSIVE_GROUPS = {3: "auditors", 4: "operators"}


@dataclass(frozen=True)
class Account:
    """One user of the server. Without a password it can log in through SAML only, which no route here offers."""

    username: str
    uid: int
    password: str | None
    domain: str = ""
    totp_secret: str | None = None
    api_token: str | None = None
    may_use_tokens: bool = True
    local_admin: bool = False
    exclusive_groups: tuple[int, ...] = ()

    @property
    def directory(self) -> bool:
        """Whether its password is checked by a directory, which locks out."""
        return bool(self.domain)

    def secrets(self) -> Iterator[str]:
        """Every secret of the account."""
        for secret in (self.password, self.totp_secret, self.api_token):
            if secret is not None:
                yield secret
        if self.password is not None:
            yield encoded(self.password)

    def told(self) -> dict[str, Any]:
        """What the ready line tells tests about it."""
        told: dict[str, Any] = {"username": self.username, "uid": self.uid}
        optional = {
            "password": self.password,
            "domain": self.domain or None,
            "totp_secret": self.totp_secret,
            "api_token": self.api_token,
            "exclusive_groups": list(self.exclusive_groups) or None,
        }
        return told | {name: value for name, value in optional.items() if value is not None}


def encoded(text: str) -> str:
    """How `/auth` wants user names and passwords."""
    return base64.b64encode(text.encode()).decode()


ACCOUNTS: dict[str, Account] = {
    account.username: account
    for account in (
        Account("alice", 1, "canary-alice-pass-ü-Tq5Wn8", local_admin=True),
        Account("bob", 2, "canary-bob-pass-Lm24Zc", totp_secret="CANARYBOBTANIUM2CANARYBOBTANIUM2"),
        Account("carol", 3, "canary-carol-pass-Yd71Kp", domain="sandbox"),
        Account("dave", 4, "canary-dave-pass-Vh38Rs", may_use_tokens=False),
        Account("erin", 5, None, api_token="token-canary-erin-Jw60Fb"),
        Account("grace", 6, "canary-grace-pass-Nx19Gt", exclusive_groups=(3,)),
    )
}
