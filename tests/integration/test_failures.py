# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every failure has a kind and one clear sentence, never a traceback, and leaves nothing half written (promise 7)."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.integration.playing import Player, Run, checked_failure
from tests.sandbox.harness import Sandbox


def attempts(cases: Iterable[str], **common: Any) -> list[dict[str, Any]]:
    """One task a case, each of which opens the session mail with the options of provider proton in `cases[case]`."""
    return [
        {
            "name": case,
            "gatehouse.api.session": {"name": "mail", "proton": f"{{{{ cases[{case!r}] }}}}", **common},
            "ignore_errors": True,
        }
        for case in cases
    ]


def attempted(play: Player, cases: Mapping[str, Any], **common: Any) -> Run:
    """Open the session mail once for each case. Secrets are in variables: ansible-core prints lines of the play."""
    return play(attempts(cases, **common), cases=dict(cases))


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Return a port on which nobody listens, and which nobody else gets."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield int(reserved.getsockname()[1])


def test_the_way_to_the_service(play: Player, sandbox: Sandbox, closed_port: int) -> None:
    other_ca = play.directory / "other-ca.pem"
    trustme.CA().cert_pem.write_to_path(other_ca)
    garbage = play.write("garbage.pem", "no certificate")
    alice, pin = play.vars["alice"], sandbox.pin("proton")
    other_pin = ("A" if pin[0] != "A" else "B") + pin[1:]
    run = attempted(
        play,
        {
            "closed port": alice | {"url": f"https://127.0.0.1:{closed_port}"},
            "no such host": alice | {"url": "https://gatehouse.invalid"},
            "plain http": alice | {"url": sandbox.plain_url("proton")},
            "https to a plain port": alice | {"url": sandbox.plain_url("proton").replace("http:", "https:")},
            "no url": alice | {"url": "mail.example.com"},
            "another scheme": alice | {"url": "ftp://mail.example.com"},
            "a url with a password": alice | {"url": "https://me:canary-secret@mail.example.com"},
            "wrong ca": alice | {"ca_path": str(other_ca)},
            "system ca": {key: value for key, value in alice.items() if key != "ca_path"},
            "no ca file": alice | {"ca_path": "/nowhere/ca.pem"},
            "ca file without a ca": alice | {"ca_path": str(garbage)},
            "wrong pin": alice | {"tls_pins": [other_pin]},
            "no pin": alice | {"tls_pins": ["sha256/whatever"]},
        },
    )
    kinds = {
        "closed port": "not_reachable",
        "no such host": "not_reachable",
        "plain http": "definition",
        "https to a plain port": "crypto",
        "no url": "definition",
        "another scheme": "definition",
        "a url with a password": "definition",
        "wrong ca": "crypto",
        "system ca": "crypto",
        "no ca file": "definition",
        "ca file without a ca": "definition",
        "wrong pin": "crypto",
        "no pin": "definition",
    }
    assert {task: run.failure(task)["kind"] for task in kinds} == kinds
    assert f"127.0.0.1:{closed_port}" in run.failure("closed port")["message"]
    assert "allow_plain_http" in run.failure("plain http")["hint"]
    assert "ca_path" in run.failure("wrong ca")["hint"]
    assert pin in run.failure("wrong pin")["message"]
    assert "/nowhere/ca.pem" in run.failure("no ca file")["message"]
    assert "canary-secret" not in run.output
    assert sandbox.journal("proton") == []
    assert play.records() == []


def test_the_way_to_the_service_as_asked_for(play_newest: Player, sandbox: Sandbox) -> None:
    alice = play_newest.vars["alice"]
    ways = {
        "by pin": alice | {"tls_pins": [sandbox.pin("proton")]},
        "by pin without ca": {**alice, "ca_path": "", "validate_certs": False, "tls_pins": [sandbox.pin("proton")]},
        "unverified": {**alice, "ca_path": "", "validate_certs": False},
        "plain http": {**alice, "ca_path": "", "url": sandbox.plain_url("proton"), "allow_plain_http": True},
        "with a slash": alice | {"url": sandbox.url("proton") + "/"},
    }
    tasks = [{"name": way, "gatehouse.api.session": {"name": way, "proton": given}} for way, given in ways.items()]
    run = play_newest(tasks, env={"REQUESTS_CA_BUNDLE": "/etc/hostname", "CURL_CA_BUNDLE": "/etc/hostname"})
    assert run.changed() == dict.fromkeys(ways, True)
    assert [entry["scheme"] for entry in sandbox.journal("proton", route="auth")] == [
        "https",
        "https",
        "https",
        "http",
        "https",
    ]


def test_accounts(play_newest: Player, sandbox: Sandbox) -> None:
    given = play_newest.vars
    refused = {
        "wrong password": given["alice"] | {"password": "canary-wrong-Zz19"},
        "unknown user": given["alice"] | {"username": "nobody"},
        "no password": {key: value for key, value in given["alice"].items() if key != "password"},
        "nothing at all": given["place"],
        "old login protocol": given["dave"],
        "single sign-on": given["grace"],
        "disabled": given["frank"],
    }
    accepted = {"protocol 3": given["carol"], "two passwords": given["erin"]}
    closed = {"name": "close", "gatehouse.api.session": {"name": "mail", "state": "absent"}}
    run = play_newest(
        [*attempts(refused), *attempts(["protocol 3"]), closed, *attempts(["two passwords"])], cases=refused | accepted
    )
    failure = run.failure("wrong password", "credentials_rejected")
    assert (failure["http_code"], failure["api_code"], failure["methods"]) == (422, 8002, [])
    assert "alice" in failure["message"]
    assert "canary-wrong-Zz19" not in run.output
    assert run.failure("unknown user", "credentials_rejected")["api_code"] == 8002
    assert "password" in run.failure("no password", "authentication_needed")["message"]
    assert "username and password" in run.failure("nothing at all", "authentication_needed")["message"]
    assert "version 2" in run.failure("old login protocol", "unsupported")["message"]
    run.failure("single sign-on", "unsupported")
    assert run.failure("disabled", "credentials_rejected")["api_code"] == 10003
    assert run.changed("protocol 3", "two passwords") == {"protocol 3": True, "two passwords": True}
    assert sandbox.routes("proton")["auth"] == 5
    assert [session["account"] for session in sandbox.state("proton")["sessions"]] == ["erin"]


CHALLENGES: dict[str, tuple[str, dict[str, Any], str]] = {
    "tampered modulus": ("bad_modulus_signature", {}, "crypto"),
    "tampered signature": ("bad_modulus_signature", {"variant": "signature"}, "crypto"),
    "text after the signature": ("bad_modulus_signature", {"variant": "trailing"}, "crypto"),
    "foreign modulus": ("foreign_modulus", {}, "crypto"),
    "forged issuer": ("foreign_modulus", {"forged_issuer": True}, "crypto"),
    "ephemeral 0": ("bad_ephemeral", {"value": "0"}, "crypto"),
    "ephemeral N": ("bad_ephemeral", {"value": "N"}, "crypto"),
    "short ephemeral": ("bad_ephemeral", {"value": "short"}, "crypto"),
    "protocol 5": ("srp_version", {"version": 5}, "unsupported"),
    "protocol 0": ("srp_version", {"version": 0}, "unsupported"),
    "no srp session": ("missing_field", {"fields": ["SRPSession"]}, "unexpected_response"),
    "no modulus": ("missing_field", {"fields": ["Modulus"]}, "crypto"),
    "no ephemeral": ("missing_field", {"fields": ["ServerEphemeral"]}, "crypto"),
    "bad gateway": ("html", {"status": 502}, "not_available"),
    "a page": ("html", {}, "unexpected_response"),
    "an empty reply": ("empty", {}, ""),
    "an error without json": ("bare_error", {"status": 500}, "not_available"),
    "not utf-8": ("not_utf8", {}, ""),
    "a broken-off reply": ("truncate", {}, "unexpected_response"),
    "a huge reply": ("huge", {"megabytes": 40}, "unexpected_response"),
    "dropped before": ("drop_before", {}, "not_reachable"),
    "dropped after": ("drop_after", {}, "not_reachable"),
    "a redirect": ("redirect", {"location": "https://elsewhere.invalid/"}, "unexpected_response"),
    "old client": ("status", {"status": 400, "code": 5003}, "definition"),
    "a strange error": (
        "status",
        {"status": 418, "body": {"Error": 5, "Code": "x", "Details": []}},
        "unexpected_response",
    ),
    "json, but a list": ("status", {"status": 200, "body": [1, 2]}, "unexpected_response"),
    "a long ugly error": (
        "status",
        {"status": 400, "code": 1, "error": "\x1b[31mline\nline " * 99},
        "unexpected_response",
    ),
}


def test_a_service_that_answers_oddly_is_told_no_proof(play_newest: Player, sandbox: Sandbox) -> None:
    """Each of these happens at auth/info: the journal must show no `auth` after it."""
    for kind, options, _expected in CHALLENGES.values():
        sandbox.fault("proton", kind, route="auth_info", **options)
    run = attempted(play_newest, dict.fromkeys(CHALLENGES, "{{ alice }}"))
    expected = {task: kind for task, (_fault, _options, kind) in CHALLENGES.items() if kind}
    assert {task: run.failure(task)["kind"] for task in expected} == expected
    for task in CHALLENGES:
        run.failure(task)
    assert sandbox.routes("proton") == {"auth_info": len(CHALLENGES)}
    assert play_newest.records() == []
    assert "\x1b[31mline" not in run.output


def test_a_service_that_says_when_to_come_back(play_newest: Player, sandbox: Sandbox) -> None:
    """A login is never repeated by itself; how long to wait is told, and obeyed by whatever task comes next."""
    sandbox.fault(
        "proton", "status", route="auth_info", status=429, code=2028, headers={"Retry-After": "3600"}, count=1
    )
    sandbox.fault("proton", "status", route="auth_info", status=503, headers={"retry-after": "120"}, count=1)
    cases = {"too many requests": "one", "the next task": "one", "unavailable": "two"}
    tasks = attempts(cases)
    for task, place in zip(tasks, cases.values(), strict=True):
        task["gatehouse.api.session"]["store"] = str(play_newest.directory / place)
    run = play_newest(tasks, cases=dict.fromkeys(cases, "{{ alice }}"))
    failure = run.failure("too many requests", "rate_limited")
    assert (failure["http_code"], failure["api_code"], failure["retry_after"]) == (429, 2028, 3600.0)
    left = run.failure("the next task", "rate_limited")["retry_after"]
    assert 0 < left <= 3600
    assert run.failure("unavailable", "not_available")["retry_after"] == 120.0
    assert sandbox.routes("proton") == {"auth_info": 2}


PROOFS: dict[str, tuple[str, dict[str, Any], str]] = {
    "wrong server proof": ("wrong_proof", {}, "crypto"),
    "no server proof": ("missing_field", {"fields": ["ServerProof"]}, "crypto"),
    "no access token": ("missing_field", {"fields": ["AccessToken"]}, "unexpected_response"),
    "no scopes": ("missing_field", {"fields": ["Scopes"]}, "unexpected_response"),
    "no uid": ("missing_field", {"fields": ["UID"]}, "unexpected_response"),
    "a page": ("html", {}, "unexpected_response"),
    "dropped after": ("drop_after", {}, "not_reachable"),
    "an error without json": ("bare_error", {"status": 500}, "not_available"),
}


def test_a_login_that_goes_wrong_leaves_nothing_behind(play_newest: Player, sandbox: Sandbox) -> None:
    for kind, options, _expected in PROOFS.values():
        sandbox.fault("proton", kind, route="auth", **options)
    run = attempted(play_newest, dict.fromkeys(PROOFS, "{{ alice }}"))
    assert {task: run.failure(task)["kind"] for task in PROOFS} == {task: case[2] for task, case in PROOFS.items()}
    assert sandbox.routes("proton") == {"auth_info": len(PROOFS), "auth": len(PROOFS)}
    assert play_newest.records() == []


def test_success_without_a_code_and_with_odd_content_types(play_newest: Player, sandbox: Sandbox) -> None:
    for route in ("auth_info", "auth", "refresh", "users", "logout"):
        sandbox.fault("proton", "no_code", route=route)
    sandbox.fault("proton", "wrong_content_type", route="users", content_type="application/json; charset=utf-8")
    sandbox.fault("proton", "wrong_content_type", route="users", content_type="text/html")
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        - name: refresh
          gatehouse.api.session: {name: mail, state: refreshed}
        - name: users
          gatehouse.api.request: {session: mail, path: /users}
          loop: [1, 2, 3]
        - name: close
          gatehouse.api.session: {name: mail, state: absent}
        """
    )
    assert all(item["json"]["User"]["Name"] == "alice" for item in run["users"]["results"])


def test_rescue_sees_the_kind(play: Player, sandbox: Sandbox) -> None:
    run = play(
        """
        - block:
            - name: open
              gatehouse.api.session: {name: mail, proton: "{{ alice | combine({'password': 'wrong'}) }}"}
          rescue:
            - name: seen
              ansible.builtin.assert:
                that:
                  - ansible_failed_result.failure.kind == 'credentials_rejected'
                  - ansible_failed_result.failure.api_code == 8002
            - name: mended
              gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        """
    )
    assert run.stats["localhost"]["rescued"] == 1
    assert run["mended"]["session"]["state"] == "active"


def test_definitions_that_are_none(play: Player, sandbox: Sandbox) -> None:
    run = play(
        """
        - name: no definition
          gatehouse.api.session: {name: nowhere}
          ignore_errors: true
        - name: unknown provider
          gatehouse.api.session: {name: misspelt_provider}
          ignore_errors: true
        - name: two providers
          gatehouse.api.session: {name: two}
          ignore_errors: true
        - name: no provider
          gatehouse.api.session: {name: none}
          ignore_errors: true
        - name: a text
          gatehouse.api.session: {name: text}
          ignore_errors: true
        - name: unknown option
          gatehouse.api.session: {name: misspelt_option}
          ignore_errors: true
        - name: wrong type
          gatehouse.api.session: {name: wrong_type}
          ignore_errors: true
        - name: wrong choice
          gatehouse.api.session: {name: wrong_choice}
          ignore_errors: true
        - name: options that are none
          gatehouse.api.session: {name: no_options}
          ignore_errors: true
        - name: strange pointer
          gatehouse.api.session: {name: strange_pointer}
          ignore_errors: true
        - name: unset variable
          gatehouse.api.session: {name: unset}
          ignore_errors: true
        - name: missing file
          gatehouse.api.session: {name: missing}
          ignore_errors: true
        - name: unknown option of a task
          gatehouse.api.session: {name: mail, proton: {usrname: alice, password: "{{ typed }}"}}
          ignore_errors: true
        - name: unknown provider of a task
          gatehouse.api.session: {name: mail, protn: {username: alice}}
          ignore_errors: true
        - name: no name
          gatehouse.api.session: {proton: "{{ alice }}"}
          ignore_errors: true
        - name: unknown state
          gatehouse.api.session: {name: mail, state: opened, proton: "{{ alice }}"}
          ignore_errors: true
        """,
        typed="canary-typo-77",
        gatehouse_sessions={
            "misspelt_provider": {"protn": play.vars["alice"]},
            "two": {"proton": play.vars["alice"], "nextcloud_passwords": {"url": "https://cloud.example.com"}},
            "none": {},
            "text": "proton",
            "misspelt_option": {"proton": play.vars["alice"] | {"pasword": "canary-typo-77"}},
            "wrong_type": {"proton": play.vars["alice"] | {"timeout": "canary-soon"}},
            "wrong_choice": {"proton": play.vars["alice"] | {"api_paths": "old"}},
            "no_options": {"proton": "alice"},
            "strange_pointer": {"proton": play.vars["alice"] | {"password": {"vault": "x"}}},
            "unset": {"proton": play.vars["alice"] | {"password": {"env": "NO_SUCH_VARIABLE"}}},
            "missing": {"proton": play.vars["alice"] | {"password": {"file": "/nowhere/password"}}},
        },
    )
    said = {task: run.failure(task, "definition")["message"] for task in run.changed()}
    assert "'nowhere'" in said["no definition"]
    assert "'protn'; did you mean 'proton'?" in said["unknown provider"]
    assert "exactly one provider" in said["two providers"]
    assert "exactly one provider" in said["no provider"]
    assert "exactly one provider" in said["a text"]
    assert "'pasword'; did you mean 'password'?" in said["unknown option"]
    assert "timeout" in said["wrong type"]
    assert "api_paths" in said["wrong choice"]
    assert "no_options" in said["options that are none"]
    assert "password" in said["strange pointer"]
    assert "NO_SUCH_VARIABLE" in said["unset variable"]
    assert "/nowhere/password" in said["missing file"]
    assert "usrname" in said["unknown option of a task"]
    assert "protn" in said["unknown provider of a task"]
    assert "name" in said["no name"]
    assert "state" in said["unknown state"]
    for task in ("unknown provider", "two providers", "unknown option", "strange pointer", "unset variable"):
        assert "gatehouse_sessions" in said[task], said[task]
    assert "canary-typo-77" not in run.output
    assert sandbox.journal("proton") == []


VERIFY = """
- name: open
  gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
  ignore_errors: true
"""


def test_human_verification_by_e_mail(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "human_verification", route="auth_info")
    run = play_newest(
        VERIFY
        + """
- name: predicted
  gatehouse.api.session_verification: {session: mail, address: alice@sandbox.test, proton: "{{ alice }}"}
  check_mode: true
- name: ask
  gatehouse.api.session_verification: {session: mail, address: alice@sandbox.test, proton: "{{ alice }}"}
"""
    )
    failure = run.failure("open", "human_verification_needed")
    assert (failure["http_code"], failure["api_code"]) == (422, 9001)
    assert failure["methods"] == ["captcha", "email", "sms"]
    assert f"{sandbox.url('proton')}/verify?" in failure["hint"]
    assert run.changed("predicted", "ask") == {"predicted": True, "ask": True}
    (sent,) = sandbox.codes("proton")["sent"]
    run = play_newest(
        """
        - name: predicted
          gatehouse.api.session_verification: {session: mail, method: email, token: "{{ code }}", proton: "{{ alice }}"}
          check_mode: true
        - name: answer
          gatehouse.api.session_verification: {session: mail, method: email, token: "{{ code }}", proton: "{{ alice }}"}
        - name: answer again
          gatehouse.api.session_verification: {session: mail, method: email, token: "{{ code }}", proton: "{{ alice }}"}
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        """,
        code=sent["code"],
    )
    assert run.changed() == {"predicted": True, "answer": True, "answer again": False, "open": True}
    assert sandbox.routes("proton") == {"auth_info": 2, "users_code": 1, "auth": 1}


def test_human_verification_by_captcha_wrong_and_right(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "human_verification", route="auth")
    play_newest(VERIFY).failure("open", "human_verification_needed")
    answer = """
- name: answer
  gatehouse.api.session_verification: {session: mail, method: captcha, token: "{{ solution }}", proton: "{{ alice }}"}
"""
    run = play_newest(answer + VERIFY, solution="canary-wrong-solution")
    assert run.failure("open", "human_verification_needed")["api_code"] in (9001, 12087)
    assert "canary-wrong-solution" not in run.output
    play_newest(VERIFY).failure("open", "human_verification_needed")
    run = play_newest(answer + VERIFY, solution=sandbox.codes("proton")["captchas"][-1]["solution"])
    assert run["open"]["session"]["state"] == "active"


def test_human_verification_of_an_ordinary_call(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "human_verification", route="fork", every=True)
    run = play_newest(
        """
        - name: fork
          gatehouse.api.session_fork: {parent: mail, name: kid, proton: "{{ alice }}"}
          ignore_errors: true
        """
    )
    assert "captcha" in run.failure("fork", "human_verification_needed")["methods"]


def _flipped(content: bytes) -> bytes:
    return content[:40] + bytes((content[40] ^ 1,)) + content[41:]


def _linked(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


def _rewrite(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def rewrite(store: Path) -> None:
        (store / name).write_bytes(change((store / name).read_bytes()))

    return rewrite


# What is done to a store, and what the message must name.
DAMAGES: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "open directory": (lambda store: store.chmod(0o755), ("open-directory", "0755")),
    "open record": (lambda store: (store / "mail.session").chmod(0o644), ("mail.session", "0644")),
    "open key": (lambda store: (store / "key").chmod(0o640), ("key", "0640")),
    "linked record": (lambda store: _linked(store / "mail.session"), ("mail.session",)),
    "linked key": (lambda store: _linked(store / "key"), ("key",)),
    "no key": (lambda store: (store / "key").unlink(), ("key",)),
    "short key": (_rewrite("key", lambda content: b"short"), ("key",)),
    "other key": (_rewrite("key", lambda content: content[::-1].strip()), ("mail",)),
    "empty record": (_rewrite("mail.session", lambda content: b""), ("mail.session",)),
    "cut record": (_rewrite("mail.session", lambda content: content[:10]), ("mail.session",)),
    "shortened record": (_rewrite("mail.session", lambda content: content[:-1]), ("mail",)),
    "changed record": (_rewrite("mail.session", _flipped), ("mail",)),
    "garbage": (_rewrite("mail.session", lambda content: b"x" * 500), ("mail.session",)),
    "none": (lambda store: None, ()),
}


def _shape(store: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.lstat().st_mode, path.read_bytes()) for path in store.iterdir()}


def test_a_store_that_is_not_private_or_damaged(play_newest: Player, sandbox: Sandbox) -> None:
    play_newest('- {name: open, gatehouse.api.session: {name: mail, proton: "{{ alice }}"}}')
    stores = {name: play_newest.directory / "stores" / name.replace(" ", "-") for name in DAMAGES}
    for name, store in stores.items():
        shutil.copytree(play_newest.store, store)
        DAMAGES[name][0](store)
    before = {name: _shape(store) for name, store in stores.items()}
    tasks: list[dict[str, Any]] = []
    for name, store in stores.items():
        place = {"name": "mail", "store": str(store)}
        look = f"{{{{ lookup('gatehouse.api.session', 'mail', field='uid', store='{store}') }}}}"
        tasks += [
            {"name": f"{name}: open", "gatehouse.api.session": {**place, "proton": "{{ alice }}"}},
            {"name": f"{name}: info", "gatehouse.api.session_info": place},
            {"name": f"{name}: lookup", "ansible.builtin.debug": {"msg": look}},
        ]
    run = play_newest([{**task, "ignore_errors": True} for task in tasks])
    for name, (_damage, words) in DAMAGES.items():
        if words:
            for what in ("open", "info"):
                message = run.failure(f"{name}: {what}", "" if name == "short key" else "store")["message"]
                assert all(word in message for word in words), message
            said = run[f"{name}: lookup"]["msg"]
            assert said.count("[store]") + said.count("[definition]") == 1, said
    assert run.changed("none: open") == {"none: open": False}
    assert {name: _shape(store) for name, store in stores.items()} == before
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1}


def test_places_that_are_no_store(play_newest: Player, sandbox: Sandbox) -> None:
    real = play_newest.directory / "real"
    real.mkdir(mode=0o700)
    link = play_newest.directory / "link"
    link.symlink_to(real)
    plain_file = play_newest.write("file", "text")
    places = {
        "symbolic link": str(link),
        "below a file": f"{plain_file}/store",
        "a file": str(plain_file),
        "nowhere to write": "/proc/gatehouse/store",
        "unknown scheme": "etcd://localhost",
        "relative": "some/where",
        "no directory": "file://host/store",
    }
    keys = {
        "short key": "canary-short",
        "a key": "canary-key-" + "x" * 30,
        "another key": "canary-key-" + "y" * 30,
        "no key": "",
    }
    tasks = attempts([*places, *keys])
    for task in tasks:
        if task["name"] in places:
            task["gatehouse.api.session"]["store"] = places[task["name"]]
        else:
            task["gatehouse.api.session"]["store_key"] = f"{{{{ keys[{task['name']!r}] }}}}"
    run = play_newest(tasks, keys=keys, cases=dict.fromkeys([*places, *keys], "{{ alice }}"))
    kinds = {task: run.failure(task)["kind"] for task in [*places, "short key", "another key", "no key"]}
    assert kinds == {
        "symbolic link": "store",
        "below a file": "store",
        "a file": "store",
        "nowhere to write": "store",
        "unknown scheme": "definition",
        "relative": "definition",
        "no directory": "definition",
        "short key": "definition",
        "another key": "store",
        "no key": "store",
    }
    assert run.changed("a key") == {"a key": True}
    assert "canary-" not in run.output
    assert os.listdir(real) == []
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1}


SECRET_LINE = "  password: canary-in-the-file"
FILES = {
    "bad yaml": f"mail:\n  proton:\n{SECRET_LINE}\n   username: [alice\n",
    "a tab": f"mail:\n\tproton: {{}}\n{SECRET_LINE}\n",
    "a list": f"- mail\n-{SECRET_LINE}\n",
    "a text": "canary-in-the-file\n",
    "binary": "\x00\x01canary-in-the-file",
    "unknown tag": f"mail: !secret {{proton: {{}}}}\nother:\n{SECRET_LINE}\n",
    "vaulted without a password": "$ANSIBLE_VAULT;1.1;AES256\n" + "61" * 40 + "\n",
}


@pytest.mark.parametrize("case", ["bad yaml", "vaulted without a password"])
def test_a_malformed_sessions_file(play: Player, sandbox: Sandbox, case: str) -> None:
    _malformed(play, sandbox, case)


@pytest.mark.parametrize("case", ["a tab", "a list", "a text", "binary", "unknown tag"])
def test_another_malformed_sessions_file(play_newest: Player, sandbox: Sandbox, case: str) -> None:
    _malformed(play_newest, sandbox, case)


def _malformed(play: Player, sandbox: Sandbox, case: str) -> None:
    path = play.write("broken/sessions.yml", FILES[case])
    run = play(
        """
        - name: open
          gatehouse.api.session: {name: mail}
          ignore_errors: true
        - name: lookup
          ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.session', 'mail', field='uid') }}"}
          ignore_errors: true
        """,
        env={"GATEHOUSE_SESSIONS_FILE": str(path)},
    )
    message = run.failure("open", "definition")["message"]
    assert str(path) in message
    if case in ("bad yaml", "a tab"):
        assert "line " in message
    assert "[definition]" in run["lookup"]["msg"]
    assert "canary-in-the-file" not in run.output
    assert sandbox.journal("proton") == []


def test_a_sessions_file_that_is_named_and_not_there(play_newest: Player) -> None:
    for given in ("/nowhere/sessions.yml", str(play_newest.directory)):
        run = play_newest(
            """
            - name: open
              gatehouse.api.session: {name: mail}
              ignore_errors: true
            """,
            env={"GATEHOUSE_SESSIONS_FILE": given},
        )
        message = run.failure("open", "definition")["message"]
        assert given in message
        assert "GATEHOUSE_SESSIONS_FILE" in message


def test_an_unknown_option_in_a_sessions_file(play_newest: Player) -> None:
    path = play_newest.write("sessions.yml", "mail:\n  proton:\n    usernam: alice\n    password: canary-in-the-file\n")
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: mail}
          ignore_errors: true
        """
    )
    message = run.failure("open", "definition")["message"]
    assert "'usernam'; did you mean 'username'?" in message
    assert str(path) in message
    assert "canary-in-the-file" not in run.output


def test_modules_fail_alike_in_loops(play_newest: Player) -> None:
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: "{{ item }}"}
          loop: [one, two]
          ignore_errors: true
        """
    )
    for item in run["open"]["results"]:
        checked_failure({"failed": True, **item}, "definition")
