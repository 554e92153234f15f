# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings and generated passwords (Nextcloud Passwords protocol page, sections 2.4, 4.2 and 8.8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.harness import Sandbox
from tests.sandbox.passwords_probe import PROVIDER as NEXTCLOUD

from .conftest import NewPasswordsProbe
from .test_nextcloud_sessions import error

LIFETIME = "user.session.lifetime"


def test_get_needs_no_session(new_passwords: NewPasswordsProbe) -> None:
    answer = new_passwords("alice").api("POST", "settings/get", [LIFETIME])
    assert answer.raw == b'{"user.session.lifetime":600}'


def test_get_and_list(new_passwords: NewPasswordsProbe) -> None:
    probe, carol = new_passwords("alice", opened=True), new_passwords("carol")
    wanted = [LIFETIME, "user.encryption.cse", "server.version", "server.app.version", "user.unknown"]
    assert probe.api("POST", "settings/get", wanted).body == {
        LIFETIME: 600,
        "user.encryption.cse": 1,
        "server.version": "34",
        "server.app.version": "2026.2",
        "user.unknown": None,
    }
    assert carol.api("POST", "settings/get", ["user.encryption.cse"]).body == {"user.encryption.cse": 0}
    listed = probe.get("settings/list")
    assert {LIFETIME, "user.password.security.hash", "server.version"} <= set(listed)
    assert not [name for name in probe.post("settings/list", scopes=["user"]) if not name.startswith("user.")]
    assert set(probe.post("settings/list", scopes=["server"])) == {"server.version", "server.app.version"}


@pytest.mark.parametrize(("sent", "stored"), [(30, 30), (3600, 3600), ("45", 45), (29, 600), (0, 600), ("x", 600)])
def test_lifetime(new_passwords: NewPasswordsProbe, sent: Any, stored: int) -> None:
    probe = new_passwords("carol")
    assert probe.post("settings/set", **{LIFETIME: sent}) == {LIFETIME: stored}
    assert probe.api("POST", "settings/get", [LIFETIME]).body == {LIFETIME: stored}
    assert probe.api("POST", "settings/reset", [LIFETIME]).body == {LIFETIME: 600}


def test_storage_of_clients(new_passwords: NewPasswordsProbe) -> None:
    probe, other = new_passwords("carol"), new_passwords("dave", opened=True)
    assert probe.post("settings/set", **{"client.own": "value"}) == {"client.own": "value"}
    assert probe.get("settings/list")["client.own"] == "value"
    assert "client.own" not in other.get("settings/list")
    assert error(probe.api("POST", "settings/set", {f"client.{'k' * 49}": "v"}))[0] == 400
    assert error(probe.api("POST", "settings/set", {"client.k": "v" * 129}))[0] == 400
    assert probe.post("settings/set", **{"server.version": "1"}) == {"server.version": "34"}


def test_generated_passwords(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    probe = new_passwords("carol")
    plain = probe.get("service/password")
    assert set(plain) == {"password", "words", "strength", "numbers", "special"}
    assert plain["password"] == "".join(plain["words"])
    assert (plain["strength"], plain["numbers"], plain["special"]) == (1, False, False)
    strong = probe.post("service/password", strength=9, numbers=True, special=True)
    assert (strong["strength"], strong["numbers"], strong["special"]) == (4, True, True)
    assert len(strong["words"]) > len(plain["words"])
    assert not strong["password"].isalnum()
    assert probe.post("service/password", strength=-1)["strength"] == 0
    assert {plain["password"], strong["password"]} <= set(nextcloud.canaries(NEXTCLOUD))


def test_no_password_can_be_generated(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    nextcloud.settings(NEXTCLOUD, generator_works=False)
    answer = new_passwords("carol").api("GET", "service/password")
    assert error(answer) == (503, "74b8fcb3", "Unable to generate password")


def test_generated_passwords_are_limited(new_passwords: NewPasswordsProbe, nextcloud: Sandbox) -> None:
    nextcloud.settings(NEXTCLOUD, generate_limit=2)
    probe = new_passwords("carol")
    statuses = [probe.api(method, "service/password").status for method in ("GET", "POST", "GET")]
    assert statuses == [200, 200, 429]
