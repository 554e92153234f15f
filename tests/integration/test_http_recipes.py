# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays with the provider http: each shipped recipe, the recipe of the guide, and recipes that are wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.playing import Player, checked_failure
from tests.sandbox.harness import Sandbox
from tests.tools import environments
from tests.tools.environments import Core
from tests.tools.paths import ROOT

SERVICES = ("netbox", "redfish", "vsphere", "zabbix")
RPC = {
    "path": "/api_jsonrpc.php",
    "method": "POST",
    "body": {"jsonrpc": "2.0", "method": "host.get", "params": [], "id": 1},
}
REQUESTS: dict[str, dict[str, Any]] = {
    "netbox": {"path": "/api/dcim/sites/"},
    "netbox_v2": {"path": "/api/dcim/sites/"},
    "redfish": {"path": "/redfish/v1/Systems/1"},
    "vsphere": {"path": "/api/vcenter/vm"},
    "zabbix": RPC,
}
PAGE = ROOT / "docs" / "providers" / "http.md"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox.start(*SERVICES) as found:
        yield found
        assert found.errors() == ""


@pytest.fixture
def services(running: Sandbox) -> Sandbox:
    """Return the running sandbox, with nothing in it."""
    for name in SERVICES:
        running.reset(name)
    running.settings("netbox", version="4.6.1")
    return running


def player(core: Core, tmp_path: Path, collections_path: Path) -> Player:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir(mode=0o700)
    work.mkdir()
    return Player(core, work, home, collections_path)


@pytest.fixture
def play_each(core: Core, services: Sandbox, tmp_path: Path, collections_path: Path) -> Player:
    """Return what runs plays, on every ansible-core that --cores asks for."""
    return player(core, tmp_path, collections_path)


@pytest.fixture
def play_one(services: Sandbox, tmp_path: Path, collections_path: Path) -> Player:
    """Return what runs plays, on the newest ansible-core alone."""
    return player(environments.available_cores()[-1], tmp_path, collections_path)


def definition(sandbox: Sandbox, shipped: str, **more: Any) -> dict[str, Any]:
    service = shipped.partition("_")[0]
    known = sandbox.account(service, "alice")
    given = {"url": sandbox.url(service), "ca_path": sandbox.ca_file, "recipe_name": shipped, **known, **more}
    return {"http": {name: value for name, value in given.items() if value is not None}}


def life(name: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    """Open, open, request, close, close."""
    session = "gatehouse.api.session"
    return [
        {"name": "open", session: {"name": name}},
        {"name": "again", session: {"name": name}},
        {"name": "request", "gatehouse.api.request": {"session": name, **request}},
        {"name": "close", session: {"name": name, "state": "absent"}},
        {"name": "closed", session: {"name": name, "state": "absent"}},
    ]


def shows_no_secret(sandbox: Sandbox, service: str, output: str) -> None:
    assert not [secret[:6] for secret in sandbox.canaries(service) if len(secret) > 6 and secret in output]


@pytest.mark.parametrize("recipe", REQUESTS)
def test_a_shipped_recipe(play_one: Player, services: Sandbox, recipe: str) -> None:
    service = recipe.partition("_")[0]
    sessions = {"api": definition(services, recipe)}
    run = play_one(life("api", REQUESTS[recipe]), "-vvvvv", gatehouse_sessions=sessions)
    changed = run.changed("open", "again", "close", "closed")
    assert list(changed.values()) == [True, False, True, False]
    assert run["open"]["session"]["provider"] == "http"
    assert run["open"]["session"]["details"] == {"recipe": recipe, "session": "own"}
    assert run["request"]["json"]
    state = services.state(service)
    assert (state["logins"], state["sessions"], state["misplaced"]) == (1, [], [])
    shows_no_secret(services, service, run.output)
    assert play_one.records() == []


def test_many_hosts_share_one_session(play_one: Player, services: Sandbox) -> None:
    play_one.write("hosts", "".join(f"host{number} ansible_connection=local\n" for number in range(10)))
    tasks = [{"name": "request", "gatehouse.api.request": {"session": "bmc", **REQUESTS["redfish"]}}]
    sessions = {"bmc": definition(services, "redfish")}
    run = play_one(tasks, "-i", "hosts", "-f", "10", hosts="all", gatehouse_sessions=sessions)
    assert len(run.on("request")) == 10
    assert services.state("redfish")["logins"] == 1


def test_on_a_managed_host(play_one: Player, services: Sandbox) -> None:
    tasks = [
        {"name": "open", "gatehouse.api.session": {"name": "bmc", "run_on": "target"}},
        {"name": "request", "gatehouse.api.request": {"session": "bmc", "run_on": "target", **REQUESTS["redfish"]}},
        {"name": "close", "gatehouse.api.session": {"name": "bmc", "run_on": "target", "state": "absent"}},
    ]
    here = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    run = play_one(tasks, gatehouse_sessions={"bmc": definition(services, "redfish")}, **here)
    assert run["request"]["json"]["PowerState"] == "On"
    state = services.state("redfish")
    assert (state["logins"], state["sessions"]) == (1, [])


# The guide


def recipe_of_the_guide() -> str:
    found = re.search(r"<!-- recipe: [^\n]*\n```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


def test_the_recipe_of_the_guide_works_as_it_stands(play_one: Player, services: Sandbox) -> None:
    path = play_one.write("recipes/inventory.yml", recipe_of_the_guide())
    sessions = {"inventory": definition(services, "zabbix", recipe_name=None, recipe_file=str(path))}
    run = play_one(life("inventory", RPC), "-vvvvv", gatehouse_sessions=sessions)
    assert len(run["request"]["json"]["result"]) == 2
    assert services.state("zabbix")["sessions"] == []
    shows_no_secret(services, "zabbix", run.output)


def test_the_recipe_of_the_guide_works_inside_a_task(play_one: Player, services: Sandbox) -> None:
    written = yaml.safe_load(recipe_of_the_guide())
    http = definition(services, "zabbix", recipe_name=None, recipe=written)["http"]
    run = play_one(
        [{"name": "open", "gatehouse.api.session": {"name": "inventory", "http": http}}, *life("inventory", RPC)]
    )
    assert len(run["request"]["json"]["result"]) == 2
    assert services.state("zabbix")["sessions"] == []


def test_the_failure_that_the_guide_shows(play_one: Player, services: Sandbox) -> None:
    said = re.search(r"^> Line (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert said
    text = recipe_of_the_guide().replace("json: /result", "json: /result/token")
    path = play_one.write("recipes/inventory.yml", text)
    sessions = {"inventory": definition(services, "zabbix", recipe_name=None, recipe_file=str(path))}
    run = play_one(life("inventory", RPC)[:1], rc=2, gatehouse_sessions=sessions)
    message = checked_failure(run["open"], "definition")["message"]
    assert message == f"Line {said[1]}".replace("recipes/inventory.yml", str(path))


# What is wrong is said with its line


def test_a_wrong_recipe_in_a_task_names_the_line(play_each: Player, services: Sandbox) -> None:
    path = play_each.directory / "play.yml"
    text = f"""\
- hosts: localhost
  gather_facts: false
  vars:
    word: "{{{{ 'pass' ~ 'word' }}}}"
  tasks:
    - name: open
      gatehouse.api.session:
        name: api
        http:
          url: {services.url("vsphere")}
          username: "{{{{ word }}}}"
          recipe:
            login:
              path: /api/session
              basik: true
            token: {{json: ""}}
            send:
              X: "{{token}}"
"""
    run = play_each.playbook(text, rc=2)
    message = checked_failure(run["open"], "definition")["message"]
    line = next(number for number, part in enumerate(text.splitlines(), 1) if "basik" in part)
    assert message == f"Line {line} of {path}: recipe.login has the unknown key 'basik'; did you mean 'basic'?"
    assert services.journal("vsphere") == []


def test_a_token_that_is_not_there_names_the_line_in_a_task(play_each: Player, services: Sandbox) -> None:
    path = play_each.directory / "play.yml"
    known = services.account("vsphere", "alice")
    text = f"""\
- hosts: localhost
  gather_facts: false
  tasks:
    - name: open
      gatehouse.api.session:
        name: api
        http:
          url: {services.url("vsphere")}
          ca_path: {services.ca_file}
          username: {known["username"]}
          password: {known["password"]}
          recipe:
            login: {{path: /api/session, basic: true}}
            token:
              header: X-Nowhere
            send: {{X: "{{token}}"}}
"""
    run = play_each.playbook(text, rc=2)
    failure = checked_failure(run["open"], "definition")
    line = next(number for number, part in enumerate(text.splitlines(), 1) if "X-Nowhere" in part)
    assert failure["message"].startswith(f"Line {line} of {path}: recipe.token.header finds nothing")
    assert "vmware-api-session-id" in failure["hint"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"url": "http://127.0.0.1:1"}, "plain http"),
        ({"recipe_name": "redfisch"}, "redfisch"),
        ({"recipe_name": None}, "no recipe"),
        ({"recipe_file": "/nowhere/recipe.yml", "recipe_name": None}, "cannot be read"),
        ({"values": "text"}, "values"),
        ({"recipe": "text", "recipe_name": None}, "recipe"),
    ],
)
def test_a_wrong_definition(play_one: Player, services: Sandbox, changed: dict[str, Any], said: str) -> None:
    sessions = {"api": definition(services, "redfish", **changed)}
    run = play_one(life("api", REQUESTS["redfish"])[:1], rc=2, gatehouse_sessions=sessions)
    assert said in checked_failure(run["open"], "definition")["message"]
    assert services.journal("redfish") == []
