# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of provider nextcloud_passwords: shared by all hosts, second factors, and what is kept of what they gave."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.integration.playing import Player, Run, checked_failure
from tests.integration.test_credential import OPEN, SESSIONS, VAULT, ensured, stored
from tests.integration.test_credential_lookup import asked
from tests.integration.test_two_factor import without
from tests.sandbox.harness import Sandbox

LOCAL = "ansible_connection=local\nansible_python_interpreter={{ ansible_playbook_python }}"
TEMPLATE = """\
{{ inventory_hostname }}
{{ lookup('gatehouse.api.credential', 'prod database', session='vault').username }}
{{ lookup('gatehouse.api.credential', 'seeded entry 00001', session='vault').password }}
{{ lookup('gatehouse.api.credential', 'seeded folder 1/seeded entry 00002', session='vault', field='url') }}
"""
CLOSE = {"name": "close", "gatehouse.api.session": {"name": "vault", "state": "absent"}}


def opened(name: str, **more: Any) -> dict[str, Any]:
    """A task that opens the session vault as the variable of that name says."""
    return {
        "name": name,
        "gatehouse.api.session": {"name": "vault", VAULT: "{{ given }}", **more},
        "ignore_errors": True,
    }


def on_hosts(play: Player, count: int, tasks: list[dict[str, Any]], **variables: Any) -> Run:
    """Run tasks on so many hosts at once."""
    lines = "".join(f"host{number:03}\n" for number in range(count))
    play.write("hosts.ini", f"[all:vars]\n{LOCAL}\n[all]\n{lines}")
    return play(tasks, "-i", "hosts.ini", "--forks", "30", hosts="all", rc=None, **variables)


def templated(play: Player, sandbox: Sandbox, count: int) -> None:
    """Each of so many hosts templates three entries, and the service sees one sign-in and one fetch."""
    sandbox.act(VAULT, "seed", account="alice", passwords=3, folders=1)
    sandbox.fault(VAULT, "delay", route="password_list", seconds=0.3)
    play.write("templates/config.j2", TEMPLATE)
    (play.directory / "out").mkdir()
    path = "{{ playbook_dir }}/out/{{ inventory_hostname }}"
    task = {"name": "template", "ansible.builtin.template": {"src": "config.j2", "dest": path, "mode": "0600"}}
    run = on_hosts(play, count, [task], **SESSIONS).ended()
    assert len(run.on("template")) == count
    written = {file.name: file.read_text(encoding="utf-8").splitlines() for file in (play.directory / "out").iterdir()}
    assert len(written) == count
    expected = ["postgres", "canary-alice-seeded-00001", "https://host00002.example.com/"]
    assert all(lines == [host, *expected] for host, lines in written.items())
    assert sandbox.routes(VAULT) == {
        "session_request": 1,
        "session_open": 1,
        "settings_get": 1,
        "password_list": 1,
        "folder_list": 1,
    }


def test_60_hosts_one_fetch(play_newest: Player, sandbox: Sandbox) -> None:
    templated(play_newest, sandbox, 60)


def test_one_fetch_for_a_few_hosts_on_every_core(play: Player, sandbox: Sandbox) -> None:
    templated(play, sandbox, 6)


def test_a_wrong_master_password_is_sent_once(play_newest: Player, sandbox: Sandbox) -> None:
    """After five failed attempts the service deletes the app password: 30 hosts must not make them."""
    given = play_newest.vars["vault_alice"] | {"master_password": "canary wrong master password"}
    run = on_hosts(
        play_newest,
        30,
        [{**opened("open"), "ignore_errors": True}, asked("look", "minimal", session="vault")],
        given=given,
        gatehouse_sessions={"vault": {VAULT: "{{ given }}"}},
    )
    failures = [checked_failure(facts, "credentials_rejected") for facts in run.on("open").values()]
    assert len(failures) == 30
    assert {(failure["http_code"], failure["api_code"]) for failure in failures} == {(401, "ab6e13ba")}
    assert all("master_password" in failure["message"] + failure["hint"] for failure in failures)
    assert all("[credentials_rejected]" in facts["msg"] for facts in run.on("look").values())
    assert len(run.on("look")) == 30
    assert sandbox.state(VAULT)["failed_attempts"]["alice"] == 1
    assert sandbox.routes(VAULT)["session_open"] == 1
    assert "canary wrong master" not in run.output


def test_a_revoked_app_password_is_not_hammered(play_newest: Player, sandbox: Sandbox) -> None:
    """Ten failed logins refuse every user behind the machine's address."""
    play = play_newest
    play("- gatehouse.api.session: {name: vault}", **SESSIONS)
    sandbox.act(VAULT, "destroy_token", account="alice")
    before = len(sandbox.journal(VAULT))
    run = on_hosts(
        play,
        12,
        [
            asked("look", "minimal", session="vault"),
            ensured("change", label="minimal", notes="new"),
            {
                "name": "request",
                "gatehouse.api.request": {"session": "vault", "path": "/index.php/apps/passwords/api/1.0/tag/list"},
                "ignore_errors": True,
            },
            {"name": "open", "gatehouse.api.session": {"name": "vault"}, "ignore_errors": True},
        ],
        **SESSIONS,
    )
    assert all("[credentials_rejected]" in facts["msg"] for facts in run.on("look").values())
    for task in ("change", "request", "open"):
        for facts in run.on(task).values():
            failure = checked_failure(facts, "credentials_rejected")
            assert "app password" in failure["message"] + failure["hint"]
    assert len(sandbox.journal(VAULT, since=before)) == 1
    assert sum(sandbox.state(VAULT)["failed_logins"].values()) == 1

    second = play.vars["vault_alice"] | {"password": sandbox.account(VAULT, "alice")["second_app_password"]}
    run = play([opened("another"), asked("look", "minimal", session="vault", field="label")], given=second)
    assert run["look"]["msg"] == "minimal"


# What is kept


def test_the_cache_is_asked_as_long_as_it_may_be(play_newest: Player, sandbox: Sandbox) -> None:
    play = play_newest
    run = play(
        [
            asked("first", "minimal", session="vault", field="label"),
            asked("kept", "minimal", session="vault", field="label"),
            asked("asked anew", "minimal", session="vault", field="label", cache_ttl=0),
            asked("asked anew again", "minimal", session="vault", field="label", cache_ttl=0),
            {"name": "info", "gatehouse.api.credential_info": {"session": "vault", "label": "minimal"}},
            {
                "name": "fresh",
                "gatehouse.api.credential_info": {"session": "vault", "label": "minimal", "cache_ttl": 0},
            },
            asked("never kept", "minimal", session="never", field="label"),
            asked("never kept either", "minimal", session="never", field="label"),
        ],
        gatehouse_sessions={
            **SESSIONS["gatehouse_sessions"],
            "never": {VAULT: "{{ vault_alice | combine({'cache_ttl': 0}) }}"},
        },
    )
    assert {facts["msg"] for task in ("first", "kept", "never kept") for facts in run.on(task).values()} == {"minimal"}
    routes = [entry["route"] for entry in sandbox.journal(VAULT) if entry["route"] == "password_list"]
    assert len(routes) == 1 + 2 + 1 + 2
    assert sandbox.routes(VAULT)["session_open"] == 2


def test_a_change_is_seen_by_the_next_lookup(play_newest: Player, sandbox: Sandbox) -> None:
    """And what is changed elsewhere, once the cache's time is over."""
    play = play_newest
    look = {"session": "vault", "field": "password"}
    tasks = [
        asked("before", "prod database", **look),
        ensured("change", label="prod database", password="canary-given-N1"),
        asked("after", "prod database", **look),
        asked("not there", "another label", session="vault", default="nothing"),
        ensured("rename", id="7f2b6e30-9d4c-4e5f-a0b1-c2d3e4f50617", label="another label"),
        asked("there", "another label", **look),
        ensured("remove", label="another label", state="absent"),
        asked("gone", "another label", session="vault", default="nothing"),
    ]
    run = play(tasks, **SESSIONS)
    assert run["before"]["msg"] == "s3cr3t-Pässwörd-🔐"
    assert run["after"]["msg"] == run["there"]["msg"] == "canary-given-N1"
    assert run["not there"]["msg"] == run["gone"]["msg"] == "nothing"

    sandbox.act(VAULT, "change", account="alice", id=stored(sandbox, "minimal")["id"], password="canary-elsewhere")
    run = play(
        [asked("before", "minimal", cache_ttl=0, **look), asked("then", "minimal", **look)],
        **SESSIONS,
    )
    assert run["before"]["msg"] == "canary-elsewhere"


def test_nothing_of_the_cache_is_left_when_the_session_is_closed(play_newest: Player, sandbox: Sandbox) -> None:
    play = play_newest
    sandbox.act(VAULT, "seed", account="alice", passwords=20, folders=2, tags=2)
    looks = [asked(f"look {number}", f"seeded entry {number:05d}", session="vault") for number in (1, 2, 3)]
    listed = {"name": "all", "gatehouse.api.credential_info": {"session": "vault"}}
    play([OPEN], **SESSIONS)
    empty = sizes(play.store)
    play([*looks, listed], **SESSIONS)
    full = sizes(play.store)
    assert sum(full.values()) > sum(empty.values()) + 10_000
    play([CLOSE], **SESSIONS)
    left = sizes(play.store)
    assert play.records() == []
    assert not [name for name in left if "cache" in name and left[name]], left
    assert sum(left.values()) < sum(empty.values())
    assert [entry["route"] for entry in sandbox.journal(VAULT)][-1] == "session_close"


def sizes(store: Path) -> dict[str, int]:
    """The files of a store, and how long they are."""
    return {path.name: path.stat().st_size for path in store.iterdir()}


def test_the_keychain_of_a_session_opened_in_a_task_is_kept_for_a_while(play_newest: Player, sandbox: Sandbox) -> None:
    """Nobody else knows the master password. What is not encrypted can be read all the same."""
    play = play_newest
    run = play(
        [
            opened("open"),
            asked("look", "prod database", session="vault", field="username"),
            asked("anew", "minimal", session="vault", field="label", cache_ttl=0),
            {"name": "info", "gatehouse.api.credential_info": {"session": "vault", "cache_ttl": 0}},
            ensured("change", label="minimal", notes="changed"),
        ],
        given=play.vars["vault_alice"],
    )
    assert run["look"]["msg"] == "postgres"
    assert run["anew"]["msg"] == "minimal"
    assert run["info"]["credentials"]
    assert run["change"]["changed"] is True
    assert sandbox.routes("nextcloud_passwords")["password_list"] > 2

    short = play.vars["vault_alice"] | {"cache_ttl": 0.5}
    play([CLOSE, opened("open")], given=short)
    deadline = time.monotonic() + 30
    task = [asked("look", "minimal", session="vault", field="label")]
    while "[authentication_needed]" not in str((run := play(task))["look"]["msg"]):
        assert run["look"]["msg"] == "minimal"
        assert time.monotonic() < deadline
    assert "cache_ttl" in run["look"]["msg"]
    assert "gatehouse_sessions" in run["look"]["msg"]
    assert "master_password" in run["look"]["msg"]


# Second factors


def test_a_totp_account_opens_by_itself(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        [
            opened("open"),
            opened("again"),
            asked("encrypted", "only entry", session="vault", field="password"),
            asked("plain", "plain entry", session="vault", field="password"),
        ],
        given=play_newest.vars["vault_erin"],
    )
    assert run.changed("open", "again") == {"open": True, "again": False}
    assert (run["encrypted"]["msg"], run["plain"]["msg"]) == ("canary-erin-only-entry", "canary-erin-plain-entry")
    assert [entry["outcome"] for entry in sandbox.journal(VAULT, route="session_open")] == ["ok"]


def test_a_code_by_email(play: Player, sandbox: Sandbox) -> None:
    code = f"lookup('ansible.builtin.url', '{sandbox.url(VAULT)}/_sandbox/codes', split_lines=false)"
    run = play(
        [
            opened("open"),
            opened("still without a code"),
            asked("not open yet", "only entry", session="vault"),
            {"name": "send", "gatehouse.api.session_verification": {"session": "vault", "method": "email"}},
            {
                "name": "give",
                "gatehouse.api.session_verification": {"session": "vault", "method": "email", "token": "{{ code }}"},
            },
            opened("open with the code"),
            opened("again"),
            asked("look", "only entry", session="vault", field="username"),
        ],
        env={"SSL_CERT_FILE": sandbox.ca_file, "REQUESTS_CA_BUNDLE": sandbox.ca_file},
        given=play.vars["vault_frank"],
        gatehouse_sessions={"vault": {VAULT: "{{ given }}"}},
        code=f"{{{{ ({code} | from_json).sent[-1].code }}}}",
    )
    for task in ("open", "still without a code"):
        failure = run.failure(task, "two_factor_needed")
        assert failure["methods"] == ["email"]
        assert "session_verification" in failure["hint"]
    assert "[two_factor_needed]" in run["not open yet"]["msg"]
    assert run.changed("send", "give", "open with the code", "again") == {
        "send": True,
        "give": True,
        "open with the code": True,
        "again": False,
    }
    assert run["look"]["msg"] == "frank-login"
    routes = sandbox.routes(VAULT)
    assert (routes["token_request"], routes["session_open"]) == (1, 1)


def test_a_wrong_code_is_one_attempt(play_newest: Player, sandbox: Sandbox) -> None:
    play = play_newest
    play.vars |= {"given": play.vars["vault_frank"], "gatehouse_sessions": {"vault": {VAULT: "{{ given }}"}}}
    play.vars["wrong"] = "canary-wrong-code"
    give = {"session": "vault", "method": "email", "token": "{{ wrong }}"}
    run = play(
        [
            opened("open"),
            {"name": "send", "gatehouse.api.session_verification": {"session": "vault", "method": "email"}},
            {"name": "give", "gatehouse.api.session_verification": give},
            opened("wrong"),
            opened("not sent again"),
        ],
        "-vvv",
    )
    failure = run.failure("wrong", "credentials_rejected")
    assert (failure["http_code"], failure["api_code"]) == (401, "8b4f02b4")
    run.failure("not sent again")
    assert "canary-wrong-code" not in run.output
    assert sandbox.routes(VAULT)["session_open"] == 1
    assert sandbox.state(VAULT)["failed_attempts"]["frank"] == 1


def test_a_question_on_a_device(play_newest: Player, sandbox: Sandbox) -> None:
    """The service answers with a token at once; a human says yes elsewhere; nobody copies anything."""
    play = play_newest
    play.vars |= {"given": play.vars["vault_grace"], "gatehouse_sessions": {"vault": {VAULT: "{{ given }}"}}}
    method = "twofactor_nextcloud_notification"
    run = play(
        [
            opened("open"),
            {"name": "send", "gatehouse.api.session_verification": {"session": "vault", "method": method}},
        ]
    )
    assert run.failure("open", "two_factor_needed")["methods"] == [method]
    assert sandbox.act(VAULT, "approve", account="grace") == {"approved": 1}
    run = play([opened("approved"), asked("look", "only entry", session="vault", field="username")])
    assert run.changed("approved") == {"approved": True}
    assert run["look"]["msg"] == "grace-login"


def test_one_of_several_factors(play_newest: Player, sandbox: Sandbox) -> None:
    play = play_newest
    without_secret = without(play.vars["vault_heidi"], "totp_secret")
    run = play(
        [
            opened("open"),
            {
                "name": "unknown",
                "gatehouse.api.session_verification": {
                    "session": "vault",
                    "method": "gateway_sms",
                    VAULT: "{{ given }}",
                },
                "ignore_errors": True,
            },
            opened("code") | {"gatehouse.api.session": {"name": "vault", VAULT: "{{ with_code }}"}},
            CLOSE,
            opened("backup") | {"gatehouse.api.session": {"name": "vault", VAULT: "{{ with_backup }}"}},
        ],
        given=without_secret,
        with_code=without_secret | {"two_factor_code": sandbox.totp(VAULT, "heidi")},
        with_backup=without_secret | {"two_factor_code": sandbox.account(VAULT, "heidi")["backup_codes"][0]},
    )
    assert run.failure("open", "two_factor_needed")["methods"] == ["totp", "email", "backup_codes"]
    assert "totp, email, backup_codes" in run.failure("unknown", "definition")["hint"]
    assert run.changed("code", "backup") == {"code": True, "backup": True}
    assert [entry["outcome"] for entry in sandbox.journal(VAULT, route="session_open")] == ["ok", "ok"]


# What this service does not have


def test_what_the_service_does_not_have_is_said_with_what_to_do_instead(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        [
            OPEN,
            *(
                {"name": name, f"gatehouse.api.{module}": arguments, "ignore_errors": True}
                for name, (module, arguments) in {
                    "fork": ("session_fork", {"parent": "vault", "name": "kid"}),
                    "select": ("session_fork", {"parent": "vault"}),
                    "import": ("session_import", {"name": "kid", "selector": "abc", VAULT: "{{ vault_alice }}"}),
                    "lock": ("session", {"name": "vault", "state": "locked"}),
                    "unlock": ("session", {"name": "vault", "state": "unlocked"}),
                    "remote": ("session_info", {"name": "vault", "remote": True}),
                }.items()
            ),
        ],
        **SESSIONS,
    )
    instead = {"fork": "app password", "select": "app password", "import": "app password", "lock": "state: absent"}
    for task in ("fork", "select", "import", "lock", "remote"):
        failure = run.failure(task, "unsupported")
        assert instead.get(task, "app passwords") in failure["hint"]
        assert "Nextcloud Passwords" in failure["message"]
    assert play_newest.records() == ["vault.session"]


def test_credentials_of_a_service_that_has_none(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        [
            ensured("change", session="mail", label="minimal", notes="new"),
            {"name": "info", "gatehouse.api.credential_info": {"session": "mail"}, "ignore_errors": True},
            asked("look", "minimal", session="mail"),
        ],
        gatehouse_sessions={"mail": {"proton": "{{ alice }}"}},
    )
    for task in ("change", "info"):
        assert "Proton" in run.failure(task, "unsupported")["message"]
    assert "[unsupported]" in run["look"]["msg"]
