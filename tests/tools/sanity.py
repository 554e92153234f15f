# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test sanity on the copy of the collection.

    python3 -m tests.tools.sanity [--core 2.16|2.19|newest|all] [ansible-test's own arguments ...]

ansible-test bootstraps pip in its virtual environments with a script from a host of its own. Networks that reach
only PyPI lack it, so a script that uses the pip bundled with Python takes its place in ansible-test's cache.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.tools import environments, pythons, tree
from tests.tools.environments import Core
from tests.tools.paths import BUILD

# All that any supported ansible-core runs on; compile and import are tested with each one that is installed.
PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")

# What pip says while ansible-test fills its virtual environments.
NOISE = re.compile(r"\s*(?:Collecting|Downloading|Using cached|Installing collected|Successfully installed|━+)\s|\s*$")

GET_PIP = '''\
"""Install pip from the copy bundled with Python. Written by the tests of an Ansible collection."""
import subprocess
import sys

arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet"] + arguments)
'''


def select(wanted: str) -> list[Core]:
    """Return the installed ansible-core versions: the newest, all, or one such as 2.19."""
    cores = environments.available_cores()
    if wanted == "all":
        return cores
    if wanted == "newest":
        return cores[-1:]
    return [core for core in cores if core.minor == wanted]


def provide_get_pip(core: Core) -> None:
    """Put the pip script where this ansible-core looks for it, unless one is there."""
    cache = Path.home() / ".ansible" / "test" / "cache"
    for version in _pip_versions(core):
        script = cache / f"get_pip_{version.replace('.', '_')}.py"
        if not script.exists():
            cache.mkdir(parents=True, exist_ok=True)
            script.write_text(GET_PIP, encoding="utf-8")


def _pip_versions(core: Core) -> set[str]:
    """Read the versions of pip that this ansible-core asks for from its own source."""
    sources = list(core.bin.parent.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py"))
    found = {version for source in sources for version in re.findall(r"pip='([0-9.]+)'", source.read_text("utf-8"))}
    if not found:
        raise SystemExit(f"cannot find out which pip the ansible-test of {core.version} asks for")
    return found


def _path_with_pythons(core: Core) -> str:
    """Return a PATH on which every python3.X works: ansible-test runs what it finds there."""
    links = BUILD / "pythons"
    links.mkdir(parents=True, exist_ok=True)
    for minor in PYTHONS:
        link = links / f"python{minor}"
        interpreter = pythons.find(minor)
        if link.is_symlink() and (interpreter is None or link.resolve() != interpreter):
            link.unlink()
        if interpreter and not link.is_symlink():
            link.symlink_to(interpreter)
    return os.pathsep.join([str(core.bin), str(links), os.environ.get("PATH", os.defpath)])


def run(core: Core, arguments: Iterable[str]) -> bool:
    """Run sanity with one ansible-core and return whether it tested something and passed."""
    provide_get_pip(core)
    env = {**tree.ENVIRONMENT, "PATH": _path_with_pythons(core)}
    env.pop("PYTHONPATH", None)
    command = [str(core.bin / "ansible-test"), "sanity", "--color", "no", *arguments]
    tested = True
    with subprocess.Popen(
        command,
        cwd=tree.TREE,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    ) as process:
        for line in process.stdout or ():
            if not NOISE.match(line):
                print(line, end="", flush=True)
            tested = tested and "All targets skipped" not in line  # ansible-test calls that a success
    return tested and process.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Run ansible-test sanity on the copy of the collection.")
    parser.add_argument("--core", default="newest", help="2.16, 2.19, newest (default) or all")
    options, arguments = parser.parse_known_args()
    cores = select(options.core)
    if not cores:
        print(f"ansible-core {options.core} is not installed: run make setup", file=sys.stderr)
        return 1
    tree.sync()
    failed = []
    for core in cores:
        print(f"ansible-core {core.version}", flush=True)
        if not run(core, arguments):
            failed.append(core.version)
    if failed:
        print(f"sanity fails with ansible-core {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
