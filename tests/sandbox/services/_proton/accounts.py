# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts. Every secret in here carries the word canary, so that leak tests can look for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

TWO_PASSWORDS = 2


@dataclass(frozen=True)
class Account:
    """One user of the service."""

    username: str
    password: str
    salt: bytes
    modulus_id: str
    version: int = 4
    totp_secret: str | None = None
    recovery_codes: tuple[str, ...] = ()
    security_key: bool = False
    mailbox_password: str | None = None
    disabled: bool = False
    sso: bool = False

    @property
    def email(self) -> str:
        """The address of the user."""
        return f"{self.username}@sandbox.test"

    @property
    def user_id(self) -> str:
        """A stable opaque id."""
        return hashlib.sha256(f"user {self.username}".encode()).hexdigest()[:40]

    @property
    def second_factor(self) -> bool:
        """Whether a login ends with a second factor pending."""
        return self.totp_secret is not None or self.security_key

    def secrets(self) -> Iterator[str]:
        """Every secret of the account."""
        yield self.password
        yield from self.recovery_codes
        for secret in (self.totp_secret, self.mailbox_password):
            if secret is not None:
                yield secret

    def told(self) -> dict[str, Any]:
        """What the ready line tells tests about it."""
        told: dict[str, Any] = {"username": self.username, "password": self.password, "email": self.email}
        if self.totp_secret is not None:
            told |= {"totp_secret": self.totp_secret, "recovery_codes": list(self.recovery_codes)}
        if self.mailbox_password is not None:
            told["mailbox_password"] = self.mailbox_password
        return told


ACCOUNTS: dict[str, Account] = {
    account.username: account
    for account in (
        Account("alice", "canary-alice-pass-Vq7Zd2", b"sandbox-al", "modulus-1"),
        Account(
            "bob",
            "canary-bob-pass-Kx93mT",
            b"sandbox-bo",
            "modulus-2",
            totp_secret="CANARYBOBTOTP234CANARYBOBTOTP234",
            recovery_codes=("canary-bob-recovery-1", "canary-bob-recovery-2"),
        ),
        Account("carol", "canary-carol-pass-Lw48sR", b"sandbox-ca", "modulus-3", version=3),
        Account("dave", "canary-dave-pass-Hn26yB", b"sandbox-da", "modulus-4", version=2),
        Account(
            "erin",
            "canary-erin-pass-Jc51vG",
            b"sandbox-er",
            "modulus-5",
            mailbox_password="canary-erin-mailbox-Tf07uE",
        ),
        Account("frank", "canary-frank-pass-Rm64oP", b"sandbox-fr", "modulus-6", disabled=True),
        Account("grace", "canary-grace-pass-Bz82iX", b"sandbox-gr", "modulus-1", sso=True),
        Account("heidi", "canary-heidi-pass-Ny35wA", b"sandbox-he", "modulus-2", security_key=True),
    )
}


def find(username: str) -> Account | None:
    """The account of a user name or address, in any case of letters."""
    return ACCOUNTS.get(username.strip().lower().removesuffix("@sandbox.test"))
