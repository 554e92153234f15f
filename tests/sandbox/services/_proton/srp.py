# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side of SRP (Proton protocol page, sections 2.1, 2.3 and 2.4), written apart from any client."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import secrets
from dataclasses import dataclass

import bcrypt

WIDTH = 256
GENERATOR = 2
_COST = b"$2y$10$"
_BCRYPT_ALPHABET = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BASE64_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_BCRYPT = bytes.maketrans(_BASE64_ALPHABET, _BCRYPT_ALPHABET)
_PASSWORD_BYTES = 72


def expand_hash(data: bytes) -> bytes:
    """Section 2.1: four SHA-512 digests in a row."""
    return b"".join(hashlib.sha512(data + bytes((i,))).digest() for i in range(4))


def pad(number: int) -> bytes:
    """256 little-endian bytes."""
    return number.to_bytes(WIDTH, "little")


def number(data: bytes) -> int:
    """A little-endian integer."""
    return int.from_bytes(data, "little")


def password_exponent(version: int, username: str, password: str, salt: bytes, modulus: int) -> int:
    """Section 2.3: the private exponent x."""
    return number(expand_hash(password_hash(version, username, password, salt) + pad(modulus)))


def password_hash(version: int, username: str, password: str, salt: bytes) -> bytes:
    """Section 2.3: the 60 characters of bcrypt, of any version from 0 to 4."""
    if version in (3, 4):
        text = base64.b64encode((salt + b"proton")[:16]).translate(_TO_BCRYPT)[:22]
        return _bcrypt(password.encode(), text)
    if version not in (0, 1, 2):
        raise ValueError(f"no such version: {version}")
    name = username.lower()
    if version == 2:
        name = name.translate(str.maketrans("", "", "-._"))
    text = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:22].encode()
    if version == 0:
        digest = hashlib.sha512((name + password).encode()).digest()
        return _bcrypt(base64.b64encode(digest), text)
    return _bcrypt(password.encode(), text)


def _bcrypt(password: bytes, salt_text: bytes) -> bytes:
    last = _BCRYPT_ALPHABET.index(salt_text[21:22]) & 0x30
    canonical = salt_text[:21] + _BCRYPT_ALPHABET[last : last + 1]
    return bcrypt.hashpw(password[:_PASSWORD_BYTES], _COST + canonical)


@functools.lru_cache(maxsize=256)
def verifier(version: int, username: str, password: str, salt: bytes, modulus: int) -> int:
    """v = g^x mod N; costs some 70 ms once."""
    return pow(GENERATOR, password_exponent(version, username, password, salt, modulus), modulus)


@functools.lru_cache(maxsize=32)
def multiplier(modulus: int) -> int:
    """k = H( pad(g) | pad(N) ) mod N."""
    return number(expand_hash(pad(GENERATOR) + pad(modulus))) % modulus


@dataclass(frozen=True)
class Challenge:
    """The server's half of one exchange."""

    modulus: int
    verifier: int
    secret: int
    ephemeral: int

    @classmethod
    def new(cls, modulus: int, verifier_number: int) -> Challenge:
        """A fresh b and B."""
        while True:
            secret = secrets.randbits(256) | 1 << 255
            ephemeral = (multiplier(modulus) * verifier_number + pow(GENERATOR, secret, modulus)) % modulus
            if 1 < ephemeral < modulus - 1:
                return cls(modulus, verifier_number, secret, ephemeral)

    def answer(self, client_ephemeral: bytes, client_proof: bytes) -> bytes | None:
        """The server proof; None when the client has not proved that it knows the password."""
        if len(client_ephemeral) != WIDTH:
            return None
        public = number(client_ephemeral)
        if not 1 < public < self.modulus - 1:
            return None
        scrambling = number(expand_hash(pad(public) + pad(self.ephemeral)))
        if scrambling == 0:
            return None
        shared = pow(public * pow(self.verifier, scrambling, self.modulus), self.secret, self.modulus)
        expected = expand_hash(pad(public) + pad(self.ephemeral) + pad(shared))
        if not hmac.compare_digest(expected, client_proof):
            return None
        return expand_hash(pad(public) + expected + pad(shared))
