# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the virtual environments below .venv/.

    python3 -m tests.tools.environments [NAME ...]

A name is one of dev, core-2.16, core-2.19, quickstart, conformance, conformance-node, oauth, oauth-node, awx, bench
and bench-peers; without names: all that the tests need. An environment that is up to date costs one small file read.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tools import nodes, pythons
from tests.tools.paths import ROOT, VENVS

RUNTIME = "meta/ee-requirements.txt"
SANDBOX = "tests/sandbox/requirements.txt"

# The newest ansible-core needs one of these; with an older Python pip takes the newest core that still runs there.
NEWEST_PYTHONS = ("3.13", "3.12", "3.14")


@dataclass(frozen=True)
class Environment:
    """One virtual environment: the Pythons it may use, best first, and what pip installs into it."""

    name: str
    pythons: tuple[str, ...]
    core: str
    files: tuple[str, ...]

    @property
    def path(self) -> Path:
        return VENVS / self.name

    @property
    def label(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def bin(self) -> Path:
        return self.path / "bin"

    @property
    def python(self) -> Path:
        return self.bin / "python"

    def requirements(self) -> list[str]:
        """Return every requirement line; files that do not exist ask for nothing."""
        lines = [self.core] if self.core else []
        for name in self.files:
            path = ROOT / name
            if path.is_file():
                lines += [line.partition(" #")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line and not line.startswith("#")]


ANY_PYTHON = (*NEWEST_PYTHONS, "3.11", "3.10")
DEV = Environment("dev", ANY_PYTHON, "ansible-core>=2.16", (RUNTIME, SANDBOX, "tests/requirements.txt"))
CORES = (
    Environment("core-2.16", ("3.10", "3.11", "3.12"), "ansible-core~=2.16.0", (RUNTIME,)),
    Environment("core-2.19", ("3.11", "3.12", "3.13"), "ansible-core~=2.19.0", (RUNTIME,)),
)
QUICKSTART = Environment("quickstart", ANY_PYTHON, "ansible-core>=2.16", (RUNTIME, SANDBOX))
CONFORMANCE = Environment("conformance", ANY_PYTHON, "", ("tests/conformance/requirements.txt",))
OAUTH = Environment("oauth", ANY_PYTHON, "", ("tests/oauth/requirements.txt",))
AWX = Environment("awx", ANY_PYTHON, "", ("tests/awx/requirements.txt",))
BENCH = Environment("bench", ANY_PYTHON, "ansible-core>=2.16", (RUNTIME, SANDBOX))
BENCH_PEERS = Environment("bench-peers", ANY_PYTHON, "", ("tests/bench/requirements-peers.txt",))
ALL = {
    environment.name: environment
    for environment in (DEV, *CORES, QUICKSTART, CONFORMANCE, OAUTH, AWX, BENCH, BENCH_PEERS)
}


def for_tests() -> list[Environment]:
    """Return the environments without which the tests cannot run."""
    return [DEV, *(environment for environment in (CONFORMANCE, OAUTH, AWX) if environment.requirements())]


def why_not(environment: Environment) -> str:
    """Return why an environment cannot be used now, or nothing."""
    return "" if _is_fresh(environment) else f"not set up: python3 -m tests.tools.environments {environment.name}"


@dataclass(frozen=True)
class Core:
    """An ansible-core that is installed: its version, such as 2.19.4, and the directory of its commands."""

    version: str
    bin: Path

    @property
    def minor(self) -> str:
        return ".".join(self.version.split(".")[:2])


class Failed(Exception):
    """An environment could not be made; the message is for the user."""


def available_cores() -> list[Core]:
    """Return the ansible-core versions that can be tested here, oldest first; the last one is the newest."""
    cores: dict[str, Core] = {}
    for environment in (*CORES, DEV):
        stamp = _read_stamp(environment)
        if stamp:
            core = Core(stamp["core"], environment.bin)
            cores[core.minor] = core
    return sorted(cores.values(), key=lambda core: [int(part) for part in re.findall(r"\d+", core.version)])


def missing_cores() -> list[str]:
    """Return the ansible-core versions that cannot be tested here, each with the Pythons that would do."""
    missing = [_lacking(core.name[5:], core.pythons) for core in CORES if not _read_stamp(core)]
    stamp = _read_stamp(DEV)
    if stamp and stamp["python"] not in NEWEST_PYTHONS:
        missing.append(_lacking("2.20 and newer", sorted(NEWEST_PYTHONS)))
    return missing


def _lacking(version: str, minors: Iterable[str]) -> str:
    return f"{version} (needs Python {', '.join(minors)})"


def ensure(environments: Iterable[Environment], optional: Iterable[Environment] = ()) -> None:
    """Make what is not up to date. An optional environment is left out when there is no Python for it."""
    optional = tuple(optional)
    stale = [environment for environment in (*environments, *optional) if not _is_fresh(environment)]
    if not stale:
        return
    VENVS.mkdir(exist_ok=True)
    with _locked(VENVS / ".lock"):
        work = []
        for environment in stale:
            found = pythons.first(environment.pythons)
            if found and not _is_fresh(environment):
                work.append((environment, *found))
            elif not found and environment not in optional:
                raise Failed(f"{environment.label}: {pythons.explain_none(environment.pythons)}")
        with ThreadPoolExecutor(max_workers=2) as pool:
            for _done in pool.map(lambda item: _make(*item), work):
                pass


def _make(environment: Environment, minor: str, interpreter: Path) -> None:
    started = time.monotonic()
    wanted = environment.requirements()
    stamp = _read_stamp(environment)
    reuse = stamp and stamp["interpreter"] == str(interpreter) and set(stamp["requirements"]) <= set(wanted)
    _stamp_path(environment).unlink(missing_ok=True)
    if not reuse:
        shutil.rmtree(environment.path, ignore_errors=True)
        _run(environment, [str(interpreter), "-m", "venv", str(environment.path)])
    if wanted:
        _run(environment, [str(environment.python), "-m", "pip", "install", "--quiet", *wanted])
    content = {
        "hash": _hash(wanted),
        "path": str(environment.path),
        "python": minor,
        "interpreter": str(interpreter),
        "core": _installed_core(environment) if environment.core else "",
        "requirements": wanted,
    }
    _stamp_path(environment).write_text(json.dumps(content, indent=1), encoding="utf-8")
    core = f", ansible-core {content['core']}" if content["core"] else ""
    print(f"{environment.label}: Python {minor}{core} ({time.monotonic() - started:.0f} s)", flush=True)


def _run(environment: Environment, command: list[str]) -> None:
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    env.pop("PYTHONPATH", None)
    done = subprocess.run(
        command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        output = (done.stdout + done.stderr).strip()
        raise Failed(f"{environment.label} could not be made: {' '.join(command)}\n{output}")


def _installed_core(environment: Environment) -> str:
    found = sorted(environment.path.glob("lib/python*/site-packages/ansible_core-*.dist-info"))
    return found[0].name[len("ansible_core-") : -len(".dist-info")] if found else ""


def _hash(requirements: list[str]) -> str:
    return hashlib.sha256("\n".join(requirements).encode()).hexdigest()


def _stamp_path(environment: Environment) -> Path:
    return environment.path / "gatehouse.json"


def _read_stamp(environment: Environment) -> dict[str, Any] | None:
    """Return what was installed, or None when the environment is not there, was moved or lost its Python."""
    try:
        stamp: dict[str, Any] = json.loads(_stamp_path(environment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if stamp.get("path") == str(environment.path) and environment.python.exists() else None


def _is_fresh(environment: Environment) -> bool:
    stamp = _read_stamp(environment)
    return bool(stamp and stamp["hash"] == _hash(environment.requirements()))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the virtual environments below .venv/.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*ALL, *nodes.ALL)))
    names = parser.parse_args().names
    unknown = sorted(set(names) - {*ALL, *nodes.ALL})
    if unknown:
        parser.error(f"unknown environment: {', '.join(unknown)}")
    try:
        if names:
            ensure([ALL[name] for name in names if name in ALL])
        else:
            ensure(for_tests(), optional=CORES)
        for packages in nodes.ALL.values():
            if not names or packages.name in names:
                packages.ensure()
    except (Failed, nodes.Failed) as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
