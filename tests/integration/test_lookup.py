# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup: tokens and facts for tools that cannot use the module request."""

from __future__ import annotations

from typing import Any

from tests.integration.playing import Player
from tests.sandbox.harness import Sandbox

NAMED: dict[str, Any] = {
    "gatehouse_sessions": {
        "mail": {"proton": "{{ alice }}"},
        "other": {"proton": "{{ carol }}"},
        "broken": {"proton": "{{ alice | combine({'password': 'canary-wrong-Qq3'}) }}"},
    }
}


def test_fields_terms_and_a_templated_file(play: Player, sandbox: Sandbox) -> None:
    play.write("templates/config.j2", "token={{ lookup('gatehouse.api.session', 'mail').token }}\n")
    run = play(
        """
        - name: all fields
          ansible.builtin.set_fact:
            all: "{{ lookup('gatehouse.api.session', 'mail') }}"
            fields: "{{ fields | default({}) | combine({item: lookup('gatehouse.api.session', 'mail', field=item)}) }}"
          loop: [name, token, headers, uid, scopes, expires_at]
          no_log: true
        - name: same
          ansible.builtin.assert: {that: [all == fields]}
        - name: several
          ansible.builtin.debug:
            msg: "{{ query('gatehouse.api.session', 'mail', 'other', field='name') }}"
        - name: template
          ansible.builtin.template: {src: config.j2, dest: "{{ playbook_dir }}/config", mode: "0600"}
        - name: template again
          ansible.builtin.template: {src: config.j2, dest: "{{ playbook_dir }}/config", mode: "0600"}
        - name: uri
          ansible.builtin.uri:
            url: "{{ place.url }}/users"
            ca_path: "{{ place.ca_path }}"
            headers: "{{ lookup('gatehouse.api.session', 'mail', field='headers') }}"
          no_log: true
          register: users
        - name: seen
          ansible.builtin.assert:
            that:
              - users.json.User.Name == 'alice'
              - all.name == 'mail'
              - "'full' in all.scopes"
              - all.token in all.headers.Authorization
              - all.uid == all.headers['x-pm-uid']
              - all.expires_at is match('20..-..-..T..:..:..Z')
        - name: facts
          gatehouse.api.session: {name: mail}
        """,
        "-vvv",
        **NAMED,
    )
    assert run["several"]["msg"] == ["mail", "other"]
    assert run.changed("template", "template again") == {"template": True, "template again": False}
    token = (play.directory / "config").read_text(encoding="utf-8").strip().removeprefix("token=")
    assert token in sandbox.canaries("proton")
    assert not [secret for secret in sandbox.canaries("proton") if secret in run.output]
    assert run.changed("facts") == {"facts": False}
    assert sandbox.routes("proton") == {"auth_info": 2, "auth": 2, "users": 1}


def test_check_mode_returns_placeholders_and_says_so(play: Player, sandbox: Sandbox) -> None:
    tasks = """
        - name: look
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'mail') }}"}
        - name: template
          ansible.builtin.copy:
            content: "{{ lookup('gatehouse.api.session', 'mail', field='token') }}"
            dest: "{{ playbook_dir }}/config"
            mode: "0600"
        """
    run = play(tasks, "--check", **NAMED)
    assert run["look"]["msg"]["token"] == "CHECK_MODE"
    assert set(run["look"]["msg"]) == {"name", "token", "headers", "uid", "scopes", "expires_at"}
    assert run.changed("template") == {"template": True}
    assert "placeholder" in run.output
    assert sandbox.journal("proton") == []
    assert play.records() == []


def test_failures_say_the_same_as_tasks_do(play: Player, sandbox: Sandbox) -> None:
    run = play(
        """
        - name: unknown
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'nowhere') }}"}
          ignore_errors: true
        - name: unknown task
          gatehouse.api.session: {name: nowhere}
          ignore_errors: true
        - name: refused
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'broken') }}"}
          ignore_errors: true
        - name: no name
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', ' ') }}"}
          ignore_errors: true
        - name: no field
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'mail', field='password') }}"}
          ignore_errors: true
        """,
        **NAMED,
    )
    assert run["unknown task"]["msg"] in run["unknown"]["msg"]
    assert "[credentials_rejected]" in run["refused"]["msg"]
    assert "[definition]" in run["no name"]["msg"]
    assert "field" in run["no field"]["msg"]
    assert "canary-wrong-Qq3" not in run.output
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1}


def test_min_ttl_of_the_lookup(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.settings("proton", access_ttl=100)
    play_newest("- gatehouse.api.session: {name: mail}", **NAMED)
    run = play_newest(
        """
        - name: long enough
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'mail', field='uid') }}"}
        - name: too short
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'mail', field='uid', min_ttl=99.9) }}"}
        - name: too much
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'mail', field='uid', min_ttl=1000) }}"}
          ignore_errors: true
        """,
        **NAMED,
    )
    assert run["long enough"]["msg"] == run["too short"]["msg"]
    assert "[definition]" in run["too much"]["msg"]
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "refresh": 1}
