# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the EXAMPLES of each module and lookup show is run, as it stands, against the sandbox."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.playing import Player
from tests.sandbox.harness import Sandbox
from tests.tools.paths import ROOT

PLUGINS = sorted(
    path
    for kind in ("modules", "lookup")
    for path in (ROOT / "plugins" / kind).glob("*.py")
    if not path.name.startswith("_")
)
PROVIDERS = ("proton", "nextcloud_passwords")
ROOT_OF_A_DATABASE = """
        - name: A credential to look for
          gatehouse.api.credential:
            session: vault
            label: root
            folder: databases/{{ inventory_hostname }}
            generate: {by: local}
            tags: [production]
            create_folders: true
            create_tags: true
        """

# What must have happened before the examples of a plugin make sense.
BEFORE = {
    "session_info": """
        - name: A session to look at
          gatehouse.api.session: {name: mail}
        """,
    "session_import": """
        - name: What session_fork handed out
          gatehouse.api.session_fork: {parent: mail}
          register: fork
        """,
    "credential_info": ROOT_OF_A_DATABASE,
    "lookup/credential": ROOT_OF_A_DATABASE,
}


def examples(path: Path) -> str:
    """The value of EXAMPLES in a plugin's file."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["EXAMPLES"]:
            return str(ast.literal_eval(node.value))
    return ""


def at_the_sandbox(tasks: list[dict[str, Any]], sandbox: Sandbox) -> list[dict[str, Any]]:
    """The same tasks, with the url of the sandbox where a definition leaves it to its default."""
    for task in tasks:
        for arguments in task.values():
            if isinstance(arguments, dict):
                for provider in PROVIDERS:
                    if isinstance(arguments.get(provider), dict):
                        arguments[provider].setdefault("url", sandbox.url(provider))
    return tasks


@pytest.mark.parametrize("path", PLUGINS, ids=[f"{path.parent.name}-{path.stem}" for path in PLUGINS])
def test_examples_work(play_newest: Player, sandbox: Sandbox, path: Path) -> None:
    play, bob = play_newest, sandbox.account("proton", "bob")
    text = examples(path)
    tasks = yaml.safe_load(text) if text else None
    assert tasks, f"{path.name} has no EXAMPLES"
    name = f"gatehouse.api.{path.stem}"
    before = BEFORE.get(f"{path.parent.name}/{path.stem}") or BEFORE.get(path.stem, "[]")
    assert any(name in (task if path.parent.name == "modules" else str(task)) for task in tasks), f"none uses {name}"
    codes = f"lookup('ansible.builtin.url', '{sandbox.url('proton')}/_sandbox/codes', split_lines=false)"
    run = play(
        [*yaml.safe_load(before), *at_the_sandbox(tasks, sandbox)],
        play={"vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}},
        env={"REQUESTS_CA_BUNDLE": sandbox.ca_file, "SSL_CERT_FILE": sandbox.ca_file},
        gatehouse_sessions={"mail": {"proton": "{{ bob }}"}, "vault": {"nextcloud_passwords": "{{ vault_alice }}"}},
        proton_url=sandbox.url("proton"),
        proton_ca=sandbox.ca_file,
        proton_username=bob["username"],
        proton_password=bob["password"],
        proton_totp_secret=bob["totp_secret"],
        configuration=str(play.directory / "configuration.ini"),
        configuration_key="canary-configuration-key",
        verification_code=f"{{{{ ({codes} | from_json).sent[0].code }}}}",
    )
    assert {task["name"] for task in tasks} <= {result.task for result in run.results if result.status == "ok"}
    secrets = [secret for provider in PROVIDERS for secret in sandbox.canaries(provider)]
    assert not [secret[:8] for secret in secrets if secret in run.output]
    if path.stem == "session_verification":
        sandbox.fault("proton", "human_verification", route="auth_info")
        play("- gatehouse.api.session: {name: mail, proton: '{{ bob }}'}")
    if path.parent.name == "lookup":
        assert (play.directory / "configuration.ini").stat().st_mode & 0o777 == 0o600


def test_examples_are_found() -> None:
    assert len(PLUGINS) >= 10
