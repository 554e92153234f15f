# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Human verification (Proton protocol page, sections 3.9, 3.10 and 5.1, rule 15)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.harness import Sandbox
from tests.sandbox.probe import Answer, Probe

from .test_sandbox_login import refused


def attempt(probe: Probe, kind: str = "", value: str = "") -> Answer:
    headers = {"x-pm-human-verification-token": value, "x-pm-human-verification-token-type": kind} if value else {}
    return probe.request("POST", "/auth/v4/info", {"Username": "alice"}, headers)


@pytest.fixture
def demanded(probe: Probe, sandbox: Sandbox) -> dict[str, Any]:
    """Return the details of a demand for verification."""
    sandbox.fault("proton", "human_verification", route="auth_info")
    answer = attempt(probe)
    refused(answer, 422, 9001)
    details: dict[str, Any] = answer.body["Details"]
    return details


def test_demand(demanded: dict[str, Any], sandbox: Sandbox) -> None:
    assert demanded["HumanVerificationMethods"] == demanded["Methods"] == ["captcha", "email", "sms"]
    assert demanded["HumanVerificationToken"] in demanded["WebUrl"]
    assert demanded["WebUrl"].startswith(sandbox.url("proton"))


def test_captcha(demanded: dict[str, Any], probe: Probe, sandbox: Sandbox) -> None:
    token = demanded["HumanVerificationToken"]
    for wrong in (token, f"{token}:wrong", "unknown:wrong"):
        refused(attempt(probe, "captcha", wrong), 422, 12087)
    captcha = sandbox.codes("proton")["captchas"][0]
    assert captcha["token"] == token
    refused(attempt(probe, "email", captcha["value"]), 422, 12087)
    assert attempt(probe, "captcha", captcha["value"]).code == 1000
    assert attempt(probe).code == 1000


def test_verification_comes_before_the_work(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "human_verification", route="auth")
    proof = probe.prove(probe.info("alice"), "alice", sandbox.account("proton", "alice")["password"])
    refused(probe.request("POST", "/auth", proof.request), 422, 9001)
    headers = {
        "X-PM-Human-Verification-Token": sandbox.codes("proton")["captchas"][0]["value"],
        "X-PM-Human-Verification-Token-Type": "captcha",
    }
    assert probe.request("POST", "/auth", proof.request, headers).code == 1000


@pytest.mark.parametrize(
    ("kind", "field", "address"), [("email", "Address", "alice@sandbox.test"), ("sms", "Phone", "+41000000000")]
)
def test_sent_code(
    demanded: dict[str, Any], probe: Probe, sandbox: Sandbox, kind: str, field: str, address: str
) -> None:
    body = {"Type": kind, "Destination": {field: address}}
    assert probe.request("POST", "/users/code", body).body == {"Code": 1000}
    (sent,) = sandbox.codes("proton")["sent"]
    refused(attempt(probe, kind, f"{address}:x"), 422, 12087)
    refused(attempt(probe, kind, f"other:{sent['code']}"), 422, 12087)
    assert attempt(probe, kind, f"{address}:{sent['code']}").code == 1000
    assert sandbox.codes("proton")["sent"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Type": "email"},
        {"Type": "email", "Destination": {"Phone": "+41"}},
        {"Type": "email", "Destination": {"Address": "a@b", "Phone": "+41"}},
        {"Type": "email", "Destination": {"Address": "nobody"}},
        {"Type": "pigeon", "Destination": {"Address": "a@b"}},
    ],
)
def test_code_request_is_checked(probe: Probe, body: dict[str, Any]) -> None:
    refused(probe.request("POST", "/users/code", body), 422, 2001)


def test_methods_can_be_chosen(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "human_verification", route="auth_info", methods=["email"])
    assert attempt(probe).body["Details"]["HumanVerificationMethods"] == ["email"]
    refused(attempt(probe, "captcha", sandbox.codes("proton")["captchas"][0]["value"]), 422, 12087)


def test_pages_need_no_appversion(sandbox: Sandbox, demanded: dict[str, Any], probe: Probe) -> None:
    probe.headers = {}
    page = probe.request("GET", f"/core/v4/captcha?Token={demanded['HumanVerificationToken']}")
    assert page.headers["content-type"].startswith("text/html")
