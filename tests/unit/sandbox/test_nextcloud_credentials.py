# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials, HTTPS, maintenance and the errors of Nextcloud itself (Nextcloud Passwords protocol page, section 1)."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.harness import Sandbox
from tests.sandbox.passwords_probe import HEADER, basic
from tests.sandbox.passwords_probe import PROVIDER as NEXTCLOUD
from tests.sandbox.probe import Answer

from .conftest import NewPasswordsProbe

CORE = "/ocs/v2.php/core"
NOBODY = {"message": "Current user is not logged in"}


def told(answer: Answer) -> tuple[int, object]:
    """Return status and body of a reply of Nextcloud itself, which tells no session."""
    assert HEADER not in answer.headers
    assert "set-cookie" not in answer.headers
    return answer.status, json.loads(answer.raw)


@pytest.mark.parametrize("secret", ["wrong", ""])
@pytest.mark.parametrize("name", ["alice", "carol", "nobody"])
def test_wrong_basic_credentials(new_passwords: NewPasswordsProbe, name: str, secret: str) -> None:
    probe = new_passwords()
    probe.headers["Authorization"] = basic(name, secret)
    answer = probe.api("GET", "session/request")
    assert told(answer) == (401, {"message": ""})
    assert "www-authenticate" not in answer.headers


def test_another_users_token(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords()
    probe.headers["Authorization"] = basic("carol", nextcloud.account(NEXTCLOUD, "alice")["app_password"])
    assert told(probe.api("GET", "session/request")) == (401, {"message": ""})


@pytest.mark.parametrize("header", [None, "Digest x", "Basic"])
def test_no_usable_credentials(new_passwords: NewPasswordsProbe, header: str | None) -> None:
    probe = new_passwords()
    if header is not None:
        probe.headers["Authorization"] = header
    body = told(probe.api("GET", "session/request"))
    assert body == ((401, {"message": ""}) if header == "Basic" else (401, NOBODY))


@pytest.mark.parametrize("which", ["app_password", "second_app_password", "password"])
def test_every_right_secret(new_passwords: NewPasswordsProbe, nextcloud: Sandbox, which: str) -> None:
    probe, account = new_passwords(), nextcloud.account(NEXTCLOUD, "carol")
    probe.headers["Authorization"] = basic("carol", account[which])
    assert probe.get("session/request") == {}
    login = "password" if which == "password" else "token"
    assert nextcloud.journal(NEXTCLOUD)[-1]["fingerprints"]["login"] == login


def test_account_password_with_two_factor(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords()
    probe.headers["Authorization"] = basic("erin", nextcloud.account(NEXTCLOUD, "erin")["password"])
    assert told(probe.api("GET", "session/request")) == (401, NOBODY)


def test_bearer(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords()
    probe.headers["Authorization"] = f"Bearer {nextcloud.account(NEXTCLOUD, 'carol')['app_password']}"
    assert len(probe.get("password/list")) == 4
    del probe.headers["OCS-APIRequest"]
    assert told(probe.api("GET", "password/list")) == (401, {"message": "CORS requires basic auth"})
    probe.headers |= {"Authorization": "Bearer wrong", "OCS-APIRequest": "true"}
    assert told(probe.api("GET", "password/list")) == (401, {"message": ""})


def test_destroyed_token(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("carol")
    assert probe.api("GET", "session/keepalive").status == 200
    nextcloud.act(NEXTCLOUD, "destroy_token", account="carol")
    assert told(probe.api("GET", "session/keepalive")) == (401, {"message": ""})
    assert nextcloud.state(NEXTCLOUD)["tokens"]["carol"] == ["second device"]
    second = nextcloud.account(NEXTCLOUD, "carol")["second_app_password"]
    probe.headers["Authorization"] = basic("carol", second)
    assert probe.api("GET", "session/keepalive").status == 200


def test_an_address_is_locked_out(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    wrong, right = new_passwords(), new_passwords("carol")
    wrong.headers["Authorization"] = basic("alice", "wrong")
    for _number in range(11):
        assert right.api("GET", "session/keepalive").status == 200
        assert told(wrong.api("GET", "session/keepalive")) == (401, {"message": ""})
    blocked = (429, {"message": "Reached maximum delay"})
    assert told(right.api("GET", "session/keepalive")) == blocked
    assert told(wrong.api("GET", "session/keepalive")) == blocked
    nextcloud.clock(NEXTCLOUD, 1801)
    assert right.api("GET", "session/keepalive").status == 200


def test_https_is_demanded(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    plain, secure = new_passwords("carol", plain=True), new_passwords("carol")
    assert plain.api("GET", "session/request").status == 200
    nextcloud.settings(NEXTCLOUD, require_https=True)
    error = {"status": "error", "id": "6304571a", "message": "HTTPS required"}
    assert told(plain.api("GET", "session/request")) == (400, error)
    assert secure.api("GET", "session/request").status == 200


def test_maintenance(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("carol")
    nextcloud.settings(NEXTCLOUD, maintenance=True)
    answer = probe.api("GET", "session/request")
    assert (answer.status, answer.headers["x-nextcloud-maintenance-mode"], answer.headers["retry-after"]) == (
        503,
        "1",
        "120",
    )
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.raw.startswith(b"<!DOCTYPE html>")
    assert HEADER not in answer.headers
    nextcloud.settings(NEXTCLOUD, maintenance=False)
    assert probe.api("GET", "session/request").status == 200


@pytest.mark.parametrize("base", ["", "/nextcloud"])
def test_base_path(new_passwords: NewPasswordsProbe, base: str) -> None:
    assert new_passwords("carol", base=base).get("session/keepalive") == {"success": True}


@pytest.mark.parametrize("path", ["/apps/passwords/api/1.0/session/request", "/index.php/apps/passwords/api/1.0/other"])
def test_no_such_route(new_passwords: NewPasswordsProbe, path: str) -> None:
    answer = new_passwords("carol").request("GET", path)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert HEADER not in answer.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "session/request"),
        ("GET", "session/open"),
        ("POST", "session/keepalive"),
        ("POST", "session/close"),
        ("GET", "password/show"),
        ("POST", "password/update"),
        ("POST", "password/delete"),
        ("GET", "settings/get"),
    ],
)
def test_wrong_verb(new_passwords: NewPasswordsProbe, method: str, path: str) -> None:
    answer = new_passwords("carol").api(method, path)
    assert (answer.status, answer.raw) == (405, b"")
    assert HEADER not in answer.headers


def test_app_password_from_the_account_password(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe, account = new_passwords(), nextcloud.account(NEXTCLOUD, "carol")
    probe.headers["Authorization"] = basic("carol", account["password"])
    secret = probe.request("GET", f"{CORE}/getapppassword?format=json").body["ocs"]["data"]["apppassword"]
    assert len(secret) == 72
    assert secret in nextcloud.canaries(NEXTCLOUD)
    assert probe.request("DELETE", f"{CORE}/apppassword").status == 403
    probe.headers["Authorization"] = basic("carol", secret)
    assert probe.get("session/keepalive") == {"success": True}
    assert probe.request("GET", f"{CORE}/getapppassword").status == 403
    assert probe.request("DELETE", f"{CORE}/apppassword").status == 200
    assert told(probe.api("GET", "session/keepalive")) == (401, {"message": ""})


def test_app_password_needs_the_header(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("carol")
    del probe.headers["OCS-APIRequest"]
    assert told(probe.request("DELETE", f"{CORE}/apppassword")) == (401, {"message": "CSRF check failed"})
    assert nextcloud.state(NEXTCLOUD)["tokens"]["carol"] == ["automation", "second device"]
