# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Proton service of the sandbox, proved with the real client `proton-client` from PyPI."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, fingerprint

from .real_client import RealClient, RealClientError, RealSession


@pytest.fixture(scope="module")
def _running() -> Iterator[Sandbox]:
    with Sandbox.start("proton") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client() -> Iterator[RealClient]:
    with RealClient() as client:
        yield client


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """Return the running sandbox, with nothing in it."""
    _running.reset("proton")
    return _running


@pytest.fixture
def session(client: RealClient, sandbox: Sandbox) -> RealSession:
    """Return a session of the real client, not logged in."""
    return client.new(sandbox.url("proton"), sandbox.ca_file)


def login(session: RealSession, sandbox: Sandbox, name: str = "alice") -> list[str]:
    """Log in. One proof in 128 of this client is wrong (2 of 216 measured; it drops leading zero bytes): then again."""
    account = sandbox.account("proton", name)
    for _attempt in range(3):
        try:
            scopes: list[str] = session("authenticate", account["username"], account["password"])
        except RealClientError as failure:
            if failure.code not in (None, 8002) or "Incorrect login" not in failure.message:
                raise
            if set(sandbox.routes("proton")) <= {"auth_info", "auth"}:
                sandbox.reset("proton")  # nothing else has happened: the journal begins with the login that counts
        else:
            return scopes
    raise AssertionError("three proofs in a row were wrong")


def last(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.journal("proton")[-1]


def test_ping(session: RealSession) -> None:
    assert session("api_request", "/tests/ping") == {"Code": 1000}


@pytest.mark.parametrize("name", ["alice", "carol", "erin"])
def test_login(session: RealSession, sandbox: Sandbox, name: str) -> None:
    scopes = login(session, sandbox, name)
    assert {"full", "locked"} <= set(scopes)
    assert session("api_request", "/users")["User"]["Name"] == name
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "users": 1}
    assert sandbox.counts("proton")["POST /auth"] == 1


def test_every_modulus_is_accepted(session: RealSession, sandbox: Sandbox) -> None:
    seen: set[str] = set()
    while len(seen) < 6:
        modulus = session("api_request", "/auth/modulus")
        if modulus["ModulusID"] not in seen:
            seen.add(modulus["ModulusID"])
            assert session("verify_modulus", modulus["Modulus"])


def test_wrong_password(session: RealSession, sandbox: Sandbox) -> None:
    with pytest.raises(RealClientError) as caught:
        session("authenticate", "alice", "wrong")
    assert (caught.value.kind, caught.value.code) == ("ProtonError", 8002)
    assert session.read("UID") is None


def test_unknown_user(session: RealSession, sandbox: Sandbox) -> None:
    with pytest.raises(RealClientError) as caught:
        session("authenticate", "mallory", "wrong")
    assert caught.value.code == 8002
    assert last(sandbox)["route"] == "auth"


@pytest.mark.parametrize(
    ("kind", "route", "options", "message"),
    [
        ("wrong_proof", "auth", {}, "Invalid server proof"),
        ("bad_modulus_signature", "auth_info", {"variant": "text"}, "Invalid modulus"),
        ("bad_modulus_signature", "auth_info", {"variant": "signature"}, "Invalid modulus"),
        ("foreign_modulus", "auth_info", {}, "Invalid modulus"),
        ("foreign_modulus", "auth_info", {"forged_issuer": True}, "Invalid modulus"),
        ("srp_version", "auth_info", {"version": 2}, "Unsupported auth version"),
        ("srp_version", "auth_info", {"version": 5}, "Unsupported auth version"),
        ("missing_field", "auth", {"fields": ["ServerProof"]}, "Invalid password"),
    ],
)
def test_what_the_client_must_refuse(
    session: RealSession, sandbox: Sandbox, kind: str, route: str, options: dict[str, Any], message: str
) -> None:
    sandbox.fault("proton", kind, route=route, count=None, **options)  # a login may be repeated
    with pytest.raises(RealClientError) as caught:
        login(session, sandbox)
    assert (caught.value.kind, caught.value.message) == ("ValueError", message)
    assert session.read("UID") is None
    assert last(sandbox)["route"] == route


def test_account_of_an_old_version(session: RealSession, sandbox: Sandbox) -> None:
    with pytest.raises(RealClientError, match="Unsupported auth version"):
        login(session, sandbox, "dave")


def test_zero_ephemeral(session: RealSession, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "bad_ephemeral", route="auth_info", value="0")
    with pytest.raises(RealClientError, match="Invalid challenge"):
        login(session, sandbox)


def test_disabled_account(session: RealSession, sandbox: Sandbox) -> None:
    with pytest.raises(RealClientError) as caught:
        login(session, sandbox, "frank")
    assert caught.value.code == 10003


def test_second_factor(session: RealSession, sandbox: Sandbox) -> None:
    assert login(session, sandbox, "bob") == ["twofactor"]
    with pytest.raises(RealClientError) as caught:
        session("api_request", "/users")
    assert caught.value.code == 9101
    scopes = session("provide_2fa", sandbox.totp("proton", "bob"))
    assert "full" in scopes
    assert session("api_request", "/users")["User"]["Name"] == "bob"


def test_wrong_second_factor(session: RealSession, sandbox: Sandbox) -> None:
    login(session, sandbox, "bob")
    with pytest.raises(RealClientError) as caught:
        session("provide_2fa", "000")
    assert caught.value.code == 8002
    with pytest.raises(RealClientError) as caught:
        session("provide_2fa", sandbox.totp("proton", "bob"))
    assert caught.value.code == 401


def test_refresh_rotates(session: RealSession, sandbox: Sandbox) -> None:
    login(session, sandbox)
    uid, access, refresh = (session.read(name) for name in ("UID", "AccessToken", "RefreshToken"))
    session("refresh")
    assert session.read("UID") == uid
    assert session.read("AccessToken") != access
    assert session.read("RefreshToken") != refresh
    assert session("api_request", "/users")["User"]["Name"] == "alice"
    assert sandbox.journal("proton", route="refresh")[0]["fingerprints"]["refresh"] == fingerprint(refresh)


def test_expired_access_token(session: RealSession, sandbox: Sandbox) -> None:
    login(session, sandbox)
    sandbox.clock("proton", 2 * 86400)
    with pytest.raises(RealClientError) as caught:
        session("api_request", "/users")
    assert caught.value.code == 401
    session("refresh")
    assert session("api_request", "/users")["User"]["Name"] == "alice"


@pytest.mark.parametrize("revoke", [False, True])
def test_spent_refresh_token(client: RealClient, session: RealSession, sandbox: Sandbox, revoke: bool) -> None:
    sandbox.settings("proton", revoke_on_reuse=revoke)
    login(session, sandbox)
    stale = client.copy(session, sandbox.ca_file)
    session("refresh")
    with pytest.raises(RealClientError) as caught:
        stale("refresh")
    assert caught.value.code == 10013
    if not revoke:
        assert session("api_request", "/users")["Code"] == 1000
        return
    with pytest.raises(RealClientError) as caught:
        session("api_request", "/users")
    assert caught.value.code == 401


def test_stored_session(client: RealClient, session: RealSession, sandbox: Sandbox) -> None:
    login(session, sandbox)
    stored = client.copy(session, sandbox.ca_file)
    assert stored("api_request", "/users")["User"]["Name"] == "alice"
    assert sandbox.routes("proton")["auth"] == 1


def test_logout(client: RealClient, session: RealSession, sandbox: Sandbox) -> None:
    login(session, sandbox)
    stored = client.copy(session, sandbox.ca_file)
    session("logout")
    assert session.read("UID") is None
    assert sandbox.state("proton")["sessions"] == []
    with pytest.raises(RealClientError) as caught:
        stored("logout")
    assert caught.value.code == 401


def test_lock(session: RealSession, sandbox: Sandbox) -> None:
    login(session, sandbox)
    assert session("api_request", "/core/v4/keys/salts")["KeySalts"]
    session("api_request", "/users/lock", method="put")
    with pytest.raises(RealClientError) as caught:
        session("api_request", "/core/v4/keys/salts")
    assert caught.value.code == 9101


def test_fork(client: RealClient, session: RealSession, sandbox: Sandbox) -> None:
    login(session, sandbox)
    body = {"ChildClientID": "windows-vpn", "Independent": 0, "Payload": "canary-payload"}
    selector = session("api_request", "/auth/v4/sessions/forks", body)["Selector"]
    child = client.new(sandbox.url("proton"), sandbox.ca_file, appversion="windows-vpn@4.1.0")
    given = child("api_request", f"/auth/v4/sessions/forks/{selector}")
    assert given["Payload"] == "canary-payload"
    assert given["UID"] != session.read("UID")
    with pytest.raises(RealClientError, match="Invalid selector"):
        child("api_request", f"/auth/v4/sessions/forks/{selector}")


def test_human_verification(session: RealSession, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "human_verification", route="users")
    login(session, sandbox)
    with pytest.raises(RealClientError) as caught:
        session("api_request", "/users")
    assert caught.value.code == 9001
    (captcha,) = sandbox.codes("proton")["captchas"]
    headers = {
        "X-PM-Human-Verification-Token": captcha["token"],
        "X-PM-Human-Verification-Token-Type": "captcha",
    }
    with pytest.raises(RealClientError) as caught:
        session("api_request", "/users", additional_headers=headers)
    assert caught.value.code == 12087
    headers["X-PM-Human-Verification-Token"] = captcha["value"]
    assert session("api_request", "/users", additional_headers=headers)["User"]["Name"] == "alice"


@pytest.mark.parametrize(("fault", "code"), [({"status": 503}, 503), ({"status": 429, "code": 2028}, 2028)])
def test_unavailable(session: RealSession, sandbox: Sandbox, fault: dict[str, int], code: int) -> None:
    sandbox.fault("proton", "status", route="ping", **fault)
    with pytest.raises(RealClientError) as caught:
        session("api_request", "/tests/ping")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("kind", "raised"),
    [("drop_before", "NewConnectionError"), ("drop_after", "NewConnectionError"), ("truncate", "ProtonError")],
)
def test_broken_connections(session: RealSession, sandbox: Sandbox, kind: str, raised: str) -> None:
    sandbox.fault("proton", kind, route="ping")
    with pytest.raises(RealClientError) as caught:
        session("api_request", "/tests/ping")
    assert caught.value.kind == raised
    assert last(sandbox)["outcome"] == f"fault: {kind}"


def test_appversion(client: RealClient, sandbox: Sandbox) -> None:
    session = client.new(sandbox.url("proton"), sandbox.ca_file, appversion="Other")
    with pytest.raises(RealClientError) as caught:
        session("api_request", "/tests/ping")
    assert caught.value.code == 5003
    sandbox.settings("proton", strict_appversion=False)
    assert session("api_request", "/tests/ping") == {"Code": 1000}


def test_pin(client: RealClient, sandbox: Sandbox) -> None:
    url, ca_file = sandbox.url("proton"), sandbox.ca_file
    wrong = base64.b64encode(b"\x00" * 32).decode()
    session = client.new(url, ca_file, pins=[wrong, sandbox.pin("proton")])
    assert "full" in login(session, sandbox)
    before = len(sandbox.journal("proton"))
    refused = client.new(url, ca_file, pins=[wrong])
    with pytest.raises(RealClientError) as caught:
        refused("api_request", "/tests/ping")
    assert caught.value.kind == "TLSPinningError"
    assert len(sandbox.journal("proton")) == before


def test_no_secret_of_the_real_client_in_the_journal(session: RealSession, sandbox: Sandbox) -> None:
    login(session, sandbox)
    session("refresh")
    session("logout")
    told = repr(sandbox.journal("proton"))
    assert [canary for canary in sandbox.canaries("proton") if canary in told] == []
