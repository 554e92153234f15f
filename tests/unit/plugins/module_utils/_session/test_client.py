# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's promises against the sandbox, with several processes where the promise is about them."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import warm
from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import Outcome
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.scene import Scene

NewChild = Callable[..., Child]
CHANGING = {"auth_info", "auth", "auth_2fa", "refresh", "logout", "lock", "unlock", "unlock_password", "fork"}
CHANGING |= {"fork_user_code", "fork_import", "session_revoke", "sessions_revoke_others", "users_code"}


def after(outcome: Outcome) -> Record:
    assert outcome.after is not None
    return outcome.after


def refused(kind: str, use: Callable[[], Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        use()
    assert caught.value.kind == kind, caught.value
    return caught.value


def stored(scene: Scene, name: str = "cloud") -> Record:
    record = scene.store().read(name)
    assert record is not None
    return record


# One flight (promise 1)


def ensure_in_child(pipe: Pipe, scene: Scene, definition: Definition | None) -> tuple[bool, str, int]:
    pipe.say("ready")
    pipe.hear()
    outcome = scene.client().ensure("cloud", definition)
    record = after(outcome)
    return outcome.changed, record.tokens["access_token"], record.revision


def all_at_once(new_child: NewChild, number: int, work: Callable[..., Any], *args: Any) -> list[Any]:
    children = [new_child(work, *args) for _child in range(number)]
    for child in children:
        assert child.hear() == "ready"
    for child in children:
        child.say()
    return [child.hear() for child in children]


def test_sixteen_processes_make_one_login(scene: Scene, new_child: NewChild) -> None:
    found = all_at_once(new_child, 16, ensure_in_child, scene, scene.definition())
    assert scene.routes() == {"auth_info": 1, "auth": 1}
    assert [changed for changed, _token, _revision in found].count(True) == 1
    assert len({(token, revision) for _changed, token, revision in found}) == 1


def test_processes_that_come_while_a_login_is_on_its_way_wait_for_it(scene: Scene, new_child: NewChild) -> None:
    scene.fault("hold", route="auth")
    children = [new_child(ensure_in_child, scene, scene.definition()) for _number in range(4)]
    for child in children:
        child.hear()
        child.say()
    while not scene.sandbox.held("proton"):
        assert all(child.silent() for child in children)
    assert scene.sandbox.release("proton") == 1
    assert len({token for _changed, token, _revision in (child.hear() for child in children)}) == 1
    assert scene.routes() == {"auth_info": 1, "auth": 1}


def test_an_expired_token_is_refreshed_once(scene: Scene, new_child: NewChild) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.pass_time(86_400)
    found = all_at_once(new_child, 8, ensure_in_child, scene, None)
    assert scene.routes() == {"auth_info": 1, "auth": 1, "refresh": 1}
    assert [changed for changed, _token, _revision in found].count(True) == 1
    assert len({token for _changed, token, _revision in found}) == 1


def call_in_child(pipe: Pipe, scene: Scene) -> list[str]:
    pipe.say("ready")
    pipe.hear()
    listed, _record = scene.client().use("cloud", None, lambda provider, found: provider.sessions(found))
    return [item["uid"] for item in listed]


def test_a_token_that_died_early_is_refreshed_once(scene: Scene, new_child: NewChild) -> None:
    """The service says 401 although the record is fresh: to all of them at once."""
    scene.client().ensure("cloud", scene.definition())
    scene.sandbox.clock("proton", 86_401)
    found = all_at_once(new_child, 6, call_in_child, scene)
    assert scene.routes()["refresh"] == 1
    assert all(listed == found[0] for listed in found)


def failing_in_child(pipe: Pipe, scene: Scene, definition: Definition) -> str:
    pipe.say("ready")
    pipe.hear()
    try:
        scene.client().ensure("cloud", definition)
    except Failure as failure:
        return failure.kind
    return "opened"


def test_a_wrong_password_of_many_processes_is_sent_once(scene: Scene, new_child: NewChild) -> None:
    found = all_at_once(new_child, 8, failing_in_child, scene, scene.definition(password="wrong"))
    assert set(found) == {"credentials_rejected"}
    assert scene.routes() == {"auth_info": 1, "auth": 1}


def forcing_in_child(pipe: Pipe, scene: Scene, definition: Definition) -> str:
    """Says that it waits only when it waits for somebody: so the test knows that the flight was joined."""
    client = Client(scene.store(), force=True, say=lambda line: pipe.say("waits"))
    pipe.say("ready")
    try:
        client.ensure("cloud", definition)
    except Failure as failure:
        return failure.kind
    return "opened"


def test_who_forces_it_does_not_take_the_refusal_of_one_who_does_not(scene: Scene, new_child: NewChild) -> None:
    scene.fault("hold", route="auth")
    wrong = scene.definition(password="wrong")
    careful = new_child(failing_in_child, scene, wrong)
    assert careful.hear() == "ready"
    careful.say()
    while not scene.sandbox.held("proton"):
        assert careful.silent()
    forcing = new_child(forcing_in_child, scene, wrong)
    assert forcing.hear() == "ready"
    assert forcing.hear() == "waits"
    scene.sandbox.release("proton")
    assert careful.hear() == "credentials_rejected"
    assert forcing.hear() == "credentials_rejected"
    assert scene.routes()["auth"] == 2


def test_a_wrong_one_time_code_of_many_processes_is_sent_once(scene: Scene, new_child: NewChild) -> None:
    all_at_once(new_child, 4, failing_in_child, scene, scene.definition("bob", two_factor_code="000000"))
    assert scene.routes()["auth_2fa"] == 1


# Ensuring


def test_where_nothing_defines_a_session_what_was_searched_is_remembered(scene: Scene) -> None:
    """So that a session that a task opened by itself is read warm beside a sessions file that lists others."""
    scene.client().ensure("cloud", scene.definition())
    searched = ["sessions.yml", 1, 2, 3]
    known = after(scene.client().ensure("cloud", searched=searched))
    assert warm.fingerprint(scene.store().key.secret, searched) in known.seen
    assert after(scene.client().ensure("cloud", searched=searched)).seen == known.seen


def test_a_session_is_opened_once_and_then_read(scene: Scene) -> None:
    first = scene.client().ensure("cloud", scene.definition())
    second = scene.client().ensure("cloud", scene.definition())
    third = scene.client().ensure("cloud")
    assert (first.changed, first.before) == (True, None)
    assert (second.changed, third.changed) == (False, False)
    assert second.before == second.after == third.after == first.after == stored(scene)
    assert scene.routes() == {"auth_info": 1, "auth": 1}


def test_a_name_that_nobody_defined_is_a_definition_failure_and_leaves_nothing(scene: Scene) -> None:
    for use in (
        lambda client: client.ensure("cloud"),
        lambda client: client.refreshed("cloud"),
        lambda client: client.locked("cloud"),
        lambda client: client.use("cloud", None, lambda provider, record: None),
        lambda client: client.selector("cloud", None, ForkRequest()),
    ):
        assert "'cloud'" in refused("definition", lambda use=use: use(scene.client())).message  # type: ignore[misc]
    assert scene.journal() == []
    assert scene.client().names() == []


def test_min_ttl_refreshes_what_would_die_too_soon(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.pass_time(1000)
    assert not scene.client().ensure("cloud", min_ttl=85_000).changed
    assert scene.client().ensure("cloud", min_ttl=86_000).changed
    assert scene.routes()["refresh"] == 1


def test_min_ttl_beyond_what_the_service_gives_is_a_definition_failure(scene: Scene) -> None:
    for _time in range(3):
        refused("definition", lambda: scene.client().ensure("cloud", scene.definition(), min_ttl=90_000))
    assert scene.routes() == {"auth_info": 1, "auth": 1}


def test_refreshed_gives_newer_tokens(scene: Scene) -> None:
    before = after(scene.client().refreshed("cloud", scene.definition()))
    outcome = scene.client().refreshed("cloud")
    assert outcome.changed
    assert after(outcome).tokens != before.tokens
    assert after(outcome).revision > before.revision
    assert scene.routes() == {"auth_info": 1, "auth": 1, "refresh": 1}


# No token is lost (promise 2)


def test_a_token_is_on_disk_before_it_is_used(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    seen: list[bool] = []

    def look(provider: Any, record: Record) -> None:
        seen.append(stored(scene).tokens == record.tokens)

    scene.client().use("cloud", None, look)
    scene.pass_time(86_400)
    scene.client().use("cloud", None, look)
    assert seen == [True, True]


def test_a_lost_answer_to_a_refresh_is_mended_with_the_definition(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.pass_time(86_400)
    scene.fault("drop_after", route="refresh")
    refused("not_reachable", lambda: scene.client().ensure("cloud", scene.definition()))
    assert stored(scene).refresh_sent_at is not None
    assert scene.client().ensure("cloud", scene.definition()).changed
    assert "got no answer" in scene.warnings[-1]
    assert stored(scene).refresh_sent_at is None


def test_a_lost_answer_to_a_refresh_is_explained_without_the_definition(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.pass_time(86_400)
    scene.fault("drop_after", route="refresh")
    refused("not_reachable", lambda: scene.client().ensure("cloud"))
    failure = refused("authentication_needed", lambda: scene.client().ensure("cloud"))
    assert "never arrived" in failure.message
    assert failure.hint


def test_an_answer_that_was_never_asked_for_is_not_explained(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.pass_time(86_400)
    scene.fault("status", route="refresh", status=500, count=1)
    scene.sandbox.fault("proton", "status", route="refresh", status=409, count=0)
    with pytest.raises(Failure):
        scene.client().ensure("cloud")
    assert stored(scene).tokens


def kill_in_child(pipe: Pipe, scene: Scene, definition: Definition) -> None:
    scene.client().refreshed("cloud", definition)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_killed_during_a_refresh_leaves_a_whole_record(scene: Scene, new_child: NewChild, when: str) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.fault("hold", route="refresh", when=when)
    child = new_child(kill_in_child, scene, scene.definition())
    while not scene.sandbox.held("proton"):
        pass
    child.kill()
    scene.sandbox.release("proton")
    assert stored(scene).tokens
    assert stored(scene).refresh_sent_at is not None
    assert after(scene.client().refreshed("cloud", scene.definition())).fresh(scene.now())


def test_a_login_that_cannot_be_saved_is_signed_out_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.client().store.key.digest("make", "the key file")

    writes = itertools.count(1)
    sync = os.fsync

    def full(descriptor: int) -> None:
        if next(writes) > 2:  # the note that proves the store writable, and its directory, still have room
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        failure = refused("store", lambda: scene.client().ensure("cloud", scene.definition()))
    assert "No space left" in failure.message
    assert scene.sequence() == ["auth_info", "auth", "logout"]
    assert scene.live() == 0


def test_what_could_not_be_saved_is_said_also_when_signing_out_fails(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.client().store.key.digest("make", "the key file")
    scene.fault("status", route="logout", status=500, count=None)

    writes = itertools.count(1)
    sync = os.fsync

    def full(descriptor: int) -> None:
        if next(writes) > 2:  # the note that proves the store writable, and its directory, still have room
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        refused("store", lambda: scene.client().ensure("cloud", scene.definition()))


def test_a_refresh_that_cannot_be_announced_is_not_sent(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.pass_time(86_400)
    before = stored(scene)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        refused("store", lambda: scene.client().ensure("cloud", scene.definition()))
    assert "refresh" not in scene.routes()
    assert stored(scene) == before


# No token is spent twice (promise 3)


def test_a_late_401_of_an_old_token_does_not_refresh_again(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    tokens: list[str] = []

    def late(provider: Any, record: Record) -> str:
        tokens.append(record.tokens["access_token"])
        if len(tokens) == 1:  # meanwhile another process has renewed the session
            scene.client().refreshed("cloud")
            raise Failure("authentication_needed", "Stale.", http_code=401)
        return "done"

    result, record = scene.client().use("cloud", None, late)
    assert (result, scene.routes()["refresh"]) == ("done", 1)
    assert tokens[1] == record.tokens["access_token"] == stored(scene).tokens["access_token"]


def test_a_service_that_always_says_401_is_asked_three_times(scene: Scene) -> None:
    asked: list[str] = []

    def never(provider: Any, record: Record) -> None:
        asked.append(record.tokens["access_token"])
        raise Failure("authentication_needed", "Stale.", http_code=401)

    refused("authentication_needed", lambda: scene.client().use("cloud", scene.definition(), never))
    assert len(asked) == len(set(asked)) == 3


def test_a_refused_refresh_token_opens_the_session_anew(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.pass_time(86_400)
    scene.fault("status", route="refresh", status=422, code=10013)
    outcome = scene.client().ensure("cloud", scene.definition())
    assert after(outcome).fresh(scene.now())
    assert scene.routes() == {"auth_info": 2, "auth": 2, "refresh": 1}
    assert "Signed in again" in scene.warnings[-1]


def test_a_refused_refresh_token_without_a_definition_says_what_to_do(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.pass_time(86_400)
    scene.fault("status", route="refresh", status=422, code=10013)
    failure = refused("authentication_needed", lambda: scene.client().ensure("cloud"))
    assert "password" in failure.message
    assert failure.hint
    record = stored(scene)
    assert (record.state, record.tokens) == ("expired", {})
    refused("authentication_needed", lambda: scene.client().ensure("cloud"))
    assert scene.routes()["refresh"] == 1


@pytest.mark.parametrize("status", [500, 403, 409])
def test_another_refusal_of_a_refresh_keeps_the_tokens(scene: Scene, status: int) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.pass_time(86_400)
    before = stored(scene)
    scene.fault("status", route="refresh", status=status, count=None)
    with pytest.raises(Failure):
        scene.client().ensure("cloud", scene.definition())
    assert stored(scene).tokens == before.tokens
    assert (stored(scene).refresh_sent_at is None) == (status != 500)


# A wrong password is sent once (promise 4)


def test_a_refused_password_is_not_sent_again_until_it_changes(scene: Scene) -> None:
    wrong = scene.definition(password="canary-wrong")
    refused("credentials_rejected", lambda: scene.client().ensure("cloud", wrong))
    for _time in range(3):
        refused("credentials_rejected", lambda: scene.client().ensure("cloud", wrong))
        refused("credentials_rejected", lambda: scene.client().ensure("other", replace(wrong, name="other")))
    assert scene.routes() == {"auth_info": 1, "auth": 1}
    assert scene.client().ensure("cloud", scene.definition()).changed
    assert scene.client().names() == ["cloud"]


def test_a_refused_password_is_sent_again_after_its_window_or_by_force(scene: Scene) -> None:
    wrong = scene.definition(password="canary-wrong", retry_rejected_after=100.0)
    refused("credentials_rejected", lambda: scene.client().ensure("cloud", wrong))
    refused("credentials_rejected", lambda: scene.client(force=True).ensure("cloud", wrong))
    assert scene.routes()["auth"] == 2
    scene.pass_time(101)
    refused("credentials_rejected", lambda: scene.client().ensure("cloud", wrong))
    assert scene.routes()["auth"] == 3


# Identity


@pytest.mark.parametrize("what", ["username", "url"])
def test_another_account_or_origin_is_a_conflict(scene: Scene, what: str) -> None:
    scene.client().ensure("cloud", scene.definition())
    before = stored(scene)
    other = {"username": "carol", "url": scene.sandbox.plain_url("proton")}[what]
    definition = scene.definition(**{what: other, "allow_plain_http": True})
    journal = len(scene.journal())
    for use in (
        lambda client: client.find("cloud", definition),
        lambda client: client.ensure("cloud", definition),
        lambda client: client.refreshed("cloud", definition),
        lambda client: client.locked("cloud", definition),
        lambda client: client.absent("cloud", definition),
        lambda client: client.imported("cloud", definition, "selector"),
    ):
        failure = refused("conflict", lambda use=use: use(scene.client()))  # type: ignore[misc]
        assert str(other) in failure.message
        assert "absent" in failure.hint
    assert stored(scene) == before
    assert len(scene.journal()) == journal


def test_an_unknown_provider_is_a_definition_failure(scene: Scene) -> None:
    refused("definition", lambda: scene.client().ensure("cloud", Definition("cloud", "nope", {})))


def test_another_password_opens_a_new_session_and_ends_the_old_one(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    old = stored(scene)
    wrong = scene.definition(password="canary-wrong")
    refused("credentials_rejected", lambda: scene.client().ensure("cloud", wrong))
    assert stored(scene) == old, "a wrong password cost the session"
    assert not scene.client().ensure("cloud", scene.definition()).changed
    with_secret = scene.definition(client_secret="canary-new-secret")
    assert scene.client().ensure("cloud", with_secret).changed is False or scene.live() == 1


def test_a_changed_password_gets_tokens_of_its_own(scene: Scene) -> None:
    """As when the password was changed at the service: the record's digest is of another one."""
    scene.client().ensure("cloud", scene.definition())
    record = stored(scene)
    aged = replace(record, proof={"password": "0" * 64}, revision=record.revision + 1)
    scene.store().write(aged, record.revision)
    outcome = scene.client().ensure("cloud", scene.definition())
    assert outcome.changed
    assert after(outcome).uid != record.uid
    assert scene.sequence() == ["auth_info", "auth", "auth_info", "auth", "logout"]
    assert scene.live() == 1


def test_an_option_of_no_identity_is_no_conflict(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    assert not scene.client().ensure("cloud", scene.definition(timeout=5.0, max_wait=1.0)).changed


def test_a_record_holds_no_secret_of_its_definition(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition(client_secret="canary-client-secret"))
    known = scene.sandbox.account("proton", "alice")["password"]
    assert known not in str(stored(scene).as_dict())
    assert "canary-client-secret" not in str(stored(scene).as_dict())


# Pending


def test_a_second_factor_can_be_given_later(scene: Scene) -> None:
    failure = refused("two_factor_needed", lambda: scene.client().ensure("cloud", scene.definition("bob")))
    assert failure.methods == ("totp",)
    assert stored(scene).state == "pending"
    code = scene.sandbox.totp("proton", "bob")
    outcome = scene.client().ensure("cloud", scene.definition("bob", two_factor_code=code))
    assert after(outcome).state == "active"
    assert scene.routes() == {"auth_info": 1, "auth": 1, "auth_2fa": 1}


def test_a_code_alone_is_enough(scene: Scene) -> None:
    refused("two_factor_needed", lambda: scene.client().ensure("cloud", scene.definition("bob")))
    code = {"two_factor_code": scene.sandbox.totp("proton", "bob")}
    outcome = scene.client().ensure("cloud", Definition("cloud", "proton", code))
    assert after(outcome).state == "active"


def test_a_pending_session_is_not_opened_again(scene: Scene) -> None:
    for _time in range(3):
        refused("two_factor_needed", lambda: scene.client().ensure("cloud", scene.definition("bob")))
    assert scene.routes() == {"auth_info": 1, "auth": 1}


def test_a_wrong_code_forgets_the_session_that_it_ended(scene: Scene) -> None:
    wrong = scene.definition("bob", two_factor_code="000000")
    refused("credentials_rejected", lambda: scene.client().ensure("cloud", wrong))
    assert scene.store().read("cloud") is None
    right = scene.definition("bob", two_factor_code=scene.sandbox.totp("proton", "bob"))
    assert scene.client().ensure("cloud", right).changed
    assert scene.live() == 1


def test_two_logins_with_a_totp_secret_use_two_codes(scene: Scene) -> None:
    definition = scene.definition("bob", totp_secret=scene.sandbox.account("proton", "bob")["totp_secret"])
    for name in ("one", "two"):
        assert scene.client().ensure(name, replace(definition, name=name)).changed
    assert len(scene.naps) <= 1
    assert all(entry["status"] == 200 for entry in scene.journal("auth_2fa"))


# Lock and unlock


def test_elevated_rights_are_given_up_and_got_back(scene: Scene) -> None:
    states = []
    for wanted in ("locked", "locked", "unlocked", "unlocked"):
        outcome = getattr(scene.client(), wanted)("cloud", scene.definition())
        states.append((outcome.changed, after(outcome).state, "locked" in after(outcome).scopes))
    assert states == [
        (True, "locked", False),
        (False, "locked", False),
        (True, "active", True),
        (False, "active", True),
    ]
    assert scene.routes()["lock"] == scene.routes()["unlock"] == 1


def test_a_locked_session_stays_locked_over_a_refresh(scene: Scene) -> None:
    scene.client().locked("cloud", scene.definition())
    assert after(scene.client().refreshed("cloud")).state == "locked"
    assert not scene.client().locked("cloud").changed


def test_unlocking_without_the_password_sends_no_proof(scene: Scene) -> None:
    scene.client().locked("cloud", scene.definition())
    with pytest.raises(Failure) as caught:
        scene.client().unlocked("cloud")
    assert caught.value.kind in ("authentication_needed", "definition")
    assert "password" in str(caught.value)
    assert "unlock" not in scene.routes()


def test_a_refused_password_at_an_unlock_keeps_the_session(scene: Scene) -> None:
    scene.client().locked("cloud", scene.definition())
    before = stored(scene)
    record = replace(before, proof={}, revision=before.revision + 1)
    scene.store().write(record, before.revision)
    refused("credentials_rejected", lambda: scene.client().unlocked("cloud", scene.definition(password="wrong")))
    assert stored(scene).tokens == before.tokens


# Children


def test_a_child_is_minted_once(scene: Scene) -> None:
    first = scene.client().forked("child", "cloud", scene.definition(), ForkRequest(payload="canary-payload"))
    second = scene.client().forked("child", "cloud", scene.definition(), ForkRequest())
    assert (first.changed, second.changed) == (True, False)
    child = after(first)
    assert child.parent == "cloud"
    assert child.account == "alice"
    assert child.uid != stored(scene).uid
    assert child.tokens["payload"] == "canary-payload"
    assert (scene.routes()["fork"], scene.routes()["fork_import"]) == (1, 1)


def test_a_child_of_another_client_speaks_as_it(scene: Scene) -> None:
    scene.client().forked("child", "cloud", scene.definition(), ForkRequest(client_id="windows-vpn"))
    scene.client().refreshed("child")
    assert scene.journal("refresh")[0]["headers"]["x-pm-appversion"] == "windows-vpn@4.0.0"


def test_many_processes_mint_one_child(scene: Scene, new_child: NewChild) -> None:
    found = all_at_once(new_child, 6, fork_in_child, scene, scene.definition())
    assert len(set(found)) == 1
    assert (scene.routes()["auth"], scene.routes()["fork"], scene.routes()["fork_import"]) == (1, 1, 1)


def fork_in_child(pipe: Pipe, scene: Scene, definition: Definition) -> str:
    pipe.say("ready")
    pipe.hear()
    return after(scene.client().forked("child", "cloud", definition, ForkRequest())).uid


def test_an_expired_child_is_refreshed_and_an_ended_one_minted_again(scene: Scene) -> None:
    scene.client().forked("child", "cloud", scene.definition(), ForkRequest())
    scene.pass_time(86_400)
    scene.client().forked("child", "cloud", scene.definition(), ForkRequest())
    assert (scene.routes()["fork"], scene.routes()["refresh"]) == (1, 1)
    scene.pass_time(86_400)
    scene.fault("status", route="refresh", status=422, code=10013)
    scene.client().forked("child", "cloud", scene.definition(), ForkRequest())
    assert scene.routes()["fork"] == 2


@pytest.mark.parametrize("parent", ["", "third"])
def test_a_name_of_another_session_is_no_child(scene: Scene, parent: str) -> None:
    if parent:
        scene.client().forked("other", parent, scene.definition(name=parent), ForkRequest())
    else:
        scene.client().ensure("other", scene.definition(name="other"))
    before = stored(scene, "other")
    refused("conflict", lambda: scene.client().forked("other", "cloud", scene.definition(), ForkRequest()))
    assert stored(scene, "other") == before


def test_a_session_is_not_its_own_child(scene: Scene) -> None:
    refused("definition", lambda: scene.client().forked("cloud", "cloud", scene.definition(), ForkRequest()))
    assert scene.journal() == []


def test_a_selector_is_imported_once(scene: Scene) -> None:
    selector = scene.client().selector("cloud", scene.definition(), ForkRequest(payload="canary-payload"))
    definition = Definition("import", "proton", {**scene.definition().options, "username": None, "password": None})
    first = scene.client().imported("import", definition, selector)
    second = scene.client().imported("import", definition, selector)
    assert (first.changed, second.changed) == (True, False)
    assert after(first).tokens["payload"] == "canary-payload"
    assert scene.routes()["fork_import"] == 1
    refused(
        "unexpected_response", lambda: scene.client().imported("again", replace(definition, name="again"), selector)
    )


def test_an_import_by_code_waits_for_its_approval(scene: Scene) -> None:
    definition = Definition("kiosk", "proton", {**scene.definition().options, "username": None, "password": None})
    begun = after(scene.client().imported("kiosk", definition, ""))
    assert begun.state == "pending"
    refused("authentication_needed", lambda: scene.client().imported("kiosk", None, ""))
    code = begun.data["user_code"]
    scene.client().selector("cloud", scene.definition(), ForkRequest(user_code=code))
    done = after(scene.client().imported("kiosk", None, ""))
    assert done.state == "active"
    assert done.fresh(scene.now())
    assert scene.routes()["fork_user_code"] == 1


# Ending


def test_absent_signs_out_and_forgets(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    assert scene.client().absent("cloud").changed
    assert not scene.client().absent("cloud").changed
    assert (scene.live(), scene.client().names()) == (0, [])
    assert scene.routes()["logout"] == 1


def test_absent_refreshes_a_stale_token_first(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.pass_time(86_400)
    scene.client().absent("cloud")
    assert scene.sequence()[-2:] == ["refresh", "logout"]
    assert scene.live() == 0


def test_absent_keeps_what_the_service_could_not_be_told(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.fault("status", route="logout", status=500, count=None)
    refused("not_available", lambda: scene.client().absent("cloud"))
    assert stored(scene).tokens
    assert scene.client(force=True).absent("cloud").changed
    assert scene.client().names() == []
    assert "may still be open" in scene.warnings[-1]


def test_absent_of_what_the_service_has_ended_is_a_success(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.fault("status", route="logout", status=401)
    assert scene.client().absent("cloud").changed
    assert scene.client().names() == []


def test_children_end_with_their_parent_unless_independent(scene: Scene) -> None:
    scene.client().forked("child", "cloud", scene.definition(), ForkRequest())
    scene.client().forked("free", "cloud", scene.definition(), ForkRequest(independent=True))
    scene.client().absent("cloud")
    assert (stored(scene, "child").state, stored(scene, "child").tokens) == ("expired", {})
    assert stored(scene, "free").fresh(scene.now())
    assert scene.live() == 1
    assert not scene.client().ensure("free").changed
    refused("authentication_needed", lambda: scene.client().ensure("child"))


def test_other_sessions_of_the_account_are_revoked(scene: Scene) -> None:
    for name in ("cloud", "two", "three"):
        scene.client().ensure(name, scene.definition(name=name))
    two = stored(scene, "two").uid
    assert scene.client().revoked("cloud", None, [two, "nobody"]) == [two]
    assert scene.client().revoked("cloud", None, [two]) == []
    assert scene.client().revoked("cloud", None, ["others"]) == [stored(scene, "three").uid]
    assert scene.live() == 1


def test_remote_sessions_neither_opens_nor_refreshes(scene: Scene) -> None:
    refused("authentication_needed", lambda: scene.client().remote_sessions("cloud", scene.definition()))
    scene.client().ensure("cloud", scene.definition())
    assert len(scene.client().remote_sessions("cloud")) == 1
    scene.pass_time(86_400)
    refused("authentication_needed", lambda: scene.client().remote_sessions("cloud", scene.definition()))
    assert scene.routes() == {"auth_info": 1, "auth": 1, "sessions": 1}


# Human verification


def test_an_answer_is_used_by_the_next_task(scene: Scene) -> None:
    scene.fault("human_verification", route="auth")
    refused("human_verification_needed", lambda: scene.client().ensure("cloud", scene.definition()))
    captcha = scene.sandbox.codes("proton")["captchas"][-1]
    assert scene.client().answered("cloud", scene.definition(), "captcha", captcha["solution"]) is True
    assert scene.client().answered("cloud", scene.definition(), "captcha", captcha["solution"]) is False
    assert scene.client().ensure("cloud", scene.definition()).changed


# Check mode (promise 6)

Use = Callable[[Client, Definition], Any]
OPERATIONS: dict[str, Use] = {
    "ensure": lambda client, definition: client.ensure("cloud", definition),
    "ensure min_ttl": lambda client, definition: client.ensure("cloud", definition, 86_399),
    "refreshed": lambda client, definition: client.refreshed("cloud", definition),
    "locked": lambda client, definition: client.locked("cloud", definition),
    "unlocked": lambda client, definition: client.unlocked("cloud", definition),
    "absent": lambda client, definition: client.absent("cloud", definition),
    "forked": lambda client, definition: client.forked("child", "cloud", definition, ForkRequest()),
    "imported": lambda client, definition: client.imported("import", replace(definition, name="import"), "selector"),
    "user code": lambda client, definition: client.imported("import", replace(definition, name="import"), ""),
    "request_code": lambda client, definition: client.request_code("cloud", definition, address="a@example.com"),
    "answered": lambda client, definition: client.answered("cloud", definition, "captcha", "x:y"),
    "revoked": lambda client, definition: client.revoked("cloud", definition, ["others"]),
}


def quietly(use: Use, scene: Scene) -> Any:
    """In check mode an operation may say that it cannot be done, but do nothing."""
    try:
        return use(scene.client(check_mode=True), scene.definition())
    except Failure as failure:
        return failure


def contents(scene: Scene) -> dict[str, bytes]:
    paths = sorted(scene.directory.iterdir()) if scene.directory.exists() else []
    return {path.name: path.read_bytes() for path in paths if path.suffix == ".session"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_check_mode_sends_nothing_while_no_session_is_open(scene: Scene, name: str) -> None:
    quietly(OPERATIONS[name], scene)
    assert scene.journal() == []
    assert contents(scene) == {}


@pytest.mark.parametrize("age", [0, 86_400], ids=["fresh", "stale"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_check_mode_changes_nothing_of_an_open_session(scene: Scene, name: str, age: int) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.pass_time(age)
    before, journal = contents(scene), len(scene.journal())
    quietly(OPERATIONS[name], scene)
    later = [entry["route"] for entry in scene.journal()[journal:]]
    assert not set(later) & CHANGING
    assert set(later) <= {"sessions"}
    assert contents(scene) == before


def test_check_mode_renews_nothing_when_the_service_says_401(scene: Scene) -> None:
    scene.client().ensure("cloud", scene.definition())
    scene.sandbox.clock("proton", 86_401)
    before, journal = contents(scene), len(scene.journal())
    quietly(OPERATIONS["revoked"], scene)
    assert [entry["route"] for entry in scene.journal()[journal:]] == ["sessions"]
    assert contents(scene) == before


@pytest.mark.parametrize("opened", [False, True], ids=["closed", "open"])
@pytest.mark.parametrize("name", ["ensure", "refreshed", "locked", "unlocked", "absent", "forked"])
def test_check_mode_predicts_what_the_run_then_does(scene: Scene, name: str, opened: bool) -> None:
    if opened:
        scene.client().ensure("cloud", scene.definition())
    predicted = OPERATIONS[name](scene.client(check_mode=True), scene.definition())
    done = OPERATIONS[name](scene.client(), scene.definition())
    assert predicted.changed == done.changed
    assert predicted.before == done.before
    assert (predicted.after is None) == (done.after is None)
    if done.after is not None:
        for key in ("name", "provider", "origin", "account", "state", "parent"):
            assert predicted.after.facts()[key] == done.after.facts()[key], key


def test_check_mode_opens_nothing_for_a_request(scene: Scene) -> None:
    called: list[Record] = []
    with pytest.raises(Failure):
        scene.client(check_mode=True).use("cloud", scene.definition(), lambda provider, record: called.append(record))
    assert called == []
    assert scene.journal() == []
