# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, errors, organisation, users and sources (ricloud protocol page, 2, 2.1, 5 and 8, rules 1, 5, 6, 11 and 12)."""

from __future__ import annotations

import http.client
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, fingerprint
from tests.sandbox.probe import Answer
from tests.sandbox.ricloud_probe import PROVIDER as RICLOUD

from .conftest import NewRicloudProbe

EVERY_CALL = [
    ("POST", "/sessions"),
    ("GET", "/sessions"),
    ("GET", "/sessions/se1"),
    ("DELETE", "/sessions/se1"),
    ("POST", "/users"),
    ("GET", "/users"),
    ("POST", "/sources"),
    ("GET", "/sources"),
    ("GET", "/key"),
    ("POST", "/keys"),
    ("GET", "/keys"),
    ("GET", "/keys/1"),
    ("POST", "/keys/1/rotate"),
    ("GET", "/organisation"),
    ("POST", "/polls"),
    ("GET", "/events"),
    ("GET", "/echo"),
]


def refused(answer: Answer, status: int, word: str) -> None:
    assert (answer.status, answer.body["error"]) == (status, word)
    assert isinstance(answer.body["message"], str)
    assert set(answer.body) <= {"error", "message", "params"}


@pytest.mark.parametrize(("method", "path"), EVERY_CALL)
def test_every_call_needs_a_key(new_ricloud: NewRicloudProbe, method: str, path: str) -> None:
    probe = new_ricloud()
    probe.token = ""
    refused(probe.request(method, path, {}), 401, "unauthorized")


@pytest.mark.parametrize(
    "value",
    ["{token}", "token {token}", "TOKEN {token}", "Token  {token}", "Bearer {token}", "Token {token}x", "Token"],
)
def test_the_header_has_exactly_one_form(new_ricloud: NewRicloudProbe, value: str) -> None:
    probe = new_ricloud()
    header = value.format(token=probe.token)
    refused(probe.request("GET", "/organisation", headers={"Authorization": header}), 401, "unauthorized")
    assert probe.request("GET", "/organisation").status == 200


@pytest.mark.parametrize("name", ["main", "second", "reader", "stranger"])
@pytest.mark.parametrize("plain", [False, True])
def test_live_keys(new_ricloud: NewRicloudProbe, ricloud: Sandbox, name: str, plain: bool) -> None:
    account = ricloud.account(RICLOUD, name)
    key = new_ricloud(name, plain=plain).get("/key")
    assert (key["resource"], key["id"], key["state"]) == ("key", account["key_id"], "active")
    assert (key["token"], key["organisation"]) == (account["token"], account["organisation"])


@pytest.mark.parametrize("name", ["deactivated", "blocked", "expired"])
@pytest.mark.parametrize("status", [401, 403])
def test_dead_keys(new_ricloud: NewRicloudProbe, ricloud: Sandbox, name: str, status: int) -> None:
    ricloud.settings(RICLOUD, dead_key_status=status)
    refused(new_ricloud(name).request("GET", "/key"), status, "unauthorized")
    assert ricloud.journal(RICLOUD)[-1]["outcome"] == f"refused: {name} key"


def test_a_key_changes_its_state(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    ricloud.act(RICLOUD, "key_state", key="main", state="blocked")
    assert probe.request("GET", "/key").status == 401
    assert new_ricloud("second").get("/keys/1")["state"] == "blocked"
    ricloud.act(RICLOUD, "key_state", key="main", state="active")
    assert probe.request("GET", "/key").status == 200


def test_a_key_that_may_only_read(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    made = ricloud.act(RICLOUD, "create_session", account="alice")
    probe = new_ricloud("reader")
    assert probe.get(f"/sessions/{made['id']}")["id"] == made["id"]
    for method, path in (("POST", "/sessions"), ("DELETE", f"/sessions/{made['id']}"), ("POST", "/keys/3/rotate")):
        refused(probe.request(method, path, {}), 403, "missing-scope")
    assert ricloud.state(RICLOUD)["states"] == {"active": 1}


def test_rotate(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    old = probe.token
    answer = probe.request("POST", "/keys/1/rotate", {})
    fresh = answer.body["token"]
    assert (answer.status, answer.body["resource"], answer.body["id"]) == (200, "key", 1)
    assert fresh != old
    refused(probe.request("GET", "/key"), 401, "unauthorized")
    probe.token = fresh
    assert probe.get("/key")["token"] == fresh
    notes = ricloud.journal(RICLOUD, route="key_rotate")[0]["fingerprints"]
    assert notes == {"key": fingerprint(old), "answered": fingerprint(fresh)}
    assert fresh in ricloud.canaries(RICLOUD)


def test_rotate_another_key(new_ricloud: NewRicloudProbe) -> None:
    probe, other, stranger = new_ricloud(), new_ricloud("second"), new_ricloud("stranger")
    refused(stranger.request("POST", "/keys/2/rotate", {}), 404, "not-found")
    assert other.request("GET", "/key").status == 200
    assert probe.request("POST", "/keys/2/rotate", {}).status == 200
    assert other.request("GET", "/key").status == 401
    assert probe.request("GET", "/key").status == 200


def test_dropped_after_rotating(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    ricloud.fault(RICLOUD, "drop_after", route="key_rotate")
    with pytest.raises((http.client.HTTPException, OSError)):
        probe.request("POST", "/keys/1/rotate", {})
    assert probe.request("GET", "/key").status == 401
    entry = ricloud.journal(RICLOUD, route="key_rotate")[0]
    assert (entry["outcome"], entry["work"]) == ("fault: drop_after", "ok")


def test_rotated_by_somebody_else(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    fresh = ricloud.act(RICLOUD, "rotate_key")["token"]
    assert probe.request("GET", "/key").status == 401
    probe.token = fresh
    assert probe.request("GET", "/key").status == 200


def test_keys(new_ricloud: NewRicloudProbe) -> None:
    probe, stranger = new_ricloud(), new_ricloud("stranger")
    assert probe.ids("/keys") == ["6", "5", "4", "3", "2", "1"]
    assert probe.ids("/keys?state=blocked") == ["5"]
    assert stranger.ids("/keys") == ["7"]
    refused(stranger.request("GET", "/keys/1"), 404, "not-found")
    answer = probe.request("POST", "/keys", {})
    assert answer.status == 201
    child = new_ricloud()
    child.token = answer.body["token"]
    assert child.get("/key")["id"] == answer.body["id"]


def test_organisation(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    told = {"id": 1, "resource": "organisation", "name": "organisation 1", "state": "active"}
    assert probe.get("/organisation") == told
    assert probe.request("POST", "/organisation", {}).body == told
    assert new_ricloud("stranger").get("/organisation")["id"] == 2
    ricloud.settings(RICLOUD, odd_resource=True, organisation_state="unconfigured")
    odd = probe.get("/organisation")
    assert (odd["state"], odd["permissions"]) == ("unconfigured", {"resource": "organisation_permissions"})


@pytest.mark.parametrize("kind", ["", "application/json", "text/plain"])
def test_users(new_ricloud: NewRicloudProbe, kind: str) -> None:
    probe = new_ricloud()
    raw = b'{"identifier": "someone@sandbox.test"}'
    headers = {"Content-Type": kind} if kind else {}
    first = probe.request("POST", "/users", raw, headers)
    again = probe.request("POST", "/users", raw, headers)
    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    user = first.body
    assert (user["resource"], user["identifier"], user["state"]) == ("user", "someone@sandbox.test", "active")
    assert (user["organisation"], user["key"]) == (1, 1)
    assert probe.get(f"/users/{user['id']}") == user
    other = probe.user("other")
    assert probe.ids("/users") == [str(other), str(user["id"])]
    assert probe.ids("/users?identifier=other") == [str(other)]


def test_users_of_another_organisation(new_ricloud: NewRicloudProbe) -> None:
    number, stranger = new_ricloud().user("someone"), new_ricloud("stranger")
    assert stranger.user("someone") != number
    refused(stranger.request("GET", f"/users/{number}"), 404, "not-found")
    body = {"source": {"user": number, "type": "mocks.mock"}, "payload": {"password": "x"}}
    refused(stranger.request("POST", "/sessions", body), 400, "invalid-parameter")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "identifier"),
        ({"identifier": ""}, "identifier"),
        ({"identifier": 7}, "identifier"),
        ({"identifier": "x", "key": 7}, "key"),
        ({"identifier": "x", "odd": 1}, "body"),
    ],
)
def test_refused_users(new_ricloud: NewRicloudProbe, body: dict[str, Any], name: str) -> None:
    answer = new_ricloud().request("POST", "/users", body)
    refused(answer, 400, "invalid-parameter")
    assert list(answer.body["params"]) == [name]


@pytest.mark.parametrize("path", ["/users", "/sources", "/sessions", "/polls", "/keys"])
@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"identifier=x", b'{"identifier"'])
def test_no_json_object(new_ricloud: NewRicloudProbe, path: str, raw: bytes) -> None:
    refused(new_ricloud().request("POST", path, raw), 400, "invalid-body")


def test_sources(new_ricloud: NewRicloudProbe) -> None:
    probe = new_ricloud()
    user = probe.user()
    body = {"user": user, "type": "icloud.account", "identifier": "x@sandbox.test"}
    first, again = probe.request("POST", "/sources", body), probe.request("POST", "/sources", body)
    assert (first.status, again.status) == (201, 200)
    source = first.body
    assert source == again.body == probe.get(f"/sources/{source['id']}")
    assert (source["resource"], source["user"], source["state"]) == ("source", user, "unvalidated")
    other = probe.request("POST", "/sources", {**body, "user": probe.user("other")}).body
    assert probe.ids("/sources") == [str(other["id"]), str(source["id"])]
    assert probe.ids(f"/sources?user={user}&identifier=x@sandbox.test") == [str(source["id"])]
    assert probe.ids("/sources?type=mocks.mock") == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"type": "mocks.mock"}, "user"),
        ({"user": 99, "type": "mocks.mock"}, "user"),
        ({"user": 11}, "type"),
        ({"user": 11, "type": "icloud.account"}, "type"),
        ({"user": 11, "type": "icloud.backup", "identifier": "x"}, "type"),
    ],
)
def test_refused_sources(new_ricloud: NewRicloudProbe, body: dict[str, Any], name: str) -> None:
    probe = new_ricloud()
    assert probe.user() == 11
    answer = probe.request("POST", "/sources", body)
    refused(answer, 400, "invalid-parameter")
    assert list(answer.body["params"]) == [name]


def test_quoted_ids(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, quoted_ids=True)
    probe = new_ricloud()
    user = probe.user()
    assert user == "11"
    assert probe.get(f"/users/{user}")["organisation"] == "1"
    made = probe.create(ricloud.account(RICLOUD, "alice")).body
    assert (made["user"], made["source"]["user"], made["key"]) == ("11", "11", "1")


def test_unknown_paths(new_ricloud: NewRicloudProbe) -> None:
    probe = new_ricloud()
    refused(probe.request("GET", "/v3/sessions"), 404, "not-found")
    refused(probe.request("PUT", "/sessions/se1", {}), 405, "method-not-allowed")
    refused(probe.request("POST", "/sessions/se1", {}), 405, "method-not-allowed")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_echo(new_ricloud: NewRicloudProbe, method: str) -> None:
    probe = new_ricloud()
    answer = probe.request(method, "/echo?q=1", {"a": 1})
    assert (answer.body["method"], answer.body["query"], answer.body["json"]) == (method, {"q": "1"}, {"a": 1})
    assert probe.token.encode() not in answer.raw


def test_leak_and_redirects(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    assert probe.get("/leak")["token"] == probe.token
    assert probe.request("GET", "/redirect/same").headers["location"] == "/echo"
    other = probe.request("GET", "/redirect/other").headers["location"]
    assert other == f"{ricloud.plain_url(RICLOUD)}/echo"
