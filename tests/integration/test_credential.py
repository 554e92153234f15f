# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module credential: what it ensures, what it sends for that, and what it never overwrites."""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from typing import Any

import pytest
import yaml

from tests.integration.playing import Player, Run
from tests.sandbox.harness import Sandbox

VAULT = "nextcloud_passwords"
SESSIONS: dict[str, Any] = {
    "gatehouse_sessions": {
        "vault": {VAULT: "{{ vault_alice }}"},
        "plain": {VAULT: "{{ vault_carol }}"},
    }
}
WRITES = re.compile(r".*_(create|update|delete|restore|set|reset)")
OPEN = {"name": "open", "gatehouse.api.session": {"name": "vault"}}
ENTRY: dict[str, Any] = {
    "label": "new database",
    "folder": "servers/Größe 🔐/inner",
    "username": "postgres",
    "password": "canary-given-pässwörd-🔐-C1",
    "url": "https://new.example.com:5432/",
    "notes": "canary-given-notes-C2\nsecond line",
    "custom_fields": [
        {"label": "api key", "type": "secret", "value": "canary-given-custom-C3"},
        {"label": "owner", "value": "ops"},
    ],
    "tags": ["production", "critical"],
    "favorite": True,
}
SECRETS = ("canary-given-pässwörd-🔐-C1", "canary-given-notes-C2", "canary-given-custom-C3")
PLAIN = {name: str(ENTRY[name]) for name in ("label", "username", "password", "url", "notes")}
PLAIN["customFields"] = json.dumps([{"type": "text", **item} for item in ENTRY["custom_fields"]])


def ensured(name: str, check: bool = False, session: str = "vault", **options: Any) -> dict[str, Any]:
    """A task that ensures a credential; its failure is looked at afterwards."""
    keywords = {"check_mode": True} if check else {}
    return {
        "name": name,
        "gatehouse.api.credential": {"session": session, **options},
        "ignore_errors": True,
        **keywords,
    }


def writes(sandbox: Sandbox, since: int = 0) -> dict[str, int]:
    """How often each route was called that changes something."""
    routes = [entry["route"] for entry in sandbox.journal(VAULT, since=since)]
    return dict(Counter(route for route in routes if WRITES.fullmatch(route)))


def seen(sandbox: Sandbox) -> int:
    """The number of the last request; for `since`."""
    return len(sandbox.journal(VAULT))


def stored(sandbox: Sandbox, label: str, account: str = "alice", kind: str = "password") -> dict[str, Any]:
    """What the service has under a label, decrypted."""
    found = [entry for entry in sandbox.act(VAULT, "read", account=account, kind=kind) if entry["label"] == label]
    assert len(found) == 1, f"{len(found)} {kind}s with the label {label!r}"
    return dict(found[0])


def predictions(run: Run, *tasks: str) -> None:
    """What check mode said of these tasks is what they did."""
    for task in tasks:
        said, did = run[f"{task} predicted"], run[task]
        assert (said["changed"], said.get("diff"), said.get("fields")) == (
            did["changed"],
            did.get("diff"),
            did.get("fields"),
        ), task


def test_the_second_run_changes_nothing_and_writes_nothing(play: Player, sandbox: Sandbox) -> None:
    sandbox.act(VAULT, "watch", account="alice", texts=list(SECRETS))
    wanted = {**ENTRY, "create_folders": True, "create_tags": True}
    run = play([OPEN, ensured("make predicted", True, **wanted), ensured("make", **wanted)], "--diff", **SESSIONS)
    predictions(run, "make")
    assert run["make"]["changed"] is True
    assert (
        run["make"]["credential"].items()
        >= {
            "label": "new database",
            "folder": "servers/Größe 🔐/inner",
            "username": "postgres",
            "tags": ["critical", "production"],
            "favorite": True,
        }.items()
    )
    assert set(run["make"]["fields"]) == set(ENTRY)
    assert run["make"]["diff"]["before"] == {}
    assert run["make"]["diff"]["after"]["password"] == "******** (changed)"
    assert not [secret for secret in SECRETS if secret in run.output + json.dumps([r.facts for r in run.results])]
    assert writes(sandbox) == {"folder_create": 3, "tag_create": 1, "password_create": 1}

    held = stored(sandbox, "new database")
    assert {name: held[name] for name in PLAIN if name != "customFields"} == {
        name: value for name, value in PLAIN.items() if name != "customFields"
    }
    assert json.loads(held["customFields"]) == json.loads(PLAIN["customFields"])
    assert (held["cseType"], held["favorite"]) == ("CSEv1r1", True)
    assert sandbox.state(VAULT)["plain_texts_seen"] == []

    before = seen(sandbox)
    run = play([ensured("again predicted", True, **wanted), ensured("again", **wanted)], "--diff", **SESSIONS)
    predictions(run, "again")
    assert run["again"]["changed"] is False
    assert run["again"]["credential"]["id"] == held["id"]
    assert "diff" not in run["again"]
    assert writes(sandbox, before) == {}


CHANGES: dict[str, dict[str, Any]] = {
    "label": {"label": "another label"},
    "username": {"username": "another"},
    "password": {"password": "canary-given-another-C4"},
    "url": {"url": "https://other.example.com"},
    "notes": {"notes": "canary-given-notes-C5"},
    "custom_fields": {"custom_fields": [{"label": "only", "type": "url", "value": "https://x.example.com"}]},
    "no custom_fields": {"custom_fields": []},
    "tags": {"tags": ["production"], "create_tags": True},
    "no tags": {"tags": []},
    "folder": {"folder": "elsewhere", "create_folders": True},
    "top folder": {"folder": ""},
    "no username": {"username": ""},
    "no url": {"url": ""},
    "no notes": {"notes": ""},
    "favorite": {"favorite": False},
}

PLAIN_CHANGES = ("password", "custom_fields", "no tags", "folder", "no notes")


@pytest.mark.parametrize("account", ["alice", "carol"])
def test_changing_one_field_keeps_all_others(play_newest: Player, sandbox: Sandbox, account: str) -> None:
    """Also the encryption. An update replaces the whole entry, so what is not sent along is lost."""
    session = {"alice": "vault", "carol": "plain"}[account]
    cases = {case: change for case, change in CHANGES.items() if account == "alice" or case in PLAIN_CHANGES}
    below = sandbox.act(VAULT, "create", account=account, kind="folder", label="below")["id"]
    tag = next(item["id"] for item in sandbox.act(VAULT, "read", account=account, kind="tag"))
    whole = {**PLAIN, "folder": below, "tags": [tag], "favorite": True, "hidden": False}
    made = {
        case: sandbox.act(VAULT, "create", account=account, **{**whole, "label": f"entry {number}"})["id"]
        for number, case in enumerate(cases)
    }
    before = {entry["id"]: entry for entry in sandbox.act(VAULT, "read", account=account)}
    tasks = [{"name": "open", "gatehouse.api.session": {"name": session}}]
    for case, change in cases.items():
        tasks.append(ensured(f"{case} predicted", True, session, id=made[case], **change))
        tasks.append(ensured(case, False, session, id=made[case], **change))
    run = play_newest(tasks, **SESSIONS)

    predictions(run, *cases)
    after = {entry["id"]: entry for entry in sandbox.act(VAULT, "read", account=account)}
    names = {"custom_fields": "customFields"}
    for case, identifier in made.items():
        changed = case.split()[-1]
        assert run[case]["fields"] == [changed], run[case]
        differs = {name for name in after[identifier] if after[identifier][name] != before[identifier][name]}
        differs -= {"revision", "updated", "edited", "client", "hash", "status", "statusCode"}
        assert differs == {names.get(changed, changed)}
        assert after[identifier]["cseType"] == ("CSEv1r1" if account == "alice" else "none")
    assert after[made["password"]]["password"] == "canary-given-another-C4"
    assert (after[made["no tags"]]["tags"], after[made["no notes"]]["notes"]) == ([], "")
    assert writes(sandbox).items() >= {"password_update": len(cases), "folder_create": 1}.items()
    if account == "alice":
        assert after[made["top folder"]]["folder"] == "00000000-0000-0000-0000-000000000000"
        assert sandbox.state(VAULT)["plain_texts_seen"] == []


def test_generated_passwords(play_newest: Player, sandbox: Sandbox) -> None:
    local = {"by": "local", "length": 20, "special": False}
    tasks = [
        OPEN,
        ensured("local predicted", True, label="local", generate=local),
        ensured("local", label="local", generate=local),
        ensured("local again", label="local", generate=local),
        ensured("service", label="service", generate={"by": "service"}),
        ensured("service again", label="service", generate={"by": "service"}),
        ensured("too short", label="short", generate={"by": "local", "length": 7}),
        ensured("both", label="both", generate=local, password="canary-given-both-C6"),
    ]
    run = play_newest(tasks, "-vvvvv", "--diff", **SESSIONS)
    predictions(run, "local")
    assert run.changed("local", "local again", "service", "service again") == {
        "local": True,
        "local again": False,
        "service": True,
        "service again": False,
    }
    first = {label: stored(sandbox, label)["password"] for label in ("local", "service")}
    assert len(first["local"]) == 20
    classes = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
    assert all(set(first["local"]) & set(characters) for characters in classes)
    assert not set(first["local"]) - set("".join(classes))
    run.failure("too short", "definition")
    run.failure("both", "definition")

    before = seen(sandbox)
    play_newest.vars |= SESSIONS
    rotated = play_newest(
        [
            ensured("local predicted", True, label="local", generate=local, update_password="always"),
            ensured("local", label="local", generate=local, update_password="always"),
            ensured("service", label="service", generate={"by": "service"}, update_password="always"),
        ],
        "-vvvvv",
        "--diff",
    )
    predictions(rotated, "local")
    assert rotated.changed("local", "service") == {"local": True, "service": True}
    assert rotated["local"]["fields"] == ["password"]
    second = {label: stored(sandbox, label)["password"] for label in ("local", "service")}
    assert not set(first.values()) & set(second.values())
    assert writes(sandbox, before) == {"password_update": 2}
    assert sandbox.routes(VAULT)["service_password"] == 2
    output = run.output + rotated.output
    assert not [password for password in (*first.values(), *second.values()) if password in output]


def test_update_password_says_when_a_password_is_set(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        [
            OPEN,
            ensured("made", label="new", password="canary-given-first-C7", update_password="on_create"),
            ensured("kept", label="new", password="canary-given-other-C8", update_password="on_create"),
            ensured("others", label="new", password="canary-given-other-C8", update_password="on_create", notes="n"),
            ensured("always", label="minimal", password="canary-given-third-C9", update_password="always"),
            ensured("by default", label="prod database", password="canary-given-fourth-C10"),
        ],
        **SESSIONS,
    )
    assert run.changed("made", "kept", "others") == {"made": True, "kept": False, "others": True}
    assert run["others"]["fields"] == ["notes"]
    assert stored(sandbox, "new")["password"] == "canary-given-first-C7"
    assert stored(sandbox, "minimal")["password"] == "canary-given-third-C9"
    assert stored(sandbox, "prod database")["password"] == "canary-given-fourth-C10"


def test_folders_and_tags_are_made_only_when_asked(play_newest: Player, sandbox: Sandbox) -> None:
    new: dict[str, Any] = {
        "label": "new",
        "password": "canary-given-C11",
        "folder": "one/two",
        "tags": ["red", "critical"],
    }
    run = play_newest(
        [
            OPEN,
            ensured("not asked", **new),
            ensured("not asked predicted", True, **new),
            ensured("folders only", **new, create_folders=True),
        ],
        **SESSIONS,
    )
    assert "folder 'one/two' and no tag 'red'" in run.failure("not asked", "definition")["message"]
    assert "create_folders" in run.failure("not asked")["hint"]
    assert run["not asked predicted"]["msg"] == run["not asked"]["msg"]
    run.failure("folders only", "definition")
    assert writes(sandbox) == {}

    run = play_newest(
        [
            ensured("made", **new, create_folders=True, create_tags=True),
            ensured("beside", label="beside", password="canary-given-C12", folder="one/two"),
            ensured("slashes", label="slashes", password="canary-given-C13", folder="/one/two/"),
            ensured("below", label="below", password="canary-given-C14", folder="one/three", create_folders=True),
            ensured("moved", id="91d48052-bf6e-4071-82d3-e4f506172839", folder="one//three/"),
            ensured(
                "below a slash",
                label="deep",
                password="canary-given-C15",
                folder="Infrastruktur / Größe/Netz",
                create_folders=True,
            ),
        ],
        **SESSIONS,
    )
    assert all(run.changed().values()), run.output
    assert writes(sandbox) == {
        "folder_create": 4,
        "tag_create": 1,
        "password_create": 5,
        "password_update": 1,
    }
    folders = {item["label"]: item for item in sandbox.act(VAULT, "read", account="alice", kind="folder")}
    assert {"one", "two", "three", "Netz", "Infrastruktur / Größe"} == set(folders)
    assert folders["Netz"]["parent"] == folders["Infrastruktur / Größe"]["id"]
    assert folders["three"]["parent"] == folders["two"]["parent"] == folders["one"]["id"]
    assert run["slashes"]["credential"]["folder"] == "one/two"
    assert {folders["two"]["id"]} == {stored(sandbox, label)["folder"] for label in ("new", "beside", "slashes")}


def test_absent_and_absent_again(play_newest: Player, sandbox: Sandbox) -> None:
    made = sandbox.act(VAULT, "seed", account="alice", passwords=2)["passwords"]
    trashed, purged = (f"seeded entry {number:05d}" for number in (1, 2))
    run = play_newest(
        [
            OPEN,
            ensured("trash predicted", True, label=trashed, state="absent"),
            ensured("trash", label=trashed, state="absent"),
            ensured("trash again", label=trashed, state="absent"),
            ensured("purge predicted", True, id=made[1], state="absent", purge=True),
            ensured("purge", label=purged, state="absent", purge=True),
            ensured("purge again", id=made[1], state="absent", purge=True),
        ],
        "--diff",
        **SESSIONS,
    )
    predictions(run, "trash", "purge")
    assert run.changed("trash", "trash again", "purge", "purge again") == {
        "trash": True,
        "trash again": False,
        "purge": True,
        "purge again": False,
    }
    assert run["trash"]["credential"]["id"] == made[0]
    assert run["trash"]["diff"]["after"] == {}
    assert run["trash again"]["credential"] == {}
    assert stored(sandbox, trashed)["trashed"] is True
    assert purged not in [entry["label"] for entry in sandbox.act(VAULT, "read", account="alice")]
    assert writes(sandbox) == {"password_delete": 3}


def test_several_matches_are_a_conflict_that_names_them(play_newest: Player, sandbox: Sandbox) -> None:
    twins = {
        name: sandbox.act(VAULT, "create", account="alice", label="twin", username=name, password="canary-twin")["id"]
        for name in "ab"
    }
    sandbox.act(VAULT, "seed", account="alice", passwords=12)
    for entry in sandbox.act(VAULT, "read", account="alice"):
        if entry["label"].startswith("seeded"):
            sandbox.act(VAULT, "change", account="alice", id=entry["id"], label="one of many")
    run = play_newest(
        [
            OPEN,
            ensured("present", label="twin", notes="new"),
            ensured("predicted", True, label="twin", notes="new"),
            ensured("absent", label="twin", state="absent"),
            ensured("many", label="one of many", state="absent"),
            ensured("by username", label="twin", username="a", notes="new"),
            ensured("by id", id=twins["b"], state="absent"),
        ],
        **SESSIONS,
    )
    for task in ("present", "predicted", "absent"):
        failure = run.failure(task, "conflict")
        assert all(identifier in failure["message"] for identifier in twins.values())
        assert "id" in failure["hint"]
    assert "12 credentials" in run.failure("many", "conflict")["message"]
    assert run["by username"]["credential"]["id"] == twins["a"]
    assert run["by id"]["changed"] is True
    assert writes(sandbox) == {"password_update": 1, "password_delete": 1}


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(play_newest: Player, sandbox: Sandbox) -> None:
    """The entry changes when the play has read it, and its update is on the way."""
    identifier = stored(sandbox, "prod database")["id"]
    sandbox.fault(VAULT, "hold", route="password_update")
    others: list[str] = []

    def meanwhile(_pid: int) -> None:
        if not others and sandbox.held(VAULT):
            others.append("canary-of-somebody-else")
            sandbox.act(VAULT, "change", account="alice", id=identifier, password=others[0])
            sandbox.release(VAULT)

    play_newest.vars |= SESSIONS
    tasks = [OPEN, ensured("change", id=identifier, username="new"), ensured("then", id=identifier, notes="n")]
    book = {"hosts": "localhost", "gather_facts": False, "vars_files": ["vars.yml"], "tasks": tasks}
    play_newest.write("vars.yml", yaml.safe_dump(play_newest.vars))
    run = play_newest.playbook(yaml.safe_dump([book], sort_keys=False), watch=meanwhile)
    failure = run.failure("change", "conflict")
    assert (failure["http_code"], failure["api_code"]) == (409, "9c5d2ad8")
    assert "changed the entry" in failure["hint"]
    assert run["then"]["fields"] == ["notes"]
    held = stored(sandbox, "prod database")
    assert (held["password"], held["username"], held["notes"]) == (others[0], "postgres", "n")
    assert writes(sandbox) == {"password_update": 2}


def test_check_mode_does_not_sign_in(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        [
            ensured("change", label="minimal", notes="new"),
            ensured("absent", label="minimal", state="absent"),
            {"name": "info", "gatehouse.api.credential_info": {"session": "vault"}},
        ],
        "--check",
        **SESSIONS,
    )
    assert {(result.task, result.status) for result in run.results} == {
        ("change", "skipped"),
        ("absent", "skipped"),
        ("info", "skipped"),
    }
    assert all("vault" in result.facts["msg"] for result in run.results)
    assert sandbox.journal(VAULT) == []


def test_what_cannot_be_ensured_is_said_and_not_begun(play_newest: Player, sandbox: Sandbox) -> None:
    nobody = "00000000-0000-4000-8000-00000000dead"
    received = stored(sandbox, "received entry", "carol")["id"]
    cases: dict[str, tuple[str, dict[str, Any]]] = {
        "no password": ("definition", {"label": "new"}),
        "no such id": ("definition", {"id": nobody, "notes": "new"}),
        "nothing": ("definition", {"notes": "new"}),
        "an empty password": ("definition", {"label": "new", "password": ""}),
        "no label": ("definition", {"id": nobody, "label": "", "password": "canary-given-C16"}),
        "not editable": ("missing_scope", {"session": "plain", "id": received, "notes": "canary-given-C17"}),
        "no session": ("definition", {"session": "nowhere", "label": "minimal", "state": "absent"}),
    }
    tasks = [OPEN, {"name": "open too", "gatehouse.api.session": {"name": "plain"}}]
    for case, (_kind, options) in cases.items():
        tasks += [ensured(f"{case} predicted", True, **options), ensured(case, **options)]
    run = play_newest(tasks, **SESSIONS)
    for case, (kind, _options) in cases.items():
        run.failure(case, kind)
        if case != "no session":
            assert run[f"{case} predicted"]["msg"] == run[case]["msg"], case
    assert nobody in run.failure("no such id")["message"]
    assert received in run.failure("not editable")["message"]
    assert writes(sandbox) == {}


def test_nothing_is_made_twice_when_a_reply_is_lost(play_newest: Player, sandbox: Sandbox) -> None:
    """The service has made it, and nobody heard: the task fails, and the next run finds it."""
    sandbox.fault(VAULT, "drop_after", route="password_create")
    new: dict[str, Any] = {"label": "new", "password": "canary-given-C18"}
    run = play_newest([OPEN, ensured("lost", **new), ensured("found", **new)], **SESSIONS)
    run.failure("lost", "not_reachable")
    assert run.changed("found") == {"found": False}
    assert writes(sandbox) == {"password_create": 1}


def test_a_copy_of_a_password_that_looks_like_a_template(play: Player, sandbox: Sandbox) -> None:
    """What a service stores is data. It is never templated, neither when it is read nor when it is written."""
    odd = "canary {{ 1 + 1 }} {% raw %}"
    sandbox.act(VAULT, "create", account="alice", label="odd {{ 2 + 2 }}", username="odd", password=odd)
    run = play(
        """
        - name: read
          ansible.builtin.set_fact:
            odd: "{{ lookup('gatehouse.api.credential', username='odd', session='vault') }}"
          no_log: true
        - name: copy
          gatehouse.api.credential:
            session: vault
            label: copy
            password: "{{ odd.password }}"
            notes: "{{ lookup('gatehouse.api.credential', username='odd', session='vault', field='label') }}"
        - name: listed
          gatehouse.api.credential_info: {session: vault, label: "{{ odd.label }}"}
          register: listed
        - name: used
          ansible.builtin.debug: {msg: "{{ listed.credentials[0].label }}"}
        """,
        **SESSIONS,
    )
    copy = stored(sandbox, "copy")
    assert (copy["password"], copy["notes"]) == (odd, "odd {{ 2 + 2 }}")
    assert run["used"]["msg"] == "odd {{ 2 + 2 }}"


def test_secrets_that_are_words_of_a_result_do_not_garble_it(play_newest: Player, sandbox: Sandbox) -> None:
    """A password may be `changed`: the task is changed all the same. One may be `failed`, and nothing has."""
    words = ["changed", "failed", "diff", "credential", "label", "after", "failure"]
    tasks = [ensured(f"entry {word}", label=f"entry {number}", password=word) for number, word in enumerate(words)]
    again = [ensured(f"again {word}", label=f"entry {number}", password=word) for number, word in enumerate(words)]
    run = play_newest([OPEN, *tasks, *again, ensured("broken", id="failed", password="failed")], "--diff", **SESSIONS)
    assert run.changed(*(task["name"] for task in tasks)) == {f"entry {word}": True for word in words}
    assert run.changed(*(task["name"] for task in again)) == {f"again {word}": False for word in words}
    assert {result.status for result in run.results if result.task != "broken"} == {"ok"}
    assert all(set(run[task["name"]]["diff"]) == {"before", "after"} for task in tasks)
    assert set(run["entry label"]["credential"]) >= {"id", "label"}
    assert run["broken"]["failed"] is True
    assert run["broken"]["failure"]["kind"] == "definition"
