# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ricloud against the sandbox: sessions that take their time, and each of which is a login at a third party."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.ricloud import PAUSES, Ricloud
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import ACTIVE, PENDING, Record
from tests.sandbox.harness import Sandbox
from tests.unit.plugins.children import Child
from tests.unit.plugins.provider_scene import (
    STATUSES,
    RicloudScene,
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
EVER = 10**6  # seconds that no test waits
DEAD_KEYS = ("deactivated", "blocked", "expired")


@pytest.fixture(scope="module")
def running_ricloud() -> Iterator[Sandbox]:
    """Return the sandbox process of this module."""
    yield from running("ricloud")


@pytest.fixture
def scene(running_ricloud: Sandbox, tmp_path: Path) -> RicloudScene:
    """Return a scene where nothing has happened yet."""
    made: RicloudScene = fresh(running_ricloud, "ricloud", tmp_path)
    return made


def created(scene: RicloudScene) -> int:
    """How many logins were asked for."""
    return scene.routes().get("session_create", 0)


def never_settles(scene: RicloudScene) -> None:
    scene.settings(settle_seconds=EVER, settle_retrievals=0)


# Opening


def test_a_session_is_active_when_it_is_opened(scene: RicloudScene) -> None:
    record = scene.ensure()
    (seen,) = scene.state()["sessions"]
    assert (record.state, record.uid) == (ACTIVE, seen["id"])
    assert seen["state"] == "active"
    assert record.account == "somebody/icloud.account/alice@sandbox.test"
    assert record.data["details"]["session_id"] == record.uid
    assert record.data["details"]["source_id"] == str(seen["source"]["id"])
    assert record.lifetime == 300.0
    assert scene.state()["misplaced"] == []
    scene.tells_no_secret(record.facts(), dict(record.options))


def test_an_open_session_is_looked_at_by_its_name_alone(scene: RicloudScene) -> None:
    token = scene.ensure().tokens["access_token"]
    scene.pass_time(301)
    record = after(scene.client().ensure("cloud"))
    assert (record.state, record.tokens["access_token"]) == (ACTIVE, token)
    assert scene.client().remote_sessions("cloud")
    other = scene.act("create_session", account="carol")["id"]
    assert scene.client().revoked("cloud", None, ["others"]) == [other]
    assert scene.routes()["session_create"] == 1


def test_creating_asks_the_service_to_wait(scene: RicloudScene) -> None:
    scene.ensure()
    (entry,) = scene.journal("session_create")
    assert entry["headers"]["ricloud-await"] == "10"
    assert scene.naps == []


@pytest.mark.parametrize(
    ("options", "wait"),
    [({"timeout": 5.0}, "4"), ({"settle_timeout": 3.0}, "3"), ({"settle_timeout": 0.0}, "0"), ({}, "10")],
)
def test_the_wait_fits_into_the_timeouts(scene: RicloudScene, options: dict[str, Any], wait: str) -> None:
    scene.settings(settle_seconds=0)
    scene.ensure(**options)
    (entry,) = scene.journal("session_create")
    assert entry["headers"]["ricloud-await"] == wait


def test_a_pending_session_is_looked_at_until_it_is_active(scene: RicloudScene) -> None:
    scene.settings(settle_seconds=EVER, settle_retrievals=4)
    record = scene.ensure()
    assert record.state == ACTIVE
    assert scene.routes()["session_retrieve"] == 4
    assert scene.naps == list(PAUSES[:3])


def test_looking_at_a_pending_session_has_a_limit(scene: RicloudScene) -> None:
    never_settles(scene)
    failure = refused("not_available", lambda: scene.ensure(settle_timeout=30.0))
    assert "still pending" in failure.message
    assert scene.stored().uid in failure.message
    assert 25 <= sum(scene.naps) <= 30
    assert scene.naps[:4] == list(PAUSES)
    assert scene.stored().state == PENDING


def test_a_session_that_was_still_pending_is_continued_by_the_next_run(scene: RicloudScene) -> None:
    never_settles(scene)
    refused("not_available", lambda: scene.ensure(settle_timeout=5.0))
    uid = scene.stored().uid
    refused("not_available", lambda: scene.ensure(settle_timeout=5.0))
    scene.act("settle")
    record = scene.ensure()
    assert (record.uid, record.state) == (uid, ACTIVE)
    assert created(scene) == 1


@pytest.mark.parametrize("code", ["invalid-credentials", "source-locked", "server-error", "x" * 500, "a\nb"])
def test_a_refused_login_is_said_with_its_code_and_sent_once(scene: RicloudScene, code: str) -> None:
    scene.settings(refused_error=code)
    failure = refused("credentials_rejected", lambda: scene.ensure(password="wrong"))
    assert str(failure.api_code).startswith(code[:5].replace("\n", " "))
    refused("credentials_rejected", lambda: scene.ensure(password="wrong"))
    assert created(scene) == 1
    assert scene.state()["wrong_passwords"] == {"alice": 1}
    assert scene.gone()


def test_a_refusal_that_comes_late_is_the_same(scene: RicloudScene) -> None:
    scene.settings(settle_seconds=EVER, settle_retrievals=3)
    refused("credentials_rejected", lambda: scene.ensure(password="wrong"))
    refused("credentials_rejected", lambda: scene.ensure(password="wrong"))
    assert created(scene) == 1
    assert scene.gone()


def test_a_wrong_password_of_many_processes_is_sent_once(scene: RicloudScene, new_child: NewChild) -> None:
    found = all_at_once(new_child, 6, ensure_in_child, scene, scene.definition(password="wrong"))
    assert {kind for kind, _tokens in found} == {"credentials_rejected"}
    assert scene.state()["wrong_passwords"] == {"alice": 1}


def test_sixteen_processes_make_one_session(scene: RicloudScene, new_child: NewChild) -> None:
    found = all_at_once(new_child, 16, ensure_in_child, scene, scene.definition())
    assert {kind for kind, _tokens in found} == {"open"}
    assert len(scene.state()["sessions"]) == 1
    assert scene.state()["logins"] == {"alice": 1}


def test_active_has_a_second_name(scene: RicloudScene) -> None:
    scene.settings(active_word="succeeded")
    record = scene.ensure()
    assert record.state == ACTIVE
    assert record.data["details"]["state"] == "active"


@pytest.mark.parametrize("quoted", [True, False])
def test_ids_may_be_numbers_or_texts(scene: RicloudScene, quoted: bool) -> None:
    scene.settings(quoted_ids=quoted)
    user = str(scene.act("create_session", account="alice")["user"])
    scene.act("expire")
    assert scene.ensure(user=user).state == ACTIVE
    assert "user_create" not in scene.routes()
    assert len(scene.state()["users"]) == 1


# Adopting


def test_an_active_session_of_the_source_is_adopted(scene: RicloudScene) -> None:
    there = scene.act("create_session", account="alice")
    assert scene.ensure().uid == there["id"]
    assert created(scene) == 0


def test_a_pending_session_of_the_source_is_adopted(scene: RicloudScene) -> None:
    there = scene.act("create_session", account="alice", state="pending")
    assert scene.ensure().uid == there["id"]
    assert created(scene) == 0


@pytest.mark.parametrize("other", [{"account": "bob"}, {"account": "alice", "user": "else"}, {"account": "carol"}])
def test_a_session_of_another_source_is_not_adopted(scene: RicloudScene, other: dict[str, str]) -> None:
    there = scene.act("create_session", **other)
    assert scene.ensure().uid != there["id"]
    assert created(scene) == 1


@pytest.mark.parametrize("state", ["failed", "expired"])
def test_a_session_that_is_over_is_not_adopted(scene: RicloudScene, state: str) -> None:
    there = scene.act("create_session", account="alice", state=state)
    assert scene.ensure().uid != there["id"]


def test_an_adopted_session_is_not_ended_when_a_secret_changes(scene: RicloudScene) -> None:
    first = scene.ensure()
    second = scene.ensure(password="another password")
    assert second.uid == first.uid
    assert scene.state()["states"] == {"active": 1}
    assert "session_delete" not in scene.routes()


def test_a_session_whose_creator_was_killed_is_adopted_by_the_next_run(
    scene: RicloudScene, new_child: NewChild
) -> None:
    killed(new_child, scene, "session_create", scene.definition())
    assert scene.ensure().state == ACTIVE
    assert created(scene) == 1
    assert len(scene.state()["sessions"]) == 1


@pytest.mark.parametrize("kind", ["drop_after", "truncate"])
def test_a_session_whose_creation_got_no_answer_is_adopted_by_the_next_run(scene: RicloudScene, kind: str) -> None:
    scene.fault(kind, route="session_create")
    with pytest.raises(Failure):
        scene.ensure()
    assert scene.ensure().state == ACTIVE
    assert scene.state()["logins"] == {"alice": 1}
    assert len(scene.state()["sessions"]) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "html", "status": 502}, "not_available"),
        ({"kind": "status", "status": 500}, "not_available"),
        ({"kind": "status", "status": 503, "headers": {"Retry-After": "1"}}, "not_available"),
        ({"kind": "status", "status": 408}, "unexpected_response"),
        ({"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}, "rate_limited"),
        ({"kind": "drop_before"}, "not_reachable"),
        ({"kind": "status", "status": 400, "error": "limit-exceeded"}, "rate_limited"),
    ],
)
def test_creating_is_never_repeated(scene: RicloudScene, fault: dict[str, Any], kind: str) -> None:
    scene.fault(route="session_create", count=None, **fault)
    refused(kind, scene.ensure)
    assert created(scene) == 1


def test_a_service_that_is_silent_is_asked_once(scene: RicloudScene) -> None:
    scene.fault("hold", route="session_create", seconds=20)
    refused("not_reachable", lambda: scene.ensure(timeout=1.0))
    assert created(scene) == 1
    scene.sandbox.release("ricloud")


# The second factor


def test_a_login_without_its_code_has_exactly_one_sent(scene: RicloudScene) -> None:
    for _run in range(4):
        failure = refused("two_factor_needed", lambda: scene.ensure("bob"))
        assert failure.methods == ("code",)
    assert scene.sent() == 1
    assert created(scene) == 1
    assert scene.stored().state == PENDING


def test_a_code_that_is_wanted_late_has_exactly_one_sent(scene: RicloudScene) -> None:
    scene.settings(settle_seconds=EVER, settle_retrievals=3)
    for _run in range(3):
        refused("two_factor_needed", lambda: scene.ensure("bob"))
    assert scene.sent() == 1
    assert created(scene) == 1


def test_the_code_finishes_the_login(scene: RicloudScene) -> None:
    refused("two_factor_needed", lambda: scene.ensure("bob"))
    record = scene.ensure("bob", code=scene.code())
    assert record.state == ACTIVE
    assert scene.sent() == 1
    assert scene.ensure("bob").uid == record.uid
    assert scene.ensure("bob", code="000000").uid == record.uid
    assert created(scene) == 2
    scene.tells_no_secret(record.facts())


def test_a_code_is_never_sent_twice(scene: RicloudScene) -> None:
    refused("two_factor_needed", lambda: scene.ensure("bob"))
    wrong = f"{(int(scene.code()) + 1) % 1_000_000:06d}"
    for _run in range(3):
        refused("two_factor_needed", lambda: scene.ensure("bob", code=wrong))
    assert created(scene) == 2
    assert scene.sent() == 1


def test_after_a_wrong_code_the_right_one_still_works(scene: RicloudScene) -> None:
    refused("two_factor_needed", lambda: scene.ensure("bob"))
    wrong = f"{(int(scene.code()) + 1) % 1_000_000:06d}"
    failure = refused("two_factor_needed", lambda: scene.ensure("bob", code=wrong))
    assert "refused the code" in failure.message
    assert scene.ensure("bob", code=scene.code()).state == ACTIVE
    assert scene.sent() == 1


def test_a_login_with_a_code_that_takes_its_time_is_continued_without_one(scene: RicloudScene) -> None:
    refused("two_factor_needed", lambda: scene.ensure("bob"))
    never_settles(scene)
    code = scene.code()
    failure = refused("not_available", lambda: scene.ensure("bob", code=code, settle_timeout=5.0))
    assert "still pending" in failure.message
    scene.act("settle")
    assert scene.ensure("bob").state == ACTIVE
    assert created(scene) == 2


def test_a_login_that_was_killed_with_its_code_is_continued_without_one(
    scene: RicloudScene, new_child: NewChild
) -> None:
    refused("two_factor_needed", lambda: scene.ensure("bob"))
    killed(new_child, scene, "session_create", scene.definition("bob", code=scene.code()))
    assert scene.ensure("bob").state == ACTIVE
    assert created(scene) == 2
    assert scene.sent() == 1


def test_a_session_that_another_job_opened_meanwhile_needs_no_code(scene: RicloudScene) -> None:
    refused("two_factor_needed", lambda: scene.ensure("bob"))
    there = scene.act("create_session", account="bob")
    assert scene.ensure("bob").uid == there["id"]
    assert created(scene) == 1


def relay(scene: RicloudScene, code: str | None) -> Record:
    """A source that is paired by a code, and has neither name nor password."""
    bare = {"source_type": "rirelay.instance", "source_identifier": None, "password": None}
    return scene.ensure("alice", code=code, **bare)


def test_a_source_without_a_password_is_opened_by_its_code(scene: RicloudScene) -> None:
    assert relay(scene, scene.codes()["pairing"]["dave"]).state == ACTIVE


def test_after_a_wrong_pairing_code_the_right_one_still_works(scene: RicloudScene) -> None:
    right = scene.codes()["pairing"]["dave"]
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _run in range(2):
        refused("two_factor_needed", lambda: relay(scene, wrong))
    assert created(scene) == 1
    assert relay(scene, right).state == ACTIVE


# The end of a session


@pytest.mark.parametrize(
    ("reason", "advice"),
    [("service", "sign in again"), ("api", "idle"), ("organisation", "closed"), ("admin", "vendor")],
)
def test_a_session_that_has_ended_says_why(scene: RicloudScene, reason: str, advice: str) -> None:
    record = scene.ensure()
    scene.act("expire", reason=reason)
    failure = refused("authentication_needed", lambda: scene.provider().refresh(record))
    assert failure.session_gone
    assert failure.api_code == reason
    assert advice in failure.hint


def test_an_old_session_is_looked_at_before_it_is_used(scene: RicloudScene) -> None:
    first = scene.ensure()
    looked = scene.routes().get("session_retrieve", 0)
    scene.pass_time(250)
    scene.ensure()
    assert scene.routes().get("session_retrieve", 0) == looked
    scene.pass_time(100)
    assert scene.ensure().uid == first.uid
    assert scene.routes()["session_retrieve"] == looked + 1
    assert created(scene) == 1


def test_a_session_that_has_ended_is_opened_again(scene: RicloudScene) -> None:
    first = scene.ensure()
    scene.act("expire", reason="service")
    scene.pass_time(400)
    assert scene.ensure().uid != first.uid
    assert created(scene) == 2
    assert "service" in scene.warnings[-1]


def test_a_session_that_the_service_does_not_know_any_more_is_opened_again(scene: RicloudScene) -> None:
    scene.ensure()
    scene.pass_time(400)
    scene.fault("status", route="session_retrieve", status=404)
    assert scene.ensure().state == ACTIVE


def test_a_session_that_the_service_does_not_know_any_more_can_be_closed(scene: RicloudScene) -> None:
    scene.ensure()
    scene.pass_time(400)
    scene.fault("status", route="session_retrieve", status=404)
    assert scene.client().absent("cloud").changed
    assert scene.gone()


def polled(scene: RicloudScene, record: Record) -> Any:
    body = {"session": record.uid, "payload": {"info_types": ["x"]}}
    return scene.call("/polls", scene.definition(), method="POST", body=body)


def test_a_session_that_ends_during_a_request_is_opened_again_once(scene: RicloudScene) -> None:
    first = scene.ensure()
    scene.fault("status", route="echo", status=400, error="session-expired")
    scene.act("expire", reason="api")
    assert scene.call("/echo", scene.definition()).ok
    assert scene.stored().uid != first.uid
    assert created(scene) == 2
    assert scene.routes()["echo"] == 2


def test_a_session_that_always_seems_expired_ends_in_a_failure(scene: RicloudScene) -> None:
    scene.ensure()
    scene.fault("status", route="echo", status=400, error="session-expired", count=None)
    refused("authentication_needed", lambda: scene.call("/echo", scene.definition()))
    assert created(scene) == 1
    assert scene.routes()["echo"] <= 3


def test_a_poll_of_an_ended_session_has_it_opened_again(scene: RicloudScene) -> None:
    first = scene.ensure()
    scene.act("expire", reason="service")
    refused("authentication_needed", lambda: polled(scene, first))  # the body still names the old one
    assert scene.stored().uid != first.uid
    assert created(scene) == 2


def test_closing_deletes_the_session(scene: RicloudScene) -> None:
    scene.ensure()
    assert scene.client().absent("cloud", scene.definition()).changed
    assert scene.state()["states"] == {"expired": 1}
    assert scene.state()["sessions"][0]["error"] == "organisation"
    assert scene.gone()


def test_a_pending_session_can_be_closed(scene: RicloudScene) -> None:
    never_settles(scene)
    refused("not_available", lambda: scene.ensure(settle_timeout=0.0))
    assert scene.client().absent("cloud", scene.definition()).changed
    assert scene.state()["states"] == {"expired": 1}


# Keys


@pytest.mark.parametrize("key", DEAD_KEYS)
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_dead_is_said(scene: RicloudScene, key: str, status: int) -> None:
    scene.settings(dead_key_status=status)
    kind = {401: "credentials_rejected", 403: "missing_scope"}[status]
    failure = refused(kind, lambda: scene.ensure(token=scene.known(key)["token"]))
    assert "key" in failure.hint
    assert created(scene) == 0


def test_a_refused_key_is_sent_once(scene: RicloudScene) -> None:
    for _run in range(3):
        refused("credentials_rejected", lambda: scene.ensure(token="canary-no-such-key"))
    assert len(scene.journal()) == 1


def test_a_key_that_dies_later_is_refused_and_not_sent_again(scene: RicloudScene) -> None:
    scene.ensure()
    scene.act("key_state", key="main", state="deactivated")
    refused("credentials_rejected", lambda: scene.call("/echo", scene.definition()))
    assert scene.routes()["echo"] == 1
    scene.pass_time(400)
    refused("credentials_rejected", scene.ensure)
    assert created(scene) == 1


def test_a_key_that_may_only_read_is_said(scene: RicloudScene) -> None:
    assert refused("missing_scope", lambda: scene.ensure(token=scene.known("reader")["token"])).http_code == 403


def test_another_key_goes_on_with_the_session_that_is_there(scene: RicloudScene) -> None:
    first = scene.ensure()
    new = scene.act("rotate_key", key="main")["token"]
    second = scene.ensure(token=new)
    assert second.uid == first.uid
    assert created(scene) == 1
    assert scene.call("/echo", scene.definition(token=new)).ok
    assert scene.state()["states"] == {"active": 1}


@pytest.mark.parametrize("path", ["/leak", "/key"])
def test_the_key_is_in_play_for_hiding(scene: RicloudScene, path: str) -> None:
    from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets

    scene.ensure()
    reply = scene.call(path, scene.definition())
    token = scene.known("main")["token"]
    assert token in reply.body.decode()
    assert token not in str(secrets.hide(reply.json()))


# Sessions of the organisation


def listed(scene: RicloudScene, **filters: Any) -> list[dict[str, Any]]:
    return scene.client().remote_sessions("cloud", scene.definition(), filters or None)


def test_all_sessions_are_listed_without_any_key(scene: RicloudScene) -> None:
    scene.settings(odd_resource=True)
    record = scene.ensure()
    for _number in range(3):
        scene.act("create_session", account="bob")
    found = listed(scene)
    assert len(found) == 4
    assert [item["uid"] for item in found if item["current"]] == [record.uid]
    scene.tells_no_secret(found)


def test_what_is_nested_is_not_shown(scene: RicloudScene) -> None:
    token = scene.known("main")["token"]
    record = scene.ensure()
    nested = {"id": 1, "resource": "key", "token": token}
    source = {"id": 7, "type": "x", "user": {"key": nested}, "identifier": [nested], "state": "active", "key": nested}
    session = {
        "id": "se9",
        "state": "active",
        "key": nested,
        "user": [nested],
        "source": source,
        "organisation": {"k": nested},
    }
    scene.answer("session_list", {"data": [session], "has_more": False})
    (shown,) = scene.provider().sessions(record)
    assert (shown["uid"], shown["state"], shown["source"]["id"]) == ("se9", "active", 7)
    scene.tells_no_secret(shown)
    scene.answer("session_retrieve", {**session, "id": record.uid})
    grant = scene.provider().refresh(record)
    scene.tells_no_secret((grant.data or {})["details"])


def test_a_list_goes_over_all_pages(scene: RicloudScene) -> None:
    scene.ensure()
    for _number in range(104):
        scene.act("create_session", account="bob", state="expired")
    assert "session_list" not in scene.routes()
    found = listed(scene)
    assert len({item["uid"] for item in found}) == 105
    assert scene.routes()["session_list"] == 2


def test_a_list_that_begins_again_and_again_is_an_unexpected_response(scene: RicloudScene) -> None:
    record = scene.ensure()
    scene.answer("session_list", {"data": [{"id": "se1", "state": "active"}], "has_more": True}, count=None)
    refused("unexpected_response", lambda: scene.provider().sessions(record))
    assert scene.routes()["session_list"] < 6


def test_every_filter_narrows_the_list(scene: RicloudScene) -> None:
    record = scene.ensure()
    scene.pass_time(60)
    other = scene.act("create_session", account="bob", user="else", key="second", state="expired")
    told = {item["id"]: item for item in scene.state()["sessions"]}
    wanted = {
        "key": other["key"],
        "user": other["user"],
        "source": other["source"]["id"],
        "state": "expired",
        "date_created": told[other["id"]]["date_created"],
        "date_expired": told[other["id"]]["date_expired"],
        "id": other["id"],
    }
    assert set(wanted) == set(Ricloud.filters)
    for name, value in wanted.items():
        assert [item["uid"] for item in listed(scene, **{name: value})] == [other["id"]], name
    assert [item["uid"] for item in listed(scene, state="active")] == [record.uid]
    assert listed(scene, state="active", user=other["user"]) == []


@pytest.mark.parametrize("name", ["date_created[gte]", "limit", "after_id", "account", ""])
def test_another_filter_is_unsupported_and_not_sent(scene: RicloudScene, name: str) -> None:
    scene.ensure()
    before = len(scene.journal())
    failure = refused("unsupported", lambda: listed(scene, **{name: "x"}))
    assert "date_created" in failure.hint
    assert len(scene.journal()) == before


@pytest.mark.parametrize(("name", "value"), [("state", "nonsense"), ("date_created", "yesterday")])
def test_a_filter_without_sense_is_a_definition_failure(scene: RicloudScene, name: str, value: str) -> None:
    scene.ensure()
    assert name in refused("definition", lambda: listed(scene, **{name: value})).hint


def test_another_session_can_be_revoked_and_stays_so(scene: RicloudScene) -> None:
    record = scene.ensure()
    other = scene.act("create_session", account="bob")["id"]

    def revoke() -> list[str]:
        return scene.client().revoked("cloud", scene.definition(), [other, record.uid])

    assert revoke() == [other]
    assert revoke() == []
    assert scene.state()["states"] == {"active": 1, "expired": 1}


def test_all_others_can_be_revoked(scene: RicloudScene) -> None:
    record = scene.ensure()
    others = {scene.act("create_session", account="bob")["id"] for _number in range(2)}
    scene.act("create_session", account="carol", state="failed")
    assert set(scene.client().revoked("cloud", scene.definition(), ["others"])) == others
    assert [item["id"] for item in scene.state()["sessions"] if item["state"] == "active"] == [record.uid]


# What the service says


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, "session-expired", "authentication_needed"),
        (400, "limit-exceeded", "rate_limited"),
        (400, "invalid-parameter", "definition"),
        (400, "unconfigured", "definition"),
        (403, "missing-scope", "missing_scope"),
        (404, "not-found", "definition"),
        (429, "rate-limited", "rate_limited"),
        (500, "server-error", "not_available"),
        (418, "teapot-found", "unexpected_response"),
    ],
)
def test_what_the_service_says_is_understood(scene: RicloudScene, status: int, error: str, kind: str) -> None:
    provider, record = scene.opened()
    scene.answer("session_retrieve", {"error": error, "message": "because"}, status=status, count=3)
    with pytest.raises(Failure) as caught:
        provider.sessions(record, {"id": record.uid})
    assert (caught.value.kind, caught.value.http_code, caught.value.api_code) == (kind, status, error)


def test_an_error_page_of_a_proxy_does_not_hide_the_status(scene: RicloudScene) -> None:
    scene.fault("html", route="user_create", status=500)
    failure = refused("not_available", scene.ensure)
    assert failure.http_code == 500


@pytest.mark.parametrize("when", ["999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_service_that_wants_to_hear_nothing_for_ever_is_said(scene: RicloudScene, when: str) -> None:
    scene.fault("status", route="user_create", status=429, headers={"Retry-After": when})
    assert (refused("rate_limited", scene.ensure).retry_after or 0) > 10**8


@pytest.mark.parametrize("status", ["failed", "expired", "active", "pending"])
@pytest.mark.parametrize("id_", [None, "", True, [], {}, 1.5])
def test_a_session_without_an_id_is_an_unexpected_response(scene: RicloudScene, status: str, id_: Any) -> None:
    scene.answer("session_create", {"id": id_, "state": status, "error": None}, status=201)
    refused("unexpected_response", scene.ensure)
    assert scene.gone()


def test_only_an_expired_session_is_worth_another_try(scene: RicloudScene) -> None:
    provider, record = scene.opened()
    assert provider.stale(Failure("authentication_needed", "x", api_code="session-expired"))
    assert not provider.stale(Failure("credentials_rejected", "x", http_code=401))
    assert not provider.rotates(record)


@pytest.mark.parametrize("missing", ["token", "user"])
def test_what_is_missing_is_named(scene: RicloudScene, missing: str) -> None:
    lacking: dict[str, Any] = {missing: None}
    assert scene.provider(**lacking).missing() == [missing]
    assert missing in refused("authentication_needed", lambda: scene.ensure(**lacking)).message
    assert scene.journal() == []


def test_a_child_is_unsupported_with_what_to_do_instead(scene: RicloudScene) -> None:
    scene.ensure()
    failure = refused("unsupported", lambda: scene.client().forked("child", "cloud", scene.definition(), ForkRequest()))
    assert failure.hint == Ricloud.instead["fork"]
    assert Ricloud.fork_options == frozenset()


# Whatever a reply holds


def late(scene: RicloudScene) -> None:
    scene.ensure()
    scene.client().refreshed("cloud", scene.definition())


def closing(scene: RicloudScene) -> None:
    scene.ensure()
    scene.client().absent("cloud", scene.definition())


def listing(scene: RicloudScene) -> None:
    scene.ensure()
    listed(scene)


def asking(scene: RicloudScene) -> None:
    scene.ensure()
    scene.call("/echo", scene.definition())


SESSION = {
    "id": "se1",
    "state": "active",
    "error": None,
    "key": 1,
    "user": 7,
    "source": {"id": 7, "type": "icloud.account", "identifier": "alice@sandbox.test", "user": 1},
    "date_created": "2026-01-01T00:00:00Z",
}
FAILED = {**SESSION, "state": "failed", "error": "code-required"}
FUZZED: dict[str, tuple[str, Callable[[RicloudScene], Any], Any]] = {
    "create": ("session_create", lambda scene: scene.ensure(), SESSION),
    "create failed": ("session_create", lambda scene: scene.ensure(), FAILED),
    "retrieve": ("session_retrieve", late, SESSION),
    "list": ("session_list", listing, {"data": [SESSION], "has_more": False}),
    "sources": ("source_list", listing, {"data": [SESSION["source"]], "has_more": False}),
    "user": ("user_create", lambda scene: scene.ensure(), {"id": 7, "identifier": "somebody"}),
    "delete": ("session_delete", closing, SESSION),
    "error": ("echo", asking, {"error": "session-expired", "message": "x", "params": {"x": ["y"]}}),
}


@pytest.mark.parametrize("what", FUZZED)
def test_whatever_a_reply_holds_it_is_a_result_or_a_failure(
    running_ricloud: Sandbox, tmp_path: Path, what: str
) -> None:
    numbers = iter(range(1_000_000))
    route, use, whole = FUZZED[what]

    @settings(max_examples=15, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(spoilt(whole), st.one_of(st.just(200), st.sampled_from(STATUSES)))
    def hold(body: Any, status: int) -> None:
        scene = fresh(running_ricloud, "ricloud", tmp_path / str(next(numbers)))
        scene.act("create_session", account="bob")
        holds_against(scene, use, route, body, status)

    hold()
