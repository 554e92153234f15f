# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keychains, the challenge, encrypted objects (Nextcloud Passwords protocol page, sections 3.5, 3.6, 7 and 9)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.harness import Sandbox
from tests.sandbox.passwords_probe import PROVIDER as NEXTCLOUD
from tests.sandbox.passwords_probe import PasswordsProbe
from tests.sandbox.services._nextcloud_passwords.crypto import Keychain, Unreadable, made_salts, solution
from tests.sandbox.services._nextcloud_passwords.errors import error_id

from .conftest import NewPasswordsProbe
from .test_nextcloud_objects import show
from .test_nextcloud_sessions import VECTORS, error

KEY = "8f3c2a10-5b7e-4d91-9a6f-0c1d2e3f4a5b"
HASH = "11f6ad8ec52a2984abaafd7c3b516503785c2072"
WRONG_TYPE = (400, "4e8162e6", "Invalid client side encryption type")
WRONG_HASH = (400, "5b9e3440", 'Field "hash" must contain a valid sha1 hash')
SEALED = {"password": "00" * 41, "label": "11" * 41, "cseType": "CSEv1r1", "cseKey": KEY, "hash": HASH}


@pytest.fixture
def alice(new_passwords: NewPasswordsProbe) -> PasswordsProbe:
    """Return a client with an open session of account A of the vectors."""
    return new_passwords("alice", opened=True)


@pytest.mark.parametrize("entry", VECTORS["errors"], ids=lambda entry: entry["message"][:30])
def test_error_ids(entry: dict[str, Any]) -> None:
    assert error_id(entry["message"]) == entry["id"]


def test_error_id_check() -> None:
    assert error_id(VECTORS["error_id_check"]["input"]) == VECTORS["error_id_check"]["id"]


# The vectors, through the wire


@pytest.mark.parametrize(("name", "number"), [("alice", 0), ("bob", 1)])
def test_accounts_of_the_vectors(new_passwords: NewPasswordsProbe, name: str, number: int) -> None:
    probe, account = new_passwords(name), VECTORS["accounts"][number]
    challenge, keychain = VECTORS["challenges"][account["challenge"]], VECTORS["keychains"][account["keychain"]]
    assert probe.get("session/request")["challenge"] == {"salts": challenge["salts"], "type": "PWDv1r1"}
    opened = probe.api("POST", "session/open", {"challenge": challenge["solution"]})
    assert opened.body["keys"] == {"CSEv1r1": keychain["encrypted_hex"]}
    found = {kind: probe.get(f"{kind}/list") for kind in ("password", "folder", "tag")}
    objects = [VECTORS["objects"][number] for number in account["objects"]]
    assert sum(len(items) for items in found.values()) == len(objects)
    for vector in objects:
        (told,) = [item for item in found[vector["type"]] if item["label"] == vector["encrypted"]["label"]]
        assert {field: told[field] for field in vector["encrypted"]} == vector["encrypted"]
        assert (told["cseType"], told["cseKey"], told["sseType"]) == ("CSEv1r1", vector["cseKey"], "none")
        assert told.get("hash") == vector.get("hash")


@pytest.mark.parametrize("vector", VECTORS["keychains"], ids=lambda vector: vector["name"][:20])
def test_keychains_of_the_vectors(vector: dict[str, Any]) -> None:
    opened = Keychain.opened(vector["master_password"], vector["encrypted_hex"])
    assert {"keys": opened.keys, "current": opened.current} == vector["keychain"]
    salt, nonce = bytes.fromhex(vector["salt"]), bytes.fromhex(vector["nonce"])
    assert opened.sealed(vector["master_password"], salt, nonce) == vector["encrypted_hex"]


@pytest.mark.parametrize("vector", VECTORS["objects"], ids=lambda vector: vector["name"][:20])
def test_objects_of_the_vectors(vector: dict[str, Any]) -> None:
    chain = Keychain({vector["cseKey"]: vector["key"]}, vector["cseKey"])
    for name, sealed in vector["encrypted"].items():
        assert chain.decrypt(vector["cseKey"], sealed) == vector["plain"][name]
        again = chain.encrypt(vector["cseKey"], vector["plain"][name])
        assert chain.decrypt(vector["cseKey"], again) == vector["plain"][name]
        assert not sealed or again != sealed


@pytest.mark.parametrize(
    "vector", [item for item in VECTORS["negative"] if "key" in item], ids=lambda item: item["name"]
)
def test_what_must_not_open(vector: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        Keychain({KEY: vector["key"]}, KEY).decrypt(KEY, vector["field"])


def test_an_unknown_key_does_not_open() -> None:
    with pytest.raises(Unreadable):
        Keychain({}, "").decrypt(KEY, SEALED["password"])


def test_seeded_accounts_are_sealed_like_the_vectors(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, master = new_passwords("erin"), nextcloud.account(NEXTCLOUD, "erin")["master_password"]
    keys = probe.open(token={"totp": nextcloud.totp(NEXTCLOUD, "erin")}).body["keys"]
    chain = Keychain.opened(master, keys["CSEv1r1"])
    entries = {entry["cseType"]: entry for entry in probe.get("password/list")}
    assert set(entries) == {"none", "CSEv1r1"}
    sealed = entries["CSEv1r1"]
    assert chain.decrypt(sealed["cseKey"], sealed["label"]) == "only entry"
    assert entries["none"]["label"] == "plain entry"


# What the server checks of encrypted objects


def test_encrypted_objects_are_opaque(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    answer = alice.api("POST", "password/create", SEALED)
    assert answer.status == 201
    told = show(alice, answer.body["id"])
    assert {name: told[name] for name in SEALED} == SEALED
    assert told["sseType"] == "none"
    (read,) = [item for item in nextcloud.act(NEXTCLOUD, "read", account="alice") if item["id"] == told["id"]]
    assert (read["password"], read["label"]) == (None, None)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"cseKey": ""}, (400, "fce89df4", "Client side encryption key missing")),
        ({"cseType": "none"}, WRONG_TYPE),
        ({"cseType": "CSEv9"}, WRONG_TYPE),
        ({"cseType": ""}, WRONG_TYPE),
        ({"hash": ""}, WRONG_HASH),
        ({"hash": HASH.upper()}, WRONG_HASH),
        ({"hash": HASH[:39]}, WRONG_HASH),
        ({"hash": HASH + "0"}, WRONG_HASH),
        ({"hash": "z" * 40}, WRONG_HASH),
    ],
)
def test_wrong_encryption(alice: PasswordsProbe, change: dict[str, str], expected: tuple[Any, ...]) -> None:
    assert error(alice.api("POST", "password/create", {**SEALED, **change})) == expected
    entry = alice.get("password/list")[0]
    assert error(alice.api("PATCH", "password/update", {**SEALED, **change, "id": entry["id"]})) == expected
    assert show(alice, entry["id"]) == entry


@pytest.mark.parametrize("kind", ["folder", "tag"])
def test_encryption_of_folders_and_tags(alice: PasswordsProbe, kind: str) -> None:
    fields = {"label": "11" * 41, "color": "22" * 41, "cseType": "CSEv1r1", "cseKey": KEY}
    answer = alice.api("POST", f"{kind}/create", fields)
    assert (answer.status, show(alice, answer.body["id"], kind)["cseKey"]) == (201, KEY)
    assert error(alice.api("POST", f"{kind}/create", {**fields, "cseKey": ""}))[1] == "fce89df4"
    assert error(alice.api("POST", f"{kind}/create", {**fields, "cseType": "none"})) == WRONG_TYPE


def test_any_key_id_is_stored(alice: PasswordsProbe) -> None:
    answer = alice.api("POST", "password/create", {**SEALED, "cseKey": "any text"})
    assert show(alice, answer.body["id"])["cseKey"] == "any text"


def test_encryption_needs_a_challenge(new_passwords: NewPasswordsProbe) -> None:
    assert error(new_passwords("carol").api("POST", "password/create", SEALED)) == WRONG_TYPE
    assert new_passwords("dave", opened=True).api("POST", "password/create", SEALED).status == 201


@pytest.mark.parametrize(
    ("length", "sent", "stored"), [(40, 40, 40), (20, 40, 20), (20, 20, 20), (0, 0, 0), (0, 40, 0)]
)
def test_length_of_hashes(alice: PasswordsProbe, nextcloud: Sandbox, length: int, sent: int, stored: int) -> None:
    alice.post("settings/set", **{"user.password.security.hash": length})
    answer = alice.api("POST", "password/create", {**SEALED, "hash": HASH[:sent]})
    assert show(alice, answer.body["id"])["hash"] == HASH[:stored]
    assert error(alice.api("POST", "password/create", {**SEALED, "hash": HASH[:7]})) == WRONG_HASH


def test_shared_passwords_stay_plain(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice", opened=True)
    for fields in ({"shared": True}, {"share": KEY}):
        made = nextcloud.act(
            NEXTCLOUD, "create", account="alice", encrypted=False, label="x", password="shared-pass", **fields
        )
        answer = probe.api("PATCH", "password/update", {**SEALED, "id": made["id"]})
        assert error(answer) == (400, "54131ad4", "CSE type does not support sharing")


def test_an_update_without_the_type_decrypts_nothing_but_loses_it(alice: PasswordsProbe) -> None:
    entry = alice.get("password/list")[0]
    assert entry["cseType"] == "CSEv1r1"
    answer = alice.api("PATCH", "password/update", {"id": entry["id"], "password": "plain", "label": "plain"})
    assert answer.status == 200
    told = show(alice, entry["id"])
    assert (told["cseType"], told["cseKey"], told["sseType"]) == ("none", "", "SSEv1r2")


@pytest.mark.parametrize(
    ("setting", "plain", "sealed"), [(0, "SSEv1r2", "none"), (1, "SSEv1r2", "SSEv1r2"), (2, "SSEv2r1", "SSEv2r1")]
)
def test_server_side_encryption(alice: PasswordsProbe, setting: int, plain: str, sealed: str) -> None:
    alice.post("settings/set", **{"user.encryption.sse": setting})
    for body, expected in (({"password": "p", "label": "l"}, plain), (SEALED, sealed)):
        identifier = alice.api("POST", "password/create", body).body["id"]
        assert show(alice, identifier)["sseType"] == expected


# Keychain and challenge


def test_keychain(alice: PasswordsProbe, new_passwords: NewPasswordsProbe) -> None:
    assert alice.get("keychain/get") == {"CSEv1r1": VECTORS["keychains"][0]["encrypted_hex"]}
    assert alice.post("keychain/set", id="CSEv1r1", data="aa" * 60) == {"id": "CSEv1r1"}
    assert alice.get("keychain/get") == {"CSEv1r1": "aa" * 60}
    assert alice.api("POST", "keychain/set", {"id": "CSEv1r1"}).raw == b""
    carol = new_passwords("carol")
    assert carol.api("GET", "keychain/get").raw == b"[]"
    answer = carol.api("POST", "keychain/set", {"id": "CSEv1r1", "data": "aa"})
    assert error(answer) == (500, "a6bb2388", "Encryption not enabled")


def test_challenge_get(alice: PasswordsProbe, new_passwords: NewPasswordsProbe) -> None:
    assert alice.get("account/challenge/get") == {"salts": VECTORS["challenges"][1]["salts"], "type": "PWDv1r1"}
    assert error(new_passwords("carol").api("GET", "account/challenge/get")) == (404, "135d4069", "Not found")


def test_a_first_master_password(new_passwords: NewPasswordsProbe) -> None:
    probe, salts = new_passwords("carol"), made_salts("first")
    secret = solution("a first master password", salts)
    answer = probe.api("POST", "account/challenge/set", {"secret": secret, "data": list(salts)})
    assert answer.body == {"success": True}
    assert probe.api("GET", "password/list").status == 200
    other = new_passwords("carol")
    assert other.api("GET", "password/list").status == 412
    assert other.open("a first master password").status == 200


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"oldSecret": None}, (401, "ab6e13ba", "Passphrase invalid")),
        ({"oldSecret": "0" * 64}, (401, "ab6e13ba", "Passphrase invalid")),
        ({"secret": "0" * 63}, (500, "114cbe8d", "Challenge update failed")),
        ({"data": ["0" * 512, "0" * 128, "0" * 31]}, (500, "114cbe8d", "Challenge update failed")),
        ({"data": ["0" * 511, "0" * 128, "0" * 32]}, (500, "114cbe8d", "Challenge update failed")),
        ({"data": ["0" * 512]}, (500, "114cbe8d", "Challenge update failed")),
        ({"data": [1, 2, 3]}, (500, "114cbe8d", "Challenge update failed")),
    ],
)
def test_wrong_challenge_set(alice: PasswordsProbe, change: dict[str, Any], expected: tuple[Any, ...]) -> None:
    right = {"secret": "0" * 64, "data": list(made_salts("x")), "oldSecret": VECTORS["challenges"][1]["solution"]}
    assert error(alice.api("POST", "account/challenge/set", {**right, **change})) == expected
    assert alice.api("POST", "account/challenge/set", right).status == 200


def test_a_changed_master_password(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice", opened=True)
    nextcloud.act(NEXTCLOUD, "master_password", account="alice", password="another master password")
    assert probe.post("password/list", details="id")
    value = probe.session
    unreadable = (500, "3476b978", "Reading user keychain failed")
    assert error(probe.api("GET", "keychain/get")) == unreadable
    assert probe.session != value
    assert probe.api("GET", "password/list").status == 412
    assert error(probe.open())[1] == "ab6e13ba"
    keys = probe.open("another master password").body["keys"]
    chain = Keychain.opened("another master password", keys["CSEv1r1"])
    assert len(chain.keys) == 2
    assert chain.current != KEY
    (old,) = [entry for entry in probe.get("password/list") if entry["hash"] == HASH]
    assert chain.decrypt(old["cseKey"], old["label"]) == "minimal"


def test_open_with_the_secret_of_an_older_master_password(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice", opened=True)
    value = probe.session
    nextcloud.act(NEXTCLOUD, "master_password", account="alice", password="another master password")
    assert error(probe.api("POST", "session/open", {}))[1] == "3476b978"
    assert probe.session != value
    assert probe.api("GET", "keychain/get").status == 412
