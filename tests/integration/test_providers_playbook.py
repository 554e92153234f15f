# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One session with each provider; and an Akiflow login without a person, the code by mail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import mailbox
from tests.integration.playing import Player
from tests.sandbox.harness import Sandbox
from tests.tools import environments

PROVIDERS = ("akiflow", "nextcloud_passwords", "proton", "ricloud", "tanium")


@pytest.fixture(scope="module")
def all_five() -> Iterator[Sandbox]:
    with Sandbox.start(*PROVIDERS) as running:
        yield running


@pytest.fixture
def player(all_five: Sandbox, tmp_path: Path, collections_path: Path) -> Player:
    for provider in PROVIDERS:
        all_five.reset(provider)
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir(mode=0o700)
    work.mkdir()
    return Player(environments.available_cores()[-1], work, home, collections_path)


def place(sandbox: Sandbox, provider: str) -> dict[str, Any]:
    return {"url": sandbox.url(provider), "ca_path": sandbox.ca_file}


def definitions(sandbox: Sandbox) -> dict[str, Any]:
    """One definition for each provider, all of them complete."""
    vault, mail = sandbox.account("nextcloud_passwords", "alice"), sandbox.account("proton", "alice")
    phone, key = sandbox.account("ricloud", "alice"), sandbox.account("ricloud", "main")
    endpoints = sandbox.account("tanium", "alice")
    given: dict[str, dict[str, Any]] = {
        "nextcloud_passwords": {
            "username": "alice",
            "password": vault["app_password"],
            "master_password": vault["master_password"],
        },
        "proton": {"username": mail["username"], "password": mail["password"]},
        "ricloud": {
            "token": key["token"],
            "user": "somebody",
            "source_identifier": phone["identifier"],
            "password": phone["password"],
        },
        "tanium": {"username": endpoints["username"], "password": endpoints["password"]},
    }
    return {name: {name: {**place(sandbox, name), **options}} for name, options in given.items()}


def akiflow(sandbox: Sandbox, box: mailbox.Mailbox) -> dict[str, Any]:
    return {
        "akiflow": {
            **place(sandbox, "akiflow"),
            "web_url": sandbox.url("akiflow"),
            "email": sandbox.account("akiflow", "alice")["email"],
            "mailbox_host": box.host,
            "mailbox_port": box.port,
            "mailbox_username": box.username,
            "mailbox_password": box.password,
            "mailbox_ca_path": str(box.ca_file),
        }
    }


@pytest.fixture
def box(all_five: Sandbox) -> Iterator[mailbox.Mailbox]:
    running = mailbox.start()
    try:
        all_five.settings("akiflow", maildir=str(running.maildir()))
        yield running
    finally:
        running.stop()


def test_each_provider_opens_and_closes_a_session(player: Player, all_five: Sandbox, box: mailbox.Mailbox) -> None:
    sessions = {**definitions(all_five), "akiflow": akiflow(all_five, box)}
    given = {"gatehouse_sessions": sessions, "provider_sessions": sorted(sessions)}
    path = player.write("given.json", json.dumps(given))
    text = "- name: Providers\n  ansible.builtin.import_playbook: gatehouse.api.providers\n"
    run = player.playbook(text, "-e", f"@{path}", rc=0)
    assert [item["session"]["state"] for item in run["Open"]["results"]] == ["active"] * len(PROVIDERS)
    assert player.records() == []
    for provider in PROVIDERS:
        assert not [secret[:8] for secret in all_five.canaries(provider) if secret in run.output]


def test_a_job_without_a_terminal_gets_its_code_by_mail(
    player: Player, all_five: Sandbox, box: mailbox.Mailbox
) -> None:
    """An AWX job has no terminal: nobody is asked, one code is sent, one session serves this run and the next."""
    tasks = """
    - name: open
      gatehouse.api.session: {name: tasks}
    - name: call
      gatehouse.api.request: {session: tasks, path: /v5/user/settings}
    """
    variables = {"gatehouse_sessions": {"tasks": akiflow(all_five, box)}}
    assert player(tasks, **variables)["call"]["json"]["success"] is True
    assert player(tasks, **variables)["open"]["changed"] is False
    routes = all_five.routes("akiflow")
    assert (routes["login"], routes["code"], routes["me"]) == (1, 1, 1)
