# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client-side encryption: every computed value in both directions, and everything that must be refused."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.crypto import cse, sodium
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from tests.unit.plugins.module_utils._session.crypto.passwords_vectors import (
    KEY,
    KEYCHAIN,
    KEYCHAINS,
    NEGATIVE,
    OBJECTS,
    VECTORS,
    entry_of,
    sealed_keychain,
)

pytest.importorskip("hypothesis")

from hypothesis import assume, given, settings
from hypothesis import strategies as st

CHAINS = [pytest.param(entry, id=entry["name"]) for entry in KEYCHAINS]
ENTRIES = [pytest.param(entry, id=entry["name"]) for entry in OBJECTS]
TAMPERED = [name for name, entry in NEGATIVE.items() if "key" in entry]
WHOLE: dict[str, Any] = OBJECTS[0]
MASTER: str = KEYCHAINS[0]["master_password"]
SEALED: str = KEYCHAINS[0]["encrypted_hex"]
BOX = sodium.Box(KEY)

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
KINDS = st.sampled_from(sorted(cse.FIELDS))
MANY = settings(max_examples=150, deadline=None, database=None)


def refused(work: Any, *args: Any, kind: str = "crypto") -> Failure:
    with pytest.raises(Failure) as caught:
        work(*args)
    assert caught.value.kind == kind
    shown = f"{caught.value} {caught.value.as_dict()}"
    for secret in (MASTER, WHOLE["plain"]["password"], *(key.hex() for key in KEYCHAIN.keys.values())):
        assert secret not in shown
    return caught.value


def flipped(raw: bytes, bit: int) -> bytes:
    at = bit // 8 % len(raw)
    return raw[:at] + bytes((raw[at] ^ 1 << bit % 8,)) + raw[at + 1 :]


def as_base64(text: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(text)).decode("ascii").rstrip("=")


def password_entry(field: str) -> dict[str, Any]:
    """An entry of which one field came from somewhere else."""
    return entry_of(WHOLE, cseKey=KEYCHAIN.current, **dict.fromkeys(cse.FIELDS["password"], "")) | {"password": field}


def test_there_is_something_to_check() -> None:
    assert (len(CHAINS), len(ENTRIES), len(TAMPERED), len(NEGATIVE)) == (2, 6, 3, 5)


def test_the_fields_that_are_encrypted_are_the_documented_ones() -> None:
    assert {kind: list(names) for kind, names in cse.FIELDS.items()} == VECTORS["constants"]["fields"]


# The keychain


@pytest.mark.parametrize("entry", CHAINS)
@pytest.mark.parametrize("form", ["encrypted_hex", "encrypted_base64url_nopad"])
def test_the_master_password_opens_the_keychain(entry: dict[str, Any], form: str) -> None:
    keychain = cse.unlock(entry[form], entry["master_password"])
    assert keychain.as_dict() == entry["keychain"]


@pytest.mark.parametrize("entry", CHAINS)
def test_a_keychain_sealed_by_our_parts_is_the_computed_one(entry: dict[str, Any]) -> None:
    salt, nonce = bytes.fromhex(entry["salt"]), bytes.fromhex(entry["nonce"])
    assert sodium.derived(entry["master_password"].encode(), salt).hex() == entry["derived_key"]
    assert sealed_keychain(entry["plaintext"], entry["master_password"], salt, nonce) == entry["encrypted_hex"]


def test_another_master_password_does_not_open_the_keychain() -> None:
    wrong = NEGATIVE["keychain opened with the wrong master password"]
    failure = refused(cse.unlock, wrong["field"], wrong["master_password"])
    assert "master password" in failure.message
    assert wrong["master_password"] not in failure.message


@pytest.mark.parametrize("at", [0, 15, 16, 39, 40, 55, 56, -1])
def test_a_changed_keychain_does_not_open(at: int) -> None:
    raw = bytearray.fromhex(SEALED)
    raw[at] ^= 1
    refused(cse.unlock, raw.hex(), MASTER)


@pytest.mark.parametrize("sealed", ["", SEALED[:110], "no hex, no base64", "é" * 200, None, 7, [], {}, b"", True])
def test_what_is_no_keychain_is_refused_before_anything_is_computed(
    sealed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nacl.pwhash.argon2id", None)
    assert "keychain" in refused(cse.unlock, sealed, MASTER).message


@pytest.mark.parametrize(
    "plaintext",
    [
        "",
        "no json",
        "null",
        "[]",
        "{}",
        '{"keys":[],"current":"a"}',
        '{"keys":{},"current":"a"}',
        '{"keys":{},"current":""}',
        f'{{"keys":{{"a":"{KEY.hex()}"}},"current":"b"}}',
        f'{{"keys":{{"a":"{KEY.hex()}"}},"current":null}}',
        f'{{"keys":{{"a":"{KEY.hex()}"}},"current":["a"]}}',
        f'{{"keys":{{"a":"{KEY.hex()}"}}}}',
        f'{{"keys":{{"a":"{KEY.hex()[:-2]}"}},"current":"a"}}',
        f'{{"keys":{{"a":"{KEY.hex()}","b":"00"}},"current":"a"}}',
        '{"keys":{"a":7},"current":"a"}',
        f'{{"keys":{{"a":"{"x" * 64}"}},"current":"a"}}',
        "[" * 100_000,
    ],
)
def test_a_keychain_with_odd_content_is_damaged(plaintext: str) -> None:
    assert "damaged" in refused(cse.unlock, sealed_keychain(plaintext, MASTER), MASTER).message


def test_a_keychain_survives_a_store() -> None:
    cse.decrypted("password", entry_of(WHOLE), KEYCHAIN)  # what a use leaves in it makes no difference
    again = cse.Keychain.from_dict(json.loads(json.dumps(KEYCHAIN.as_dict())))
    assert again == KEYCHAIN
    assert cse.decrypted("password", entry_of(WHOLE), again)["label"] == WHOLE["plain"]["label"]


def test_a_keychain_shows_no_key() -> None:
    cse.decrypted("password", entry_of(WHOLE), KEYCHAIN)  # what a use leaves in it shows none either
    for shown in (repr(KEYCHAIN), str(KEYCHAIN), f"{[KEYCHAIN]}"):
        assert KEYCHAIN.current in shown
        assert not [key for key in KEYCHAIN.keys.values() if key.hex() in shown or repr(key)[2:-1] in shown]


def test_a_master_password_that_is_no_text_is_refused() -> None:
    with pytest.raises(Failure) as caught:
        cse.unlock(SEALED, "lone \ud83d surrogate")
    assert caught.value.kind == "definition"


# Entries


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_field_decrypts_to_the_computed_text(entry: dict[str, Any]) -> None:
    assert cse.decrypted(entry["type"], entry_of(entry), KEYCHAIN) == entry_of(entry) | entry["plain"]


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_field_encrypts_to_the_computed_bytes(entry: dict[str, Any]) -> None:
    box = sodium.Box(bytes.fromhex(entry["key"]))
    nonces = {name: bytes.fromhex(nonce) for name, nonce in entry["nonces"].items()}
    found = {name: cse._sealed(name, text, box, nonces.get(name)) for name, text in entry["plain"].items()}
    assert found == entry["encrypted"]


@pytest.mark.parametrize("entry", [entry for entry in OBJECTS if "hash" in entry], ids=lambda entry: entry["name"])
def test_the_hash_is_the_computed_one(entry: dict[str, Any]) -> None:
    written = cse.encrypted("password", entry["plain"], KEYCHAIN)
    assert written["hash"] == entry["hash"]
    for length in (0, 20, 30, 40):
        assert cse.encrypted("password", entry["plain"], KEYCHAIN, length)["hash"] == entry["hash"][:length]


@pytest.mark.parametrize("length", [-1, -40])
def test_a_hash_of_a_negative_length_tells_nothing(length: int) -> None:
    assert cse.password_hash("secret", length) == ""


@pytest.mark.parametrize("entry", ENTRIES)
def test_fields_in_base64_decrypt_too(entry: dict[str, Any]) -> None:
    changed = {name: as_base64(text) if text else text for name, text in entry["encrypted"].items()}
    assert cse.fields_of(entry_of(entry, **changed), changed, KEYCHAIN) == entry["plain"]


@pytest.mark.parametrize("empty", ["", None])
def test_what_is_empty_stays_empty(empty: str | None) -> None:
    values = dict.fromkeys(cse.FIELDS["password"], empty)
    written = cse.encrypted("password", values, KEYCHAIN)
    assert {name: written[name] for name in values} == values
    assert cse.fields_of(written, values, KEYCHAIN) == values


@pytest.mark.parametrize("sse", ["SSEv1r1", "SSEv1r2", "SSEv2r1", "SSEv3r1"])
def test_an_entry_that_the_server_encrypts_comes_as_it_is(sse: str) -> None:
    plain = {**entry_of(WHOLE), **WHOLE["plain"], "cseType": "none", "cseKey": "", "sseType": sse}
    assert cse.decrypted("password", plain, KEYCHAIN) == plain
    assert cse.decrypted("password", plain, None) == plain
    assert cse.fields_of(plain, ("label",), None) == {"label": WHOLE["plain"]["label"]}


def test_only_the_wanted_fields_are_decrypted() -> None:
    entry = entry_of(WHOLE, password="changed on the way")
    assert cse.fields_of(entry, ("label", "url"), KEYCHAIN) == {name: WHOLE["plain"][name] for name in ("label", "url")}


def test_a_field_that_the_service_left_out_stays_out() -> None:
    entry = entry_of(WHOLE)
    del entry["notes"]
    assert "notes" not in cse.decrypted("password", entry, KEYCHAIN)


def test_an_entry_is_not_changed_in_place() -> None:
    entry, values = entry_of(WHOLE), dict(WHOLE["plain"])
    cse.decrypted("password", entry, KEYCHAIN)
    cse.encrypted("password", values, KEYCHAIN)
    cse.updated("password", entry, {"label": "new"}, KEYCHAIN)
    assert (entry, values) == (entry_of(WHOLE), WHOLE["plain"])


@pytest.mark.parametrize("name", TAMPERED)
def test_what_must_be_rejected_is_rejected(name: str) -> None:
    case = NEGATIVE[name]
    chain = cse.Keychain("a", {"a": bytes.fromhex(case["key"])})
    failure = refused(cse.decrypted, "password", password_entry(case["field"]) | {"cseKey": "a"}, chain)
    assert ("too short" in failure.message) == name.startswith("shorter")


def test_a_key_that_the_keychain_lacks_is_named() -> None:
    case = NEGATIVE["object naming a key id that the keychain lacks"]
    entry = entry_of(WHOLE, cseKey=case["cseKey"], password=case["field"])
    failure = refused(cse.decrypted, "password", entry, KEYCHAIN)
    assert case["cseKey"] in failure.message
    assert entry["id"] in failure.message


@pytest.mark.parametrize("key_id", ["", None, 7, [], {}, "x" * 10_000])
def test_an_odd_key_id_is_refused(key_id: Any) -> None:
    assert len(refused(cse.decrypted, "password", entry_of(WHOLE, cseKey=key_id), KEYCHAIN).message) < 200


@pytest.mark.parametrize("kind", ["CSEv2r1", "csev1r1", "None", "", None, 7, [], "x" * 10_000])
def test_an_unknown_encryption_is_refused(kind: Any) -> None:
    entry = entry_of(WHOLE, cseType=kind)
    failure = refused(cse.decrypted, "password", entry, KEYCHAIN)
    assert entry["id"] in failure.message
    assert len(failure.message) < 200


def test_an_entry_that_says_nothing_of_its_encryption_is_refused() -> None:
    entry = entry_of(WHOLE)
    del entry["cseType"]
    refused(cse.decrypted, "password", entry, KEYCHAIN)


def test_an_encrypted_entry_of_an_account_without_keychain_is_refused() -> None:
    assert "no keychain" in refused(cse.decrypted, "password", entry_of(WHOLE), None).message


@pytest.mark.parametrize("value", ["changed", "00" * 39, "zz", "é", 7, True, [], {"a": 1}, b"x" * 50])
def test_a_field_that_is_no_ciphertext_is_refused(value: Any) -> None:
    failure = refused(cse.decrypted, "password", entry_of(WHOLE, password=value), KEYCHAIN)
    assert "password" in failure.message


def test_a_text_that_is_no_text_is_refused_without_showing_it() -> None:
    failure = refused(cse.decrypted, "password", password_entry(BOX.seal(b"secret\xff").hex()), KEYCHAIN)
    assert "UTF-8" in failure.message
    assert "secret" not in failure.message
    assert "0xff" not in failure.message


def test_an_unreadable_field_is_told_with_the_entrys_id_and_label() -> None:
    entry = entry_of(WHOLE, notes=WHOLE["encrypted"]["notes"][:-2] + "00")
    failure = refused(cse.decrypted, "password", entry, KEYCHAIN)
    assert entry["id"] in failure.message
    assert WHOLE["plain"]["label"] in failure.message
    assert "notes" in failure.message


@pytest.mark.parametrize("label", ["", None, "00" * 60, "junk", 7])
def test_an_unreadable_entry_without_readable_label_is_told_by_its_id_alone(label: Any) -> None:
    entry = entry_of(WHOLE, label=label, notes="00" * 60)
    failure = refused(cse.decrypted, "password", entry, KEYCHAIN)
    assert f"entry {entry['id']} cannot" in failure.message


# Writing


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_was_encrypted_decrypts_again_under_the_current_key(entry: dict[str, Any]) -> None:
    written = cse.encrypted(entry["type"], entry["plain"], KEYCHAIN)
    assert (written["cseType"], written["cseKey"]) == ("CSEv1r1", KEYCHAIN.current)
    assert cse.decrypted(entry["type"], written, KEYCHAIN) == written | entry["plain"]


def test_what_is_not_encrypted_is_passed_on() -> None:
    rest = {"folder": VECTORS["constants"]["root_folder"], "favorite": True, "edited": 0, "tags": []}
    written = cse.encrypted("folder", {"label": "text", "password": "not a field of folders", **rest}, KEYCHAIN)
    assert written | rest == written
    assert written["password"] == "not a field of folders"
    assert set(written) == {"label", "password", *rest, "cseType", "cseKey"}


def test_each_field_has_a_nonce_of_its_own() -> None:
    values = dict.fromkeys(cse.FIELDS["password"], "the same text")
    sent = [cse.encrypted("password", values, KEYCHAIN)[name] for name in values for _again in range(20)]
    assert len({field[:48] for field in sent}) == len(sent) == 120


def test_nothing_of_a_text_shows_in_what_is_sent() -> None:
    shown = json.dumps(cse.encrypted("password", WHOLE["plain"], KEYCHAIN))
    for text in WHOLE["plain"].values():
        assert text not in shown
        assert text.encode().hex() not in shown


@pytest.mark.parametrize("value", [7, True, ["a"], {"a": 1}, b"bytes", "lone \ud83d surrogate"])
def test_a_value_that_is_no_text_is_refused(value: Any) -> None:
    assert "notes" in refused(cse.encrypted, "password", {"notes": value}, KEYCHAIN, kind="definition").message


def test_an_update_keeps_what_it_does_not_change_and_takes_the_current_key() -> None:
    entry = entry_of(OBJECTS[3])
    assert entry["cseKey"] != KEYCHAIN.current
    sent = cse.updated("password", entry, {"username": "carol", "favorite": False}, KEYCHAIN)
    assert sent["cseKey"] == KEYCHAIN.current
    assert sent["favorite"] is False
    assert sent["hash"] == OBJECTS[3]["hash"]
    plain = OBJECTS[3]["plain"]
    assert cse.fields_of(sent, plain, KEYCHAIN) == {**plain, "username": "carol"}
    for name in plain:
        assert sent[name] != entry[name] or not plain[name]


def test_an_update_of_the_password_has_the_new_hash() -> None:
    sent = cse.updated("password", entry_of(WHOLE), {"password": "hunter2hunter2"}, KEYCHAIN, 20)
    assert sent["hash"] == OBJECTS[2]["hash"][:20]


@pytest.mark.parametrize("keychain", [KEYCHAIN, None], ids=["keychain", "no-keychain"])
def test_an_update_of_a_plain_entry_stays_plain(keychain: cse.Keychain | None) -> None:
    plain = {**entry_of(WHOLE), **WHOLE["plain"], "cseType": "none", "cseKey": ""}
    sent = cse.updated("password", plain, {"notes": "new"}, keychain)
    assert sent == {**WHOLE["plain"], "notes": "new", "cseType": "none", "cseKey": ""}


def test_an_update_never_sends_an_encrypted_entry_in_plain() -> None:
    refused(cse.updated, "password", entry_of(WHOLE), {"notes": "new"}, None)


def test_an_update_that_would_erase_a_field_is_refused() -> None:
    entry = entry_of(WHOLE)
    del entry["customFields"]
    failure = refused(cse.updated, "password", entry, {}, KEYCHAIN, kind="unexpected_response")
    assert "customFields" in failure.message
    assert cse.updated("password", entry, {"customFields": ""}, KEYCHAIN)["customFields"] == ""


@pytest.mark.parametrize("work", [cse.decrypted, cse.encrypted], ids=["decrypt", "encrypt"])
def test_a_missing_library_is_said_with_the_pip_line(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nacl.bindings", None)
    unused = cse.Keychain.from_dict(KEYCHAIN.as_dict())
    failure = refused(work, "password", entry_of(WHOLE), unused, kind="unsupported")
    assert failure.hint == f"Install it: {sys.executable} -m pip install PyNaCl"


# Whatever the texts are


@MANY
@given(kind=KINDS, data=st.data())
def test_any_text_survives_the_round_trip(kind: str, data: Any) -> None:
    plain = {name: data.draw(TEXT, name) for name in cse.FIELDS[kind]}
    written = cse.encrypted(kind, plain, KEYCHAIN)
    assert cse.fields_of(written, plain, KEYCHAIN) == plain
    assert cse.fields_of({**written, **cse.updated(kind, written, {}, KEYCHAIN)}, plain, KEYCHAIN) == plain


@MANY
@given(text=TEXT.filter(bool), bit=st.integers(min_value=0))
def test_any_flipped_bit_is_noticed(text: str, bit: int) -> None:
    raw = bytes.fromhex(cse.encrypted("password", {"password": text}, KEYCHAIN)["password"])
    with pytest.raises(Failure) as caught:
        cse.decrypted("password", password_entry(flipped(raw, bit).hex()), KEYCHAIN)
    assert caught.value.kind == "crypto"


@MANY
@given(text=TEXT.filter(bool), key=st.binary(min_size=32, max_size=32))
def test_any_other_key_is_noticed(text: str, key: bytes) -> None:
    assume(key != KEY)
    other = cse.Keychain(KEYCHAIN.current, {KEYCHAIN.current: key})
    with pytest.raises(Failure) as caught:
        cse.decrypted("password", cse.encrypted("password", {"password": text}, other), KEYCHAIN)
    assert caught.value.kind == "crypto"


JUNK = st.one_of(st.text(min_size=1), st.binary(min_size=1, max_size=80).map(bytes.hex), st.integers(), st.booleans())


@MANY
@given(junk=st.one_of(JUNK, st.lists(JUNK), st.dictionaries(st.text(), JUNK)))
def test_whatever_the_service_sends_is_no_traceback(junk: Any) -> None:
    with pytest.raises(Failure) as caught:
        cse.decrypted("password", password_entry(junk), KEYCHAIN)
    assert caught.value.kind == "crypto"
