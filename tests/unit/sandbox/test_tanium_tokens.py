# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""API tokens (Tanium protocol page, 3.3 and 8, rule 14)."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sandbox.harness import Sandbox, fingerprint
from tests.sandbox.probe import Answer
from tests.sandbox.tanium_probe import PROVIDER as TANIUM
from tests.sandbox.tanium_probe import TOKENS, TaniumProbe

from .conftest import NewTaniumProbe

DAY = 86400


def created(probe: TaniumProbe, **body: Any) -> dict[str, Any]:
    answer = probe.token(**body)
    assert answer.status == 200
    data: dict[str, Any] = answer.body["data"]
    return data


def rotate(probe: TaniumProbe, token: str, *, header: bool = False) -> Answer:
    headers = {"session": token} if header else {"session": ""}
    return probe.request("PATCH", TOKENS, {"token_string": token}, headers)


def kept(tanium: Sandbox, account: str) -> list[str]:
    return [token["token"] for token in tanium.state(TANIUM)["tokens"] if token["account"] == account]


def reason(tanium: Sandbox) -> str:
    return str(tanium.journal(TANIUM)[-1]["outcome"])


def test_create(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium()
    token = created(probe, notes="job", expire_in_days=30)
    assert token["token_string"].startswith("token-")
    assert (token["notes"], token["expire_in_days"], token["trusted_ip_addresses"]) == ("job", 30, "127.0.0.1")
    assert token["expiration"].endswith("Z")
    assert probe.alive(token["token_string"])


def test_a_token_makes_tokens(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("erin", login=False)
    probe.session = tanium.account(TANIUM, "erin")["api_token"]
    assert probe.alive(created(probe)["token_string"])
    assert len(kept(tanium, "erin")) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"expire_in_days": 0},
        {"expire_in_days": -1},
        {"expire_in_days": 366},
        {"expire_in_days": "7"},
        {"expire_in_days": True},
        {"notes": 7},
        {"trusted_ip_addresses": ["127.0.0.1"]},
        {"trusted_ip_addresses": "localhost"},
        {"trusted_ip_addresses": "127.0.0.1,192.0.2.300"},
    ],
)
def test_refused_creations(new_tanium: NewTaniumProbe, tanium: Sandbox, body: dict[str, Any]) -> None:
    answer = new_tanium().token(**body)
    assert answer.status == 400
    assert "text" in answer.body
    assert kept(tanium, "alice") == []


def test_read_and_list(new_tanium: NewTaniumProbe) -> None:
    probe, other = new_tanium(), new_tanium("grace")
    first, second = created(probe, notes="one"), created(probe, notes="two")
    listed = probe.request("GET", TOKENS).body["data"]
    assert [item["id"] for item in listed] == [first["id"], second["id"]]
    told = probe.request("GET", f"{TOKENS}/{first['id']}").body["data"]
    assert told == listed[0] == {name: value for name, value in first.items() if name != "token_string"}
    assert other.request("GET", TOKENS).body["data"] == []
    assert other.request("GET", f"{TOKENS}/{first['id']}").status == 404
    assert other.request("DELETE", f"{TOKENS}/{first['id']}").status == 404
    assert probe.alive(first["token_string"])


def test_default_life(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    week, month = created(probe)["token_string"], created(probe, expire_in_days=30)["token_string"]
    tanium.clock(TANIUM, 7 * DAY - 60)
    assert probe.alive(week)
    tanium.clock(TANIUM, 120)
    assert not probe.alive(week)
    assert reason(tanium) == "refused: expired token"
    assert probe.alive(month)


def test_a_token_needs_no_use(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    token = created(probe)["token_string"]
    tanium.clock(TANIUM, DAY)
    assert not probe.alive()
    assert probe.alive(token)


def test_revoke(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    token = created(probe)
    assert probe.request("DELETE", f"{TOKENS}/{token['id']}").status == 200
    assert not probe.alive(token["token_string"])
    assert reason(tanium) == "refused: unknown token"
    assert probe.request("DELETE", f"{TOKENS}/{token['id']}").status == 404


def test_a_token_revokes_itself(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("erin", login=False)
    probe.session = tanium.account(TANIUM, "erin")["api_token"]
    assert probe.request("DELETE", f"{TOKENS}/1").status == 200
    assert not probe.alive()


@pytest.mark.parametrize("header", [False, True])
def test_rotate(new_tanium: NewTaniumProbe, tanium: Sandbox, header: bool) -> None:
    probe = new_tanium()
    old = created(probe, notes="job", expire_in_days=14)
    tanium.clock(TANIUM, 5 * DAY)
    answer = rotate(probe, old["token_string"], header=header)
    fresh = answer.body["data"]
    assert answer.status == 200
    assert fresh["token_string"] != old["token_string"]
    assert fresh["id"] != old["id"]
    assert fresh["expiration"] > old["expiration"]
    same = ("notes", "expire_in_days", "trusted_ip_addresses")
    assert [fresh[name] for name in same] == [old[name] for name in same]
    assert not probe.alive(old["token_string"])
    assert probe.alive(fresh["token_string"])
    assert kept(tanium, "alice") == [fingerprint(fresh["token_string"])]
    entry = tanium.journal(TANIUM, route="token_rotate")[0]
    assert entry["fingerprints"]["token"] == fingerprint(old["token_string"])
    assert entry["fingerprints"]["answered"] == fingerprint(fresh["token_string"])


def test_rotate_once(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium()
    old = created(probe)["token_string"]
    assert rotate(probe, old).status == 200
    assert rotate(probe, old).status == 401


@pytest.mark.parametrize("body", [{}, {"token_string": 7}, {"token_string": "1-1-badwolf"}, {"id": 1}])
def test_nothing_to_rotate(new_tanium: NewTaniumProbe, body: dict[str, Any]) -> None:
    answer = new_tanium().request("PATCH", TOKENS, body)
    assert (answer.status, "rotation" in answer.body["text"]) == (400, True)


def test_invented_token(new_tanium: NewTaniumProbe) -> None:
    assert rotate(new_tanium(), "token-badwolf").status == 401


def test_addresses_cannot_be_changed(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium()
    token = created(probe)
    answer = probe.request("PATCH", f"{TOKENS}/{token['id']}", {"trusted_ip_addresses": "192.0.2.1"})
    assert (answer.status, "rotation" in answer.body["text"]) == (400, True)
    assert probe.alive(token["token_string"])


def test_rotation_may_need_the_header(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    tanium.settings(TANIUM, rotate_needs_session=True)
    probe = new_tanium()
    token = created(probe)["token_string"]
    assert rotate(probe, token).status == 403
    assert probe.alive(token)
    assert rotate(probe, token, header=True).status == 200


def test_dropped_after_rotating(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    token = created(probe)["token_string"]
    tanium.fault(TANIUM, "drop_after", route="token_rotate")
    with pytest.raises((http.client.HTTPException, OSError)):
        rotate(probe, token)
    assert not probe.alive(token)
    assert len(kept(tanium, "alice")) == 1
    entry = tanium.journal(TANIUM, route="token_rotate")[0]
    assert (entry["outcome"], entry["work"]) == ("fault: drop_after", "ok")


@pytest.mark.parametrize("addresses", ["", "192.0.2.15", "192.0.2.15,198.51.100.0/24", "::1"])
def test_an_address_that_is_not_listed(new_tanium: NewTaniumProbe, tanium: Sandbox, addresses: str) -> None:
    probe = new_tanium()
    token = created(probe, trusted_ip_addresses=addresses)["token_string"]
    for method, path in (("GET", "/info.json"), ("GET", "/api/v2/users"), ("POST", "/soap"), ("GET", TOKENS)):
        answer = probe.request(method, path, headers={"session": token})
        assert (answer.status, answer.body) == (401, {"text": "401 Unauthorized"})
        assert reason(tanium) == "refused: address not trusted"
    assert rotate(probe, token).status == 401


@pytest.mark.parametrize("addresses", ["127.0.0.0/8", "192.0.2.15, 127.0.0.1", "0.0.0.0/0"])
def test_an_address_that_is_listed(new_tanium: NewTaniumProbe, addresses: str) -> None:
    probe = new_tanium()
    assert probe.alive(created(probe, trusted_ip_addresses=addresses)["token_string"])


def test_the_peer_counts_and_no_header(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    token = created(new_tanium())["token_string"]
    parts = urlsplit(tanium.plain_url(TANIUM))
    statuses = []
    for source in ("127.0.0.1", "127.0.0.2"):
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, source_address=(source, 0))
        headers = {"session": token, "X-Forwarded-For": "127.0.0.1"}
        connection.request("GET", "/info.json", headers=headers)
        statuses.append(connection.getresponse().status)
        connection.close()
    assert statuses == [200, 401]


def test_a_runner_that_moved(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    token = created(probe)["token_string"]
    tanium.settings(TANIUM, peer_address="203.0.113.9")
    assert not probe.alive(token)
    assert probe.alive()
    tanium.settings(TANIUM, peer_address="")
    assert probe.alive(token)


def test_permission(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("dave")
    paths = (("POST", TOKENS), ("GET", TOKENS), ("GET", f"{TOKENS}/1"), ("DELETE", f"{TOKENS}/1"))
    assert [probe.request(method, path).status for method, path in paths] == [403] * 4
    assert probe.alive()
    tanium.settings(TANIUM, missing_permission_status=404)
    assert probe.request("GET", TOKENS).status == 404


def test_a_token_is_no_session(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    token = created(probe)["token_string"]
    assert probe.auth(session=token).status == 401
    assert probe.request("POST", "/api/v2/session/validate", {"session": token}).status == 401
    tanium.settings(TANIUM, tokens_on_auth=True)
    assert probe.auth(session=token).raw.decode() == token
    assert probe.auth(session=token, logout="0").status == 403
    assert probe.alive(token)


def test_the_status_can_be_chosen(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    tanium.settings(TANIUM, dead_token_status=403)
    assert new_tanium().request("GET", "/info.json", headers={"session": "token-badwolf"}).status == 403
