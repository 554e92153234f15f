# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Proton's variant of SRP-6a: 2048 bit, little-endian, bcrypt inside (Proton page, sections 2.1, 2.3 and 2.4)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import typing as t
from dataclasses import dataclass, field

from ..errors import Failure
from ..libraries import need

SIZE = 256  # bytes of every number on the wire
GENERATOR = 2
VERSIONS = (3, 4)

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BCRYPT64 = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def expand_hash(data: bytes) -> bytes:
    """H: four SHA-512 in a row, 256 bytes."""
    return b"".join(hashlib.sha512(data + bytes([index])).digest() for index in range(4))


def number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def pad(value: int) -> bytes:
    return value.to_bytes(SIZE, "little")


def decoded(text: t.Any, what: str) -> bytes:
    """256 bytes from the base64 that the service sent.

    :raises Failure: `crypto`.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raw = b""
    if len(raw) != SIZE:
        raise Failure("crypto", f"The service sent a {what} that is not {SIZE} bytes in base64.")
    return raw


def hash_password(password: str, salt: bytes, modulus: bytes) -> int:
    """x of versions 3 and 4 (section 2.3).

    :param password: the login password, as typed.
    :param salt: the account's raw salt, 10 bytes.
    :param modulus: N, 256 bytes little-endian.
    :raises Failure: `crypto` for a salt that is no salt, `unsupported` without the bcrypt library.
    """
    try:
        encoded = password.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise Failure("definition", "The password is not valid Unicode text.") from exc
    if not encoded:
        raise Failure("definition", "The password is empty.")
    bcrypt = need("bcrypt", "bcrypt", "the Proton provider")
    salt16 = (salt + b"proton")[:16]
    if len(salt16) != 16:
        raise Failure("crypto", "The service sent a salt shorter than 10 bytes.")
    salt64 = base64.b64encode(salt16).translate(bytes.maketrans(_BASE64, _BCRYPT64))[:22]
    hashed = bcrypt.hashpw(encoded[:72], b"$2y$10$" + salt64)
    return number(expand_hash(b"$2y$" + hashed[4:] + modulus))


def check_group(modulus: bytes, server_ephemeral: bytes) -> None:
    """Refuse a group or a server ephemeral that would give the password away (section 2.2, the cheap checks).

    :raises Failure: `crypto`.
    """
    n, b = number(modulus), number(server_ephemeral)
    if n.bit_length() != 8 * SIZE or n % 8 != 3:
        raise Failure("crypto", "The service sent a modulus that is not a 2048 bit safe prime of the agreed form.")
    if not 1 < b < n - 1:
        raise Failure("crypto", "The service sent a server ephemeral outside its bounds.")


@dataclass(frozen=True)
class Proof:
    """The client's half of an exchange.

    :param client_ephemeral: A, base64.
    :param client_proof: M1, base64.
    """

    client_ephemeral: str
    client_proof: str = field(repr=False)
    _expected: bytes = field(repr=False)

    def check_server(self, server_proof: t.Any) -> None:
        """Check M2, in constant time.

        :raises Failure: `crypto` when the service does not know the password's verifier.
        """
        try:
            raw = base64.b64decode(server_proof, validate=True)
        except (TypeError, ValueError, binascii.Error):
            raw = b""
        if not hmac.compare_digest(raw, self._expected):
            raise Failure(
                "crypto",
                "The service could not prove that it knows this account (wrong server proof).",
                hint="Somebody may pose as the service. Nothing was kept of this login.",
            )


def prove(
    password: str, salt: bytes, modulus: bytes, server_ephemeral: bytes, client_secret: bytes | None = None
) -> Proof:
    """The client's proof that it knows the password (section 2.4).

    :param client_secret: a, 32 or 256 bytes little-endian; random 256 bits with the top bit set when not given.
    :raises Failure: `crypto` when the service's numbers are refused.
    """
    check_group(modulus, server_ephemeral)
    n, b = number(modulus), number(server_ephemeral)
    k = number(expand_hash(pad(GENERATOR) + modulus)) % n
    if not 1 < k < n - 1:
        raise Failure("crypto", "The service sent a modulus with an unusable multiplier.")
    if client_secret is None:
        client_secret = _random_secret()
    a = number(client_secret)
    client_ephemeral = pow(GENERATOR, a, n)
    u = number(expand_hash(pad(client_ephemeral) + server_ephemeral))
    if u == 0:
        raise Failure("crypto", "The exchange came to a scrambling number of zero.")
    x = hash_password(password, salt, modulus)
    base = (b - k * pow(GENERATOR, x, n)) % n
    session_key = pad(pow(base, (a + u * x) % (n - 1), n))
    client_proof = expand_hash(pad(client_ephemeral) + server_ephemeral + session_key)
    return Proof(
        client_ephemeral=base64.b64encode(pad(client_ephemeral)).decode("ascii"),
        client_proof=base64.b64encode(client_proof).decode("ascii"),
        _expected=expand_hash(pad(client_ephemeral) + client_proof + session_key),
    )


def _random_secret() -> bytes:
    raw = bytearray(os.urandom(32))
    raw[-1] |= 0x80
    return bytes(raw)
