# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Login rules (Proton protocol page, sections 3.1 to 3.3, 5.1 rules 2, 4, 5, 6 and 9)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox
from tests.sandbox.probe import Answer, Probe

from .conftest import NewProbe

FAMILIES = ("/auth", "/auth/v4", "/core/v4/auth")
STEP = 30


def refused(answer: Answer, status: int, code: int) -> None:
    assert (answer.status, answer.code) == (status, code), answer.raw
    assert answer.body["Error"]


def last(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.journal("proton")[-1]


def test_json_has_no_charset_and_there_is_a_date(probe: Probe) -> None:
    answer = probe.request("GET", "/auth/v4/scopes")
    refused(answer, 401, 401)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["date"].endswith(" GMT")


def test_appversion_is_required(new_probe: NewProbe) -> None:
    refused(new_probe(appversion=None).request("GET", "/tests/ping"), 400, 5001)


@pytest.mark.parametrize("version", ["Other", "linux@4.0.0", "linux-vpn", "linux-vpn@4", "linux-vpn_4.0.0"])
def test_appversion_has_a_form(new_probe: NewProbe, sandbox: Sandbox, version: str) -> None:
    probe = new_probe(appversion=version)
    refused(probe.request("GET", "/tests/ping"), 400, 5003)
    sandbox.settings("proton", strict_appversion=False)
    assert probe.request("GET", "/tests/ping").body == {"Code": 1000}


def test_appversion_can_be_denied(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.settings("proton", denied_appversions=["linux-vpn@4.0.0"], bad_appversion_status=422)
    refused(probe.request("GET", "/tests/ping"), 422, 5003)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_paths(probe: Probe, sandbox: Sandbox, family: str) -> None:
    assert probe.login(sandbox.account("proton", "alice"), family).code == 1000
    assert probe.request("GET", f"{family}/scopes").body["Scopes"] == probe.scopes
    probe.keep(probe.refresh(path=f"{family}/refresh"))
    assert probe.request("GET", f"{family}/modulus").body["Modulus"]
    assert probe.request("DELETE", family).body == {"Code": 1000}
    assert sandbox.routes("proton") == dict.fromkeys(("auth_info", "auth", "scopes", "refresh", "modulus", "logout"), 1)


def test_info_is_fresh_and_its_salt_is_stable(probe: Probe) -> None:
    first, second = probe.info("alice"), probe.info("Alice")
    assert first["Salt"] == second["Salt"]
    assert len(base64.b64decode(first["Salt"])) == 10
    assert len(base64.b64decode(first["ServerEphemeral"])) == 256
    assert first["ServerEphemeral"] != second["ServerEphemeral"]
    assert first["SRPSession"] != second["SRPSession"]


def test_unknown_user_is_not_given_away(probe: Probe) -> None:
    known, first, second = probe.info("alice"), probe.info("mallory"), probe.info("mallory")
    assert set(first) == set(known)
    assert (first["Salt"], first["Modulus"]) == (second["Salt"], second["Modulus"])
    assert first["Salt"] != probe.info("trent")["Salt"]
    refused(probe.login({"username": "mallory", "password": "x"}), 422, 8002)


def test_username_is_required(probe: Probe) -> None:
    refused(probe.request("POST", "/auth/info", {}), 422, 2001)


def test_login_reply(probe: Probe, sandbox: Sandbox) -> None:
    answer = probe.login(sandbox.account("proton", "alice"))
    body = answer.body
    assert {"full", "locked"} <= set(body["Scopes"])
    assert body["Scope"].split() == body["Scopes"]
    assert body["2FA"]["Enabled"] == 0
    assert (body["ExpiresIn"], body["TokenType"], body["PasswordMode"]) == (86400, "Bearer", 1)
    assert {len(body[name]) for name in ("UID", "AccessToken", "RefreshToken")} == {32}


@pytest.mark.parametrize(("account", "version"), [("alice", 4), ("carol", 3), ("dave", 2)])
def test_versions(probe: Probe, sandbox: Sandbox, account: str, version: int) -> None:
    assert probe.info(account)["Version"] == version
    assert probe.login(sandbox.account("proton", account)).code == 1000


def test_two_password_mode(probe: Probe, sandbox: Sandbox) -> None:
    account = sandbox.account("proton", "erin")
    assert probe.login(account).body["PasswordMode"] == 2
    refused(probe.login({**account, "password": account["mailbox_password"]}), 422, 8002)


def test_disabled_account(probe: Probe, sandbox: Sandbox) -> None:
    account = sandbox.account("proton", "frank")
    refused(probe.login({**account, "password": "wrong"}), 422, 8002)
    refused(probe.login(account), 422, 10003)


def test_sso_account(probe: Probe) -> None:
    refused(probe.request("POST", "/auth/info", {"Username": "grace"}), 422, 8100)
    assert "SSOChallengeToken" in probe.info("grace", Intent="SSO")
    assert "SSOChallengeToken" in probe.info("grace", Intent="Auto")
    refused(probe.request("POST", "/auth/info", {"Username": "alice", "Intent": "SSO"}), 422, 8101)


def test_wrong_password(probe: Probe, sandbox: Sandbox) -> None:
    refused(probe.login({"username": "alice", "password": "wrong"}), 422, 8002)
    assert last(sandbox)["outcome"] == "refused: wrong client proof"
    assert sandbox.state("proton")["accounts"] == {}


def test_srp_session_is_used_up_by_failure(probe: Probe, sandbox: Sandbox) -> None:
    account = sandbox.account("proton", "alice")
    proof = probe.prove(probe.info("alice"), "alice", account["password"])
    wrong = {**proof.request, "ClientProof": base64.b64encode(b"x" * 256).decode()}
    refused(probe.request("POST", "/auth", wrong), 422, 8002)
    refused(probe.request("POST", "/auth", proof.request), 422, 8002)
    assert last(sandbox)["outcome"] == "refused: unknown or used SRP session"


def test_srp_session_is_used_up_by_success(probe: Probe, sandbox: Sandbox) -> None:
    proof = probe.prove(probe.info("alice"), "alice", sandbox.account("proton", "alice")["password"])
    assert probe.request("POST", "/auth", proof.request).code == 1000
    refused(probe.request("POST", "/auth", proof.request), 422, 8002)


def test_srp_session_expires(probe: Probe, sandbox: Sandbox) -> None:
    proof = probe.prove(probe.info("alice"), "alice", sandbox.account("proton", "alice")["password"])
    sandbox.clock("proton", 301)
    refused(probe.request("POST", "/auth", proof.request), 422, 8002)


def test_srp_session_belongs_to_its_user(probe: Probe, sandbox: Sandbox) -> None:
    proof = probe.prove(probe.info("alice"), "alice", sandbox.account("proton", "alice")["password"])
    refused(probe.request("POST", "/auth", {**proof.request, "Username": "carol"}), 422, 8002)


@pytest.mark.parametrize("ephemeral", [b"", b"\x00" * 256, b"\x01" + b"\x00" * 255, b"\x02" * 255, b"\xff" * 256])
def test_unsafe_client_ephemeral(probe: Probe, ephemeral: bytes) -> None:
    info = probe.info("alice")
    body = {
        "Username": "alice",
        "ClientEphemeral": base64.b64encode(ephemeral).decode(),
        "ClientProof": base64.b64encode(b"x" * 256).decode(),
        "SRPSession": info["SRPSession"],
    }
    refused(probe.request("POST", "/auth", body), 422, 8002)


def test_too_many_wrong_passwords(probe: Probe, sandbox: Sandbox) -> None:
    account = sandbox.account("proton", "alice")
    for _number in range(10):
        refused(probe.login({**account, "password": "wrong"}), 422, 8002)
    closed = probe.login(account)
    refused(closed, 429, 2028)
    assert 0 < int(closed.headers["retry-after"]) <= 600
    assert probe.login(sandbox.account("proton", "carol")).code == 1000
    sandbox.clock("proton", 601)
    assert probe.login(account).code == 1000


def test_malformed_json(probe: Probe) -> None:
    answer = probe.request("POST", "/auth/info", b"{", {"Content-Type": "application/json"})
    refused(answer, 400, 2001)


def test_second_factor(probe: Probe, sandbox: Sandbox) -> None:
    login = probe.login(sandbox.account("proton", "bob")).body
    assert login["Scopes"] == ["twofactor"]
    assert (login["2FA"]["Enabled"], login["2FA"]["TOTP"]) == (1, 1)
    blocked = probe.request("GET", "/core/v4/users")
    refused(blocked, 403, 9101)
    assert blocked.body["Details"]["MissingScopes"]
    assert probe.request("GET", "/auth/scopes").body["Scopes"] == ["twofactor"]
    answer = probe.request("POST", "/auth/2fa", {"TwoFactorCode": sandbox.totp("proton", "bob")})
    assert "full" in answer.body["Scopes"]
    assert "twofactor" not in answer.body["Scopes"]
    assert probe.request("GET", "/core/v4/users").body["User"]["Name"] == "bob"
    refused(probe.request("POST", "/auth/2fa", {"TwoFactorCode": "123456"}), 403, 9101)


def test_pending_session_can_refresh_and_log_out(probe: Probe, sandbox: Sandbox) -> None:
    probe.login(sandbox.account("proton", "bob"))
    probe.keep(probe.refresh())
    assert probe.scopes == ["twofactor"]
    assert probe.request("DELETE", "/auth").code == 1000


def test_wrong_code_ends_the_session(probe: Probe, sandbox: Sandbox) -> None:
    probe.login(sandbox.account("proton", "bob"))
    refused(probe.request("POST", "/auth/2fa", {"TwoFactorCode": "no"}), 422, 8002)
    refused(probe.request("POST", "/auth/2fa", {"TwoFactorCode": sandbox.totp("proton", "bob")}), 401, 401)


@pytest.mark.parametrize(("status", "code"), [(422, 8002), (401, 401)])
def test_wrong_code_can_be_harmless(probe: Probe, sandbox: Sandbox, status: int, code: int) -> None:
    sandbox.settings("proton", wrong_2fa_kills=False, wrong_2fa_status=status)
    probe.login(sandbox.account("proton", "bob"))
    refused(probe.request("POST", "/auth/2fa", {"TwoFactorCode": "no"}), status, code)
    assert probe.request("POST", "/auth/2fa", {"TwoFactorCode": sandbox.totp("proton", "bob")}).code == 1000


def test_code_is_accepted_once(new_probe: NewProbe, sandbox: Sandbox) -> None:
    first, second, third = new_probe(), new_probe(), new_probe()
    for probe in (first, second, third):
        probe.login(sandbox.account("proton", "bob"))
    code = {"TwoFactorCode": sandbox.totp("proton", "bob")}
    assert first.request("POST", "/auth/2fa", code).code == 1000
    refused(second.request("POST", "/auth/2fa", code), 422, 8002)
    assert last(sandbox)["outcome"] == "refused: replayed one-time code"
    sandbox.settings("proton", totp_once=False)
    assert third.request("POST", "/auth/2fa", code).code == 1000


@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_code_of_a_neighbouring_step(probe: Probe, sandbox: Sandbox, steps: int, accepted: bool) -> None:
    probe.login(sandbox.account("proton", "bob"))
    sandbox.clock("proton", STEP / 2 - sandbox.clock("proton", 0) % STEP)
    code = sandbox.totp("proton", "bob")
    sandbox.clock("proton", -steps * STEP)
    answer = probe.request("POST", "/auth/2fa", {"TwoFactorCode": code})
    assert (answer.code == 1000) is accepted


def test_recovery_code_is_accepted_once(new_probe: NewProbe, sandbox: Sandbox) -> None:
    account = sandbox.account("proton", "bob")
    code = {"TwoFactorCode": account["recovery_codes"][0]}
    first, second = new_probe(), new_probe()
    for probe in (first, second):
        probe.login(account)
    assert first.request("POST", "/auth/2fa", code).code == 1000
    refused(second.request("POST", "/auth/2fa", code), 422, 8002)


def test_code_inside_the_login(probe: Probe, sandbox: Sandbox) -> None:
    account = sandbox.account("proton", "bob")
    answer = probe.login(account, TwoFactorCode=sandbox.totp("proton", "bob"))
    assert "full" in answer.body["Scopes"]
    refused(probe.login(account, TwoFactorCode="no"), 422, 8002)


def test_security_key_only(probe: Probe, sandbox: Sandbox) -> None:
    body = probe.login(sandbox.account("proton", "heidi")).body
    assert (body["2FA"]["Enabled"], body["2FA"]["TOTP"]) == (2, 0)
    assert body["2FA"]["FIDO2"]["RegisteredKeys"]


def test_settings_change_the_login_reply(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.settings("proton", send_expires_in=False, fresh_locked=False)
    body = probe.login(sandbox.account("proton", "alice")).body
    assert "ExpiresIn" not in body
    assert "locked" not in body["Scopes"]


def test_unauthenticated_session_is_replaced_by_login(probe: Probe, sandbox: Sandbox) -> None:
    probe.keep(probe.request("POST", "/auth/v4/sessions", {}))
    refused(probe.request("GET", "/users"), 403, 9101)
    assert probe.login(sandbox.account("proton", "alice")).code == 1000
    assert sandbox.state("proton")["accounts"] == {"alice": 1}
