# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ordinary routes: user, echo, leak, redirects, ping."""

from __future__ import annotations

import pytest

from tests.sandbox.harness import Sandbox, SandboxError
from tests.sandbox.probe import Probe

from .conftest import NewProbe
from .test_sandbox_login import refused


def test_ping_is_exact(probe: Probe) -> None:
    assert probe.request("GET", "/tests/ping").raw == b'{"Code":1000}'


@pytest.mark.parametrize("path", ["/users", "/core/v4/users"])
def test_user(alice: Probe, path: str) -> None:
    user = alice.request("GET", path).body["User"]
    assert (user["Name"], user["Email"]) == ("alice", "alice@sandbox.test")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_echo(alice: Probe, method: str) -> None:
    told = alice.request(method, "/core/v4/echo/deep?a=1&a=2&b=", {"x": [1]}, {"X-Own": "mine"}).body
    assert (told["Method"], told["Path"]) == (method, "/core/v4/echo/deep")
    assert told["Query"] == {"a": ["1", "2"], "b": ""}
    assert told["Json"] == {"x": [1]}
    assert told["Headers"]["x-own"] == "mine"
    assert not {"authorization", "x-pm-uid", "cookie"} & set(told["Headers"])


def test_echo_of_forms(alice: Probe) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert alice.request("POST", "/core/v4/echo", b"a=1&b=%20", form).body["Form"] == {"a": "1", "b": " "}
    parts = b'--x\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\n\r\nhello\r\n--x--\r\n'
    told = alice.request("POST", "/core/v4/echo", parts, {"Content-Type": "multipart/form-data; boundary=x"}).body
    assert told["Parts"] == [{"Name": "f", "FileName": "n.txt", "ContentType": "text/plain", "Text": "hello"}]


def test_echo_needs_a_session(probe: Probe) -> None:
    refused(probe.request("GET", "/core/v4/echo"), 401, 401)


def test_leak(alice: Probe) -> None:
    told = alice.request("GET", "/core/v4/leak").body
    assert told["Debug"]["AccessToken"] == alice.access
    assert told["Debug"]["Deep"]["UID"] == alice.uid


def test_redirects(alice: Probe, sandbox: Sandbox) -> None:
    same = alice.request("GET", "/core/v4/redirect/same")
    assert (same.status, same.headers["location"]) == (302, "/core/v4/echo")
    other = alice.request("GET", "/core/v4/redirect/other")
    assert other.headers["location"] == sandbox.plain_url("proton") + "/core/v4/echo"


def test_plain_http_is_the_same_service(new_probe: NewProbe, sandbox: Sandbox) -> None:
    assert new_probe("alice", plain=True).request("GET", "/users").code == 1000
    assert {entry["scheme"] for entry in sandbox.journal("proton")} == {"http"}


def test_clock_shows_in_the_date(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.clock("proton", 400 * 86400)
    year = probe.request("GET", "/tests/ping").headers["date"].split()[3]
    sandbox.clock("proton", -400 * 86400)
    assert int(year) > int(probe.request("GET", "/tests/ping").headers["date"].split()[3])


def test_a_service_without_deeds(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="proton has no deeds: anything"):
        sandbox.act("proton", "anything")
