# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""However many hosts ask at once, the service sees one login or one refresh (DESIGN, promise 1)."""

from __future__ import annotations

import pytest
import yaml

from tests.integration.playing import Player
from tests.integration.test_session import expired
from tests.sandbox.harness import Sandbox

LOCAL = "ansible_connection=local\nansible_python_interpreter={{ ansible_playbook_python }}"
TASKS = """
- name: ensure
  gatehouse.api.session: {name: mail}
- name: template
  ansible.builtin.template:
    src: config.j2
    dest: "{{ playbook_dir }}/out/{{ inventory_hostname }}"
    mode: "0600"
"""
REQUESTS = """
- name: request
  gatehouse.api.request: {session: mail, path: /users}
"""


@pytest.fixture
def hosts(play_newest: Player) -> int:
    return _prepared(play_newest, 100)


@pytest.fixture
def some_hosts(play: Player) -> int:
    return _prepared(play, 8)


@pytest.fixture
def some_hosts_newest(play_newest: Player) -> int:
    return _prepared(play_newest, 12)


def _prepared(play: Player, count: int) -> int:
    lines = "".join(f"host{number:03}\n" for number in range(count))
    play.write("hosts.ini", f"[all:vars]\n{LOCAL}\n[all]\n{lines}")
    play.write("templates/config.j2", "{{ inventory_hostname }} {{ lookup('gatehouse.api.session', 'mail').token }}\n")
    (play.directory / "out").mkdir()
    play.vars["gatehouse_sessions"] = {"mail": {"proton": "{{ alice }}"}}
    return count


def _one_session(play: Player, sandbox: Sandbox, hosts: int, tasks: str) -> None:
    run = play(tasks, "-i", "hosts.ini", "--forks", "50", hosts="all")
    assert len(run.stats) == hosts
    assert not any(stats["failures"] or stats["unreachable"] for stats in run.stats.values())
    if "ensure" in tasks:
        ensured = run.on("ensure")
        assert sum(bool(facts["changed"]) for facts in ensured.values()) == 1
        assert len({facts["session"]["uid"] for facts in ensured.values()}) == 1
        written = {path.name: path.read_text(encoding="utf-8").split() for path in (play.directory / "out").iterdir()}
        assert all(name == host for name, (host, _token) in written.items())
        assert len(written) == hosts
        assert len({token for _host, token in written.values()}) == 1


def test_100_hosts_one_login(play_newest: Player, sandbox: Sandbox, hosts: int) -> None:
    sandbox.settings("proton", login_seconds=0.2)
    _one_session(play_newest, sandbox, hosts, TASKS)
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1}


def test_a_token_that_the_service_calls_stale_is_refreshed_once(
    play_newest: Player, sandbox: Sandbox, some_hosts_newest: int
) -> None:
    play_newest("- gatehouse.api.session: {name: mail}")
    sandbox.clock("proton", 90000)
    sandbox.settings("proton", refresh_seconds=0.2)
    _one_session(play_newest, sandbox, some_hosts_newest, REQUESTS)
    routes = sandbox.routes("proton")
    assert (routes["auth"], routes["refresh"]) == (1, 1)


def test_an_expired_token_is_refreshed_once(play_newest: Player, sandbox: Sandbox, some_hosts_newest: int) -> None:
    sandbox.settings("proton", access_ttl=1)
    play_newest('- gatehouse.api.session: {name: mail, proton: "{{ alice }}"}')
    expired(sandbox)
    sandbox.settings("proton", access_ttl=86400, refresh_seconds=0.2)
    _one_session(play_newest, sandbox, some_hosts_newest, TASKS)
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "refresh": 1}


def test_one_login_for_a_few_hosts_on_every_core(play: Player, sandbox: Sandbox, some_hosts: int) -> None:
    _one_session(play, sandbox, some_hosts, TASKS)
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1}


def test_lookups_alone_make_one_login(play_newest: Player, sandbox: Sandbox, some_hosts_newest: int) -> None:
    play_newest(yaml.safe_load(TASKS)[1:], "-i", "hosts.ini", "--forks", "50", hosts="all")
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1}


def test_a_wrong_password_is_sent_once(play_newest: Player, sandbox: Sandbox, some_hosts_newest: int) -> None:
    """DESIGN, promise 4: many hosts cannot lock an account."""
    run = play_newest(
        """
        - name: ensure
          gatehouse.api.session: {name: mail, proton: "{{ alice | combine({'password': 'wrong'}) }}"}
          ignore_errors: true
        """,
        "-i",
        "hosts.ini",
        "--forks",
        "50",
        hosts="all",
    )
    kinds = {facts["failure"]["kind"] for facts in run.on("ensure").values()}
    assert kinds == {"credentials_rejected"}
    assert sandbox.routes("proton")["auth"] == 1
