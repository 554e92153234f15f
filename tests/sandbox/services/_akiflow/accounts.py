# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts. There is no password: who reads the mail, signs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DOMAIN = "sandbox.test"


@dataclass(frozen=True)
class Account:
    """One user of the service."""

    username: str
    number: int
    refused: bool = False
    tasks: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        """The address of the user."""
        return f"{self.username}@{DOMAIN}"

    def told(self) -> dict[str, Any]:
        """What the ready line tells tests about it."""
        return {"username": self.username, "email": self.email, "id": self.number}


ACCOUNTS: dict[str, Account] = {
    account.username: account
    for account in (
        Account("alice", 4101, tasks=("Water the plants",)),
        Account("bob", 4102, tasks=("Pay the rent", "Call the dentist", "Buy bread"), labels=("Home", "Work")),
        Account("carol", 4103, refused=True),
    )
}


def find(email: str) -> Account | None:
    """The account of an address, in any case of letters."""
    return next((account for account in ACCOUNTS.values() if account.email == email.strip().lower()), None)
