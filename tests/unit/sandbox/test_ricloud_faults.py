# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults, the journal, reset (ricloud protocol page, 8, rules 5, 13 and 14; sandbox README)."""

from __future__ import annotations

import http.client
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, fingerprint
from tests.sandbox.ricloud_probe import PROVIDER as RICLOUD

from .conftest import NewRicloudProbe
from .test_ricloud_keys import refused


def bob(ricloud: Sandbox) -> dict[str, Any]:
    return ricloud.account(RICLOUD, "bob")


def test_a_page_instead_of_the_work(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.fault(RICLOUD, "html", route="session_create", status=502, count=2)
    probe = new_ricloud()
    answers = [probe.create(bob(ricloud)) for _number in range(3)]
    assert [answer.status for answer in answers] == [502, 502, 201]
    assert answers[0].headers["content-type"].startswith("text/html")
    assert ricloud.codes(RICLOUD)["sent"] == {"bob": 1}


def test_blind_retries_make_duplicates(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.fault(RICLOUD, "html", route="session_create", status=502, count=3, when="after")
    probe = new_ricloud()
    assert [probe.create(bob(ricloud)).status for _number in range(4)] == [502, 502, 502, 201]
    assert ricloud.codes(RICLOUD)["sent"] == {"bob": 4}
    assert ricloud.state(RICLOUD)["logins"] == {"bob": 4}
    assert len(ricloud.state(RICLOUD)["sessions"]) == 4


def test_the_connection_is_lost_after_the_work(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.fault(RICLOUD, "drop_after", route="session_create")
    probe = new_ricloud()
    with pytest.raises((http.client.HTTPException, OSError)):
        probe.create(bob(ricloud))
    (session,) = probe.get("/sessions")["data"]
    assert session["key"] == 1
    assert ricloud.codes(RICLOUD)["sent"] == {"bob": 1}


def test_errors_by_name(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    ricloud.fault(RICLOUD, "status", status=429, headers={"Retry-After": "3"})
    answer = probe.request("GET", "/key")
    refused(answer, 429, "rate-limited")
    assert answer.headers["retry-after"] == "3"
    ricloud.fault(RICLOUD, "status", status=400, error="limit-exceeded", details={"source": ["Too many."]})
    answer = probe.request("GET", "/key")
    refused(answer, 400, "limit-exceeded")
    assert answer.body["params"] == {"source": ["Too many."]}
    ricloud.fault(RICLOUD, "status", status=503)
    refused(probe.request("GET", "/key"), 503, "server-error")


def test_every_reply_is_a_json_object(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    made = probe.create(bob(ricloud), wait=10).body["id"]
    calls = [
        ("GET", "/sessions"),
        ("GET", f"/sessions/{made}"),
        ("DELETE", f"/sessions/{made}"),
        ("GET", "/nothing"),
        ("PUT", "/sessions"),
        ("GET", "/redirect/same"),
    ]
    for method, path in calls:
        answer = probe.request(method, path)
        assert isinstance(answer.body, dict)
        assert answer.headers["content-type"] == "application/json"


def test_the_journal_has_no_secret(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    probe.create(bob(ricloud), wait=10)
    code = ricloud.codes(RICLOUD)["codes"]["bob"]
    made = probe.create(bob(ricloud), wait=10, code=code).body
    probe.request("GET", f"/echo?key={probe.token}", headers={"X-Copy": probe.token})
    old, probe.token = probe.token, probe.request("POST", "/keys/1/rotate", {}).body["token"]
    probe.request("DELETE", f"/sessions/{made['id']}")
    journal = ricloud.journal(RICLOUD)
    told = repr(journal) + repr(ricloud.state(RICLOUD))
    secrets = ricloud.canaries(RICLOUD)
    assert {old, probe.token, bob(ricloud)["password"]} <= set(secrets)
    assert [secret for secret in secrets if secret in told] == []
    entry = ricloud.journal(RICLOUD, route="session_create")[1]
    assert entry["body"]["payload"] == {"password": "********", "code": "********"}
    assert entry["body"]["source"]["identifier"] == "bob@sandbox.test"
    assert entry["headers"]["ricloud-await"] == "10"
    assert (entry["account"], entry["fingerprints"]) == ("main", {"key": fingerprint(old)})
    assert journal[-1]["path"] == f"/sessions/{made['id']}"


def test_misplaced_secrets_are_seen(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    probe.create(bob(ricloud), wait=10)
    assert ricloud.state(RICLOUD)["misplaced"] == []
    probe.request("GET", f"/sessions?key={probe.token}")
    probe.request("GET", "/key", headers={"X-Key": probe.token})
    probe.user(bob(ricloud)["password"])
    assert ricloud.state(RICLOUD)["misplaced"] == [
        {"route": "session_list", "place": "address"},
        {"route": "key_current", "place": "header x-key"},
        {"route": "user_create", "place": "body"},
    ]


def test_reset(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    probe.create(bob(ricloud), wait=10)
    probe.request("POST", "/keys", {})
    ricloud.act(RICLOUD, "rotate_key")
    ricloud.reset(RICLOUD)
    assert probe.request("GET", "/key").status == 200
    state = ricloud.state(RICLOUD)
    assert (state["sessions"], state["users"], state["sources"], state["logins"]) == ([], [], [], {})
    assert len(state["keys"]) == 7
    assert ricloud.codes(RICLOUD)["sent"] == {}
