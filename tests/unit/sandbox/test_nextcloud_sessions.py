# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions (Nextcloud Passwords protocol page, sections 2 and 3)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from tests.sandbox.harness import ROOT, Sandbox, fingerprint
from tests.sandbox.passwords_probe import HEADER, PasswordsProbe, basic
from tests.sandbox.passwords_probe import PROVIDER as NEXTCLOUD
from tests.sandbox.probe import Answer

from .conftest import NewPasswordsProbe

VECTORS = json.loads((ROOT / "tests" / "vectors" / "nextcloud_passwords.json").read_text(encoding="utf-8"))
UNAUTHORISED = (412, "4ad27488", "Authorized session required")
FREE = [
    ("GET", "session/request", None),
    ("POST", "session/open", {}),
    ("GET", "session/keepalive", None),
    ("GET", "token/totp/request", None),
    ("POST", "settings/get", ["user.session.lifetime"]),
    ("GET", "settings/list", None),
]
GUARDED = [
    ("GET", "session/close", None),
    ("GET", "keychain/get", None),
    ("POST", "keychain/set", {"id": "CSEv1r1", "data": "00"}),
    ("GET", "account/challenge/get", None),
    ("POST", "account/challenge/set", {}),
    ("GET", "service/password", None),
    ("POST", "settings/set", {"client.x": "1"}),
    ("POST", "settings/reset", ["client.x"]),
    *(
        (method, f"{kind}/{action}", None)
        for kind in ("password", "folder", "tag")
        for method, action in (
            ("GET", "list"),
            ("POST", "list"),
            ("POST", "find"),
            ("POST", "show"),
            ("POST", "create"),
            ("PATCH", "update"),
            ("DELETE", "delete"),
            ("PATCH", "restore"),
        )
    ),
]


def error(answer: Answer) -> tuple[int, Any, Any]:
    """Return status, id and message of an error of the app, which always tells the session."""
    assert answer.headers[HEADER]
    body = answer.body
    assert set(body) == {"status", "id", "message"}
    assert body["status"] == "error"
    return answer.status, body["id"], body["message"]


def test_form_of_the_session(new_passwords: NewPasswordsProbe) -> None:
    answer = new_passwords("carol").api("GET", "session/request")
    value = answer.headers[HEADER]
    assert len(value) == 324
    assert [len(part) for part in value.split("|")] == [160, 32, 128, 1]
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    name, _rest, encoded = cookie.partition("=")
    assert (name, unquote(encoded)) == ("nc_passwords", value)
    assert "|" not in encoded
    assert attributes == ["path=/", "secure", "HttpOnly", "SameSite=Lax"]


def test_the_same_value_as_long_as_it_lives(new_passwords: NewPasswordsProbe) -> None:
    probe = new_passwords("alice")
    value = probe.api("GET", "session/request").headers[HEADER]
    assert probe.open().headers[HEADER] == value
    for method, path, body in (*FREE, ("GET", "password/list", None), ("POST", "password/show", {"id": "unknown"})):
        assert probe.api(method, path, body).headers[HEADER] == value
    assert probe.api("POST", "password/show", b"{", {"Content-Type": "application/json"}).headers[HEADER] == value


def test_without_a_session_each_answer_has_a_new_one(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, seen = new_passwords("carol"), set()
    for _number in range(3):
        probe.session = ""
        seen.add(probe.api("GET", "session/keepalive").headers[HEADER])
    assert len(seen) == 3
    assert nextcloud.state(NEXTCLOUD)["accounts"] == {"carol": 3}


@pytest.mark.parametrize("garbage", ["garbage", "a|b|c|3", "\x7f"])
def test_garbage_never_errs(new_passwords: NewPasswordsProbe, garbage: str) -> None:
    probe = new_passwords("carol")
    probe.session = garbage
    answer = probe.api("GET", "session/keepalive")
    assert answer.status == 200
    assert answer.headers[HEADER] != garbage


def test_the_cookie_wins(new_passwords: NewPasswordsProbe) -> None:
    probe = new_passwords("alice", opened=True)
    good = probe.session
    assert probe.api("GET", "keychain/get", None, {"Cookie": "nc_passwords="}).status == 200
    assert error(probe.api("GET", "keychain/get", None, {"Cookie": "other=1; nc_passwords=stale"})) == UNAUTHORISED
    assert probe.session != good
    cookie = "nc_passwords=" + good.replace("|", "%7C")
    assert probe.api("GET", "keychain/get", None, {"Cookie": cookie, "X-API-SESSION": "stale"}).status == 200


def test_another_users_session_survives(new_passwords: NewPasswordsProbe) -> None:
    alice, carol = new_passwords("alice", opened=True), new_passwords("carol")
    carol.session = alice.session
    assert carol.api("GET", "session/keepalive").headers[HEADER] != alice.session
    assert alice.api("GET", "keychain/get").status == 200


def test_another_token_of_the_same_user_goes_on(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice", opened=True)
    second = nextcloud.account(NEXTCLOUD, "alice")["second_app_password"]
    probe.headers["Authorization"] = basic("alice", second)
    assert probe.api("GET", "keychain/get").status == 200


def test_another_kind_of_login_ends_the_session(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, account = new_passwords("alice", opened=True), nextcloud.account(NEXTCLOUD, "alice")
    value = probe.session
    probe.headers["Authorization"] = basic("alice", account["password"])
    assert error(probe.api("GET", "keychain/get")) == UNAUTHORISED
    probe.headers["Authorization"] = basic("alice", account["app_password"])
    probe.session = value
    assert error(probe.api("GET", "keychain/get")) == UNAUTHORISED
    assert probe.session != value


def test_sliding_lifetime(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice", opened=True)
    nextcloud.act(NEXTCLOUD, "configure", account="alice", settings={"user.session.lifetime": 30})
    value = probe.session
    for path in ("session/keepalive", "keychain/get", "session/request"):
        nextcloud.clock(NEXTCLOUD, 20)
        assert probe.api("GET", path).headers[HEADER] == value
    nextcloud.clock(NEXTCLOUD, 20)
    assert probe.api("POST", "password/show", {"id": "x"}).status == 404
    nextcloud.clock(NEXTCLOUD, 20)
    assert probe.api("GET", "keychain/get").status == 200
    nextcloud.clock(NEXTCLOUD, 32)
    assert error(probe.api("GET", "keychain/get")) == UNAUTHORISED
    assert probe.session != value


def test_errors_of_the_core_and_images_do_not_renew(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice", opened=True)
    nextcloud.clock(NEXTCLOUD, 590)
    assert probe.api("GET", "service/avatar/alice/32").status == 200
    assert probe.api("POST", "session/keepalive").status == 405
    nextcloud.clock(NEXTCLOUD, 20)
    assert error(probe.api("GET", "keychain/get")) == UNAUTHORISED


def test_keepalive_succeeds_on_a_dead_session(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice", opened=True)
    value = probe.session
    nextcloud.clock(NEXTCLOUD, 601)
    assert probe.get("session/keepalive") == {"success": True}
    assert probe.session != value
    assert error(probe.api("GET", "password/list")) == UNAUTHORISED


def test_sessions_dropped_by_the_server(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice", opened=True)
    assert nextcloud.act(NEXTCLOUD, "drop_sessions", account="alice") == {"dropped": 1}
    assert error(probe.api("GET", "password/list")) == UNAUTHORISED


@pytest.mark.parametrize(("method", "path", "body"), GUARDED)
def test_guarded_routes(new_passwords: NewPasswordsProbe, method: str, path: str, body: Any) -> None:
    assert error(new_passwords("dave").api(method, path, body)) == UNAUTHORISED


@pytest.mark.parametrize(("method", "path", "body"), FREE)
def test_free_routes(new_passwords: NewPasswordsProbe, method: str, path: str, body: Any) -> None:
    assert new_passwords("dave").api(method, path, body).status != 412


@pytest.mark.parametrize(("method", "path", "body"), GUARDED)
def test_without_a_challenge_all_is_free(new_passwords: NewPasswordsProbe, method: str, path: str, body: Any) -> None:
    assert new_passwords("carol").api(method, path, body).status != 412


def test_images_tell_no_session(new_passwords: NewPasswordsProbe) -> None:
    probe = new_passwords("alice")
    for path in ("service/avatar/alice/32", "service/favicon/example.com/32"):
        answer = probe.api("GET", path)
        assert (answer.status, answer.headers["content-type"], HEADER in answer.headers) == (200, "image/png", False)


def test_request(new_passwords: NewPasswordsProbe) -> None:
    probe = new_passwords("dave")
    told = probe.get("session/request")
    assert set(told) == {"challenge"}
    assert told["challenge"]["type"] == "PWDv1r1"
    assert [len(salt) for salt in told["challenge"]["salts"]] == [512, 128, 32]
    assert probe.open().status == 200
    assert probe.api("GET", "session/request").raw == b"{}"


def test_request_without_a_challenge(new_passwords: NewPasswordsProbe) -> None:
    assert new_passwords("carol").api("GET", "session/request").raw == b"{}"


@pytest.mark.parametrize("body", [None, {}, {"challenge": "x" * 64}, {"challenge": "short", "token": {"totp": "1"}}])
def test_open_without_a_challenge(new_passwords: NewPasswordsProbe, body: Any) -> None:
    answer = new_passwords("carol").api("POST", "session/open", body)
    assert (answer.status, answer.raw) == (200, b'{"success":true,"keys":[]}')


def test_open_without_a_session_makes_one(new_passwords: NewPasswordsProbe) -> None:
    probe = new_passwords("alice")
    solved = probe.challenge()
    probe.session = ""
    assert probe.api("POST", "session/open", {"challenge": solved}).status == 200
    assert probe.api("GET", "password/list").status == 200


def test_open_tells_the_keys(new_passwords: NewPasswordsProbe) -> None:
    assert new_passwords("dave").open().raw == b'{"success":true,"keys":[]}'
    assert set(new_passwords("erin").open(token={"totp": "1"}).body) == {"status", "id", "message"}
    body = new_passwords("alice").open().body
    assert body == {"success": True, "keys": {"CSEv1r1": VECTORS["keychains"][0]["encrypted_hex"]}}


@pytest.mark.parametrize("body", [{}, {"challenge": "0" * 64}, {"challenge": "short"}, {"token": "text"}])
def test_open_verifies_nothing_on_an_authorised_session(
    new_passwords: NewPasswordsProbe, nextcloud: Sandbox, body: Any
) -> None:
    probe = new_passwords("alice", opened=True)
    answer = probe.api("POST", "session/open", body)
    assert answer.body["keys"]["CSEv1r1"] == VECTORS["keychains"][0]["encrypted_hex"]
    assert nextcloud.state(NEXTCLOUD)["failed_attempts"]["alice"] == 0


def test_close(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice", opened=True)
    value = probe.session
    assert probe.get("session/close") == {"success": True}
    fresh = probe.session
    assert fresh != value
    probe.session = value
    assert error(probe.api("GET", "password/list")) == UNAUTHORISED
    assert probe.session not in (value, fresh)
    assert error(probe.api("GET", "session/close")) == UNAUTHORISED


def test_close_without_a_challenge(new_passwords: NewPasswordsProbe) -> None:
    probe = new_passwords("carol")
    value = probe.api("GET", "session/request").headers[HEADER]
    assert probe.get("session/close") == {"success": True}
    assert probe.session != value
    assert probe.get("session/close") == {"success": True}


def test_transcript_of_account_a(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, named = new_passwords("alice"), {}
    for step in VECTORS["transcript_account_A"]:
        if "expired" in step.get("comment", ""):
            nextcloud.clock(NEXTCLOUD, 601)
        wanted, expected = step["request"], step["response"]
        probe.session = named.get(wanted["session"], "")
        answer = probe.api(wanted["method"], wanted["path"], wanted.get("json"))
        assert answer.status == expected["status"]
        assert json.loads(answer.raw) == expected["json"]
        named.setdefault(expected["session"], answer.headers[HEADER])
        assert answer.headers[HEADER] == named[expected["session"]]
    assert len(set(named.values())) == 3


def test_the_journal_tells_sessions_by_fingerprint(probe_of_alice: PasswordsProbe, nextcloud: Sandbox) -> None:
    probe_of_alice.api("GET", "password/list")
    entries = nextcloud.journal(NEXTCLOUD)
    assert [entry["route"] for entry in entries] == ["session_request", "session_open", "password_list"]
    assert "session" not in entries[0]["fingerprints"]
    value = fingerprint(probe_of_alice.session)
    assert {entry["fingerprints"]["answered"] for entry in entries} == {value}
    assert [entry["fingerprints"]["session"] for entry in entries[1:]] == [value, value]
    assert {entry["account"] for entry in entries} == {"alice"}
    assert {entry["headers"]["authorization"] for entry in entries} == {"********"}
    assert entries[2]["headers"]["x-api-session"] == "********"


@pytest.fixture
def probe_of_alice(new_passwords: NewPasswordsProbe) -> PasswordsProbe:
    """Return a client with an open session of alice."""
    return new_passwords("alice", opened=True)
