# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a session (ricloud protocol page, 3 and 8, rules 3 to 9)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, SandboxError
from tests.sandbox.ricloud_probe import PROVIDER as RICLOUD
from tests.sandbox.ricloud_probe import RicloudProbe

from .conftest import NewRicloudProbe
from .test_ricloud_keys import refused

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
NEVER = {"settle_seconds": 1e6, "settle_retrievals": 0}


def account(ricloud: Sandbox, name: str) -> dict[str, Any]:
    return ricloud.account(RICLOUD, name)


def created(probe: RicloudProbe, ricloud: Sandbox, name: str = "alice", **more: Any) -> dict[str, Any]:
    answer = probe.create(account(ricloud, name), **more)
    assert answer.status == 201
    return answer.body


def final(probe: RicloudProbe, ricloud: Sandbox, name: str, **more: Any) -> tuple[str, str | None]:
    made = created(probe, ricloud, name, wait=10, **more)
    return made["state"], made["error"]


def sent(ricloud: Sandbox) -> dict[str, int]:
    return dict(ricloud.codes(RICLOUD)["sent"])


def test_creation(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    made = created(new_ricloud(), ricloud)
    assert MOMENT.fullmatch(made["date_created"])
    assert MOMENT.fullmatch(made["source"].pop("date_created"))
    assert made == {
        "id": made["id"],
        "resource": "session",
        "organisation": 1,
        "key": 1,
        "user": 11,
        "source": {
            "id": 12,
            "resource": "source",
            "user": 11,
            "type": "icloud.account",
            "identifier": "alice@sandbox.test",
            "parent": None,
            "state": "unvalidated",
        },
        "state": "pending",
        "error": None,
        "date_created": made["date_created"],
        "date_expired": None,
    }


def test_the_payload_is_never_told(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe, password = new_ricloud(), account(ricloud, "alice")["password"]
    answer = probe.create(account(ricloud, "alice"))
    told = [answer.raw, probe.request("GET", f"/sessions/{answer.body['id']}").raw, probe.request("GET", "/events").raw]
    told += [probe.request("GET", "/sessions").raw, probe.request("DELETE", f"/sessions/{answer.body['id']}").raw]
    assert all(b"payload" not in raw and json.dumps(password)[1:-1].encode() not in raw for raw in told)


@pytest.mark.parametrize("kind", [None, "application/json", "application/x-www-form-urlencoded"])
def test_any_content_type(new_ricloud: NewRicloudProbe, ricloud: Sandbox, kind: str | None) -> None:
    probe, known = new_ricloud(), account(ricloud, "alice")
    source = {"user": probe.user(), "type": known["type"], "identifier": known["identifier"]}
    raw = json.dumps({"source": source, "payload": {"password": known["password"]}}, ensure_ascii=False).encode()
    answer = probe.request(
        "POST", "/sessions", raw, {"Ricloud-Await": "10", **({"Content-Type": kind} if kind else {})}
    )
    assert (answer.status, answer.body["state"]) == (201, "active")


def test_settled_by_retrievals(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, settle_seconds=1e6, settle_retrievals=3)
    probe = new_ricloud()
    path = f"/sessions/{created(probe, ricloud)['id']}"
    assert probe.get("/sessions")["data"][0]["state"] == "pending"
    assert [probe.get(path)["state"] for _number in range(3)] == ["pending", "pending", "active"]
    assert probe.get("/sources")["data"][0]["state"] == "active"


def test_settled_by_time(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, settle_seconds=100, settle_retrievals=0)
    probe = new_ricloud()
    made = created(probe, ricloud)
    assert [probe.get(f"/sessions/{made['id']}")["state"] for _number in range(4)] == ["pending"] * 4
    ricloud.clock(RICLOUD, 101)
    assert probe.get("/sessions?state=active")["data"][0]["id"] == made["id"]


def test_settled_at_once(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, settle_seconds=0)
    assert created(new_ricloud(), ricloud)["state"] == "active"


def test_settled_by_a_deed(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, **NEVER)
    probe = new_ricloud()
    alice, bob = created(probe, ricloud), created(probe, ricloud, "bob")
    assert ricloud.act(RICLOUD, "settle", account="bob") == {"settled": 1}
    assert probe.get(f"/sessions/{bob['id']}")["error"] == "code-required"
    assert probe.get(f"/sessions/{alice['id']}")["state"] == "pending"
    assert ricloud.act(RICLOUD, "settle", id=alice["id"]) == {"settled": 1}
    assert probe.get(f"/sessions/{alice['id']}")["state"] == "active"


@pytest.mark.parametrize(
    ("seconds", "wait", "state"),
    [
        (5, 10, "active"),
        (5, 5, "active"),
        (5, 4, "pending"),
        (5, 0, "pending"),
        (12, 30, "pending"),
        (10, 30, "active"),
    ],
)
def test_await(new_ricloud: NewRicloudProbe, ricloud: Sandbox, seconds: int, wait: int, state: str) -> None:
    ricloud.settings(RICLOUD, settle_seconds=seconds)
    before = ricloud.state(RICLOUD)["clock_offset"]
    assert created(new_ricloud(), ricloud, wait=wait)["state"] == state
    assert ricloud.state(RICLOUD)["clock_offset"] == before


def test_the_longest_await_can_be_chosen(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, settle_seconds=20, await_limit=30)
    assert created(new_ricloud(), ricloud, wait=30)["state"] == "active"


@pytest.mark.parametrize("wait", ["soon", "-1", "1.5"])
def test_a_wrong_await(new_ricloud: NewRicloudProbe, ricloud: Sandbox, wait: str) -> None:
    refused(new_ricloud().create(account(ricloud, "alice"), wait=wait), 400, "invalid-parameter")
    assert ricloud.state(RICLOUD)["sessions"] == []
    assert ricloud.state(RICLOUD)["logins"] == {}


@pytest.mark.parametrize(
    ("change", "name", "word"),
    [
        ({"source": None}, "source", "required"),
        ({"payload": None}, "payload", "required"),
        ({"source": 12}, "source", "object"),
        ({"payload": "password"}, "payload", "object"),
        ({"source": {"type": "mocks.mock"}}, "source", "user"),
        ({"source": {"user": 99, "type": "mocks.mock"}}, "source", "user"),
        ({"source": {"user": 11}}, "source", "type"),
        ({"source": {"user": 11, "type": "other"}}, "source", "type"),
        ({"source": {"user": 11, "type": "icloud.account"}}, "source", "identifier"),
        ({"source": {"user": 11, "type": "icloud.account", "identifier": 7}}, "source", "identifier"),
        ({"source": {"user": 11, "type": "icloud.backup", "identifier": "x"}}, "source", "directly"),
        ({"source": {"user": 11, "type": "rirelay.source"}}, "source", "directly"),
        ({"source": {"user": 11, "type": "mocks.mock", "odd": 1}}, "source", "odd"),
        ({"source": {"user": 11, "type": "rirelay.instance"}}, "payload", "code"),
        ({"payload": {}}, "payload", "password"),
        ({"payload": {"password": ""}}, "payload", "password"),
        ({"payload": {"password": 1234}}, "payload", "string"),
        ({"payload": {"password": "x", "code": 123456}}, "payload", "string"),
        ({"payload": {"password": "x", "odd": "1"}}, "payload", "odd"),
        ({"odd": 1}, "body", "odd"),
    ],
)
def test_refused_creations(
    new_ricloud: NewRicloudProbe, ricloud: Sandbox, change: dict[str, Any], name: str, word: str
) -> None:
    probe = new_ricloud()
    assert probe.user() == 11
    right = {"source": {"user": 11, "type": "mocks.mock"}, "payload": {"password": "x"}}
    body = {key: value for key, value in {**right, **change}.items() if value is not None}
    answer = probe.request("POST", "/sessions", body)
    refused(answer, 400, "invalid-parameter")
    assert list(answer.body["params"]) == [name]
    assert word in answer.body["params"][name][0]
    assert ricloud.state(RICLOUD)["sessions"] == []


def test_lenient_mode(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, strict_parameters=False)
    probe, known = new_ricloud(), account(ricloud, "carol")
    source = {"user": probe.user(), "type": known["type"], "identifier": known["identifier"], "odd": 1}
    body = {"source": source, "payload": {"password": known["password"], "odd": "1"}, "odd": 1}
    assert probe.request("POST", "/sessions", body).status == 201
    assert probe.request("GET", "/sessions?odd=1").status == 200


@pytest.mark.parametrize("name", ["alice", "carol"])
def test_wrong_password(new_ricloud: NewRicloudProbe, ricloud: Sandbox, name: str) -> None:
    probe = new_ricloud()
    assert final(probe, ricloud, name, password="wrong") == ("failed", "invalid-credentials")
    assert final(probe, ricloud, name) == ("active", None)
    assert ricloud.state(RICLOUD)["logins"] == {name: 2}
    ricloud.settings(RICLOUD, refused_error="bad-password")
    assert final(probe, ricloud, name, password="wrong") == ("failed", "bad-password")


def test_unknown_identifier(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    nobody = {"type": "icloud.account", "identifier": "nobody@sandbox.test", "password": "x"}
    made = new_ricloud().create(nobody, wait=10).body
    assert (made["state"], made["error"], made["source"]["state"]) == ("failed", "invalid-credentials", "unvalidated")


def test_a_source_belongs_to_a_user(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    first, again = created(probe, ricloud), created(probe, ricloud)
    other = created(probe, ricloud, user="other")
    assert first["source"]["id"] == again["source"]["id"]
    assert other["source"]["id"] != first["source"]["id"]


def test_second_factor(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    assert final(probe, ricloud, "bob") == ("failed", "code-required")
    assert sent(ricloud) == {"bob": 1}
    code = ricloud.codes(RICLOUD)["codes"]["bob"]
    assert final(probe, ricloud, "bob", code="000") == ("failed", "code-required")
    assert final(probe, ricloud, "bob", code=code, password="wrong") == ("failed", "invalid-credentials")
    assert sent(ricloud) == {"bob": 1}
    assert final(probe, ricloud, "bob", code=code) == ("active", None)
    assert final(probe, ricloud, "bob", code=code) == ("failed", "code-required")
    assert ricloud.state(RICLOUD)["states"] == {"failed": 4, "active": 1}


def test_every_first_step_sends_a_code(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, **NEVER)
    probe = new_ricloud()
    created(probe, ricloud, "bob")
    old = ricloud.codes(RICLOUD)["codes"]["bob"]
    for _number in range(9):
        created(probe, ricloud, "bob")
        if ricloud.codes(RICLOUD)["codes"]["bob"] != old:
            break
    assert sent(ricloud)["bob"] >= 2
    ricloud.settings(RICLOUD, settle_seconds=0)
    assert final(probe, ricloud, "bob", code=old) == ("failed", "code-required")


def test_a_wrong_password_sends_no_code(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    assert final(new_ricloud(), ricloud, "bob", password="wrong") == ("failed", "invalid-credentials")
    assert sent(ricloud) == {}


def test_a_stale_code(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    final(probe, ricloud, "bob")
    code = ricloud.codes(RICLOUD)["codes"]["bob"]
    ricloud.clock(RICLOUD, 301)
    assert final(probe, ricloud, "bob", code=code) == ("failed", "code-required")


def test_second_factor_on_and_off(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    ricloud.act(RICLOUD, "second_factor", account="alice")
    assert final(probe, ricloud, "alice") == ("failed", "code-required")
    ricloud.act(RICLOUD, "second_factor", account="alice", needed=False)
    assert final(probe, ricloud, "alice") == ("active", None)


def test_relay(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    code = ricloud.codes(RICLOUD)["pairing"]["dave"]
    assert final(probe, ricloud, "dave", code="000") == ("failed", "code-invalid")
    assert final(probe, ricloud, "dave", code=code) == ("active", None)
    assert probe.get("/sources")["data"][0]["identifier"] is None


def test_a_locked_source(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    ricloud.act(RICLOUD, "lock", account="alice")
    assert final(probe, ricloud, "alice") == ("failed", "source-locked")
    ricloud.act(RICLOUD, "lock", account="alice", locked=False)
    ricloud.settings(RICLOUD, max_wrong_passwords=2, locked_error="locked-up")
    for _number in range(2):
        assert final(probe, ricloud, "alice", password="wrong") == ("failed", "invalid-credentials")
    assert final(probe, ricloud, "alice") == ("failed", "locked-up")
    assert ricloud.state(RICLOUD)["locked"] == ["alice"]


def test_delete(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    made = created(probe, ricloud, wait=10)
    answer = probe.request("DELETE", f"/sessions/{made['id']}")
    assert (answer.status, answer.body["state"], answer.body["error"]) == (200, "expired", "organisation")
    assert MOMENT.fullmatch(answer.body["date_expired"])
    assert probe.get(f"/sessions/{made['id']}") == answer.body
    assert probe.request("DELETE", f"/sessions/{made['id']}").body == answer.body
    assert probe.ids("/sessions") == [made["id"]]


def test_delete_what_is_not_active(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    ricloud.settings(RICLOUD, **NEVER)
    pending = created(probe, ricloud)["id"]
    assert probe.request("DELETE", f"/sessions/{pending}").body["error"] == "organisation"
    ricloud.settings(RICLOUD, delete_expires_pending=False)
    pending = created(probe, ricloud)["id"]
    assert probe.request("DELETE", f"/sessions/{pending}").body["state"] == "pending"
    failed = ricloud.act(RICLOUD, "create_session", account="alice", state="failed")["id"]
    gone = probe.request("DELETE", f"/sessions/{failed}").body
    assert (gone["state"], gone["error"], gone["date_expired"]) == ("failed", "invalid-credentials", None)
    over = ricloud.act(RICLOUD, "create_session", account="alice", state="expired", error="admin")["id"]
    assert probe.request("DELETE", f"/sessions/{over}").body["error"] == "admin"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_somebody_elses_session(new_ricloud: NewRicloudProbe, ricloud: Sandbox, method: str) -> None:
    made = created(new_ricloud(), ricloud, wait=10)
    refused(new_ricloud("stranger").request(method, f"/sessions/{made['id']}"), 404, "not-found")
    refused(new_ricloud().request(method, "/sessions/se0"), 404, "not-found")
    assert new_ricloud("second").get(f"/sessions/{made['id']}")["state"] == "active"


@pytest.mark.parametrize("reason", ["service", "api", "organisation", "admin"])
def test_expiry(new_ricloud: NewRicloudProbe, ricloud: Sandbox, reason: str) -> None:
    probe = new_ricloud()
    made, other = created(probe, ricloud, wait=10), created(probe, ricloud, "carol", wait=10)
    assert ricloud.act(RICLOUD, "expire", reason=reason, id=made["id"]) == {"expired": 1}
    found = probe.get(f"/sessions/{made['id']}")
    assert (found["state"], found["error"]) == ("expired", reason)
    assert probe.get(f"/sessions/{other['id']}")["state"] == "active"
    assert ricloud.act(RICLOUD, "expire", reason=reason, account="alice") == {"expired": 0}


def test_idle_expiry(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, idle_seconds=600)
    probe = new_ricloud()
    made = created(probe, ricloud, wait=10)
    ricloud.clock(RICLOUD, 500)
    assert probe.request("POST", "/polls", {"session": made["id"], "payload": {}}).status == 201
    ricloud.clock(RICLOUD, 500)
    assert probe.get(f"/sessions/{made['id']}")["state"] == "active"
    ricloud.clock(RICLOUD, 200)
    found = probe.get(f"/sessions/{made['id']}")
    assert (found["state"], found["error"]) == ("expired", "api")


def test_change_password(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    made = created(probe, ricloud, wait=10)
    ricloud.act(RICLOUD, "change_password", account="alice", password="canary-changed")
    found = probe.get(f"/sessions/{made['id']}")
    assert (found["state"], found["error"]) == ("expired", "service")
    assert final(probe, ricloud, "alice")[0] == "failed"
    assert final(probe, ricloud, "alice", password="canary-changed")[0] == "active"
    assert "canary-changed" in ricloud.canaries(RICLOUD)


def test_polls(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    made = created(probe, ricloud, wait=10)
    body = {"session": made["id"], "payload": {"data_types": ["x"]}}
    answer = probe.request("POST", "/polls", body)
    poll = answer.body
    assert (answer.status, poll["resource"], poll["state"], poll["session"]) == (201, "poll", "processing", made["id"])
    assert probe.get(f"/polls/{poll['id']}")["state"] == "completed"
    assert probe.ids(f"/polls?session={made['id']}&state=completed") == [poll["id"]]
    ricloud.settings(RICLOUD, organisation_state="unconfigured")
    refused(probe.request("POST", "/polls", body), 400, "unconfigured")
    probe.request("DELETE", f"/sessions/{made['id']}")
    refused(probe.request("POST", "/polls", body), 400, "session-expired")
    refused(probe.request("POST", "/polls", {**body, "session": "se0"}), 400, "invalid-parameter")
    refused(probe.request("POST", "/polls", {"session": made["id"]}), 400, "invalid-parameter")


def test_a_poll_needs_an_active_session(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    failed = ricloud.act(RICLOUD, "create_session", account="alice", state="failed")["id"]
    answer = new_ricloud().request("POST", "/polls", {"session": failed, "payload": {}})
    refused(answer, 400, "invalid-parameter")


def test_limits(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe, known = new_ricloud(), account(ricloud, "alice")
    ricloud.settings(RICLOUD, session_limit=1)
    assert probe.create(known, wait=10).status == 201
    refused(probe.create(known), 400, "limit-exceeded")
    ricloud.settings(RICLOUD, session_limit=0, in_flight=True)
    assert probe.create(known).status == 201
    refused(probe.create(known), 429, "rate-limited")
    assert probe.create(account(ricloud, "carol")).status == 201
    assert ricloud.state(RICLOUD)["logins"] == {"alice": 2, "carol": 1}


def test_the_other_word_for_active(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, active_word="succeeded")
    probe = new_ricloud()
    made = created(probe, ricloud, wait=10)
    assert made["state"] == "succeeded"
    assert probe.ids("/sessions?state=active") == [made["id"]]
    refused(probe.request("GET", "/sessions?state=succeeded"), 400, "invalid-parameter")


def test_whole_seconds(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, whole_seconds=True)
    made = created(new_ricloud(), ricloud)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["date_created"])


@pytest.mark.parametrize("state", ["pending", "active", "failed", "expired"])
def test_a_session_of_another_job(new_ricloud: NewRicloudProbe, ricloud: Sandbox, state: str) -> None:
    made = ricloud.act(RICLOUD, "create_session", account="bob", user="x", key="second", state=state)
    assert (made["state"], made["key"]) == (state, 2)
    assert new_ricloud().ids(f"/sessions?state={state}&key=2") == [made["id"]]
    assert sent(ricloud) == {}


def test_webhook(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    made = created(probe, ricloud, wait=10)
    assert probe.ids("/events") == []
    ricloud.act(RICLOUD, "expire", reason="admin")
    (event,) = probe.get("/events?type=session&action=expired")["data"]
    assert (event["resource"], event["data"]["id"], event["data"]["error"]) == ("event", made["id"], "admin")
    assert probe.get(f"/events/{event['id']}") == event
    delivery = ricloud.act(RICLOUD, "webhook")
    assert delivery["path"] == f"/{event['id']}"
    assert json.loads(delivery["body"]) == event
    found = re.fullmatch(r"t=(\d+),s=(.+)", delivery["headers"]["Ricloud-Signature"])
    assert found is not None
    message = f"{found.group(1)}.{delivery['body']}".encode()
    secret = account(ricloud, "webhook")["secret"].encode()
    assert base64.b64decode(found.group(2)) == hmac.new(secret, message, hashlib.sha256).digest()


@pytest.mark.parametrize(
    ("do", "arguments"),
    [
        ("dance", {}),
        ("expire", {"reason": "boredom"}),
        ("expire", {"id": "se0"}),
        ("settle", {"account": "mallory"}),
        ("key_state", {"key": "main", "state": "odd"}),
        ("key_state", {"key": "odd", "state": "active"}),
        ("create_session", {"account": "alice", "state": "odd"}),
        ("webhook", {}),
    ],
)
def test_deeds_that_cannot_be_done(ricloud: Sandbox, do: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(SandboxError):
        ricloud.act(RICLOUD, do, **arguments)
