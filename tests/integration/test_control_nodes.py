# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several control nodes and one Redis: one login, and one refresh each time the session expires, over all of them.

GATEHOUSE_TESTS_HOSTS=250 .venv/dev/bin/python -m pytest tests/integration/test_control_nodes.py
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.playing import Player, Run
from tests.redis.fixtures import needs_redis
from tests.redis.servers import Server
from tests.sandbox.harness import Sandbox

pytestmark = needs_redis
KEY = "canary-store-key-0123456789"
NODES = 4
HOSTS = int(os.environ.get("GATEHOUSE_TESTS_HOSTS") or 25)
LIFETIME = 4  # seconds of an access token
LOCAL = "ansible_connection=local\nansible_python_interpreter={{ ansible_playbook_python }}"
TASKS = """
- name: ensure
  gatehouse.api.session: {name: mail}
- name: look up
  ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'mail').uid }}"}
- name: ask
  gatehouse.api.request: {session: mail, path: /core/v4/echo}
"""


@pytest.fixture
def nodes(play_newest: Player, tmp_path: Path, redis_server: Server) -> list[Player]:
    """Return control nodes: each with a HOME of its own, and the same Redis."""
    found = []
    env = {
        "GATEHOUSE_STORE": redis_server.url.replace("//", "//nodes:canary-redis@"),
        "GATEHOUSE_STORE_KEY": KEY,
        "ANSIBLE_CALLBACKS_ENABLED": "results,gatehouse.api.sessions",
    }
    redis_server.client.acl_setuser(
        "nodes", enabled=True, reset=True, passwords=["+canary-redis"], keys=["gatehouse.api:*"], categories=["+@all"]
    )
    for number in range(NODES):
        home, work = tmp_path / f"home-{number}", tmp_path / f"work-{number}"
        home.mkdir(mode=0o700)
        work.mkdir()
        node = replace(play_newest, directory=work, home=home, vars=dict(play_newest.vars), env=env)
        node.vars["gatehouse_sessions"] = {"mail": {"proton": "{{ alice }}"}}
        hosts = "".join(f"host{number:03}\n" for number in range(HOSTS))
        node.write("hosts.ini", f"[all:vars]\n{LOCAL}\n[all]\n{hosts}")
        found.append(node)
    return found


def at_once(nodes: list[Player], tasks: str = TASKS) -> list[Run]:
    """Run the same tasks on all nodes at the same time."""
    with ThreadPoolExecutor(len(nodes)) as pool:
        return list(pool.map(lambda node: node(tasks, "-i", "hosts.ini", "--forks", "10", hosts="all"), nodes))


def test_one_login_and_one_refresh_per_expiry_over_all_nodes(nodes: list[Player], sandbox: Sandbox) -> None:
    sandbox.settings("proton", access_ttl=LIFETIME, login_seconds=0.2, refresh_seconds=0.2)
    runs = at_once(nodes)
    for run in runs:
        assert len(run.stats) == HOSTS
        assert "canary-redis" not in run.output
    assert len({facts["msg"] for run in runs for facts in run.on("look up").values()}) == 1
    changed = [facts["changed"] for run in runs for facts in run.on("ensure").values()]
    routes = sandbox.routes("proton")
    assert routes["auth"] == 1
    entries = [entry for entry in sandbox.journal("proton", route="refresh") if entry["work"] == "ok"]
    assert routes.get("refresh", 0) == len(entries) > 0
    assert 1 <= sum(map(bool, changed)) <= 1 + len(entries)
    spent = Counter(entry["fingerprints"]["refresh"] for entry in entries)
    assert set(spent.values()) == {1}
    began = [entry["time"] for entry in entries]
    between = [later - earlier for earlier, later in itertools.pairwise(began)]
    assert all(seconds > LIFETIME * 0.9 - 0.5 for seconds in between), between
    assert all(not (node.home / ".local").exists() for node in nodes), "a node has a store of its own"


def test_one_node_closes_what_another_has_opened(nodes: list[Player], sandbox: Sandbox) -> None:
    one, two = (replace(node, env={**node.env, "ANSIBLE_CALLBACKS_ENABLED": "results"}) for node in nodes[:2])
    one("- gatehouse.api.session: {name: mail}")
    known = "- {name: known, gatehouse.api.session_info: {name: mail}}\n"
    run = two(f"{known}- gatehouse.api.session: {{name: mail, state: absent}}")
    assert run["known"]["sessions"][0]["state"] == "active"
    assert sandbox.routes("proton")["auth"] == 1
    assert sandbox.state("proton")["sessions"] == []
    assert one(known)["known"]["sessions"] == []


def test_a_redis_that_is_gone_is_one_sentence_without_its_password(nodes: list[Player]) -> None:
    node = replace(nodes[0], env={**nodes[0].env, "GATEHOUSE_STORE": "redis://:canary-redis@127.0.0.1:1"})
    tasks = """
        - {name: ensure, gatehouse.api.session: {name: mail}, ignore_errors: true}
        - name: look up
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'mail') }}"}
          ignore_errors: true
        - name: on a target
          gatehouse.api.session_info:
            run_on: target
            store: redis://:canary-redis@127.0.0.1:1
            store_key: "{{ 'x' * 30 }}"
          ignore_errors: true
    """
    run = node(tasks, "-vvvvv")
    for task in ("ensure", "on a target"):
        failure = run.failure(task, "store")
        assert failure["message"] == "The store redis://127.0.0.1:1 cannot be reached: Connection refused."
    assert "redis://127.0.0.1:1 cannot be reached" in run["look up"]["msg"]
    assert "canary-redis" not in run.output
