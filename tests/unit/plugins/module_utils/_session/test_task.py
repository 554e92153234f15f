# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task: where its definition comes from, what it may skip, and what it returns. With modules as real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets, warm
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import Outcome
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import PROVIDERS
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.base import Entry
from ansible_collections.gatehouse.api.plugins.module_utils._session.task import (
    Task,
    failed_result,
    outcome_result,
    run_module,
)
from ansible_collections.gatehouse.api.plugins.modules import session
from tests.unit.plugins.scene import Scene

NAME = "cloud"
OPTIONS = {"username": "alice", "password": "canary-password"}
ELSEWHERE = Definition(NAME, "proton", OPTIONS, source="sessions.yml")
DEFAULTS = {"state": "present", "min_ttl": 0.0, "revoke": None, "force": False, "return_tokens": False}


def made(**params: Any) -> Task:
    return Task({"name": NAME, "store": None, "store_key": None, **params})


def refused(kind: str, use: Any, *args: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        use(*args)
    assert caught.value.kind == kind
    return caught.value


def kept(directory: Path, written: Any, **changes: Any) -> Record:
    """The record of an open session that such a definition is known to belong to."""
    store, now = open_store(str(directory)), time.time()
    record = Record(
        NAME,
        "proton",
        "https://api.example.com",
        account="alice",
        tokens={"access_token": "canary-access"},
        issued_at=now,
        expires_at=now + 3600,
        revision=1,
        seen=(warm.fingerprint(store.key.secret, written),),
    )
    return store.write(replace(record, **changes), expected=0)


# Where the definition comes from


def test_a_tasks_own_definition_comes_first() -> None:
    found = replace(made(proton=OPTIONS), defined=lambda name: ELSEWHERE).definition(NAME)
    assert found == Definition(NAME, "proton", OPTIONS, "the task", {"proton": OPTIONS})


def test_a_task_without_definition_takes_the_one_written_elsewhere() -> None:
    asked = []
    found = replace(made(proton=None), defined=lambda name: (asked.append(name), ELSEWHERE)[1]).definition(NAME)
    assert (found, asked) == (ELSEWHERE, [NAME])


def test_a_session_may_be_defined_nowhere() -> None:
    assert made().definition(NAME) is None


def test_two_providers_at_once_are_refused_by_their_names() -> None:
    two = sorted(PROVIDERS)[:2]
    assert len(two) == 2
    failure = refused("definition", made(**dict.fromkeys(two, OPTIONS)).definition, NAME)
    assert all(provider in failure.message for provider in two)
    assert "canary" not in str(failure)


@pytest.mark.parametrize("name", ["", " cloud", "~cloud", "a\nb", None, 7, "x" * 129])
@pytest.mark.parametrize("own", [True, False], ids=["own", "elsewhere"])
def test_a_name_that_is_none_is_refused(name: Any, own: bool) -> None:
    task = made(proton=OPTIONS) if own else replace(made(), defined=lambda name: ELSEWHERE)
    refused("definition", task.definition, name)


def test_a_task_shows_no_parameter() -> None:
    assert "canary" not in repr(made(proton=OPTIONS, store_key="canary-key"))


# What it may skip


def test_an_open_session_that_is_known_needs_no_client(tmp_path: Path) -> None:
    record = kept(tmp_path / "s", {"proton": OPTIONS})
    assert made(store=str(tmp_path / "s"), proton=OPTIONS).open_already(NAME, 0.0) == record


def test_a_session_that_is_defined_elsewhere_is_known_by_what_stands_there(tmp_path: Path) -> None:
    record = kept(tmp_path / "s", ["sessions.yml", 1, 2, 3])
    task = made(store=str(tmp_path / "s"), proton=None)
    assert replace(task, written=lambda name: ["sessions.yml", 1, 2, 3]).open_already(NAME, 0.0) == record
    assert replace(task, written=lambda name: ["sessions.yml", 1, 2, 4]).open_already(NAME, 0.0) is None
    own = replace(made(store=str(tmp_path / "s"), proton=OPTIONS), written=lambda name: ["sessions.yml", 1, 2, 3])
    assert own.open_already(NAME, 0.0) is None


def test_a_key_that_was_given_is_used(tmp_path: Path) -> None:
    key = "a pass phrase that is long enough"
    store = open_store(str(tmp_path / "s"), key)
    now = time.time()
    record = Record(NAME, "proton", "https://x", tokens={"access_token": "a"}, issued_at=now, revision=1)
    store.write(record, expected=0)
    task = made(store=str(tmp_path / "s"), store_key=key)
    assert task.open_already(NAME, 0.0) == record
    assert made(store=str(tmp_path / "s"), store_key=key[1:]).open_already(NAME, 0.0) is None
    assert task.client().find(NAME) == record


@pytest.mark.parametrize("changes", [{"state": "pending"}, {"expires_at": 1.0}, {"refresh_sent_at": 1.0}, {"seen": ()}])
def test_any_other_session_is_left_to_the_client(tmp_path: Path, changes: dict[str, Any]) -> None:
    kept(tmp_path / "s", {"proton": OPTIONS}, **changes)
    assert made(store=str(tmp_path / "s"), proton=OPTIONS).open_already(NAME, 0.0) is None


def test_a_token_that_does_not_live_long_enough_is_left_to_the_client(tmp_path: Path) -> None:
    kept(tmp_path / "s", {"proton": OPTIONS})
    task = made(store=str(tmp_path / "s"), proton=OPTIONS)
    assert task.open_already(NAME, 3500.0) is not None
    assert task.open_already(NAME, 3700.0) is None


def test_a_sessions_file_that_cannot_be_looked_at_is_left_to_the_client(tmp_path: Path) -> None:
    kept(tmp_path / "s", None, seen=())
    task = made(store=str(tmp_path / "s"))
    assert replace(task, written=lambda name: os.stat(tmp_path / "gone")).open_already(NAME, 0.0) is None
    assert replace(task, written=lambda name: json.dumps(object())).open_already(NAME, 0.0) is None
    assert task.open_already(NAME, 0.0) is not None


@pytest.mark.parametrize(
    "changes", [{"opened_at": "yesterday"}, {"scopes": "full"}, {"uid": None}, {"tokens": {"access_token": 1}}], ids=str
)
def test_a_record_of_another_form_is_no_traceback(tmp_path: Path, changes: dict[str, Any]) -> None:
    """A later version may keep something else there."""
    record = kept(tmp_path / "s", {"proton": OPTIONS})
    store = open_store(str(tmp_path / "s"))
    store.store.write(NAME, Entry(2, store._sealed(NAME, {**record.as_dict(), "revision": 2, **changes})), 1)
    task = made(store=str(tmp_path / "s"), proton=OPTIONS, **DEFAULTS)
    assert task.open_already(NAME, 0.0) is None
    refused("store", session.run, task)


UNCONCERNED = """
import json, sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.gatehouse.api.plugins.modules import session
from ansible_collections.gatehouse.api.plugins.module_utils._session.task import Task
params = json.load(sys.stdin)
result = session.run(Task(params))
print(json.dumps({"result": result, "modules": sorted(sys.modules)}))
"""


def test_a_task_that_changes_nothing_loads_neither_client_nor_libraries(tmp_path: Path, collections_path: Path) -> None:
    record = kept(tmp_path / "s", {"proton": OPTIONS})
    params = {"name": NAME, "store": str(tmp_path / "s"), "store_key": None, "proton": OPTIONS, **DEFAULTS}
    done = subprocess.run(
        [sys.executable, "-c", UNCONCERNED, str(collections_path)],
        input=json.dumps(params),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["result"] == {"changed": False, "session": record.facts()}
    own = {name.rpartition("._session.")[2] for name in found["modules"] if "._session." in name}
    assert not own & {"client", "operations", "flights", "transport", "providers.proton"}
    assert not {"requests", "urllib3", "keyring", "bcrypt", "nacl"} & set(found["modules"])


# The client that it makes


def test_the_client_has_the_tasks_store_mode_and_force(scene: Scene) -> None:
    params = {"store": str(scene.directory), "proton": dict(scene.definition(password="canary-wrong").options)}
    wrong = made(**params)
    definition = wrong.definition(NAME)
    assert replace(wrong, check_mode=True).client().ensure(NAME, definition).changed
    assert scene.journal() == []
    for _time in range(2):
        refused("credentials_rejected", wrong.client().ensure, NAME, definition)
    assert scene.routes()["auth"] == 1
    refused("credentials_rejected", made(**params, force=True).client().ensure, NAME, definition)
    assert scene.routes()["auth"] == 2


def test_the_clients_warnings_reach_the_user(scene: Scene) -> None:
    params = {"store": str(scene.directory), "proton": dict(scene.definition().options)}
    task = replace(made(**params, force=True), warn=scene.warnings.append)
    task.client().ensure(NAME, task.definition(NAME))
    scene.fault("status", route="logout", status=500)
    assert task.client().absent(NAME).changed
    assert len(scene.warnings) == 1
    assert NAME in scene.warnings[0]


# What it returns

BEFORE = Record(NAME, "proton", "https://api.example.com", revision=1, tokens={"access_token": "canary-old"})
AFTER = replace(BEFORE, revision=2, tokens={"access_token": "canary-new"})


@pytest.mark.parametrize(
    ("before", "after", "session"),
    [(None, AFTER, AFTER), (BEFORE, AFTER, AFTER), (BEFORE, None, BEFORE), (None, None, None)],
    ids=["opened", "renewed", "closed", "never there"],
)
@pytest.mark.parametrize("changed", [True, False])
def test_a_result_has_the_sessions_facts_and_their_difference_but_no_token(
    before: Record | None, after: Record | None, session: Record | None, changed: bool
) -> None:
    result = outcome_result(Outcome(changed, before, after))
    assert result["changed"] is changed
    assert result["session"] == (session.facts() if session else {})
    difference = {"before": before.facts() if before else {}, "after": after.facts() if after else {}}
    assert result.get("diff") == (difference if changed else None)
    assert "canary" not in json.dumps(result)


def test_tokens_are_returned_when_asked_for_and_hidden_from_then_on() -> None:
    assert outcome_result(Outcome(True, BEFORE, AFTER), return_tokens=True)["tokens"] == AFTER.tokens
    assert secrets.hide("Bearer canary-new") == "Bearer ********"
    assert "tokens" not in outcome_result(Outcome(True, BEFORE, None), return_tokens=True)


def test_a_failure_is_told_with_its_kind_and_without_secrets() -> None:
    secrets.add("canary-password")
    failure = Failure(
        "rate_limited", "No canary-password now.", http_code=429, retry_after=3.5, hint="Use Y2FuYXJ5LXBhc3N3b3Jk."
    )
    result = failed_result(failure)
    assert result["failed"] is True
    assert result["msg"] == "No ******** now. Use ********. [rate_limited]"
    assert set(result["failure"]) == set(failure.as_dict())
    assert (result["failure"]["kind"], result["failure"]["retry_after"]) == ("rate_limited", 3.5)
    assert "canary" not in json.dumps(result)


AS_MODULE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from ansible.module_utils.testing import patch_module_args
from ansible_collections.gatehouse.api.plugins.modules import session
with patch_module_args(json.load(sys.stdin)):
    session.main()
"""


def as_module(collections_path: Path, params: dict[str, Any]) -> tuple[int, dict[str, Any], str]:
    """What the module session does as a process of its own: exit code, result, and all that it wrote."""
    done = subprocess.run(
        [sys.executable, "-c", AS_MODULE, str(collections_path)],
        input=json.dumps(params),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout), done.stdout + done.stderr


def given(scene: Scene, **options: Any) -> dict[str, Any]:
    options = {key: value for key, value in scene.definition(**options).options.items() if value is not None}
    return {"name": NAME, "store": str(scene.directory), "proton": options}


def test_as_a_module_it_does_the_same(scene: Scene, collections_path: Path) -> None:
    code, result, output = as_module(collections_path, {**given(scene), "_ansible_check_mode": True})
    assert (code, result["changed"], scene.journal()) == (0, True, [])
    code, result, output = as_module(collections_path, given(scene))
    record = scene.store().read(NAME)
    assert record is not None
    assert (code, result["changed"], result["session"]) == (0, True, record.facts())
    for secret in (*record.tokens.values(), scene.sandbox.account("proton", "alice")["password"]):
        assert secret not in output
    code, result, _output = as_module(collections_path, given(scene))
    assert (code, result["changed"], result["session"]) == (0, False, record.facts())
    assert scene.routes() == {"auth_info": 1, "auth": 1}


def test_as_a_module_it_fails_with_a_kind_and_no_traceback(scene: Scene, collections_path: Path) -> None:
    code, result, output = as_module(collections_path, given(scene, password="canary-wrong"))
    assert (code, result["failed"], result["failure"]["kind"]) == (1, True, "credentials_rejected")
    assert result["msg"].endswith("[credentials_rejected]")
    assert "Traceback" not in output
    assert "exception" not in result
    assert "canary" not in output.replace(json.dumps(result.get("invocation")), "")


class Exits:
    """What a module has on a managed host, as far as a task needs it."""

    check_mode = False

    def __init__(self, **params: Any) -> None:
        self.params = params
        self.said: dict[str, Any] = {}
        self.no_log_values: set[str] = set()

    def warn(self, message: str) -> None:
        raise AssertionError(message)

    def exit_json(self, **result: Any) -> None:
        self.said = result

    def fail_json(self, **result: Any) -> None:
        self.said = {**result, "failed": True}


@pytest.mark.parametrize("minted", [False, True])
def test_as_a_module_it_shows_a_secret_only_where_that_is_its_work(minted: bool) -> None:
    secrets.add("canary-token")
    module: Any = Exits(minted=minted)
    run_module(
        lambda task: {"changed": False, "json": {"echo": "canary-token"}}, lambda params: params["minted"], module
    )
    assert module.said["json"]["echo"] == ("canary-token" if minted else secrets.HIDDEN)


def test_as_a_module_its_failure_shows_no_secret() -> None:
    secrets.add("canary-token")

    def run(task: Task) -> dict[str, Any]:
        raise Failure("unexpected_response", "The service said canary-token.")

    module: Any = Exits(store="redis://:canary-redis@cache")
    run_module(run, lambda params: True, module)
    assert module.no_log_values == {"canary-redis"}, "Ansible would show it among the arguments"
    assert module.said["failed"] is True
    assert "canary" not in str(module.said)
