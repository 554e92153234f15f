# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Human verification: captchas, and codes by e-mail and SMS (Proton protocol page, sections 3.9 and 3.10)."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from ...canaries import Canaries
from ...clock import Clock
from ...exchange import Refusal

TOKEN_HEADER = "x-pm-human-verification-token"
TYPE_HEADER = "x-pm-human-verification-token-type"
METHODS = ("captcha", "email", "sms")
LIFETIME = 3600


@dataclass(frozen=True)
class Sent:
    """A code on its way to somebody's mailbox or telephone."""

    type: str
    destination: str
    code: str


@dataclass(frozen=True)
class Captcha:
    """A captcha that was asked for, with the answer that a person would find."""

    token: str
    solution: str
    expires: float

    @property
    def value(self) -> str:
        """What goes in the header."""
        return f"{self.token}:{self.solution}"


@dataclass
class VerificationDesk:
    """Asks for verification and checks the answers."""

    clock: Clock
    canaries: Canaries
    sent: list[Sent] = field(default_factory=list)
    captchas: dict[str, Captcha] = field(default_factory=dict)

    def send(self, kind: str, destination: str) -> None:
        """Send a code."""
        self.sent.append(Sent(kind, destination, f"{secrets.randbelow(1_000_000):06d}"))

    def required(self, methods: list[str], base_url: str) -> Refusal:
        """The refusal that asks for verification."""
        solution = f"canary-captcha-{secrets.token_hex(8)}"
        captcha = Captcha(secrets.token_urlsafe(18), solution, self.clock.now() + LIFETIME)
        self.captchas[captcha.token] = captcha
        self.canaries.add(solution)
        details = {
            "HumanVerificationToken": captcha.token,
            "HumanVerificationMethods": methods,
            "Methods": methods,
            "Title": "Human Verification",
            "WebUrl": f"{base_url}/verify?methods={','.join(methods)}&token={captcha.token}",
            "ExpiresAt": int(captcha.expires),
        }
        return Refusal(422, 9001, "Human verification required", details=details)

    def check(self, kind: str, value: str, methods: list[str]) -> None:
        """Accept an answer once, or refuse it."""
        if kind not in methods:
            raise _invalid("method not offered")
        if kind == "captcha":
            token, _, solution = value.partition(":")
            captcha = self.captchas.get(token)
            if captcha is None or self.clock.now() >= captcha.expires or not solution:
                raise _invalid("unknown or bare captcha token")
            if solution != captcha.solution:
                raise _invalid("wrong captcha solution")
            del self.captchas[token]
            return
        destination, _, code = value.rpartition(":")
        found = next((item for item in self.sent if item == Sent(kind, destination, code)), None)
        if found is None:
            raise _invalid("wrong code")
        self.sent.remove(found)

    def told(self) -> dict[str, Any]:
        """What a person would read in the mailbox or off the page."""
        captchas = [{"token": c.token, "solution": c.solution, "value": c.value} for c in self.captchas.values()]
        return {"sent": [asdict(item) for item in self.sent], "captchas": captchas}


def _invalid(reason: str) -> Refusal:
    return Refusal(422, 12087, "Human verification token invalid", reason=reason)
