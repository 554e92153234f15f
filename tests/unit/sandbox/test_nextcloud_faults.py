# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests can do to the service: faults, deeds, and what they can see (protocol page, section 10.1, 14 and 16)."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, SandboxError, fingerprint
from tests.sandbox.passwords_probe import HEADER, PasswordsProbe
from tests.sandbox.passwords_probe import PROVIDER as NEXTCLOUD

from .conftest import NewPasswordsProbe
from .test_nextcloud_objects import ROOT_FOLDER, by_label, create, labels, show
from .test_nextcloud_sessions import UNAUTHORISED, VECTORS, error


@pytest.fixture
def alice(new_passwords: NewPasswordsProbe) -> PasswordsProbe:
    """Return a client with an open session of account A of the vectors."""
    return new_passwords("alice", opened=True)


# Faults


def test_session_lost(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    nextcloud.fault(NEXTCLOUD, "session_lost", route="password_list", after=1)
    value = alice.session
    assert alice.api("GET", "password/list").status == 200
    assert error(alice.api("GET", "password/list")) == UNAUTHORISED
    assert alice.session != value
    assert alice.open().status == 200
    assert alice.api("GET", "password/list").status == 200


def test_session_lost_without_a_challenge(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    carol = new_passwords("carol")
    value = carol.api("GET", "session/request").headers[HEADER]
    nextcloud.fault(NEXTCLOUD, "session_lost")
    assert len(carol.get("password/list")) == 4
    assert carol.session != value


def test_rate_limited(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    nextcloud.fault(NEXTCLOUD, "rate_limited", route="password_create", count=2)
    body = {"password": "p", "label": "l"}
    answers = [alice.api("POST", "password/create", body) for _number in range(3)]
    assert [answer.status for answer in answers] == [429, 429, 201]
    assert (answers[0].raw, HEADER in answers[0].headers) == (b"", False)
    assert len(alice.get("password/list")) == 3


def test_maintenance_for_one_call(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    nextcloud.fault(NEXTCLOUD, "maintenance", route="password_list")
    answer = alice.api("GET", "password/list")
    assert (answer.status, answer.headers["retry-after"]) == (503, "120")
    assert b"maintenance" in answer.raw
    assert alice.api("GET", "password/list").status == 200


@pytest.mark.parametrize("route", ["session_open", "keychain_get"])
def test_keychain_unreadable(alice: PasswordsProbe, nextcloud: Sandbox, route: str) -> None:
    nextcloud.fault(NEXTCLOUD, "keychain_unreadable", route=route)
    value = alice.session
    answer = alice.api("GET", "keychain/get") if route == "keychain_get" else alice.api("POST", "session/open", {})
    assert error(answer) == (500, "3476b978", "Reading user keychain failed")
    assert alice.session != value
    assert alice.api("GET", "keychain/get").status == 412
    assert alice.open().status == 200


def test_errors_of_the_app_by_status(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    for status, message, identifier in (
        (503, "Unable to complete request", 0),
        (412, "Authorized session required", "4ad27488"),
        (404, "Resource not found", 404),
    ):
        nextcloud.fault(NEXTCLOUD, "status", route="password_list", status=status, error=message)
        answer = alice.api("GET", "password/list")
        assert (answer.status, answer.body) == (status, {"status": "error", "id": identifier, "message": message})
        assert HEADER not in answer.headers


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_dropped_connections(alice: PasswordsProbe, nextcloud: Sandbox, kind: str) -> None:
    nextcloud.fault(NEXTCLOUD, kind, route="password_create")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        alice.api("POST", "password/create", {"password": "p", "label": "l"})
    made = nextcloud.state(NEXTCLOUD)["objects"]["alice"]["password"] - 2
    assert made == (1 if kind == "drop_after" else 0)


def test_missing_field_and_truncation(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    nextcloud.fault(NEXTCLOUD, "missing_field", route="session_open", fields=["keys"])
    assert alice.api("POST", "session/open", {}).body == {"success": True}
    nextcloud.fault(NEXTCLOUD, "truncate", route="password_list")
    with pytest.raises(http.client.IncompleteRead):
        alice.api("GET", "password/list")


def test_every_route_takes_faults(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    carol = new_passwords("carol")
    known = nextcloud.ask(NEXTCLOUD, "GET", "routes")
    for route, paths in known.items():
        nextcloud.fault(NEXTCLOUD, "status", route=route, status=418)
        method, _rest, path = paths[0].partition(" ")
        for name in ("provider", "user", "size", "domain"):
            path = path.replace(f"{{{name}}}", "x")
        assert carol.request(method, path).status == 418, route
    assert len(known) > 35
    assert all(any("/nextcloud/" in path for path in paths) for paths in known.values())


# Deeds


def test_many_objects(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    made = nextcloud.act(NEXTCLOUD, "seed", account="alice", passwords=200, folders=3, tags=2)
    assert [len(made[kind]) for kind in ("passwords", "folders", "tags")] == [200, 3, 2]
    listed = alice.post("password/list", details="model+tag-ids")
    assert len(listed) == 202
    seeded = [entry for entry in listed if entry["id"] in made["passwords"]]
    assert {entry["cseType"] for entry in seeded} == {"CSEv1r1"}
    assert {entry["folder"] for entry in seeded} == set(made["folders"])
    assert {entry["tags"][0] for entry in seeded} == set(made["tags"])
    assert len({entry["password"] for entry in seeded}) == 200
    read = {entry["id"]: entry for entry in nextcloud.act(NEXTCLOUD, "read", account="alice")}
    assert read[made["passwords"][6]]["label"] == "seeded entry 00007"
    assert read[made["passwords"][6]]["password"] == "canary-alice-seeded-00007"
    assert "canary-alice-seeded-00007" in nextcloud.canaries(NEXTCLOUD)


def test_plain_seeds(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    nextcloud.act(NEXTCLOUD, "seed", account="carol", passwords=3, prefix="more")
    assert {"more entry 00001", "more entry 00003"} <= labels(new_passwords("carol").get("password/list"))
    with pytest.raises(SandboxError, match="no keychain"):
        nextcloud.act(NEXTCLOUD, "seed", account="carol", passwords=1, encrypted=True)


def test_changed_behind_the_clients_back(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    before = alice.get("password/list")[0]
    made = nextcloud.act(NEXTCLOUD, "change", account="alice", id=before["id"], password="canary changed")
    assert made["revision"] != before["revision"]
    after = show(alice, before["id"])
    assert (after["revision"], after["label"], after["cseKey"]) == (
        made["revision"],
        before["label"],
        before["cseKey"],
    )
    assert after["password"] != before["password"]
    assert after["hash"] != before["hash"]
    body = {**before, "tags": []}
    assert error(alice.api("PATCH", "password/update", body))[0] == 409
    with pytest.raises(SandboxError, match="has no nonsense"):
        nextcloud.act(NEXTCLOUD, "change", account="alice", id=before["id"], nonsense=1)


def test_overwrite_trash_and_remove(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    first, second = (entry["id"] for entry in alice.get("password/list"))
    nextcloud.act(NEXTCLOUD, "overwrite", account="alice", id=first, cseKey="lost")
    assert show(alice, first)["cseKey"] == "lost"
    read = {entry["id"]: entry for entry in nextcloud.act(NEXTCLOUD, "read", account="alice")}
    assert read[first]["label"] is None
    nextcloud.act(NEXTCLOUD, "trash", account="alice", id=second)
    assert [entry["id"] for entry in alice.get("password/list")] == [first]
    nextcloud.act(NEXTCLOUD, "trash", account="alice", id=second, trashed=False)
    nextcloud.act(NEXTCLOUD, "remove", account="alice", id=first)
    assert [entry["id"] for entry in alice.get("password/list")] == [second]


def test_create_with_everything(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    folder = nextcloud.act(NEXTCLOUD, "create", account="alice", kind="folder", label="deep")["id"]
    made = nextcloud.act(
        NEXTCLOUD, "create", account="alice", label="entry", password="canary made", folder=folder, favorite=True
    )
    told = show(alice, made["id"])
    assert (told["folder"], told["favorite"], told["cseType"], told["revision"]) == (
        folder,
        True,
        "CSEv1r1",
        made["revision"],
    )
    assert show(alice, folder, "folder")["parent"] == ROOT_FOLDER


def test_another_keychain(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    nextcloud.act(NEXTCLOUD, "set_keychain", account="alice", data="00" * 100)
    assert alice.get("keychain/get") == {"CSEv1r1": "00" * 100}
    nextcloud.act(NEXTCLOUD, "set_keychain", account="alice", data=None)
    assert alice.api("GET", "keychain/get").raw == b"[]"


def test_what_a_client_wrote_can_be_read(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    vector = VECTORS["objects"][0]
    alice.api(
        "POST", "password/create", {**vector["encrypted"], **{k: vector[k] for k in ("cseType", "cseKey", "hash")}}
    )
    read = [entry for entry in nextcloud.act(NEXTCLOUD, "read", account="alice") if entry["label"] == "prod database"]
    assert len(read) == 2
    assert {name: read[1][name] for name in vector["plain"]} == vector["plain"]


def test_unknown_deeds_and_accounts(nextcloud: Sandbox) -> None:
    for arguments in ({"do": "nonsense", "account": "alice"}, {"do": "read", "account": "nobody"}, {"do": "read"}):
        with pytest.raises(SandboxError):
            nextcloud.ask(NEXTCLOUD, "POST", "act", arguments)


def test_reset(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    create(alice)
    nextcloud.act(NEXTCLOUD, "destroy_token", account="alice")
    nextcloud.act(NEXTCLOUD, "master_password", account="alice", password="another master password")
    nextcloud.settings(NEXTCLOUD, maintenance=True)
    nextcloud.reset(NEXTCLOUD)
    alice.session = ""
    assert alice.open().status == 200
    assert len(alice.get("password/list")) == 2


# What can be seen


def test_no_secret_in_journal_and_state(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, carol = new_passwords("erin"), new_passwords("carol")
    code = nextcloud.totp(NEXTCLOUD, "erin")
    probe.open(token={"totp": code})
    probe.api("GET", "keychain/get", None, {"Cookie": "nc_passwords=" + probe.session.replace("|", "%7C")})
    entry = by_label(carol, "web server")
    carol.api("PATCH", "password/update", entry)
    carol.api("POST", f"password/show?id={entry['password']}", {"any": entry["password"]}, {"X-Own": carol.session})
    carol.api("POST", "password/create", f"password={entry['password']}".encode(), {"Content-Type": "text/plain"})
    canaries = nextcloud.canaries(NEXTCLOUD)
    assert {probe.session, carol.session, entry["password"]} <= set(canaries)
    for told in (nextcloud.journal(NEXTCLOUD), nextcloud.state(NEXTCLOUD)):
        text = json.dumps(told, ensure_ascii=False)
        assert [canary for canary in canaries if canary in text] == []
        assert code not in text
        assert "canary" not in text.lower()


def test_plain_texts_are_noticed(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    password, master = VECTORS["objects"][0]["plain"]["password"], VECTORS["keychains"][0]["master_password"]
    for text in (password, master):
        assert nextcloud.state(NEXTCLOUD)["plain_texts_seen"] == []
        alice.api("POST", "password/create", {"password": "p", "label": f"x{text}"})
        seen = nextcloud.state(NEXTCLOUD)["plain_texts_seen"]
        assert seen == [{"route": "password_create", "text": fingerprint(text)}]
        nextcloud.reset(NEXTCLOUD)
        alice.session = ""
        alice.open()


@pytest.mark.parametrize("where", ["query", "header", "form"])
def test_watched_texts(alice: PasswordsProbe, nextcloud: Sandbox, where: str) -> None:
    nextcloud.act(NEXTCLOUD, "watch", account="alice", texts=["watched text"])
    sent: dict[str, Any] = {
        "query": ("POST", "password/show?id=watched%20text"),
        "header": ("POST", "password/show", None, {"X-Own": "watched text"}),
        "form": ("POST", "password/show", b"id=watched text", {"Content-Type": "application/x-www-form-urlencoded"}),
    }
    alice.api(*sent[where])
    assert [seen["route"] for seen in nextcloud.state(NEXTCLOUD)["plain_texts_seen"]] == ["password_show"]


def test_state(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    state = nextcloud.state(NEXTCLOUD)
    (session,) = state["sessions"]
    assert session.pop("idle") < 60
    assert session == {
        "account": "alice",
        "session": fingerprint(alice.session),
        "login": "token",
        "authorised": True,
    }
    assert state["objects"]["alice"] == {"password": 2, "folder": 1, "tag": 1}


def test_outcomes_in_the_journal(alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    alice.api("POST", "password/show", {"id": "x"})
    alice.api("POST", "password/show", {})
    alice.api("GET", "other")
    told = [(entry["route"], entry["status"], entry["outcome"]) for entry in nextcloud.journal(NEXTCLOUD)[-3:]]
    assert told == [
        ("password_show", 404, "refused: Resource not found"),
        ("password_show", 400, "refused: id must be a string"),
        ("unknown", 404, "refused: Path not found"),
    ]
