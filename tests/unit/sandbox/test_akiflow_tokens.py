# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs and their rotation in the Akiflow service (Akiflow protocol page, sections 5, 7, 9.6 and 9.8)."""

from __future__ import annotations

import base64
import http.client
import json
import re
from typing import Any

import pytest

from tests.sandbox.akiflow_probe import PROVIDER, XSRF, AkiflowProbe
from tests.sandbox.harness import Sandbox, SandboxError, fingerprint

from .conftest import NewAkiflowProbe
from .test_akiflow_login import code_of, outcome, refused

DEAD = "The refresh token is invalid."


@pytest.fixture
def alice(new_akiflow: NewAkiflowProbe) -> AkiflowProbe:
    """Return a client with a pair."""
    return new_akiflow(login=True)


def works(probe: AkiflowProbe, access: str | None = None) -> bool:
    headers = {} if access is None else {"Authorization": f"Bearer {access}"}
    return probe.api("GET", "/v5/user/settings", headers=headers).status == 200


def claims(access: str) -> dict[str, Any]:
    part = access.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_shapes(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    assert re.fullmatch("def50200[0-9a-f]{200}", alice.refresh_token)
    assert re.fullmatch(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", alice.access)
    now = akiflow.clock(PROVIDER, 0)
    assert now + 1790 < claims(alice.access)["exp"] <= now + 1800
    akiflow.settings(PROVIDER, opaque_access=True)
    assert "." not in alice.renewed().body["access_token"]


def test_rotation_kills_the_old_pair_at_once(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    answer = alice.renewed()
    assert answer.status == 200
    assert set(answer.body) == {"token_type", "expires_in", "access_token", "refresh_token"}
    assert not works(alice)
    assert works(alice, answer.body["access_token"])
    dead = alice.renewed()
    refused(dead, 401, DEAD)
    assert dead.body["error"] == "invalid_request"
    assert outcome(akiflow) == "refused: spent refresh token"
    alice.take(answer.body)
    assert alice.renewed().status == 200


def test_reuse_is_seen(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    spent = alice.refresh_token
    alice.take(alice.renewed().body)
    assert akiflow.state(PROVIDER)["reused"] == []
    for _time in range(2):
        assert alice.renewed(spent).status == 401
    record = {"account": "alice", "refresh": fingerprint(spent), "why": "spent"}
    assert akiflow.state(PROVIDER)["reused"] == [record, record]
    assert works(alice)
    akiflow.settings(PROVIDER, revoke_on_reuse=True)
    assert alice.renewed(spent).status == 401
    assert not works(alice)
    refused(alice.renewed(), 401, DEAD)
    assert outcome(akiflow) == "refused: revoked refresh token"
    assert akiflow.state(PROVIDER)["accounts"] == {}


def test_dead_tokens_by_status_400(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    akiflow.settings(PROVIDER, dead_refresh_status=400)
    answer = alice.renewed("def50200" + "0" * 200)
    refused(answer, 400, DEAD)
    assert answer.body["error"] == "invalid_grant"
    assert outcome(akiflow) == "refused: unknown refresh token"
    assert akiflow.state(PROVIDER)["reused"] == []


def test_old_tokens_may_live_on(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    akiflow.settings(PROVIDER, old_access_lives=True, old_refresh_lives=True)
    assert alice.renewed().status == 200
    assert works(alice)
    assert alice.renewed().status == 200


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_id": 10}, 401, "invalid_client"),
        ({"client_id": "11"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"refresh_token": None}, 400, "invalid_request"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"refresh_token": 5}, 400, "invalid_request"),
    ],
)
def test_the_request_is_checked_before_the_token_is_spent(
    alice: AkiflowProbe, change: dict[str, Any], status: int, error: str
) -> None:
    answer = alice.renewed(**change)
    assert (answer.status, answer.body["error"]) == (status, error)
    assert alice.renewed().status == 200


@pytest.mark.parametrize("client_id", ["", "10", "not-a-uuid"])
def test_the_client_id_must_be_a_uuid(alice: AkiflowProbe, akiflow: Sandbox, client_id: str) -> None:
    right, alice.client_id = alice.client_id, client_id
    assert alice.renewed().status == 400
    assert outcome(akiflow) == "refused: no client id"
    akiflow.settings(PROVIDER, strict_client_id=False)
    assert alice.renewed().status == 200
    assert right != client_id


def test_no_form(alice: AkiflowProbe) -> None:
    body = f"client_id=10&refresh_token={alice.refresh_token}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Akiflow-Client-Id": alice.client_id}
    assert alice.web("POST", "/oauth/refreshToken", body, headers).status == 400
    assert alice.renewed().status == 200


def test_csrf_can_be_switched_off(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    alice.cookies = {}
    refused(alice.renewed(), 419, "CSRF token mismatch.")
    akiflow.settings(PROVIDER, refresh_csrf=False)
    assert alice.renewed().status == 200


def test_a_refresh_needs_no_login(alice: AkiflowProbe, new_akiflow: NewAkiflowProbe) -> None:
    """Section 5: the refresh token alone is the credential."""
    assert new_akiflow("bob").renewed(alice.refresh_token).status == 200


def test_lives(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    akiflow.clock(PROVIDER, 1799)
    assert works(alice)
    akiflow.clock(PROVIDER, 2)
    assert not works(alice)
    assert outcome(akiflow) == "refused: expired access token"
    akiflow.settings(PROVIDER, access_ttl=60)
    alice.take(alice.renewed().body)
    akiflow.clock(PROVIDER, 61)
    assert not works(alice)
    akiflow.clock(PROVIDER, 13 * 30 * 86400)
    alice.start()
    refused(alice.renewed(), 401, DEAD)
    assert outcome(akiflow) == "refused: expired refresh token"


def test_what_is_told_of_the_life(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    akiflow.settings(PROVIDER, told_ttl=5, jwt_ttl=7)
    body = alice.renewed().body
    assert body["expires_in"] == 5
    assert claims(body["access_token"])["exp"] - claims(body["access_token"])["iat"] == 7
    akiflow.settings(PROVIDER, send_expires_in=False)
    assert "expires_in" not in alice.renewed(body["refresh_token"]).body


def test_deeds(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    seed = akiflow.act(PROVIDER, "login", account="alice", client_id=alice.client_id)
    assert works(alice, seed["access_token"])
    other = akiflow.act(PROVIDER, "refresh", account="alice")
    assert not works(alice, seed["access_token"])
    assert works(alice, other["access_token"])
    third = akiflow.act(PROVIDER, "refresh", account="alice", refresh_token=alice.refresh_token)
    assert not works(alice)
    assert akiflow.state(PROVIDER)["accounts"] == {"alice": 2}
    alice.take(third)
    akiflow.act(PROVIDER, "expire_access", account="alice")
    assert not works(alice)
    alice.take(alice.renewed().body)
    assert works(alice)
    akiflow.act(PROVIDER, "expire_refresh", account="alice")
    refused(alice.renewed(), 401, DEAD)
    assert works(alice, akiflow.act(PROVIDER, "login", account="alice")["access_token"])
    assert akiflow.act(PROVIDER, "revoke", account="alice") == {"revoked": 1}
    assert akiflow.state(PROVIDER)["pairs"] == []


@pytest.mark.parametrize(
    ("do", "arguments"),
    [
        ("dance", {"account": "alice"}),
        ("login", {"account": "mallory"}),
        ("refresh", {"account": "bob"}),
        ("send_mail", {"account": "alice", "variant": "song"}),
        ("read", {"account": "alice", "kind": "songs"}),
    ],
)
def test_misspelt_deeds(akiflow: Sandbox, do: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(SandboxError, match="no "):
        akiflow.act(PROVIDER, do, **arguments)


# Section 7.9: the reply is lost, the token is spent


@pytest.mark.parametrize("kind", ["drop_after", "truncate"])
def test_the_reply_is_lost(alice: AkiflowProbe, akiflow: Sandbox, kind: str) -> None:
    akiflow.fault(PROVIDER, kind, route="refresh")
    with pytest.raises((http.client.HTTPException, OSError)):
        alice.renewed()
    entry = akiflow.journal(PROVIDER, route="refresh")[-1]
    assert (entry["outcome"], entry["work"]) == (f"fault: {kind}", "ok")
    refused(alice.renewed(), 401, DEAD)
    assert len(akiflow.state(PROVIDER)["reused"]) == 1


def test_500_after_the_rotation(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    akiflow.fault(PROVIDER, "status", route="refresh", status=500, when="after")
    assert alice.renewed().status == 500
    refused(alice.renewed(), 401, DEAD)


def test_dropped_before_the_rotation(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    akiflow.fault(PROVIDER, "drop_before", route="refresh")
    with pytest.raises((http.client.HTTPException, OSError)):
        alice.renewed()
    assert alice.renewed().status == 200


# The front end and pages (9.11)


def test_front_end(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    akiflow.settings(PROVIDER, front_end_refuses=True)
    for answer in (alice.renewed(), alice.api("GET", "/v5/tasks"), alice.start()):
        assert answer.status == 403
        assert answer.headers["content-type"].startswith("text/html")
        assert b"1010" in answer.raw
    assert outcome(akiflow) == "refused: blocked by the front end"
    akiflow.settings(PROVIDER, front_end_refuses=False)
    assert alice.renewed().status == 200


def test_front_end_by_user_agent(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    akiflow.settings(PROVIDER, blocked_agents=["Python-urllib/"])
    assert alice.api("GET", "/v5/tasks", headers={"User-Agent": "Python-urllib/3.13"}).status == 403
    assert alice.api("GET", "/v5/tasks", headers={"User-Agent": "Mozilla/5.0"}).status == 200


def test_pages_for_so_many_requests(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    akiflow.fault(PROVIDER, "front_end", route="refresh")
    akiflow.fault(PROVIDER, "login_page", route="refresh")
    assert [alice.renewed().status for _time in range(3)] == [403, 200, 200]
    statuses = [(entry["status"], entry["outcome"]) for entry in akiflow.journal(PROVIDER, route="refresh")]
    assert statuses == [(403, "refused: blocked by the front end"), (200, "refused: log-in page"), (200, "ok")]


def test_log_in_page(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    akiflow.settings(PROVIDER, login_page=True)
    answer = alice.renewed()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert works(alice)
    akiflow.settings(PROVIDER, login_page=False)
    assert alice.renewed().status == 200


def test_a_second_login_leaves_the_first_alone(
    alice: AkiflowProbe, new_akiflow: NewAkiflowProbe, akiflow: Sandbox
) -> None:
    second = new_akiflow(login=True)
    assert second.refresh_token != alice.refresh_token
    assert works(alice)
    assert works(second)
    assert second.cookies[XSRF] != alice.cookies[XSRF]
    assert code_of(akiflow)
