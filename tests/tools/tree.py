# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep a real copy of the collection below build/ansible_collections: ansible-test accepts no symbolic link.

    python3 -m tests.tools.tree

Copied are the files git knows or would add: what users get, and of the tests those that ansible-test looks at.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.tools.paths import BUILD, NAME, NAMESPACE, ROOT

TREE = BUILD / "ansible_collections" / NAMESPACE / NAME
TESTS = ("tests/config.yml", "tests/integration/", "tests/sanity/", "tests/unit/")

# What tools write into the copy.
KEPT = (".git", ".ansible", "__pycache__", "tests/output")

# A git hook sets GIT_DIR and the like, which would lead git away from the directory it is called in.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def sync() -> Path:
    """Bring the copy up to date and return the directory to give as ANSIBLE_COLLECTIONS_PATH."""
    TREE.mkdir(parents=True, exist_ok=True)
    with (BUILD / "tree.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = {name for name in known_files() if _belongs(name)}
        for name in wanted:
            _copy(ROOT / name, TREE / name)
        _remove_others(wanted)
        _separate_from_project()
    return BUILD


def known_files() -> list[str]:
    """Return the files that git tracks or would add; where there is no git, all but hidden and built ones."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True)
        listed = done.stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = list(_walk())
    return sorted({name for name in listed if name and (ROOT / name).is_file()})


def _separate_from_project() -> None:
    """Make the copy a git repository of its own: in the project's, its files are ignored, and ansible-test obeys."""
    if (ROOT / ".git").exists():
        subprocess.run(["git", "init", "--quiet", str(TREE)], env=ENVIRONMENT, check=True)


def _walk() -> Iterator[str]:
    for directory, directories, files in os.walk(ROOT):
        directories[:] = [name for name in directories if name[0] != "." and name not in ("build", "__pycache__")]
        for name in files:
            yield str((Path(directory) / name).relative_to(ROOT))


def _belongs(name: str) -> bool:
    if name.startswith("."):
        return False
    return not name.startswith("tests/") or name.startswith(TESTS)


def _copy(source: Path, target: Path) -> None:
    new = source.stat()
    try:
        old = target.stat()
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
    else:
        if (old.st_size, old.st_mtime_ns, old.st_mode) == (new.st_size, new.st_mtime_ns, new.st_mode):
            return
    beside = target.with_name(f".{target.name}.new")
    shutil.copy2(source, beside)
    beside.replace(target)


def _remove_others(wanted: set[str]) -> None:
    visited = []
    for directory, directories, files in os.walk(TREE):
        here = Path(directory)
        directories[:] = [name for name in directories if not _kept(here / name)]
        visited += [here / name for name in directories]
        for name in files:
            if str((here / name).relative_to(TREE)) not in wanted:
                (here / name).unlink()
    for path in reversed(visited):
        if not any(path.iterdir()):
            path.rmdir()


def _kept(directory: Path) -> bool:
    return directory.name in KEPT or str(directory.relative_to(TREE)) in KEPT


if __name__ == "__main__":
    print(sync())
    sys.exit(0)
