# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the sources without running them.

    python3 -m tests.tools.lint [CHECK ...]

Without names all checks run. Only the output of a check that fails is shown.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.tools import environments, tree
from tests.tools.paths import BUILD, ROOT
from tests.tools.tree import TREE

TYPED = (
    f"{TREE.relative_to(ROOT)}/plugins",
    "tests/conftest.py",
    "tests/sandbox",
    "tests/tools",
    "tests/bench",
    "tests/faults",
    "tests/oauth",
    "tests/redis",
    "tests/keyrings",
)

# The slow ones first: two run at a time.
CHECKS: dict[str, list[str]] = {
    "mypy": ["mypy", *(name for name in TYPED if name.startswith("build/") or (ROOT / name).exists())],
    "antsibull-docs": [
        "antsibull-docs",
        "lint-collection-docs",
        "--plugin-docs",
        "--validate-collection-refs",
        "all",
        ".",
    ],
    "ansible-lint": ["ansible-lint", "--offline", "--profile", "production", "--strict"],
    "artefact": ["python", "-m", "tests.tools.artefact"],
    "reuse": ["reuse", "lint", "--lines"],
    "yamllint": ["yamllint", "--strict", "."],
    "antsibull-changelog": ["antsibull-changelog", "lint"],
    "ruff": ["ruff", "check", "--quiet", "--output-format", "concise", "."],
    "ruff-format": ["ruff", "format", "--check", "--output-format", "concise", "."],
    "portable": ["python", "-m", "tests.tools.portable"],
}


def run(name: str) -> bool:
    """Run one check, show what it found and return whether it passed."""
    started = time.monotonic()
    env = {
        **tree.ENVIRONMENT,
        "ANSIBLE_COLLECTIONS_PATH": str(BUILD),
        "NO_COLOR": "1",
        "PATH": os.pathsep.join([str(environments.DEV.bin), os.environ.get("PATH", os.defpath)]),
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(
        CHECKS[name], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        # mypy looks at the copy; its findings belong to the original
        output = (done.stdout + done.stderr).replace(f"{TREE.relative_to(ROOT)}/", "").strip()
        print(f"{name} failed ({time.monotonic() - started:.1f} s): {' '.join(CHECKS[name])}\n{output}\n", flush=True)
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Check the sources without running them.")
    parser.add_argument("names", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    names = parser.parse_args().names or list(CHECKS)
    unknown = sorted(set(names) - set(CHECKS))
    if unknown:
        parser.error(f"unknown check: {', '.join(unknown)}")
    tree.sync()
    with ThreadPoolExecutor(max_workers=2) as pool:
        passed = list(pool.map(run, names))
    failed = [name for name, good in zip(names, passed) if not good]
    print(
        f"{len(names) - len(failed)} checks passed" + (f", {len(failed)} failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
