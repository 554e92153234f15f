# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Children: forked under a name, handed out as a selector, approved by a code (Proton page, section 3.11)."""

from __future__ import annotations

from tests.integration.playing import Player
from tests.sandbox.harness import Sandbox


def test_a_named_child_is_ensured_once_and_used(play: Player, sandbox: Sandbox) -> None:
    run = play(
        """
        - name: predicted
          gatehouse.api.session_fork: {parent: mail, name: kid, proton: "{{ alice }}"}
          check_mode: true
        - name: fork
          gatehouse.api.session_fork: {parent: mail, name: kid, proton: "{{ alice }}"}
        - name: fork again
          gatehouse.api.session_fork: {parent: mail, name: kid}
        - name: fork again, predicted
          gatehouse.api.session_fork: {parent: mail, name: kid}
          check_mode: true
        - name: other client
          gatehouse.api.session_fork: {parent: mail, name: other, child_client_id: windows-vpn, independent: true}
        - name: used
          gatehouse.api.request: {session: "{{ item }}", path: /users}
          loop: [mail, kid, other]
        - name: refreshed
          gatehouse.api.session: {name: kid, state: refreshed}
        - name: close the parent
          gatehouse.api.session: {name: mail, state: absent}
        - name: all
          gatehouse.api.session_info:
        - name: the dependent child
          gatehouse.api.request: {session: kid, path: /users}
          ignore_errors: true
        - name: the independent child
          gatehouse.api.request: {session: other, path: /users}
        - name: close the children
          gatehouse.api.session: {name: "{{ item }}", state: absent}
          loop: [kid, other]
        """
    )
    assert run.changed("predicted", "fork", "fork again", "fork again, predicted") == {
        "predicted": True,
        "fork": True,
        "fork again": False,
        "fork again, predicted": False,
    }
    kid = run["fork"]["session"]
    assert (kid["name"], kid["parent"], kid["account"], kid["state"]) == ("kid", "mail", "alice", "active")
    assert [item["json"]["User"]["Name"] for item in run["used"]["results"]] == ["alice"] * 3
    assert {facts["name"]: facts["state"] for facts in run["all"]["sessions"]} == {"kid": "expired", "other": "active"}
    failure = run.failure("the dependent child", "authentication_needed")
    assert "session_fork" in failure["hint"]
    assert run["the independent child"]["status"] == 200
    assert sandbox.routes("proton")["auth"] == 1
    assert sandbox.state("proton")["sessions"] == []
    versions = {entry["headers"]["x-pm-appversion"] for entry in sandbox.journal("proton", route="fork_import")}
    assert versions == {"linux-vpn@4.0.0", "windows-vpn@4.0.0"}


def test_an_ended_child_is_minted_again(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: fork
          gatehouse.api.session_fork: {parent: mail, name: kid, proton: "{{ alice }}"}
        - name: close the parent
          gatehouse.api.session: {name: mail, state: absent}
        - name: fork again
          gatehouse.api.session_fork: {parent: mail, name: kid, proton: "{{ alice }}"}
        - name: used
          gatehouse.api.request: {session: kid, path: /users}
        """
    )
    assert run.changed("fork", "fork again") == {"fork": True, "fork again": True}
    assert run["fork"]["session"]["uid"] != run["fork again"]["session"]["uid"]


def test_a_child_takes_nobody_elses_name(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: "{{ item }}", proton: "{{ alice }}"}
          loop: [mail, other]
        - name: its own name
          gatehouse.api.session_fork: {parent: mail, name: mail}
          ignore_errors: true
        - name: another session's name
          gatehouse.api.session_fork: {parent: mail, name: other}
          ignore_errors: true
        - name: fork
          gatehouse.api.session_fork: {parent: mail, name: kid}
        - name: another parent's child
          gatehouse.api.session_fork: {parent: other, name: kid}
          ignore_errors: true
        - name: no parent
          gatehouse.api.session_fork: {parent: nowhere, name: kid2}
          ignore_errors: true
        - name: no parent, predicted
          gatehouse.api.session_fork: {parent: nowhere, name: kid2}
          ignore_errors: true
          check_mode: true
        """
    )
    run.failure("its own name", "definition")
    run.failure("another session's name", "conflict")
    run.failure("another parent's child", "conflict")
    run.failure("no parent", "definition")
    run.failure("no parent, predicted", "definition")


def test_a_selector_is_handed_out_and_redeemed_once(play: Player, sandbox: Sandbox) -> None:
    run = play(
        """
        - name: predicted
          gatehouse.api.session_fork: {parent: mail, proton: "{{ alice }}"}
          check_mode: true
        - name: fork
          gatehouse.api.session_fork:
            {parent: mail, payload: canary-payload-A1, seal_payload: true, proton: "{{ alice }}"}
          register: fork
        - name: import, predicted
          gatehouse.api.session_import: {name: kid, selector: "{{ fork.selector }}", proton: "{{ place }}"}
          check_mode: true
        - name: import
          gatehouse.api.session_import:
            name: kid
            selector: "{{ fork.selector }}"
            payload_key: "{{ fork.payload_key }}"
            return_payload: true
            proton: "{{ place }}"
          register: imported
        - name: import again
          gatehouse.api.session_import: {name: kid, selector: "{{ fork.selector }}", proton: "{{ place }}"}
        - name: import elsewhere
          gatehouse.api.session_import: {name: kid2, selector: "{{ fork.selector }}", proton: "{{ place }}"}
          ignore_errors: true
        - name: no selector at all
          gatehouse.api.session_import: {name: kid2, proton: "{{ place }}"}
          ignore_errors: true
        - name: a selector that is none
          gatehouse.api.session_import: {name: kid2, selector: "../../users", proton: "{{ place }}"}
          ignore_errors: true
        - name: used
          gatehouse.api.request: {session: kid, path: /users}
        - name: seen
          ansible.builtin.assert:
            that:
              - fork.selector | length == 32
              - imported.payload == 'canary-payload-A1'
              - imported.session.name == 'kid'
        - name: kept
          gatehouse.api.session_info: {name: kid2}
        """,
        "-vvv",
    )
    assert run.changed("predicted", "fork", "import, predicted", "import", "import again") == {
        "predicted": True,
        "fork": True,
        "import, predicted": True,
        "import": True,
        "import again": False,
    }
    failure = run.failure("import elsewhere")
    assert (failure["http_code"], failure["api_code"]) == (422, 2501)
    run.failure("no selector at all", "definition")
    run.failure("a selector that is none", "definition")
    assert run["kept"]["sessions"] == []
    assert run["used"]["json"]["User"]["Name"] == "alice"
    for task in ("fork", "import"):
        assert "censored" in run[task]
    assert sandbox.routes("proton")["fork_import"] == 2
    found = [secret[:6] for secret in sandbox.canaries("proton") if secret in run.output]
    assert not found
    assert "canary-payload-A1" not in run.output
    assert "canary-payload-A1" not in sandbox.canaries("proton")


def test_a_plain_payload_arrives_and_a_wrong_key_opens_nothing(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: fork plain
          gatehouse.api.session_fork: {parent: mail, payload: "{{ payloads[0] }}", proton: "{{ alice }}"}
          register: plain
        - name: fork sealed
          gatehouse.api.session_fork: {parent: mail, payload: "{{ payloads[1] }}", seal_payload: true}
          register: sealed
        - name: fork bare
          gatehouse.api.session_fork: {parent: mail}
          register: bare
        - name: import plain
          gatehouse.api.session_import:
            {name: kid1, selector: "{{ plain.selector }}", return_payload: true, proton: "{{ place }}"}
          register: imported
        - name: import sealed
          gatehouse.api.session_import:
            name: kid2
            selector: "{{ sealed.selector }}"
            payload_key: "{{ ('x' * 32) | b64encode }}"
            return_payload: true
            proton: "{{ place }}"
          ignore_errors: true
        - name: import sealed with the right key
          gatehouse.api.session_import:
            name: kid2
            selector: "{{ sealed.selector }}"
            payload_key: "{{ sealed.payload_key }}"
            return_payload: true
          register: opened
        - name: import bare
          gatehouse.api.session_import:
            {name: kid3, selector: "{{ bare.selector }}", return_payload: true, proton: "{{ place }}"}
          register: nothing
        - name: seen
          ansible.builtin.assert:
            that:
              - imported.payload == payloads[0]
              - opened.payload == payloads[1]
              - nothing.payload is none
        - name: nothing to seal
          gatehouse.api.session_fork: {parent: mail, seal_payload: true}
          ignore_errors: true
        """,
        payloads=["canary-payload-B2", "canary-payload-C3"],
    )
    run.failure("import sealed", "crypto")
    run.failure("nothing to seal", "definition")
    assert "canary-payload" not in run.output


def test_a_user_code_is_begun_approved_and_finished(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: begin, predicted
          gatehouse.api.session_import: {name: kiosk, user_code: true, proton: "{{ place }}"}
          check_mode: true
        - name: begin
          gatehouse.api.session_import: {name: kiosk, user_code: true, proton: "{{ place }}"}
          register: kiosk
        - name: too early
          gatehouse.api.session_import: {name: kiosk, user_code: true}
          ignore_errors: true
        - name: wrong code
          gatehouse.api.session_fork: {parent: mail, user_code: "1234", proton: "{{ alice }}"}
          ignore_errors: true
        - name: approve
          gatehouse.api.session_fork: {parent: mail, user_code: "{{ kiosk.user_code }}", proton: "{{ alice }}"}
        - name: finish
          gatehouse.api.session_import: {name: kiosk, user_code: true}
        - name: finished already
          gatehouse.api.session_import: {name: kiosk, user_code: true}
        - name: used
          gatehouse.api.request: {session: kiosk, path: /users}
        """
    )
    assert run.changed("begin, predicted", "begin", "approve", "finish", "finished already") == {
        "begin, predicted": True,
        "begin": True,
        "approve": True,
        "finish": True,
        "finished already": False,
    }
    assert run["begin"]["session"]["state"] == "pending"
    assert run["begin"]["user_code"].isdigit()
    early = run.failure("too early", "authentication_needed")
    assert run["begin"]["user_code"] in early["message"]
    run.failure("wrong code")
    assert "user_code" not in run["finish"]
    assert run["used"]["json"]["User"]["Name"] == "alice"


def test_a_child_of_a_stale_parent(play_newest: Player, sandbox: Sandbox) -> None:
    play_newest('- gatehouse.api.session: {name: mail, proton: "{{ alice }}"}')
    sandbox.clock("proton", 90000)
    run = play_newest("- {name: fork, gatehouse.api.session_fork: {parent: mail, name: kid}}")
    assert run["fork"]["session"]["state"] == "active"
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "fork": 2, "refresh": 1, "fork_import": 1}
