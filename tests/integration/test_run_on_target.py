# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`run_on: target` runs the same function as an ordinary module on the managed host, with that host's own store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.playing import Player
from tests.sandbox.harness import Sandbox

INVENTORY = """
[all]
target ansible_connection=local ansible_python_interpreter="{{ ansible_playbook_python }}"
"""
EVERY_MODULE = """
- name: predicted
  gatehouse.api.session: {name: mail}
  check_mode: true
- name: open
  gatehouse.api.session: {name: mail}
- name: again
  gatehouse.api.session: {name: mail}
- name: named options
  gatehouse.api.session: {name: inline, proton: "{{ carol }}"}
- name: info
  gatehouse.api.session_info:
- name: remote
  gatehouse.api.session_info: {name: mail, remote: true}
- name: request
  gatehouse.api.request: {session: mail, path: /core/v4/leak}
- name: post
  gatehouse.api.request: {session: mail, path: /core/v4/echo, method: POST, body: {A: [1, {B: 2}]}}
- name: fork
  gatehouse.api.session_fork: {parent: mail, name: kid}
- name: select
  gatehouse.api.session_fork: {parent: mail, payload: canary-payload-T1, seal_payload: true}
  register: select
- name: import
  gatehouse.api.session_import:
    name: kid2
    selector: "{{ select.selector }}"
    payload_key: "{{ select.payload_key }}"
    return_payload: true
    proton: "{{ place }}"
  register: imported
- name: ask
  gatehouse.api.session_verification: {session: mail, address: alice@sandbox.test}
- name: lock
  gatehouse.api.session: {name: mail, state: locked}
- name: unlock
  gatehouse.api.session: {name: mail, state: unlocked}
- name: refresh
  gatehouse.api.session: {name: mail, state: refreshed}
- name: tokens
  gatehouse.api.session: {name: mail, return_tokens: true}
  register: tokens
- name: unknown
  gatehouse.api.session: {name: nowhere}
  ignore_errors: true
- name: refused
  gatehouse.api.session: {name: other, proton: "{{ alice | combine({'password': 'canary-wrong-T2'}) }}"}
  ignore_errors: true
- name: seen
  ansible.builtin.assert:
    that:
      - tokens.tokens.access_token | length == 32
      - imported.payload == payload
- name: close
  gatehouse.api.session: {name: mail, state: absent}
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return the HOME of the managed host."""
    path = tmp_path / "target"
    path.mkdir(mode=0o700)
    return path


def on_target(target: Path) -> dict[str, Any]:
    return {
        "environment": {"HOME": str(target)},
        "module_defaults": {"group/gatehouse.api.all": {"run_on": "target"}},
    }


def test_every_module_with_its_own_store(play: Player, sandbox: Sandbox, target: Path) -> None:
    play.write("inventory.ini", INVENTORY)
    run = play(
        EVERY_MODULE,
        "-i",
        "inventory.ini",
        "-vvvvv",
        "--diff",
        hosts="target",
        play=on_target(target),
        gatehouse_sessions={"mail": {"proton": "{{ alice }}"}},
        payload="canary-payload-T1",
    )
    assert run.changed("predicted", "open", "again", "named options", "fork", "import", "close") == {
        "predicted": True,
        "open": True,
        "again": False,
        "named options": True,
        "fork": True,
        "import": True,
        "close": True,
    }
    assert sorted(facts["name"] for facts in run["info"]["sessions"]) == ["inline", "mail"]
    assert len(run["remote"]["remote_sessions"]) == 1
    assert run["request"]["json"]["Debug"]["AccessToken"] == "********"
    assert run["post"]["json"]["Json"] == {"A": [1, {"B": 2}]}
    assert run["unlock"]["session"]["state"] == "active"
    run.failure("unknown", "definition")
    run.failure("refused", "credentials_rejected")
    for task in ("select", "import", "tokens"):
        assert "censored" in run[task]
    store = target / ".local" / "state" / "gatehouse.api" / "sessions"
    assert sorted(path.name for path in store.glob("[!%]*.session")) == [
        "inline.session",
        "kid.session",
        "kid2.session",
    ]
    assert not play.store.exists()
    assert not [secret[:8] for secret in sandbox.canaries("proton") if secret in run.output]
    assert "canary-payload-T1" not in run.output.replace("canary-payload-T1\n", "", 1)


def test_controller_and_target_do_not_mix(play_newest: Player, sandbox: Sandbox, target: Path) -> None:
    """A selector from the control node's session becomes a session of the managed host alone."""
    play = play_newest
    play.write("inventory.ini", INVENTORY)
    run = play(
        """
        - name: open here
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        - name: select
          gatehouse.api.session_fork: {parent: mail}
          register: fork
        - name: import there
          gatehouse.api.session_import:
            {name: kid, selector: "{{ fork.selector }}", proton: "{{ place }}", run_on: target}
        - name: use there
          gatehouse.api.request: {session: kid, path: /users, run_on: target}
        - name: not there
          gatehouse.api.request: {session: other, path: /users, run_on: target}
          ignore_errors: true
        - name: here
          gatehouse.api.session_info:
        - name: there
          gatehouse.api.session_info: {run_on: target}
        """,
        "-i",
        "inventory.ini",
        hosts="target",
        play={"environment": {"HOME": str(target)}},
    )
    assert run["use there"]["json"]["User"]["Name"] == "alice"
    run.failure("not there", "definition")
    assert [facts["name"] for facts in run["here"]["sessions"]] == ["mail"]
    assert [facts["name"] for facts in run["there"]["sessions"]] == ["kid"]


def test_pointers_of_a_sessions_file_are_followed_on_the_control_node(
    play_newest: Player, sandbox: Sandbox, target: Path
) -> None:
    play = play_newest
    play.write("inventory.ini", INVENTORY)
    alice = play.vars["alice"]
    play.write(
        "sessions.yml",
        f"mail:\n  proton:\n    url: {alice['url']}\n    ca_path: {alice['ca_path']}\n    username: alice\n"
        "    password: {file: secret}\n",
    )
    play.write("secret", alice["password"])
    run = play(
        "- {name: open, gatehouse.api.session: {name: mail, run_on: target}}",
        "-i",
        "inventory.ini",
        hosts="target",
        play={"environment": {"HOME": str(target)}},
    )
    assert run["open"]["session"]["account"] == "alice"
    assert not play.store.exists()


def test_only_an_explicit_store_and_key_travel(play_newest: Player, sandbox: Sandbox, target: Path) -> None:
    """The control node's own settings say nothing about a managed host's store."""
    play = play_newest
    play.write("inventory.ini", INVENTORY)
    key = "canary-store-key-0123456789"
    play(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ alice }}", run_on: target}
        - name: elsewhere
          gatehouse.api.session:
            {name: mail, proton: "{{ alice }}", run_on: target, store: "{{ elsewhere }}", store_key: "{{ key }}"}
        """,
        "-i",
        "inventory.ini",
        hosts="target",
        play={"environment": {"HOME": str(target)}},
        env={"GATEHOUSE_STORE_KEY": "canary-the-controllers-own-key"},
        gatehouse_store=str(play.directory / "controller"),
        elsewhere=str(target / "elsewhere"),
        key=key,
    )
    assert not (play.directory / "controller").exists()
    assert (target / ".local/state/gatehouse.api/sessions/mail.session").exists()
    assert (target / "elsewhere/mail.session").exists()
    assert not (target / "elsewhere/key").exists()
