# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role session opens before the work, and signs out afterwards, also when the work failed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.playing import Player
from tests.sandbox.harness import Sandbox

IN_ROLE = "gatehouse.api.session : "  # what ansible-core puts before the names of a role's tasks
ROLE = """
- name: work as the session
  ansible.builtin.include_role: {name: gatehouse.api.session}
  vars: {session_name: mail, session_work: "{{ playbook_dir }}/work.yml"}
"""


@pytest.fixture
def defined(play: Player) -> Player:
    play.vars["gatehouse_sessions"] = {"mail": {"proton": play.vars["alice"]}}
    return play


def _open(sandbox: Sandbox) -> list[Any]:
    return list(sandbox.state("proton")["sessions"])


def test_the_work_has_the_session_and_its_name(defined: Player, sandbox: Sandbox) -> None:
    defined.write(
        "work.yml",
        """
        - name: call
          gatehouse.api.request: {session: "{{ session_name }}", path: /users}
        - name: facts
          ansible.builtin.assert: {that: session_opened.session.account == 'alice'}
        """,
    )
    run = defined(ROLE)
    assert run[IN_ROLE + "call"]["status"] == 200
    assert all(run.changed(IN_ROLE + "Open the session", IN_ROLE + "Sign out").values())
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "users": 1, "logout": 1}
    assert _open(sandbox) == []
    assert defined.records() == []


def test_a_failure_of_the_work_is_kept_and_the_session_signed_out(defined: Player, sandbox: Sandbox) -> None:
    defined.write("work.yml", "- name: break\n  ansible.builtin.fail: {msg: broken}\n")
    run = defined(ROLE, rc=2)
    assert run[IN_ROLE + "break"]["msg"] == "broken"
    assert run[IN_ROLE + "Sign out"]["changed"]
    assert _open(sandbox) == []


def test_a_session_that_cannot_be_opened_leaves_nothing_to_sign_out(defined: Player, sandbox: Sandbox) -> None:
    defined.vars["gatehouse_sessions"]["mail"]["proton"] = {**defined.vars["alice"], "password": "wrong-password"}
    defined.write("work.yml", "- name: never\n  ansible.builtin.debug: {}\n")
    run = defined(ROLE, rc=2)
    run.failure(IN_ROLE + "Open the session", "credentials_rejected")
    assert not run[IN_ROLE + "Sign out"]["changed"]
    assert run.on(IN_ROLE + "never") == {}


def test_the_session_stays_open_when_asked_to(defined: Player, sandbox: Sandbox) -> None:
    defined.write("work.yml", "- name: nothing\n  ansible.builtin.debug: {}\n")
    run = defined(ROLE, "-e", "session_close=false")
    assert run[IN_ROLE + "Sign out"]["skip_reason"]
    assert len(_open(sandbox)) == 1


def test_arguments_are_validated(defined: Player) -> None:
    run = defined("- ansible.builtin.include_role: {name: gatehouse.api.session}\n  vars: {session_name: mail}", rc=2)
    assert "session_work" in run.output
