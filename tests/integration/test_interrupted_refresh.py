# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A refresh whose answer never arrives: nothing is lost that is not lost, and what is lost is said (promise 2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.playing import Player, Run
from tests.sandbox.harness import Sandbox

OPEN = """
- name: open
  gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
"""
INTERRUPTED = """
- name: interrupted
  gatehouse.api.session: {name: mail, state: refreshed}
  ignore_errors: true
"""
USES = {
    "request": "gatehouse.api.request: {session: mail, path: /users}",
    "refreshed": "gatehouse.api.session: {name: mail, state: refreshed}",
    "present": "gatehouse.api.session: {name: mail}",
    "lookup": "ansible.builtin.debug: {msg: \"{{ lookup('gatehouse.api.session', 'mail', field='uid') }}\"}",
    "fork": "gatehouse.api.session_fork: {parent: mail, name: kid}",
}


def warnings(run: Run) -> list[str]:
    """The warnings; ansible-core wraps long ones."""
    text = " ".join(line.strip() for line in run.output.splitlines())
    return [part for part in text.split("[WARNING]: ")[1:] if "got no answer" in part]


@pytest.mark.parametrize("use", ["request", "lookup"])
def test_the_next_use_recovers_with_the_definition(play: Player, sandbox: Sandbox, use: str) -> None:
    _recovers(play, sandbox, use)


@pytest.mark.parametrize("use", ["refreshed", "present", "fork"])
def test_any_next_use_recovers_with_the_definition(play_newest: Player, sandbox: Sandbox, use: str) -> None:
    _recovers(play_newest, sandbox, use)


def _recovers(play: Player, sandbox: Sandbox, use: str) -> None:
    sandbox.fault("proton", "drop_after", route="refresh")
    run = play(
        f"""
{OPEN}
{INTERRUPTED}
- name: next
  {USES[use]}
- name: check
  ansible.builtin.debug: {{msg: "{{{{ lookup('gatehouse.api.session', 'mail', field='uid') }}}}"}}
- name: usable
  ansible.builtin.uri:
    url: "{{{{ place.url }}}}/users"
    ca_path: "{{{{ place.ca_path }}}}"
    headers: "{{{{ lookup('gatehouse.api.session', 'mail', field='headers') }}}}"
  no_log: true
""",
        gatehouse_sessions={"mail": {"proton": "{{ alice }}"}},
    )
    run.failure("interrupted", "not_reachable")
    assert len(warnings(run)) == 1, run.output
    assert "mail" in warnings(run)[0]
    assert sandbox.routes("proton")["auth"] == 2
    assert run["check"]["msg"] != run["open"]["session"]["uid"]


def test_without_the_definition_it_says_what_happened_and_what_to_do(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "drop_after", route="refresh")
    run = play_newest(
        f"""
{OPEN}
{INTERRUPTED}
- name: next
  gatehouse.api.request: {{session: mail, path: /users}}
  ignore_errors: true
- name: after that
  gatehouse.api.session: {{name: mail}}
  ignore_errors: true
- name: facts
  gatehouse.api.session_info: {{name: mail}}
- name: mended
  gatehouse.api.session: {{name: mail, proton: "{{{{ alice }}}}"}}
"""
    )
    failure = run.failure("next", "authentication_needed")
    assert "got no answer" in failure["message"]
    assert failure["message"].endswith("lacks password.")
    assert "definition" in failure["hint"]
    run.failure("after that", "authentication_needed")
    assert run["facts"]["sessions"][0]["state"] == "expired"
    assert run["mended"]["session"]["state"] == "active"


def test_a_refresh_that_never_arrived_loses_nothing(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "drop_before", route="refresh")
    run = play_newest(
        f"""
{OPEN}
{INTERRUPTED}
- name: refreshed
  gatehouse.api.session: {{name: mail, state: refreshed}}
- name: used
  gatehouse.api.request: {{session: mail, path: /users}}
"""
    )
    run.failure("interrupted", "not_reachable")
    assert run.changed("refreshed") == {"refreshed": True}
    assert run["refreshed"]["session"]["uid"] == run["open"]["session"]["uid"]
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "refresh": 2, "users": 1}
    assert warnings(run) == []


@pytest.mark.parametrize(
    ("fault", "options", "kind"),
    [
        ("truncate", {}, "unexpected_response"),
        ("status", {"status": 502, "when": "after"}, "not_available"),
        ("missing_field", {"fields": ["RefreshToken"]}, "unexpected_response"),
        ("html", {"when": "after"}, "unexpected_response"),
    ],
)
def test_other_answers_that_lose_the_new_tokens(
    play_newest: Player, sandbox: Sandbox, fault: str, options: dict[str, Any], kind: str
) -> None:
    sandbox.fault("proton", fault, route="refresh", **options)
    run = play_newest(
        f"""
{OPEN}
{INTERRUPTED}
- name: next
  gatehouse.api.request: {{session: mail, path: /users, proton: "{{{{ alice }}}}"}}
"""
    )
    run.failure("interrupted", kind)
    assert run["next"]["json"]["User"]["Name"] == "alice"
    assert sandbox.routes("proton")["auth"] == 2
    assert len(warnings(run)) == 1


def test_a_session_that_the_service_ended_is_opened_again(play_newest: Player, sandbox: Sandbox) -> None:
    """No refresh was interrupted here, so nothing may be said of one."""
    run = play_newest(
        """
        - name: open two
          gatehouse.api.session: {name: "{{ item }}", proton: "{{ alice }}"}
          loop: [mail, other]
        - name: revoke
          gatehouse.api.session: {name: other, state: absent, revoke: [others]}
        - name: without the definition
          gatehouse.api.request: {session: mail, path: /users}
          ignore_errors: true
        - name: with it
          gatehouse.api.request: {session: mail, path: /users, proton: "{{ alice }}"}
        """
    )
    failure = run.failure("without the definition", "authentication_needed")
    assert "has ended session 'mail'" in failure["message"]
    assert run["with it"]["status"] == 200
    assert "got no answer" not in run.output


@pytest.mark.parametrize(("status", "sent"), [(409, 2), (503, 2), (429, 2)])
def test_refreshes_that_are_worth_repeating(play_newest: Player, sandbox: Sandbox, status: int, sent: int) -> None:
    sandbox.fault("proton", "status", route="refresh", status=status, headers={"retry-after": "0"})
    run = play_newest(OPEN + "- {name: refreshed, gatehouse.api.session: {name: mail, state: refreshed}}\n")
    assert run.changed("refreshed") == {"refreshed": True}
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "refresh": sent}
