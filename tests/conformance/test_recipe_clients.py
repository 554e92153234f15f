# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real clients of Redfish, Zabbix and NetBox against the sandbox; none speaks the REST sessions of vSphere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, fingerprint

from .driven import Driven
from .real_client import RealClientError

SERVICES = ("netbox", "redfish", "zabbix")


@pytest.fixture(scope="module")
def _running() -> Iterator[Sandbox]:
    with Sandbox.start(*SERVICES) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture(scope="module")
def client(_running: Sandbox) -> Iterator[Driven]:
    with Driven("recipes_driver.py", REQUESTS_CA_BUNDLE=_running.ca_file) as driven:
        yield driven


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """Return the running sandbox, with nothing in it."""
    for name in SERVICES:
        _running.reset(name)
    return _running


def login(client: Driven, sandbox: Sandbox, service: str, account: str = "alice", **changed: Any) -> Any:
    known = {**sandbox.account(service, account), **changed}
    more = {} if service == "netbox" else {"ca_file": sandbox.ca_file}
    return client.ask(f"{service}_login", url=sandbox.url(service), **known, **more)


def outcomes(sandbox: Sandbox, service: str) -> list[tuple[str, str]]:
    return [(entry["route"], entry["outcome"]) for entry in sandbox.journal(service)]


# Redfish


@pytest.mark.parametrize("location", ["path", "url"])
def test_redfish(client: Driven, sandbox: Sandbox, location: str) -> None:
    sandbox.settings("redfish", location=location)
    told = login(client, sandbox, "redfish")
    (session,) = sandbox.state("redfish")["sessions"]
    assert fingerprint(told["token"]) == session["token"]
    assert told["location"].endswith("/redfish/v1/SessionService/Sessions/1")
    status, body = client.ask("redfish_request", method="get", path="/redfish/v1/Systems/1")
    assert (status, body["PowerState"]) == (200, "On")
    assert client.ask("redfish_request", method="get", path="/redfish/v1/Systems/9")[0] == 404
    client.ask("redfish_logout")
    assert sandbox.state("redfish")["sessions"] == []
    assert sandbox.state("redfish")["misplaced"] == []


def test_redfish_refuses_a_wrong_password(client: Driven, sandbox: Sandbox) -> None:
    with pytest.raises(RealClientError) as caught:
        login(client, sandbox, "redfish", password="wrong")
    assert caught.value.kind == "InvalidCredentialsError"


def test_redfish_has_few_sessions(client: Driven, sandbox: Sandbox) -> None:
    sandbox.settings("redfish", session_limit=1)
    sandbox.act("redfish", "login", account="bob")
    with pytest.raises(RealClientError) as caught:
        login(client, sandbox, "redfish")
    assert "simultaneous sessions" in caught.value.message


def test_redfish_forgets_a_session(client: Driven, sandbox: Sandbox) -> None:
    login(client, sandbox, "redfish")
    sandbox.clock("redfish", 1801)
    status, body = client.ask("redfish_request", method="get", path="/redfish/v1/Systems/1")
    assert status == 401
    assert body["error"]["@Message.ExtendedInfo"][0]["MessageId"].endswith(".NoValidSession")


def test_redfish_lacks_a_privilege(client: Driven, sandbox: Sandbox) -> None:
    login(client, sandbox, "redfish", "carol")
    assert client.ask("redfish_request", method="patch", path="/redfish/v1/Systems/1", body={"AssetTag": "x"})[0] == 403


# Zabbix


@pytest.mark.parametrize("version", ["6.0.30", "6.4.1", "7.0.5", "7.2.0"])
def test_zabbix(client: Driven, sandbox: Sandbox, version: str) -> None:
    sandbox.settings("zabbix", version=version)
    assert login(client, sandbox, "zabbix") == version
    assert client.ask("zabbix_call", api="host", method="get", params={"output": ["host"]})[0]["host"] == "web1"
    assert client.ask("zabbix_check") is True
    client.ask("zabbix_logout")
    state = sandbox.state("zabbix")
    assert (state["sessions"], state["misplaced"]) == ([], [])
    assert {outcome for _route, outcome in outcomes(sandbox, "zabbix")} == {"ok"}


def test_zabbix_refuses_a_wrong_password_and_blocks(client: Driven, sandbox: Sandbox) -> None:
    for password in ("wrong",) * 5 + (sandbox.account("zabbix", "alice")["password"],):
        with pytest.raises(RealClientError, match="temporarily blocked") as caught:
            login(client, sandbox, "zabbix", password=password)
        assert caught.value.kind == "APIRequestError"
    sandbox.clock("zabbix", 31)
    assert login(client, sandbox, "zabbix")


def test_zabbix_ends_an_idle_session(client: Driven, sandbox: Sandbox) -> None:
    login(client, sandbox, "zabbix")
    sandbox.clock("zabbix", 901)
    with pytest.raises(RealClientError, match="Session terminated, re-login, please"):
        client.ask("zabbix_call", api="host", method="get", params={})


def test_zabbix_lacks_a_permission(client: Driven, sandbox: Sandbox) -> None:
    login(client, sandbox, "zabbix", "carol")
    with pytest.raises(RealClientError, match="No permissions to call"):
        client.ask("zabbix_call", api="host", method="delete", params={"1": "1"})


# NetBox


@pytest.mark.parametrize("version", ["3.7.8", "4.2.9"])
def test_netbox(client: Driven, sandbox: Sandbox, version: str) -> None:
    sandbox.settings("netbox", version=version)
    told = login(client, sandbox, "netbox")
    (token,) = sandbox.state("netbox")["sessions"]
    assert (told["id"], fingerprint(told["key"]), told["expires"]) == (token["id"], token["token"], None)
    assert told["version"] == version.rpartition(".")[0]
    assert client.ask("netbox_sites") == ["First"]
    assert client.ask("netbox_create", name="second") == "second"
    assert client.ask("netbox_logout") is True
    state = sandbox.state("netbox")
    assert (state["sessions"], state["misplaced"]) == ([], [])


def test_netbox_refuses_a_wrong_password_with_403(client: Driven, sandbox: Sandbox) -> None:
    with pytest.raises(RealClientError, match="Invalid username/password") as caught:
        login(client, sandbox, "netbox", password="wrong")
    assert (caught.value.kind, caught.value.code) == ("RequestError", 403)


def test_netbox_says_of_a_dead_token_what_it_says_of_a_lacking_right(client: Driven, sandbox: Sandbox) -> None:
    login(client, sandbox, "netbox", "carol")
    with pytest.raises(RealClientError, match="do not have permission") as caught:
        client.ask("netbox_create", name="second")
    assert caught.value.code == 403
    sandbox.act("netbox", "drop_sessions")
    with pytest.raises(RealClientError, match="Invalid token") as caught:
        client.ask("netbox_sites")
    assert caught.value.code == 403


@pytest.mark.parametrize("service", SERVICES)
def test_no_secret_of_the_real_client_in_the_journal(client: Driven, sandbox: Sandbox, service: str) -> None:
    login(client, sandbox, service)
    told = repr(sandbox.journal(service))
    assert [canary for canary in sandbox.canaries(service) if canary in told] == []
