# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proton's client tables (protocol page, sections 3 and 4) against the sandbox: what is sent, what a reply means."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.proton import ROUTES, Proton
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import ACTIVE, LOCKED, PENDING, Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.transport import Reply
from tests.sandbox.harness import fingerprint
from tests.unit.plugins.module_utils._session.crypto.vectors import MODULI
from tests.unit.plugins.scene import Scene

NUMBER = base64.b64encode(b"\x05" + bytes(255)).decode("ascii")
CHALLENGE = {
    "Code": 1000,
    "Modulus": MODULI["modulus-1"]["armored"],
    "ServerEphemeral": NUMBER,
    "Version": 4,
    "Salt": base64.b64encode(b"0123456789").decode("ascii"),
    "SRPSession": "0" * 32,
}
JUNK: list[Any] = [None, 7, -1.5, True, [], {}, "", "\0", "\ud800", "a\r\nX: y", ["x"], {"a": 1}]


def failed(kind: str, operation: Callable[[], Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        operation()
    assert caught.value.kind == kind, caught.value
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()
    return caught.value


def without(body: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != key}


# Login: sections 3.1 and 3.2


@pytest.mark.parametrize(("account", "version"), [("alice", 4), ("carol", 3), ("erin", 4)])
def test_a_login_takes_two_requests(scene: Scene, account: str, version: int) -> None:
    provider, record = scene.opened(account)
    assert scene.sequence() == ["auth_info", "auth"]
    assert (record.state, record.account) == (ACTIVE, account)
    assert set(record.tokens) == {"access_token", "refresh_token"}
    assert record.lifetime == 86400.0
    assert {"full", "self", "locked"} <= set(record.scopes)
    info, auth = scene.journal()
    assert info["body"] == {"Username": account}
    assert set(auth["body"]) == {"Username", "ClientEphemeral", "ClientProof", "SRPSession"}
    assert "x-pm-uid" not in info["headers"]
    assert "authorization" not in auth["headers"]
    assert provider.headers(record)["x-pm-uid"] == record.uid


def test_a_client_secret_goes_into_both_bodies(scene: Scene) -> None:
    scene.opened(client_secret="canary-client-secret")
    assert all("ClientSecret" in entry["body"] for entry in scene.journal())


def test_a_lifetime_that_is_not_said_is_unknown(scene: Scene) -> None:
    scene.sandbox.settings("proton", send_expires_in=False)
    assert scene.opened()[1].expires_at is None


@pytest.mark.parametrize("account", ["ünknown", "nobody", "x" * 2000])
def test_a_wrong_password_and_an_unknown_user_are_the_same(scene: Scene, account: str) -> None:
    for options in ({"password": "wrong"}, {"username": account}):
        failure = failed("credentials_rejected", scene.provider(**options).open)
        assert (failure.http_code, failure.api_code) == (422, 8002)
    assert scene.live() == 0


@pytest.mark.parametrize(
    ("account", "kind", "code"),
    [("frank", "credentials_rejected", 10003), ("grace", "unsupported", 8100), ("dave", "unsupported", None)],
)
def test_an_account_that_cannot_sign_in_is_said(scene: Scene, account: str, kind: str, code: int | None) -> None:
    failure = failed(kind, scene.provider(account).open)
    assert failure.api_code == code


def test_an_sso_challenge_is_unsupported(scene: Scene) -> None:
    scene.answer("auth_info", {"Code": 1000, "SSOChallengeToken": "x"})
    failed("unsupported", scene.provider().open)
    assert scene.sequence() == ["auth_info"]


@pytest.mark.parametrize("version", [0, 1, 2, 5, -4, "4", None, [4], True, 4.5])
def test_another_version_is_unsupported_and_nothing_more_is_sent(scene: Scene, version: Any) -> None:
    scene.fault("srp_version", route="auth_info", version=version)
    failure = failed("unsupported", scene.provider().open)
    assert "web client" in failure.hint
    assert scene.sequence() == ["auth_info"]


@pytest.mark.parametrize("variant", ["text", "signature", "trailing"])
def test_a_tampered_modulus_is_refused_before_any_proof(scene: Scene, variant: str) -> None:
    scene.fault("bad_modulus_signature", route="auth_info", variant=variant)
    failed("crypto", scene.provider().open)
    assert scene.sequence() == ["auth_info"]


@pytest.mark.parametrize("forged", [False, True])
def test_a_modulus_of_another_key_is_refused_before_any_proof(scene: Scene, forged: bool) -> None:
    scene.fault("foreign_modulus", route="auth_info", forged_issuer=forged)
    failed("crypto", scene.provider().open)
    assert scene.sequence() == ["auth_info"]


@pytest.mark.parametrize("value", ["0", "1", "N", "N-1", "N+1", "max", "short"])
def test_an_unsafe_ephemeral_is_refused_before_any_proof(scene: Scene, value: str) -> None:
    scene.fault("bad_ephemeral", route="auth_info", value=value)
    failed("crypto", scene.provider().open)
    assert scene.sequence() == ["auth_info"]


def test_a_wrong_server_proof_is_refused_and_nothing_is_kept(scene: Scene) -> None:
    scene.fault("wrong_proof", route="auth")
    failed("crypto", scene.provider().open)


@pytest.mark.parametrize("field", ["Modulus", "ServerEphemeral", "Version", "Salt", "SRPSession"])
def test_a_challenge_without_a_field_sends_no_proof(scene: Scene, field: str) -> None:
    scene.fault("missing_field", route="auth_info", fields=[field])
    with pytest.raises(Failure) as caught:
        scene.provider().open()
    assert caught.value.kind in ("crypto", "unexpected_response", "unsupported")
    assert scene.sequence() == ["auth_info"]


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize("field", ["Modulus", "ServerEphemeral", "Version", "Salt", "SRPSession"])
def test_a_challenge_with_junk_sends_no_proof(scene: Scene, field: str, junk: Any) -> None:
    scene.answer("auth_info", {**CHALLENGE, field: junk})
    with pytest.raises(Failure) as caught:
        scene.provider().open()
    assert caught.value.kind in ("crypto", "unexpected_response", "unsupported")
    assert scene.sequence() == ["auth_info"]


@pytest.mark.parametrize("field", ["ServerProof", "UID", "AccessToken", "RefreshToken", "Scopes"])
def test_a_login_reply_without_a_field_is_refused(scene: Scene, field: str) -> None:
    scene.fault("missing_field", route="auth", fields=[field])
    with pytest.raises(Failure) as caught:
        scene.provider().open()
    assert caught.value.kind == ("crypto" if field == "ServerProof" else "unexpected_response")
    assert field == "ServerProof" or field in caught.value.message


@pytest.mark.parametrize("field", ["ExpiresIn", "2FA", "Scope", "TokenType", "EventID", "Uid", "PasswordMode"])
def test_a_login_reply_without_what_is_not_needed_is_a_login(scene: Scene, field: str) -> None:
    scene.fault("missing_field", route="auth", fields=[field])
    assert scene.opened()[1].fresh(scene.now())


def test_an_empty_password_is_never_proved(scene: Scene) -> None:
    for password in (None, ""):
        with pytest.raises(Failure):
            scene.provider(password=password or "").open()
    assert "auth" not in scene.routes()


def test_nothing_of_a_login_is_repeated_after_a_dropped_connection(scene: Scene) -> None:
    scene.fault("drop_after", route="auth")
    failure = failed("not_reachable", scene.provider().open)
    assert failure.sent is True
    assert scene.routes() == {"auth_info": 1, "auth": 1}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("route", ["auth_info", "auth"])
def test_a_login_that_was_put_off_begins_anew_when_told(scene: Scene, route: str, status: int) -> None:
    scene.fault("status", route=route, status=status, headers={"retry-after": "7"})
    assert scene.opened()[1].tokens
    assert 6 <= sum(scene.naps) <= 8
    assert scene.routes()["auth"] in (1, 2)


# The second factor: section 3.3


def test_a_pending_second_factor_is_a_session_already(scene: Scene) -> None:
    _provider, record = scene.opened("bob")
    assert record.state == PENDING
    assert "twofactor" in record.scopes
    assert record.data["two_factor"] == ["totp"]
    assert not record.fresh(scene.now())


def test_a_code_widens_the_scopes_and_keeps_the_tokens(scene: Scene) -> None:
    provider, record = scene.opened("bob", two_factor_code=scene.sandbox.totp("proton", "bob"))
    grant = provider.complete(record)
    granted = record.granted(grant, scene.now())
    assert grant.tokens is None
    assert (granted.state, granted.tokens) == (ACTIVE, record.tokens)
    assert "full" in granted.scopes
    assert scene.sequence() == ["auth_info", "auth", "auth_2fa"]


def test_a_code_is_made_from_the_secret(scene: Scene) -> None:
    provider, record = scene.opened("bob", totp_secret=scene.sandbox.account("proton", "bob")["totp_secret"])
    assert provider.complete(record).state == ACTIVE


def test_a_recovery_code_goes_the_same_way(scene: Scene) -> None:
    code = scene.sandbox.account("proton", "bob")["recovery_codes"][0]
    provider, record = scene.opened("bob", two_factor_code=code)
    assert provider.complete(record).state == ACTIVE


def test_a_wrong_code_ends_the_session(scene: Scene) -> None:
    provider, record = scene.opened("bob", two_factor_code="000000")
    failure = failed("credentials_rejected", lambda: provider.complete(record))
    assert failure.session_gone is True
    assert (failure.http_code, failure.api_code) == (422, 8002)


def test_a_401_at_the_second_factor_keeps_the_session(scene: Scene) -> None:
    scene.sandbox.settings("proton", wrong_2fa_status=401, wrong_2fa_kills=False)
    provider, record = scene.opened("bob", two_factor_code="000000")
    with pytest.raises(Failure) as caught:
        provider.complete(record)
    assert (caught.value.http_code, caught.value.session_gone) == (401, False)


@pytest.mark.parametrize(("account", "methods"), [("bob", ("totp",)), ("heidi", ("fido2",))])
def test_without_a_code_the_ways_to_answer_are_said(scene: Scene, account: str, methods: tuple[str, ...]) -> None:
    provider, record = scene.opened(account)
    failure = failed("two_factor_needed", lambda: provider.complete(record))
    assert failure.methods == methods
    assert failure.hint
    assert "auth_2fa" not in scene.routes()


def test_a_security_key_is_not_answered_with_a_code(scene: Scene) -> None:
    provider, record = scene.opened("heidi", two_factor_code="123456")
    assert "TOTP" in failed("two_factor_needed", lambda: provider.complete(record)).hint
    assert "auth_2fa" not in scene.routes()


@pytest.mark.parametrize("reply", [{"Code": 1000}, {"Code": 1000, "Scopes": None}, {"Code": 1000, "Scopes": "full"}])
def test_a_second_factor_reply_without_scopes_is_refused(scene: Scene, reply: dict[str, Any]) -> None:
    provider, record = scene.opened("bob", two_factor_code="123456")
    scene.answer("auth_2fa", reply)
    failed("unexpected_response", lambda: provider.complete(record))


# Refresh: section 3.4


def test_a_refresh_rotates_both_tokens(scene: Scene) -> None:
    provider, record = scene.opened()
    new = record.granted(provider.refresh(record), scene.now())
    assert new.tokens["access_token"] != record.tokens["access_token"]
    assert new.tokens["refresh_token"] != record.tokens["refresh_token"]
    assert (new.uid, new.scopes, new.state) == (record.uid, record.scopes, record.state)
    entry = scene.journal("refresh")[0]
    assert set(entry["body"]) == {"ResponseType", "GrantType", "RefreshToken", "RedirectURI", "UID"}
    assert entry["fingerprints"]["refresh"] == fingerprint(record.tokens["refresh_token"])


def test_a_refresh_works_with_an_expired_token(scene: Scene) -> None:
    provider, record = scene.opened()
    scene.pass_time(100_000)
    assert record.granted(provider.refresh(record), scene.now()).fresh(scene.now())


def test_a_database_race_is_tried_again_at_once(scene: Scene) -> None:
    provider, record = scene.opened()
    scene.fault("status", route="refresh", status=409, count=2)
    assert provider.refresh(record).tokens
    assert (scene.routes()["refresh"], scene.naps) == (3, [])


def test_a_database_race_is_tried_three_times(scene: Scene) -> None:
    provider, record = scene.unknown()
    scene.fault("status", route="refresh", status=409, count=None)
    failure = failed("conflict", lambda: provider.refresh(record))
    assert (failure.session_gone, scene.routes()["refresh"]) == (False, 3)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_retry_after_is_obeyed_however_it_is_spelt(scene: Scene, status: int, name: str) -> None:
    provider, record = scene.opened()
    scene.fault("status", route="refresh", status=status, headers={name: "5"})
    assert provider.refresh(record).tokens
    assert 4 <= sum(scene.naps) <= 6
    assert scene.routes()["refresh"] == 2


@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_refresh_token_ends_the_session(scene: Scene, status: int) -> None:
    provider, record = scene.opened()
    scene.sandbox.settings("proton", refresh_error_status=status)
    provider.refresh(record)
    failure = failed("authentication_needed", lambda: provider.refresh(record))
    assert (failure.http_code, failure.api_code, failure.session_gone) == (status, 10013, True)


@pytest.mark.parametrize("status", [401, 403, 404, 408, 500, 502, 504])
def test_another_refusal_keeps_the_session(scene: Scene, status: int) -> None:
    provider, record = scene.unknown()
    scene.fault("status", route="refresh", status=status, count=None)
    with pytest.raises(Failure) as caught:
        provider.refresh(record)
    assert (caught.value.http_code, caught.value.session_gone) == (status, False)
    assert scene.routes()["refresh"] == 1, "the tokens may have rotated"


def test_a_verification_at_a_refresh_keeps_the_session(scene: Scene) -> None:
    provider, record = scene.unknown()
    scene.fault("human_verification", route="refresh", every=True)
    assert failed("human_verification_needed", lambda: provider.refresh(record)).session_gone is False


def test_a_lost_answer_keeps_the_session(scene: Scene) -> None:
    provider, record = scene.opened()
    scene.fault("drop_after", route="refresh")
    failure = failed("not_reachable", lambda: provider.refresh(record))
    assert (failure.sent, failure.session_gone) == (True, False)


@pytest.mark.parametrize("field", ["AccessToken", "RefreshToken", "Scopes"])
@pytest.mark.parametrize("junk", [None, 7, [], {}, "", "a\r\nb"], ids=repr)
def test_a_refresh_reply_with_junk_is_refused(scene: Scene, field: str, junk: Any) -> None:
    provider, record = scene.unknown()
    good = {"Code": 1000, "AccessToken": "a" * 32, "RefreshToken": "b" * 32, "Scopes": ["full"]}
    scene.answer("refresh", {**good, field: junk})
    if field == "Scopes" and junk == []:
        assert provider.refresh(record).scopes == ()
    else:
        assert field in failed("unexpected_response", lambda: provider.refresh(record)).message


@pytest.mark.parametrize("lifetime", [None, "3600", True, [], {}, 0, -1, 10**12, 1e400])
def test_a_lifetime_that_is_none_is_unknown(scene: Scene, lifetime: Any) -> None:
    provider, record = scene.unknown()
    body = {"Code": 1000, "AccessToken": "a" * 32, "RefreshToken": "b" * 32, "Scopes": [], "ExpiresIn": lifetime}
    scene.answer("refresh", body)
    assert provider.refresh(record).lifetime is None


# Logout: section 3.5


def test_a_logout_ends_the_session(scene: Scene) -> None:
    provider, record = scene.opened()
    provider.close(record)
    assert (scene.live(), scene.sequence()[-1]) == (0, "logout")


def test_a_logout_of_what_is_gone_is_a_success(scene: Scene) -> None:
    provider, record = scene.opened()
    provider.close(record)
    provider.close(record)
    assert scene.journal("logout")[1]["status"] == 401


@pytest.mark.parametrize(
    ("status", "kind"), [(403, "missing_scope"), (500, "not_available"), (404, "unexpected_response")]
)
def test_another_answer_to_a_logout_is_a_failure(scene: Scene, status: int, kind: str) -> None:
    provider, record = scene.unknown()
    scene.fault("status", route="logout", status=status)
    failed(kind, lambda: provider.close(record))


# Lock and unlock: sections 3.6 to 3.8


def test_a_lock_drops_the_elevated_rights_and_reads_the_scopes(scene: Scene) -> None:
    provider, record = scene.opened()
    assert provider.elevated(record)
    locked = record.granted(provider.lock(record), scene.now())
    assert locked.state == LOCKED
    assert not provider.elevated(locked)
    assert scene.sequence()[-2:] == ["lock", "scopes"]
    assert locked.tokens == record.tokens


@pytest.mark.parametrize("scope", ["locked", "password"])
def test_an_unlock_proves_the_password_again(scene: Scene, scope: str) -> None:
    provider, record = scene.opened(unlock_scope=scope)
    locked = record.granted(provider.lock(record), scene.now())
    unlocked = locked.granted(provider.unlock(locked), scene.now())
    assert unlocked.state == ACTIVE
    assert scope in unlocked.scopes
    assert scene.journal("auth_info")[-1]["body"] == {"Username": "alice", "ReauthScope": scope}
    assert scene.sequence()[-2:] == ["unlock" if scope == "locked" else "unlock_password", "scopes"]


def test_an_unlock_checks_the_servers_proof(scene: Scene) -> None:
    provider, record = scene.opened()
    scene.fault("wrong_proof", route="unlock")
    failed("crypto", lambda: provider.unlock(record))


@pytest.mark.parametrize("fault", ["bad_modulus_signature", "foreign_modulus", "srp_version", "bad_ephemeral"])
def test_an_unlock_sends_no_proof_after_a_refused_challenge(scene: Scene, fault: str) -> None:
    provider, record = scene.unknown()
    scene.fault(fault, route="auth_info")
    with pytest.raises(Failure):
        provider.unlock(record)
    assert "unlock" not in scene.routes()


def test_an_unlock_with_a_wrong_password_is_rejected_and_keeps_the_session(scene: Scene) -> None:
    _provider, record = scene.opened()
    failure = failed("credentials_rejected", lambda: scene.provider(password="wrong").unlock(record))
    assert (failure.session_gone, scene.live()) == (False, 1)


def test_an_unlock_without_a_password_sends_no_proof(scene: Scene) -> None:
    _provider, record = scene.opened()
    with pytest.raises(Failure) as caught:
        scene.provider(password="").unlock(record)
    assert caught.value.kind in ("authentication_needed", "definition")
    assert "unlock" not in scene.routes()


def test_unlocking_the_password_scope_asks_for_the_second_factor(scene: Scene) -> None:
    codes = scene.sandbox.account("proton", "bob")["recovery_codes"]
    provider, pending = scene.opened("bob", two_factor_code=codes[0])
    record = pending.granted(provider.complete(pending), scene.now())
    again = scene.provider("bob", unlock_scope="password", two_factor_code=codes[1])
    assert "password" in (again.unlock(record).scopes or ())


# Forks: section 3.11


def test_a_fork_is_redeemed_without_the_parent(scene: Scene) -> None:
    provider, record = scene.opened()
    selector = provider.fork(record, ForkRequest(payload="canary-payload"))
    grant, payload = provider.redeem(selector)
    child = scene.record(provider, grant)
    assert payload == "canary-payload"
    assert child.uid != record.uid
    assert child.tokens["access_token"] != record.tokens["access_token"]
    fork, redeemed = scene.journal("fork")[0], scene.journal("fork_import")[0]
    assert fork["body"]["ChildClientID"] == "linux-vpn"
    assert fork["body"]["Independent"] == 0
    assert "UserCode" not in fork["body"]
    assert "authorization" not in redeemed["headers"]
    assert selector not in redeemed["path"]


def test_a_fork_says_only_what_was_asked_for(scene: Scene) -> None:
    provider, record = scene.opened()
    provider.fork(record, ForkRequest(client_id="windows-vpn", independent=True))
    assert scene.journal("fork")[0]["body"] == {"ChildClientID": "windows-vpn", "Independent": 1}


def test_a_child_speaks_as_its_own_client(scene: Scene) -> None:
    provider, record = scene.opened()
    selector = provider.fork(record, ForkRequest(client_id="windows-vpn"))
    failed("unexpected_response", lambda: provider.redeem(selector))
    options = provider.child_options("windows-vpn")
    assert options == {"appversion": "windows-vpn@4.0.0"}
    assert scene.provider(**options).redeem(selector)[1] is None
    assert provider.child_options("") == provider.child_options("linux-vpn") == {}


def test_a_selector_works_once(scene: Scene) -> None:
    provider, record = scene.opened()
    selector = provider.fork(record, ForkRequest())
    provider.redeem(selector)
    assert failed("unexpected_response", lambda: provider.redeem(selector)).api_code == 2501


@pytest.mark.parametrize("selector", ["", "a/b", "../x", "a b", "a?b", "a#b", "ü", "a\n", "a%2Fb", "//x"])
def test_what_is_no_selector_is_not_sent(scene: Scene, selector: str) -> None:
    failed("definition", lambda: scene.provider().redeem(selector))
    assert scene.journal() == []


def test_too_many_children_are_a_conflict(scene: Scene) -> None:
    provider, record = scene.opened()
    scene.sandbox.settings("proton", max_children=0)
    assert failed("conflict", lambda: provider.fork(record, ForkRequest())).api_code == 8003


def test_a_fork_while_the_second_factor_is_pending_needs_it(scene: Scene) -> None:
    provider, record = scene.opened("bob")
    failed("two_factor_needed", lambda: provider.fork(record, ForkRequest()))


def test_a_user_code_is_approved_by_a_parent(scene: Scene) -> None:
    child, (parent, record) = scene.provider(username="", password=""), scene.opened()
    grant = child.ask_user_code()
    assert grant.state == PENDING
    waiting = scene.record(child, grant)
    code = waiting.data["user_code"]
    failure = failed("authentication_needed", lambda: child.complete(waiting))
    assert code in failure.message
    assert failure.session_gone is False
    assert parent.fork(record, ForkRequest(user_code=code, payload="canary-payload")) == waiting.data["selector"]
    granted = waiting.granted(child.complete(waiting), scene.now())
    assert granted.state == ACTIVE
    assert granted.tokens["payload"] == "canary-payload"
    assert granted.data["selector"] == granted.data["user_code"] == ""


@pytest.mark.parametrize("code", ["00000000", "nonsense"])
def test_a_user_code_that_nobody_shows_is_refused(scene: Scene, code: str) -> None:
    provider, record = scene.opened()
    with pytest.raises(Failure) as caught:
        provider.fork(record, ForkRequest(user_code=code))
    assert caught.value.http_code == 422


@pytest.mark.parametrize("payload", [7, True, ["x"], {"a": 1}])
def test_a_payload_of_another_type_is_refused_or_dropped(scene: Scene, payload: Any) -> None:
    reply = {"Code": 1000, "UID": "u", "AccessToken": "a" * 32, "RefreshToken": "b" * 32, "Scopes": ["full"]}
    scene.answer("fork_import", {**reply, "Payload": payload})
    found: Any = None
    with contextlib.suppress(Failure):
        found = scene.provider().redeem("selector")[1]
    assert found is None


@pytest.mark.parametrize("reply", [{"Code": 1000}, {"Code": 1000, "Selector": None}, {"Code": 1000, "Selector": 7}])
def test_a_fork_reply_without_a_selector_is_refused(scene: Scene, reply: dict[str, Any]) -> None:
    provider, record = scene.unknown()
    scene.answer("fork", reply)
    assert "Selector" in failed("unexpected_response", lambda: provider.fork(record, ForkRequest())).message


# The account's sessions: section 3.12


def test_the_accounts_sessions_are_listed_and_revoked(scene: Scene) -> None:
    (provider, record), (_other, other) = scene.opened(), scene.opened()
    listed = provider.sessions(record)
    assert {item["uid"]: item["current"] for item in listed} == {record.uid: True, other.uid: False}
    assert set(listed[0]) == {"uid", "client_id", "client_name", "created_at", "revocable", "current"}
    provider.revoke(record, other.uid)
    assert [item["uid"] for item in provider.sessions(record)] == [record.uid]


@pytest.mark.parametrize("uid", ["", "a/b", "../x", "a?b", "ü", " "])
def test_what_is_no_uid_is_not_sent(scene: Scene, uid: str) -> None:
    provider, record = scene.unknown()
    failed("definition", lambda: provider.revoke(record, uid))
    assert scene.routes() == {}


@pytest.mark.parametrize("sessions", [None, {}, "x", 7])
def test_a_list_of_sessions_that_is_none_is_refused(scene: Scene, sessions: Any) -> None:
    provider, record = scene.unknown()
    scene.answer("sessions", {"Code": 1000, "Sessions": sessions})
    failed("unexpected_response", lambda: provider.sessions(record))


def test_junk_among_the_sessions_is_left_out(scene: Scene) -> None:
    provider, record = scene.unknown()
    scene.answer("sessions", {"Code": 1000, "Sessions": [None, 7, {"UID": record.uid, "Revocable": 1}]})
    assert [item["uid"] for item in provider.sessions(record)] == [record.uid]


# Human verification: sections 3.9 and 3.10


def test_a_verification_is_asked_for_with_methods_and_a_place(scene: Scene) -> None:
    scene.fault("human_verification", route="auth")
    failure = failed("human_verification_needed", scene.provider().open)
    assert failure.methods == ("captcha", "email", "sms")
    assert "/verify?methods=" in failure.hint
    assert (failure.http_code, failure.api_code) == (422, 9001)


def test_a_captchas_answer_is_sent_with_the_same_request(scene: Scene) -> None:
    scene.fault("human_verification", route="auth")
    provider = scene.provider()
    failed("human_verification_needed", provider.open)
    captcha = scene.sandbox.codes("proton")["captchas"][-1]
    assert provider.answer("captcha", captcha["solution"]) is True
    assert provider.answer("captcha", captcha["solution"]) is False
    assert scene.provider().open().tokens
    headers = scene.journal("auth")[-1]["headers"]
    assert headers["x-pm-human-verification-token-type"] == "captcha"
    assert "x-pm-human-verification-token" in headers


@pytest.mark.parametrize(("method", "where"), [("email", "alice@example.com"), ("sms", "+41790000000")])
def test_a_code_is_sent_and_answered(scene: Scene, method: str, where: str) -> None:
    scene.fault("human_verification", route="auth")
    provider = scene.provider()
    failed("human_verification_needed", provider.open)
    provider.request_code(None, **{"address" if method == "email" else "phone": where})
    sent = scene.sandbox.codes("proton")["sent"][-1]
    assert (sent["type"], sent["destination"]) == (method, where)
    assert provider.answer(method, sent["code"]) is True
    assert scene.provider().open().tokens


def test_only_looking_at_an_answer_keeps_nothing(scene: Scene) -> None:
    provider = scene.provider()
    assert provider.answer("captcha", "x:y", keep=False) is True
    assert provider.answer("captcha", "x:y") is True


def test_a_whole_token_is_sent_as_it_is(scene: Scene) -> None:
    scene.fault("human_verification", route="auth")
    provider = scene.provider()
    failed("human_verification_needed", provider.open)
    provider.answer("captcha", scene.sandbox.codes("proton")["captchas"][-1]["value"])
    assert provider.open().tokens


def test_a_wrong_answer_is_forgotten(scene: Scene) -> None:
    scene.fault("human_verification", route="auth")
    provider = scene.provider()
    failed("human_verification_needed", provider.open)
    provider.answer("captcha", "wrong")
    failed("human_verification_needed", provider.open)
    before = len(scene.journal())
    failed("human_verification_needed", scene.provider().open)
    later = scene.journal()[before:]
    assert not any("x-pm-human-verification-token" in entry["headers"] for entry in later)


def test_an_answer_is_repeated_once_only(scene: Scene) -> None:
    provider = scene.provider()
    provider.answer("captcha", "x:y")
    scene.fault("status", route="auth", status=422, code=12087, count=None)
    failed("human_verification_needed", provider.open)
    assert scene.routes()["auth"] <= 2


def test_an_answer_of_one_session_is_not_anothers(scene: Scene) -> None:
    scene.provider(name="one").answer("captcha", "x:y")
    scene.provider(name="two").open()
    assert not any("x-pm-human-verification-token" in entry["headers"] for entry in scene.journal())


@pytest.mark.parametrize("details", [None, [], "x", {}, {"Methods": "captcha"}, {"HumanVerificationToken": 7}])
def test_odd_details_are_no_problem(scene: Scene, details: Any) -> None:
    scene.fault("status", route="auth_info", status=422, code=9001, details=details)
    failure = failed("human_verification_needed", scene.provider().open)
    assert isinstance(failure.methods, tuple)


# Errors: sections 1.3 and 3.14


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 401, "authentication_needed"),
        (422, 2001, "unexpected_response"),
        (422, 2011, "unexpected_response"),
        (422, 2028, "rate_limited"),
        (422, 2501, "unexpected_response"),
        (400, 5001, "definition"),
        (422, 5003, "definition"),
        (400, 5005, "definition"),
        (422, 5099, "definition"),
        (422, 8002, "credentials_rejected"),
        (422, 8003, "conflict"),
        (422, 8005, "authentication_needed"),
        (422, 8100, "unsupported"),
        (422, 8101, "unsupported"),
        (422, 9001, "human_verification_needed"),
        (422, 9002, "human_verification_needed"),
        (403, 9101, "missing_scope"),
        (403, 9107, "missing_scope"),
        (422, 10002, "credentials_rejected"),
        (422, 10003, "credentials_rejected"),
        (422, 10004, "missing_scope"),
        (422, 10013, "authentication_needed"),
        (400, 12087, "human_verification_needed"),
        (422, 12100, "credentials_rejected"),
        (200, 2000, "unexpected_response"),
        (200, 8002, "credentials_rejected"),
        (500, 1000, "not_available"),
        (403, 7, "missing_scope"),
        (404, 7, "unexpected_response"),
        (408, 7, "not_available"),
        (409, 7, "conflict"),
        (500, 7, "not_available"),
        (504, 7, "not_available"),
    ],
)
def test_each_code_has_its_kind(scene: Scene, status: int, code: int, kind: str) -> None:
    scene.fault("status", route="auth_info", status=status, code=code, error="What the service says")
    failure = failed(kind, scene.provider().open)
    assert (failure.http_code, failure.api_code) == (status, code)
    if code not in (8002,):
        assert "What the service says" in failure.message
        assert scene.sandbox.url("proton") in failure.message


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 422, 500, 504])
@pytest.mark.parametrize("fault", ["html", "empty", "not_utf8", "bare_error"])
def test_an_error_without_json_has_a_kind(scene: Scene, status: int, fault: str) -> None:
    provider, record = scene.unknown()
    scene.fault(fault, route="sessions", status=status)
    with pytest.raises(Failure) as caught:
        provider.sessions(record)
    assert caught.value.http_code == status
    assert caught.value.api_code is None
    assert "<" not in caught.value.message


@pytest.mark.parametrize("fault", ["html", "not_utf8", "empty"])
def test_a_success_without_json_is_no_success(scene: Scene, fault: str) -> None:
    scene.fault(fault, route="auth_info", status=200)
    with pytest.raises(Failure) as caught:
        scene.provider().open()
    assert caught.value.kind in ("unexpected_response", "unsupported", "crypto")
    assert scene.sequence() == ["auth_info"]


@pytest.mark.parametrize("body", ["[]", "7", '"text"', "null", "true", "[[[[", "{", '{"Code":1000'])
def test_a_reply_that_is_no_object_is_no_success(scene: Scene, body: str) -> None:
    scene.answer("auth_info", body)
    failed("unexpected_response", scene.provider().open)


@pytest.mark.parametrize("code", [None, "1000", [], {}, True, 1000.5, -1, 10**30])
def test_a_code_that_is_none_is_no_success(scene: Scene, code: Any) -> None:
    scene.answer("auth_info", {**CHALLENGE, "Code": code, "Error": ["x"]})
    failed("unexpected_response", scene.provider().open)


@pytest.mark.parametrize("route", ["auth_info", "auth", "refresh", "scopes", "fork", "fork_import", "sessions"])
def test_a_reply_without_a_code_is_a_success(scene: Scene, route: str) -> None:
    scene.fault("no_code", route=route)
    provider, record = scene.opened()
    record = record.granted(provider.refresh(record), scene.now())
    provider.lock(record)
    provider.redeem(provider.fork(record, ForkRequest()))
    provider.sessions(record)
    provider.close(record)


def test_a_multi_part_success_is_a_success(scene: Scene) -> None:
    provider, record = scene.unknown()
    scene.answer("sessions", {"Code": 1001, "Sessions": []})
    assert provider.sessions(record) == []


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "text/html", "application/octet-stream"])
def test_the_content_type_does_not_matter(scene: Scene, content_type: str) -> None:
    scene.fault("wrong_content_type", content_type=content_type, count=None)
    assert scene.opened()[1].tokens


@pytest.mark.parametrize("said", ["a\nb\x1b[31mc", "x" * 10_000, "\u202e\u0000", 7, None, ["x"], {"a": 1}])
def test_what_the_service_says_fits_one_line(scene: Scene, said: Any) -> None:
    scene.answer("auth_info", {"Code": 2001, "Error": said}, status=422)
    assert len(failed("unexpected_response", scene.provider().open).message) < 500


def test_a_missing_scope_names_it(scene: Scene) -> None:
    provider, record = scene.unknown()
    reply = Reply(403, {}, b'{"Code":9101,"Error":"x","Details":{"MissingScopes":["locked"]}}')
    failure = provider.failure(reply, record)
    assert (failure.kind, failure.api_code) == ("missing_scope", 9101)
    assert "locked" in failure.hint
    pending = Record("cloud", "proton", record.origin, scopes=("twofactor",))
    assert provider.failure(reply, pending).kind == "two_factor_needed"


@pytest.mark.parametrize("status", [408, 502])
def test_an_ordinary_call_is_repeated_at_once(scene: Scene, status: int) -> None:
    provider, record = scene.opened()
    scene.fault("status", route="sessions", status=status, count=2)
    assert provider.sessions(record)
    assert (scene.routes()["sessions"], scene.naps) == (3, [])


def test_a_retry_after_is_part_of_the_failure(scene: Scene) -> None:
    provider, record = scene.unknown(max_wait=1.0)
    scene.fault("status", route="sessions", status=429, code=2028, headers={"retry-after": "77"}, count=None)
    failure = failed("rate_limited", lambda: provider.sessions(record))
    assert failure.retry_after is not None
    assert 70 < failure.retry_after <= 78
    assert scene.routes()["sessions"] == 1


# Who one says one is: sections 1.1 and 1.2


def test_the_paths_are_those_of_the_current_api(scene: Scene) -> None:
    provider, record = scene.opened()
    provider.lock(record)
    assert [entry["path"] for entry in scene.journal()] == [
        "/auth/v4/info",
        "/auth/v4",
        "/core/v4/users/lock",
        "/auth/v4/scopes",
    ]


def test_the_older_paths_are_an_option(scene: Scene) -> None:
    provider, record = scene.opened(api_paths="unversioned")
    record = record.granted(provider.refresh(record), scene.now())
    provider.lock(record)
    provider.unlock(record)
    provider.request_code(None, address="a@example.com")
    provider.redeem(provider.fork(record, ForkRequest()))
    provider.close(record)
    assert {entry["status"] for entry in scene.journal()} == {200}
    paths = {entry["path"] for entry in scene.journal()}
    assert {"/auth/info", "/auth", "/auth/refresh", "/users/lock", "/auth/scopes", "/users/code"} <= paths
    assert not any(path.startswith(("/auth/v4/info", "/core/v4/users/lock")) for path in paths)


@pytest.mark.parametrize("paths", ["versioned", "unversioned"])
def test_every_route_is_one_of_the_service(scene: Scene, paths: str) -> None:
    known = _served(scene)
    for method, versioned, unversioned in ROUTES.values():
        assert (method, versioned if paths == "versioned" else unversioned) in known


def _served(scene: Scene) -> set[tuple[str, str]]:
    found: dict[str, list[str]] = scene.sandbox.ask("proton", "GET", "routes")
    pairs = [line.split(" ", 1) for lines in found.values() for line in lines]
    return {(method, path.replace("/{uid}", "").replace("/{selector}", "")) for method, path in pairs}


@pytest.mark.parametrize(
    "appversion",
    [
        "",
        "linux-vpn",
        "linux-vpn@",
        "linux-vpn@4",
        "linux-vpn@4.0",
        "@4.0.0",
        "a b@1.0.0",
        "x@1.0.0\r\ny: z",
        "x@1.0.0 ",
    ],
)
def test_an_appversion_of_another_form_is_refused_before_sending(scene: Scene, appversion: str) -> None:
    failed("definition", Proton(scene.definition(appversion=appversion), scene.store()).open)
    assert scene.journal() == []


@pytest.mark.parametrize("appversion", ["web-mail@5.0.1", "linux-vpn@4.0.0-rc.1", "android_mail@1.2.3+dev", "Other"])
def test_an_appversion_of_the_right_form_is_sent(scene: Scene, appversion: str) -> None:
    scene.sandbox.settings("proton", strict_appversion=False)
    scene.provider(appversion=appversion).open()
    assert {entry["headers"]["x-pm-appversion"] for entry in scene.journal()} == {appversion}


@pytest.mark.parametrize("agent", ["x", "x/1", "x/1 (", "x/1 ()", "x /1 (L)", "x/1 (L)\r\ny: z", "x/1 (L) more"])
def test_a_user_agent_of_another_form_is_refused_before_sending(scene: Scene, agent: str) -> None:
    failed("definition", scene.provider(user_agent=agent).open)
    assert scene.journal() == []


@pytest.mark.parametrize("agent", ["Client/1.2.3 (Linux; Debian/12)", "None"])
def test_a_user_agent_of_the_right_form_is_sent(scene: Scene, agent: str) -> None:
    scene.provider(user_agent=agent).open()
    assert {entry["headers"]["user-agent"] for entry in scene.journal()} == {agent}


def test_the_default_user_agent_names_this_collection(scene: Scene) -> None:
    scene.provider().open()
    assert scene.journal()[0]["headers"]["user-agent"].startswith("gatehouse.api/")


@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_appversion_is_a_definition_failure(scene: Scene, status: int) -> None:
    scene.sandbox.settings("proton", denied_appversions=["linux-vpn@4.0.0"], bad_appversion_status=status)
    failure = failed("definition", scene.provider().open)
    assert failure.api_code == 5003
    assert "appversion" in failure.hint


def test_a_base_url_may_have_a_path(scene: Scene) -> None:
    provider = scene.provider(url=scene.sandbox.url("proton") + "/api/")
    with pytest.raises(Failure):
        provider.open()
    assert scene.journal()[0]["path"] == "/api/auth/v4/info"


def test_plain_http_works_when_asked_for(scene: Scene) -> None:
    provider, record = scene.opened(url=scene.sandbox.plain_url("proton"), allow_plain_http=True)
    assert record.origin == provider.transport.origin == scene.sandbox.plain_url("proton")
    assert {entry["scheme"] for entry in scene.journal()} == {"http"}


def test_no_secret_is_in_any_failure(scene: Scene) -> None:
    provider, record = scene.opened()
    texts = []
    for operation in (
        lambda: provider.redeem("canary-selector-canary"),
        lambda: provider.revoke(record, "nobody"),
        scene.provider(password="canary-wrong-password").open,
        lambda: provider.fork(record, ForkRequest(user_code="12")),
    ):
        with pytest.raises(Failure) as caught:
            operation()
        texts.append(str(caught.value) + str(caught.value.as_dict()))
    for secret in (*scene.sandbox.canaries("proton"), "canary-wrong-password", "canary-selector-canary"):
        assert not any(secret in text for text in texts)
