# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal tells everything but secrets (Proton protocol page, section 5.1, rule 17)."""

from __future__ import annotations

import json

from tests.sandbox.harness import Sandbox, fingerprint
from tests.sandbox.probe import Probe

from .conftest import NewProbe


def test_order_route_and_outcome(alice: Probe, sandbox: Sandbox) -> None:
    alice.request("GET", "/users")
    journal = sandbox.journal("proton")
    assert [entry["sequence"] for entry in journal] == [1, 2, 3]
    assert [entry["route"] for entry in journal] == ["auth_info", "auth", "users"]
    assert {entry["outcome"] for entry in journal} == {"ok"}
    assert {(entry["status"], entry["code"]) for entry in journal} == {(200, 1000)}
    assert {entry["account"] for entry in journal} == {"alice"}
    assert sandbox.counts("proton") == {"POST /auth/v4/info": 1, "POST /auth/v4": 1, "GET /users": 1}
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "users": 1}
    assert sandbox.journal("proton", since=2) == journal[2:]


def test_fingerprints(alice: Probe, sandbox: Sandbox) -> None:
    alice.refresh()
    assert sandbox.journal("proton")[-1]["fingerprints"] == {
        "uid": fingerprint(alice.uid),
        "access": fingerprint(alice.access),
        "refresh": fingerprint(alice.refresh_token),
    }


def test_no_secret_anywhere(new_probe: NewProbe, sandbox: Sandbox) -> None:
    bob = new_probe("bob")
    password = sandbox.account("proton", "bob")["password"]
    bob.keep(bob.refresh())
    body = {"ChildClientID": "linux-vpn", "Payload": "canary-payload"}
    selector = bob.request("POST", "/auth/v4/sessions/forks", body).body["Selector"]
    child = new_probe()
    child.keep(child.request("GET", f"/auth/v4/sessions/forks/{selector}"))
    bob.request("POST", f"/core/v4/echo?password={password}&text=x{bob.access}y", {"Any": [f"a {password}"]})
    bob.request("POST", "/core/v4/echo", f"a={password}".encode(), {"Content-Type": "text/plain"})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    bob.request("POST", "/core/v4/echo", f"a={password}&token=short".encode(), form)
    bob.request("GET", f"/core/v4/{bob.refresh_token}", headers={"X-Own": f"<{bob.access}>"})
    bob.request("DELETE", f"/auth/v4/sessions/{child.uid}")
    bob.login({"username": password, "password": "x"})
    canaries = sandbox.canaries("proton")
    known = {bob.access, bob.refresh_token, child.access, child.refresh_token, selector, password, "canary-payload"}
    assert known <= set(canaries)
    for told in (sandbox.journal("proton"), sandbox.state("proton")):
        text = json.dumps(told)
        assert [canary for canary in canaries if canary in text] == []
        assert "canary" not in text.lower()
        assert bob.uid not in text
        assert child.uid not in text


def test_bodies_and_headers_are_told(alice: Probe, sandbox: Sandbox) -> None:
    alice.request("POST", "/core/v4/echo", {"Name": "x", "UID": "u", "Deep": [{"Token": "t", "Number": 5}]})
    entry = sandbox.journal("proton")[-1]
    assert entry["body"] == {"Name": "x", "UID": "********", "Deep": [{"Token": "********", "Number": 5}]}
    assert entry["headers"]["x-pm-appversion"] == "linux-vpn@4.0.0"
    assert entry["headers"]["authorization"] == entry["headers"]["x-pm-uid"] == "********"


def test_unknown_routes_and_methods(probe: Probe, sandbox: Sandbox) -> None:
    assert probe.request("GET", "/nowhere").code == 404
    assert probe.request("PATCH", "/auth/info").code == 405
    assert [entry["route"] for entry in sandbox.journal("proton")] == ["unknown", "unknown"]
