# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Nextcloud Passwords service of the sandbox, proved with the official JavaScript client (protocol page, 10.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.harness import ROOT, Sandbox
from tests.sandbox.passwords_probe import PROVIDER as NEXTCLOUD
from tests.tools import nodes

from .passwords_client import OfficialClient, OfficialError, OfficialSession

pytestmark = pytest.mark.skipif(bool(nodes.why_not()), reason=f"official client: {nodes.why_not()}")

VECTORS = json.loads((ROOT / "tests" / "vectors" / "nextcloud_passwords.json").read_text(encoding="utf-8"))
NEW: dict[str, dict[str, Any]] = {
    "password": {
        "label": "of the official client",
        "username": "user",
        "password": "canary official pässword 🔐",
        "url": "https://official.example.com/",
        "notes": "line\nline / line",
        "customFields": [{"label": "key", "type": "secret", "value": "canary official field"}],
        "favorite": True,
    },
    "folder": {"label": "folder / of the official client"},
    "tag": {"label": "tag of the official client", "color": "#00ff00"},
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


def session_of(client: OfficialClient, sandbox: Sandbox, name: str, *, base: str = "") -> OfficialSession:
    return client.session(sandbox.url(NEXTCLOUD) + base, sandbox.account(NEXTCLOUD, name))


def opened(client: OfficialClient, sandbox: Sandbox, name: str, *, base: str = "") -> OfficialSession:
    session = session_of(client, sandbox, name, base=base)
    assert session.authorize(sandbox.account(NEXTCLOUD, name)["master_password"])
    return session


def read(sandbox: Sandbox, account: str, identifier: str, kind: str = "password") -> dict[str, Any]:
    """Return what the server holds, decrypted by the sandbox."""
    found = sandbox.act(NEXTCLOUD, "read", account=account, kind=kind)
    (entry,) = [entry for entry in found if entry["id"] == identifier]
    return dict(entry)


@pytest.mark.parametrize(("name", "account"), [("alice", 0), ("bob", 1)])
def test_accounts_of_the_vectors(client: OfficialClient, sandbox: Sandbox, name: str, account: int) -> None:
    session = session_of(client, sandbox, name)
    assert session.requirements() == {"challenge": True, "tokens": []}
    assert session.ask("authorized") is False
    assert session.authorize(sandbox.account(NEXTCLOUD, name)["master_password"])
    assert session.ask("authorized") is True
    assert session.ask("key") == VECTORS["keychains"][VECTORS["accounts"][account]["keychain"]]["keychain"]["current"]
    found = {kind: session.list(kind) for kind in NEW}
    vectors = [VECTORS["objects"][number] for number in VECTORS["accounts"][account]["objects"]]
    assert sum(len(entries) for entries in found.values()) == len(vectors)
    for vector in vectors:
        plain = dict(vector["plain"])
        (entry,) = [entry for entry in found[vector["type"]] if entry["label"] == plain["label"]]
        if vector["type"] == "password":
            plain["customFields"] = json.loads(plain["customFields"] or "[]")
        assert {field: entry[field] for field in plain} == plain
    assert sandbox.routes(NEXTCLOUD)["session_open"] == 1


@pytest.mark.parametrize("base", ["", "/nextcloud/"])
def test_plain_account(client: OfficialClient, sandbox: Sandbox, base: str) -> None:
    session = session_of(client, sandbox, "carol", base=base)
    assert session.requirements() == {"challenge": False, "tokens": []}
    assert session.authorize()
    assert {entry["label"] for entry in session.list()} == {
        "web server",
        "database",
        "received entry",
        "shared entry",
    }
    (entry,) = [entry for entry in session.list() if entry["label"] == "web server"]
    assert entry["customFields"] == [{"label": "api key", "type": "secret", "value": "canary-carol-custom"}]
    assert entry["favorite"] is True
    assert {folder["label"] for folder in session.list("folder")} == {"servers", "databases"}


def test_wrong_master_password(client: OfficialClient, sandbox: Sandbox) -> None:
    session = session_of(client, sandbox, "alice")
    with pytest.raises(OfficialError) as caught:
        session.authorize("correct horse battery staple?")
    assert (caught.value.kind, caught.value.status, caught.value.id) == ("UnauthorizedError", 401, "ab6e13ba")
    assert session.ask("authorized") is False
    with pytest.raises(OfficialError) as caught:
        session.list()
    assert (caught.value.kind, caught.value.status) == ("PreconditionFailedError", 412)
    assert sandbox.state(NEXTCLOUD)["failed_attempts"]["alice"] == 1


def test_wrong_app_password(client: OfficialClient, sandbox: Sandbox) -> None:
    session = client.session(sandbox.url(NEXTCLOUD), sandbox.account(NEXTCLOUD, "alice"), token="wrong")
    with pytest.raises(OfficialError) as caught:
        session.requirements()
    assert (caught.value.status, caught.value.id) == (401, None)


def test_one_time_code(client: OfficialClient, sandbox: Sandbox) -> None:
    account, session = sandbox.account(NEXTCLOUD, "erin"), session_of(client, sandbox, "erin")
    assert session.requirements()["tokens"] == [{"id": "totp", "type": "user-token", "request": False}]
    code = sandbox.totp(NEXTCLOUD, "erin")
    assert session.authorize(account["master_password"], provider="totp", code=code)
    assert {entry["label"] for entry in session.list()} == {"only entry", "plain entry"}
    again = session_of(client, sandbox, "erin")
    with pytest.raises(OfficialError) as caught:
        again.authorize(account["master_password"], provider="totp", code=code)
    assert (caught.value.status, caught.value.id) == (401, "8b4f02b4")


def test_mailed_code(client: OfficialClient, sandbox: Sandbox) -> None:
    account, session = sandbox.account(NEXTCLOUD, "frank"), session_of(client, sandbox, "frank")
    assert session.requirements()["tokens"] == [{"id": "email", "type": "user-token", "request": True}]
    assert session.ask("request_token", provider="email") is True
    code = sandbox.codes(NEXTCLOUD)["sent"][-1]["code"]
    assert session.authorize(account["master_password"], provider="email", code=code)
    assert [entry["password"] for entry in session.list()] == ["canary-frank-only-entry"]


@pytest.mark.parametrize("account", ["alice", "carol"])
@pytest.mark.parametrize("kind", list(NEW))
def test_life_of_an_object(client: OfficialClient, sandbox: Sandbox, account: str, kind: str) -> None:
    session, sealed = opened(client, sandbox, account), account == "alice"
    made = session.create(kind, **NEW[kind])
    held = read(sandbox, account, made["id"], kind)
    assert held["cseType"] == ("CSEv1r1" if sealed else "none")
    assert held["label"] == NEW[kind]["label"]
    if kind == "password":
        fields = json.loads(held.pop("customFields"))
        assert (held["password"], fields) == (NEW[kind]["password"], NEW[kind]["customFields"])
    shown = session.show(made["id"], kind)
    assert {name: shown[name] for name in NEW[kind]} == NEW[kind]
    assert made["id"] in {entry["id"] for entry in session.list(kind)}
    changed = session.update(made["id"], kind, label="changed / label")
    assert changed["revision"] != made["revision"]
    held = read(sandbox, account, made["id"], kind)
    assert (held["label"], held["revision"], held["cseType"]) == (
        "changed / label",
        changed["revision"],
        "CSEv1r1" if sealed else "none",
    )
    if kind == "password":
        assert (held["password"], held["favorite"]) == (NEW[kind]["password"], True)
    session.delete(made["id"], kind)
    assert made["id"] not in {entry["id"] for entry in session.list(kind)}
    assert session.restore(made["id"], kind)["trashed"] is False
    assert made["id"] in {entry["id"] for entry in session.list(kind)}
    session.delete(made["id"], kind)
    session.delete(made["id"], kind)
    with pytest.raises(OfficialError) as caught:
        session.show(made["id"], kind)
    assert (caught.value.status, caught.value.id) == (404, 404)
    assert sandbox.state(NEXTCLOUD)["plain_texts_seen"] == []


def test_what_the_sandbox_seals_the_client_opens(client: OfficialClient, sandbox: Sandbox) -> None:
    made = sandbox.act(NEXTCLOUD, "seed", account="alice", passwords=30, folders=3, tags=2)
    session = opened(client, sandbox, "alice")
    found = {entry["id"]: entry for entry in session.list()}
    assert set(made["passwords"]) <= set(found)
    entry = found[made["passwords"][0]]
    assert (entry["label"], entry["password"], entry["folder"]) == (
        "seeded entry 00001",
        "canary-alice-seeded-00001",
        made["folders"][1],
    )
    labels = {folder["label"] for folder in session.list("folder")}
    assert labels == {"Infrastruktur / Größe", "seeded folder 1", "seeded folder 2", "seeded folder 3"}


def test_a_changed_master_password(client: OfficialClient, sandbox: Sandbox) -> None:
    sandbox.act(NEXTCLOUD, "master_password", account="alice", password="another master password")
    session = session_of(client, sandbox, "alice")
    assert session.authorize("another master password")
    assert "minimal" in {entry["label"] for entry in session.list()}


def test_a_second_session_reads_what_the_first_wrote(client: OfficialClient, sandbox: Sandbox) -> None:
    made = opened(client, sandbox, "alice").create(**NEW["password"])
    shown = opened(client, sandbox, "alice").show(made["id"])
    assert {name: shown[name] for name in NEW["password"]} == NEW["password"]


def test_expired_session(client: OfficialClient, sandbox: Sandbox) -> None:
    session = opened(client, sandbox, "alice")
    value = session.ask("session")
    assert session.list()
    assert session.ask("session") == value
    sandbox.clock(NEXTCLOUD, 601)
    with pytest.raises(OfficialError) as caught:
        session.list()
    assert caught.value.status == 412
    assert session.ask("session") != value
    assert session.ask("authorized") is False


def test_close(client: OfficialClient, sandbox: Sandbox) -> None:
    session = opened(client, sandbox, "alice")
    session.close()
    assert sandbox.journal(NEXTCLOUD)[-1]["route"] == "session_close"
    with pytest.raises(OfficialError) as caught:
        session.list()
    assert caught.value.status == 412


def test_generated_passwords_and_settings(client: OfficialClient, sandbox: Sandbox) -> None:
    session = opened(client, sandbox, "alice")
    made = session.ask("generate", numbers=True, special=False, strength=2)
    assert (made["strength"], made["numbers"], made["special"]) == (2, True, False)
    assert made["password"].startswith("".join(made["words"]))
    assert session.ask("settings", names=["user.session.lifetime"]) == [["user.session.lifetime", 600]]


def test_maintenance_and_rate_limit(client: OfficialClient, sandbox: Sandbox) -> None:
    session = opened(client, sandbox, "alice")
    sandbox.fault(NEXTCLOUD, "maintenance", route="password_list")
    sandbox.fault(NEXTCLOUD, "rate_limited", route="folder_list")
    for kind, status in (("password", 503), ("folder", 429)):
        with pytest.raises(OfficialError) as caught:
            session.list(kind)
        assert caught.value.status == status
        assert session.list(kind)


def test_no_secret_of_the_official_client_in_the_journal(client: OfficialClient, sandbox: Sandbox) -> None:
    session = opened(client, sandbox, "alice")
    session.create(**NEW["password"])
    session.close()
    told = json.dumps(sandbox.journal(NEXTCLOUD), ensure_ascii=False)
    assert [canary for canary in sandbox.canaries(NEXTCLOUD) if canary in told] == []
    assert NEW["password"]["password"] not in told
