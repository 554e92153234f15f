# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection's artefact, install it and check what it holds.

python3 -m tests.tools.artefact
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from tests.tools import environments
from tests.tools.paths import BUILD, NAME, NAMESPACE, ROOT
from tests.tools.tree import ENVIRONMENT

# What users get; everything else in the root is for developers.
DIRECTORIES = {"LICENSES", "changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles"}
FILES = {"CHANGELOG.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md"}
NEEDED = {"LICENSE", "MANIFEST.json", "README.md", "meta/runtime.yml", "meta/execution-environment.yml"}


def build() -> Path:
    """Build the artefact and return its path."""
    target = BUILD / "artefact"
    shutil.rmtree(target, ignore_errors=True)
    _galaxy("build", str(ROOT), "--output-path", str(target))
    return next(target.glob(f"{NAMESPACE}-{NAME}-*.tar.gz"))


def install(artefact: Path) -> Path:
    """Install the artefact, and return the directory to give as ANSIBLE_COLLECTIONS_PATH."""
    target = BUILD / "installed"
    shutil.rmtree(target, ignore_errors=True)
    _galaxy("install", str(artefact), "--collections-path", str(target))
    return target


def problems(artefact: Path) -> list[str]:
    """Return what the artefact lacks, and what it should not hold."""
    with tarfile.open(artefact) as archive:
        names = [member.name for member in archive.getmembers() if member.isfile()]
    found = [f"it lacks {name}" for name in sorted(NEEDED - set(names))]
    for name in names:
        top, _, rest = name.partition("/")
        if top not in (DIRECTORIES if rest else FILES) or any(part.startswith(".") for part in Path(name).parts):
            found.append(f"it holds {name}")
    return found


def _galaxy(*arguments: str) -> None:
    command = [str(environments.DEV.bin / "ansible-galaxy"), "collection", *arguments]
    env = {**ENVIRONMENT, "ANSIBLE_COLLECTIONS_PATH": str(BUILD / "installed")}
    done = subprocess.run(
        command, cwd=BUILD, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def main() -> int:
    artefact = build()
    install(artefact)
    found = problems(artefact)
    for line in found:
        print(f"{artefact.name}: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
