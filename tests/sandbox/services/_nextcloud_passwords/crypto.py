# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PWDv1r1 and CSEv1r1 (Nextcloud Passwords protocol page, sections 5 and 7), written apart from any client."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import nacl.exceptions
import nacl.pwhash.argon2id
import nacl.secret
import nacl.utils

CSE = "CSEv1r1"
NONE = "none"
PWD = "PWDv1r1"
_OPSLIMIT, _MEMLIMIT, _KEY_BYTES = 2, 67_108_864, 32
_PASSWORD_SALT, _HASH_KEY, _HASH_SALT = 256, 64, 16
_NONCE = 24


class Unreadable(ValueError):
    """A ciphertext that does not open with this key."""


@functools.lru_cache(maxsize=64)
def derived(secret: bytes, salt: bytes) -> bytes:
    """Argon2id; costs some 100 ms once."""
    return nacl.pwhash.argon2id.kdf(_KEY_BYTES, secret, salt, opslimit=_OPSLIMIT, memlimit=_MEMLIMIT)


def solution(password: str, salts: tuple[str, ...]) -> str:
    """Section 5: the solution of a challenge."""
    password_salt, key, salt = (bytes.fromhex(text) for text in salts)
    digest = hashlib.blake2b(password.encode() + password_salt, digest_size=64, key=key).digest()
    return derived(digest, salt).hex()


def made_salts(seed: str) -> tuple[str, str, str]:
    """Salts that are always the same for a seed."""
    raw = hashlib.shake_256(f"salts {seed}".encode()).digest(_PASSWORD_SALT + _HASH_KEY + _HASH_SALT)
    return (
        raw[:_PASSWORD_SALT].hex(),
        raw[_PASSWORD_SALT:-_HASH_SALT].hex(),
        raw[-_HASH_SALT:].hex(),
    )


@dataclass(frozen=True)
class Keychain:
    """Section 7.1: keys by their ids, and which of them writes."""

    keys: dict[str, str]
    current: str

    def sealed(self, master_password: str, salt: bytes, nonce: bytes) -> str:
        """The keychain as the server keeps it."""
        text = json.dumps({"keys": self.keys, "current": self.current}, separators=(",", ":"))
        box = nacl.secret.SecretBox(derived(master_password.encode(), salt))
        return (salt + bytes(box.encrypt(text.encode(), nonce))).hex()

    @classmethod
    def opened(cls, master_password: str, data: str) -> Keychain:
        """The other way round."""
        raw = bytes.fromhex(data)
        key = derived(master_password.encode(), raw[:_HASH_SALT])
        found: dict[str, Any] = json.loads(_opened(key, raw[_HASH_SALT:]))
        return cls(dict(found["keys"]), str(found["current"]))

    def encrypt(self, key_id: str, text: str) -> str:
        """Section 7.2: one field; what is empty stays empty."""
        if not text:
            return ""
        box = nacl.secret.SecretBox(bytes.fromhex(self.keys[key_id]))
        return bytes(box.encrypt(text.encode(), nacl.utils.random(_NONCE))).hex()

    def decrypt(self, key_id: str, text: str) -> str:
        """Section 7.2, the other way round."""
        if not text:
            return ""
        if key_id not in self.keys:
            raise Unreadable(f"no key {key_id}")
        try:
            return _opened(bytes.fromhex(self.keys[key_id]), bytes.fromhex(text)).decode()
        except (ValueError, nacl.exceptions.CryptoError) as error:
            raise Unreadable(str(error)) from None


def _opened(key: bytes, sealed: bytes) -> bytes:
    return bytes(nacl.secret.SecretBox(key).decrypt(sealed))
