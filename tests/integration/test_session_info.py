# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module session_info looks and changes nothing."""

from __future__ import annotations

from tests.integration.playing import Player
from tests.sandbox.harness import Sandbox


def test_one_all_and_remote(play: Player, sandbox: Sandbox) -> None:
    run = play(
        """
        - name: none
          gatehouse.api.session_info:
        - name: open
          gatehouse.api.session: {name: "{{ item }}", proton: "{{ alice }}"}
          loop: [mail, other]
        - name: one
          gatehouse.api.session_info: {name: mail}
        - name: one in check mode
          gatehouse.api.session_info: {name: mail, remote: true}
          check_mode: true
        - name: missing
          gatehouse.api.session_info: {name: nowhere}
        - name: all
          gatehouse.api.session_info:
        - name: remote
          gatehouse.api.session_info: {name: mail, remote: true}
        - name: remote of none
          gatehouse.api.session_info: {name: nowhere, remote: true}
          ignore_errors: true
        - name: remote of what
          gatehouse.api.session_info: {remote: true}
          ignore_errors: true
        """
    )
    assert not any(run.changed(*(name for name in run.changed() if name != "open")).values())
    opened = [item["session"] for item in run["open"]["results"]]
    assert run["none"]["sessions"] == []
    assert run["one"]["sessions"] == opened[:1]
    assert run["missing"]["sessions"] == []
    assert sorted(run["all"]["sessions"], key=lambda facts: str(facts["name"])) == opened
    listed = run["remote"]["remote_sessions"]
    assert {item["uid"]: item["current"] for item in listed} == {opened[0]["uid"]: True, opened[1]["uid"]: False}
    assert run["one in check mode"]["remote_sessions"] == listed
    run.failure("remote of none", "authentication_needed")
    run.failure("remote of what", "definition")
    assert sandbox.routes("proton") == {"auth_info": 2, "auth": 2, "sessions": 2}


def test_a_dead_token_is_reported_and_not_refreshed(play_newest: Player, sandbox: Sandbox) -> None:
    play_newest('- gatehouse.api.session: {name: mail, proton: "{{ alice }}"}')
    sandbox.clock("proton", 90000)
    run = play_newest(
        """
        - name: remote
          gatehouse.api.session_info: {name: mail, remote: true}
          ignore_errors: true
        """
    )
    assert run.failure("remote", "authentication_needed")["http_code"] == 401
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "sessions": 1}
