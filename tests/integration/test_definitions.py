# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where definitions and settings are found, and which one wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.integration.playing import Player
from tests.sandbox.harness import Sandbox

OPEN = """
- name: open
  gatehouse.api.session: {name: mail, store: "{{ place_of_store }}"}
"""
VAULT_PASSWORD = "canary-vault-password"


def sessions(**definitions: Any) -> str:
    return yaml.safe_dump({name: {"proton": options} for name, options in definitions.items()})


def vaulted(text: str) -> str:
    sealed = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))]).encrypt(text.encode())
    return str(sealed.decode())


def account(play: Player, env: dict[str, str], number: int) -> str:
    run = play(OPEN, env=env, place_of_store=str(play.directory / f"store-{number}"))
    return str(run["open"]["session"]["account"])


def test_places_of_the_sessions_file_in_order(play_newest: Player, sandbox: Sandbox) -> None:
    given = play_newest.vars
    configured = play_newest.write("cfg/ansible.cfg", "[defaults]\n").parent
    named = play_newest.write("named.yml", sessions(mail=given["alice"]))
    (configured / "sessions.yml").write_text(sessions(mail=given["carol"]), encoding="utf-8")
    beside = play_newest.write("sessions.yml", sessions(mail=given["erin"]))
    own = play_newest.home / "xdg" / "gatehouse.api" / "sessions.yml"
    default = play_newest.home / ".config" / "gatehouse.api" / "sessions.yml"
    for path, name in ((own, "alice"), (default, "carol")):
        path.parent.mkdir(parents=True)
        path.write_text(sessions(mail=given[name]), encoding="utf-8")
    env = {
        "GATEHOUSE_SESSIONS_FILE": str(named),
        "ANSIBLE_CONFIG": str(configured / "ansible.cfg"),
        "XDG_CONFIG_HOME": str(play_newest.home / "xdg"),
    }
    found = [account(play_newest, env, 1)]
    found.append(account(play_newest, env | {"GATEHOUSE_SESSIONS_FILE": ""}, 2))
    (configured / "sessions.yml").unlink()
    del env["GATEHOUSE_SESSIONS_FILE"]
    found.append(account(play_newest, env, 3))
    beside.unlink()
    found.append(account(play_newest, env, 4))
    found.append(account(play_newest, {}, 5))
    assert found == ["alice", "carol", "erin", "alice", "carol"]


def test_the_variable_comes_before_the_file_and_the_task_before_both(play_newest: Player, sandbox: Sandbox) -> None:
    play_newest.write(
        "sessions.yml",
        sessions(mail=play_newest.vars["alice"], other=play_newest.vars["alice"], third=play_newest.vars["alice"]),
    )
    run = play_newest(
        """
        - name: by file
          gatehouse.api.session: {name: other}
        - name: by variable
          gatehouse.api.session: {name: mail}
        - name: by task
          gatehouse.api.session: {name: third, proton: "{{ erin }}"}
        - name: by the variable as one expression
          gatehouse.api.session: {name: fourth}
          vars:
            listed: {fourth: {proton: "{{ carol }}"}}
            gatehouse_sessions: "{{ listed }}"
        """,
        gatehouse_sessions={"mail": {"proton": "{{ carol }}"}, "unused": {"proton": "{{ undefined_variable }}"}},
    )
    accounts = [run[task]["session"]["account"] for task in run.changed()]
    assert accounts == ["alice", "carol", "erin", "carol"]


def test_values_that_stand_elsewhere(play: Player, sandbox: Sandbox) -> None:
    """{env: NAME}, {file: PATH} (relative to the sessions file), a vaulted text; all follow the account's change."""
    alice = play.vars["alice"]
    directory = play.directory / "definitions"
    secret = play.write("definitions/secrets/password", alice["password"] + "\n")
    pointers = [
        {"env": "ALICE_PASSWORD"},
        {"file": "secrets/password"},
        {"file": str(secret)},
        {"file": "~/password"},
    ]
    (play.home / "password").write_text(alice["password"], encoding="utf-8")
    text = sessions(**{f"mail{number}": alice | {"password": pointer} for number, pointer in enumerate(pointers)})
    sealed = "\n".join(" " * 6 + line for line in vaulted(alice["password"]).splitlines())
    public = yaml.safe_dump({name: value for name, value in alice.items() if name != "password"})
    indented = "".join(f"    {line}\n" for line in public.splitlines())
    text += f"mail4:\n  proton:\n{indented}    password: !vault |\n{sealed}\n"
    path = play.write("definitions/sessions.yml", text)
    key = play.write("vault-password", VAULT_PASSWORD)
    run = play(
        """
        - name: open
          gatehouse.api.session: {name: "mail{{ item }}"}
          loop: [0, 1, 2, 3, 4]
        - name: again
          gatehouse.api.session: {name: "mail{{ item }}"}
          loop: [0, 1, 2, 3, 4]
        - name: looked up
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'mail4', field='scopes') }}"}
        """,
        "--vault-password-file",
        str(key),
        "-vvv",
        env={"GATEHOUSE_SESSIONS_FILE": str(path), "ALICE_PASSWORD": alice["password"]},
    )
    assert run.changed("open", "again") == {"open": True, "again": False}
    assert sandbox.routes("proton") == {"auth_info": 5, "auth": 5}
    assert alice["password"] not in run.output
    assert directory.is_dir()


def test_a_whole_vaulted_file_and_a_vaulted_variable(play: Player, sandbox: Sandbox) -> None:
    play.write("sessions.yml", vaulted(sessions(mail=play.vars["alice"])))
    play.write(
        "group_vars/all.yml",
        "alice_password: !vault |\n"
        + "".join(f"  {line}\n" for line in vaulted("canary-alice-pass-Vq7Zd2").splitlines()),
    )
    key = play.write("vault-password", VAULT_PASSWORD)
    run = play(
        """
        - name: open
          gatehouse.api.session: {name: mail}
        - name: other
          gatehouse.api.session: {name: other, proton: "{{ alice | combine({'password': alice_password}) }}"}
        - name: third
          gatehouse.api.session: {name: third}
          vars:
            gatehouse_sessions:
              third: {proton: {username: alice, password: "{{ alice_password }}", url: "{{ place.url }}",
                               ca_path: "{{ place.ca_path }}"}}
        """,
        "--vault-password-file",
        str(key),
    )
    assert run.changed() == {"open": True, "other": True, "third": True}
    assert "canary-alice-pass" not in run.output


def test_options_from_the_environment(play_newest: Player, sandbox: Sandbox) -> None:
    """Empty variables count as unset: AWX injects what a credential does not have as empty texts."""
    alice = play_newest.vars["alice"]
    play_newest.write("sessions.yml", sessions(file=play_newest.vars["place"]))
    run = play_newest(
        """
        - name: task
          gatehouse.api.session: {name: task, proton: "{{ place }}"}
        - name: file
          gatehouse.api.session: {name: file}
        - name: empty options
          gatehouse.api.session:
            {name: empty, proton: "{{ place | combine({'username': '', 'password': '', 'totp_secret': ''}) }}"}
        """,
        env={
            "GATEHOUSE_PROTON_USERNAME": alice["username"],
            "GATEHOUSE_PROTON_PASSWORD": alice["password"],
            "GATEHOUSE_PROTON_TOTP_SECRET": "",
            "GATEHOUSE_PROTON_TWO_FACTOR_CODE": "",
            "GATEHOUSE_STORE": "",
            "GATEHOUSE_STORE_KEY": "",
            "GATEHOUSE_SESSIONS_FILE": "",
        },
    )
    assert run.changed() == {"task": True, "file": True, "empty options": True}
    assert play_newest.records() == ["empty.session", "file.session", "task.session"]


def test_a_code_alone_with_the_account_in_the_environment(play_newest: Player, sandbox: Sandbox) -> None:
    """The environment names the account, the task only adds: neither says another url."""
    bob = play_newest.vars["bob"]
    env = {"GATEHOUSE_PROTON_USERNAME": bob["username"], "GATEHOUSE_PROTON_PASSWORD": bob["password"]}
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ place }}"}
          ignore_errors: true
        - name: complete
          gatehouse.api.session: {name: mail, proton: {two_factor_code: "{{ code }}"}}
        """,
        env=env,
        code=sandbox.totp("proton", "bob"),
    )
    run.failure("open", "two_factor_needed")
    assert run["complete"]["session"]["state"] == "active"


def records(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.glob("[!%]*.session"))


def test_places_of_the_store_in_order(play: Player, sandbox: Sandbox) -> None:
    """Option (also by module_defaults), variable, environment, ansible.cfg; the same for tasks and the lookup."""
    place = {name: play.directory / f"by-{name}" for name in ("option", "defaults", "variable", "environment", "ini")}
    play.write("ansible.cfg", f"[gatehouse]\nstore = {place['ini']}\n")
    named: dict[str, Any] = {"gatehouse_sessions": {name: {"proton": "{{ alice }}"} for name in ("looked", "up")}}
    tasks = """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        - name: look
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'looked', field='uid') }}"}
        - name: list
          gatehouse.api.session_info:
        """
    run = play(tasks, **named)
    assert [facts["name"] for facts in run["list"]["sessions"]] == ["looked", "mail"]
    environment = {"GATEHOUSE_STORE": str(place["environment"])}
    play(tasks, env=environment, **named)
    play(tasks, env=environment, gatehouse_store="file://{{ base }}/by-variable", base=str(play.directory), **named)
    run = play(
        """
        - name: by module defaults
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        - name: by module defaults too
          gatehouse.api.session_info:
        - name: by option
          gatehouse.api.session: {name: mail, proton: "{{ alice }}", store: "{{ by_option }}"}
        - name: lookup by option
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'up', field='uid', store=by_option) }}"}
        """,
        env=environment,
        play={"module_defaults": {"group/gatehouse.api.all": {"store": str(place["defaults"])}}},
        gatehouse_store=str(place["variable"]),
        by_option=str(place["option"]),
        **named,
    )
    assert [facts["name"] for facts in run["by module defaults too"]["sessions"]] == ["mail"]
    both = ["looked.session", "mail.session"]
    assert {name: records(path) for name, path in place.items()} == {
        "option": ["mail.session", "up.session"],
        "defaults": ["mail.session"],
        "variable": both,
        "environment": both,
        "ini": both,
    }
    assert not play.store.exists()
    assert all(path.stat().st_mode & 0o077 == 0 for path in place.values())


def test_keys_of_the_store(play_newest: Player, sandbox: Sandbox) -> None:
    """A key given from outside leaves no key file; the lookup takes the same one; another opens nothing."""
    key = {"GATEHOUSE_STORE_KEY": "canary-store-key-0123456789"}
    sessions_of: dict[str, Any] = {"gatehouse_sessions": {"mail": {"proton": "{{ alice }}"}}}
    look = """
        - name: look
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'mail', field='uid') }}"}
          ignore_errors: true
        - name: ensure
          gatehouse.api.session: {name: mail}
          ignore_errors: true
        """
    run = play_newest(look, "-vvv", env=key, **sessions_of)
    assert run.changed("ensure") == {"ensure": False}
    assert run["look"]["msg"] == run["ensure"]["session"]["uid"]
    assert "canary-store-key" not in run.output
    assert not (play_newest.store / "key").exists()
    run = play_newest(look, gatehouse_store_key="canary-store-key-0123456789", **sessions_of)
    assert run.changed("ensure") == {"ensure": False}
    run = play_newest(look, gatehouse_store_key="canary-other-key-0123456789", **sessions_of)
    run.failure("ensure", "store")
    assert "[store]" in run["look"]["msg"]
    run = play_newest(look, **sessions_of)
    run.failure("ensure", "store")
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1}
