# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module credential_info: what matches, without its secrets; what cannot be read, without hiding the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.playing import Player
from tests.integration.test_credential import OPEN, SESSIONS, VAULT, ensured, stored, writes
from tests.sandbox.harness import Sandbox

INVENTORY = 'target ansible_connection=local ansible_python_interpreter="{{ ansible_playbook_python }}"\n'


def info(name: str, session: str = "vault", **options: Any) -> dict[str, Any]:
    """A task that lists credentials."""
    return {"name": name, "gatehouse.api.credential_info": {"session": session, **options}, "ignore_errors": True}


def test_what_matches_is_listed_without_secrets(play: Player, sandbox: Sandbox) -> None:
    database = stored(sandbox, "database", "carol")["id"]
    cases: dict[str, tuple[dict[str, Any], set[str]]] = {
        "all": ({}, {"web server", "database", "received entry", "shared entry"}),
        "label": ({"label": "database"}, {"database"}),
        "id": ({"id": database}, {"database"}),
        "folder": ({"folder": "servers"}, {"web server"}),
        "folder below": ({"folder": "/servers/databases"}, {"database"}),
        "top": ({"folder": ""}, {"received entry", "shared entry"}),
        "url": ({"url": "https://web.example.com:8443/"}, {"web server"}),
        "another url": ({"url": "https://web.example.com/"}, set()),
        "host": ({"url": "web.example.com", "match_host": True}, {"web server"}),
        "host of a url": ({"url": "https://web.example.com/", "match_host": True}, {"web server"}),
        "tag": ({"tag": "critical"}, {"web server"}),
        "username": ({"username": "deploy", "folder": "servers"}, {"web server"}),
        "none": ({"label": "nowhere"}, set()),
        "trashed": ({"label": "trashed entry"}, set()),
    }
    run = play([info(case, "plain", **options) for case, (options, _labels) in cases.items()], "-vvvvv", **SESSIONS)
    for case, (_options, labels) in cases.items():
        found = run[case]["credentials"]
        assert [item["label"] for item in found] == [
            item["label"] for item in sorted(found, key=lambda item: (item["folder"], item["label"]))
        ]
        assert {item["label"] for item in found} == labels, case
        assert (run[case]["changed"], run[case]["unread"]) == (False, [])
    web = run["label"]["credentials"][0]
    assert set(web) == {"id", "label", "username", "url", "folder", "tags", "favorite", "revision"}
    assert run["tag"]["credentials"][0]["tags"] == ["critical"]
    assert not [secret[:9] for secret in sandbox.canaries(VAULT) if secret in run.output]
    assert sandbox.routes(VAULT) == {
        "session_request": 1,
        "settings_get": 1,
        "password_list": 1,
        "folder_list": 1,
        "tag_list": 1,
    }


def test_secrets_are_returned_only_when_asked_for_and_never_shown(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        [
            {**info("read", label="prod database", return_secrets=True), "register": "found"},
            {
                "name": "seen",
                "ansible.builtin.assert": {
                    "that": [
                        "found.credentials[0].password == expected",
                        "found.credentials[0].custom_fields | map(attribute='label') | list == ['api key', 'mail']",
                        "found.credentials[0].notes is search('rotate')",
                    ],
                    "quiet": True,
                },
            },
        ],
        "-vvvvv",
        **SESSIONS,
        expected=stored(sandbox, "prod database")["password"],
    )
    assert "censored" in run["read"]
    assert run["seen"]["changed"] is False
    for secret in ("s3cr3t-Pässwörd", "s3cr3t-P\\u00e4ssw", "AKIA-", "rotate **monthly"):
        assert secret not in run.output


def test_what_cannot_be_decrypted_is_named_and_the_rest_is_read(play_newest: Player, sandbox: Sandbox) -> None:
    made = sandbox.act(VAULT, "seed", account="alice", passwords=4)["passwords"]
    ciphertext = "".join("0123456789abcdef"[number % 16] for number in range(120))
    whole = {name: made[number] for number, name in enumerate(("password", "label", "key", "fine"))}
    sandbox.act(VAULT, "overwrite", account="alice", id=whole["password"], password=ciphertext)
    sandbox.act(VAULT, "overwrite", account="alice", id=whole["label"], label=ciphertext)
    sandbox.act(VAULT, "overwrite", account="alice", id=whole["key"], cseKey="0c5e0c5e-0000-4000-8000-000000000000")
    failing = {"by id": "damaged", "by label": "'seeded entry 00001'", "by unknown key": "unknown"}
    tasks = [
        info("list"),
        info("list again"),
        *(
            {
                "name": name,
                "ansible.builtin.debug": {
                    "msg": f"{{{{ lookup('gatehouse.api.credential', {term}, session='vault', default='') }}}}"
                },
                "ignore_errors": True,
            }
            for name, term in failing.items()
        ),
        {
            "name": "fine",
            "ansible.builtin.debug": {
                "msg": "{{ lookup('gatehouse.api.credential', 'seeded entry 00004', session='vault').username }}"
            },
        },
        ensured("not made again", label="seeded entry 00001", password="canary-given-C19"),
        ensured("not removed", label="seeded entry 00001", state="absent"),
    ]
    run = play_newest(tasks, "-vvvvv", **SESSIONS, damaged=whole["password"], unknown=whole["key"])
    for task in ("list", "list again"):
        assert {item["label"] for item in run[task]["credentials"]} == {
            "prod database",
            "minimal",
            "seeded entry 00004",
        }
        unread = {item["message"]: item for item in run[task]["unread"]}
        assert {item["kind"] for item in unread.values()} == {"crypto"}
        for name in ("password", "label", "key"):
            assert [whole[name] in message for message in unread].count(True) == 1
        assert "'seeded entry 00001'" in next(message for message in unread if whole["password"] in message)
        assert "3 entries of session 'vault' cannot be decrypted" in run.output
    for task in failing:
        assert "[crypto]" in run[task]["msg"], run[task]
    assert whole["password"] in run["by id"]["msg"]
    assert run["fine"]["msg"] == "user00004"
    run.failure("not made again", "crypto")
    run.failure("not removed", "crypto")
    assert writes(sandbox) == {}
    told = run.output + json.dumps([result.facts for result in run.results])
    assert ciphertext[:60] not in told
    assert not [secret[:9] for secret in sandbox.canaries(VAULT) if secret in told]


def test_on_the_managed_host_with_its_own_store(play_newest: Player, sandbox: Sandbox, tmp_path: Path) -> None:
    """`run_on: target`, by the action group's module_defaults."""
    play = play_newest
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    play.write("inventory.ini", INVENTORY)
    new: dict[str, Any] = {
        "label": "new",
        "password": "canary-given-C20",
        "notes": "canary-given-C21",
        "folder": "",
        "username": "me",
    }
    run = play(
        [
            OPEN,
            ensured("made predicted", True, **new),
            ensured("made", **new),
            ensured("again", **new),
            info("listed", label="new"),
            {**info("read", label="new", return_secrets=True), "register": "found"},
            {
                "name": "seen",
                "ansible.builtin.assert": {"that": "found.credentials[0].password == expected", "quiet": True},
            },
            ensured("emptied", label="new", notes="", state="present"),
            ensured("twice", label="new", id="no", folder="nowhere"),
            ensured("gone", label="new", state="absent"),
        ],
        "-i",
        "inventory.ini",
        "-vvvvv",
        "--diff",
        hosts="target",
        play={
            "environment": {"HOME": str(target)},
            "module_defaults": {"group/gatehouse.api.all": {"run_on": "target"}},
        },
        **SESSIONS,
        expected="canary-given-C20",
    )
    assert run.changed("open", "made predicted", "made", "again", "emptied", "gone") == {
        "open": True,
        "made predicted": True,
        "made": True,
        "again": False,
        "emptied": True,
        "gone": True,
    }
    assert run["made predicted"]["diff"] == run["made"]["diff"]
    assert [item["label"] for item in run["listed"]["credentials"]] == ["new"]
    assert "censored" in run["read"]
    run.failure("twice", "definition")
    assert not play.store.exists()
    assert (target / ".local" / "state" / "gatehouse.api" / "sessions" / "vault.session").exists()
    secrets = [*sandbox.canaries(VAULT), "canary-given-C20", "canary-given-C21"]
    assert not [secret[:9] for secret in secrets if secret in run.output]
    assert stored(sandbox, "new")["notes"] == ""
