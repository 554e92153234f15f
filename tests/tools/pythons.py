# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find Python interpreters that really work: a pyenv shim of an inactive version does not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

# ensurepip is what makes a virtual environment useful: distributions package it apart from python itself.
PROBE = (
    "import importlib.util as u, os, sys;"
    "print('%d.%d' % sys.version_info[:2], bool(u.find_spec('ensurepip') and u.find_spec('venv')),"
    " os.path.realpath(getattr(sys, '_base_executable', sys.executable)))"
)


def find(minor: str) -> Path | None:
    """Return the interpreter of one minor version, such as 3.12, that can make virtual environments."""
    for candidate in _candidates(minor):
        found = _probe(candidate)
        if found and found[0] == minor and found[1]:
            return found[2]
    return None


def first(minors: Iterable[str]) -> tuple[str, Path] | None:
    """Return the first of these minor versions that is here, with its interpreter."""
    for minor in minors:
        path = find(minor)
        if path:
            return minor, path
    return None


def explain_none(minors: Iterable[str]) -> str:
    """Say in one sentence why none of these minor versions can be used."""
    wanted = tuple(minors)
    for minor in wanted:
        for candidate in _candidates(minor):
            found = _probe(candidate)
            if found and found[0] == minor:
                return (
                    f"Python {minor} at {candidate} cannot make virtual environments: install its ensurepip and venv "
                    f"modules (Debian and Ubuntu: apt-get install python{minor}-venv)."
                )
    return f"None of Python {', '.join(wanted)} was found: install one of them."


def _candidates(minor: str) -> Iterator[str]:
    yield sys.executable
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        for name in (f"python{minor}", "python3"):
            path = shutil.which(name, path=directory)
            if path:
                yield path
    versions = _pyenv_root() / "versions"
    if versions.is_dir():
        names = [entry.name for entry in versions.iterdir() if re.fullmatch(re.escape(minor) + r"\.\d+", entry.name)]
        for name in sorted(names, key=lambda text: int(text.rpartition(".")[2]), reverse=True):
            yield str(versions / name / "bin" / "python")


def _pyenv_root() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")


@cache
def _probe(executable: str) -> tuple[str, bool, Path] | None:
    """Return the minor version, whether it can make environments, and the path of the real interpreter."""
    try:
        done = subprocess.run([executable, "-c", PROBE], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    minor, usable, path = done.stdout.strip().split(" ", 2)
    return minor, usable == "True", Path(path)
