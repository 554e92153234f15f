# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role awx, against an AWX that keeps AWX's rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from tests.integration.playing import Player, Run
from tests.integration.test_leaks import Searched
from tests.sandbox.harness import Sandbox
from tests.tools import environments
from tests.tools.environments import Core
from tests.tools.paths import ROOT

TYPES = sorted(path.stem for path in (ROOT / "extensions/awx/credential_types").glob("*.yml"))
TASKS = """
- name: register
  ansible.builtin.include_role: {name: gatehouse.api.awx}
  vars: {awx_session: awx}
"""
GUIDE = ROOT / "docs" / "awx.md"
PASSWORD = "canary-awx-pässwörd-{{ 7 * 7 }}-'\"<&>"
STORE = {
    "name": "Shared sessions",
    "type": "store",
    "inputs": {"store": "redis://:canary-redis-password@redis.example.com", "store_key": "canary-store-key-0123456789"},
}
CLOUD = {
    "name": "Cloud",
    "type": "nextcloud_passwords",
    "organization": "Other",
    "description": "The vault of the team",
    "inputs": {"url": "https://cloud.example.com", "username": "ansible", "password": PASSWORD, "master_password": ""},
}


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox.start("awx") as found:
        yield found
        assert found.errors() == ""


@pytest.fixture
def awx(running: Sandbox) -> Sandbox:
    """Return an AWX in which nothing is registered."""
    running.reset("awx")
    return running


@pytest.fixture
def play(core: Core, awx: Sandbox, tmp_path: Path, collections_path: Path) -> Player:
    """Return what runs plays whose session awx is one of OAuth 2.0, on every ansible-core that --cores asks for."""
    return player(core, awx, tmp_path, collections_path)


@pytest.fixture
def play_newest(awx: Sandbox, tmp_path: Path, collections_path: Path) -> Player:
    """Return the same on the newest ansible-core."""
    return player(environments.available_cores()[-1], awx, tmp_path, collections_path)


def player(core: Core, awx: Sandbox, directory: Path, collections: Path) -> Player:
    home, work = directory / "home", directory / "work"
    home.mkdir(mode=0o700)
    work.mkdir()
    oauth2 = {
        **place(awx),
        **awx.account("awx", "alice"),
        "token_endpoint": f"{awx.url('awx')}/api/o/token/",
        "revocation_endpoint": f"{awx.url('awx')}/api/o/revoke_token/",
        "grant": "password",
        "scopes": ["write"],
    }
    return Player(core, work, home, collections, vars={"gatehouse_sessions": {"awx": {"oauth2": oauth2}}})


def place(awx: Sandbox) -> dict[str, Any]:
    return {"url": awx.url("awx"), "ca_path": awx.ca_file}


def recipe_of_the_guide() -> dict[str, Any]:
    text = GUIDE.read_text(encoding="utf-8").partition("<!-- recipe: run by tests/integration/test_awx_role.py -->")[2]
    found: dict[str, Any] = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    return found


def registered(awx: Sandbox, what: str) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in awx.act("awx", "world")[what]}


def writes(awx: Sandbox) -> list[str]:
    """The names of the routes of all requests that changed something."""
    wanted = ("type_create", "type_change", "credential_create", "credential_change")
    return [entry["route"] for entry in awx.journal("awx") if entry["route"] in wanted]


def changes(run: Run) -> int:
    return run.stats["localhost"]["changed"]


def test_types_and_credentials_are_registered_once(play: Player, awx: Sandbox) -> None:
    run = play(TASKS, "-vvvvv", awx_credentials=[STORE, CLOUD])
    found = registered(awx, "types")
    for name in TYPES:
        wanted = yaml.safe_load((ROOT / f"extensions/awx/credential_types/{name}.yml").read_text(encoding="utf-8"))
        assert {key: found[wanted["name"]][key] for key in wanted} == wanted
    credentials = registered(awx, "credentials")
    assert credentials["Shared sessions"]["inputs"] == STORE["inputs"]
    assert credentials["Cloud"]["inputs"] == {
        "url": "https://cloud.example.com",
        "username": "ansible",
        "password": PASSWORD.replace("{{ 7 * 7 }}", "49"),  # as every variable, it is templated
    }
    assert (credentials["Cloud"]["organization"], credentials["Shared sessions"]["organization"]) == (2, 1)
    assert changes(run) == len(TYPES) + 2
    before = writes(awx)
    again = play(TASKS, awx_credentials=[STORE, CLOUD])
    assert (changes(again), writes(awx)) == (0, before)
    assert awx.routes("awx")["oauth_token"] == 1
    searched = Searched([*awx.canaries("awx"), "canary-awx-pässwörd", "canary-redis-password"])
    for output in (run.output, again.output):
        searched("the output", output.encode())
    for path in play.directory.glob("results-*.jsonl"):
        searched("the results", path.read_bytes())
    assert not searched.found
    assert awx.state("awx")["misplaced"] == []


def test_what_differs_is_changed(play_newest: Player, awx: Sandbox) -> None:
    """As check mode predicts. The session has the recipe of the guide, and a token that somebody made."""
    token = awx.act("awx", "login", account="alice")["token"]
    given_token = {**place(awx), "recipe": recipe_of_the_guide(), "token": token}
    play_newest.vars["gatehouse_sessions"] = {"awx": {"http": given_token}}
    given = {"awx_types": ["store", "nextcloud_passwords"]}
    spoil = """
    - name: spoil
      gatehouse.api.request:
        session: awx
        path: /api/v2/credential_types/3/
        method: PATCH
        body: {description: other, injectors: {}}
    """
    play_newest(TASKS + dedent(spoil), awx_credentials=[STORE, CLOUD], **given)
    spoiled = registered(awx, "types")["gatehouse.api Nextcloud Passwords"]
    assert (spoiled["id"], spoiled["injectors"]) == (3, {})
    other = {**CLOUD, "inputs": {**CLOUD["inputs"], "username": "other", "password": "canary-other"}}
    predicted = play_newest(TASKS, "--check", awx_credentials=[STORE, other], **given)
    before = writes(awx)
    run = play_newest(TASKS, awx_credentials=[STORE, other], **given)
    assert (changes(predicted), changes(run)) == (2, 2)
    assert writes(awx) == [*before, "type_change", "credential_change"]
    wanted = yaml.safe_load(
        (ROOT / "extensions/awx/credential_types/nextcloud_passwords.yml").read_text(encoding="utf-8")
    )
    found = registered(awx, "types")["gatehouse.api Nextcloud Passwords"]
    assert {key: found[key] for key in wanted} == wanted
    inputs = registered(awx, "credentials")["Cloud"]["inputs"]
    assert inputs["username"] == "other"
    assert inputs["password"] == PASSWORD.replace("{{ 7 * 7 }}", "49")  # nobody can see that it should be another one
    again = play_newest(TASKS, awx_credentials=[STORE, other], awx_update_secrets=True, **given)
    assert changes(again) == 2  # and so both are written
    assert registered(awx, "credentials")["Cloud"]["inputs"]["password"] == "canary-other"
    assert registered(awx, "credentials")["Shared sessions"]["inputs"] == STORE["inputs"]


def test_the_recipe_of_the_guide_makes_and_removes_a_personal_token(play_newest: Player, awx: Sandbox) -> None:
    recipe = recipe_of_the_guide()
    alice = {name: awx.account("awx", "alice")[name] for name in ("username", "password")}
    play_newest.vars["gatehouse_sessions"] = {"awx": {"http": {**place(awx), "recipe": recipe, **alice}}}
    play_newest(TASKS + "- gatehouse.api.session: {name: awx, state: absent}", awx_types=["store"])
    assert awx.state("awx")["sessions"] == []
    assert {"token_create", "token_delete", "type_create"} <= set(awx.routes("awx"))


def test_the_example_of_a_job_template(play_newest: Player, awx: Sandbox) -> None:
    secrets = ("vault_app_password", "vault_master_password", "redis_password", "store_key")
    given = {**play_newest.vars, **{name: f"canary-{name}-0123456789" for name in secrets}}
    given_file = play_newest.write("secrets.yml", yaml.safe_dump(given))
    text = (ROOT / "extensions" / "awx" / "job_template.yml").read_text(encoding="utf-8")
    run = play_newest.playbook(text, "-e", f"@{given_file}")
    (template,) = registered(awx, "templates").values()
    assert template["credentials"] == [1, 2]
    assert changes(run) == 2 + 2 + 2
    assert changes(play_newest.playbook(text, "-e", f"@{given_file}")) == 0


def test_what_awx_refuses_is_said(play_newest: Player, awx: Sandbox) -> None:
    older = {"name": "gatehouse.api Proton", "kind": "cloud", "inputs": {"fields": [{"id": "x", "label": "X"}]}}
    tasks: list[dict[str, Any]] = [
        {"gatehouse.api.request": {"session": "awx", "path": path, "method": "POST", "body": body}}
        for path, body in (
            ("/api/v2/credential_types/", older),
            ("/api/v2/credentials/", {"name": "One", "organization": 1, "credential_type": 2}),
        )
    ]
    cases: list[tuple[dict[str, Any], str]] = [
        (one(type="Nothing"), "AWX has no credential type Nothing, which the credential Shared sessions needs."),
        (one(organization="Nobody"), "AWX has no organization Nobody, which the credential Shared sessions needs."),
        (one(inputs={"typo": "canary-typo"}), "Additional properties are not allowed ('typo' was unexpected)"),
        (one(inputs={"store": 73829164, "store_key": "x"}), "something with a secret in it"),
        ({"awx_types": ["proton"]}, "Modifications to inputs are not allowed for credential types that are in use"),
        ({"awx_types": ["http"], "who": "reader"}, "You do not have permission to perform this action."),
    ]
    tasks += [
        {
            "name": f"case {number}",
            "block": yaml.safe_load(TASKS.replace("awx_session: awx", "awx_session: \"{{ who | default('awx') }}\"")),
            "vars": given,
            "rescue": [{"ansible.builtin.debug": {"msg": f"case {number} failed"}}],
        }
        for number, (given, _said) in enumerate(cases)
    ]
    listed = play_newest.vars["gatehouse_sessions"]
    listed["reader"] = {"oauth2": {**listed["awx"]["oauth2"], **awx.account("awx", "carol")}}
    run = play_newest(tasks)
    said = " ".join(run.output.split())
    for number, (_given, words) in enumerate(cases):
        assert words in said
        assert f"case {number} failed" in said
    assert "canary" not in said
    assert "73829164" not in said
    assert list(registered(awx, "credentials")) == ["One"]


def one(**changed: Any) -> dict[str, Any]:
    """The variables of the role for one credential, and its type."""
    return {"awx_types": ["store"], "awx_credentials": [{**STORE, **changed}]}
