# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret in output, results, stores, files, arguments or environments (DESIGN, promise 5): a search for canaries."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, quote_plus

import yaml

from tests.integration.playing import Player, Run
from tests.sandbox.harness import Sandbox

VAULT = "nextcloud_passwords"
PAYLOADS = ["canary-payload-plain-L1", "canary-payload-sealed-L2"]
GIVEN = ["canary-given-wrong-password-L3", "canary-given-client-secret-L4", "canary-given-store-key-0123456789"]
EVERYTHING = """
- name: without a code
  gatehouse.api.session: {name: mail, proton: "{{ bob | combine({'totp_secret': ''}) }}"}
  ignore_errors: true
- name: open
  gatehouse.api.session: {name: mail, proton: "{{ bob }}"}
- name: open by the variable
  gatehouse.api.session: {name: named}
- name: client secret
  gatehouse.api.session: {name: third, proton: "{{ erin | combine({'client_secret': given[1]}) }}"}
- name: wrong password
  gatehouse.api.session: {name: wrong, proton: "{{ alice | combine({'password': given[0]}) }}"}
  ignore_errors: true
- name: another wrong password
  gatehouse.api.session: {name: mail, proton: "{{ bob | combine({'password': given[0]}) }}"}
  ignore_errors: true
- name: misplaced
  gatehouse.api.session: {name: misplaced, proton: "{{ alice | combine({'timeout': alice.password}) }}"}
  ignore_errors: true
- name: misplaced too
  gatehouse.api.session: {name: misplaced, proton: "{{ alice | combine({'usrname': 1}) }}"}
  ignore_errors: true
- name: leak
  gatehouse.api.request: {session: mail, path: /core/v4/leak, return_content: true}
- name: stale
  gatehouse.api.request: {session: mail, path: /core/v4/echo, method: POST, body: {A: 1}}
- name: refresh
  gatehouse.api.session: {name: mail, state: refreshed}
- name: interrupted
  gatehouse.api.session: {name: named, state: refreshed}
  ignore_errors: true
- name: recovered
  gatehouse.api.request: {session: named, path: /users}
- name: lock
  gatehouse.api.session: {name: mail, state: locked}
- name: missing scope
  gatehouse.api.request: {session: mail, path: /core/v4/keys/salts}
  ignore_errors: true
- name: unlock
  gatehouse.api.session: {name: mail, state: unlocked, proton: "{{ bob }}"}
- name: fork
  gatehouse.api.session_fork: {parent: mail, name: kid, payload: "{{ payloads[0] }}"}
- name: select
  gatehouse.api.session_fork: {parent: mail, payload: "{{ payloads[1] }}", seal_payload: true}
  register: sealed
- name: import
  gatehouse.api.session_import:
    name: kid2
    selector: "{{ sealed.selector }}"
    payload_key: "{{ sealed.payload_key }}"
    return_payload: true
    proton: "{{ place }}"
  register: imported
- name: import twice
  gatehouse.api.session_import: {name: kid3, selector: "{{ sealed.selector }}", proton: "{{ place }}"}
  ignore_errors: true
- name: begin
  gatehouse.api.session_import: {name: kiosk, user_code: true, proton: "{{ place }}"}
  register: kiosk
- name: approve
  gatehouse.api.session_fork: {parent: mail, user_code: "{{ kiosk.user_code }}"}
- name: finish
  gatehouse.api.session_import: {name: kiosk, user_code: true}
- name: tokens
  gatehouse.api.session: {name: mail, return_tokens: true}
  register: tokens
- name: lookup
  ansible.builtin.set_fact:
    uid: "{{ lookup('gatehouse.api.session', 'mail').uid }}"
- name: failed lookup
  ansible.builtin.debug:
    msg: "{{ lookup('gatehouse.api.session', 'wrong') }}"
  vars:
    gatehouse_sessions: {wrong: {proton: "{{ carol | combine({'password': given[0]}) }}"}}
  ignore_errors: true
- name: answer
  gatehouse.api.session_verification: {session: named, method: captcha, token: "canary-{{ 'answer' }}-L5"}
- name: info
  gatehouse.api.session_info:
- name: remote
  gatehouse.api.session_info: {name: mail, remote: true}
- name: registered
  ansible.builtin.assert:
    that:
      - tokens.tokens | length >= 2
      - imported.payload == payloads[1]
- name: close
  gatehouse.api.session: {name: "{{ item }}", state: absent}
  loop: [kid, kid2, kiosk, named]
"""

KEPT = ["canary-kept-password-L6 ä", "canary-kept-notes-L7", "canary-kept-field-L8", "canary-wrong-master-L9"]
CREDENTIALS = """
- name: open
  gatehouse.api.session: {name: vault, nextcloud_passwords: "{{ vault_alice }}"}
- name: wrong master password
  gatehouse.api.session:
    {name: wrong, nextcloud_passwords: "{{ vault_bob | combine({'master_password': given[3]}) }}"}
  ignore_errors: true
- name: wrong app password
  gatehouse.api.session: {name: wrong, nextcloud_passwords: "{{ vault_dave | combine({'password': given[3]}) }}"}
  ignore_errors: true
- name: misplaced
  gatehouse.api.session:
    {name: misplaced, nextcloud_passwords: "{{ vault_alice | combine({'timeout': vault_alice.master_password}) }}"}
  ignore_errors: true
- name: one-time code
  gatehouse.api.session: {name: totp, nextcloud_passwords: "{{ vault_erin }}"}
- name: waiting
  gatehouse.api.session: {name: device, nextcloud_passwords: "{{ vault_grace }}"}
  ignore_errors: true
- name: asked
  gatehouse.api.session_verification: {session: device, method: twofactor_nextcloud_notification}
- name: refused
  gatehouse.api.session: {name: device, nextcloud_passwords: "{{ vault_grace }}"}
  ignore_errors: true
- name: make
  gatehouse.api.credential: &new
    session: vault
    label: new
    folder: one/two
    password: "{{ given[0] }}"
    notes: "{{ given[1] }}"
    custom_fields: [{label: key, type: secret, value: "{{ given[2] }}"}]
    create_folders: true
- name: again
  gatehouse.api.credential: *new
- name: change
  gatehouse.api.credential: {session: vault, label: prod database, password: "{{ given[0] }}", notes: ""}
- name: generate
  gatehouse.api.credential: {session: vault, label: generated, generate: {by: service}}
- name: ambiguous
  gatehouse.api.credential: {session: vault, label: twin, password: "{{ given[0] }}"}
  ignore_errors: true
- name: not there
  gatehouse.api.credential: {session: vault, label: new, folder: nowhere, password: "{{ given[0] }}"}
  ignore_errors: true
- name: list
  gatehouse.api.credential_info: {session: vault}
- name: list an account without encryption
  gatehouse.api.credential_info: {session: plain, nextcloud_passwords: "{{ vault_carol }}"}
- name: read
  gatehouse.api.credential_info: {session: vault, label: new, return_secrets: true}
  register: found
- name: lookup
  ansible.builtin.set_fact:
    entry: "{{ lookup('gatehouse.api.credential', 'one/two/new', session='vault') }}"
  no_log: true
- name: template
  ansible.builtin.copy:
    content: "{{ lookup('gatehouse.api.credential', 'new', session='vault', field='key') }}"
    dest: "{{ playbook_dir }}/key"
    mode: "0600"
  diff: false
- name: no field
  ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.credential', 'new', session='vault', field='none') }}"}
  ignore_errors: true
- name: damaged
  ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.credential', 'damaged', session='vault') }}"}
  ignore_errors: true
- name: several
  ansible.builtin.debug: {msg: "{{ lookup('gatehouse.api.credential', 'twin', session='vault') }}"}
  ignore_errors: true
- name: request
  gatehouse.api.request: {session: vault, path: /index.php/apps/passwords/api/1.0/session/keepalive}
- name: unreadable
  gatehouse.api.request: {session: vault, path: /index.php/apps/passwords/api/1.0/nowhere}
  ignore_errors: true
- name: tokens
  gatehouse.api.session: {name: vault, return_tokens: true}
  register: tokens
- name: refresh
  gatehouse.api.session: {name: vault, state: refreshed}
- name: info
  gatehouse.api.session_info:
- name: registered
  ansible.builtin.assert:
    that:
      - found.credentials[0].password == given[0]
      - entry.custom_fields[0].value == given[2]
      - tokens.tokens.password == vault_alice.password
- name: remove
  gatehouse.api.credential: {session: vault, label: new, state: absent, purge: true}
- name: close
  gatehouse.api.session: {name: plain, state: absent}
"""


def forms(secret: str) -> set[bytes]:
    """A secret as it is, URL-encoded, in base64 at any offset, and in hexadecimal."""
    raw = secret.encode()
    found = {raw, quote(secret, safe="").encode(), quote_plus(secret).encode(), raw.hex().encode()}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).rstrip(b"=")
        inner = encoded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found


class Searched:
    """Looks for secrets, and says where they were without showing them."""

    def __init__(self, secrets: list[str]) -> None:
        self._needles = {form: f"{secret[:9]}..." for secret in secrets for form in forms(secret)}
        self.found: list[str] = []

    def __call__(self, where: str, content: bytes) -> None:
        self.found += [f"{name} in {where}" for form, name in self._needles.items() if form in content]

    def below(self, directory: Path) -> None:
        for path in directory.rglob("*"):
            if path.is_file() and not path.is_symlink():
                self(str(path), path.read_bytes())
                self(f"the name of {path.parent}", path.name.encode())


class Processes:
    """Arguments of all processes, and the environments of a run's own ones, as long as it runs."""

    def __init__(self) -> None:
        self.arguments: set[bytes] = set()
        self.environments: set[bytes] = set()

    def look(self, root: int) -> None:
        parents: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                self.arguments.add(_read(entry / "cmdline"))
                status = _read(entry / "stat").rpartition(b")")[2].split()
                if len(status) > 1:
                    parents[int(entry.name)] = int(status[1])
        for pid in parents:
            if _descends(pid, root, parents):
                self.environments.add(_read(Path(f"/proc/{pid}/environ")))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended
        return b""


def _descends(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != root:
        pid = parents[pid]
    return pid == root


def _everything(play: Player, processes: Processes, where: str, tasks: str) -> Run:
    play.write("vars.yml", yaml.safe_dump(play.vars))
    book = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": ["vars.yml"],
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "module_defaults": {"group/gatehouse.api.all": {"run_on": where}},
        "tasks": yaml.safe_load(tasks),
    }
    return play.playbook(
        yaml.safe_dump([book], sort_keys=False), "-vvvvv", "--diff", rc=None, env={}, watch=processes.look
    )


def _sessions(play: Player, sandbox: Sandbox, where: str) -> None:
    sandbox.fault("proton", "status", route="echo", status=401)
    sandbox.fault("proton", "drop_after", route="refresh", after=2)
    play.vars |= {"payloads": PAYLOADS, "given": GIVEN, "gatehouse_sessions": {"named": {"proton": "{{ alice }}"}}}
    processes = Processes()
    run = _everything(play, processes, where, EVERYTHING)
    _search(play, sandbox, run, processes, "proton", [*PAYLOADS, *GIVEN, "canary-answer-L5"])
    assert {"wrong password", "interrupted", "import twice", "missing scope"} <= failed(run)
    assert sandbox.routes("proton")["refresh"] >= 3


def _credentials(play: Player, sandbox: Sandbox, where: str) -> None:
    for number in range(2):
        sandbox.act(VAULT, "create", account="alice", label="twin", password=f"canary-twin-password-{number}")
    damaged = sandbox.act(VAULT, "create", account="alice", label="damaged", password="canary-damaged-password")["id"]
    ciphertext = "0123456789abcdef" * 10
    sandbox.act(VAULT, "overwrite", account="alice", id=damaged, notes=ciphertext)
    play.vars |= {"given": KEPT, "gatehouse_sessions": {"vault": {VAULT: "{{ vault_alice }}"}}}
    processes = Processes()
    run = _everything(play, processes, where, CREDENTIALS)
    held = {entry["label"]: entry["password"] for entry in sandbox.act(VAULT, "read", account="alice")}
    alice = sandbox.account(VAULT, "alice")
    basic = f"{alice['username']}:{alice['app_password']}"
    _search(play, sandbox, run, processes, VAULT, [*KEPT, ciphertext, basic, held["generated"]])
    assert failed(run) == {
        "wrong master password",
        "wrong app password",
        "misplaced",
        "waiting",
        "refused",
        "ambiguous",
        "not there",
        "no field",
        "damaged",
        "several",
        "unreadable",
    }
    assert [item["kind"] for item in run["list"]["unread"]] == ["crypto"]


def failed(run: Run) -> set[str]:
    """The tasks that failed."""
    return {result.task for result in run.results if result.status == "failed"}


def _search(
    play: Player, sandbox: Sandbox, run: Run, processes: Processes, provider: str, given: Sequence[str]
) -> None:
    secrets = [*sandbox.canaries(provider), *given]
    searched = Searched(secrets)
    searched("the output", run.output.encode())
    for path in play.directory.glob("results-*.jsonl"):
        searched("the results", path.read_bytes())
    searched.below(play.home)
    searched("the journal", repr(sandbox.journal(provider)).encode())
    for arguments in processes.arguments:
        searched("the arguments of a process", arguments)
    for environment in processes.environments:
        searched("the environment of a process", environment)
    assert not searched.found
    assert run.rc == 0, run.output[-3000:]
    assert len(secrets) > 40
    assert len(processes.environments) > 1


def test_a_play_that_does_everything(play: Player, sandbox: Sandbox) -> None:
    _sessions(play, sandbox, "controller")


def test_a_play_that_does_everything_on_the_managed_host(play_newest: Player, sandbox: Sandbox) -> None:
    _sessions(play_newest, sandbox, "target")


def test_a_play_that_does_everything_with_credentials(play: Player, sandbox: Sandbox) -> None:
    _credentials(play, sandbox, "controller")


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    searched = Searched(["canary-one", "canary-two"])
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"xx" + base64.b64encode(b"a canary-one b"))
    searched.below(tmp_path)
    searched("text", b"nothing")
    assert len(searched.found) == 1
    assert searched.found[0].startswith("canary-on... in ")
