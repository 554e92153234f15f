# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook rotate_database_password: no run, also none that is interrupted, loses a password."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.integration.playing import Player, Run
from tests.sandbox.harness import Sandbox

NAME = "nextcloud_passwords"
OLD = "canary-old-database-password"

# A database of one role: a file with the digest of its password, which only who knows the password may change.
DATABASE = """
- name: Look whether the new password is set
  ansible.builtin.set_fact:
    rotate_set: "{{ lookup('ansible.builtin.file', database) == rotate_new | hash('sha256') }}"
- name: Know the old one
  ansible.builtin.assert:
    that: rotate_set or lookup('ansible.builtin.file', database) == rotate_old | hash('sha256')
  no_log: true
- name: Set the new one
  ansible.builtin.copy: {content: "{{ rotate_new | hash('sha256') }}", dest: "{{ database }}", mode: "0600"}
  when: not rotate_set
"""
LOST = """
- name: Lose the connection
  ansible.builtin.fail: {msg: lost}
"""


class Place:
    """An account with one entry, a database that has its password, and what rotates it."""

    def __init__(self, play: Player, sandbox: Sandbox) -> None:
        self.play = play
        self.sandbox = sandbox
        known = sandbox.account(NAME, "alice")
        folder = sandbox.act(NAME, "create", account="alice", kind="folder", label="databases")["id"]
        custom = '[{"label":"port","type":"text","value":"5432"}]'
        self.id = sandbox.act(
            NAME, "create", account="alice", label="db01", username="app", password=OLD, folder=folder,
            notes="kept", customFields=custom,
        )["id"]  # fmt: skip
        self.database = play.write("database", _digest(OLD))
        self.variables = {
            "gatehouse_sessions": {
                "vault": {
                    NAME: {
                        "url": sandbox.url(NAME),
                        "ca_path": sandbox.ca_file,
                        "username": "alice",
                        "password": known["app_password"],
                        "master_password": known["master_password"],
                    }
                }
            },
            "rotate_hosts": "localhost",
            "rotate_session": "vault",
            "rotate_folder": "databases",
            "rotate_label": "db01",
            "database": str(self.database),
        }

    def rotate(self, tasks: str, rc: int = 0) -> Run:
        path = self.play.write("database.yml", tasks)
        given = self.play.write("rotate.json", json.dumps({**self.variables, "rotate_tasks": str(path)}))
        text = "- name: Rotate\n  ansible.builtin.import_playbook: gatehouse.api.rotate_database_password\n"
        return self.play.playbook(text, "-e", f"@{given}", rc=rc)

    def entry(self) -> dict[str, Any]:
        return next(item for item in self.sandbox.act(NAME, "read", account="alice") if item["id"] == self.id)


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


@pytest.fixture
def place(play_newest: Player, sandbox: Sandbox) -> Place:
    return Place(play_newest, sandbox)


def test_a_password_is_rotated_from_the_entry_to_the_database_and_back(place: Place) -> None:
    run = place.rotate(DATABASE)
    entry = place.entry()
    assert entry["password"] != OLD
    assert place.database.read_text(encoding="utf-8") == _digest(entry["password"])
    assert (entry["label"], entry["username"], entry["notes"]) == ("db01", "app", "kept")
    assert "port" in entry["customFields"]
    assert "next password" not in entry["customFields"]
    assert entry["cseType"] == "CSEv1r1"
    assert OLD not in run.output
    assert entry["password"] not in run.output


def test_an_interrupted_rotation_is_taken_up_by_the_next_run(place: Place) -> None:
    place.rotate(LOST, rc=2)
    waiting = place.entry()
    assert waiting["password"] == OLD
    assert "next password" in waiting["customFields"]
    place.rotate(DATABASE)
    entry = place.entry()
    assert entry["password"] in waiting["customFields"]
    assert place.database.read_text(encoding="utf-8") == _digest(entry["password"])


def test_a_rotation_that_ended_after_the_database_took_the_password_is_finished(place: Place) -> None:
    place.rotate(DATABASE + LOST, rc=2)
    assert place.entry()["password"] == OLD
    place.rotate(DATABASE)
    assert place.database.read_text(encoding="utf-8") == _digest(place.entry()["password"])
