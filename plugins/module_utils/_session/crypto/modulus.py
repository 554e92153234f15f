# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The signed modulus of Proton's SRP: accepted only from one pinned OpenPGP key (Proton page, section 2.2)."""

from __future__ import annotations

import base64
import hashlib
import re
import typing as t

from ..errors import Failure
from ..libraries import need
from . import srp

FINGERPRINT = "248097092b458509c508dac0350585c4e9518f26"

KEY = """-----BEGIN PGP PUBLIC KEY BLOCK-----

xjMEXAHLgxYJKwYBBAHaRw8BAQdAFurWXXwjTemqjD7CXjXVyKf0of7n9Ctm
L8v9enkzggHNEnByb3RvbkBzcnAubW9kdWx1c8J3BBAWCgApBQJcAcuDBgsJ
BwgDAgkQNQWFxOlRjyYEFQgKAgMWAgECGQECGwMCHgEAAPGRAP9sauJsW12U
MnTQUZpsbJb53d0Wv55mZIIiJL2XulpWPQD/V6NglBd96lZKBmInSXX/kXat
Sv+y0io+LR8i2+jV+AbOOARcAcuDEgorBgEEAZdVAQUBAQdAeJHUz1c9+KfE
kSIgcBRE3WuXC4oj5a2/U3oASExGDW4DAQgHwmEEGBYIABMFAlwBy4MJEDUF
hcTpUY8mAhsMAAD/XQD8DxNI6E78meodQI+wLsrKLeHn32iLvUqJbVDhfWSU
WO4BAMcm1u02t4VKw++ttECPt+HUgPUq5pqQWe5Q2cW4TMsE
=Y4Mw
-----END PGP PUBLIC KEY BLOCK-----
"""

_FORM = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\r?\nHash: SHA256\r?\n\r?\n(?P<text>[A-Za-z0-9+/]{342}==)\r?\n"
    r"-----BEGIN PGP SIGNATURE-----\r?\n(?:(?:Version|Comment): [^\r\n]*\r?\n){0,8}\r?\n"
    r"(?P<signature>(?:[A-Za-z0-9+/=]+\r?\n)+)=[A-Za-z0-9+/]{4}\r?\n-----END PGP SIGNATURE-----(?:\r?\n)?"
)


def verified(message: t.Any) -> bytes:
    """The modulus inside a clear-signed message.

    :param message: what the service sent as `Modulus`.
    :returns: 256 bytes, little-endian.
    :raises Failure: `crypto` unless the whole message is one text with one valid signature by the pinned key.
    """
    found = _FORM.fullmatch(message) if isinstance(message, str) else None
    if found is None:
        raise _refused("it is not one signed line")
    pysequoia = need("pysequoia", "pysequoia", "the Proton provider")
    certificate = pysequoia.Cert.from_bytes(KEY.encode("ascii"))
    try:
        signature = pysequoia.Sig.from_bytes(_canonical(base64.b64decode(found["signature"]), found["text"]))
        result = pysequoia.verify(
            bytes=found["text"].encode("ascii"), store=lambda _key_ids: [certificate], signature=signature
        )
    except Exception as exc:
        raise _refused("the signature does not verify") from exc
    if not any(valid.signing_key == FINGERPRINT for valid in result.valid_sigs):
        raise _refused("the signature is not by the pinned key")
    return srp.decoded(found["text"], "modulus")


def _canonical(packet: bytes, text: str) -> bytes:
    """The signature packet with its two numbers in shortest form.

    The service pads them with zero bytes, about one in a hundred times, and Sequoia refuses that (RFC 9580, section
    3.2).
    Only the encoding changes: what is signed and the numbers themselves stay the same.

    :raises ValueError: when it is no packet of the expected form.
    """
    if len(packet) < 12 or packet[0] != 0xC2 or packet[1] != len(packet) - 2 or packet[2:6] != bytes((4, 1, 22, 8)):
        raise ValueError("not a version 4 text signature by EdDSA over SHA-256")
    body = packet[2:]
    hashed_end = 6 + int.from_bytes(body[4:6], "big")
    digest = hashlib.sha256(text.encode("ascii") + body[:hashed_end] + b"\x04\xff" + hashed_end.to_bytes(4, "big"))
    numbers = hashed_end + 2 + int.from_bytes(body[hashed_end : hashed_end + 2], "big") + 2
    if body[numbers - 2 : numbers] != digest.digest()[:2]:
        raise ValueError("another digest")
    canonical, position = body[:numbers], numbers
    for _number in ("r", "s"):
        size = (int.from_bytes(body[position : position + 2], "big") + 7) // 8
        value = int.from_bytes(body[position + 2 : position + 2 + size], "big")
        position += 2 + size
        canonical += value.bit_length().to_bytes(2, "big") + value.to_bytes((value.bit_length() + 7) // 8, "big")
    if position != len(body):
        raise ValueError("data after the signature")
    return bytes((0xC2, len(canonical))) + canonical


def _refused(why: str) -> Failure:
    return Failure(
        "crypto",
        f"The service's signed modulus was refused: {why}.",
        hint="Somebody may pose as the service. No proof of the password was sent.",
    )
