# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""REST sessions, discovery, objects (Tanium protocol page, 3.2, 3.5, 3.6 and 8, rules 8 to 11, 13 and 16)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox
from tests.sandbox.probe import Answer
from tests.sandbox.tanium_probe import PROVIDER as TANIUM
from tests.sandbox.tanium_probe import TaniumProbe

from .conftest import NewTaniumProbe

SESSION = "/api/v2/session"


def send(probe: TaniumProbe, action: str, body: Any, *, method: str = "POST", kind: str | None = None) -> Answer:
    """Without a content type unless told otherwise, as the real client does."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    probe.session = ""
    return probe.request(method, f"{SESSION}/{action}", raw, {} if kind is None else {"Content-Type": kind})


def credentials(tanium: Sandbox, name: str = "alice", **more: str) -> dict[str, str]:
    account = tanium.account(TANIUM, name)
    return {"username": account["username"], "password": account["password"], **more}


@pytest.mark.parametrize("kind", [None, "application/json", "application/octet-stream", "text/plain"])
def test_any_content_type(new_tanium: NewTaniumProbe, tanium: Sandbox, kind: str | None) -> None:
    probe = new_tanium(login=False)
    answer = send(probe, "login", credentials(tanium), kind=kind)
    session = answer.body["data"]["session"]
    assert answer.body == {"data": {"session": session}}
    assert re.fullmatch(r"1-\d+-[0-9a-f]{64}", session)
    assert send(probe, "validate", {"session": session}, kind=kind).body == {"data": {"session": session}}
    assert send(probe, "logout", {"session": session}, kind=kind).status == 200
    assert send(probe, "validate", {"session": session}, kind=kind).status == 403
    assert send(probe, "logout", {"session": session}, kind=kind).status == 403


@pytest.mark.parametrize(("method", "action"), [("POST", "login/"), ("GET", "login"), ("GET", "login/")])
def test_other_ways_to_log_in(new_tanium: NewTaniumProbe, tanium: Sandbox, method: str, action: str) -> None:
    answer = send(new_tanium(login=False), action, credentials(tanium), method=method)
    assert answer.status == 200
    assert tanium.routes(TANIUM) == {"session_login": 1}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"password": "wrong"}, 401),
        ({"username": "mallory"}, 401),
        ({"username": "YWxpY2U="}, 401),
        ({"domain": "elsewhere"}, 401),
        ({"password": ""}, 400),
        ({"password": None}, 400),
        ({"username": ["alice"]}, 400),
        ({"domain": 7}, 400),
    ],
)
def test_refused_logins(new_tanium: NewTaniumProbe, tanium: Sandbox, change: dict[str, Any], status: int) -> None:
    answer = send(new_tanium(login=False), "login", {**credentials(tanium), **change})
    assert answer.status == status
    assert set(answer.body) == {"text"}
    assert tanium.state(TANIUM)["sessions"] == []


@pytest.mark.parametrize("raw", [b"", b"[]", b"username=alice", b'{"username": "alice"'])
@pytest.mark.parametrize("action", ["login", "validate", "logout"])
def test_no_json_object(new_tanium: NewTaniumProbe, raw: bytes, action: str) -> None:
    answer = send(new_tanium(login=False), action, raw)
    assert (answer.status, answer.body["text"]) == (400, "400 Bad Request: invalid JSON")


def test_the_session_travels_in_the_body(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium()
    assert probe.request("POST", f"{SESSION}/validate", {}).status == 400
    assert probe.request("POST", f"{SESSION}/logout", {}).status == 400
    assert probe.alive()


def test_domain_and_secondary(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium(login=False)
    assert send(probe, "login", credentials(tanium, "carol")).status == 401
    assert send(probe, "login", credentials(tanium, "carol", domain="sandbox")).status == 200
    assert send(probe, "login", credentials(tanium, "bob")).status == 401
    assert send(probe, "login", credentials(tanium, "bob", secondary=tanium.totp(TANIUM, "bob"))).status == 200


def test_validate_may_replace_the_string(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    tanium.settings(TANIUM, replace_on_validate=True)
    probe = new_tanium()
    old = probe.session
    fresh = send(probe, "validate", {"session": old}).body["data"]["session"]
    assert fresh != old
    assert not probe.alive(old)
    assert probe.alive(fresh)


def test_log_out_kills_one(new_tanium: NewTaniumProbe) -> None:
    probe, other = new_tanium(), new_tanium()
    assert send(probe, "logout", {"session": probe.session, "logout": 1}).status == 200
    assert other.alive()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/info.json"),
        ("GET", "/api/v2/server_info"),
        ("GET", "/api/v2/users"),
        ("GET", "/api/v2/users/1"),
        ("POST", "/api/v2/groups"),
        ("GET", "/api/v2/anything/else"),
        ("DELETE", "/api/v2/anything"),
        ("POST", "/soap"),
        ("POST", "/plugin/products/gateway/graphql"),
        ("GET", "/api/v2/api_tokens"),
        ("POST", "/api/v2/api_tokens"),
        ("DELETE", "/api/v2/api_tokens/1"),
    ],
)
@pytest.mark.parametrize("status", [403, 401])
def test_a_live_session_is_needed(
    new_tanium: NewTaniumProbe, tanium: Sandbox, method: str, path: str, status: int
) -> None:
    tanium.settings(TANIUM, dead_session_status=status)
    probe = new_tanium(login=False)
    for headers in ({}, {"session": "1-1-badwolf"}, {"Authorization": "Bearer 1-1-badwolf"}):
        answer = probe.request(method, path, headers=headers)
        assert answer.status == status
        assert set(answer.body) == {"text"}


def test_open_pages(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium(login=False)
    assert probe.request("GET", "/").status == 200
    assert probe.request("GET", "/config/console.json").body == {"serverVersion": "7.3.314.3641"}
    wsdl = probe.request("GET", "/libraries/taniumjs/console.wsdl")
    assert (wsdl.status, wsdl.raw[:5]) == (200, b"<?xml")


def test_console_can_be_otherwise(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium(login=False)
    tanium.settings(TANIUM, server_version="7.2.314.3181")
    assert probe.request("GET", "/config/console.json").body == {"serverVersion": "7.2.314.3181"}
    tanium.settings(TANIUM, console="404")
    assert probe.request("GET", "/config/console.json").status == 404
    tanium.settings(TANIUM, console="html")
    answer = probe.request("GET", "/config/console.json")
    assert (answer.status, answer.raw[:9]) == (200, b"<!DOCTYPE")


def test_info(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium()
    assert probe.request("GET", "/info.json").body["Diagnostics"]["User"] == "alice"
    assert probe.request("GET", "/api/v2/server_info").body["data"]["Version"] == "7.3.314.3641"


def test_users(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe, _second = new_tanium(), new_tanium()
    user = probe.request("GET", "/api/v2/users/1").body["data"]
    assert (user["name"], user["active_session_count"], user["local_admin_flag"]) == ("alice", 2, 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", user["last_login"])
    everybody = probe.request("GET", "/api/v2/users").body["data"]
    assert [item["name"] for item in everybody] == ["alice", "bob", "carol", "dave", "erin", "grace"]
    answer = probe.request("GET", "/api/v2/users/99")
    assert (answer.status, answer.body) == (404, {"text": "404 Not Found: UserNotFound"})
    tanium.clock(TANIUM, 301)
    assert new_tanium("grace").request("GET", "/api/v2/users/1").body["data"]["active_session_count"] == 0


def test_an_object_that_exists(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium()
    added = probe.request("POST", "/api/v2/groups", {"name": "fresh"}).body["data"]
    assert added == {"id": 2, "name": "fresh"}
    answer = probe.request("POST", "/api/v2/groups", {"name": "fresh"})
    assert answer.status == 400
    assert re.search("400.*already.*exists", answer.body["text"], re.DOTALL)
    assert "NotUnique" in answer.body["text"]
    assert probe.request("POST", "/api/v2/groups", {}).status == 400
    assert len(probe.request("GET", "/api/v2/groups").body["data"]) == 2


@pytest.mark.parametrize(("value", "status"), [('{"json_pretty_print": 1}', 200), ("", 200), ("1", 400), ("{", 400)])
def test_options(new_tanium: NewTaniumProbe, value: str, status: int) -> None:
    assert new_tanium().request("GET", "/api/v2/users", headers={"tanium-options": value}).status == status


def test_graphql(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium()
    answer = probe.request("POST", "/plugin/products/gateway/graphql", {"query": "{ me { name } }"})
    assert answer.body == {"data": {"me": {"name": "alice"}}}
    assert probe.request("POST", "/plugin/products/gateway/graphql", {}).status == 400


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_echo(new_tanium: NewTaniumProbe, method: str) -> None:
    probe = new_tanium()
    answer = probe.request(method, "/api/v2/echo?q=1", {"a": [1]}, {"X-Odd": "yes"})
    told = answer.body["data"]
    assert (told["method"], told["query"], told["json"]) == (method, {"q": "1"}, {"a": [1]})
    assert told["headers"]["x-odd"] == "yes"
    assert probe.session.encode() not in answer.raw


def test_leak_and_redirects(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    assert probe.request("GET", "/api/v2/leak").body["data"]["session"] == probe.session
    assert probe.request("GET", "/api/v2/redirect/same").headers["location"] == "/api/v2/echo"
    other = probe.request("GET", "/api/v2/redirect/other").headers["location"]
    assert other == f"{tanium.plain_url(TANIUM)}/api/v2/echo"
    assert probe.request("GET", "/api/v2/leak", headers={"session": ""}).status == 403


def test_unknown_paths(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium()
    assert probe.request("GET", "/api/v2/nothing").body == {"text": "404 Not Found"}
    assert probe.request("GET", "/nothing").status == 404
    assert probe.request("PUT", "/info.json").status == 405
