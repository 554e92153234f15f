# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes about a user: tokens, challenge, keychains, failed attempts, settings, objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .accounts import Account, Challenge, Sealed
from .crypto import CSE, Keychain
from .entries import Entries

APP_TOKEN, SECOND_TOKEN = "automation", "second device"


@dataclass
class User:
    """A user of the server. `tokens` has names by secrets; `generation` counts the changes of the challenge."""

    account: Account
    now: Callable[[], float]
    tokens: dict[str, str] = field(init=False)
    challenge: Challenge | None = field(init=False)
    keychains: dict[str, Sealed] = field(init=False)
    entries: Entries = field(init=False)
    generation: int = 0
    failures: int = 0
    last_step: int = 0
    used_backup: set[str] = field(default_factory=set)
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """As at the fresh start."""
        account = self.account
        self.tokens = {account.app_password: APP_TOKEN, account.second_app_password: SECOND_TOKEN}
        self.challenge = account.challenge()
        self.keychains = account.keychains()
        self.entries = Entries(self.now)

    @property
    def name(self) -> str:
        """The login name."""
        return self.account.username

    def keys(self) -> dict[str, str] | list[Any]:
        """The keychains as the API tells them: an empty array when there is none."""
        return {name: sealed.data for name, sealed in self.keychains.items()} or []

    def keychain(self) -> Keychain | None:
        """What is inside the client-side keychain, as far as the sandbox can know."""
        sealed = self.keychains.get(CSE)
        if sealed is None or sealed.inside is not None:
            return sealed.inside if sealed else None
        return Keychain.opened(self.account.master_password or "", sealed.given)
