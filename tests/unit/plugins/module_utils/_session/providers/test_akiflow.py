# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Akiflow against the sandbox: a code by e-mail, refresh tokens that die when they are used."""

from __future__ import annotations

import base64
import json
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.akiflow import Akiflow
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import ACTIVE, PENDING, Record
from tests import mailbox as mailboxes
from tests.mailbox.mailbox import Mailbox
from tests.sandbox.harness import Sandbox, fingerprint
from tests.unit.plugins.children import Child
from tests.unit.plugins.provider_scene import (
    STATUSES,
    AkiflowScene,
    after,
    all_at_once,
    ensure_in_child,
    fresh,
    holds_against,
    killed,
    refused,
    running,
    spoilt,
)

NewChild = Callable[..., Child]
SETTINGS = "/v5/user/settings"
ALONE = ForkRequest(access_only=True)


@pytest.fixture(scope="module")
def running_akiflow() -> Iterator[Sandbox]:
    """Return the sandbox process of this module."""
    yield from running("akiflow")


@pytest.fixture
def scene(running_akiflow: Sandbox, tmp_path: Path) -> AkiflowScene:
    """Return a scene where nothing has happened yet."""
    made: AkiflowScene = fresh(running_akiflow, "akiflow", tmp_path)
    return made


def mails(scene: AkiflowScene, account: str = "alice") -> int:
    return int(scene.state()["mails"][account])


def reused(scene: AkiflowScene) -> list[dict[str, Any]]:
    """Refresh tokens that were used although they were dead."""
    return list(scene.state()["reused"])


# Signing in


def test_a_login_takes_two_phases_and_one_mail(scene: AkiflowScene) -> None:
    failure = refused("two_factor_needed", scene.ensure)
    assert failure.methods == ("email",)
    assert scene.sequence() == ["csrf_cookie", "login"]
    assert scene.stored().state == PENDING
    record = scene.ensure(code=scene.code())
    assert scene.sequence() == ["csrf_cookie", "login", "code", "me"]
    assert record.state == ACTIVE
    assert set(record.tokens) == {"access_token", "refresh_token"}
    assert record.lifetime == pytest.approx(1800, abs=2)
    assert mails(scene) == 1
    assert scene.call(SETTINGS).ok


def test_waiting_for_the_code_sends_no_other_mail(scene: AkiflowScene) -> None:
    for _run in range(4):
        refused("two_factor_needed", scene.ensure)
    assert mails(scene) == 1


def test_the_newest_xsrf_value_goes_with_each_step(scene: AkiflowScene) -> None:
    """It changes with each reply, and the sandbox takes the decoded newest one alone."""
    scene.signed_in()
    steps = [entry["fingerprints"]["xsrf"] for route in ("login", "code", "me") for entry in scene.journal(route)]
    assert len(set(steps)) == 3


def test_of_two_xsrf_cookies_the_newest_counts(scene: AkiflowScene) -> None:
    scene.settings(xsrf_cookie="two")
    assert scene.signed_in().state == ACTIVE


@pytest.mark.parametrize("variant", ["none", "foreign"])
def test_without_a_usable_xsrf_cookie_nothing_is_sent(scene: AkiflowScene, variant: str) -> None:
    scene.settings(xsrf_cookie=variant)
    assert "XSRF" in refused("unexpected_response", scene.ensure).message
    assert scene.sequence() == ["csrf_cookie"]


def test_cookies_are_for_the_web_host_alone(scene: AkiflowScene) -> None:
    scene.signed_in()
    scene.call(SETTINGS)
    (entry,) = scene.journal("user_settings")
    assert {"cookie", "x-xsrf-token"}.isdisjoint(entry["headers"])


def test_no_client_id_goes_with_the_login(scene: AkiflowScene) -> None:
    scene.signed_in()
    assert not [entry for entry in scene.journal() if "akiflow-client-id" in entry["headers"]]


@pytest.mark.parametrize("status", [200, 422, 400, 401])
def test_a_refused_address_is_said(scene: AkiflowScene, status: int) -> None:
    scene.settings(refused_email_status=status)
    failure = refused("credentials_rejected", lambda: scene.ensure("carol"))
    assert "cannot sign in" in failure.message
    assert scene.gone()


def test_a_throttle_of_mails_is_respected(scene: AkiflowScene) -> None:
    scene.settings(max_mails=1)
    scene.begun()
    failure = refused("rate_limited", lambda: scene.provider().open())
    assert failure.retry_after == pytest.approx(60, abs=2)
    assert scene.routes()["login"] == 2


@pytest.mark.parametrize("missing", [{"email": None}, {"email": ""}])
def test_an_address_or_a_refresh_token_is_needed(scene: AkiflowScene, missing: dict[str, Any]) -> None:
    assert scene.provider(**missing).missing() == ["email or refresh_token"]
    refused("authentication_needed", lambda: scene.ensure(**missing))
    assert scene.provider().missing() == []
    assert scene.provider(refresh_token="x", **missing).missing() == []
    assert scene.journal() == []


# The code


@pytest.mark.parametrize("status", [200, 422, 400, 401])
def test_after_a_wrong_code_the_right_one_still_works(scene: AkiflowScene, status: int) -> None:
    scene.settings(wrong_code_status=status)
    scene.begun()
    assert "newest" in refused("credentials_rejected", lambda: scene.ensure(code=scene.wrong_code())).hint
    assert scene.stored().state == PENDING
    assert scene.ensure(code=scene.code()).state == ACTIVE
    assert mails(scene) == 1


def test_a_code_is_never_sent_twice(scene: AkiflowScene) -> None:
    scene.begun()
    wrong = scene.wrong_code()
    refused("credentials_rejected", lambda: scene.ensure(code=wrong))
    for _run in range(3):
        refused("two_factor_needed", lambda: scene.ensure(code=wrong))
    assert scene.routes()["code"] == 1
    assert scene.state()["wrong_codes"]["alice"] == 1


def test_a_login_is_given_up_after_three_wrong_codes(scene: AkiflowScene) -> None:
    scene.begun()
    for number in (1, 2, 3):
        assert not scene.gone()
        wrong = scene.wrong_code(number=number)
        refused("credentials_rejected", lambda wrong=wrong: scene.ensure(code=wrong))  # type: ignore[misc]
    assert scene.gone()
    assert scene.routes()["code"] == 3
    scene.begun()
    assert mails(scene) == 2


def test_a_login_that_waited_too_long_begins_anew(scene: AkiflowScene) -> None:
    scene.begun()
    scene.pass_time(601)
    scene.begun()
    assert mails(scene) == 2
    assert scene.ensure(code=scene.code()).state == ACTIVE


def test_a_login_that_the_service_forgot_begins_anew(scene: AkiflowScene) -> None:
    scene.begun()
    scene.act("drop_sessions", account="alice")
    refused("two_factor_needed", lambda: scene.ensure(code=scene.code()))
    assert mails(scene) == 2  # it was sent by the same run
    assert scene.ensure(code=scene.code()).state == ACTIVE
    assert mails(scene) == 2


def test_a_code_whose_acceptance_was_not_understood_is_not_given_again(scene: AkiflowScene) -> None:
    scene.begun()
    scene.fault("missing_field", route="code", fields=["success"])
    refused("unexpected_response", lambda: scene.ensure(code=scene.code()))
    assert scene.gone()
    scene.begun()
    assert scene.ensure(code=scene.code()).state == ACTIVE


def test_a_wrong_code_of_many_processes_is_sent_once(scene: AkiflowScene, new_child: NewChild) -> None:
    scene.begun()
    wrong = scene.definition(code=scene.wrong_code())
    all_at_once(new_child, 6, ensure_in_child, scene, wrong)
    assert scene.routes()["code"] == 1


def test_many_processes_have_one_mail_sent(scene: AkiflowScene, new_child: NewChild) -> None:
    found = all_at_once(new_child, 8, ensure_in_child, scene, scene.definition())
    assert {kind for kind, _tokens in found} == {"two_factor_needed"}
    assert mails(scene) == 1


def test_a_run_that_was_killed_after_the_code_was_taken_is_continued_without_it(
    scene: AkiflowScene, new_child: NewChild
) -> None:
    scene.begun()
    killed(new_child, scene, "me", scene.definition(code=scene.code()))
    assert scene.ensure().state == ACTIVE
    assert scene.routes()["code"] == 1
    assert mails(scene) == 1
    assert len(scene.state()["pairs"]) == 1


def test_a_lost_answer_to_who_we_are_is_asked_for_again(scene: AkiflowScene) -> None:
    scene.begun()
    scene.fault("drop_after", route="me")
    refused("not_reachable", lambda: scene.ensure(code=scene.code()))
    assert scene.ensure().state == ACTIVE
    assert scene.routes()["code"] == 1


def test_a_login_that_ended_before_its_last_step_begins_anew(scene: AkiflowScene) -> None:
    scene.begun()
    scene.fault("status", route="me", status=500)
    refused("not_available", lambda: scene.ensure(code=scene.code()))
    scene.act("drop_sessions", account="alice")
    scene.begun()
    assert mails(scene) == 2


# Where the code goes


@pytest.mark.parametrize(
    "base",
    [
        "https://evil.example",
        "https://web.akiflow.com",
        "http://web.akiflow.com",
        "https://127.0.0.2",
        "https://127.0.0.1",
        "https://localhost",
        "https://user@127.0.0.1",
        "https://127.0.0.1.evil.example",
        "//evil.example",
        "https://[",
        "javascript:alert(1)//",
        "ftp://127.0.0.1",
    ],
)
def test_the_code_is_not_given_to_another_host(scene: AkiflowScene, base: str) -> None:
    scene.settings(redirect_base=base)
    failure = refused("unexpected_response", scene.ensure)
    assert "elsewhere" in failure.message
    assert scene.gone()
    refused("unexpected_response", lambda: scene.ensure(code="123456"))
    assert "code" not in scene.routes()


@pytest.mark.parametrize("redirect", [None, 7, [], {}, "https://[", "/a b", "/a\\b", "https://127.0.0.1:99999"])
def test_a_redirect_that_is_none_is_refused(scene: AkiflowScene, redirect: Any) -> None:
    scene.answer("login", {"success": True, "redirect": redirect})
    refused("unexpected_response", scene.ensure)
    assert scene.gone()


def test_a_relative_redirect_is_one_of_the_web_host(scene: AkiflowScene) -> None:
    scene.settings(redirect_relative=True)
    assert scene.signed_in().state == ACTIVE


@pytest.mark.parametrize(
    ("redirect", "good"),
    [
        ("https://auth.akiflow.com/x?signature=y", True),
        ("https://web.akiflow.com/x", True),
        ("/x", True),
        ("x", True),
        ("http://auth.akiflow.com/x", False),
        ("http://web.akiflow.com/x", False),
        ("https://akiflow.com.evil.example/x", False),
        ("https://evilakiflow.com/x", False),
        ("https://web.akiflow.com@evil.example/x", False),
        ("https://com/x", False),
    ],
)
def test_hosts_of_one_site_over_https_may_get_the_code(scene: AkiflowScene, redirect: str, good: bool) -> None:
    provider = scene.provider(web_url="https://web.akiflow.com")
    if good:
        assert provider._redirect(redirect).startswith("https://")
    else:
        refused("unexpected_response", lambda: provider._redirect(redirect))


# What stands before the service


def test_a_refusal_by_the_front_end_ends_nothing(scene: AkiflowScene) -> None:
    record = scene.signed_in()
    scene.settings(front_end_refuses=True)
    failure = refused("not_available", lambda: scene.call(SETTINGS, scene.definition()))
    assert "user_agent" in failure.hint
    scene.pass_time(1800)
    for _run in range(2):
        refused("not_available", scene.ensure)
    assert scene.stored().tokens == record.tokens
    assert scene.stored().refresh_sent_at is None
    scene.settings(front_end_refuses=False)
    assert scene.ensure().state == ACTIVE
    assert reused(scene) == []
    assert mails(scene) == 1


def test_a_refusal_by_the_front_end_costs_no_code(scene: AkiflowScene) -> None:
    scene.begun()
    scene.settings(front_end_refuses=True)
    refused("not_available", lambda: scene.ensure(code=scene.code()))
    scene.settings(front_end_refuses=False)
    assert scene.ensure(code=scene.code()).state == ACTIVE
    assert mails(scene) == 1


def test_the_user_agent_can_be_that_of_a_browser(scene: AkiflowScene) -> None:
    scene.settings(blocked_agents=["gatehouse"])
    refused("not_available", scene.ensure)
    options = {"user_agent": "Mozilla/5.0"}
    scene.signed_in(**options)
    assert scene.call(SETTINGS, scene.definition(**options)).ok
    assert {entry["headers"]["user-agent"] for entry in scene.journal()[1:]} == {"Mozilla/5.0"}


@pytest.mark.parametrize("route", ["csrf_cookie", "login", "code", "me", "refresh"])
def test_a_page_in_place_of_json_says_that_the_way_may_have_changed(scene: AkiflowScene, route: str) -> None:
    scene.begun()
    if route in ("refresh", "csrf_cookie", "login"):
        scene.ensure(code=scene.code())
    if route == "login":
        scene.client().absent("cloud")
    if route in ("refresh", "csrf_cookie"):
        scene.pass_time(1800)
    scene.fault("login_page", route=route)
    failure = refused("unexpected_response", lambda: scene.ensure(code=scene.code()))
    assert "XSRF" in failure.message if route == "csrf_cookie" else "changed" in failure.hint
    assert reused(scene) == []


# Tokens


def test_a_refresh_token_is_enough(scene: AkiflowScene) -> None:
    record = after(scene.client().ensure("cloud", scene.seeded()))
    assert scene.sequence() == ["csrf_cookie", "refresh"]
    assert record.state == ACTIVE
    assert mails(scene) == 0
    assert scene.call(SETTINGS).ok


def test_a_seed_is_used_once_and_then_never_again(scene: AkiflowScene) -> None:
    definition = scene.seeded()
    client = scene.client()
    client.ensure("cloud", definition)
    for _time in range(3):
        scene.pass_time(1800)
        client.ensure("cloud", definition)
    assert scene.routes()["refresh"] == 4
    client.absent("cloud", definition)
    failure = refused("authentication_needed", lambda: client.ensure("cloud", definition))
    assert "used already" in failure.message
    assert reused(scene) == []
    assert scene.routes()["refresh"] == 4


def test_a_spent_seed_gives_way_to_the_mail(scene: AkiflowScene) -> None:
    definition = scene.seeded(email=scene.known()["email"])
    client = scene.client()
    client.ensure("cloud", definition)
    client.absent("cloud", definition)
    refused("two_factor_needed", lambda: client.ensure("cloud", definition))
    assert mails(scene) == 1
    assert reused(scene) == []


@pytest.mark.parametrize("status", [400, 401])
def test_a_seed_that_is_refused_is_sent_once(scene: AkiflowScene, status: int) -> None:
    scene.settings(dead_refresh_status=status)
    definition = scene.definition(email=None, refresh_token="def50200" + "a" * 100)
    for _run in range(3):
        refused("credentials_rejected", lambda: scene.client().ensure("cloud", definition))
    assert scene.routes()["refresh"] == 1


def test_a_new_seed_takes_the_place_of_a_spent_one(scene: AkiflowScene) -> None:
    scene.client().ensure("cloud", scene.seeded())
    scene.client().ensure("cloud", scene.seeded())
    assert scene.call(SETTINGS).ok
    assert reused(scene) == []


def test_many_processes_refresh_once(scene: AkiflowScene, new_child: NewChild) -> None:
    scene.signed_in()
    scene.pass_time(1800)
    found = all_at_once(new_child, 16, ensure_in_child, scene, scene.definition())
    assert scene.routes()["refresh"] == 1
    assert len({tokens["refresh_token"] for _kind, tokens in found}) == 1
    assert reused(scene) == []
    assert [pair["generation"] for pair in scene.state()["pairs"]] == [1]


def test_an_access_token_that_died_early_is_refreshed_once(scene: AkiflowScene) -> None:
    scene.signed_in()
    scene.act("expire_access", account="alice")
    assert scene.call(SETTINGS, scene.definition()).ok
    assert scene.routes()["refresh"] == 1
    assert scene.routes()["user_settings"] == 2


def test_a_call_that_is_always_refused_costs_one_refresh(scene: AkiflowScene) -> None:
    scene.signed_in()
    scene.fault("status", route="user_settings", status=401, count=None)
    refused("authentication_needed", lambda: scene.call(SETTINGS, scene.definition()))
    assert scene.routes()["refresh"] == 1
    assert scene.routes()["user_settings"] == 2


def test_a_run_that_was_killed_during_a_refresh_is_explained_and_opened_again(
    scene: AkiflowScene, new_child: NewChild
) -> None:
    scene.signed_in()
    scene.pass_time(1800)
    killed(new_child, scene, "refresh", scene.definition())
    assert scene.stored().refresh_sent_at is not None
    refused("two_factor_needed", scene.ensure)
    assert "never arrived" in scene.warnings[-1]
    assert mails(scene) == 2
    assert scene.ensure(code=scene.code()).state == ACTIVE
    assert len(reused(scene)) == 1  # the one try that finds out


def test_a_lost_answer_to_a_refresh_is_explained_where_nothing_can_be_opened(scene: AkiflowScene) -> None:
    definition = scene.seeded()
    scene.client().ensure("cloud", definition)
    scene.pass_time(1800)
    scene.fault("drop_after", route="refresh")
    refused("not_reachable", lambda: scene.client().ensure("cloud", definition))
    for _run in range(3):
        refused("authentication_needed", lambda: scene.client().ensure("cloud", definition))
    assert "never arrived" in scene.warnings[0]
    assert len(reused(scene)) == 1
    assert scene.routes()["refresh"] == 3


@pytest.mark.parametrize("fault", ["status", "html", "empty", "truncate"])
def test_what_may_have_rotated_is_not_repeated(scene: AkiflowScene, fault: str) -> None:
    scene.signed_in()
    scene.pass_time(1800)
    options = {} if fault == "truncate" else {"status": 500, "when": "after"}
    scene.fault(fault, route="refresh", **options)
    with pytest.raises(Failure) as caught:
        scene.ensure()
    assert caught.value.kind in ("not_available", "unexpected_response", "not_reachable")
    assert scene.routes()["refresh"] == 1
    assert scene.stored().refresh_sent_at is not None


def test_what_was_told_to_come_back_later_is_repeated(scene: AkiflowScene) -> None:
    scene.signed_in()
    scene.pass_time(1800)
    scene.fault("status", route="refresh", status=429, headers={"Retry-After": "2"})
    assert scene.ensure().state == ACTIVE
    assert scene.routes()["refresh"] == 2
    assert reused(scene) == []


@pytest.mark.parametrize("status", [500, 503])
def test_a_step_before_the_refresh_is_not_blamed_for_a_loss(scene: AkiflowScene, status: int) -> None:
    scene.signed_in()
    scene.pass_time(1800)
    tries = {500: 1, 503: 3}[status]
    scene.fault("status", route="csrf_cookie", status=status, headers={"Retry-After": "1"}, count=tries)
    refused("not_available", scene.ensure)
    assert scene.stored().refresh_sent_at is None
    scene.act("revoke", account="alice")
    refused("two_factor_needed", scene.ensure)
    assert "never arrived" not in scene.warnings[-1]


def test_a_refresh_needs_no_csrf_value_of_the_login(scene: AkiflowScene) -> None:
    scene.signed_in()
    scene.act("drop_sessions", account="alice")
    scene.pass_time(1800)
    assert scene.ensure().state == ACTIVE


@pytest.mark.parametrize("status", [400, 401])
def test_a_revoked_session_is_opened_again(scene: AkiflowScene, status: int) -> None:
    scene.settings(dead_refresh_status=status)
    scene.signed_in()
    scene.act("revoke", account="alice")
    scene.pass_time(1800)
    refused("two_factor_needed", scene.ensure)
    assert mails(scene) == 2
    assert scene.ensure(code=scene.code()).state == ACTIVE


@pytest.mark.parametrize(
    ("switches", "lifetime"),
    [
        ({}, 1800),
        ({"jwt_ttl": 600}, 600),
        ({"told_ttl": 600}, 600),
        ({"jwt_ttl": 3600}, 1800),
        ({"send_expires_in": False}, 1800),
        ({"send_expires_in": False, "opaque_access": True}, None),
        ({"opaque_access": True}, 1800),
    ],
)
def test_the_earlier_of_two_expiries_counts(scene: AkiflowScene, switches: dict[str, Any], lifetime: Any) -> None:
    scene.settings(**switches)
    record = after(scene.client().ensure("cloud", scene.seeded()))
    assert record.lifetime == (None if lifetime is None else pytest.approx(lifetime, abs=3))


@pytest.mark.parametrize("exp", [float("nan"), float("inf"), 10**400, -1, 0, True, "soon", None, [], {}, 1e300])
def test_an_expiry_without_sense_is_none(scene: AkiflowScene, exp: Any) -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": exp}).encode()).decode().rstrip("=")
    body = {"access_token": f"x.{claims}.y", "refresh_token": "def", "expires_in": 1800}
    scene.answer("refresh", body)
    record = after(scene.client().ensure("cloud", scene.seeded()))
    assert record.lifetime == pytest.approx(1800, abs=3)
    assert record.facts()["expires_at"]


# The client id


def test_the_client_id_is_the_same_for_ever(scene: AkiflowScene) -> None:
    first = scene.signed_in()
    client_id = first.data["client_id"]
    assert str(uuid.UUID(client_id)) == client_id
    scene.call(SETTINGS)
    scene.pass_time(1800)
    assert scene.ensure().data["client_id"] == client_id
    scene.client().absent("cloud")
    assert scene.signed_in().data["client_id"] == client_id
    sent = {
        entry["headers"].get("akiflow-client-id")
        for route in ("user_settings", "refresh")
        for entry in scene.journal(route)
    }
    assert sent == {client_id}


def test_a_given_client_id_is_used(scene: AkiflowScene) -> None:
    mine = str(uuid.uuid4())
    record = scene.signed_in(client_id=mine)
    assert record.data["details"]["client_id"] == mine
    assert scene.provider().headers(record)["Akiflow-Client-Id"] == mine


# Children


def test_a_child_has_the_access_token_alone(scene: AkiflowScene) -> None:
    parent = scene.signed_in()
    child = after(scene.client().forked("child", "cloud", scene.definition(), ALONE))
    assert dict(child.tokens) == {"access_token": parent.tokens["access_token"]}
    assert child.expires_at == pytest.approx(parent.expires_at, abs=2)
    assert child.data["details"] == {"client_id": parent.data["client_id"], "access_only": True}
    assert child.parent == "cloud"
    scene.tells_no_secret(child.facts(), dict(child.options))


def test_a_child_is_never_refreshed_and_never_signs_in(scene: AkiflowScene) -> None:
    scene.signed_in()
    scene.client().forked("child", "cloud", scene.definition(), ALONE)
    scene.pass_time(1800)
    failure = refused("authentication_needed", lambda: scene.client().ensure("child"))
    assert "session_fork" in failure.hint
    assert "refresh" not in scene.routes()
    assert mails(scene) == 1


def test_a_child_whose_token_is_over_is_forked_again(scene: AkiflowScene) -> None:
    scene.signed_in()
    first = after(scene.client().forked("child", "cloud", scene.definition(), ALONE))
    scene.pass_time(1800)
    second = after(scene.client().forked("child", "cloud", scene.definition(), ALONE))
    assert second.tokens != first.tokens
    assert scene.routes()["refresh"] == 1
    assert reused(scene) == []


@pytest.mark.parametrize(
    "request_",
    [
        ForkRequest(),
        ForkRequest(independent=True),
        ForkRequest(payload="x"),
        ForkRequest(lifetime=5.0, access_only=True),
    ],
)
def test_any_other_child_is_unsupported(scene: AkiflowScene, request_: ForkRequest) -> None:
    scene.signed_in()
    failure = refused("unsupported", lambda: scene.client().forked("child", "cloud", scene.definition(), request_))
    assert "access_only" in failure.hint
    assert Akiflow.fork_options == {"access_only"}


def test_a_selector_is_imported_elsewhere(scene: AkiflowScene) -> None:
    parent = scene.signed_in()
    selector = scene.client().selector("cloud", scene.definition(), ALONE)
    bare = scene.definition(name="imported", email=None)
    record = after(scene.client().imported("imported", bare, selector))
    assert dict(record.tokens) == {"access_token": parent.tokens["access_token"]}
    scene.pass_time(1800)
    refused("authentication_needed", lambda: scene.client().imported("late", scene.definition(name="late"), selector))


SELECTORS: list[Any] = [
    [],
    7,
    {},
    {"access_token": 1, "expires_at": None, "client_id": "x"},
    {"access_token": "a b", "expires_at": None, "client_id": "x"},
    {"access_token": "a", "expires_at": "inf", "client_id": "x"},
    {"access_token": "a", "expires_at": "nan", "client_id": "x"},
    {"access_token": "a", "expires_at": 10**400, "client_id": "x"},
    {"access_token": "a", "expires_at": [], "client_id": "x"},
    {"access_token": "a", "expires_at": None, "client_id": None},
]


@pytest.mark.parametrize("number", range(len(SELECTORS)))
def test_what_is_no_selector_is_a_definition_failure(scene: AkiflowScene, number: int) -> None:
    selector = base64.urlsafe_b64encode(json.dumps(SELECTORS[number]).encode()).decode()
    refused("definition", lambda: scene.client().imported("cloud", scene.definition(), selector))
    assert scene.gone()


@pytest.mark.parametrize("selector", ["x", "!", "\u00fc", "bm9wZQ==", "A" * 5])
def test_what_is_no_base64_is_a_definition_failure(scene: AkiflowScene, selector: str) -> None:
    refused("definition", lambda: scene.client().imported("cloud", scene.definition(), selector))


# Closing, and what is told


def test_closing_says_that_the_refresh_token_stays_valid(scene: AkiflowScene) -> None:
    scene.signed_in()
    said: list[str] = []
    asked = len(scene.journal())
    assert scene.client(say=said.append).absent("cloud").changed
    assert "stays valid" in said[-1]
    assert len(scene.journal()) == asked
    assert scene.gone()
    assert len(scene.state()["pairs"]) == 1


def test_a_login_that_waits_can_be_closed(scene: AkiflowScene) -> None:
    scene.begun()
    assert scene.client().absent("cloud").changed
    assert scene.gone()


def test_what_is_told_of_a_session_holds_no_secret(scene: AkiflowScene) -> None:
    failure = refused("two_factor_needed", scene.ensure)
    waiting = scene.stored()
    record = scene.ensure(code=scene.code())
    scene.tells_no_secret(failure.as_dict(), waiting.facts(), record.facts(), dict(record.options))
    assert "login" not in str(record.data["details"])
    assert not record.data["login"]


@pytest.mark.parametrize("operation", ["lock", "sessions"])
def test_what_akiflow_lacks_is_said_with_what_to_do_instead(scene: AkiflowScene, operation: str) -> None:
    assert scene.provider().unsupported(operation).hint == Akiflow.instead[operation]


def test_only_401_says_that_a_token_is_stale(scene: AkiflowScene) -> None:
    provider, record = scene.unknown()
    assert provider.stale(Failure("authentication_needed", "x", http_code=401))
    assert not provider.stale(Failure("missing_scope", "x", http_code=403))
    assert provider.rotates(record)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, "missing_scope"),
        (404, "definition"),
        (419, "unexpected_response"),
        (429, "rate_limited"),
        (500, "not_available"),
    ],
)
def test_what_the_service_says_is_understood(scene: AkiflowScene, status: int, kind: str) -> None:
    scene.signed_in()
    scene.answer("user_settings", {"message": "because\nof it"}, status=status, count=3)
    failure = refused(kind, lambda: scene.call(SETTINGS))
    assert (failure.http_code, "because of it" in failure.message) == (status, True)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "HTTP://web.example"])
def test_a_web_host_over_plain_http_is_refused_unless_asked_for(scene: AkiflowScene, url: str) -> None:
    assert "plain http" in refused("definition", lambda: scene.ensure(web_url=url)).message


# Codes that fetch themselves


def command(tmp_path: Path, script: str) -> list[str]:
    path = tmp_path / "code.py"
    path.write_text(script, encoding="utf-8")
    return [sys.executable, str(path)]


def test_a_command_gives_the_code(scene: AkiflowScene, tmp_path: Path) -> None:
    """It is told for whom, and when the code was asked for."""
    asking = (
        "import json, os, ssl, sys, urllib.request\n"
        "assert float(os.environ['GATEHOUSE_REQUESTED_AT']) > 0\n"
        f"context = ssl.create_default_context(cafile={scene.sandbox.ca_file!r})\n"
        "handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]\n"
        f"url = {scene.sandbox.url('akiflow') + '/_sandbox/codes'!r}\n"
        "codes = json.load(urllib.request.build_opener(*handlers).open(url))\n"
        "print(codes['current'][os.environ['GATEHOUSE_ACCOUNT'].split('@')[0]])\n"
    )
    record = scene.ensure(code_command=command(tmp_path, asking))
    assert record.state == ACTIVE
    assert mails(scene) == 1


def test_a_command_that_gives_no_code_leaves_the_login_waiting(scene: AkiflowScene, tmp_path: Path) -> None:
    failing = command(tmp_path, "import sys; sys.exit(3)")
    for _run in range(2):
        refused("two_factor_needed", lambda: scene.ensure(code_command=failing))
    assert mails(scene) == 1
    assert scene.ensure(code=scene.code()).state == ACTIVE


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Return a running mailbox of alice."""
    with mailboxes.start("local") as running_mailbox:
        yield running_mailbox


def boxed(scene: AkiflowScene, mailbox: Mailbox, **options: Any) -> Definition:
    scene.settings(maildir=str(mailbox.maildir()))
    return scene.definition(
        mailbox_host=mailbox.host,
        mailbox_port=mailbox.port,
        mailbox_username=mailbox.username,
        mailbox_password=mailbox.password,
        mailbox_ca_path=mailbox.ca_file,
        **options,
    )


def test_a_mailbox_gives_the_code(scene: AkiflowScene, mailbox: Mailbox) -> None:
    definition = boxed(scene, mailbox)
    scene.act("send_mail", account="alice")  # an older one, whose code opens nothing
    record = after(scene.client().ensure("cloud", definition))
    assert record.state == ACTIVE
    assert mails(scene) == 1
    assert [message.seen for message in mailbox.messages()] == [False, True]
    assert mailbox.password not in str(record)


def test_a_mail_that_comes_late_is_found_by_the_next_run(scene: AkiflowScene, mailbox: Mailbox) -> None:
    definition = boxed(scene, mailbox, code_timeout=0.0)
    scene.settings(hold_mails=True)
    assert refused("two_factor_needed", lambda: scene.client().ensure("cloud", definition)).methods == ("email",)
    assert scene.act("deliver", account="alice") == {"delivered": 1}
    assert after(scene.client().ensure("cloud", definition)).state == ACTIVE
    assert mails(scene) == 1


def test_a_mailbox_that_cannot_be_used_is_found_out_before_a_mail_is_sent(
    scene: AkiflowScene, mailbox: Mailbox
) -> None:
    boxed(scene, mailbox)
    options: dict[str, Any] = {"mailbox_host": mailbox.host, "mailbox_port": mailbox.port}
    options |= {"mailbox_username": mailbox.username, "mailbox_ca_path": mailbox.ca_file}
    failure = refused("credentials_rejected", lambda: scene.ensure(mailbox_password="wrong password", **options))
    assert failure.rejected == ("mailbox_password",)
    refused(
        "crypto", lambda: scene.ensure(**{**options, "mailbox_password": mailbox.password, "mailbox_ca_path": None})
    )
    refused("not_reachable", lambda: scene.ensure(**{**options, "mailbox_password": "x", "mailbox_port": 1}))
    assert mails(scene) == 0
    assert scene.gone()


# Whatever a reply holds


def waiting(scene: AkiflowScene) -> None:
    """With a login that waits for its code."""
    scene.ensure(code="123456")


def late(scene: AkiflowScene) -> None:
    scene.client().refreshed("cloud", None)


PAIR = {"access_token": "a.b.c", "refresh_token": "def", "expires_in": 1800}
JWT = {**PAIR, "access_token": "x." + base64.urlsafe_b64encode(b'{"exp": 1e400}').decode() + ".y"}
FUZZED: dict[str, tuple[str, str, Callable[[AkiflowScene], Any], Any]] = {
    "login": ("", "login", lambda scene: scene.ensure(), {"success": True, "redirect": "/auth/x/verify"}),
    "cookie": ("", "csrf_cookie", lambda scene: scene.ensure(), {"x": 1}),
    "code": ("waiting", "code", waiting, {"success": False, "message": "no"}),
    "me": ("waiting", "me", lambda scene: scene.ensure(code=scene.code()), {"success": True, "data": PAIR}),
    "refresh": ("open", "refresh", late, PAIR),
    "refresh with a claim": ("open", "refresh", late, JWT),
    "settings": ("open", "user_settings", lambda scene: scene.call(SETTINGS), {"success": True, "data": {}}),
}


@pytest.mark.parametrize("what", FUZZED)
def test_whatever_a_reply_holds_it_is_a_result_or_a_failure(
    running_akiflow: Sandbox, tmp_path: Path, what: str
) -> None:
    numbers = iter(range(1_000_000))
    state, route, use, whole = FUZZED[what]

    @settings(max_examples=15, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(spoilt(whole), st.one_of(st.just(200), st.sampled_from(STATUSES)))
    def hold(body: Any, status: int) -> None:
        scene = fresh(running_akiflow, "akiflow", tmp_path / str(next(numbers)))
        if state == "waiting":
            scene.begun()
        elif state == "open":
            scene.client().ensure("cloud", scene.seeded())
        holds_against(scene, use, route, body, status)

    hold()


def test_the_tokens_that_are_used_are_those_that_were_saved(scene: AkiflowScene) -> None:
    record: Record = scene.signed_in()
    scene.pass_time(1800)
    scene.call(SETTINGS, scene.definition())
    assert scene.stored().tokens != record.tokens
    used = scene.journal("user_settings")[-1]["fingerprints"]["access"]
    assert used == fingerprint(scene.stored().tokens["access_token"])
