# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's SRP against the published vectors (Proton protocol page, section 2)."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.sandbox.services._proton import moduli, srp

VECTORS: dict[str, Any] = json.loads(moduli.VECTORS.read_text(encoding="utf-8"))
GENUINE_KEY = bytes.fromhex("16ead65d7c234de9aa8c3ec25e35d5c8a7f4a1fee7f42b662fcbfd7a79338201")


def integer(text: str) -> int:
    return int.from_bytes(base64.b64decode(text), "little")


@pytest.mark.parametrize("vector", VECTORS["expand_hash"], ids=lambda vector: vector["input_ascii"] or "empty")
def test_expand_hash(vector: dict[str, str]) -> None:
    assert srp.expand_hash(vector["input_ascii"].encode()).hex() == vector["output_hex"]


@pytest.mark.parametrize("vector", VECTORS["password_hashes"], ids=lambda vector: f"version{vector['version']}")
def test_password_hash(vector: dict[str, Any]) -> None:
    salt = base64.b64decode(vector["salt_b64"] or "")
    found = srp.password_hash(vector["version"], vector["username"] or "", vector["password"], salt)
    assert found.decode() == vector["bcrypt_hash"]
    modulus = 0 if vector["modulus"] == "256 zero bytes" else moduli.moduli()[vector["modulus"]].number
    expanded = srp.expand_hash(found + srp.pad(modulus))
    assert base64.b64encode(expanded).decode() == vector["hashed_password_b64"]


@pytest.mark.parametrize("vector", VECTORS["verifiers"], ids=lambda vector: vector["password"])
def test_verifier(vector: dict[str, str]) -> None:
    salt, modulus = base64.b64decode(vector["salt_b64"]), integer(vector["modulus_b64"])
    assert srp.verifier(4, "", vector["password"], salt, modulus) == integer(vector["verifier_b64"])


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_exchange(vector: dict[str, Any]) -> None:
    modulus, salt = integer(vector["modulus_b64"]), base64.b64decode(vector["salt_b64"])
    verifier = srp.verifier(vector["version"], "", vector["password"], salt, modulus)
    assert verifier == integer(vector["verifier_b64"])
    if not vector.get("server_secret_b64"):
        return
    ephemeral = integer(vector["server_ephemeral_b64"])
    challenge = srp.Challenge(modulus, verifier, integer(vector["server_secret_b64"]), ephemeral)
    client = (base64.b64decode(vector[name]) for name in ("client_ephemeral_b64", "client_proof_b64"))
    answer = challenge.answer(*client)
    assert answer is not None
    assert base64.b64encode(answer).decode() == vector["expected_server_proof_b64"]


def test_some_exchanges_show_the_server_secret() -> None:
    assert sum(bool(vector.get("server_secret_b64")) for vector in VECTORS["vectors"]) >= 3


@pytest.mark.parametrize("public", [0, 1, -1, -2])
def test_unsafe_client_ephemeral_is_refused(public: int) -> None:
    modulus = moduli.moduli()["modulus-1"].number
    challenge = srp.Challenge.new(modulus, 5)
    wanted = srp.pad(public if public >= 0 else modulus + public + 1)
    assert challenge.answer(wanted, b"") is None


def parts(armored: str) -> tuple[bytes, bytes]:
    """Take the text and the signature packet out of a clear-signed message."""
    lines = armored.splitlines()
    start = lines.index("", lines.index("-----BEGIN PGP SIGNATURE-----")) + 1
    body = [line for line in lines[start : lines.index("-----END PGP SIGNATURE-----")] if not line.startswith("=")]
    return lines[3].encode(), base64.b64decode("".join(body))


def check(armored: str, public_key: bytes) -> bytes:
    """Verify as section 2.2 says; the issuer's key id comes back."""
    text, packet = parts(armored)
    assert packet[0] == 0xC2
    assert packet[1] == len(packet) - 2
    signed = packet[2 : 2 + 22]
    digest = hashlib.sha256(text + signed + b"\x04\xff" + (22).to_bytes(4, "big")).digest()
    rest = packet[26:]
    assert rest[:2] == digest[:2]
    numbers, at = [], 2
    for _number in range(2):
        size = (int.from_bytes(rest[at : at + 2], "big") + 7) // 8
        numbers.append(rest[at + 2 : at + 2 + size].rjust(32, b"\x00"))
        at += 2 + size
    assert at == len(rest)
    Ed25519PublicKey.from_public_bytes(public_key).verify(b"".join(numbers), digest)
    return signed[14:22]


@pytest.mark.parametrize("modulus", moduli.moduli().values(), ids=lambda modulus: modulus.identifier)
def test_moduli_are_genuinely_signed(modulus: moduli.Modulus) -> None:
    assert check(modulus.armored, GENUINE_KEY) == moduli.GENUINE_KEY_ID
    assert modulus.number.bit_length() == 2048


@pytest.mark.parametrize("forged", [False, True])
def test_foreign_signature_is_good_but_not_by_the_genuine_key(forged: bool) -> None:
    text = moduli.foreign(moduli.moduli()["modulus-1"].armored, forged_issuer=forged)
    issuer = check(text, moduli.foreign_public_key())
    assert (issuer == moduli.GENUINE_KEY_ID) is forged
    with pytest.raises(InvalidSignature):
        check(text, GENUINE_KEY)


@pytest.mark.parametrize("variant", ["text", "signature"])
def test_tampered_modulus_fails(variant: str) -> None:
    text = moduli.tampered(moduli.moduli()["modulus-1"].armored, variant)
    with pytest.raises((InvalidSignature, AssertionError)):
        check(text, GENUINE_KEY)
