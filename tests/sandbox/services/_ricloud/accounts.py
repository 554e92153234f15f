# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""API keys, and accounts at third parties. Every secret in here carries the word canary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ICLOUD, RELAY, MOCK = "icloud.account", "rirelay.instance", "mocks.mock"
CHILDREN = ("icloud.backup", "rirelay.source")
WEBHOOK_SECRET = "canary-webhook-secret-Pd40Qe"


@dataclass(frozen=True)
class SeededKey:
    """One API key as it is at the start."""

    name: str
    id: int
    token: str
    organisation: int = 1
    state: str = "active"
    may_write: bool = True

    def told(self) -> dict[str, Any]:
        """What the ready line tells tests about it."""
        return {"key_id": self.id, "token": self.token, "organisation": self.organisation, "state": self.state}


@dataclass(frozen=True)
class Account:
    """One login at a third party. Relay has no identifier and a pairing code instead of a password."""

    name: str
    type: str
    identifier: str | None = None
    password: str | None = None
    second_factor: bool = False

    def told(self) -> dict[str, Any]:
        """What the ready line tells tests about it."""
        told = {"type": self.type, "identifier": self.identifier, "password": self.password}
        return {name: value for name, value in told.items() if value is not None}


KEYS: dict[str, SeededKey] = {
    key.name: key
    for key in (
        SeededKey("main", 1, "canary-key-main-Hs62Wd"),
        SeededKey("second", 2, "canary-key-second-Bt07Ly"),
        SeededKey("reader", 3, "canary-key-reader-Mz95Ek", may_write=False),
        SeededKey("deactivated", 4, "canary-key-deactivated-Uf13Xp", state="deactivated"),
        SeededKey("blocked", 5, "canary-key-blocked-Cg48Jn", state="blocked"),
        SeededKey("expired", 6, "canary-key-expired-Ra81Vo", state="expired"),
        SeededKey("stranger", 7, "canary-key-stranger-Iw36Ts", organisation=2),
    )
}

ACCOUNTS: dict[str, Account] = {
    account.name: account
    for account in (
        Account("alice", ICLOUD, "alice@sandbox.test", "canary-alice-pass-ß-Kd92Fv"),
        Account("bob", ICLOUD, "bob@sandbox.test", "canary-bob-pass-Zo57Gc", second_factor=True),
        Account("carol", MOCK, "carol@sandbox.test", "canary-carol-pass-Ey20Mr"),
        Account("dave", RELAY),
    )
}


def all_secrets() -> Iterator[str]:
    """Every secret of the keys and accounts."""
    yield WEBHOOK_SECRET
    yield from (key.token for key in KEYS.values())
    yield from (account.password for account in ACCOUNTS.values() if account.password is not None)
