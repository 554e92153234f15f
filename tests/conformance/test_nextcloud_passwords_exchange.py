# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this collection writes the official JavaScript client reads, and the other way round (protocol page, 10.2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import Credential, Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Credentials
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store
from tests.sandbox.harness import Sandbox
from tests.sandbox.passwords_probe import PROVIDER as NEXTCLOUD
from tests.tools import nodes

from .passwords_client import OfficialClient, OfficialError, OfficialSession
from .test_nextcloud_passwords_client import opened, read, session_of

pytestmark = pytest.mark.skipif(bool(nodes.why_not()), reason=f"official client: {nodes.why_not()}")

ACCOUNTS = pytest.mark.parametrize("account", ["alice", "carol"])
CUSTOM_FIELDS = [
    {"label": "Schlüssel 🔑", "type": "secret", "value": "canary exchange field äöü"},
    {"label": "mail", "type": "email", "value": "ops@example.com"},
    {"label": "page", "type": "url", "value": "https://example.com/ä?b=c"},
    {"label": "note", "type": "text", "value": "{{ 1 + 1 }}"},
]
# By the names that are the same on both sides.
TEXTS = {
    "label": "Übersicht / prod 🗝",
    "username": "jürgen@example.com",
    "password": 'canary exchange pässwörd 🔐 "\\',
    "url": "https://exchange.example.com:8443/ä",
    "notes": "first line\nsecond / line €\n",
}


@pytest.fixture(scope="module")
def _running() -> Iterator[Sandbox]:
    with Sandbox.start(NEXTCLOUD) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture(scope="module")
def client(_running: Sandbox) -> Iterator[OfficialClient]:
    with OfficialClient(_running.ca_file) as client:
        yield client


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """Return the running sandbox, as at its fresh start."""
    _running.reset(NEXTCLOUD)
    return _running


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Return the place of an empty store."""
    return str(tmp_path / "store")


def ours(sandbox: Sandbox, store: str, name: str, **more: Any) -> Credentials:
    """The credentials of an account, as this collection has them; what was fetched is never used again."""
    known = sandbox.account(NEXTCLOUD, name)
    options = {option.name: option.default for option in provider_class(NEXTCLOUD).options()}
    options |= {"url": sandbox.url(NEXTCLOUD), "ca_path": sandbox.ca_file, "username": known["username"]}
    options |= {"password": known["app_password"], "master_password": known["master_password"], **more}
    definition = Definition("vault", NEXTCLOUD, {key: value for key, value in options.items() if value is not None})
    return Credentials(Client(open_store(store, None)), "vault", definition, 0.0)


def found(credentials: Credentials, **query: Any) -> Credential:
    """The one credential that there is."""
    credential = credentials.one(Query(**query))
    assert credential is not None
    return credential


def shown(session: OfficialSession, label: str, kind: str = "password") -> dict[str, Any]:
    """The one object of a label that the official client lists."""
    (entry,) = [
        entry
        for entry in session.list(kind, "model+tags" if kind == "password" else "model")
        if entry["label"] == label
    ]
    return entry


def nested(official: OfficialSession) -> str:
    """A folder in a folder, made by the official client; the id of the inner one."""
    outer = official.create("folder", label="Server größer")
    return str(official.create("folder", label="inner 📁", parent=outer["id"])["id"])


@ACCOUNTS
def test_we_read_what_the_official_client_wrote(
    client: OfficialClient, sandbox: Sandbox, store: str, account: str
) -> None:
    official = opened(client, sandbox, account)
    inner = nested(official)
    tag = official.create("tag", label="Grün 🟢", color="#00ff00")
    made = official.create(**TEXTS, customFields=CUSTOM_FIELDS, folder=inner, favorite=True)
    entry = read(sandbox, account, made["id"])
    assert entry["cseType"] == ("CSEv1r1" if account == "alice" else "none")
    sandbox.act(NEXTCLOUD, "change", account=account, id=made["id"], tags=[tag["id"]])

    credentials = ours(sandbox, store, account)
    path = "Server größer/inner 📁"
    credential = found(credentials, id=made["id"])
    assert {name: getattr(credential, name) for name in TEXTS} == TEXTS
    assert list(credential.custom_fields) == CUSTOM_FIELDS
    assert (credential.folder, credential.tags, credential.favorite) == (path, ("Grün 🟢",), True)
    for query in (
        {"label": TEXTS["label"]},
        {"term": f"{path}/{TEXTS['label']}"},
        {"url": "https://EXCHANGE.example.com", "host": True},
        {"tag": "Grün 🟢"},
        {"folder": path, "username": TEXTS["username"]},
    ):
        assert found(credentials, **query).id == made["id"]


@ACCOUNTS
def test_the_official_client_reads_what_we_wrote(
    client: OfficialClient, sandbox: Sandbox, store: str, account: str
) -> None:
    sandbox.act(NEXTCLOUD, "watch", account=account, texts=[TEXTS["password"]] if account == "alice" else [])
    change = ours(sandbox, store, account).present(
        Query(label=TEXTS["label"]),
        {
            **TEXTS,
            "custom_fields": CUSTOM_FIELDS,
            "folder": "Größe/tief 📁",
            "tags": ["Rot 🔴", "Blau"],
            "favorite": True,
        },
        create_folders=True,
        create_tags=True,
    )
    assert change.after is not None
    official = opened(client, sandbox, account)
    entry = official.show(change.after.id)
    assert {name: entry[name] for name in TEXTS} == TEXTS
    assert (entry["customFields"], entry["favorite"], entry["hidden"]) == (CUSTOM_FIELDS, True, False)
    folder = shown(official, "tief 📁", "folder")
    assert entry["folder"] == folder["id"]
    assert folder["parent"] == shown(official, "Größe", "folder")["id"]
    tags = {tag["id"]: tag["label"] for tag in official.list("tag")}
    assert {tags[tag] for tag in read(sandbox, account, change.after.id)["tags"]} == {"Rot 🔴", "Blau"}
    assert entry["cseType"] == ("CSEv1r1" if account == "alice" else "none")
    assert sandbox.state(NEXTCLOUD)["plain_texts_seen"] == []


@ACCOUNTS
def test_each_changes_what_the_other_wrote_and_keeps_the_rest(
    client: OfficialClient, sandbox: Sandbox, store: str, account: str
) -> None:
    official = opened(client, sandbox, account)
    inner = nested(official)
    made = official.create(**TEXTS, customFields=CUSTOM_FIELDS, folder=inner, favorite=True)
    credentials = ours(sandbox, store, account)

    change = credentials.present(Query(id=made["id"]), {"password": "canary ours ß"})
    assert (change.changed, change.fields) == (True, ("password",))
    entry = official.show(made["id"])
    expected = {**TEXTS, "password": "canary ours ß", "customFields": CUSTOM_FIELDS, "favorite": True, "folder": inner}
    assert {name: entry[name] for name in expected} == expected
    assert entry["cseType"] == made["cseType"]

    official.update(made["id"], notes="of the official client ✓", favorite=False)
    credential = found(credentials, id=made["id"])
    assert {name: getattr(credential, name) for name in TEXTS} == {
        **TEXTS,
        "password": "canary ours ß",
        "notes": "of the official client ✓",
    }
    assert list(credential.custom_fields) == CUSTOM_FIELDS
    assert (credential.folder, credential.favorite) == ("Server größer/inner 📁", False)
    assert not credentials.present(Query(id=made["id"]), {"notes": "of the official client ✓"}).changed


def test_both_compute_the_same_hash(client: OfficialClient, sandbox: Sandbox, store: str) -> None:
    """The service finds duplicates among encrypted passwords by it."""
    by_them = opened(client, sandbox, "alice").create(**TEXTS)
    change = ours(sandbox, store, "alice").present(
        Query(label="ours"), {"label": "ours", "password": TEXTS["password"]}
    )
    assert change.after is not None
    hashes = {entry["id"]: entry["hash"] for entry in opened(client, sandbox, "alice").list()}
    assert hashes[by_them["id"]] == hashes[change.after.id] != ""


def test_removed_and_restored(client: OfficialClient, sandbox: Sandbox, store: str) -> None:
    official = opened(client, sandbox, "alice")
    made = official.create(**TEXTS)
    credentials = ours(sandbox, store, "alice")

    assert credentials.absent(Query(label=TEXTS["label"])).changed
    assert made["id"] not in {entry["id"] for entry in official.list()}
    assert official.show(made["id"])["trashed"] is True
    assert not credentials.absent(Query(label=TEXTS["label"])).changed

    official.restore(made["id"])
    assert found(credentials, label=TEXTS["label"]).password == TEXTS["password"]
    official.delete(made["id"])
    assert credentials.one(Query(label=TEXTS["label"])) is None

    official.restore(made["id"])
    assert credentials.absent(Query(id=made["id"]), purge=True).changed
    with pytest.raises(OfficialError) as caught:
        official.show(made["id"])
    assert caught.value.status == 404


def test_what_the_official_client_changes_meanwhile_is_a_conflict(
    client: OfficialClient, sandbox: Sandbox, store: str
) -> None:
    """Between our reading and our writing, which is when a password is generated."""
    official = opened(client, sandbox, "alice")
    made = official.create(**TEXTS)

    def meanwhile(_provider: Any, _record: Any) -> str:
        official.update(made["id"], username="somebody else")
        return "canary never stored"

    with pytest.raises(Failure) as caught:
        ours(sandbox, store, "alice").present(Query(id=made["id"]), {}, generate=meanwhile)
    assert (caught.value.kind, caught.value.http_code) == ("conflict", 409)
    entry = official.show(made["id"])
    assert (entry["username"], entry["password"]) == ("somebody else", TEXTS["password"])


def test_a_master_password_that_another_client_changed(client: OfficialClient, sandbox: Sandbox, store: str) -> None:
    """The keychain gets one more key. Who opened before reads what is older, and says what to do about the rest."""
    credentials = ours(sandbox, store, "alice")
    assert found(credentials, label="minimal").password == "x"
    sandbox.act(NEXTCLOUD, "master_password", account="alice", password="another master passphrase")
    official = session_of(client, sandbox, "alice")
    assert official.authorize("another master passphrase")
    made = official.create(**TEXTS)

    with pytest.raises(Failure) as caught:
        found(credentials, id=made["id"])
    assert caught.value.kind == "crypto"
    assert "close the session and open it again" in caught.value.hint
    assert found(credentials, label="minimal").password == "x"

    anew = ours(sandbox, f"{store}-2", "alice", master_password="another master passphrase")
    assert found(anew, id=made["id"]).password == TEXTS["password"]
    assert anew.present(Query(label="minimal"), {"notes": "under the new key"}).changed
    assert official.show(found(anew, label="minimal").id)["notes"] == "under the new key"


def test_one_session_does_not_end_the_other(client: OfficialClient, sandbox: Sandbox, store: str) -> None:
    official = opened(client, sandbox, "alice")
    credentials = ours(sandbox, store, "alice")
    assert found(credentials, label="minimal").password == "x"
    official.close()
    assert found(credentials, label="minimal").password == "x"
    assert sandbox.routes(NEXTCLOUD)["session_open"] == 2
