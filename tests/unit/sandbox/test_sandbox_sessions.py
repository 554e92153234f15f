# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access, refresh, logout, lock and the list of sessions (Proton protocol page, sections 3.4 to 3.8 and 3.12)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, fingerprint
from tests.sandbox.probe import Probe

from .conftest import NewProbe
from .test_sandbox_login import last, refused


def test_access_needs_uid_and_token(alice: Probe, new_probe: NewProbe) -> None:
    other = new_probe("alice")
    assert alice.request("GET", "/users").code == 1000
    refused(alice.request("GET", "/users", headers={"x-pm-uid": "unknown"}), 401, 401)
    refused(alice.request("GET", "/users", headers={"Authorization": "Bearer wrong"}), 401, 401)
    refused(alice.request("GET", "/users", headers={"Authorization": f"Bearer {other.access}"}), 401, 401)
    refused(alice.request("GET", "/users", headers={"Authorization": f"bearer {alice.access}"}), 401, 401)


def test_access_token_expires(alice: Probe, sandbox: Sandbox) -> None:
    sandbox.clock("proton", 86399 - 5)
    assert alice.request("GET", "/users").code == 1000
    sandbox.clock("proton", 10)
    refused(alice.request("GET", "/users"), 401, 401)
    assert last(sandbox)["outcome"] == "refused: expired access token"
    alice.keep(alice.refresh())
    assert alice.request("GET", "/users").code == 1000


def test_refresh_rotates_both_tokens(alice: Probe, sandbox: Sandbox) -> None:
    uid, access, refresh = alice.uid, alice.access, alice.refresh_token
    body = alice.refresh().body
    assert body["UID"] == uid
    assert body["AccessToken"] != access
    assert body["RefreshToken"] != refresh
    refused(alice.request("GET", "/users"), 401, 401)
    assert alice.request("GET", "/users", headers={"Authorization": f"Bearer {body['AccessToken']}"}).code == 1000
    refused(alice.refresh(), 422, 10013)
    entry = last(sandbox)
    assert entry["outcome"] == "refused: spent refresh token"
    assert entry["fingerprints"]["refresh"] == fingerprint(refresh)
    assert alice.refresh(body["RefreshToken"]).code == 1000


def test_spent_token_can_revoke_the_session_and_its_children(
    alice: Probe, new_probe: NewProbe, sandbox: Sandbox
) -> None:
    sandbox.settings("proton", revoke_on_reuse=True, refresh_error_status=400)
    children = []
    for independent in (0, 1):
        body = {"ChildClientID": "linux-vpn", "Independent": independent}
        selector = alice.request("POST", "/auth/v4/sessions/forks", body).body["Selector"]
        children.append(new_probe())
        children[-1].keep(children[-1].request("GET", f"/auth/v4/sessions/forks/{selector}"))
    spent = alice.refresh_token
    alice.keep(alice.refresh())
    refused(alice.refresh(spent), 400, 10013)
    assert last(sandbox)["outcome"] == "refused: spent refresh token, session revoked"
    refused(alice.request("GET", "/users"), 401, 401)
    refused(alice.refresh(), 400, 10013)
    refused(children[0].request("GET", "/users"), 401, 401)
    assert children[1].request("GET", "/users").code == 1000


def test_refresh_without_bearer_and_uid_in_the_body(alice: Probe, probe: Probe) -> None:
    assert probe.refresh(alice.refresh_token, UID=alice.uid, State="x").code == 1000


def test_refresh_of_another_session(alice: Probe, new_probe: NewProbe) -> None:
    other = new_probe("alice")
    refused(alice.refresh(other.refresh_token), 422, 10013)
    refused(other.refresh("wrong"), 422, 10013)


@pytest.mark.parametrize("change", [{"GrantType": "password"}, {"ResponseType": "code"}, {"RedirectURI": None}])
def test_refresh_body_is_checked(alice: Probe, change: dict[str, Any]) -> None:
    refused(alice.refresh(**change), 422, 2001)
    assert alice.refresh().code == 1000


def test_logout(alice: Probe, sandbox: Sandbox) -> None:
    assert alice.request("DELETE", "/auth").body == {"Code": 1000}
    refused(alice.request("DELETE", "/auth"), 401, 401)
    refused(alice.refresh(), 422, 10013)
    assert last(sandbox)["outcome"] == "refused: revoked session"


def test_lock_and_unlock(alice: Probe, sandbox: Sandbox) -> None:
    assert alice.request("GET", "/core/v4/keys/salts").body["KeySalts"]
    assert alice.request("PUT", "/users/lock").body == {"Code": 1000}
    blocked = alice.request("GET", "/core/v4/keys/salts")
    refused(blocked, 403, 9101)
    assert blocked.body["Details"]["MissingScopes"] == ["locked"]
    assert "locked" not in alice.request("GET", "/auth/v4/scopes").body["Scopes"]
    password = sandbox.account("proton", "alice")["password"]
    proof = alice.prove(alice.info("alice", ReauthScope="locked"), "alice", password)
    answer = alice.request("PUT", "/core/v4/users/unlock", proof.request)
    assert answer.body["ServerProof"] == proof.expected
    assert alice.request("GET", "/core/v4/keys/salts").code == 1000
    assert alice.request("PUT", "/core/v4/users/lock").code == 1000
    refused(alice.request("GET", "/core/v4/keys/salts"), 403, 9101)


def test_unlock_with_a_wrong_password_counts(alice: Probe, sandbox: Sandbox) -> None:
    proof = alice.prove(alice.info("alice", ReauthScope="locked"), "alice", "wrong")
    refused(alice.request("PUT", "/core/v4/users/unlock", proof.request), 422, 8002)
    assert sandbox.state("proton")["wrong_passwords"]["alice"] == 1


def test_proof_for_one_scope_grants_no_other(alice: Probe, sandbox: Sandbox) -> None:
    password = sandbox.account("proton", "alice")["password"]
    proof = alice.prove(alice.info("alice", ReauthScope="locked"), "alice", password)
    refused(alice.request("PUT", "/core/v4/users/password", proof.request), 422, 8002)


def test_password_scope_needs_the_second_factor(new_probe: NewProbe, sandbox: Sandbox) -> None:
    bob = new_probe("bob")
    password = sandbox.account("proton", "bob")["password"]
    info = bob.info("bob", ReauthScope="password")
    assert info["2FA"]["TOTP"] == 1
    proof = bob.prove(info, "bob", password)
    refused(bob.request("PUT", "/core/v4/users/password", proof.request), 422, 8002)
    sandbox.clock("proton", 60)
    proof = bob.prove(bob.info("bob", ReauthScope="password"), "bob", password)
    body = {**proof.request, "TwoFactorCode": sandbox.totp("proton", "bob")}
    assert bob.request("PUT", "/core/v4/users/password", body).code == 1000
    assert "password" in bob.request("GET", "/auth/scopes").body["Scopes"]


def test_reauthentication_needs_a_session(probe: Probe) -> None:
    refused(probe.request("POST", "/auth/info", {"Username": "alice", "ReauthScope": "locked"}), 401, 401)


def test_info_knows_the_caller(alice: Probe) -> None:
    info = alice.request("POST", "/core/v4/auth/info", {"ReauthScope": "locked"}).body
    assert info["SRPSession"]
    assert info["2FA"]["Enabled"] == 0


def test_sessions_of_the_account(alice: Probe, new_probe: NewProbe) -> None:
    other, carol = new_probe("alice"), new_probe("carol")
    listed = alice.request("GET", "/auth/v4/sessions").body["Sessions"]
    assert [session["UID"] for session in listed] == [alice.uid, other.uid]
    assert {session["ClientID"] for session in listed} == {"linux-vpn"}
    refused(alice.request("DELETE", f"/auth/v4/sessions/{carol.uid}"), 422, 2501)
    assert alice.request("DELETE", f"/auth/v4/sessions/{other.uid}").code == 1000
    refused(other.request("GET", "/users"), 401, 401)
    assert carol.request("GET", "/users").code == 1000


def test_revoke_all_others(alice: Probe, new_probe: NewProbe) -> None:
    others = [new_probe("alice"), new_probe("alice")]
    assert alice.request("DELETE", "/auth/v4/sessions").code == 1000
    for other in others:
        refused(other.request("GET", "/users"), 401, 401)
    assert alice.request("GET", "/users").code == 1000


def test_reset_forgets_everything(alice: Probe, sandbox: Sandbox) -> None:
    sandbox.clock("proton", 3600)
    sandbox.settings("proton", access_ttl=5)
    sandbox.fault("proton", "html")
    sandbox.reset("proton")
    state = sandbox.state("proton")
    assert (state["clock_offset"], state["faults"], state["sessions"]) == (0.0, [], [])
    assert sandbox.settings("proton")["access_ttl"] == 86400
    assert sandbox.journal("proton") == []
    refused(alice.request("GET", "/users"), 401, 401)
