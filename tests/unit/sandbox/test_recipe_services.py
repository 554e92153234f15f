# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services behind the shipped recipes, over raw HTTP: each rule of the public specification that they keep."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, SandboxError, fingerprint
from tests.sandbox.probe import Answer, Probe

SERVICES = ("netbox", "redfish", "vsphere", "zabbix")
SESSIONS = "/redfish/v1/SessionService/Sessions"


@pytest.fixture(scope="module")
def _running() -> Iterator[Sandbox]:
    with Sandbox.start(*SERVICES) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def services(_running: Sandbox) -> Sandbox:
    """Return the running services, as at their fresh start."""
    for name in SERVICES:
        _running.reset(name)
    return _running


NewProbe = Callable[..., Probe]


@pytest.fixture
def probe(services: Sandbox) -> Iterator[NewProbe]:
    """Return a maker of bare clients, closed at the end."""
    made: list[Probe] = []

    def make(service: str, *, plain: bool = False) -> Probe:
        url = services.plain_url(service) if plain else services.url(service)
        made.append(Probe(url, services.ca_file, None))
        return made[-1]

    yield make
    for one in made:
        one.close()


def password(services: Sandbox, service: str, account: str = "alice") -> str:
    return str(services.account(service, account)["password"])


# Redfish (DMTF DSP0266, session login)


def log_in(client: Probe, services: Sandbox, account: str = "alice", **changed: Any) -> Answer:
    body = {"UserName": account, "Password": password(services, "redfish", account), **changed}
    answer = client.request("POST", SESSIONS, {name: value for name, value in body.items() if value is not None})
    if answer.status == 201:
        client.headers["X-Auth-Token"] = answer.headers["x-auth-token"]
    return answer


def message_id(answer: Answer) -> str:
    (info,) = answer.body["error"]["@Message.ExtendedInfo"]
    return str(info["MessageId"]).rpartition(".")[2]


def test_redfish_session(probe: NewProbe, services: Sandbox) -> None:
    client = probe("redfish")
    answer = log_in(client, services)
    assert (answer.status, answer.headers["location"]) == (201, f"{SESSIONS}/1")
    assert answer.body["@odata.id"] == f"{SESSIONS}/1"
    assert (answer.body["UserName"], answer.body["Password"]) == ("alice", None)
    assert client.request("GET", f"{SESSIONS}/1").body["Id"] == "1"
    assert client.request("GET", SESSIONS).body["Members"] == [{"@odata.id": f"{SESSIONS}/1"}]
    assert client.request("DELETE", f"{SESSIONS}/1").status == 204
    answer = client.request("GET", f"{SESSIONS}/1")
    assert (answer.status, message_id(answer)) == (401, "NoValidSession")


def test_redfish_root_needs_no_session(probe: NewProbe) -> None:
    client = probe("redfish")
    assert client.request("GET", "/redfish").body == {"v1": "/redfish/v1/"}
    assert client.request("GET", "/redfish/v1/").body["Links"]["Sessions"]["@odata.id"] == SESSIONS
    assert client.request("GET", "/redfish/v1/Systems").status == 401


def test_redfish_basic(probe: NewProbe, services: Sandbox) -> None:
    client = probe("redfish")
    encoded = base64.b64encode(f"alice:{password(services, 'redfish')}".encode()).decode()
    basic = {"Authorization": f"Basic {encoded}"}
    assert client.request("GET", "/redfish/v1/Systems", headers=basic).status == 200
    assert client.request("GET", "/redfish/v1/Systems", headers={"Authorization": "Basic !"}).status == 401
    assert client.request("GET", "/redfish/v1/Systems", headers={**basic, "X-Auth-Token": "x"}).status == 401
    assert services.state("redfish")["sessions"] == []


@pytest.mark.parametrize("changed", [{"Password": "wrong"}, {"UserName": "nobody"}, {"Password": ""}])
def test_redfish_wrong_password(probe: NewProbe, services: Sandbox, changed: dict[str, str]) -> None:
    answer = log_in(probe("redfish"), services, **changed)
    assert (answer.status, message_id(answer)) == (401, "ResourceAtUriUnauthorized")


@pytest.mark.parametrize("name", ["UserName", "Password"])
def test_redfish_missing_property(probe: NewProbe, services: Sandbox, name: str) -> None:
    answer = log_in(probe("redfish"), services, **{name: None})
    assert (answer.status, message_id(answer)) == (400, "CreateFailedMissingReqProperties")


@pytest.mark.parametrize("status", [400, 403, 503])
def test_redfish_session_limit(probe: NewProbe, services: Sandbox, status: int) -> None:
    services.settings("redfish", session_limit=2, limit_status=status)
    client = probe("redfish")
    assert [log_in(client, services).status for _number in range(3)] == [201, 201, status]
    assert message_id(log_in(probe("redfish"), services)) == "SessionLimitExceeded"
    services.clock("redfish", 1801)
    assert log_in(probe("redfish"), services).status == 201


def test_redfish_idle_time_begins_anew_with_each_use(probe: NewProbe, services: Sandbox) -> None:
    client = probe("redfish")
    log_in(client, services)
    for _number in range(3):
        services.clock("redfish", 1790)
        assert client.request("GET", f"{SESSIONS}/1").status == 200
    services.clock("redfish", 1801)
    assert client.request("GET", f"{SESSIONS}/1").status == 401


def test_redfish_lockout(probe: NewProbe, services: Sandbox) -> None:
    services.settings("redfish", lockout_threshold=3, lockout_seconds=60)
    client = probe("redfish")
    for _number in range(3):
        assert log_in(client, services, Password="wrong").status == 401
    assert log_in(client, services).status == 401
    services.clock("redfish", 61)
    assert log_in(client, services).status == 201


def test_redfish_privileges(probe: NewProbe, services: Sandbox) -> None:
    alice, carol = probe("redfish"), probe("redfish")
    log_in(alice, services)
    log_in(carol, services, "carol")
    for method, path in (("PATCH", "/redfish/v1/Systems/1"), ("DELETE", f"{SESSIONS}/1")):
        answer = carol.request(method, path, {})
        assert (answer.status, message_id(answer)) == (403, "InsufficientPrivilege")
    assert alice.request("DELETE", f"{SESSIONS}/2").status == 204
    assert alice.request("DELETE", f"{SESSIONS}/2").status == 404


# vSphere (Automation API, /api/session)


def basic(services: Sandbox, account: str = "alice", word: str = "") -> dict[str, str]:
    login = f"{account}@vsphere.local:{word or password(services, 'vsphere', account)}"
    return {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}


@pytest.mark.parametrize("plain", [False, True])
def test_vsphere_session(probe: NewProbe, services: Sandbox, plain: bool) -> None:
    client = probe("vsphere", plain=plain)
    answer = client.request("POST", "/api/session", headers=basic(services))
    assert answer.status == 201
    token = json.loads(answer.raw)
    assert answer.headers["vmware-api-session-id"] == token
    client.headers["vmware-api-session-id"] = token
    read = client.request("GET", "/api/session").body
    assert set(read) == {"user", "created_time", "last_accessed_time"}
    assert read["user"] == "alice@vsphere.local"
    assert client.request("DELETE", "/api/session").status == 204
    answer = client.request("GET", "/api/session")
    assert (answer.status, answer.body["error_type"]) == (401, "UNAUTHENTICATED")
    assert answer.body["messages"][0]["default_message"] == "Authentication required."
    assert services.journal("vsphere")[1]["fingerprints"]["token"] == fingerprint(token)


@pytest.mark.parametrize("header", ["", "Basic", "Basic !", "Bearer x", "Basic YWxpY2U6eA=="])
def test_vsphere_wrong_login(probe: NewProbe, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    answer = probe("vsphere").request("POST", "/api/session", headers=headers)
    assert (answer.status, answer.body["error_type"]) == (401, "UNAUTHENTICATED")
    assert answer.body["challenge"].startswith("Basic")


def test_vsphere_ends_idle_sessions(probe: NewProbe, services: Sandbox) -> None:
    client = probe("vsphere")
    client.headers["vmware-api-session-id"] = json.loads(
        client.request("POST", "/api/session", headers=basic(services)).raw
    )
    services.clock("vsphere", 290)
    assert client.request("GET", "/api/vcenter/vm").status == 200
    services.clock("vsphere", 290)
    assert client.request("GET", "/api/vcenter/vm").status == 200
    services.clock("vsphere", 301)
    assert client.request("GET", "/api/vcenter/vm").status == 401


def test_vsphere_session_limit(probe: NewProbe, services: Sandbox) -> None:
    services.settings("vsphere", session_limit=1, login_status=200)
    client = probe("vsphere")
    answers = [client.request("POST", "/api/session", headers=basic(services)) for _number in range(2)]
    assert [answer.status for answer in answers] == [200, 503]
    assert answers[1].body["error_type"] == "SERVICE_UNAVAILABLE"


def test_vsphere_privileges(probe: NewProbe, services: Sandbox) -> None:
    client = probe("vsphere")
    token = services.act("vsphere", "login", account="carol")["token"]
    answer = client.request("DELETE", "/api/vcenter/vm/vm-1", headers={"vmware-api-session-id": token})
    assert (answer.status, answer.body["error_type"]) == (403, "UNAUTHORIZED")


# Zabbix (JSON-RPC)


def rpc(client: Probe, method: str, params: Any, token: str = "", /, **more: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"jsonrpc": "2.0", "method": method, "params": params, "id": 5, **more}
    answer = client.request("POST", "/api_jsonrpc.php", {k: v for k, v in body.items() if v is not None}, headers)
    assert answer.status == 200
    assert (answer.body["jsonrpc"], answer.body["id"]) == ("2.0", more.get("id", 5))
    return answer.body


def zabbix_login(client: Probe, services: Sandbox, account: str = "alice") -> str:
    params = {"username": account, "password": password(services, "zabbix", account)}
    return str(rpc(client, "user.login", params)["result"])


def error(body: dict[str, Any]) -> tuple[int, str]:
    return body["error"]["code"], body["error"]["data"]


def test_zabbix_session(probe: NewProbe, services: Sandbox) -> None:
    client = probe("zabbix")
    token = zabbix_login(client, services)
    assert len(token) == 32
    assert len(rpc(client, "host.get", {}, token)["result"]) == 2
    assert rpc(client, "user.logout", [], token)["result"] is True
    assert error(rpc(client, "host.get", {}, token)) == (-32602, "Session terminated, re-login, please.")


def test_zabbix_login_blocks_after_five_failures(probe: NewProbe, services: Sandbox) -> None:
    client = probe("zabbix")
    wrong = {"username": "alice", "password": "wrong"}
    refused = (-32500, "Incorrect user name or password or account is temporarily blocked.")
    for _number in range(5):
        assert error(rpc(client, "user.login", wrong)) == refused
    right = {"username": "alice", "password": password(services, "zabbix")}
    assert error(rpc(client, "user.login", right)) == refused
    services.clock("zabbix", 29)
    assert error(rpc(client, "user.login", right)) == refused
    services.clock("zabbix", 2)
    assert "result" in rpc(client, "user.login", right)
    assert services.state("zabbix")["wrong_passwords"] == {}


@pytest.mark.parametrize(
    ("method", "params", "more", "code"),
    [
        ("user.login", {"user": "alice", "password": "x"}, {}, -32602),
        ("user.login", {"username": "alice", "password": "x", "more": 1}, {}, -32602),
        ("user.login", "alice", {}, -32600),
        ("no.method", {}, {}, -32601),
        ("host.get", {}, {}, -32602),
        ("host.get", {}, {"jsonrpc": "1.0"}, -32600),
        ("host.get", {}, {"method": None}, -32600),
        ("user.checkAuthentication", {}, {}, -32602),
        ("user.checkAuthentication", {"sessionid": "x"}, {}, -32602),
        ("user.checkAuthentication", {"sessionid": "x", "token": "y"}, {}, -32602),
    ],
)
def test_zabbix_errors(probe: NewProbe, method: str, params: Any, more: dict[str, Any], code: int) -> None:
    body = rpc(probe("zabbix"), method, params, **more)
    assert body["error"]["code"] == code
    assert set(body["error"]) == {"code", "message", "data"}


@pytest.mark.parametrize("method", ["user.login", "user.checkAuthentication", "apiinfo.version"])
def test_zabbix_wants_no_token_where_none_is_needed(probe: NewProbe, services: Sandbox, method: str) -> None:
    client = probe("zabbix")
    assert "must be called without" in error(rpc(client, method, {}, zabbix_login(client, services)))[1]


def test_zabbix_what_extends_a_session(probe: NewProbe, services: Sandbox) -> None:
    client = probe("zabbix")
    token = zabbix_login(client, services)
    services.clock("zabbix", 890)
    assert rpc(client, "user.checkAuthentication", {"sessionid": token})["result"]["username"] == "alice"
    services.clock("zabbix", 890)
    rpc(client, "user.checkAuthentication", {"sessionid": token, "extend": False})
    services.clock("zabbix", 20)
    assert "error" in rpc(client, "user.checkAuthentication", {"sessionid": token})


@pytest.mark.parametrize(("version", "works"), [("6.4.0", True), ("7.0.5", True), ("7.2.0", False)])
def test_zabbix_token_in_the_body(probe: NewProbe, services: Sandbox, version: str, works: bool) -> None:
    services.settings("zabbix", version=version)
    client = probe("zabbix")
    body = rpc(client, "host.get", {}, auth=zabbix_login(client, services))
    assert ("result" in body) is works


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_zabbix_content_type(probe: NewProbe, kind: str) -> None:
    answer = probe("zabbix").request("POST", "/api_jsonrpc.php", {}, {"Content-Type": kind})
    assert answer.status == 412


def test_zabbix_broken_json(probe: NewProbe) -> None:
    answer = probe("zabbix").request("POST", "/api_jsonrpc.php", b"{", {"Content-Type": "application/json"})
    assert answer.body["error"]["code"] == -32700


# NetBox (token provisioning)


def provision(client: Probe, services: Sandbox, account: str = "alice", **more: Any) -> Answer:
    body = {"username": account, "password": password(services, "netbox", account), **more}
    return client.request("POST", "/api/users/tokens/provision/", body)


def test_netbox_token(probe: NewProbe, services: Sandbox) -> None:
    client = probe("netbox")
    answer = provision(client, services, version=1)
    assert (answer.status, answer.headers["api-version"]) == (201, "4.2")
    key = answer.body["key"]
    assert (len(key), answer.body["expires"], answer.body["write_enabled"]) == (40, None, True)
    assert "token" not in answer.body
    client.headers["Authorization"] = f"Token {key}"
    assert client.request("GET", "/api/dcim/sites/").body["count"] == 1
    assert client.request("DELETE", f"/api/users/tokens/{answer.body['id']}/").status == 204
    answer = client.request("GET", "/api/dcim/sites/")
    assert (answer.status, answer.body) == (403, {"detail": "Invalid token"})


@pytest.mark.parametrize(("asked", "version"), [({}, 2), ({"version": 2}, 2), ({"version": 1}, 1)])
def test_netbox_tokens_of_two_versions(probe: NewProbe, services: Sandbox, asked: dict[str, int], version: int) -> None:
    services.settings("netbox", version="4.5.2")
    client = probe("netbox")
    body = provision(client, services, **asked).body
    assert body["version"] == version
    assert (body["key"] is None) is (version == 1)
    whole = f"nbt_{body['key']}.{body['token']}" if version == 2 else body["token"]
    for keyword in ("Token", "Bearer"):
        assert client.request("GET", "/api/status/", headers={"Authorization": f"{keyword} {whole}"}).status == 200
    answer = client.request("GET", "/api/status/", headers={"Authorization": f"Bearer {whole}x"})
    assert (answer.status, answer.body["detail"]) == (403, f"Invalid v{version} token")


def test_netbox_without_tokens_of_version_1(probe: NewProbe, services: Sandbox) -> None:
    services.settings("netbox", version="5.0.0", v1_tokens=False)
    assert provision(probe("netbox"), services, version=1).status == 400
    assert provision(probe("netbox"), services).status == 201


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"username": "alice", "password": "wrong"}, 403, {"detail": "Invalid username/password"}),
        ({"username": "nobody", "password": "wrong"}, 403, {"detail": "Invalid username/password"}),
        ({"username": "alice"}, 400, {"password": ["This field is required."]}),
        ({}, 400, {"username": ["This field is required."], "password": ["This field is required."]}),
    ],
)
def test_netbox_wrong_login(probe: NewProbe, body: dict[str, str], status: int, said: dict[str, Any]) -> None:
    answer = probe("netbox").request("POST", "/api/users/tokens/provision/", body)
    assert (answer.status, answer.body) == (status, said)


@pytest.mark.parametrize("policy", [True, False])
def test_netbox_tokens_expire(probe: NewProbe, services: Sandbox, policy: bool) -> None:
    client = probe("netbox")
    if policy:
        services.settings("netbox", token_seconds=60)
    body = provision(client, services, **({} if policy else {"expires": "2020-01-01T00:00:00Z"})).body
    assert body["expires"]
    services.clock("netbox", 61)
    answer = client.request("GET", "/api/status/", headers={"Authorization": f"Token {body['key']}"})
    assert (answer.status, answer.body["detail"]) == (403, "Token expired")


def test_netbox_without_a_token(probe: NewProbe) -> None:
    answer = probe("netbox").request("GET", "/api/dcim/sites/")
    assert (answer.status, answer.body["detail"]) == (403, "Authentication credentials were not provided.")


def test_netbox_permissions(probe: NewProbe, services: Sandbox) -> None:
    client = probe("netbox")
    own = services.act("netbox", "login", account="carol")
    other = services.act("netbox", "login", account="bob")
    client.headers["Authorization"] = f"Token {own['token']}"
    assert client.request("POST", "/api/dcim/sites/", {"name": "x"}).status == 403
    assert client.request("DELETE", f"/api/users/tokens/{other['id']}/").status == 404


# All of them


@pytest.mark.parametrize("service", SERVICES)
def test_deeds_and_journal(probe: NewProbe, services: Sandbox, service: str) -> None:
    made = services.act(service, "login", account="bob")
    assert [held["account"] for held in services.state(service)["sessions"]] == ["bob"]
    assert services.act(service, "drop_sessions", account="alice") == {"dropped": 0}
    assert services.act(service, "drop_sessions") == {"dropped": 1}
    services.act(service, "change_password", account="bob", password="canary-another")
    with pytest.raises(SandboxError, match="no deed"):
        services.act(service, "nothing")
    with pytest.raises(SandboxError, match="no account"):
        services.act(service, "login", account="nobody")
    assert {made["token"], "canary-another"} <= set(services.canaries(service))


@pytest.mark.parametrize("service", SERVICES)
def test_a_secret_in_the_wrong_place_is_seen(probe: NewProbe, services: Sandbox, service: str) -> None:
    path = {"netbox": "/api/", "redfish": "/redfish", "vsphere": "/api/session", "zabbix": "/api_jsonrpc.php"}[service]
    method = "POST" if service == "zabbix" else "GET"
    probe(service).request(method, f"{path}?x={services.act(service, 'login', account='alice')['token']}")
    (seen,) = services.state(service)["misplaced"]
    assert seen["place"] == "address"


@pytest.mark.parametrize("service", SERVICES)
def test_faults_in_the_words_of_the_service(probe: NewProbe, services: Sandbox, service: str) -> None:
    services.fault(service, "status", status=503, headers={"Retry-After": "3"})
    method, path = {
        "netbox": ("GET", "/api/"),
        "redfish": ("GET", "/redfish"),
        "vsphere": ("GET", "/api/session"),
        "zabbix": ("POST", "/api_jsonrpc.php"),
    }[service]
    answer = probe(service).request(method, path)
    assert (answer.status, answer.headers["retry-after"]) == (503, "3")
    assert answer.body
