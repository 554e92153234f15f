# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens behind the back of clients, faults, the journal (Tanium protocol page, 8, rule 15; sandbox README)."""

from __future__ import annotations

import http.client

import pytest

from tests.sandbox.harness import Sandbox, SandboxError, fingerprint
from tests.sandbox.services._tanium.accounts import encoded
from tests.sandbox.tanium_probe import PROVIDER as TANIUM
from tests.sandbox.tanium_probe import TOKENS

from .conftest import NewTaniumProbe


def test_login_elsewhere(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium(login=False)
    probe.session = tanium.act(TANIUM, "login", account="alice")["session"]
    assert probe.auth().raw.decode() == probe.session
    assert tanium.routes(TANIUM) == {"auth": 1}


def test_drop_sessions(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe, other = new_tanium(), new_tanium("grace")
    assert tanium.act(TANIUM, "drop_sessions", account="alice") == {"dropped": 1}
    assert not probe.alive()
    assert other.alive()


def test_replace_sessions(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    assert tanium.act(TANIUM, "replace_sessions", account="alice") == {"replaced": 1}
    assert not probe.alive()
    assert tanium.state(TANIUM)["accounts"] == {"alice": 1}


def test_change_password(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    tanium.act(TANIUM, "change_password", account="alice", password="canary-changed")
    assert probe.alive()
    assert probe.log_in().status == 401
    assert probe.log_in(password=encoded("canary-changed")).status == 200
    assert {"canary-changed", encoded("canary-changed")} <= set(tanium.canaries(TANIUM))


def test_disable(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    token = probe.token().body["data"]["token_string"]
    tanium.act(TANIUM, "disable", account="alice")
    assert not probe.alive()
    assert not probe.alive(token)
    assert probe.log_in().status == 401
    assert new_tanium("grace").request("GET", "/api/v2/users/1").body["data"]["deleted_flag"] == 1
    tanium.act(TANIUM, "disable", account="alice", disabled=False)
    assert probe.log_in().status == 200
    assert probe.alive(token)


def test_lock(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("carol")
    tanium.act(TANIUM, "lock", account="carol")
    assert probe.alive()
    assert probe.log_in().status == 401
    tanium.act(TANIUM, "unlock", account="carol")
    assert probe.log_in().status == 200


def test_tokens_behind_the_back(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    token = tanium.act(TANIUM, "create_token", account="alice", notes="from the Console", days=1)
    assert probe.alive(token["token_string"])
    fresh = tanium.act(TANIUM, "rotate_token", account="alice", id=token["id"])
    assert not probe.alive(token["token_string"])
    assert probe.alive(fresh["token_string"])
    assert tanium.act(TANIUM, "trust", account="alice", addresses="192.0.2.1") == {"changed": 1}
    assert not probe.alive(fresh["token_string"])
    assert tanium.act(TANIUM, "trust", account="alice", addresses="127.0.0.1") == {"changed": 1}
    assert probe.alive(fresh["token_string"])
    assert tanium.act(TANIUM, "revoke_tokens", account="alice") == {"revoked": 1}
    assert not probe.alive(fresh["token_string"])
    assert probe.request("GET", TOKENS).body["data"] == []


@pytest.mark.parametrize(
    ("do", "arguments"),
    [
        ("dance", {"account": "alice"}),
        ("lock", {"account": "mallory"}),
        ("lock", {}),
        ("lock", {"account": "alice", "odd": 1}),
        ("trust", {"account": "alice", "addresses": "nowhere"}),
        ("rotate_token", {"account": "alice", "id": 99}),
    ],
)
def test_deeds_that_cannot_be_done(tanium: Sandbox, do: str, arguments: dict[str, object]) -> None:
    with pytest.raises(SandboxError):
        tanium.act(TANIUM, do, **arguments)


def test_reset(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    probe.token()
    tanium.act(TANIUM, "revoke_tokens", account="erin")
    tanium.settings(TANIUM, idle_seconds=1)
    tanium.reset(TANIUM)
    state = tanium.state(TANIUM)
    assert (state["sessions"], [token["id"] for token in state["tokens"]]) == ([], [1])
    assert probe.alive(tanium.account(TANIUM, "erin")["api_token"])
    assert tanium.settings(TANIUM)["idle_seconds"] == 300


def test_no_secret_in_the_journal(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    account = probe.account
    body = {"username": "alice", "password": account["password"]}
    probe.request("POST", "/api/v2/session/login", body, {"session": ""})
    probe.request("POST", "/api/v2/session/validate", {"session": probe.session})
    token = probe.token().body["data"]["token_string"]
    probe.request("PATCH", TOKENS, {"token_string": token})
    bob = new_tanium("bob", login=False)
    code = tanium.totp(TANIUM, "bob")
    bob.log_in(secondary=code)
    bob.auth()
    probe.request("GET", f"/api/v2/echo?session={probe.session}", headers={"X-Copy": probe.session})
    told = repr(tanium.journal(TANIUM)) + repr(tanium.state(TANIUM))
    assert code not in told
    secrets = tanium.canaries(TANIUM)
    assert {probe.session, token.removeprefix("token-"), account["password"]} <= set(secrets)
    assert [secret for secret in secrets if secret in told] == []


def test_misplaced_secrets_are_seen(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    token = probe.token().body["data"]["token_string"]
    probe.request("PATCH", TOKENS, {"token_string": token})
    probe.request("POST", "/api/v2/session/validate", {"session": probe.session})
    assert tanium.state(TANIUM)["misplaced"] == []
    probe.request("GET", f"/api/v2/echo?s={probe.session}")
    probe.request("GET", "/api/v2/users", headers={"Authorization": f"Bearer {probe.session}"})
    probe.request("POST", "/soap", probe.session.encode())
    probe.log_in(domain=encoded(probe.account["password"]))
    assert tanium.state(TANIUM)["misplaced"] == [
        {"route": "echo", "place": "address"},
        {"route": "users", "place": "header authorization"},
        {"route": "soap", "place": "body"},
        {"route": "auth", "place": "header domain"},
    ]


def test_account_and_strings_in_the_journal(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    probe.request("GET", "/info.json")
    login, read = tanium.journal(TANIUM)
    assert login["fingerprints"] == {"operation": "login", "answered": fingerprint(probe.session)}
    assert (login["account"], read["account"]) == ("alice", "alice")
    assert read["fingerprints"] == {"session": fingerprint(probe.session)}
    assert read["headers"]["session"] == "********"


def test_generic_faults_speak_tanium(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    tanium.fault(TANIUM, "status", route="user", status=404, error="404 SensorNotFound")
    answer = probe.request("GET", "/api/v2/users/1")
    assert (answer.status, answer.body) == (404, {"text": "404 SensorNotFound"})
    tanium.fault(TANIUM, "drop_after", route="auth")
    with pytest.raises((http.client.HTTPException, OSError)):
        probe.log_in()
    assert tanium.state(TANIUM)["accounts"] == {"alice": 2}
