# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signed modulus: only one pinned key may sign it, and not a byte of it may differ."""

from __future__ import annotations

import base64
import subprocess
import sys
from typing import Any

import pysequoia
import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.crypto import modulus
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from tests.sandbox.services._proton import moduli as sandbox_moduli
from tests.unit.plugins.module_utils._session.crypto.vectors import MODULI, NEGATIVE, raw

GENUINE: str = MODULI["modulus-1"]["armored"] + "\n"
TEXT_AT = GENUINE.index("\n\n") + 2
TEXT = GENUINE[TEXT_AT : TEXT_AT + 344]
BIT_COUNTS = (29, 63)  # the low bytes of the lengths of r and s, in bits
TAMPERED = [name for name, entry in NEGATIVE.items() if "armored" in entry]


def refused(message: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        modulus.verified(message)
    assert caught.value.kind == "crypto"
    assert "modulus" in caught.value.message
    return caught.value


def changed(message: str, at: int) -> str:
    return message[:at] + ("A" if message[at] != "A" else "B") + message[at + 1 :]


def signature_of(message: str) -> bytes:
    lines = message.replace("\r", "").splitlines()
    start = lines.index("", lines.index("-----BEGIN PGP SIGNATURE-----")) + 1
    body = "".join(line for line in lines[start:] if not line.startswith(("=", "-")))
    return base64.b64decode(body)


def is_padded(packet: bytes) -> bool:
    """Whether r claims another length than its own."""
    count = int.from_bytes(packet[28:30], "big")
    return int.from_bytes(packet[30 : 30 + (count + 7) // 8], "big").bit_length() != count


def clear_signed(text: str, packet: bytes) -> str:
    return sandbox_moduli._clear_signed(text, packet)


@pytest.mark.parametrize("name", MODULI)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_genuine_modulus_is_accepted(name: str, end: str) -> None:
    message = MODULI[name]["armored"].replace("\r\n", "\n").replace("\n", end)
    assert modulus.verified(message) == raw(MODULI[name]["modulus_b64"])


def test_a_missing_last_line_end_is_accepted() -> None:
    assert modulus.verified(GENUINE.rstrip("\n")) == raw(MODULI["modulus-1"]["modulus_b64"])


@pytest.mark.parametrize("name", TAMPERED)
def test_a_published_forgery_is_refused(name: str) -> None:
    assert len(TAMPERED) == 3
    refused(NEGATIVE[name]["armored"])


@pytest.mark.parametrize("at", [*range(TEXT_AT, TEXT_AT + 342, 19), TEXT_AT + 341])
def test_one_changed_character_of_the_text_is_refused(at: int) -> None:
    refused(changed(GENUINE, at))


@pytest.mark.parametrize("at", range(len(signature_of(GENUINE))))
def test_one_flipped_bit_of_the_signature_is_refused(at: int) -> None:
    packet = signature_of(GENUINE)
    for bit in range(8):
        if at in BIT_COUNTS and bit < 3:  # the number stays the same: see the padded vector
            continue
        refused(clear_signed(TEXT, packet[:at] + bytes((packet[at] ^ 1 << bit,)) + packet[at + 1 :]))


@pytest.mark.parametrize("size", range(0, 90, 5))
def test_a_truncated_packet_is_refused(size: int) -> None:
    packet = signature_of(GENUINE)
    short = bytes((0xC2, max(size - 2, 0))) + packet[2:size]
    refused(clear_signed(TEXT, short))


def test_a_number_padded_with_zero_bits_is_accepted_and_only_its_own_value() -> None:
    """The service pads: modulus-5's r says 249 bits or more where fewer are there. RFC 9580 calls that malformed."""
    padded = [name for name, entry in MODULI.items() if is_padded(signature_of(entry["armored"]))]
    assert "modulus-5" in padded
    armored = MODULI["modulus-5"]["armored"]
    packet = signature_of(armored)
    refused(clear_signed(armored.splitlines()[3], packet[:-1] + bytes((packet[-1] ^ 1,))))


@pytest.mark.parametrize("forged", [False, True], ids=["own-key-id", "genuine-key-id"])
def test_a_signature_by_another_key_is_refused(forged: bool) -> None:
    refused(sandbox_moduli.foreign(GENUINE, forged_issuer=forged))


def test_a_message_well_signed_by_a_new_key_of_the_same_user_id_is_refused() -> None:
    new = pysequoia.Tsk.generate("proton@srp.modulus")
    packet = pysequoia.sign(new.signer(), TEXT.encode("ascii"), mode=pysequoia.SignatureMode.DETACHED, armor=False)
    refused(clear_signed(TEXT, packet))


def test_a_foreign_signature_in_the_exact_form_is_refused_for_its_key_alone() -> None:
    """The same forgery verifies with the forger's key: only whose key it is was wrong."""
    forgery = sandbox_moduli.foreign(GENUINE, forged_issuer=True)
    assert modulus._FORM.fullmatch(forgery)
    assert "key" in refused(forgery).message or "verify" in refused(forgery).message


@pytest.mark.parametrize(
    "message",
    [
        " " + GENUINE,
        "\n" + GENUINE,
        "Hello\n" + GENUINE,
        GENUINE + "\n",
        GENUINE + " ",
        GENUINE + "more\n",
        GENUINE + GENUINE,
        GENUINE.replace("Hash: SHA256", "Hash: SHA512"),
        GENUINE.replace("Hash: SHA256\n", ""),
        GENUINE.replace("Hash: SHA256", "Hash: SHA256\nComment: more"),
        GENUINE[:TEXT_AT] + "\n" + GENUINE[TEXT_AT:],
        GENUINE[:TEXT_AT] + "- " + GENUINE[TEXT_AT:],
        GENUINE[: TEXT_AT + 344] + " " + GENUINE[TEXT_AT + 344 :],
        GENUINE[: TEXT_AT + 344] + "\nAAAA" + GENUINE[TEXT_AT + 344 :],
        GENUINE.replace("\n", "\r"),
        GENUINE.replace("\n", "\n\n"),
        GENUINE[: GENUINE.index("-----BEGIN PGP SIGNATURE")],
        GENUINE[GENUINE.index("-----BEGIN PGP SIGNATURE") :],
    ],
)
def test_anything_around_or_inside_the_message_is_refused(message: str) -> None:
    refused(message)


def test_two_signatures_are_refused() -> None:
    packet = signature_of(GENUINE)
    refused(clear_signed(TEXT, packet + packet))
    block = GENUINE[GENUINE.index("-----BEGIN PGP SIGNATURE") :]
    refused(GENUINE + block)


@pytest.mark.parametrize("message", [None, "", b"", 7, [], {}, True, GENUINE.encode("ascii"), "\0", "é" * 400])
def test_what_is_no_message_is_refused(message: Any) -> None:
    refused(message)


def test_a_huge_message_is_refused() -> None:
    refused(GENUINE + "A" * 10_000_000)
    refused(clear_signed(TEXT, signature_of(GENUINE) * 10_000))


def test_a_missing_library_is_said_with_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysequoia", None)
    with pytest.raises(Failure) as caught:
        modulus.verified(GENUINE)
    assert caught.value.kind == "unsupported"
    assert caught.value.hint == f"Install it: {sys.executable} -m pip install pysequoia"


def test_gpg_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(subprocess, "Popen", None)
    modulus.verified(GENUINE)
