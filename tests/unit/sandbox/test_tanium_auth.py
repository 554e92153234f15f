# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`/auth`, its headers, and the life of a session (Tanium protocol page, 3.1, 4.3, 7 and 8, rules 1 to 7)."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, fingerprint
from tests.sandbox.services._tanium.accounts import encoded
from tests.sandbox.tanium_probe import PROVIDER as TANIUM

from .conftest import NewTaniumProbe

FORM = re.compile(r"(\d+)-(\d+)-[0-9a-f]{64}")
INVENTED = "1-1-badwolf"


def last(tanium: Sandbox) -> dict[str, Any]:
    return tanium.journal(TANIUM)[-1]


def reason(tanium: Sandbox) -> str:
    return str(last(tanium)["outcome"])


def live(tanium: Sandbox) -> list[str]:
    return [session["session"] for session in tanium.state(TANIUM)["sessions"]]


@pytest.mark.parametrize(("name", "uid"), [("alice", "1"), ("carol", "3"), ("grace", "6")])
@pytest.mark.parametrize("plain", [False, True])
def test_login(new_tanium: NewTaniumProbe, name: str, uid: str, plain: bool) -> None:
    probe = new_tanium(name, login=False, plain=plain)
    answer = probe.log_in()
    found = FORM.fullmatch(answer.raw.decode())
    assert found is not None
    assert found.group(1) == uid
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain"
    assert "set-cookie" not in answer.headers
    assert probe.alive()


def test_every_login_is_another_session(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    first, second = new_tanium(), new_tanium()
    assert first.session != second.session
    assert first.session.split("-")[:2] != second.session.split("-")[:2]
    assert first.alive()
    assert second.alive()
    assert tanium.state(TANIUM)["accounts"] == {"alice": 2}


@pytest.mark.parametrize(
    ("headers", "status", "why"),
    [
        ({"password": encoded("wrong")}, 401, "wrong password"),
        ({"username": encoded("mallory")}, 401, "unknown user"),
        ({"username": encoded("erin")}, 401, "no password: SAML only"),
        ({"domain": "elsewhere"}, 401, "wrong domain"),
        ({"username": ""}, 400, "username missing"),
        ({"password": ""}, 400, "password missing"),
        ({"username": "alice with blanks"}, 400, "username is not base64 of UTF-8"),
        ({"password": "no base64!"}, 400, "password is not base64 of UTF-8"),
        ({"username": base64.b64encode(b"\xff\xfe").decode()}, 400, "username is not base64 of UTF-8"),
    ],
)
def test_refused_logins(
    new_tanium: NewTaniumProbe, tanium: Sandbox, headers: dict[str, str], status: int, why: str
) -> None:
    probe = new_tanium(login=False)
    answer = probe.log_in(**headers)
    assert (answer.status, reason(tanium)) == (status, f"refused: {why}")
    assert answer.raw.startswith(f"{status} ".encode())
    assert why.encode() not in answer.raw
    assert live(tanium) == []


def test_plain_user_name_and_password(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("grace", login=False)
    account = probe.account
    assert probe.auth(username=account["username"], password=account["password"]).status == 400
    assert probe.auth(username=encoded("grace"), password=account["password"]).status == 400
    assert live(tanium) == []


def test_no_credentials_at_all(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium(login=False)
    assert probe.auth().status == 400
    assert probe.auth(session="", logout="0").status == 400
    assert last(tanium)["fingerprints"]["operation"] == "login"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post(new_tanium: NewTaniumProbe, method: str) -> None:
    probe = new_tanium()
    assert probe.request(method, "/auth").status == 405


@pytest.mark.parametrize("status", [401, 403])
def test_the_status_of_a_refused_login_can_be_chosen(new_tanium: NewTaniumProbe, tanium: Sandbox, status: int) -> None:
    tanium.settings(TANIUM, login_error_status=status)
    assert new_tanium(login=False).log_in(password=encoded("wrong")).status == status


def test_validate_gives_the_same_string(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    answer = probe.auth()
    assert (answer.status, answer.raw.decode()) == (200, probe.session)
    notes = last(tanium)["fingerprints"]
    assert notes["operation"] == "validate"
    assert notes["session"] == notes["answered"] == fingerprint(probe.session)


def test_a_session_goes_before_credentials(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    answer = probe.auth(username=encoded("alice"), password=encoded("wrong"))
    assert (answer.status, answer.raw.decode()) == (200, probe.session)
    probe.session = INVENTED
    account = tanium.account(TANIUM, "alice")
    answer = probe.auth(username=encoded("alice"), password=encoded(account["password"]))
    assert answer.status == 403


def test_validate_may_replace_the_string(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    tanium.settings(TANIUM, replace_on_validate=True)
    probe = new_tanium()
    old, fresh = probe.session, probe.auth().raw.decode()
    assert FORM.fullmatch(fresh)
    assert fresh != old
    assert not probe.alive(old)
    assert probe.alive(fresh)
    assert live(tanium) == [fingerprint(fresh)]


def test_log_out_one(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe, other = new_tanium(), new_tanium()
    assert probe.auth(logout="0").status == 200
    assert live(tanium) == [fingerprint(other.session)]
    assert last(tanium)["fingerprints"]["operation"] == "logout"
    assert not probe.alive()
    assert other.alive()


def test_log_out_all_of_the_user(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe, other, stranger = new_tanium(), new_tanium(), new_tanium("grace")
    assert probe.auth(logout="1").status == 200
    assert live(tanium) == [fingerprint(stranger.session)]
    assert not other.alive()
    assert other.auth(logout="0").status == 403


@pytest.mark.parametrize("headers", [{}, {"logout": "0"}, {"logout": "1"}])
@pytest.mark.parametrize("status", [403, 401])
def test_a_dead_string(new_tanium: NewTaniumProbe, tanium: Sandbox, headers: dict[str, str], status: int) -> None:
    tanium.settings(TANIUM, dead_session_status=status)
    probe, bystander = new_tanium(), new_tanium()
    assert probe.auth(logout="0").status == 200
    for string in (probe.session, INVENTED, bystander.session + "0", bystander.session.upper() + "F"):
        assert probe.auth(session=string, **headers).status == status
    assert live(tanium) == [fingerprint(bystander.session)]


@pytest.mark.parametrize("value", ["", "2", "yes", "-1"])
def test_a_wrong_logout(new_tanium: NewTaniumProbe, value: str) -> None:
    probe = new_tanium()
    assert probe.auth(logout=value).status == 400
    assert probe.alive()


def test_idle_expiry_slides(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe, idle = new_tanium(), new_tanium()
    for _number in range(3):
        tanium.clock(TANIUM, 200)
        assert probe.auth().status == 200
    assert not idle.alive()
    tanium.clock(TANIUM, 290)
    assert probe.request("GET", "/api/v2/users/1").status == 200
    tanium.clock(TANIUM, 290)
    assert probe.request("POST", "/soap", b"nonsense").status == 400
    tanium.clock(TANIUM, 290)
    assert probe.alive()
    tanium.clock(TANIUM, 301)
    assert live(tanium) == []
    assert probe.auth().status == 403


def test_a_refused_call_does_not_extend(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    tanium.clock(TANIUM, 200)
    assert not probe.alive(INVENTED)
    tanium.clock(TANIUM, 101)
    assert not probe.alive()


def test_idle_time_can_be_chosen(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    tanium.settings(TANIUM, idle_seconds=30)
    probe = new_tanium()
    tanium.clock(TANIUM, 31)
    assert not probe.alive()


def test_one_time_code(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("bob", login=False)
    assert probe.log_in().status == 401
    assert reason(tanium) == "refused: one-time code missing"
    assert probe.log_in(secondary="000").status == 401
    assert reason(tanium) == "refused: wrong one-time code"
    code = tanium.totp(TANIUM, "bob")
    assert probe.log_in(password=encoded("wrong"), secondary=code).status == 401
    assert probe.log_in(secondary=code).status == 200
    assert probe.log_in(secondary=code).status == 401
    assert reason(tanium) == "refused: replayed one-time code"
    tanium.clock(TANIUM, 60)
    assert probe.log_in(secondary=tanium.totp(TANIUM, "bob")).status == 200
    tanium.settings(TANIUM, totp_once=False)
    assert probe.log_in(secondary=tanium.totp(TANIUM, "bob")).status == 200


def test_secondary_is_plain(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("bob", login=False)
    assert probe.log_in(secondary=encoded(tanium.totp(TANIUM, "bob"))).status == 401


def test_secondary_of_others_is_ignored(new_tanium: NewTaniumProbe) -> None:
    assert new_tanium("alice", login=False).log_in(secondary="ldap.sandbox.test").status == 200


def test_domain(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("carol", login=False)
    assert probe.log_in(domain="SANDBOX").status == 200
    assert probe.log_in(domain="").status == 401
    assert probe.log_in(domain=encoded("sandbox")).status == 401
    assert reason(tanium) == "refused: wrong domain"


def test_the_directory_locks_out(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("carol")
    for _number in range(4):
        assert probe.log_in(password=encoded("wrong")).status == 401
    assert probe.log_in().status == 200
    for _number in range(5):
        assert probe.log_in(password=encoded("wrong")).status == 401
    assert tanium.state(TANIUM)["locked"] == ["carol"]
    assert probe.log_in().status == 401
    assert reason(tanium) == "refused: locked out"
    tanium.act(TANIUM, "unlock", account="carol")
    assert probe.log_in().status == 200


def test_local_accounts_are_never_locked(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    for _number in range(8):
        assert probe.log_in(password=encoded("wrong")).status == 401
    assert tanium.state(TANIUM)["locked"] == []
    assert probe.log_in().status == 200


def test_lock_out_can_be_switched_off(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    tanium.settings(TANIUM, max_wrong_passwords=0)
    probe = new_tanium("carol")
    for _number in range(8):
        assert probe.log_in(password=encoded("wrong")).status == 401
    assert probe.log_in().status == 200


def test_login_for_one_exclusive_group(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("grace", login=False)
    assert probe.log_in(as_exclusive_user_group="4").status == 403
    assert live(tanium) == []
    assert probe.log_in(as_exclusive_user_group="3").status == 200
    assert [session["group"] for session in tanium.state(TANIUM)["sessions"]] == [3]


def test_a_session_of_auth_works_on_rest_and_the_other_way_round(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium()
    answer = probe.request("POST", "/api/v2/session/validate", {"session": probe.session})
    assert answer.body == {"data": {"session": probe.session}}
    account = probe.account
    body = {"username": account["username"], "password": account["password"]}
    other = probe.request("POST", "/api/v2/session/login", body).body["data"]["session"]
    assert probe.auth(session=other).raw.decode() == other
