# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of Nextcloud Passwords (protocol page, sections 1 to 6 and 14) against the sandbox."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import one_time_code, secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.call import Call, called
from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.crypto import challenge, cse
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import NotInCheckMode
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import ACTIVE, EXPIRED, PENDING, Record
from tests.sandbox.harness import fingerprint
from tests.sandbox.services._nextcloud_passwords.errors import error_id
from tests.unit.plugins.scene import PasswordsScene

NOTIFICATION = "twofactor_nextcloud_notification"
INFO = "/index.php/apps/passwords/api/1.0/session/request"
LIST = "/index.php/apps/passwords/api/1.0/password/list"
JUNK: list[Any] = [None, 7, -1.5, True, [], {}, "", "\0", "\ud800", "a\r\nX: y", ["x"], {"a": 1}]
CORE_401 = {"body": {"message": ""}, "status": 401}
WRONG = "this is not the master password"


def failed(kind: str, operation: Callable[[], Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        operation()
    assert caught.value.kind == kind, caught.value
    assert str(caught.value).isprintable()
    assert caught.value.message
    return caught.value


def ensured(scene: PasswordsScene, account: str = "", **options: Any) -> Record:
    record = scene.client().ensure("cloud", scene.definition(account, **options)).after
    assert record is not None
    return record


def stored(scene: PasswordsScene) -> Record:
    record = scene.store().read("cloud")
    assert record is not None
    return record


def refuses(scene: PasswordsScene, kind: str, account: str = "", *, force: bool = False, **options: Any) -> Failure:
    return failed(kind, lambda: scene.client(force=force).ensure("cloud", scene.definition(account, **options)))


def lists(scene: PasswordsScene, account: str = "", **options: Any) -> tuple[Any, Record]:
    """One call as the session."""
    definition = scene.definition(account, **options)
    return scene.client().use("cloud", definition, lambda provider, found: provider.fetch(found, "password"))


def authorised(scene: PasswordsScene) -> list[dict[str, Any]]:
    """The live sessions at the service that are open."""
    return [item for item in scene.sandbox.state(scene.service)["sessions"] if item["authorised"]]


def attempts(scene: PasswordsScene, account: str) -> int:
    """The failed attempts that the service counts."""
    return int(scene.sandbox.state(scene.service)["failed_attempts"][account])


# Opening: sections 3.1 and 3.2


def test_an_account_without_challenge_is_open_after_one_request(passwords: PasswordsScene) -> None:
    record = ensured(passwords)
    assert passwords.routes() == {"session_request": 1, "settings_get": 1}
    assert (record.state, record.account, record.data["challenge"]) == (ACTIVE, "carol", False)
    assert passwords.journal("settings_get")[0]["fingerprints"]["session"] == fingerprint(record.tokens["access_token"])


@pytest.mark.parametrize(("account", "encrypted"), [("dave", False), ("alice", True), ("bob", True)])
def test_a_challenge_is_answered_once(passwords: PasswordsScene, account: str, encrypted: bool) -> None:
    record = ensured(passwords, account)
    assert passwords.sequence() == ["session_request", "settings_get", "session_open"]
    assert record.data["challenge"] is True
    assert bool(record.data["keychain"]) is encrypted
    assert [item["session"] for item in authorised(passwords)] == [fingerprint(record.tokens["access_token"])]
    assert set(record.tokens) == {"access_token", "password"}


def test_one_session_is_named_by_every_request(passwords: PasswordsScene) -> None:
    """Section 2.4: each request without one would leave a row behind."""
    lists(passwords, "alice")
    first, *others = passwords.journal()
    assert "session" not in first["fingerprints"]
    assert {entry["fingerprints"]["session"] for entry in others} == {first["fingerprints"]["answered"]}
    assert passwords.live() == 1


def test_every_request_carries_the_credentials_and_no_cookie(passwords: PasswordsScene) -> None:
    lists(passwords, "alice")
    for entry in passwords.journal():
        headers = {name.lower() for name in entry["headers"]}
        assert {"authorization", "ocs-apirequest", "accept", "user-agent"} <= headers
        assert "cookie" not in headers
        assert entry["fingerprints"]["login"] == "token"


def test_no_plain_text_of_a_secret_arrives(passwords: PasswordsScene) -> None:
    lists(passwords, "alice")
    assert passwords.sandbox.state(passwords.service)["plain_texts_seen"] == []


@pytest.mark.parametrize("account", ["carol", "dave"])
def test_the_password_of_the_account_works_as_an_app_password(passwords: PasswordsScene, account: str) -> None:
    password = passwords.sandbox.account(passwords.service, account)["password"]
    ensured(passwords, account, password=password)
    assert {entry["fingerprints"]["login"] for entry in passwords.journal()} == {"password"}


@pytest.mark.parametrize("account", ["carol", "alice"])
def test_a_base_url_may_have_a_path(passwords: PasswordsScene, account: str) -> None:
    url = passwords.sandbox.url(passwords.service) + "/nextcloud"
    record = ensured(passwords, account, url=url + "/")
    assert {entry["path"].startswith("/nextcloud/index.php/apps/passwords/") for entry in passwords.journal()} == {True}
    assert record.origin == passwords.sandbox.url(passwords.service)
    assert lists(passwords, account, url=url)[0]


def test_the_lifetime_is_that_of_the_account(passwords: PasswordsScene) -> None:
    assert ensured(passwords).lifetime == 600
    passwords.act("configure", "dave", settings={"user.session.lifetime": 120})
    assert passwords.client().ensure("other", passwords.definition("dave", "other")).after.lifetime == 120  # type: ignore[union-attr]


@pytest.mark.parametrize("value", [*JUNK, 0, -5, 10**12, True, "600"], ids=repr)
def test_a_lifetime_that_is_none_is_the_default(passwords: PasswordsScene, value: Any) -> None:
    passwords.answer("settings_get", {"user.session.lifetime": value})
    assert ensured(passwords).lifetime == (7 if value == 7 and value is not True else 600)


@pytest.mark.parametrize("body", [[], "x", 7, None, {}], ids=repr)
def test_settings_that_are_none_are_the_default(passwords: PasswordsScene, body: Any) -> None:
    passwords.answer("settings_get", body)
    assert ensured(passwords).lifetime == 600


def test_what_is_asked_after_the_session_is_open_is_nothing(passwords: PasswordsScene) -> None:
    """What failed then would leave an open session to nobody, and a code spent."""
    passwords.fault("status", route="settings_get", status=500, count=None)
    refuses(passwords, "not_available", "alice")
    assert authorised(passwords) == []
    assert "session_open" not in passwords.routes()


def test_a_master_password_is_missing_before_anything_is_attempted(passwords: PasswordsScene) -> None:
    failure = refuses(passwords, "authentication_needed", "dave", master_password="")
    assert "master_password" in failure.hint
    assert passwords.sequence() == ["session_request"]
    assert attempts(passwords, "dave") == 0


@pytest.mark.parametrize(
    "given",
    ["short", "äbcdefghijk", "x" * 129, "\U0001f600" * 5, "\ud800" * 12],
    ids=["5", "11 units", "129", "10 units", "no text"],
)
def test_a_master_password_that_cannot_be_right_is_refused_before_any_request(
    passwords: PasswordsScene, given: str
) -> None:
    refuses(passwords, "definition", "dave", master_password=given)
    assert passwords.journal() == []


@pytest.mark.parametrize("options", [{"password": "\ud800canary"}, {"username": "\udcff"}], ids=str)
def test_a_login_that_is_no_text_is_a_definition_failure(passwords: PasswordsScene, options: dict[str, str]) -> None:
    refuses(passwords, "definition", **options)
    assert passwords.journal() == []


def test_another_type_of_challenge_is_unsupported(passwords: PasswordsScene) -> None:
    passwords.answer("session_request", {"challenge": {"type": "PWDv2", "salts": []}}, headers={"X-API-SESSION": "s"})
    failure = refuses(passwords, "unsupported", "dave")
    assert "PWDv2" in failure.message
    assert passwords.sequence() == ["session_request"]


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_a_challenge_that_is_none_is_answered_with_nothing(passwords: PasswordsScene, junk: Any) -> None:
    passwords.answer("session_request", {"challenge": junk}, headers={"X-API-SESSION": "s"})
    refuses(passwords, "unsupported", "dave")
    assert passwords.sequence() == ["session_request"]


@pytest.mark.parametrize("salts", [*JUNK, ["aa", "bb", "cc"], ["00" * 256, "00" * 64], ["zz" * 256] * 3], ids=repr)
def test_salts_that_are_none_are_answered_with_nothing(passwords: PasswordsScene, salts: Any) -> None:
    body = {"challenge": {"type": challenge.TYPE, "salts": salts}}
    passwords.answer("session_request", body, headers={"X-API-SESSION": "s"})
    refuses(passwords, "crypto", "dave")
    assert passwords.sequence() == ["session_request"]


@pytest.mark.parametrize("junk", [None, 7, True, {}, "totp", "", [7], [{}], [{"id": 7}], [{"id": "\0"}]], ids=repr)
def test_second_factors_that_are_none_cost_no_attempt(passwords: PasswordsScene, junk: Any) -> None:
    known = passwords.provider("dave").transport.send(
        "GET", INFO, headers=passwords.provider("dave")._basic()
    )  # the real challenge of the account
    body = {**known.json(), "token": junk}
    passwords.answer("session_request", body, headers={"X-API-SESSION": "s"})
    refuses(passwords, "unexpected_response", "dave")
    assert "session_open" not in passwords.routes()
    assert attempts(passwords, "dave") == 0


@pytest.mark.parametrize("body", [None, [], 7, "x", True], ids=repr)
def test_a_reply_that_is_no_object_is_refused(passwords: PasswordsScene, body: Any) -> None:
    passwords.answer("session_request", body, headers={"X-API-SESSION": "s"})
    refuses(passwords, "unexpected_response")


def test_a_reply_that_names_no_session_is_refused(passwords: PasswordsScene) -> None:
    passwords.answer("session_request", {})
    assert "X-API-SESSION" in refuses(passwords, "unexpected_response").message


@pytest.mark.parametrize("value", ["x" * 4097, "caf\u00e9"], ids=["long", "not ASCII"])
def test_a_session_that_is_none_is_refused(passwords: PasswordsScene, value: str) -> None:
    passwords.answer("session_request", {}, headers={"X-API-SESSION": value})
    assert "X-API-SESSION" in refuses(passwords, "unexpected_response").message


@pytest.mark.parametrize(
    "body",
    [None, [], 7, "x", {}, {"keys": None}, {"keys": 7}, {"keys": {"CSEv1r1": 7}}, {"keys": {"CSEv1r1": [[]]}}],
    ids=repr,
)
def test_an_answer_to_open_without_keys_is_refused(passwords: PasswordsScene, body: Any) -> None:
    passwords.answer("session_open", body)
    refuses(passwords, "unexpected_response", "alice")
    assert ensured(passwords, "alice").state == ACTIVE


def test_a_keychain_that_cannot_be_opened_keeps_nobody_out(passwords: PasswordsScene) -> None:
    """The API works; whoever wants to read what it encrypts is told."""
    passwords.act("set_keychain", "alice", data="00" * 200)
    assert ensured(passwords, "alice").state == ACTIVE


@pytest.mark.parametrize("cached", [{"Cache-Control": "public, immutable"}, {"Pragma": "cache"}], ids=str)
def test_the_session_in_a_copy_of_an_old_reply_is_not_believed(
    passwords: PasswordsScene, cached: dict[str, str]
) -> None:
    record = ensured(passwords)
    passwords.answer("password_list", [], headers={"X-API-SESSION": "stale", **cached})
    lists(passwords)
    assert stored(passwords).tokens == record.tokens


# Wrong secrets: sections 1.4 and 4.1


def test_a_wrong_master_password_is_sent_once(passwords: PasswordsScene) -> None:
    first = refuses(passwords, "credentials_rejected", "dave", master_password=WRONG)
    assert (first.http_code, first.api_code) == (401, "ab6e13ba")
    assert "five" in first.hint
    second = refuses(passwords, "credentials_rejected", "dave", master_password=WRONG)
    assert "not sent again" in second.message
    assert passwords.routes()["session_open"] == 1
    assert passwords.routes()["session_request"] == 1
    assert ensured(passwords, "dave").state == ACTIVE


def test_a_wrong_app_password_is_sent_once(passwords: PasswordsScene) -> None:
    """Section 1.4: ten of them lock out every user behind the address."""
    failure = refuses(passwords, "credentials_rejected", password="canary-wrong")
    assert (failure.http_code, failure.api_code) == (401, None)
    assert "app password" in failure.message
    for _time in range(3):
        refuses(passwords, "credentials_rejected", password="canary-wrong")
    assert len(passwords.journal()) == 1
    assert ensured(passwords).state == ACTIVE


def test_four_refused_attempts_are_the_last_that_are_sent(passwords: PasswordsScene) -> None:
    for number in range(4):
        refuses(passwords, "credentials_rejected", "dave", master_password=f"{WRONG} {number}")
    assert attempts(passwords, "dave") == 4
    failure = refuses(passwords, "credentials_rejected", "dave", master_password=f"{WRONG} 5")
    assert "lock" in failure.message
    assert "force" in failure.hint
    refuses(passwords, "credentials_rejected", "dave")
    assert attempts(passwords, "dave") == 4


def test_the_fifth_attempt_is_sent_by_force(passwords: PasswordsScene) -> None:
    for number in range(4):
        refuses(passwords, "credentials_rejected", "dave", master_password=f"{WRONG} {number}")
    failure = refuses(passwords, "credentials_rejected", "dave", force=True, master_password=f"{WRONG} 5")
    assert (failure.http_code, failure.api_code) == (403, "b927b225")
    assert "deleted" in failure.hint
    assert "automation" not in passwords.sandbox.state(passwords.service)["tokens"]["dave"]


def test_a_success_gives_all_attempts_back(passwords: PasswordsScene) -> None:
    for number in range(4):
        refuses(passwords, "credentials_rejected", "dave", master_password=f"{WRONG} {number}")
    client = passwords.client(force=True)
    assert client.ensure("cloud", passwords.definition("dave")).changed
    assert attempts(passwords, "dave") == 0
    passwords.client().absent("cloud", passwords.definition("dave"))
    for number in range(4):
        refuses(passwords, "credentials_rejected", "dave", master_password=f"{WRONG} {number}")
        passwords.pass_time(30)
    assert attempts(passwords, "dave") == 4


def test_a_locked_account_is_said(passwords: PasswordsScene) -> None:
    """Login by the account's own password is blocked, and says who unlocks it."""
    for number in range(5):
        refuses(passwords, "credentials_rejected", "dave", force=True, master_password=f"{WRONG} {number}")
    password = passwords.sandbox.account(passwords.service, "dave")["password"]
    failure = refuses(passwords, "credentials_rejected", "dave", force=True, password=password)
    assert (failure.http_code, failure.api_code) == (403, "64a6cf1f")
    assert "occ" in failure.hint


def test_a_blocked_address_is_no_matter_of_the_secret(passwords: PasswordsScene) -> None:
    passwords.settings(max_failed_logins=0)
    refuses(passwords, "credentials_rejected", password="canary-wrong")
    failure = failed("rate_limited", lambda: passwords.provider(max_wait=0.0).open())
    assert failure.http_code == 429
    assert "address" in failure.hint


# Rate limits: section 4.2


def test_opens_are_paced_before_the_service_has_to_refuse_one(passwords: PasswordsScene) -> None:
    for number in range(11):
        name = f"session-{number}"
        assert passwords.client().ensure(name, passwords.definition("dave", name, cache_ttl=0.0)).changed
    assert passwords.routes()["session_open"] == 11
    assert {entry["status"] for entry in passwords.journal()} == {200}
    assert 0 < sum(passwords.naps) <= 32


def test_an_open_that_would_have_to_wait_too_long_is_not_sent(passwords: PasswordsScene) -> None:
    for _time in range(10):
        passwords.provider("dave").pace("session/open", {"limit": 10, "seconds": 30.0})
    failure = refuses(passwords, "rate_limited", "dave", max_wait=5.0)
    assert "session/open" in failure.message
    assert failure.retry_after
    assert "session_open" not in passwords.routes()


def test_an_empty_429_waits_for_its_window_once(passwords: PasswordsScene) -> None:
    passwords.fault("rate_limited", route="session_open")
    assert ensured(passwords, "dave").state == ACTIVE
    assert 29 <= sum(passwords.naps) <= 32
    assert passwords.routes()["session_open"] == 2


def test_a_second_429_is_a_failure(passwords: PasswordsScene) -> None:
    passwords.fault("rate_limited", route="session_open", count=None)
    failure = refuses(passwords, "rate_limited", "dave")
    assert failure.http_code == 429
    assert passwords.routes()["session_open"] == 2


def test_requests_for_codes_are_paced(passwords: PasswordsScene) -> None:
    refuses(passwords, "two_factor_needed", "frank")
    for _time in range(4):
        passwords.client().request_code("cloud", passwords.definition("frank", max_wait=100.0), method="email")
    assert {entry["status"] for entry in passwords.journal("token_request")} == {200}
    assert 0 < sum(passwords.naps) <= 61


# Second factors: section 6


def test_a_code_is_made_from_the_secret(passwords: PasswordsScene) -> None:
    record = ensured(passwords, "erin", totp_secret=passwords.seed("erin"))
    assert (record.state, record.data["two_factor"]) == (ACTIVE, ["totp"])
    assert passwords.routes()["session_open"] == 1


def test_two_sessions_of_one_account_use_two_codes(passwords: PasswordsScene) -> None:
    seed = passwords.seed("erin")
    ensured(passwords, "erin", totp_secret=seed)
    assert passwords.client().ensure("two", passwords.definition("erin", "two", totp_secret=seed)).changed
    assert {entry["status"] for entry in passwords.journal("session_open")} == {200}
    assert 0 < sum(passwords.naps) <= 31


def test_a_code_may_be_given(passwords: PasswordsScene) -> None:
    code = passwords.sandbox.totp(passwords.service, "erin")
    assert ensured(passwords, "erin", two_factor_code=code).state == ACTIVE


def test_a_backup_code_may_be_given(passwords: PasswordsScene) -> None:
    code = passwords.sandbox.account(passwords.service, "heidi")["backup_codes"][0]
    refuses(passwords, "two_factor_needed", "heidi")
    assert passwords.client().answered("cloud", passwords.definition("heidi"), "backup_codes", code)
    assert ensured(passwords, "heidi").state == ACTIVE


def test_without_a_code_the_ways_to_answer_are_said(passwords: PasswordsScene) -> None:
    failure = refuses(passwords, "two_factor_needed", "heidi")
    assert failure.methods == ("totp", "email", "backup_codes")
    assert "session_verification" in failure.hint
    assert "session_open" not in passwords.routes()
    assert stored(passwords).state == PENDING
    assert attempts(passwords, "heidi") == 0


def test_a_given_code_is_sent_once(passwords: PasswordsScene) -> None:
    refuses(passwords, "credentials_rejected", "erin", two_factor_code="000000")
    refuses(passwords, "two_factor_needed", "erin", two_factor_code="000000")
    assert passwords.routes()["session_open"] == 1
    assert attempts(passwords, "erin") == 1


def test_a_wrong_code_says_nothing_about_the_other_secrets(passwords: PasswordsScene) -> None:
    failure = refuses(passwords, "credentials_rejected", "erin", two_factor_code="000000")
    assert (failure.http_code, failure.api_code) == (401, "8b4f02b4")
    assert ensured(passwords, "erin", totp_secret=passwords.seed("erin")).state == ACTIVE


def test_a_wrong_secret_of_codes_is_used_once(passwords: PasswordsScene) -> None:
    wrong = "CANARYWRONG234567CANARYWRONG2345"
    refuses(passwords, "credentials_rejected", "erin", totp_secret=wrong)
    refuses(passwords, "credentials_rejected", "erin", totp_secret=wrong)
    assert attempts(passwords, "erin") == 1
    assert ensured(passwords, "erin", totp_secret=passwords.seed("erin")).state == ACTIVE


@pytest.mark.parametrize("flags", ["none", "tokens", "enabled", "required"])
def test_a_code_is_sent_only_where_one_is_asked_for(passwords: PasswordsScene, flags: str) -> None:
    passwords.settings(two_factor=flags)
    assert ensured(passwords, "erin", totp_secret=passwords.seed("erin")).state == ACTIVE
    (body,) = (entry["body"] for entry in passwords.journal("session_open"))
    assert ("token" in body) is (flags in ("enabled", "required"))


def test_a_code_by_mail_is_asked_for_and_given(passwords: PasswordsScene) -> None:
    definition = passwords.definition("frank")
    assert refuses(passwords, "two_factor_needed", "frank").methods == ("email",)
    passwords.client().request_code("cloud", definition, method="email")
    (sent,) = passwords.codes()["sent"]
    assert passwords.client().answered("cloud", definition, "email", sent["code"])
    assert not passwords.client().answered("cloud", definition, "email", sent["code"])
    assert ensured(passwords, "frank").state == ACTIVE
    assert attempts(passwords, "frank") == 0


def test_a_code_by_mail_may_be_given_as_an_option(passwords: PasswordsScene) -> None:
    refuses(passwords, "two_factor_needed", "frank")
    passwords.client().request_code("cloud", passwords.definition("frank"), method="email")
    (sent,) = passwords.codes()["sent"]
    assert ensured(passwords, "frank", two_factor_code=sent["code"]).state == ACTIVE


def test_a_code_that_nobody_asked_for_is_not_sent(passwords: PasswordsScene) -> None:
    """Section 6.3: the service remembers a code in the session that asked for it; any other one is an attempt lost."""
    refuses(passwords, "two_factor_needed", "frank", two_factor_code="123456")
    assert "session_open" not in passwords.routes()


def test_a_code_of_a_session_that_is_gone_is_not_sent(passwords: PasswordsScene) -> None:
    definition = passwords.definition("frank")
    refuses(passwords, "two_factor_needed", "frank")
    passwords.client().request_code("cloud", definition, method="email")
    code = passwords.codes()["sent"][0]["code"]
    passwords.client().answered("cloud", definition, "email", code)
    passwords.pass_time(601)
    refuses(passwords, "two_factor_needed", "frank")
    assert attempts(passwords, "frank") == 0
    passwords.client().request_code("cloud", definition, method="email")
    passwords.client().answered("cloud", definition, "email", passwords.codes()["sent"][1]["code"])
    assert ensured(passwords, "frank").state == ACTIVE


def test_a_session_that_a_request_for_a_code_tells_is_kept(passwords: PasswordsScene) -> None:
    refuses(passwords, "two_factor_needed", "frank")
    passwords.act("drop_sessions", "frank")
    passwords.client().request_code("cloud", passwords.definition("frank"), method="email")
    (entry,) = passwords.journal("token_request")
    assert fingerprint(stored(passwords).tokens["access_token"]) == entry["fingerprints"]["answered"]
    assert stored(passwords).state == PENDING


def test_a_wrong_answer_is_worth_one_attempt(passwords: PasswordsScene) -> None:
    definition = passwords.definition("frank")
    refuses(passwords, "two_factor_needed", "frank")
    passwords.client().request_code("cloud", definition, method="email")
    passwords.client().answered("cloud", definition, "email", "no code")
    assert refuses(passwords, "credentials_rejected", "frank").api_code == "8b4f02b4"
    refuses(passwords, "two_factor_needed", "frank")
    assert attempts(passwords, "frank") == 1


def test_a_question_on_a_device_is_approved(passwords: PasswordsScene) -> None:
    refuses(passwords, "two_factor_needed", "grace")
    passwords.client().request_code("cloud", passwords.definition("grace"), method=NOTIFICATION)
    passwords.act("approve", "grace")
    assert ensured(passwords, "grace").state == ACTIVE


def test_a_question_that_was_not_approved_is_worth_one_attempt(passwords: PasswordsScene) -> None:
    refuses(passwords, "two_factor_needed", "grace")
    passwords.client().request_code("cloud", passwords.definition("grace"), method=NOTIFICATION)
    refuses(passwords, "credentials_rejected", "grace")
    refuses(passwords, "two_factor_needed", "grace")
    assert attempts(passwords, "grace") == 1


def test_a_given_code_is_no_answer_to_a_question_on_a_device(passwords: PasswordsScene) -> None:
    refuses(passwords, "two_factor_needed", "grace", two_factor_code="123456")
    assert "session_open" not in passwords.routes()


@pytest.mark.parametrize("token", JUNK, ids=repr)
def test_a_question_whose_token_is_none_is_not_answered(passwords: PasswordsScene, token: Any) -> None:
    refuses(passwords, "two_factor_needed", "grace")
    session = stored(passwords).tokens["access_token"]
    body = {"success": True, "data": {"token": token}}
    passwords.answer("token_request", body, headers={"X-API-SESSION": session})
    passwords.client().request_code("cloud", passwords.definition("grace"), method=NOTIFICATION)
    if isinstance(token, str) and token:
        refuses(passwords, "credentials_rejected", "grace")
    else:
        refuses(passwords, "two_factor_needed", "grace")
        assert "session_open" not in passwords.routes()


@pytest.mark.parametrize("body", [None, [], 7, "x", {}, {"data": None}, {"data": []}, {"data": "x"}], ids=repr)
def test_an_answer_to_a_request_for_a_code_may_be_anything(passwords: PasswordsScene, body: Any) -> None:
    refuses(passwords, "two_factor_needed", "frank")
    session = stored(passwords).tokens["access_token"]
    passwords.answer("token_request", body, headers={"X-API-SESSION": session})
    passwords.client().request_code("cloud", passwords.definition("frank"), method="email")
    refuses(passwords, "two_factor_needed", "frank")


@pytest.mark.parametrize("asked", [{"address": "a@example.com"}, {"phone": "+1"}, {"method": "sms"}, {}], ids=str)
def test_a_way_that_the_account_does_not_have_is_not_asked_for(
    passwords: PasswordsScene, asked: dict[str, str]
) -> None:
    refuses(passwords, "two_factor_needed", "frank")
    failure = failed("definition", lambda: passwords.client().request_code("cloud", None, **asked))
    assert failure.hint
    assert "token_request" not in passwords.routes()


@pytest.mark.parametrize("opened", [False, True])
def test_a_session_that_waits_for_no_code_asks_for_none(passwords: PasswordsScene, opened: bool) -> None:
    if opened:
        ensured(passwords)
    request = passwords.client().request_code
    failure = failed("definition", lambda: request("cloud", passwords.definition(), method="email"))
    assert "waits for no code" in failure.message


def test_a_code_that_was_taken_but_not_saved_is_not_asked_for_again(passwords: PasswordsScene) -> None:
    """A process that died between the answer and the store: another one finds the session open."""
    refuses(passwords, "two_factor_needed", "erin")
    provider = passwords.provider("erin", two_factor_code=passwords.sandbox.totp(passwords.service, "erin"))
    provider.complete(stored(passwords))  # and nobody saves what comes back
    record = ensured(passwords, "erin")
    assert record.state == ACTIVE
    assert record.data["keychain"]
    assert passwords.routes()["session_open"] == 1
    assert lists(passwords, "erin")[0]


def test_a_session_that_a_dead_process_completed_needs_no_definition(passwords: PasswordsScene) -> None:
    refuses(passwords, "two_factor_needed", "erin")
    provider = passwords.provider("erin", two_factor_code=passwords.sandbox.totp(passwords.service, "erin"))
    provider.complete(stored(passwords))
    record = passwords.client().ensure("cloud").after
    assert record is not None
    assert record.tokens["password"] == passwords.login("erin")["password"]
    assert passwords.client().use("cloud", None, lambda made, found: made.fetch(found, "password"))[0]


def test_a_pending_session_whose_app_password_is_gone_is_forgotten(passwords: PasswordsScene) -> None:
    refuses(passwords, "two_factor_needed", "erin")
    passwords.act("destroy_token", "erin")
    refuses(passwords, "credentials_rejected", "erin", totp_secret=passwords.seed("erin"))
    assert passwords.store().read("cloud") is None
    second = passwords.sandbox.account(passwords.service, "erin")["second_app_password"]
    assert ensured(passwords, "erin", password=second, totp_secret=passwords.seed("erin")).state == ACTIVE


def test_codes_are_remembered_for_the_account(passwords: PasswordsScene) -> None:
    """A code that another provider object made is not sent again by this one."""
    seed, store = passwords.seed("erin"), passwords.store()
    origin = passwords.sandbox.url(passwords.service)
    code = one_time_code.next_code(store, origin, "erin", seed, passwords.now, passwords.sleep)
    ensured(passwords, "erin", totp_secret=seed)
    (entry,) = passwords.journal("session_open")
    assert code not in str(entry)
    assert passwords.naps


# The session's life: sections 2.3, 3.3 and 3.4


@pytest.mark.parametrize("account", ["carol", "dave"])
def test_a_session_is_kept_alive(passwords: PasswordsScene, account: str) -> None:
    before = ensured(passwords, account)
    passwords.pass_time(560)
    assert passwords.client().ensure("cloud", passwords.definition(account), min_ttl=300.0).changed
    assert passwords.routes()["session_keepalive"] == 1
    assert stored(passwords).tokens == before.tokens
    passwords.pass_time(500)
    lists(passwords, account)
    assert {entry["status"] for entry in passwords.journal()} == {200}


def test_a_session_that_died_in_the_meantime_is_opened_again(passwords: PasswordsScene) -> None:
    """Keepalive succeeds on a dead session, too; only the header tells."""
    before = ensured(passwords, "dave")
    passwords.pass_time(700)
    after = ensured(passwords, "dave")
    assert passwords.sequence()[3:] == ["session_keepalive", "session_request", "settings_get", "session_open"]
    assert after.tokens != before.tokens
    assert "closed the session" in passwords.warnings[-1]


@pytest.mark.parametrize("headers", [{}, {"X-API-SESSION": "stale", "Pragma": "cache"}], ids=str)
def test_a_keepalive_that_names_no_session_says_nothing(passwords: PasswordsScene, headers: dict[str, str]) -> None:
    """The header is the only sign of loss, so a page in between must not pass for one."""
    ensured(passwords, "dave")
    passwords.answer("session_keepalive", "<html>", headers=headers)
    failed("unexpected_response", lambda: passwords.client().refreshed("cloud", passwords.definition("dave")))
    assert passwords.client().ensure("cloud", passwords.definition("dave")).changed
    assert passwords.routes()["session_open"] == 1


def test_a_session_that_died_cannot_be_opened_without_its_definition(passwords: PasswordsScene) -> None:
    ensured(passwords, "dave")
    passwords.pass_time(700)
    failure = failed("authentication_needed", lambda: passwords.client().ensure("cloud"))
    assert "password" in failure.message
    assert stored(passwords).state == EXPIRED


def test_without_a_challenge_a_dead_session_is_replaced_in_passing(passwords: PasswordsScene) -> None:
    ensured(passwords)
    passwords.pass_time(700)
    assert lists(passwords)[0]
    assert "session_request" not in passwords.sequence()[2:]
    assert passwords.warnings == []


def test_without_a_challenge_another_session_is_adopted(passwords: PasswordsScene) -> None:
    ensured(passwords)
    passwords.act("drop_sessions")
    lists(passwords)
    entry = passwords.journal("password_list")[-1]
    assert fingerprint(stored(passwords).tokens["access_token"]) == entry["fingerprints"]["answered"]
    lists(passwords)
    assert passwords.live() == 1


def test_a_session_that_the_service_dropped_is_opened_once_and_the_call_repeated_once(
    passwords: PasswordsScene,
) -> None:
    before = ensured(passwords, "alice")
    passwords.act("drop_sessions", "alice")
    found, record = lists(passwords, "alice")
    assert found
    assert record.tokens != before.tokens
    assert passwords.routes()["password_list"] == 2
    assert passwords.routes()["session_open"] == 2
    assert stored(passwords).tokens == record.tokens


def test_a_challenge_that_was_not_told_is_answered_when_the_first_call_is_refused(passwords: PasswordsScene) -> None:
    """An account without a challenge is answered with nothing, too."""
    passwords.answer("session_request", {}, headers={"X-API-SESSION": "not open"})
    assert ensured(passwords, "dave").data["challenge"] is False
    assert lists(passwords, "dave")[0]
    assert stored(passwords).data["challenge"] is True
    assert passwords.routes()["session_open"] == 1


def test_a_service_that_drops_every_session_is_not_asked_for_ever(passwords: PasswordsScene) -> None:
    ensured(passwords, "dave")
    passwords.fault("session_lost", route="password_list", count=None)
    failure = failed("authentication_needed", lambda: lists(passwords, "dave"))
    assert failure.http_code == 412
    assert passwords.routes()["password_list"] == 2
    assert passwords.routes()["session_open"] == 2


def test_a_changed_header_ends_the_record_whatever_the_reply_says(passwords: PasswordsScene) -> None:
    """Section 2.3: the value names a fresh session, which is not open."""
    ensured(passwords, "dave")
    passwords.answer("password_list", [], headers={"X-API-SESSION": "another"})
    lists(passwords, "dave")
    assert stored(passwords).state == EXPIRED
    assert stored(passwords).tokens == {}
    assert lists(passwords, "dave")[0]
    assert passwords.routes()["session_open"] == 2


def test_a_changed_header_of_any_call_ends_the_record(passwords: PasswordsScene) -> None:
    """Also of one that a user asked for."""
    definition = passwords.definition("dave")
    ensured(passwords, "dave")
    passwords.act("drop_sessions", "dave")
    called(passwords.client(), "cloud", definition, Call(INFO))
    assert stored(passwords).state == EXPIRED


def test_a_call_that_a_user_asked_for_is_repeated_in_a_new_session(passwords: PasswordsScene) -> None:
    ensured(passwords, "dave")
    passwords.act("drop_sessions", "dave")
    reply, _record = called(passwords.client(), "cloud", passwords.definition("dave"), Call(LIST, "POST", body={}))
    assert reply.status == 200
    assert passwords.routes()["password_list"] == 2


def test_no_header_means_no_change(passwords: PasswordsScene) -> None:
    before = ensured(passwords, "dave")
    passwords.answer("password_list", [])
    lists(passwords, "dave")
    assert stored(passwords) == before


def test_an_account_that_got_a_master_password_meanwhile_is_opened_with_it(passwords: PasswordsScene) -> None:
    ensured(passwords)
    passwords.act("master_password", password="canary a new master password")
    failed("authentication_needed", lambda: lists(passwords))
    assert lists(passwords, master_password="canary a new master password")[0]


def test_a_session_of_an_older_master_password_is_forgotten(passwords: PasswordsScene) -> None:
    """Section 3.6: the service cannot read the keychain with it any more."""
    ensured(passwords, "dave")
    passwords.answer(
        "password_list", {"status": "error", "id": "3476b978", "message": "Reading user keychain failed"}, status=500,
        headers={"X-API-SESSION": "another"},
    )  # fmt: skip
    failed("authentication_needed", lambda: lists(passwords, "dave"))
    assert stored(passwords).state == EXPIRED


def test_a_login_whose_keychain_cannot_be_read_begins_anew(passwords: PasswordsScene) -> None:
    refuses(passwords, "two_factor_needed", "erin")
    seed = passwords.seed("erin")
    passwords.provider("erin", totp_secret=seed).complete(stored(passwords))
    passwords.fault("keychain_unreadable", route="keychain_get")
    assert ensured(passwords, "erin", totp_secret=seed).state == ACTIVE
    assert any("A new login has begun" in warning for warning in passwords.warnings)


def test_an_unreadable_keychain_ends_the_session(passwords: PasswordsScene) -> None:
    refuses(passwords, "two_factor_needed", "erin")
    seed = passwords.seed("erin")
    passwords.fault("keychain_unreadable", route="session_open", count=None)
    failure = refuses(passwords, "authentication_needed", "erin", totp_secret=seed)
    assert failure.api_code == "3476b978"
    assert passwords.store().read("cloud") is None
    passwords.sandbox.clear_faults("nextcloud_passwords")
    assert ensured(passwords, "erin", totp_secret=seed).state == ACTIVE


@pytest.mark.parametrize("how", ["operation", "request", "keepalive", "code"])
def test_an_app_password_that_was_deleted_is_sent_once_more(passwords: PasswordsScene, how: str) -> None:
    """Section 1.4: on the first 401 of Nextcloud itself, stop."""
    definition = passwords.definition("dave")
    ensured(passwords, "dave")
    passwords.act("destroy_token", "dave")
    since = len(passwords.journal())
    uses: dict[str, Callable[[], Any]] = {
        "operation": lambda: lists(passwords, "dave"),
        "request": lambda: called(passwords.client(), "cloud", definition, Call(INFO)),
        "keepalive": lambda: passwords.client().refreshed("cloud", definition),
        "code": lambda: passwords.client().use("cloud", None, lambda made, found: made.fetch(found, "tag")),
    }
    failure = failed("credentials_rejected", uses[how])
    assert failure.http_code == 401
    assert "app password" in failure.hint
    assert stored(passwords).state == EXPIRED
    for _time in range(3):
        failed("credentials_rejected", lambda: lists(passwords, "dave"))
    assert len(passwords.journal()) == since + 1


def test_a_new_app_password_is_taken_at_once(passwords: PasswordsScene) -> None:
    ensured(passwords)
    passwords.act("destroy_token")
    failed("credentials_rejected", lambda: lists(passwords))
    second = passwords.sandbox.account(passwords.service, "carol")["second_app_password"]
    assert lists(passwords, password=second)[0]


def test_a_changed_app_password_opens_another_session(passwords: PasswordsScene) -> None:
    before = ensured(passwords)
    second = passwords.sandbox.account(passwords.service, "carol")["second_app_password"]
    after = ensured(passwords, password=second)
    assert after.tokens["password"] == second
    assert after.tokens["access_token"] != before.tokens["access_token"]
    assert "session_close" in passwords.routes()


@pytest.mark.parametrize("account", ["carol", "dave", "alice"])
def test_closing_ends_the_session_at_the_service(passwords: PasswordsScene, account: str) -> None:
    record = ensured(passwords, account)
    assert passwords.client().absent("cloud", passwords.definition(account)).changed
    mine = fingerprint(record.tokens["access_token"])
    assert mine not in {item["session"] for item in passwords.sandbox.state(passwords.service)["sessions"]}
    assert passwords.client().find("cloud") is None


@pytest.mark.parametrize("case", ["dropped", "no token", "stale, no token", "pending"])
def test_closing_what_is_gone_is_a_success(passwords: PasswordsScene, case: str) -> None:
    account = "frank" if case == "pending" else "dave"
    if case == "pending":
        refuses(passwords, "two_factor_needed", "frank")
    else:
        ensured(passwords, account)
    if case == "dropped":
        passwords.act("drop_sessions", account)
    if "no token" in case:
        passwords.act("destroy_token", account)
    if "stale" in case:
        passwords.pass_time(700)
    assert passwords.client().absent("cloud", passwords.definition(account)).changed
    assert passwords.client().find("cloud") is None


@pytest.mark.parametrize("status", [403, 404, 500])
def test_closing_that_fails_otherwise_is_a_failure(passwords: PasswordsScene, status: int) -> None:
    ensured(passwords)
    passwords.fault("status", route="session_close", status=status)
    with pytest.raises(Failure):
        passwords.client().absent("cloud", passwords.definition())
    assert stored(passwords).tokens


def test_check_mode_opens_nothing(passwords: PasswordsScene) -> None:
    definition = passwords.definition("dave")
    assert passwords.client(check_mode=True).ensure("cloud", definition).changed
    with pytest.raises(NotInCheckMode):
        passwords.client(check_mode=True).use("cloud", definition, lambda made, found: made.fetch(found, "password"))
    assert passwords.journal() == []


# What this API does not have


@pytest.mark.parametrize(
    ("operation", "use"),
    [
        ("fork", lambda client, definition: client.forked("child", "cloud", definition, ForkRequest())),
        ("fork", lambda client, definition: client.selector("cloud", definition, ForkRequest())),
        ("import", lambda client, definition: client.imported("child", replace(definition, name="child"), "selector")),
        ("lock", lambda client, definition: client.locked("cloud", definition)),
        ("lock", lambda client, definition: client.unlocked("cloud", definition)),
        ("sessions", lambda client, definition: client.remote_sessions("cloud", definition)),
        ("sessions", lambda client, definition: client.revoked("cloud", definition, ["others"])),
    ],
)
def test_what_it_does_not_have_is_said_with_what_to_do_instead(
    passwords: PasswordsScene, operation: str, use: Callable[..., Any]
) -> None:
    definition = passwords.definition()
    ensured(passwords)
    failure = failed("unsupported", lambda: use(passwords.client(), definition))
    assert operation in failure.message
    assert failure.hint == passwords.provider().instead[operation]


# What replies mean: sections 1.2, 1.4, 3.2 and 14

TABLE = [
    ("4ad27488", 412, "authentication_needed", "Authorized session required"),
    ("ab6e13ba", 401, "credentials_rejected", "Passphrase invalid"),
    ("92312b66", 400, "unexpected_response", "Secret invalid"),
    ("033d1943", 500, "not_available", "Passphrase verification failed"),
    ("c0980e3c", 401, "credentials_rejected", "Token invalid"),
    ("8b4f02b4", 401, "credentials_rejected", "Token verification failed"),
    ("b927b225", 403, "credentials_rejected", "Too many failed login attempts"),
    ("64a6cf1f", 403, "credentials_rejected", "Login not allowed"),
    ("3476b978", 500, "authentication_needed", "Reading user keychain failed"),
    ("6304571a", 400, "definition", "HTTPS required"),
    ("9c5d2ad8", 409, "conflict", "Outdated revision id"),
    ("9c5d2ad8", 400, "conflict", "Outdated revision id"),
    ("f281915e", 400, "unexpected_response", "Invalid revision id"),
    ("7c8efc3c", 422, "definition", "Can not edit base folder"),
    ("fce89df4", 400, "unexpected_response", "Client side encryption key missing"),
    ("4e8162e6", 400, "definition", "Invalid client side encryption type"),
    ("5b9e3440", 400, "unexpected_response", 'Field "hash" must contain a valid sha1 hash'),
    ("7c31eb4d", 400, "definition", 'Field "label" can not be empty'),
    ("2cf30fe7", 400, "definition", 'Field "password" can not be empty'),
    ("2aff026c", 400, "definition", 'Field "color" can not be empty'),
    ("54131ad4", 400, "conflict", "CSE type does not support sharing"),
    ("7269e742", 400, "conflict", "Shared entity can not be hidden"),
    ("57b4fe05", 400, "conflict", "Tag does not exist"),
    ("9c01ff52", 400, "unexpected_response", "Illegal field in search criteria: label"),
    ("db824eaa", 400, "unexpected_response", "Illegal field in search criteria: folder"),
    ("8c52e71b", 400, "unexpected_response", "Illegal field in search criteria: hidden"),
    (404, 404, "definition", "Resource not found"),
    (0, 503, "not_available", "Unable to complete request"),
]


def test_the_ids_of_the_table_belong_to_its_messages() -> None:
    assert {error_id(message): error for error, _status, _kind, message in TABLE} == {
        error: error for error, *_others in TABLE
    }


@pytest.mark.parametrize(("error", "status", "kind", "message"), TABLE)
def test_each_error_has_a_kind_a_sentence_and_a_hint(
    passwords: PasswordsScene, error: str | int, status: int, kind: str, message: str
) -> None:
    _provider, record = passwords.opened()
    body = {"status": "error", "id": error, "message": message}
    passwords.answer("password_list", body, status=status, count=None)
    failure = failed(kind, lambda: passwords.provider(max_wait=0.0).fetch(record, "password"))
    assert (failure.http_code, failure.api_code) == (status, error)
    assert message in failure.message
    assert failure.hint


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "said"),
    [
        (400, "", {}, "unexpected_response", "does not take"),
        (401, {"message": ""}, {}, "credentials_rejected", "refused the app password"),
        (401, {"message": "Current user is not logged in"}, {}, "credentials_rejected", "not logged in"),
        (403, "", {}, "missing_scope", "HTTP 403"),
        (404, "<html>", {}, "definition", "no such thing"),
        (405, "", {}, "unexpected_response", "HTTP 405"),
        (429, "", {}, "rate_limited", "too many requests"),
        (429, {"message": "Reached maximum delay"}, {}, "rate_limited", "Reached maximum delay"),
        (500, "<html>", {}, "not_available", "HTTP 500"),
        (502, "", {}, "not_available", "HTTP 502"),
        (503, "<html>", {"X-Nextcloud-Maintenance-Mode": "1", "Retry-After": "120"}, "not_available", "maintenance"),
        (302, "", {"Location": "/"}, "unexpected_response", "HTTP 302"),
        (418, {"message": "x" * 5000}, {}, "unexpected_response", "HTTP 418"),
    ],
)
def test_errors_of_nextcloud_itself_are_told_by_their_status(
    passwords: PasswordsScene, status: int, body: Any, headers: dict[str, str], kind: str, said: str
) -> None:
    _provider, record = passwords.opened()
    passwords.answer("password_list", body, status=status, count=None, headers=headers)
    failure = failed(kind, lambda: passwords.provider(max_wait=0.0).fetch(record, "password"))
    assert said in failure.message
    assert (failure.http_code, failure.api_code) == (status, None)
    assert len(failure.message) < 500


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize("field", ["id", "message", "status"])
def test_an_error_of_any_shape_is_a_failure(passwords: PasswordsScene, field: str, junk: Any) -> None:
    _provider, record = passwords.opened()
    body = {"status": "error", "id": "9c5d2ad8", "message": "Outdated", field: junk}
    passwords.answer("password_list", body, status=409)
    failure = failed("conflict", lambda: passwords.provider().fetch(record, "password"))
    assert failure.http_code == 409


def test_maintenance_names_the_time_to_come_back(passwords: PasswordsScene) -> None:
    passwords.settings(maintenance=True)
    failure = refuses(passwords, "not_available")
    assert "maintenance" in failure.message or failure.retry_after
    assert failure.retry_after
    assert failure.retry_after <= 120
    assert "Come back" in failure.hint or "max_wait" in failure.hint
    refuses(passwords, "not_available")
    assert len(passwords.journal()) == 1
    passwords.settings(maintenance=False)
    passwords.pass_time(121)
    assert ensured(passwords).state == ACTIVE


def test_a_failing_breach_check_is_explained_and_not_repeated(passwords: PasswordsScene) -> None:
    passwords.settings(breach_check_works=False)
    with pytest.raises(Failure) as caught:
        passwords.credentials().present(Query(label="new entry"), {"label": "new entry", "password": "canary-new"})
    assert (caught.value.kind, caught.value.api_code) == ("not_available", 0)
    assert "breached" in caught.value.hint
    assert passwords.routes()["password_create"] == 1


def test_a_service_that_believes_it_is_reached_by_http_is_explained(passwords: PasswordsScene) -> None:
    passwords.settings(require_https=True)
    url = passwords.sandbox.plain_url(passwords.service)
    failure = refuses(passwords, "definition", url=url, allow_plain_http=True)
    assert failure.api_code == "6304571a"
    assert "overwriteprotocol" in failure.hint


def test_plain_http_works_when_it_is_asked_for(passwords: PasswordsScene) -> None:
    url = passwords.sandbox.plain_url(passwords.service)
    refuses(passwords, "definition", url=url)
    assert passwords.journal() == []
    assert ensured(passwords, url=url, allow_plain_http=True).state == ACTIVE


def test_no_failure_shows_a_secret(passwords: PasswordsScene) -> None:
    known = passwords.login("dave")
    for route in ("session_request", "session_open", "settings_get"):
        token = base64.b64encode(f"dave:{known['password']}".encode()).decode()
        passwords.answer(route, {"status": "error", "id": "x", "message": f"{known} {token}"}, status=500)
        failure = refuses(passwords, "not_available", "dave")
        said = str(secrets.hide(str(failure)))
        assert not any(secret in said for secret in (known["password"], known["master_password"], token))


def test_nothing_of_a_session_is_readable_in_the_store(passwords: PasswordsScene) -> None:
    record = ensured(passwords, "alice")
    known = passwords.login("alice")
    content = b"".join(path.read_bytes() for path in passwords.directory.iterdir())
    keys = cse.unlock(record.data["keychain"], known["master_password"]).as_dict()["keys"].values()
    for secret in (known["password"], known["master_password"], record.tokens["access_token"], *keys):
        assert secret.encode() not in content
