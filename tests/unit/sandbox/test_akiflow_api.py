# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API host of the Akiflow service (Akiflow protocol page, sections 6, 9.7 and 9.9)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.sandbox.akiflow_probe import PROVIDER, AkiflowProbe
from tests.sandbox.harness import Sandbox

from .conftest import NewAkiflowProbe
from .test_akiflow_login import outcome, refused


@pytest.fixture
def alice(new_akiflow: NewAkiflowProbe) -> AkiflowProbe:
    """Return a client with a pair."""
    return new_akiflow(login=True)


@pytest.fixture
def bob(new_akiflow: NewAkiflowProbe) -> AkiflowProbe:
    """Return a client of an account that has tasks and labels."""
    return new_akiflow("bob", login=True)


def titles(answer: Any) -> list[str]:
    return [item["title"] for item in answer.body["data"]]


# Who may come in (9.7)


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer x.y.z", "Basic x"])
def test_a_live_bearer(alice: AkiflowProbe, authorization: str) -> None:
    answer = alice.api("GET", "/v5/tasks", headers={"Authorization": authorization})
    refused(answer, 401, "Unauthenticated.")


def test_nothing_else_is_a_bearer(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    for secret in (alice.refresh_token, *alice.cookies.values()):
        refused(alice.api("GET", "/v5/tasks", headers={"Authorization": f"Bearer {secret}"}), 401, "Unauthenticated.")
    refused(alice.web("GET", "/v5/tasks"), 401, "Unauthenticated.")
    assert outcome(akiflow) == "refused: no bearer token"


@pytest.mark.parametrize("name", ["Akiflow-Platform", "Akiflow-Version", "Akiflow-Client-Id"])
@pytest.mark.parametrize(("strict", "status"), [(False, 401), (True, 400)])
def test_all_three_headers(alice: AkiflowProbe, akiflow: Sandbox, name: str, strict: bool, status: int) -> None:
    akiflow.settings(PROVIDER, strict_headers=strict)
    assert alice.api("GET", "/v5/tasks", headers={name: ""}).status == status
    assert outcome(akiflow) in (f"refused: no {name.lower()}", f"refused: Bad request: no {name.lower()}.")
    assert alice.api("GET", "/v5/tasks").status == 200


def test_the_client_id_is_that_of_the_refresh(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    assert alice.api("GET", "/v5/tasks", headers={"Akiflow-Client-Id": "10"}).status == 401
    assert outcome(akiflow) == "refused: the client id is no UUID"
    assert alice.api("GET", "/v5/tasks").status == 200
    other = {"Akiflow-Client-Id": str(uuid.uuid4())}
    assert alice.api("GET", "/v5/tasks", headers=other).status == 401
    assert outcome(akiflow) == "refused: another client id"
    alice.client_id = other["Akiflow-Client-Id"]
    alice.take(alice.renewed().body)
    assert alice.api("GET", "/v5/tasks").status == 200
    akiflow.settings(PROVIDER, strict_client_id=False)
    assert alice.api("GET", "/v5/tasks", headers={"Akiflow-Client-Id": str(uuid.uuid4())}).status == 200


def test_cookies_are_not_looked_at(alice: AkiflowProbe) -> None:
    assert alice.api("GET", "/v5/tasks", headers={"Cookie": "akiflow_session=wrong; XSRF-TOKEN=wrong"}).status == 200


# What it gives (9.9)


def test_settings_of_the_user(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    body = alice.api("GET", "/v5/user/settings").body
    assert set(body) == {"success", "message", "data", "sync_token", "has_next_page"}
    assert body["data"]["email"] == "alice@sandbox.test"
    assert akiflow.journal(PROVIDER)[-1]["account"] == "alice"


@pytest.mark.parametrize("kind", ["tags", "time_slots", "events", "calendars", "contacts", "accounts"])
def test_further_lists(alice: AkiflowProbe, kind: str) -> None:
    assert alice.api("GET", f"/v5/{kind}").body["data"] == []
    assert alice.api("PATCH", f"/v5/{kind}", []).status == 405


def test_accounts_have_their_own_objects(alice: AkiflowProbe, bob: AkiflowProbe) -> None:
    assert titles(alice.api("GET", "/v5/tasks?limit=2500")) == ["Water the plants"]
    assert titles(bob.api("GET", "/v5/tasks")) == ["Pay the rent", "Call the dentist", "Buy bread"]
    assert titles(bob.api("GET", "/v5/labels")) == ["Home", "Work"]


@pytest.mark.parametrize("kind", ["tasks", "labels"])
def test_upsert(alice: AkiflowProbe, akiflow: Sandbox, kind: str) -> None:
    identifier = str(uuid.uuid4())
    body = alice.api("PATCH", f"/v5/{kind}", [{"id": identifier, "title": "new", "priority": 1}]).body
    assert (body["success"], body["data"]) == (True, [{"id": identifier, "title": "new", "priority": 1}])
    body = alice.api("PATCH", f"/v5/{kind}", [{"id": identifier, "title": "changed", "trashed_at": "now"}]).body
    assert body["data"] == [{"id": identifier, "title": "changed", "priority": 1, "trashed_at": "now"}]
    assert akiflow.act(PROVIDER, "read", account="alice", kind=kind)[-1]["title"] == "changed"
    assert alice.api("POST", f"/v5/{kind}", []).status == 405
    assert alice.api("DELETE", f"/v5/{kind}").status == 405


@pytest.mark.parametrize("body", [{}, [], [1], [{"title": "no id"}], [{"id": "7", "title": "no UUID"}]])
def test_upsert_is_checked(alice: AkiflowProbe, akiflow: Sandbox, body: Any) -> None:
    answer = alice.api("PATCH", "/v5/tasks", body)
    assert (answer.status, answer.body["success"]) == (422, False)
    assert len(akiflow.act(PROVIDER, "read", account="alice")) == 1


def test_upsert_is_json(alice: AkiflowProbe) -> None:
    assert alice.api("PATCH", "/v5/tasks", b"[]", {"Content-Type": "text/plain"}).status == 415


def test_sync_token(bob: AkiflowProbe, akiflow: Sandbox) -> None:
    token = bob.api("GET", "/v5/tasks").body["sync_token"]
    assert titles(bob.api("GET", f"/v5/tasks?sync_token={token}")) == []
    akiflow.act(PROVIDER, "seed", account="bob", tasks=2)
    assert titles(bob.api("GET", f"/v5/tasks?sync_token={token}")) == ["seeded 1", "seeded 2"]
    assert len(titles(bob.api("GET", "/v5/tasks"))) == 5


def test_rejected_sync_token(bob: AkiflowProbe, alice: AkiflowProbe) -> None:
    token = bob.api("GET", "/v5/tasks").body["sync_token"]
    for wrong in (
        bob.api("GET", "/v5/tasks?sync_token=unknown"),
        bob.api("GET", f"/v5/labels?sync_token={token}"),
        alice.api("GET", f"/v5/tasks?sync_token={token}"),
    ):
        refused(wrong, 400, "Invalid sync token.")


def test_pages(bob: AkiflowProbe) -> None:
    first = bob.api("GET", "/v5/tasks?limit=2").body
    assert (len(first["data"]), first["has_next_page"]) == (2, True)
    second = bob.api("GET", f"/v5/tasks?limit=2&sync_token={first['sync_token']}").body
    assert (len(second["data"]), second["has_next_page"]) == (1, False)
    for wrong in ("0", "-1", "many"):
        assert bob.api("GET", f"/v5/tasks?limit={wrong}").status == 422


def test_unknown_path(alice: AkiflowProbe) -> None:
    refused(alice.api("GET", "/v4/tasks"), 404, "Path not found")


# Beside the protocol's own


def test_echo_and_leak(alice: AkiflowProbe) -> None:
    body = alice.api("PUT", "/v5/echo?a=1", {"b": 2}).body["data"]
    assert (body["Method"], body["Query"], body["Json"]) == ("PUT", {"a": "1"}, {"b": 2})
    assert alice.access not in str(body)
    assert alice.api("GET", "/v5/leak").body["data"]["access"] == alice.access
    assert alice.api("GET", "/v5/echo", headers={"Authorization": ""}).status == 401


def test_redirects(alice: AkiflowProbe, akiflow: Sandbox) -> None:
    assert alice.api("GET", "/v5/redirect/same").headers["location"] == "/v5/echo"
    location = alice.api("GET", "/v5/redirect/other").headers["location"]
    assert location == f"{akiflow.plain_url(PROVIDER)}/v5/echo"
