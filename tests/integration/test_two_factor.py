# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second factor: in one step, in two, wrong, and never the same code twice (Proton page, section 3.3)."""

from __future__ import annotations

import pytest

from tests.integration.playing import Player
from tests.sandbox.harness import Sandbox


def without(options: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in options.items() if name not in names}


def test_totp_secret_answers_by_itself(play: Player, sandbox: Sandbox) -> None:
    run = play(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ bob }}"}
        - name: again
          gatehouse.api.session: {name: mail, proton: "{{ bob }}"}
        - name: used
          gatehouse.api.request: {session: mail, path: /users}
        """
    )
    assert run.changed("open", "again") == {"open": True, "again": False}
    assert run["open"]["session"]["state"] == "active"
    assert "twofactor" not in run["open"]["session"]["scopes"]
    assert run["used"]["json"]["User"]["Name"] == "bob"
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "auth_2fa": 1, "users": 1}


def test_two_phases_need_the_password_once(play: Player, sandbox: Sandbox) -> None:
    """Also with two tasks that ask in between: the pending session is kept, and nobody signs in again."""
    run = play(
        """
        - name: without a code
          gatehouse.api.session: {name: mail, proton: "{{ half }}"}
          ignore_errors: true
        - name: pending
          gatehouse.api.session_info: {name: mail}
        - name: still without a code
          gatehouse.api.session: {name: mail, proton: "{{ half }}"}
          ignore_errors: true
        - name: predicted
          gatehouse.api.session: {name: mail, proton: {two_factor_code: "{{ code }}"}}
          check_mode: true
        - name: with the code alone
          gatehouse.api.session: {name: mail, proton: {two_factor_code: "{{ code }}"}}
        - name: active
          gatehouse.api.session: {name: mail, proton: "{{ half }}"}
        """,
        half=without(play.vars["bob"], "totp_secret"),
        code=sandbox.totp("proton", "bob"),
    )
    failure = run.failure("without a code", "two_factor_needed")
    assert failure["methods"] == ["totp"]
    assert "two_factor_code" in failure["hint"]
    run.failure("still without a code", "two_factor_needed")
    assert [facts["state"] for facts in run["pending"]["sessions"]] == ["pending"]
    assert run.changed("predicted", "with the code alone", "active") == {
        "predicted": True,
        "with the code alone": True,
        "active": False,
    }
    assert run["with the code alone"]["session"]["uid"] == run["pending"]["sessions"][0]["uid"]
    assert run["active"]["session"]["state"] == "active"
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "auth_2fa": 1}


def test_a_pending_session_can_be_closed(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: without a code
          gatehouse.api.session: {name: mail, proton: "{{ half }}"}
          ignore_errors: true
        - name: close
          gatehouse.api.session: {name: mail, state: absent}
        - name: close again
          gatehouse.api.session: {name: mail, state: absent}
        """,
        half=without(play_newest.vars["bob"], "totp_secret"),
    )
    assert run.changed("close", "close again") == {"close": True, "close again": False}
    assert sandbox.state("proton")["sessions"] == []


def test_a_wrong_code_is_rejected_and_the_next_try_signs_in_anew(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: wrong
          gatehouse.api.session: {name: mail, proton: "{{ half | combine({'two_factor_code': 'wrong-code'}) }}"}
          ignore_errors: true
        - name: right
          gatehouse.api.session: {name: mail, proton: "{{ half | combine({'two_factor_code': code}) }}"}
        """,
        half=without(play_newest.vars["bob"], "totp_secret"),
        code=sandbox.account("proton", "bob")["recovery_codes"][0],
    )
    failure = run.failure("wrong", "credentials_rejected")
    assert (failure["http_code"], failure["api_code"]) == (422, 8002)
    assert "one-time code" in failure["message"]
    assert run["right"]["session"]["state"] == "active"
    assert sandbox.routes("proton") == {"auth_info": 2, "auth": 2, "auth_2fa": 2}


def test_a_wrong_code_where_the_service_keeps_the_session(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.settings("proton", wrong_2fa_kills=False, wrong_2fa_status=401)
    run = play_newest(
        """
        - name: wrong
          gatehouse.api.session: {name: mail, proton: "{{ half | combine({'two_factor_code': 'wrong-code'}) }}"}
          ignore_errors: true
        - name: right
          gatehouse.api.session: {name: mail, proton: "{{ half | combine({'two_factor_code': code}) }}"}
        """,
        half=without(play_newest.vars["bob"], "totp_secret"),
        code=sandbox.account("proton", "bob")["recovery_codes"][0],
    )
    run.failure("wrong")
    assert run["right"]["session"]["state"] == "active"
    assert [session["account"] for session in sandbox.state("proton")["sessions"]] == ["bob"]


def test_security_keys_are_named(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: key only
          gatehouse.api.session: {name: mail, proton: "{{ heidi }}"}
          ignore_errors: true
        """
    )
    assert run.failure("key only", "two_factor_needed")["methods"] == ["fido2"]


def test_no_session_is_used_before_its_second_factor(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: request
          gatehouse.api.request: {session: mail, path: /users, proton: "{{ half }}"}
          ignore_errors: true
        - name: request by name
          gatehouse.api.request: {session: mail, path: /users}
          ignore_errors: true
        - name: lookup
          ansible.builtin.debug:
            msg: "{{ lookup('gatehouse.api.session', 'mail', field='uid') }}"
          ignore_errors: true
        - name: fork
          gatehouse.api.session_fork: {parent: mail, name: kid}
          ignore_errors: true
        - name: lock
          gatehouse.api.session: {name: mail, state: locked}
          ignore_errors: true
        """,
        half=without(play_newest.vars["bob"], "totp_secret"),
    )
    for task in ("request", "request by name", "fork", "lock"):
        run.failure(task, "two_factor_needed")
    assert "[two_factor_needed]" in run["lookup"]["msg"]
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1}


def test_unlocking_the_password_scope_takes_a_code(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ bob }}"}
        - name: lock
          gatehouse.api.session: {name: mail, state: locked}
        - name: unlock
          gatehouse.api.session:
            name: mail
            state: unlocked
            proton: "{{ bob | combine({'unlock_scope': 'password', 'two_factor_code': code}) }}"
        """,
        code=sandbox.account("proton", "bob")["recovery_codes"][1],
    )
    assert "password" in run["unlock"]["session"]["scopes"]


def test_a_one_time_code_is_never_sent_twice(play_newest: Player, sandbox: Sandbox) -> None:
    """Two sign-ins within one time step: the second one waits for the next code (up to 30 seconds of real time)."""
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: "{{ item }}", proton: "{{ bob }}"}
          loop: [one, two]
        """
    )
    assert [item["session"]["state"] for item in run["open"]["results"]] == ["active", "active"]
    assert [entry["outcome"] for entry in sandbox.journal("proton", route="auth_2fa")] == ["ok", "ok"]


@pytest.mark.parametrize("given", ["JBSWY3DP!", "1"])
def test_a_secret_that_is_none_is_no_traceback(play_newest: Player, sandbox: Sandbox, given: str) -> None:
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ bob | combine({'totp_secret': given}) }}"}
          ignore_errors: true
        """,
        given=given,
    )
    failure = run.failure("open", "definition")
    assert "totp_secret" in failure["message"]
    assert given not in failure["message"]
