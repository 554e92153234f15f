# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forks (Proton protocol page, section 3.11 and section 5.1, rules 11, 13 and 14)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.harness import Sandbox
from tests.sandbox.probe import Probe

from .conftest import NewProbe
from .test_sandbox_login import refused

FORKS = "/auth/v4/sessions/forks"


def fork(parent: Probe, **more: Any) -> str:
    return str(parent.request("POST", FORKS, {"ChildClientID": "windows-vpn", **more}).body["Selector"])


@pytest.fixture
def child(new_probe: NewProbe) -> Probe:
    return new_probe(appversion="windows-vpn@4.1.0")


def test_child_has_a_session_of_its_own(alice: Probe, child: Probe) -> None:
    answer = child.request("GET", f"{FORKS}/{fork(alice, Payload='canary-payload')}")
    child.keep(answer)
    assert answer.body["Payload"] == "canary-payload"
    assert len({alice.uid, child.uid, alice.access, child.access, alice.refresh_token, child.refresh_token}) == 6
    assert child.request("GET", "/users").body["User"]["Name"] == "alice"
    assert "locked" in alice.scopes
    assert "locked" not in child.scopes
    child.keep(child.refresh())
    assert alice.request("GET", "/users").code == 1000


def test_payload_key_is_always_there(alice: Probe, child: Probe) -> None:
    assert child.request("GET", f"{FORKS}/{fork(alice)}").body["Payload"] is None


def test_selector_is_used_once(alice: Probe, child: Probe, new_probe: NewProbe) -> None:
    selector = fork(alice)
    assert child.request("GET", f"{FORKS}/{selector}").code == 1000
    again = new_probe(appversion="windows-vpn@4.1.0").request("GET", f"{FORKS}/{selector}")
    refused(again, 422, 2501)
    assert again.body["Error"] == "Invalid selector"


def test_altered_selector(alice: Probe, child: Probe) -> None:
    refused(child.request("GET", f"{FORKS}/{fork(alice)[:-1]}1"), 422, 2501)


def test_selector_expires(alice: Probe, child: Probe, sandbox: Sandbox) -> None:
    selector = fork(alice)
    sandbox.clock("proton", 601)
    refused(child.request("GET", f"{FORKS}/{selector}"), 422, 2501)


def test_selector_belongs_to_the_child_client(alice: Probe, probe: Probe, sandbox: Sandbox) -> None:
    selector = fork(alice)
    refused(probe.request("GET", f"{FORKS}/{selector}"), 422, 2011)
    sandbox.settings("proton", fork_appversion=False)
    assert probe.request("GET", f"{FORKS}/{selector}").code == 1000


def test_client_ids_in_camel_case(alice: Probe, new_probe: NewProbe) -> None:
    selector = fork(alice, ChildClientID="macOSDrive")
    assert new_probe(appversion="macos-drive@1.0.0").request("GET", f"{FORKS}/{selector}").code == 1000


@pytest.mark.parametrize("body", [{}, {"ChildClientID": ""}, {"ChildClientID": "a-b", "Independent": 2}])
def test_fork_body_is_checked(alice: Probe, body: dict[str, Any]) -> None:
    refused(alice.request("POST", FORKS, body), 422, 2001)


def test_fork_needs_a_full_session(probe: Probe, sandbox: Sandbox) -> None:
    refused(probe.request("POST", FORKS, {"ChildClientID": "a-b"}), 401, 401)
    probe.login(sandbox.account("proton", "bob"))
    refused(probe.request("POST", FORKS, {"ChildClientID": "a-b"}), 403, 9101)


def test_too_many_children(alice: Probe, sandbox: Sandbox) -> None:
    sandbox.settings("proton", max_children=1)
    fork(alice)
    refused(alice.request("POST", FORKS, {"ChildClientID": "a-b"}), 422, 8003)


@pytest.mark.parametrize(("independent", "status"), [(0, 401), (1, 200)])
def test_logout_of_the_parent(alice: Probe, child: Probe, independent: int, status: int) -> None:
    child.keep(child.request("GET", f"{FORKS}/{fork(alice, Independent=independent)}"))
    alice.request("DELETE", "/auth")
    assert child.request("GET", "/users").status == status


def test_selector_of_a_parent_that_is_gone(alice: Probe, child: Probe) -> None:
    selector = fork(alice)
    alice.request("DELETE", "/auth")
    refused(child.request("GET", f"{FORKS}/{selector}"), 422, 2501)


@pytest.mark.parametrize("as_number", [True, False])
def test_user_code_flow(alice: Probe, child: Probe, as_number: bool) -> None:
    begun = child.request("GET", FORKS).body
    refused(child.request("GET", f"{FORKS}/{begun['Selector']}"), 422, 2501)
    code = int(begun["UserCode"]) if as_number else begun["UserCode"]
    assert fork(alice, UserCode=code) == begun["Selector"]
    child.keep(child.request("GET", f"{FORKS}/{begun['Selector']}"))
    assert child.request("GET", "/users").body["User"]["Name"] == "alice"
    refused(alice.request("POST", FORKS, {"ChildClientID": "windows-vpn", "UserCode": code}), 422, 2501)


def test_unknown_user_code(alice: Probe) -> None:
    refused(alice.request("POST", FORKS, {"ChildClientID": "windows-vpn", "UserCode": 1}), 422, 2501)
