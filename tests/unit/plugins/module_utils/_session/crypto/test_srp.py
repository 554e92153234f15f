# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proton's SRP: every published and computed value, and everything that must be refused."""

from __future__ import annotations

import base64
import contextlib
import re
import sys
from typing import Any

import bcrypt
import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.crypto import srp
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from tests.unit.plugins.module_utils._session.crypto.vectors import MODULI, NEGATIVE, VECTORS, raw

EXCHANGES = [pytest.param(entry, id=entry["name"]) for entry in VECTORS["vectors"]]
HASHES = [
    pytest.param(entry, id=f"version-{entry['version']}")
    for entry in VECTORS["password_hashes"]
    if entry["version"] in srp.VERSIONS
]
VERIFIERS = [pytest.param(entry, id=entry["username"]) for entry in VECTORS["verifiers"]]
EPHEMERALS = [name for name in NEGATIVE if name.startswith("server-ephemeral")]
N = raw(MODULI["modulus-1"]["modulus_b64"])
GOOD = next(entry for entry in VECTORS["vectors"] if entry["name"] == "both-secrets-v4")


def prove(entry: dict[str, Any], **changes: Any) -> srp.Proof:
    values = {
        "password": entry["password"],
        "salt": raw(entry["salt_b64"]),
        "modulus": raw(entry["modulus_b64"]),
        "server_ephemeral": raw(entry["server_ephemeral_b64"]),
        "client_secret": raw(entry["client_secret_b64"]),
        **changes,
    }
    return srp.prove(**values)


def refused(kind: str, **changes: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        prove(GOOD, **changes)
    assert caught.value.kind == kind
    return caught.value


def test_there_is_something_to_check() -> None:
    assert (len(EXCHANGES), len(VERIFIERS), len(HASHES), len(EPHEMERALS)) == (9, 12, 2, 4)


@pytest.mark.parametrize("entry", EXCHANGES)
def test_the_client_proves_what_was_published(entry: dict[str, Any]) -> None:
    proof = prove(entry)
    assert proof.client_ephemeral == entry["client_ephemeral_b64"]
    assert proof.client_proof == entry["client_proof_b64"]


@pytest.mark.parametrize("entry", EXCHANGES)
def test_the_right_server_proof_is_accepted_and_any_other_refused(entry: dict[str, Any]) -> None:
    proof, right = prove(entry), raw(entry["expected_server_proof_b64"])
    proof.check_server(entry["expected_server_proof_b64"])
    for wrong in (right[:-1] + bytes((right[-1] ^ 1,)), bytes((right[0] ^ 128,)) + right[1:], right[:-1], b""):
        with pytest.raises(Failure, match="server proof") as caught:
            proof.check_server(base64.b64encode(wrong).decode("ascii"))
        assert caught.value.kind == "crypto"


@pytest.mark.parametrize("wrong", [None, 7, "", "not base64", "é", [], {}, "AAAA\n"])
def test_a_server_proof_of_another_type_is_refused(wrong: Any) -> None:
    with pytest.raises(Failure) as caught:
        prove(GOOD).check_server(wrong)
    assert caught.value.kind == "crypto"


@pytest.mark.parametrize("entry", EXCHANGES)
def test_the_password_is_hashed_as_published(entry: dict[str, Any]) -> None:
    x = srp.hash_password(entry["password"], raw(entry["salt_b64"]), raw(entry["modulus_b64"]))
    assert srp.pad(x) == raw(entry["hashed_password_x_b64"])


@pytest.mark.parametrize("entry", HASHES)
def test_the_hashes_of_versions_3_and_4_are_the_published_ones(entry: dict[str, Any]) -> None:
    x = srp.hash_password(entry["password"], raw(entry["salt_b64"]), bytes(srp.SIZE))
    assert srp.pad(x) == raw(entry["hashed_password_b64"])


@pytest.mark.parametrize("entry", VERIFIERS)
def test_the_verifier_is_the_published_one(entry: dict[str, Any]) -> None:
    modulus = raw(entry["modulus_b64"])
    x = srp.hash_password(entry["password"], raw(entry["salt_b64"]), modulus)
    assert srp.pad(pow(srp.GENERATOR, x, srp.number(modulus))) == raw(entry["verifier_b64"])


@pytest.mark.parametrize("entry", VECTORS["expand_hash"], ids=lambda entry: repr(entry["input_ascii"]))
def test_the_hash_is_the_published_one(entry: dict[str, Any]) -> None:
    assert srp.expand_hash(entry["input_ascii"].encode("ascii")).hex() == entry["output_hex"]


@pytest.mark.parametrize("entry", VECTORS["bcrypt"], ids=lambda entry: entry["bcrypt_salt"])
def test_the_bcrypt_inside_is_the_published_one(entry: dict[str, Any]) -> None:
    standard = bytes.maketrans(srp._BCRYPT64, srp._BASE64)
    salt = base64.b64decode(entry["bcrypt_salt"].encode("ascii").translate(standard) + b"==")
    x = srp.hash_password(entry["password"], salt, N)
    assert x == srp.number(srp.expand_hash(entry["hash"].encode("ascii") + N))


@pytest.mark.parametrize("name", EPHEMERALS)
def test_an_unsafe_server_ephemeral_is_refused(name: str) -> None:
    entry = NEGATIVE[name]
    modulus = raw(MODULI[entry["modulus_id"]]["modulus_b64"])
    refused("crypto", modulus=modulus, server_ephemeral=raw(entry["server_ephemeral_b64"]))


@pytest.mark.parametrize("value", [srp.number(N) + 1, (1 << 2048) - 1])
def test_a_server_ephemeral_above_the_modulus_is_refused(value: int) -> None:
    refused("crypto", modulus=N, server_ephemeral=srp.pad(value))


def test_the_smallest_and_largest_safe_server_ephemeral_are_accepted() -> None:
    for value in (2, srp.number(N) - 2):
        srp.check_group(N, srp.pad(value))


@pytest.mark.parametrize(
    "modulus",
    [bytes(256), b"\xff" * 256, srp.pad(srp.number(N) >> 1), srp.pad(srp.number(N) + 2), b"\x03" + bytes(255)],
    ids=["zero", "ones", "2047-bits", "wrong-residue", "three"],
)
def test_a_group_of_another_form_is_refused(modulus: bytes) -> None:
    refused("crypto", modulus=modulus, server_ephemeral=srp.pad(5))


def test_an_empty_password_is_refused_before_any_proof() -> None:
    assert "empty-password" in NEGATIVE
    refused("definition", password="")


@pytest.mark.parametrize("salt", [b"", b"123456789"])
def test_a_short_salt_is_refused(salt: bytes) -> None:
    assert "salt" in refused("crypto", salt=salt).message


def test_only_72_bytes_of_a_password_count() -> None:
    long = "é" * 36 + "abc"
    x = srp.hash_password(long, b"0123456789", N)
    assert x == srp.hash_password("é" * 36, b"0123456789", N)
    assert x != srp.hash_password("é" * 35, b"0123456789", N)


def test_a_character_cut_in_two_at_72_bytes_is_hashed_by_its_bytes() -> None:
    password = "a" * 71 + "é"
    assert srp.hash_password(password, b"0123456789", N) == srp.hash_password(password + "b", b"0123456789", N)


@pytest.mark.parametrize("password", ["Ünïcödé", " leading", "trailing ", "u\u0308"])
def test_a_password_is_neither_trimmed_nor_normalised(password: str) -> None:
    salt64 = base64.b64encode(b"0123456789proton").translate(bytes.maketrans(srp._BASE64, srp._BCRYPT64))[:22]
    hashed = bcrypt.hashpw(password.encode("utf-8"), b"$2y$10$" + salt64)
    expected = srp.number(srp.expand_hash(b"$2y$" + hashed[4:] + N))
    assert srp.hash_password(password, b"0123456789", N) == expected


@pytest.mark.parametrize("password", ["with\0nul", "lone surrogate \udcff"], ids=["nul", "surrogate"])
def test_an_odd_password_is_no_traceback(password: str) -> None:
    with contextlib.suppress(Failure):
        prove(GOOD, password=password)


def test_a_random_client_secret_has_its_top_bit_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(srp.number(srp._random_secret()).bit_length() == 256 for _time in range(64))
    monkeypatch.setattr(srp.os, "urandom", bytes)
    assert srp.number(srp._random_secret()) == 1 << 255


def test_two_exchanges_use_two_client_secrets() -> None:
    assert prove(GOOD, client_secret=None).client_ephemeral != prove(GOOD, client_secret=None).client_ephemeral


def test_a_missing_library_is_said_with_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    assert refused("unsupported").hint == f"Install it: {sys.executable} -m pip install bcrypt"


@pytest.mark.parametrize("wrong", [None, 7, "", "AAAA", "A" * 344, "é" * 344, base64.b64encode(bytes(257)).decode()])
def test_a_number_that_is_not_256_bytes_is_refused(wrong: Any) -> None:
    with pytest.raises(Failure, match="server ephemeral") as caught:
        srp.decoded(wrong, "server ephemeral")
    assert caught.value.kind == "crypto"


def test_a_proof_shows_no_secret() -> None:
    shown = repr(prove(GOOD))
    assert GOOD["client_proof_b64"] not in shown
    assert GOOD["expected_server_proof_b64"] not in shown
    assert not re.search(r"_expected|client_proof", shown)
