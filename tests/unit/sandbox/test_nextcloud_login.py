# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Challenge, second factor, failed attempts, rate limits (Nextcloud Passwords protocol page, 3.2, 4, 5 and 6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.harness import Sandbox
from tests.sandbox.passwords_probe import HEADER, PasswordsProbe, basic
from tests.sandbox.passwords_probe import PROVIDER as NEXTCLOUD
from tests.sandbox.services._nextcloud_passwords.crypto import solution

from .conftest import NewPasswordsProbe
from .test_nextcloud_sessions import VECTORS, error

WRONG_PASSPHRASE = (401, "ab6e13ba", "Passphrase invalid")
WRONG_LENGTH = (400, "92312b66", "Secret invalid")
NO_TOKEN = (401, "c0980e3c", "Token invalid")
WRONG_TOKEN = (401, "8b4f02b4", "Token verification failed")
TOO_MANY = (403, "b927b225", "Too many failed login attempts")
BLOCKED = (403, "64a6cf1f", "Login not allowed")
UNABLE = (503, 0, "Unable to complete request")


def failures(nextcloud: Sandbox, account: str) -> int:
    return int(nextcloud.state(NEXTCLOUD)["failed_attempts"][account])


@pytest.mark.parametrize("vector", VECTORS["challenges"], ids=lambda vector: vector["name"][:20])
def test_solutions_of_the_vectors(vector: dict[str, Any]) -> None:
    assert solution(vector["password"], tuple(vector["salts"])) == vector["solution"]


@pytest.mark.parametrize("name", ["alice", "bob", "dave"])
def test_right_challenge(new_passwords: NewPasswordsProbe, name: str) -> None:
    probe = new_passwords(name)
    assert probe.open().body["success"] is True
    assert probe.api("GET", "password/list").status == 200


@pytest.mark.parametrize(
    ("challenge", "expected", "counted"),
    [
        (None, WRONG_PASSPHRASE, 1),
        ("0" * 64, WRONG_PASSPHRASE, 1),
        ("z" * 64, WRONG_PASSPHRASE, 1),
        ("", WRONG_LENGTH, 0),
        ("0" * 63, WRONG_LENGTH, 0),
        ("0" * 65, WRONG_LENGTH, 0),
        (["0" * 64], UNABLE, 0),
    ],
)
def test_wrong_challenge(
    new_passwords: NewPasswordsProbe, nextcloud: Sandbox, challenge: Any, expected: tuple[Any, ...], counted: int
) -> None:
    probe = new_passwords("alice")
    body = {} if challenge is None else {"challenge": challenge}
    assert error(probe.api("POST", "session/open", body)) == expected
    assert failures(nextcloud, "alice") == counted
    assert probe.api("GET", "password/list").status == 412


def test_wrong_master_password(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice")
    assert error(probe.open("correct horse battery staple?")) == WRONG_PASSPHRASE
    assert failures(nextcloud, "alice") == 1
    assert probe.open().status == 200
    assert failures(nextcloud, "alice") == 0


def test_five_failures_destroy_the_token(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, second = new_passwords("alice"), new_passwords("alice")
    second.headers["Authorization"] = basic("alice", nextcloud.account(NEXTCLOUD, "alice")["second_app_password"])
    wrong = {"challenge": "0" * 64}
    for _number in range(4):
        assert error(probe.api("POST", "session/open", wrong)) == WRONG_PASSPHRASE
    assert error(probe.api("POST", "session/open", wrong)) == TOO_MANY
    assert probe.api("GET", "session/request").status == 401
    assert nextcloud.state(NEXTCLOUD)["tokens"]["alice"] == ["second device"]
    assert error(second.api("POST", "session/open", wrong)) == TOO_MANY
    assert nextcloud.state(NEXTCLOUD)["tokens"]["alice"] == []
    assert failures(nextcloud, "alice") == 6


def test_a_successful_open_resets_the_counter(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice")
    for _number in range(4):
        probe.api("POST", "session/open", {"challenge": "0" * 64})
    assert probe.open().status == 200
    assert failures(nextcloud, "alice") == 0
    assert probe.api("GET", "session/close").status == 200
    assert error(probe.api("POST", "session/open", {"challenge": "0" * 64})) == WRONG_PASSPHRASE


def test_five_failures_block_password_login(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, account = new_passwords("alice"), nextcloud.account(NEXTCLOUD, "alice")
    right = probe.challenge()
    token = probe.headers["Authorization"]
    probe.headers["Authorization"] = basic("alice", account["password"])
    for _number in range(4):
        assert error(probe.api("POST", "session/open", {"challenge": "0" * 64})) == WRONG_PASSPHRASE
    assert error(probe.api("POST", "session/open", {"challenge": "0" * 64})) == TOO_MANY
    assert error(probe.api("POST", "session/open", {"challenge": right})) == BLOCKED
    assert error(probe.api("GET", "session/request")) == BLOCKED
    assert probe.api("GET", "password/list").status == 412
    probe.headers["Authorization"] = token
    assert probe.api("POST", "session/open", {"challenge": right}).status == 200
    probe.headers["Authorization"] = basic("alice", account["password"])
    assert probe.api("POST", "session/open", {"challenge": right}).status == 200


def test_an_administrator_unlocks(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("alice")
    probe.headers["Authorization"] = basic("alice", nextcloud.account(NEXTCLOUD, "alice")["password"])
    for _number in range(5):
        probe.api("POST", "session/open", {"challenge": "0" * 64})
    nextcloud.act(NEXTCLOUD, "unlock", account="alice")
    assert probe.open().status == 200


def test_open_is_limited(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, other = new_passwords("alice", opened=True), new_passwords("carol")
    for _number in range(9):
        assert probe.api("POST", "session/open", {}).status == 200
    answer = probe.api("POST", "session/open", {})
    assert (answer.status, answer.raw, HEADER in answer.headers) == (429, b"", False)
    assert "retry-after" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")
    assert other.api("POST", "session/open", {}).status == 200
    assert probe.api("GET", "password/list").status == 200
    nextcloud.clock(NEXTCLOUD, 31)
    assert probe.api("POST", "session/open", {}).status == 200


def test_failed_opens_count_for_the_limit(new_passwords: NewPasswordsProbe) -> None:
    probe = new_passwords("alice")
    statuses = [probe.api("POST", "session/open", {"challenge": "short"}).status for _number in range(11)]
    assert statuses == [400] * 10 + [429]


def test_token_requests_are_limited(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("frank")
    statuses = [probe.api("GET", "token/email/request").status for _number in range(4)]
    assert statuses == [200, 200, 200, 429]
    nextcloud.clock(NEXTCLOUD, 61)
    assert probe.api("GET", "token/email/request").status == 200


def test_offered_tokens(new_passwords: NewPasswordsProbe) -> None:
    (told,) = new_passwords("erin").get("session/request")["token"]
    assert told == {
        "type": "user-token",
        "id": "totp",
        "label": "TOTP (Authenticator app)",
        "description": "Authenticate with a TOTP app",
        "request": False,
    }
    heidi = new_passwords("heidi").get("session/request")["token"]
    assert [(token["id"], token["request"]) for token in heidi] == [
        ("totp", False),
        ("email", True),
        ("backup_codes", False),
    ]
    (grace,) = new_passwords("grace").get("session/request")["token"]
    assert (grace["type"], grace["id"], grace["request"]) == ("request-token", "twofactor_nextcloud_notification", True)
    assert "token" not in new_passwords("dave").get("session/request")


def test_one_time_code(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("erin")
    assert probe.open(token={"totp": nextcloud.totp(NEXTCLOUD, "erin")}).body["keys"]["CSEv1r1"]


def test_one_time_code_is_good_once(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, code = new_passwords("erin"), nextcloud.totp(NEXTCLOUD, "erin")
    assert probe.open(token={"totp": f" {code[:3]} {code[3:]}"}).status == 200
    assert error(new_passwords("erin").open(token={"totp": code})) == WRONG_TOKEN
    assert failures(nextcloud, "erin") == 1
    nextcloud.clock(NEXTCLOUD, 30)
    assert new_passwords("erin").open(token={"totp": nextcloud.totp(NEXTCLOUD, "erin")}).status == 200


@pytest.mark.parametrize(("steps", "good"), [(-4, False), (-3, True), (3, True), (4, False)])
def test_window_of_one_time_codes(new_passwords: NewPasswordsProbe, nextcloud: Sandbox, steps: int, good: bool) -> None:
    nextcloud.clock(NEXTCLOUD, 1800 + 30 * steps)
    code = nextcloud.totp(NEXTCLOUD, "erin")
    nextcloud.clock(NEXTCLOUD, -30 * steps)
    probe = new_passwords("erin")
    assert probe.open(token={"totp": code}).status == (200 if good else 401)


def test_an_older_step_is_refused(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    older = nextcloud.totp(NEXTCLOUD, "erin")
    nextcloud.clock(NEXTCLOUD, 30)
    assert new_passwords("erin").open(token={"totp": nextcloud.totp(NEXTCLOUD, "erin")}).status == 200
    assert error(new_passwords("erin").open(token={"totp": older})) == WRONG_TOKEN


@pytest.mark.parametrize(
    ("more", "expected", "counted"),
    [
        ({}, NO_TOKEN, 1),
        ({"token": None}, NO_TOKEN, 1),
        ({"token": {}}, WRONG_TOKEN, 1),
        ({"token": []}, WRONG_TOKEN, 1),
        ({"token": {"email": "123456"}}, WRONG_TOKEN, 1),
        ({"token": {"unknown": "123456"}}, WRONG_TOKEN, 1),
        ({"token": {"totp": "wrong"}}, WRONG_TOKEN, 1),
        ({"token": {"totp": 123456}}, WRONG_TOKEN, 1),
        ({"token": "123456"}, UNABLE, 0),
    ],
)
def test_wrong_tokens(
    new_passwords: NewPasswordsProbe,
    nextcloud: Sandbox,
    more: dict[str, Any],
    expected: tuple[Any, ...],
    counted: int,
) -> None:
    probe = new_passwords("erin")
    assert error(probe.open(**more)) == expected
    assert failures(nextcloud, "erin") == counted


def test_the_token_comes_before_the_challenge(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, code = new_passwords("erin"), nextcloud.totp(NEXTCLOUD, "erin")
    assert error(probe.api("POST", "session/open", {"challenge": "short", "token": {"totp": "0"}})) == WRONG_TOKEN
    assert error(probe.open("wrong master password", token={"totp": code})) == WRONG_PASSPHRASE
    assert error(probe.open(token={"totp": code})) == WRONG_TOKEN
    assert failures(nextcloud, "erin") == 3


def test_all_given_tokens_must_be_right(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, account = new_passwords("heidi"), nextcloud.account(NEXTCLOUD, "heidi")
    wrong = {"totp": nextcloud.totp(NEXTCLOUD, "heidi"), "backup_codes": "wrong"}
    assert error(probe.open(token=wrong)) == WRONG_TOKEN
    nextcloud.clock(NEXTCLOUD, 30)
    right = {"totp": nextcloud.totp(NEXTCLOUD, "heidi"), "backup_codes": account["backup_codes"][0]}
    assert probe.open(token=right).status == 200


def test_backup_codes_are_good_once(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    code = nextcloud.account(NEXTCLOUD, "heidi")["backup_codes"][1]
    assert new_passwords("heidi").open(token={"backup_codes": code}).status == 200
    assert error(new_passwords("heidi").open(token={"backup_codes": code})) == WRONG_TOKEN


def mailed(probe: PasswordsProbe, nextcloud: Sandbox) -> str:
    assert probe.get("token/email/request") == {"success": True, "data": {}}
    sent = nextcloud.codes(NEXTCLOUD)["sent"][-1]
    assert (sent["account"], sent["provider"], len(sent["code"])) == ("frank", "email", 6)
    return str(sent["code"])


def test_mailed_code(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("frank")
    code = mailed(probe, nextcloud)
    assert probe.open(token={"email": code}).status == 200


def test_mailed_code_is_good_once(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("frank")
    code = mailed(probe, nextcloud)
    assert error(probe.open("wrong master password", token={"email": code})) == WRONG_PASSPHRASE
    assert error(probe.open(token={"email": code})) == WRONG_TOKEN


def test_mailed_code_belongs_to_the_session(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("frank")
    code = mailed(probe, nextcloud)
    assert error(new_passwords("frank").open(token={"email": code})) == WRONG_TOKEN
    assert error(probe.open(token={"email": "wrong"})) == WRONG_TOKEN
    assert probe.open(token={"email": code}).status == 200


def test_no_such_provider(new_passwords: NewPasswordsProbe) -> None:
    answer = new_passwords("frank").api("GET", "token/totp/request")
    assert (answer.status, answer.body) == (400, {"success": False, "data": None})
    assert answer.headers[HEADER]
    assert new_passwords("erin").get("token/totp/request") == {"success": True, "data": {}}


def test_question_on_a_device(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, provider = new_passwords("grace"), "twofactor_nextcloud_notification"
    token = probe.get(f"token/{provider}/request")["data"]["token"]
    assert error(probe.open(token={provider: token})) == WRONG_TOKEN
    token = probe.get(f"token/{provider}/request")["data"]["token"]
    assert nextcloud.act(NEXTCLOUD, "approve", account="grace") == {"approved": 1}
    assert probe.open(token={provider: token}).status == 200
    assert probe.get("session/close") == {"success": True}
    assert error(probe.open(token={provider: token})) == WRONG_TOKEN


@pytest.mark.parametrize(
    ("flags", "shown", "without", "wrong"),
    [
        ("none", False, 200, 200),
        ("tokens", False, 200, 401),
        ("enabled", True, 200, 401),
        ("required", True, 401, 401),
    ],
)
def test_flags(
    new_passwords: NewPasswordsProbe, nextcloud: Sandbox, flags: str, shown: bool, without: int, wrong: int
) -> None:
    nextcloud.settings(NEXTCLOUD, two_factor=flags)
    assert ("token" in new_passwords("erin").get("session/request")) is shown
    assert new_passwords("erin").open().status == without
    assert new_passwords("erin").open(token={"totp": "wrong"}).status == wrong
