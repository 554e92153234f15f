# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup credential: how one credential is asked for, what comes back, and what is said when none does."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.playing import Player
from tests.integration.test_credential import SESSIONS, VAULT, stored
from tests.sandbox.harness import Sandbox

DATABASE = "7f2b6e30-9d4c-4e5f-a0b1-c2d3e4f50617"


def asked(name: str, *terms: str, ask: str = "lookup", **options: Any) -> dict[str, Any]:
    """A task that shows what the lookup returns."""
    arguments = [repr(term) for term in terms] + [f"{option}={value!r}" for option, value in options.items()]
    return {
        "name": name,
        "ansible.builtin.debug": {"msg": f"{{{{ {ask}('gatehouse.api.credential', {', '.join(arguments)}) }}}}"},
        "ignore_errors": True,
    }


def test_every_way_to_ask_for_one(play: Player, sandbox: Sandbox) -> None:
    sandbox.act(VAULT, "seed", account="alice", passwords=2, folders=1, tags=2)
    sandbox.act(VAULT, "create", account="alice", label="a / b", username="slash", password="canary-slash")
    one = {"session": "vault", "field": "username"}
    ways: dict[str, tuple[str, dict[str, Any]]] = {
        "id": ("postgres", asked("id", DATABASE, **one)),
        "id in capitals": ("postgres", asked("id in capitals", DATABASE.upper(), **one)),
        "label": ("postgres", asked("label", "prod database", **one)),
        "path": ("user00002", asked("path", "seeded folder 1/seeded entry 00002", **one)),
        "path from the top": ("user00002", asked("path from the top", "/seeded folder 1/seeded entry 00002", **one)),
        "a folder with a slash": (
            "postgres",
            asked("a folder with a slash", "Infrastruktur / Größe/prod database", **one),
        ),
        "a label with a slash": ("slash", asked("a label with a slash", "a / b", **one)),
        "a slash at the top": ("slash", asked("a slash at the top", "/a / b", **one)),
        "url": ("postgres", asked("url", url="https://db.example.com:5432/", **one)),
        "host": ("postgres", asked("host", url="db.example.com", match_host=True, **one)),
        "tag": ("user00001", asked("tag", tag="seeded tag 2", **one)),
        "username": ("user00002", asked("username", username="user00002", **one)),
        "folder and label": (
            "user00001",
            asked("folder and label", "seeded entry 00001", folder="seeded folder 1", **one),
        ),
    }
    run = play([task for _expected, task in ways.values()], **SESSIONS)
    assert {way: run[way]["msg"] for way in ways} == {way: expected for way, (expected, _task) in ways.items()}


def test_the_whole_entry_or_one_field_of_it(play: Player, sandbox: Sandbox) -> None:
    run = play(
        [
            asked("whole", "prod database", session="vault"),
            asked("field", "prod database", session="vault", field="password"),
            asked("custom field", "prod database", session="vault", field="mail"),
            asked("tags", "web server", session="plain", field="tags"),
            asked("several", "prod database", "minimal", ask="query", session="vault", field="label"),
            asked("no such field", "prod database", session="vault", field="pasword"),
        ],
        **SESSIONS,
    )
    whole = run["whole"]["msg"]
    assert whole | {"revision": "", "folder": "", "tags": []} == {
        "id": DATABASE,
        "label": "prod database",
        "username": "postgres",
        "password": "s3cr3t-Pässwörd-🔐",
        "url": "https://db.example.com:5432/",
        "notes": "rotate **monthly**\nowner: ops",
        "folder": "",
        "tags": [],
        "custom_fields": [
            {"label": "api key", "type": "secret", "value": "AKIA-ä-1"},
            {"label": "mail", "type": "email", "value": "ops@example.com"},
        ],
        "favorite": whole["favorite"],
        "revision": "",
    }
    assert run["field"]["msg"] == whole["password"]
    assert run["custom field"]["msg"] == "ops@example.com"
    assert run["tags"]["msg"] == ["critical"]
    assert run["several"]["msg"] == ["prod database", "minimal"]
    assert "no field 'pasword'" in run["no such field"]["msg"]
    assert "api key" in run["no such field"]["msg"]
    assert sandbox.routes(VAULT) == {
        "session_request": 2,
        "session_open": 1,
        "settings_get": 2,
        "password_list": 2,
        "folder_list": 2,
        "tag_list": 1,
    }


def test_what_is_missing_or_ambiguous(play: Player, sandbox: Sandbox) -> None:
    twins = [
        sandbox.act(VAULT, "create", account="alice", label="twin", password="canary-twin")["id"] for _number in "ab"
    ]
    run = play(
        [
            asked("error", "nowhere", session="vault"),
            asked("default", "nowhere", session="vault", default="instead"),
            asked("an empty default", "nowhere", session="vault", field="password", default=""),
            asked("warn", "nowhere", "minimal", ask="query", session="vault", field="label", on_missing="warn"),
            asked("skip", "nowhere", "minimal", "not here", ask="query", session="vault", on_missing="skip"),
            asked("twins", "twin", session="vault"),
            asked("twins with a default", "twin", session="vault", default=""),
            asked("nothing", session="vault"),
            asked("an empty term", "", session="vault"),
            asked("an unknown session", "minimal", session="nowhere"),
            asked("no session", "minimal"),
        ],
        **SESSIONS,
    )
    assert "There is no credential 'nowhere' in session 'vault'." in run["error"]["msg"]
    assert "[definition]" in run["error"]["msg"]
    assert (run["default"]["msg"], run["an empty default"]["msg"]) == ("instead", "")
    assert run["warn"]["msg"] == ["minimal"]
    assert "[WARNING]: There is no credential 'nowhere' in session 'vault'." in run.output
    assert [item["label"] for item in run["skip"]["msg"]] == ["minimal"]
    for task in ("twins", "twins with a default"):
        assert "[conflict]" in run[task]["msg"]
        assert all(identifier in run[task]["msg"] for identifier in twins)
    for task in ("nothing", "an empty term"):
        assert "not told which credential" in run[task]["msg"]
    assert "nowhere" in run["an unknown session"]["msg"]
    assert "[definition]" in run["an unknown session"]["msg"]
    assert "session" in run["no session"]["msg"]


def test_the_session_comes_from_variable_environment_or_configuration(play_newest: Player, sandbox: Sandbox) -> None:
    play = play_newest
    play.vars |= SESSIONS
    task = [asked("look", "minimal", field="label")]
    assert play(task, gatehouse_session="{{ 'vau' ~ 'lt' }}")["look"]["msg"] == "minimal"
    assert play(task, env={"GATEHOUSE_SESSION": "vault"})["look"]["msg"] == "minimal"
    place = play.directory / "elsewhere"
    play.write("ansible.cfg", f"[gatehouse]\nsession = vault\nstore = {place}\n")
    assert play(task)["look"]["msg"] == "minimal"
    assert (place / "vault.session").exists()


def test_check_mode_returns_placeholders_and_says_so(play: Player, sandbox: Sandbox) -> None:
    tasks = [
        asked("whole", "minimal", session="vault"),
        asked("attribute", "minimal", session="vault") | {"ansible.builtin.debug": {"msg": "{{ entry.password }}"}},
        asked("field", "minimal", session="vault", field="password"),
        asked("custom field", "minimal", session="vault", field="api key"),
        asked("several", "minimal", "prod database", ask="query", session="vault", field="id"),
        asked("joined", "minimal", session="vault") | {"ansible.builtin.debug": {"msg": "{{ entry.tags | join }}"}},
    ]
    play.vars |= SESSIONS
    entry = "{{ lookup('gatehouse.api.credential', 'minimal', session='vault') }}"
    run = play(tasks, "--check", entry=entry)
    assert run["whole"]["msg"]["label"] == run["attribute"]["msg"] == run["field"]["msg"] == "CHECK_MODE"
    assert run["custom field"]["msg"] == "CHECK_MODE"
    assert run["several"]["msg"] == ["CHECK_MODE", "CHECK_MODE"]
    assert run["joined"]["msg"] == ""
    assert "placeholders" in run.output
    assert sandbox.journal(VAULT) == []
    assert play.records() == []

    keys = set(run["whole"]["msg"])
    play("- gatehouse.api.session: {name: vault}")
    run = play(tasks, "--check", entry=entry)
    assert run["whole"]["msg"]["id"] == stored(sandbox, "minimal")["id"]
    assert set(run["whole"]["msg"]) == keys
    assert run["attribute"]["msg"] == "x"


def test_a_template_reads_three_entries_of_an_encrypted_account(play: Player, sandbox: Sandbox) -> None:
    """As users do it: by attribute, in a file that stays as it is in the second run; and nothing of it is shown."""
    play.write(
        "templates/config.j2",
        "{% set db = lookup('gatehouse.api.credential', 'prod database', session='vault') %}\n"
        "{{ db.username }}:{{ db.password }}@{{ db.url }}\n"
        "{{ lookup('gatehouse.api.credential', 'minimal', session='vault', field='password') }}\n"
        "{{ lookup('gatehouse.api.credential', 'Infrastruktur / Größe/deep', session='vault').notes }}\n",
    )
    folder = stored(sandbox, "Infrastruktur / Größe", kind="folder")["id"]
    deep = {"label": "deep", "password": "canary-deep-1", "notes": "canary-deep-2", "folder": folder}
    sandbox.act(VAULT, "create", account="alice", **deep)
    task = """
        - name: template
          ansible.builtin.template: {src: config.j2, dest: "{{ playbook_dir }}/config", mode: "0600"}
        """
    assert play(task, "-vvv", **SESSIONS).changed("template") == {"template": True}
    written = (play.directory / "config").read_text(encoding="utf-8")
    assert written == "postgres:s3cr3t-Pässwörd-🔐@https://db.example.com:5432/\nx\ncanary-deep-2\n"
    run = play(task, "-vvv", **SESSIONS)
    assert run.changed("template") == {"template": False}
    told = run.output + json.dumps([result.facts for result in run.results], ensure_ascii=False)
    assert not [secret[:9] for secret in sandbox.canaries(VAULT) if secret in told]
    assert sandbox.routes(VAULT) == {
        "session_request": 1,
        "session_open": 1,
        "settings_get": 1,
        "password_list": 1,
        "folder_list": 1,
    }
