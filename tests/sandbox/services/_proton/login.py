# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Started SRP exchanges, and the count of wrong passwords (Proton protocol page, section 5.1, rules 4 and 5)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any

from ...clock import Clock
from ...exchange import Refusal
from .accounts import Account
from .moduli import Modulus, moduli
from .srp import Challenge, pad, verifier

SALT_BYTES = 10


@dataclass(frozen=True)
class Started:
    """One started exchange, waiting for the client's proof."""

    identifier: str
    username: str
    account: Account | None
    version: int
    salt: bytes
    modulus: Modulus
    challenge: Challenge
    expires: float
    scope: str

    def reply(self) -> dict[str, Any]:
        """The body of section 3.1."""
        return {
            "Code": 1000,
            "Modulus": self.modulus.armored,
            "ServerEphemeral": base64.b64encode(pad(self.challenge.ephemeral)).decode(),
            "Version": self.version,
            "Salt": base64.b64encode(self.salt).decode(),
            "SRPSession": self.identifier,
        }


@dataclass
class LoginDesk:
    """Starts exchanges and finishes each at most once."""

    clock: Clock
    seed: bytes
    started: dict[str, Started] = field(default_factory=dict)

    def start(self, username: str, account: Account | None, ttl: float, scope: str = "") -> Started:
        """A fresh exchange; a user that does not exist gets stable values that lead nowhere."""
        if account is None:
            modulus, version, salt, number = self._nobody(username)
        else:
            modulus, version, salt = moduli()[account.modulus_id], account.version, account.salt
            number = verifier(version, account.username, account.password, salt, modulus.number)
        found = Started(
            identifier=secrets.token_hex(16),
            username=username,
            account=account,
            version=version,
            salt=salt,
            modulus=modulus,
            challenge=Challenge.new(modulus.number, number),
            expires=self.clock.now() + ttl,
            scope=scope,
        )
        self.started[found.identifier] = found
        return found

    def finish(self, identifier: str, ephemeral: str, proof: str) -> tuple[Started, str]:
        """Consume the exchange, whatever comes of it; its server proof in base64 when the client's is right."""
        found = self.started.pop(identifier, None)
        if found is None:
            raise wrong_password("unknown or used SRP session")
        if self.clock.now() >= found.expires:
            raise wrong_password("expired SRP session")
        answer = found.challenge.answer(_decode(ephemeral), _decode(proof))
        if answer is None or found.account is None:
            raise wrong_password("wrong client proof")
        return found, base64.b64encode(answer).decode()

    def _nobody(self, username: str) -> tuple[Modulus, int, bytes, int]:
        material = hmac.new(self.seed, username.encode(), hashlib.sha512).digest()
        modulus = moduli()[sorted(moduli())[material[0] % len(moduli())]]
        return modulus, 4, material[1 : 1 + SALT_BYTES], pow(2, int.from_bytes(material[16:], "little"), modulus.number)


def wrong_password(reason: str) -> Refusal:
    """The one answer to every failed proof."""
    return Refusal(422, 8002, "Incorrect login credentials. Please try again", reason=reason)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


@dataclass
class Attempts:
    """Wrong passwords by account; too many close it for a while."""

    clock: Clock
    wrong: dict[str, int] = field(default_factory=dict)
    closed_until: dict[str, float] = field(default_factory=dict)

    def check(self, username: str) -> None:
        """Refuse while the account is closed."""
        left = self.closed_until.get(username.lower(), 0) - self.clock.now()
        if left > 0:
            error = "Too many recent logins. Please try again later"
            retry_after = (("Retry-After", str(int(left) + 1)),)
            raise Refusal(429, 2028, error, reason="too many wrong passwords", headers=retry_after)

    def failed(self, username: str, limit: int, lockout: float) -> None:
        """Count one wrong password."""
        name = username.lower()
        self.wrong[name] = self.wrong.get(name, 0) + 1
        if self.wrong[name] >= limit:
            self.closed_until[name] = self.clock.now() + lockout
            self.wrong[name] = 0

    def succeeded(self, username: str) -> None:
        """Start counting anew."""
        self.wrong.pop(username.lower(), None)
