# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signed moduli, the genuine ones and those that a client must refuse (Proton protocol page, section 2.2)."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import struct
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VECTORS = Path(__file__).resolve().parents[3] / "vectors" / "proton_srp.json"
GENUINE_KEY_ID = bytes.fromhex("350585C4E9518F26")
_KEY_CREATED = 0x5C01CB83
_SIGNED_AT = 0x5C01D63D
_ED25519_OID = bytes.fromhex("092b06010401da470f01")
_ED25519_POINT_BITS = 263


@dataclass(frozen=True)
class Modulus:
    """One group: its number, and the clear-signed text that carries it."""

    identifier: str
    armored: str
    number: int


@functools.lru_cache(maxsize=1)
def moduli() -> dict[str, Modulus]:
    """The genuinely signed moduli by id."""
    entries = json.loads(VECTORS.read_text(encoding="utf-8"))["signed_moduli"]
    return {
        entry["id"]: Modulus(
            entry["id"], entry["armored"], int.from_bytes(base64.b64decode(entry["modulus_b64"]), "little")
        )
        for entry in entries
    }


def tampered(armored: str, variant: str = "text") -> str:
    """The message with the text changed, the signature changed, or something added at the end."""
    if variant == "trailing":
        return armored.rstrip("\n") + "\ntrailing data\n"
    lines = armored.splitlines()
    if variant == "signature":
        at = lines.index("-----BEGIN PGP SIGNATURE-----")
        first = next(i for i in range(at + 1, len(lines)) if not lines[i]) + 1
        lines[first + 1] = _flip(lines[first + 1], 10)
    elif variant == "text":
        lines[3] = _flip(lines[3], 40)
    else:
        raise ValueError(f"unknown variant {variant}")
    return "\n".join(lines) + "\n"


def _flip(line: str, at: int) -> str:
    return line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1 :]


def foreign(armored: str, *, forged_issuer: bool = False) -> str:
    """The same text, well signed by another key; with `forged_issuer` the signature claims the genuine key's id."""
    text = armored.splitlines()[3]
    key = _foreign_key()
    issuer = GENUINE_KEY_ID if forged_issuer else _key_id(key)
    hashed_area = b"\x05\x02" + struct.pack(">I", _SIGNED_AT) + b"\x09\x10" + issuer
    signed_part = bytes((4, 1, 22, 8)) + struct.pack(">H", len(hashed_area)) + hashed_area
    digest = hashlib.sha256(text.encode() + signed_part + b"\x04\xff" + struct.pack(">I", len(signed_part))).digest()
    signature = key.sign(digest)
    packet = signed_part + b"\x00\x00" + digest[:2] + _mpi(signature[:32]) + _mpi(signature[32:])
    return _clear_signed(text, bytes((0xC2, len(packet))) + packet)


@functools.lru_cache(maxsize=1)
def _foreign_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a key that signs no modulus").digest())


def foreign_public_key() -> bytes:
    """The raw public key of the foreign signatures."""
    return _foreign_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _key_id(key: Ed25519PrivateKey) -> bytes:
    point = b"\x40" + key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    body = b"\x04" + struct.pack(">I", _KEY_CREATED) + b"\x16" + _ED25519_OID
    body += struct.pack(">H", _ED25519_POINT_BITS) + point
    return hashlib.sha1(b"\x99" + struct.pack(">H", len(body)) + body, usedforsecurity=False).digest()[-8:]


def _mpi(number: bytes) -> bytes:
    stripped = number.lstrip(b"\x00")
    return struct.pack(">H", int.from_bytes(stripped, "big").bit_length()) + stripped


def _clear_signed(text: str, packet: bytes) -> str:
    body = base64.b64encode(packet).decode()
    lines = [body[start : start + 60] for start in range(0, len(body), 60)]
    return "\n".join(
        (
            "-----BEGIN PGP SIGNED MESSAGE-----",
            "Hash: SHA256",
            "",
            text,
            "-----BEGIN PGP SIGNATURE-----",
            "Version: ProtonMail",
            "Comment: https://protonmail.com",
            "",
            *lines,
            "=" + base64.b64encode(_crc24(packet)).decode(),
            "-----END PGP SIGNATURE-----",
            "",
        )
    )


def _crc24(data: bytes) -> bytes:
    value = 0xB704CE
    for byte in data:
        value ^= byte << 16
        for _number in range(8):
            value <<= 1
            if value & 0x1000000:
                value ^= 0x1864CFB
    return value.to_bytes(3, "big")
