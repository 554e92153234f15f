# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The relay to oidc-provider: it changes nothing on the way, and has the sandbox's journal, faults and clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.oauth.servers import OidcProvider
from tests.sandbox.harness import Sandbox, SandboxError, fingerprint

Ask = Callable[..., requests.Response]
NAME, CLIENT = "oauth2", "password-public"


@pytest.fixture(scope="module")
def _running() -> Iterator[Sandbox]:
    if why := OidcProvider.why_not():
        pytest.skip(f"OidcProvider: {why}")
    with Sandbox.start(NAME) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """Return the running relay, with nothing in it."""
    _running.reset(NAME)
    return _running


@pytest.fixture
def ask(sandbox: Sandbox) -> Iterator[Ask]:
    """Return what sends a request to the relay."""
    with requests.Session() as session:
        session.trust_env = False

        def ask(method: str, path: str, **more: Any) -> requests.Response:
            url = sandbox.url(NAME) + path
            return session.request(method, url, verify=sandbox.ca_file, timeout=30, allow_redirects=False, **more)

        yield ask


def tokens(sandbox: Sandbox, ask: Ask, **more: str) -> dict[str, Any]:
    """A session of alice."""
    known = sandbox.account(NAME, "alice")
    login = {"grant_type": "password", "username": known["username"], "password": known["password"]}
    reply = ask("POST", "/token", data={**login, "client_id": CLIENT, "scope": "read write", **more})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def refreshed(ask: Ask, token: str, **more: str) -> requests.Response:
    data = {"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": token, **more}
    return ask("POST", "/token", data=data)


def works(ask: Ask, token: str) -> bool:
    return ask("GET", "/api/things", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_the_issuer_and_all_endpoints_are_at_the_relay(sandbox: Sandbox, ask: Ask) -> None:
    found = ask("GET", "/.well-known/openid-configuration").json()
    assert found["issuer"] == sandbox.url(NAME)
    endpoints = [url for name, url in found.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(endpoints) > 5
    assert all(url.startswith(f"{sandbox.url(NAME)}/") for url in endpoints)


def test_what_has_no_name_is_forwarded_too(sandbox: Sandbox, ask: Ask) -> None:
    query = {"client_id": "web", "response_type": "code", "redirect_uri": "http://127.0.0.1/callback", "state": "a b&c"}
    reply = ask("GET", "/auth", params={**query, "code_challenge": "x" * 43, "code_challenge_method": "S256"})
    assert reply.status_code == 303
    assert "Set-Cookie" in reply.headers
    assert ask("GET", reply.headers["Location"], cookies=reply.cookies).status_code == 200
    assert ask("GET", "/none such").status_code == 404
    assert sandbox.routes(NAME) == {"other": 3}


def test_the_journal_names_grants_and_shows_no_secret(sandbox: Sandbox, ask: Ask) -> None:
    first = tokens(sandbox, ask)
    second = refreshed(ask, first["refresh_token"], scope="read").json()
    third = refreshed(ask, second["refresh_token"]).json()
    refreshed(ask, second["refresh_token"])
    assert not works(ask, third["access_token"])
    ask("POST", "/token/revocation", data={"token": third["refresh_token"], "client_id": CLIENT})
    journal = sandbox.journal(NAME)
    assert [(entry["route"], entry["work"]) for entry in journal] == [
        ("token_password", "ok"),
        ("token_refresh_scoped", "ok"),
        ("token_refresh", "ok"),
        ("token_refresh", "refused: grant request is invalid"),
        ("resource", "refused: unknown, revoked or expired"),
        ("revocation", "ok"),
    ]
    assert [entry["fingerprints"].get("refresh") for entry in journal[1:4]] == [
        fingerprint(first["refresh_token"]),
        *[fingerprint(second["refresh_token"])] * 2,
    ]
    assert journal[4]["fingerprints"] == {"access": fingerprint(third["access_token"])}
    shown, secrets = str(journal), sandbox.canaries(NAME)
    assert {third["access_token"], third["refresh_token"], sandbox.account(NAME, "alice")["password"]} <= set(secrets)
    assert not [secret for secret in secrets if secret in shown]


def test_the_server_lives_by_the_clock_of_the_relay(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.settings(NAME, access_token_ttl=60)
    first = tokens(sandbox, ask)
    assert (first["expires_in"], works(ask, first["access_token"])) == (60, True)
    sandbox.clock(NAME, 61)
    assert not works(ask, first["access_token"])
    assert works(ask, refreshed(ask, first["refresh_token"]).json()["access_token"])
    sandbox.clock(NAME, -61)
    assert works(ask, first["access_token"])
    sandbox.reset(NAME)
    assert tokens(sandbox, ask)["expires_in"] == 3600


def test_faults_are_armed_for_one_grant(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.fault(NAME, "status", route="token_refresh", status=503)
    sandbox.fault(NAME, "drop_after", route="token_refresh_scoped")
    first = tokens(sandbox, ask)
    assert refreshed(ask, first["refresh_token"]).status_code == 503
    with pytest.raises(requests.exceptions.ConnectionError):
        refreshed(ask, first["refresh_token"], scope="read")
    state = sandbox.state(NAME)
    assert sorted(token["kind"] for token in state["tokens"]) == ["AccessToken", "AccessToken", "RefreshToken"]
    assert len({token["grant"] for token in state["tokens"]}) == 1
    assert refreshed(ask, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert sandbox.state(NAME)["tokens"] == []
    with pytest.raises(SandboxError, match="unknown route"):
        sandbox.fault(NAME, "status", route="token_refreshed")


def test_what_happens_behind_the_back_of_clients(sandbox: Sandbox, ask: Ask) -> None:
    first = tokens(sandbox, ask)
    sandbox.act(NAME, "expire", kind="access_tokens")
    assert not works(ask, first["access_token"])
    assert sandbox.act(NAME, "revoke", user="alice") == 1
    assert sandbox.state(NAME)["grants"] == 0
