# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module session ensures each of its states, once, and says what changed (DESIGN, promises 1, 5 and 6)."""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml

from tests.integration.playing import Player, Run
from tests.sandbox.harness import Sandbox


def routes(sandbox: Sandbox) -> list[str]:
    """What arrived at the service, in order."""
    return [str(entry["route"]) for entry in sandbox.journal("proton")]


def no_secrets_in(run: Run, sandbox: Sandbox) -> None:
    found = [secret[:6] for secret in sandbox.canaries("proton") if secret in run.output]
    assert not found


STATES = """
- name: nothing to close
  gatehouse.api.session: {name: mail, state: absent, proton: "{{ alice }}"}
- name: opened
  gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
- name: opened already
  gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
- name: opened already, by name alone
  gatehouse.api.session: {name: mail}
- name: unlocked already
  gatehouse.api.session: {name: mail, state: unlocked}
- name: locked
  gatehouse.api.session: {name: mail, state: locked}
- name: locked already
  gatehouse.api.session: {name: mail, state: locked}
- name: still locked
  gatehouse.api.session: {name: mail}
- name: unlocked
  gatehouse.api.session: {name: mail, state: unlocked, proton: "{{ alice }}"}
- name: unlocked twice
  gatehouse.api.session: {name: mail, state: unlocked, proton: "{{ alice }}"}
- name: refreshed
  gatehouse.api.session: {name: mail, state: refreshed}
- name: closed
  gatehouse.api.session: {name: mail, state: absent}
- name: closed already
  gatehouse.api.session: {name: mail, state: absent}
"""
CHANGES = {
    "nothing to close": False,
    "opened": True,
    "opened already": False,
    "opened already, by name alone": False,
    "unlocked already": False,
    "locked": True,
    "locked already": False,
    "still locked": False,
    "unlocked": True,
    "unlocked twice": False,
    "refreshed": True,
    "closed": True,
    "closed already": False,
}
WIRE = ["auth_info", "auth", "lock", "scopes", "auth_info", "unlock", "scopes", "refresh", "logout"]


def test_each_state_is_ensured_once(play: Player, sandbox: Sandbox) -> None:
    run = play(STATES, "--diff")
    assert run.changed() == CHANGES
    assert routes(sandbox) == WIRE
    assert all(entry["outcome"] == "ok" for entry in sandbox.journal("proton"))
    assert sandbox.state("proton")["sessions"] == []
    assert play.records() == []
    opened = run["opened"]["session"]
    assert {key: opened[key] for key in ("name", "provider", "origin", "account", "state", "revision", "parent")} == {
        "name": "mail",
        "provider": "proton",
        "origin": sandbox.url("proton"),
        "account": "alice",
        "state": "active",
        "revision": 1,
        "parent": None,
    }
    assert opened["uid"]
    assert "locked" in opened["scopes"]
    assert opened["opened_at"] < opened["expires_at"]
    assert run["opened already"]["session"] == opened
    assert [run[task]["session"]["state"] for task in ("locked", "locked already", "still locked", "unlocked")] == [
        "locked",
        "locked",
        "locked",
        "active",
    ]
    assert run["nothing to close"]["session"] == {}


def test_diff_shows_facts_and_no_secret(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(STATES, "--diff", "-vvv")
    diffs = {task: run[task].get("diff") for task in CHANGES}
    assert {task: diff is not None for task, diff in diffs.items()} == CHANGES
    assert diffs["opened"] == {"before": {}, "after": run["opened"]["session"]}
    assert diffs["locked"]["before"]["state"] == "active"  # type: ignore[index]
    assert diffs["locked"]["after"]["state"] == "locked"  # type: ignore[index]
    assert diffs["closed"]["after"] == {}  # type: ignore[index]
    assert '+    "state": "locked",' in run.output
    no_secrets_in(run, sandbox)


def test_check_mode_sends_nothing_and_predicts_each_state(play: Player, sandbox: Sandbox) -> None:
    tasks: list[dict[str, Any]] = []
    for task in yaml.safe_load(STATES):
        predicted = {**task, "name": f"predicted: {task['name']}", "check_mode": True, "diff": True}
        tasks += [predicted, task]
    run = play(tasks)
    assert run.changed(*CHANGES) == CHANGES
    assert run.changed(*(f"predicted: {name}" for name in CHANGES)) == {
        f"predicted: {name}": change for name, change in CHANGES.items()
    }
    assert routes(sandbox) == WIRE
    for task in ("locked", "unlocked"):
        assert run[f"predicted: {task}"]["session"]["state"] == run[task]["session"]["state"]


def test_check_mode_leaves_no_trace_at_all(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        - name: lock
          gatehouse.api.session: {name: other, state: locked, proton: "{{ alice }}"}
        - name: refresh
          gatehouse.api.session: {name: mail, state: refreshed, proton: "{{ alice }}"}
        - name: close
          gatehouse.api.session: {name: mail, state: absent, proton: "{{ alice }}"}
        - name: unknown
          gatehouse.api.session: {name: nowhere}
          ignore_errors: true
        """,
        "--check",
    )
    assert run.changed("open", "lock", "refresh", "close") == {
        "open": True,
        "lock": True,
        "refresh": True,
        "close": False,
    }
    run.failure("unknown", "definition")
    assert routes(sandbox) == []
    assert play_newest.records() == []


def expired(sandbox: Sandbox) -> None:
    """Wait until the tokens of every session have died of age."""
    deadline = time.monotonic() + 60
    while any(session["expires_in"] > 0 for session in sandbox.state("proton")["sessions"]):
        assert time.monotonic() < deadline


def test_a_stale_token_is_refreshed_once(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.settings("proton", access_ttl=1)
    play_newest('- gatehouse.api.session: {name: mail, proton: "{{ alice }}"}')
    expired(sandbox)
    sandbox.settings("proton", access_ttl=86400)
    run = play_newest(
        """
        - name: predicted
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
          check_mode: true
        - name: first
          gatehouse.api.session: {name: mail}
        - name: second
          gatehouse.api.session: {name: mail}
        """
    )
    assert run.changed() == {"predicted": True, "first": True, "second": False}
    assert routes(sandbox) == ["auth_info", "auth", "refresh"]
    assert run["first"]["session"]["revision"] > run["predicted"]["session"]["revision"]


def test_min_ttl_refreshes_when_the_token_dies_too_soon(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.settings("proton", access_ttl=100)
    play_newest('- gatehouse.api.session: {name: mail, proton: "{{ alice }}"}')
    run = play_newest(
        """
        - name: long enough
          gatehouse.api.session: {name: mail, min_ttl: 5}
        - name: too short
          gatehouse.api.session: {name: mail, min_ttl: 99.9}
        """
    )
    assert run.changed() == {"long enough": False, "too short": True}
    assert routes(sandbox) == ["auth_info", "auth", "refresh"]


def test_min_ttl_beyond_what_the_service_gives(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        - name: too much
          gatehouse.api.session: {name: mail, min_ttl: 1000000}
          ignore_errors: true
        - name: too much, predicted
          gatehouse.api.session: {name: mail, min_ttl: 1000000}
          check_mode: true
          ignore_errors: true
        """
    )
    failure = run.failure("too much", "definition")
    assert "1e+06" not in failure["message"]
    assert "86400" in failure["message"]
    run.failure("too much, predicted", "definition")
    assert routes(sandbox) == ["auth_info", "auth"]


def test_min_ttl_holds_for_a_session_that_is_only_now_opened(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: too much
          gatehouse.api.session: {name: mail, min_ttl: 1000000, proton: "{{ alice }}"}
          ignore_errors: true
        """
    )
    run.failure("too much", "definition")


def test_tokens_are_returned_on_request_and_never_shown(play: Player, sandbox: Sandbox) -> None:
    run = play(
        """
        - name: open
          gatehouse.api.session: {name: mail, return_tokens: true, proton: "{{ alice }}"}
          register: opened
        - name: again
          gatehouse.api.session: {name: mail, return_tokens: true}
          register: again
        - name: without
          gatehouse.api.session: {name: mail}
          register: without
        - name: used
          ansible.builtin.uri:
            url: "{{ place.url }}/users"
            ca_path: "{{ place.ca_path }}"
            headers:
              x-pm-appversion: linux-vpn@4.0.0
              x-pm-uid: "{{ opened.session.uid }}"
              Authorization: "Bearer {{ opened.tokens.access_token }}"
          no_log: true
          register: used
        - name: seen
          ansible.builtin.assert:
            that:
              - opened.tokens == again.tokens
              - opened.tokens.refresh_token | length == 32
              - opened.session.name == 'mail'
              - "'tokens' not in without"
              - used.json.User.Name == 'alice'
        """,
        "-vvvv",
        "--diff",
    )
    for task in ("open", "again"):
        assert "censored" in run[task]
        assert "tokens" not in run[task]
    assert run.changed("open", "again") == {"open": True, "again": False}
    no_secrets_in(run, sandbox)


def test_other_sessions_of_the_account_are_revoked(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: open three
          gatehouse.api.session: {name: "{{ item }}", proton: "{{ alice }}"}
          loop: [one, two, three]
          register: opened
        - name: revoke one, predicted
          gatehouse.api.session: {name: one, state: absent, revoke: ["{{ opened.results[1].session.uid }}"]}
          check_mode: true
        - name: revoke one
          gatehouse.api.session: {name: one, state: absent, revoke: ["{{ opened.results[1].session.uid }}"]}
        - name: revoke it again
          gatehouse.api.session: {name: one, state: absent, revoke: ["{{ opened.results[1].session.uid }}"]}
        - name: revoke others, predicted
          gatehouse.api.session: {name: one, state: absent, revoke: [others]}
          check_mode: true
        - name: revoke others
          gatehouse.api.session: {name: one, state: absent, revoke: [others]}
        - name: revoke others again
          gatehouse.api.session: {name: one, state: absent, revoke: [others]}
        - name: without absent
          gatehouse.api.session: {name: one, revoke: [others]}
          ignore_errors: true
        - name: still there
          gatehouse.api.request: {session: one, path: /users}
        """
    )
    uids = [item["session"]["uid"] for item in run["open three"]["results"]]
    assert run["revoke one"]["revoked"] == [uids[1]]
    assert run["revoke others"]["revoked"] == [uids[2]]
    assert run["revoke others again"]["revoked"] == []
    assert run.changed(*(name for name in run.changed() if name.startswith("revoke"))) == {
        "revoke one, predicted": True,
        "revoke one": True,
        "revoke it again": False,
        "revoke others, predicted": True,
        "revoke others": True,
        "revoke others again": False,
    }
    run.failure("without absent", "definition")
    assert sandbox.routes("proton")["session_revoke"] == 2
    assert len(sandbox.state("proton")["sessions"]) == 1


def test_revoking_in_check_mode_neither_opens_nor_refreshes(play_newest: Player, sandbox: Sandbox) -> None:
    revoke = """
        - name: revoke
          gatehouse.api.session: {name: mail, state: absent, revoke: [others], proton: "{{ alice }}"}
          ignore_errors: true
        """
    play_newest(revoke, "--check")
    assert not {"auth_info", "auth"} & set(routes(sandbox))
    play_newest('- gatehouse.api.session: {name: mail, proton: "{{ alice }}"}')
    sandbox.clock("proton", 90000)
    play_newest(revoke, "--check")
    assert not {"refresh", "session_revoke"} & set(routes(sandbox))


def test_force_forgets_what_cannot_be_closed(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "drop_before", route="logout", count=None)
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        - name: close
          gatehouse.api.session: {name: mail, state: absent}
          ignore_errors: true
        - name: kept
          gatehouse.api.session_info: {name: mail}
        - name: forget
          gatehouse.api.session: {name: mail, state: absent, force: true}
        - name: gone
          gatehouse.api.session_info: {name: mail}
        """
    )
    run.failure("close", "not_reachable")
    assert run["kept"]["sessions"][0]["state"] == "active"
    assert run.changed("forget") == {"forget": True}
    assert run["gone"]["sessions"] == []
    assert run.output.count("may still be open at the service") == 1


def test_closing_what_the_service_has_ended_is_a_success(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: open two
          gatehouse.api.session: {name: "{{ item }}", proton: "{{ alice }}"}
          loop: [mail, other]
        - name: revoke
          gatehouse.api.session: {name: mail, state: absent, revoke: [others]}
        - name: close
          gatehouse.api.session: {name: other, state: absent}
        """
    )
    assert run.changed("close") == {"close": True}


def test_a_name_never_changes_whose_it_is(play: Player, sandbox: Sandbox) -> None:
    run = play(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        - name: another url
          gatehouse.api.session:
            {name: mail, proton: "{{ alice | combine({'url': 'https://localhost:' ~ place.url.split(':')[2]}) }}"}
          ignore_errors: true
        - name: another user
          gatehouse.api.session: {name: mail, proton: "{{ carol }}"}
          ignore_errors: true
        - name: another user, predicted
          gatehouse.api.session: {name: mail, proton: "{{ carol }}"}
          ignore_errors: true
          check_mode: true
        - name: another user's request
          gatehouse.api.request: {session: mail, path: /users, proton: "{{ carol }}"}
          ignore_errors: true
        - name: another user's close
          gatehouse.api.session: {name: mail, state: absent, proton: "{{ carol }}"}
          ignore_errors: true
        - name: another user's lookup
          ansible.builtin.debug:
            msg: "{{ lookup('gatehouse.api.session', 'mail', field='uid') }}"
          vars:
            gatehouse_sessions: {mail: {proton: "{{ carol }}"}}
          ignore_errors: true
        - name: still there
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        """
    )
    message = run.failure("another url", "conflict")["message"]
    assert sandbox.url("proton") in message
    assert "localhost" in message
    message = run.failure("another user", "conflict")["message"]
    assert "alice" in message
    assert "carol" in message
    for task in ("another user, predicted", "another user's request", "another user's close"):
        run.failure(task, "conflict")
    assert "[conflict]" in run["another user's lookup"]["msg"]
    assert run.changed("still there") == {"still there": False}
    assert routes(sandbox) == ["auth_info", "auth"]


def test_another_secret_signs_in_anew_and_the_old_session_out(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ alice | combine({'client_secret': 'the first secret'}) }}"}
        - name: same
          gatehouse.api.session: {name: mail, proton: "{{ alice | combine({'client_secret': 'the first secret'}) }}"}
        - name: predicted
          gatehouse.api.session: {name: mail, proton: "{{ alice | combine({'client_secret': 'the second secret'}) }}"}
          check_mode: true
        - name: other secret
          gatehouse.api.session: {name: mail, proton: "{{ alice | combine({'client_secret': 'the second secret'}) }}"}
        - name: wrong password
          gatehouse.api.session: {name: mail, proton: "{{ alice | combine({'password': 'not hers'}) }}"}
          ignore_errors: true
        - name: right again
          gatehouse.api.session: {name: mail, proton: "{{ alice | combine({'client_secret': 'the second secret'}) }}"}
        - name: used
          gatehouse.api.request: {session: mail, path: /users}
        """
    )
    assert run.changed("open", "same", "predicted", "other secret", "right again") == {
        "open": True,
        "same": False,
        "predicted": True,
        "other secret": True,
        "right again": False,
    }
    run.failure("wrong password", "credentials_rejected")
    assert run["open"]["session"]["uid"] != run["other secret"]["session"]["uid"]
    assert routes(sandbox) == ["auth_info", "auth", "auth_info", "auth", "logout", "auth_info", "auth", "users"]
    assert len(sandbox.state("proton")["sessions"]) == 1


def test_names_are_checked_and_any_good_one_works(play_newest: Player, sandbox: Sandbox) -> None:
    good = ["mail", "Mail", "a/b", "ünïcode mail", ".hidden", "100%"]
    bad = ["", " mail", "mail ", "~mail", "two\nlines", "x" * 129]
    run = play_newest(
        """
        - name: good
          gatehouse.api.session: {name: "{{ item }}", proton: "{{ alice }}"}
          loop: "{{ good }}"
        - name: bad
          gatehouse.api.session: {name: "{{ item }}", proton: "{{ alice }}"}
          loop: "{{ bad }}"
          ignore_errors: true
        - name: all
          gatehouse.api.session_info:
        """,
        good=good,
        bad=bad,
    )
    assert sorted(item["name"] for item in run["all"]["sessions"]) == sorted(good)
    assert len({item["session"]["uid"] for item in run["good"]["results"]}) == len(good)
    assert [item["failure"]["kind"] for item in run["bad"]["results"]] == ["definition"] * len(bad)
    assert sandbox.routes("proton") == {"auth_info": len(good), "auth": len(good)}


@pytest.mark.parametrize("paths", ["versioned", "unversioned"])
def test_both_families_of_paths(play_newest: Player, sandbox: Sandbox, paths: str) -> None:
    run = play_newest(STATES, alice=play_newest.vars["alice"] | {"api_paths": paths})
    assert run.changed() == CHANGES
    found = {entry["path"] for entry in sandbox.journal("proton")}
    assert ("/auth/v4/info" if paths == "versioned" else "/auth/info") in found
    assert ("/auth/v4/refresh" if paths == "versioned" else "/auth/refresh") in found


def test_the_client_says_who_it_is(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: open
          gatehouse.api.session:
            name: mail
            proton: "{{ alice | combine({'appversion': 'web-mail@5.0.1-beta', 'user_agent': 'Tests/1.0 (Linux)'}) }}"
        - name: no app version
          gatehouse.api.session: {name: other, proton: "{{ alice | combine({'appversion': 'something'}) }}"}
          ignore_errors: true
        - name: no user agent
          gatehouse.api.session: {name: other, proton: "{{ alice | combine({'user_agent': 'something'}) }}"}
          ignore_errors: true
        - name: default
          gatehouse.api.session: {name: default, proton: "{{ alice }}"}
        """
    )
    run.failure("no app version", "definition")
    run.failure("no user agent", "definition")
    headers = [
        (entry["headers"]["x-pm-appversion"], entry["headers"]["user-agent"]) for entry in sandbox.journal("proton")
    ]
    assert headers[:2] == [("web-mail@5.0.1-beta", "Tests/1.0 (Linux)")] * 2
    assert headers[2][0] == "linux-vpn@4.0.0"
    assert headers[2][1].startswith("gatehouse.api/")
