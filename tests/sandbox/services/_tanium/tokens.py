# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""API tokens (Tanium protocol page, section 3.3 and section 8, rule 14)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from ...canaries import Canaries, fingerprint
from ...clock import Clock
from .addresses import networks, trusts

PREFIX = "token-"
DAY = 86400


@dataclass(frozen=True)
class Token:
    """One API token; rotation makes another."""

    id: int
    value: str
    account: str
    notes: str
    days: int
    addresses: str
    created: float

    @property
    def expires(self) -> float:
        """When it is over."""
        return self.created + self.days * DAY

    def told(self) -> dict[str, Any]:
        """What reading tells: all but the string."""
        return {
            "id": self.id,
            "notes": self.notes,
            "expire_in_days": self.days,
            "expiration": date_time(self.expires),
            "created": date_time(self.created),
            "trusted_ip_addresses": self.addresses,
        }

    def shown(self) -> dict[str, Any]:
        """What creation and rotation tell."""
        return {**self.told(), "token_string": self.value}


@dataclass
class TokenShelf:
    """All tokens by their strings; expired ones stay until they are revoked."""

    clock: Clock
    canaries: Canaries
    kept: dict[str, Token] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def create(self, account: str, notes: str, days: int, addresses: str, value: str | None = None) -> Token:
        """A new token; ValueError when the addresses are none."""
        networks(addresses)
        string = value or PREFIX + self.canaries.mint()
        token = Token(next(self.ids), string, account, notes, days, addresses, self.clock.now())
        self.kept[token.value] = token
        return token

    def rotate(self, token: Token) -> Token:
        """Another id and string with the same life; the old string is dead in the same instant."""
        self.revoke(token)
        return self.create(token.account, token.notes, token.days, token.addresses)

    def revoke(self, token: Token) -> None:
        """Gone for good."""
        self.kept.pop(token.value, None)

    def trust(self, account: str, addresses: str) -> int:
        """Other addresses for all tokens of a user; how many there are."""
        networks(addresses)
        changed = [replace(token, addresses=addresses) for token in self.of(account)]
        self.kept.update({token.value: token for token in changed})
        return len(changed)

    def problem(self, value: str, peer: str) -> str | None:
        """Why this string is refused from that address; None when it is good."""
        token = self.kept.get(value)
        if token is None:
            return "unknown token"
        if self.clock.now() >= token.expires:
            return "expired token"
        return None if trusts(networks(token.addresses), peer) else "address not trusted"

    def of(self, account: str) -> list[Token]:
        """The tokens of a user, oldest first."""
        return [token for token in self.kept.values() if token.account == account]

    def get(self, account: str, identifier: Any) -> Token | None:
        """A token of a user by its id."""
        return next((token for token in self.of(account) if str(token.id) == str(identifier)), None)

    def told(self) -> list[dict[str, Any]]:
        """Every token, without secrets."""
        return [
            {"account": token.account, **token.told(), "token": fingerprint(token.value)}
            for token in self.kept.values()
        ]


def date_time(seconds: float) -> str:
    """Section 2."""
    return datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
