# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The two things that libsodium does for the Passwords app (Nextcloud Passwords page, sections 5 and 7)."""

from __future__ import annotations

import os

from ..errors import Failure
from ..libraries import need

SALT = 16  # bytes
KEY = 32  # bytes
NONCE = 24  # bytes
MAC = 16  # bytes

_OPSLIMIT, _MEMLIMIT = 2, 64 * 1024 * 1024  # libsodium's INTERACTIVE
_PURPOSE = "A Nextcloud Passwords account with a master password"


class Unopened(ValueError):
    """A ciphertext that this key does not open; the text ends a sentence about it."""


class Box:
    """XSalsa20-Poly1305 under one key, with the nonce before the ciphertext.

    :param key: 32 bytes.
    :raises Failure: `unsupported` without the library.
    """

    def __init__(self, key: bytes) -> None:
        bindings = need("nacl.bindings", "PyNaCl", _PURPOSE)
        self._key = key
        # Without nacl.secret.SecretBox around it: a list of thousands of entries is opened field by field.
        self._open, self._seal = bindings.crypto_secretbox_open, bindings.crypto_secretbox
        self._error = need("nacl.exceptions", "PyNaCl", _PURPOSE).CryptoError

    def open(self, raw: bytes) -> bytes:
        """What `seal` sealed.

        :raises Unopened: when it was changed, is too short or was sealed with another key.
        """
        if len(raw) < NONCE + MAC:
            raise Unopened("it is too short")
        try:
            opened: bytes = self._open(raw[NONCE:], raw[:NONCE], self._key)
        except self._error as exc:
            raise Unopened("it was changed, or the key is not the one that it was encrypted with") from exc
        return opened

    def seal(self, plain: bytes, nonce: bytes | None = None) -> bytes:
        """Encrypt.

        :param nonce: 24 bytes, for tests only; random when not given.
        """
        nonce = os.urandom(NONCE) if nonce is None else nonce
        sealed: bytes = self._seal(plain, nonce, self._key)
        return nonce + sealed


def derived(secret: bytes, salt: bytes) -> bytes:
    """Argon2id: about 0.1 s and 64 MiB.

    :param salt: 16 bytes.
    :returns: 32 bytes.
    :raises Failure: `unsupported` without the library, `crypto` without the memory.
    """
    argon2id = need("nacl.pwhash.argon2id", "PyNaCl", _PURPOSE)
    failed = need("nacl.exceptions", "PyNaCl", _PURPOSE).RuntimeError
    try:
        key: bytes = argon2id.kdf(KEY, secret, salt, opslimit=_OPSLIMIT, memlimit=_MEMLIMIT)
    except (failed, MemoryError) as exc:
        raise Failure("crypto", "The master password cannot be worked on: that takes 64 MiB of memory.") from exc
    return key


def utf8(master_password: str) -> bytes:
    """A master password's bytes: as typed, nothing trimmed or normalised.

    :raises Failure: `definition` for what is no Unicode text.
    """
    try:
        return master_password.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise Failure("definition", "The master password is not valid Unicode text.") from exc
