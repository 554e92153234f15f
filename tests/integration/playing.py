# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays as tests hold them: written to a directory, run by a real ansible-playbook, read back as data."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.sandbox.harness import Sandbox
from tests.tools.environments import Core

CALLBACKS = Path(__file__).parent / "callback_plugins"
KINDS = frozenset(
    {
        "authentication_needed",
        "credentials_rejected",
        "two_factor_needed",
        "human_verification_needed",
        "missing_scope",
        "locked",
        "rate_limited",
        "not_reachable",
        "not_available",
        "unexpected_response",
        "crypto",
        "unsupported",
        "conflict",
        "store",
        "definition",
    }
)
FAILURE_KEYS = {"kind", "message", "http_code", "api_code", "retry_after", "methods", "hint"}
_LONGEST_MESSAGE = 400
_LONGEST_PLAY = 240  # seconds
_SHOWN = 6000  # characters of the output of a play that failed
_TRACEBACK = "Traceback (most recent call last)"
_WATCH_PERIOD = 0.02  # seconds


@dataclass(frozen=True)
class Result:
    """What one task returned on one host."""

    task: str
    host: str
    status: str
    ignored: bool
    facts: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What became of one ansible-playbook command."""

    rc: int
    output: str
    results: list[Result]
    stats: dict[str, dict[str, int]]

    def __getitem__(self, task: str) -> dict[str, Any]:
        """What the task of that name returned, on the one host that ran it."""
        found = self.on(task)
        assert len(found) == 1, f"{task!r} ran on {sorted(found)} of {sorted({result.task for result in self.results})}"
        return next(iter(found.values()))

    def on(self, task: str) -> dict[str, dict[str, Any]]:
        """What the task of that name returned, by host."""
        return {result.host: result.facts for result in self.results if result.task == task}

    def changed(self, *tasks: str) -> dict[str, bool]:
        """Which of these tasks changed something; all that ran if none is named."""
        names = tasks or tuple(dict.fromkeys(result.task for result in self.results))
        return {name: any(bool(facts.get("changed")) for facts in self.on(name).values()) for name in names}

    def failure(self, task: str, kind: str = "") -> dict[str, Any]:
        """The failure of a task: of a known kind, in one clear sentence, and the same in `msg`."""
        return checked_failure(self[task], kind)

    def ended(self, rc: int = 0) -> Run:
        """This run, which ended so."""
        assert self.rc == rc, self.output[-_SHOWN:]
        return self


def checked_failure(facts: Mapping[str, Any], kind: str = "") -> dict[str, Any]:
    """The failure that a result carries, after checking what promise 7 says of every failure."""
    assert facts.get("failed"), facts
    assert "failure" in facts, facts
    failure: dict[str, Any] = facts["failure"]
    assert set(failure) == FAILURE_KEYS
    assert failure["kind"] in KINDS
    assert not kind or failure["kind"] == kind, failure
    for text in (failure["message"], failure["hint"]):
        assert text == text.strip()
        assert text.isprintable(), text
    assert 0 < len(failure["message"]) < _LONGEST_MESSAGE
    assert facts["msg"].startswith(failure["message"])
    assert facts["msg"].endswith(f"[{failure['kind']}]")
    return failure


@dataclass
class Player:
    """Runs plays in one directory, with one HOME and one ansible-core.

    :param vars: variables of every play.
    :param env: environment variables of every run.
    """

    core: Core
    directory: Path
    home: Path
    collections: Path
    vars: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    runs: int = 0

    def __call__(
        self,
        tasks: str | Sequence[Mapping[str, Any]],
        *args: str,
        rc: int | None = 0,
        hosts: str = "localhost",
        env: Mapping[str, str] | None = None,
        play: Mapping[str, Any] | None = None,
        **variables: Any,
    ) -> Run:
        """Run tasks as a play of their own.

        :param tasks: YAML text, or what it means.
        :param args: arguments of ansible-playbook.
        :param rc: how it must end; None when that is of no interest.
        :param play: more keywords of the play.
        :param variables: more variables of the play.
        """
        listed = yaml.safe_load(tasks) if isinstance(tasks, str) else list(tasks)
        # In a file of their own: when a task fails, ansible-core 2.19 and later print the lines around it.
        given = self.write("vars.yml", yaml.safe_dump({**self.vars, **variables}))
        whole = {
            "name": "Play",
            "hosts": hosts,
            "gather_facts": False,
            "vars_files": [str(given)],
            **(play or {}),
            "tasks": listed,
        }
        return self.playbook(yaml.safe_dump([whole], sort_keys=False), *args, rc=rc, env=env)

    def playbook(
        self,
        text: str,
        *args: str,
        rc: int | None = 0,
        env: Mapping[str, str] | None = None,
        watch: Watch | None = None,
    ) -> Run:
        """Run a whole playbook.

        :param watch: called with the process id again and again while it runs.
        """
        self.runs += 1
        path = self.directory / "play.yml"
        path.write_text(text, encoding="utf-8")
        results = self.directory / f"results-{self.runs}.jsonl"
        results.touch()
        output = self.directory / f"output-{self.runs}.txt"
        with output.open("wb") as stream:
            process = subprocess.Popen(
                [str(self.core.bin / "ansible-playbook"), str(path), *args],
                cwd=self.directory,
                env=self.environment(results, env or {}),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
            try:
                code = _watched(process, watch) if watch else process.wait(_LONGEST_PLAY)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        run = _read(code, output.read_text(encoding="utf-8", errors="replace"), results)
        # ansible-core 2.16 prints one with -vvv and more when any lookup fails, whatever the lookup does.
        tracebacks = run.output.count(_TRACEBACK) - run.output.count(f"exception during Jinja2 execution: {_TRACEBACK}")
        assert tracebacks == 0, run.output[-_SHOWN:]
        assert "The full traceback is" not in run.output, run.output[-_SHOWN:]
        assert "unexpected exception" not in run.output.lower(), run.output[-_SHOWN:]
        return run if rc is None else run.ended(rc)

    def environment(self, results: Path, env: Mapping[str, str]) -> dict[str, str]:
        """Nothing of the developer's own settings."""
        return {
            "PATH": os.pathsep.join([str(self.core.bin), os.defpath]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "10000",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "results",
            "ANSIBLE_DEVEL_WARNING": "false",
            "ANSIBLE_FORCE_COLOR": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_REMOTE_TMP": str(self.home / ".ansible" / "tmp"),
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "PLAY_RESULTS": str(results),
            **self.env,
            **env,
        }

    @property
    def store(self) -> Path:
        """Where the records are by default."""
        return self.home / ".local" / "state" / "gatehouse.api" / "sessions"

    def records(self) -> list[str]:
        """The files of the sessions in the default store; those of notes begin with a percent sign."""
        return sorted(path.name for path in self.store.glob("[!%]*.session"))

    def write(self, name: str, text: str, mode: int = 0o600) -> Path:
        """Write a file beside the playbook."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path


Watch = Callable[[int], None]


def _watched(process: subprocess.Popen[bytes], watch: Watch) -> int:
    while True:
        watch(process.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(_WATCH_PERIOD)


def _read(rc: int, output: str, path: Path) -> Run:
    results: list[Result] = []
    stats: dict[str, dict[str, int]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry.pop("event") == "stats":
            stats = entry["hosts"]
        else:
            results.append(Result(**entry))
    return Run(rc, output, results, stats)


def definition(sandbox: Sandbox, account: str, **more: Any) -> dict[str, Any]:
    """The options of provider proton for an account of the sandbox. None as a value leaves an option out."""
    known = sandbox.account("proton", account)
    options: dict[str, Any] = {
        "url": sandbox.url("proton"),
        "ca_path": sandbox.ca_file,
        **{name: known[name] for name in ("username", "password", "totp_secret") if name in known},
        **more,
    }
    return {name: value for name, value in options.items() if value is not None}


def vault(sandbox: Sandbox, account: str, **more: Any) -> dict[str, Any]:
    """The options of provider nextcloud_passwords for an account of the sandbox. None as a value leaves one out."""
    known = sandbox.account("nextcloud_passwords", account)
    options: dict[str, Any] = {
        "url": sandbox.url("nextcloud_passwords"),
        "ca_path": sandbox.ca_file,
        "username": known["username"],
        "password": known["app_password"],
        **{name: known[name] for name in ("master_password", "totp_secret") if known.get(name)},
        **more,
    }
    return {name: value for name, value in options.items() if value is not None}
