# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays as the bench runs them: a snapshot of the collection, one HOME, nothing of the developer's own settings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.sandbox.harness import Sandbox
from tests.tools.paths import NAME, NAMESPACE, ROOT

HERE = Path(__file__).parent
PROVIDER = "proton"
SESSION = "mail"
LONGEST = 1800  # seconds

Tasks = Sequence[Mapping[str, Any]]


class Broken(Exception):
    """A play or a process of the bench failed; the message has its output."""


@dataclass(frozen=True)
class Played:
    """One ansible-playbook command.

    :param seconds: wall time of the whole command.
    :param tasks: seconds of each task by its name, in order: from its start to its result, in the main process.
    :param notes: what the plugins of the bench noted in workers.
    """

    seconds: float
    output: str
    tasks: dict[str, list[float]]
    notes: list[dict[str, Any]]


@dataclass
class Bench:
    """What a figure gets to measure with.

    :param quick: fewer hosts and repetitions, for development.
    :param repetitions: how often each side of a ratio is run.
    """

    directory: Path
    sandbox: Sandbox
    quick: bool = False
    repetitions: int = 5
    bin: Path = Path(sys.executable).parent
    _plays: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.collections = self.directory / "collections"
        copy = self.collections / "ansible_collections" / NAMESPACE / NAME
        for name in ("plugins", "meta"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy2(ROOT / "galaxy.yml", copy / "galaxy.yml")
        self.fresh_home()

    def fresh_home(self) -> None:
        """Forget every session: another HOME, so another store."""
        self._plays += 1
        self.home = self.directory / f"home-{self._plays}"
        self.home.mkdir(mode=0o700)

    @property
    def store(self) -> Path:
        return self.home / ".local" / "state" / "gatehouse.api" / "sessions"

    def definition(self, account: str = "alice", **more: Any) -> dict[str, Any]:
        """The definition of a session of the sandbox."""
        known = self.sandbox.account(PROVIDER, account)
        options = {
            "url": self.sandbox.url(PROVIDER),
            "ca_path": self.sandbox.ca_file,
            "username": known["username"],
            "password": known["password"],
            **more,
        }
        return {PROVIDER: options}

    def opened(self, **settings: Any) -> dict[str, Any]:
        """Forget everything, open the session anew, look it up once, and return the variables of plays that use it."""
        self.fresh_home()
        self.sandbox.reset(PROVIDER)
        if settings:
            self.sandbox.settings(PROVIDER, **settings)
        variables = {"gatehouse_sessions": {SESSION: self.definition()}}
        once = {"ansible.builtin.debug": {"msg": f"{{{{ lookup('gatehouse.api.session', '{SESSION}').name }}}}"}}
        self.play([{"gatehouse.api.session": {"name": SESSION}}, once], variables=variables)
        return variables

    def play(
        self,
        tasks: Tasks,
        *,
        hosts: int = 1,
        forks: int = 5,
        variables: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        bin: Path | None = None,  # noqa: A002 (what it is)
        rc: int = 0,
    ) -> Played:
        """Run tasks as one play on so many hosts, all of them this machine.

        :param bin: the commands of another environment.
        :param rc: how it must end.
        """
        self._plays += 1
        work = self.directory / f"play-{self._plays}"
        work.mkdir()
        listed = [{"name": f"Task {number}", **task} for number, task in enumerate(tasks)]
        play = {"name": "Bench", "hosts": "all", "gather_facts": False, "vars": dict(variables or {}), "tasks": listed}
        (work / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False, width=10000), encoding="utf-8")
        local = "ansible_connection=local ansible_python_interpreter={{ansible_playbook_python}}"
        inventory = "".join(f"host{number:04} {local}\n" for number in range(hosts))
        (work / "inventory").write_text(inventory, encoding="utf-8")
        for name in ("stopwatch", "notes"):
            (work / name).touch()
        command = [str((bin or self.bin) / "ansible-playbook"), "-i", "inventory", "-f", str(forks), "play.yml"]
        begun = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=work,
            env={**self._environment(bin or self.bin, work), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=LONGEST,
            check=False,
        )
        seconds = time.perf_counter() - begun
        if done.returncode != rc:
            raise Broken(f"ansible-playbook ended with {done.returncode}:\n{done.stdout[-8000:]}")
        times: dict[str, list[float]] = {}
        for entry in _lines(work / "stopwatch"):
            times.setdefault(entry["task"], []).append(entry["seconds"])
        return Played(seconds, done.stdout, times, _lines(work / "notes"))

    def python(self, module: str, *args: str, env: Mapping[str, str] | None = None) -> Any:
        """Run a module of the bench in a process of its own, with the collection importable, and decode its output."""
        done = subprocess.run(
            [sys.executable, "-m", module, *args],
            cwd=ROOT,
            env={**self._environment(self.bin, self.directory), "PYTHONPATH": str(self.collections), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        if done.returncode:
            raise Broken(f"{module} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def _environment(self, commands: Path, work: Path) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join([str(commands), os.defpath]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_LOOKUP_PLUGINS": str(HERE / "lookup_plugins"),
            "ANSIBLE_ACTION_PLUGINS": str(HERE / "action_plugins"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "bench_stopwatch",
            "ANSIBLE_DEVEL_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "BENCH_STOPWATCH": str(work / "stopwatch"),
            "BENCH_NOTES": str(work / "notes"),
        }


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
