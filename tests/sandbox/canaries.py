# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every secret that was ever in play, so that leak tests can look for them in what clients print and store."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable

TOKEN_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
TOKEN_LENGTH = 32
MASK = "********"

_TOKEN = re.compile(r"[a-z2-7]{32,}")


def fingerprint(text: str) -> str:
    """Tell two secrets apart without showing them: the first 12 hex digits of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Canaries:
    """Mints random tokens, and remembers them and all other secrets."""

    def __init__(self) -> None:
        self._fixed: dict[str, None] = {}
        self._tokens: dict[str, None] = {}
        self._identifiers: dict[str, None] = {}

    def mint(self) -> str:
        """A new secret token: 32 characters of lower-case base32."""
        token = self._random()
        self._tokens[token] = None
        return token

    def mint_identifier(self) -> str:
        """A new identifier of the same shape; it is hidden in the journal, but is not counted as a secret."""
        identifier = self._random()
        self._identifiers[identifier] = None
        return identifier

    def add(self, *texts: str) -> None:
        """Remember secrets that were chosen elsewhere: passwords, payloads, cookies."""
        self._fixed.update(dict.fromkeys(text for text in texts if text))

    def secrets(self) -> list[str]:
        """Every secret ever in play."""
        return [*self._fixed, *self._tokens]

    def identifiers(self) -> list[str]:
        """Every identifier ever minted."""
        return list(self._identifiers)

    def scrub(self, text: str) -> str:
        """The text with every secret and identifier in it masked."""
        for secret in self._fixed:
            if secret in text:
                text = text.replace(secret, MASK)
        return _TOKEN.sub(self._mask_run, text)

    def _mask_run(self, match: re.Match[str]) -> str:
        run = match.group()
        starts = range(len(run) - TOKEN_LENGTH + 1)
        windows: Iterable[str] = (run[start : start + TOKEN_LENGTH] for start in starts)
        known = any(window in self._tokens or window in self._identifiers for window in windows)
        return MASK if known else run

    @staticmethod
    def _random() -> str:
        return "".join(secrets.choice(TOKEN_ALPHABET) for _number in range(TOKEN_LENGTH))
