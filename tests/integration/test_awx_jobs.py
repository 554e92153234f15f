# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: credentials through its injection, ansible-runner, a random user id, nothing to write to."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.playing import Player, checked_failure, definition, vault
from tests.integration.test_leaks import Processes, Searched
from tests.redis.servers import Server, program
from tests.sandbox.harness import Sandbox
from tests.tools import environments
from tests.tools.environments import AWX
from tests.tools.paths import ROOT

TYPES = ROOT / "extensions" / "awx" / "credential_types"
DRIVER = ROOT / "tests" / "awx" / "job.py"
USER = 54321
KEY = "canary-store-key-L1-0123456789"
REDIS_PASSWORD = "canary-redis-password-L2"
WRONG = "canary-wrong-password-L3"
LONGEST = 120  # seconds
CONFIGURATION = "[defaults]\ncallbacks_enabled = gatehouse.api.sessions\n"
FIRST = """
- name: The first job
  hosts: localhost
  gather_facts: false
  tasks:
    - name: homeless
      gatehouse.api.session: {name: mail, store: file}
      ignore_errors: true
    - name: open
      gatehouse.api.session: {name: mail}
    - name: fork
      gatehouse.api.session_fork: {parent: mail, name: kid}
    - name: refresh
      gatehouse.api.session: {name: mail, state: refreshed}
    - name: leak
      gatehouse.api.request: {session: mail, path: /core/v4/leak, return_content: true}
    - name: look
      ansible.builtin.set_fact: {uid: "{{ lookup('gatehouse.api.session', 'mail').uid }}", cacheable: true}
    - name: open another
      gatehouse.api.session: {name: vault}
    - name: wrong
      gatehouse.api.session: {name: bad}
      ignore_errors: true
    - name: wait
      ansible.builtin.command: {argv: [cat, "{{ lookup('ansible.builtin.env', 'PIPE') }}"]}
"""
NEXT = """
- name: The next job
  hosts: localhost
  gather_facts: false
  tasks:
    - name: open
      gatehouse.api.session: {name: mail}
    - name: use
      gatehouse.api.request: {session: "{{ item }}", path: /users}
      loop: [mail, kid]
    - name: look
      ansible.builtin.set_fact: {uid: "{{ lookup('gatehouse.api.session', 'mail').uid }}"}
    - name: open another
      gatehouse.api.session: {name: vault}
    - name: close
      gatehouse.api.session: {name: mail, state: absent}
"""

pytestmark = pytest.mark.skipif(bool(environments.why_not(AWX)), reason=environments.why_not(AWX))


@dataclass
class Job:
    """One job, in a private data directory of its own."""

    directory: Path
    process: subprocess.Popen[bytes]
    processes: Processes
    pipe: int = -1

    @property
    def artifacts(self) -> Path:
        return self.directory / "artifacts"

    def until(self, reached: Callable[[], bool]) -> None:
        """Let it go on until it is so far, and see what there is to see meanwhile."""
        while not reached():
            self.processes.look(self.process.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)

    def waits(self) -> bool:
        """Whether it has come to the task that reads the pipe."""
        assert self.process.poll() is None, self.output() + self.stdout()[-3000:]
        try:
            self.pipe = os.open(self.directory / "tmp" / "pipe", os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            return False  # nobody reads it yet
        return True

    def ended(self) -> dict[str, Any]:
        """How it ended, when it has."""
        self.until(lambda: self.process.poll() is not None)
        told: dict[str, Any] = json.loads(self.output())
        return told

    def output(self) -> str:
        return (self.directory.parent / f"{self.directory.name}.out").read_text(encoding="utf-8")

    def stdout(self) -> str:
        return (self.artifacts / "1" / "stdout").read_text(encoding="utf-8")

    def result(self, task: str) -> dict[str, Any]:
        """What a task returned, as AWX keeps it."""
        for path in (self.artifacts / "1" / "job_events").glob("*.json"):
            event = json.loads(path.read_text(encoding="utf-8"))
            data = event.get("event_data", {})
            if data.get("task") == task and event["event"] in ("runner_on_ok", "runner_on_failed"):
                found: dict[str, Any] = data["res"]
                return found
        raise AssertionError(f"no result of {task!r}: {self.stdout()[-3000:]}")

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.pipe >= 0:
            os.close(self.pipe)  # who reads it ends, too


@dataclass
class Machine:
    """What starts jobs. Each has its own directory, as if it came to another execution node."""

    place: Path
    player: Player
    started: list[Job] = field(default_factory=list)

    def job(self, playbook: str, credentials: list[tuple[str, dict[str, Any]]]) -> Job:
        number = len(self.started) + 1
        directory = self.place / f"job-{number}"
        for name in ("env", "inventory", "project", "tmp", "artifacts"):
            (directory / name).mkdir(parents=True)
        (directory / "inventory" / "hosts").write_text("localhost ansible_connection=local\n", encoding="utf-8")
        for name, text in (("site.yml", playbook), ("ansible.cfg", CONFIGURATION)):
            (directory / "project" / name).write_text(text, encoding="utf-8")
            (directory / "project" / name).chmod(0o444)
        (directory / "project").chmod(0o555)
        os.mkfifo(directory / "tmp" / "pipe", 0o600)
        home = self.place / f"home-{number}"
        home.mkdir(mode=0o555)
        wanted = {
            "private_data_dir": str(directory),
            "ident": "1",
            "playbook": "site.yml",
            "credentials": [{"type": str(TYPES / f"{name}.yml"), "inputs": inputs} for name, inputs in credentials],
            "env": {"PIPE": str(directory / "tmp" / "pipe"), "AWX_ISOLATED_DATA_DIR": str(directory)},
        }
        request = self.place / f"job-{number}.json"
        request.write_text(json.dumps(wanted), encoding="utf-8")
        with (self.place / f"job-{number}.out").open("wb") as output:
            process = subprocess.Popen(
                [*self._as_somebody(directory, request), str(AWX.python), str(DRIVER), str(request)],
                cwd=directory,
                env={**self.environment(directory), "HOME": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # no terminal
            )
        self.started.append(Job(directory, process, Processes()))
        return self.started[-1]

    def environment(self, directory: Path) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join([str(self.player.core.bin), os.defpath]),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(directory / "tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.player.collections),
            "ANSIBLE_HOME": str(directory / "tmp" / "ansible"),
            "ANSIBLE_REMOTE_TMP": str(directory / "tmp" / "remote"),
        }

    def _as_somebody(self, directory: Path, request: Path) -> list[str]:
        """As a user that no system knows, of the group root, as OpenShift does. It may read what this test reads."""
        if os.geteuid() != 0:
            return []
        for path in (directory, *(directory / name for name in ("env", "tmp", "tmp/pipe", "artifacts"))):
            os.chown(path, USER, 0)
        os.chown(request, USER, 0)
        os.chown(self.place, USER, 0)
        reading = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
        return ["setpriv", "--reuid", str(USER), "--regid", "0", "--clear-groups", *reading, "--no-new-privs"]


@pytest.fixture
def machine(play_newest: Player) -> Iterator[Machine]:
    """Return what starts jobs; those that still go on are ended with the test."""
    if not sys.platform.startswith("linux"):
        pytest.skip("looks at /proc")
    with tempfile.TemporaryDirectory(prefix="awx-") as place:  # a short path: ansible-core puts sockets there
        found = Machine(Path(place), play_newest)
        yield found
        for job in found.started:
            job.end()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[str]:
    """Return the URL of a Redis with a password; where there is none, a directory that all jobs share."""
    if program() is None:
        shared = tmp_path / "shared"
        shared.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(shared, USER, 0)
        yield str(shared / "sessions")
        return
    with Server(tmp_path / "redis") as server:
        server.client.config_set("requirepass", REDIS_PASSWORD)
        yield server.url.replace("://", f"://:{REDIS_PASSWORD}@")


def credentials(sandbox: Sandbox, store: str) -> list[tuple[str, dict[str, Any]]]:
    """One credential of three types. AWX leaves out what is not given, and gives some as empty texts."""
    wrong = {"url": sandbox.plain_url("proton"), "recipe_name": "redfish", "username": "nobody", "password": WRONG}
    return [
        ("proton", {**definition(sandbox, "bob"), "session_name": "mail", "client_secret": "", "lifetime": "kept"}),
        ("nextcloud_passwords", {**vault(sandbox, "alice"), "session_name": "vault", "lifetime": "run"}),
        ("http", {**wrong, "session_name": "bad"}),
        ("store", {"store": store, "store_key": KEY}),
    ]


def test_a_job_is_cancelled_and_the_next_goes_on_with_its_session(
    machine: Machine, sandbox: Sandbox, store: str
) -> None:
    given = credentials(sandbox, store)
    first = machine.job(FIRST, given)
    first.until(first.waits)
    first.process.send_signal(signal.SIGTERM)
    told = first.ended()
    assert told["status"] == "canceled", told
    failure = checked_failure({"failed": True, **first.result("homeless")}, "store")
    assert "GATEHOUSE_STORE" in failure["hint"]
    assert first.result("open")["session"]["account"] == "bob"
    assert first.result("wrong")["failure"]["kind"] == "definition"
    before = sandbox.routes("proton")
    assert (before["auth"], before["refresh"]) == (1, 1)

    following = machine.job(NEXT, given)
    told = following.ended()
    assert (told["status"], told["rc"]) == ("successful", 0), following.stdout()
    assert following.result("open")["changed"] is False
    uid = following.result("look")["ansible_facts"]["uid"]
    assert uid == first.result("look")["ansible_facts"]["uid"]
    assert following.result("open another")["changed"] is False
    assert "; closed vault" in following.stdout()  # what was opened for the first job alone
    after = sandbox.routes("proton")
    assert (after["auth"], after["refresh"], after["logout"]) == (1, 1, 1)
    for job in (first, following):
        search(job, sandbox, store)


def search(job: Job, sandbox: Sandbox, store: str) -> None:
    """Nothing secret in what AWX keeps, in what the job left, and in what other processes see."""
    searched = Searched(
        [*sandbox.canaries("proton"), *sandbox.canaries("nextcloud_passwords"), KEY, REDIS_PASSWORD, WRONG]
    )
    searched.below(job.artifacts)
    searched.below(job.directory / "tmp")
    searched("what AWX shows", job.output().encode())
    for arguments in job.processes.arguments:
        searched("the arguments of a process", arguments)
    for environment in job.processes.environments:
        searched("the environment of a process", environment)
    assert not searched.found
    command = (job.artifacts / "1" / "command").read_text(encoding="utf-8")
    assert "GATEHOUSE_SESSIONS_FILE_PROTON" in command  # which has the whole environment
    assert any(b"GATEHOUSE_STORE_KEY=@" in environment for environment in job.processes.environments)
    injected = list((job.directory / "env").glob("tmp*"))
    assert len(injected) == 5
    assert {path.stat().st_mode & 0o777 for path in injected} == {0o600}
