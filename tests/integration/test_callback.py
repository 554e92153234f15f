# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback sessions sums up what all workers of a run did."""

from __future__ import annotations

from tests.integration.playing import Player

SUMMARY = "gatehouse.api: sessions opened"


def test_one_line_counts_the_sessions_of_all_workers(play: Player) -> None:
    inventory = play.write("hosts.ini", "[all]\n" + "".join(f"h{number}\n" for number in range(12)))
    tasks = """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        - name: look up
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'mail').uid }}"}
        - name: refresh
          gatehouse.api.session: {name: mail, state: refreshed}
          run_once: true
    """
    keywords = {"vars": {"ansible_connection": "local"}}
    enabled = {"ANSIBLE_CALLBACKS_ENABLED": "results,gatehouse.api.sessions"}
    run = play(tasks, "-i", str(inventory), "-f", "6", hosts="all", play=keywords, env=enabled)
    # 24 uses: 11 hosts find the session that the first one opens, all 12 look it up; a login takes two requests.
    assert f"{SUMMARY} 1, refreshed 1, reused 23; requests saved 46" in run.output


def test_a_run_without_sessions_prints_nothing(play_newest: Player) -> None:
    enabled = {"ANSIBLE_CALLBACKS_ENABLED": "results,gatehouse.api.sessions"}
    assert SUMMARY not in play_newest("- ansible.builtin.debug: {}", env=enabled).output


def test_a_run_without_the_callback_prints_nothing(play_newest: Player) -> None:
    run = play_newest('- gatehouse.api.session: {name: mail, proton: "{{ alice }}"}')
    assert SUMMARY not in run.output
