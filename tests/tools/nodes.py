# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official JavaScript client of Nextcloud Passwords, bundled with its driver below .venv/.

Needs Node.js and npm; where they are not, the tests that need them are skipped.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import subprocess
import time
from pathlib import Path

from tests.tools.paths import ROOT, VENVS

NAME = "conformance-node"
SOURCES = ROOT / "tests" / "conformance" / "nextcloud_passwords"
PLACE = VENVS / NAME
BUNDLE = PLACE / "driver.cjs"
OLDEST = 20
_FILES = ("package.json", "package-lock.json", "driver.js")
_STAMP = PLACE / "gatehouse.json"


class Failed(Exception):
    """The bundle could not be made; the message is for the user."""


def lacking() -> str:
    """Return what is missing on this machine, or nothing."""
    absent = [name for name in ("node", "npm") if shutil.which(name) is None]
    if absent:
        return f"{' and '.join(absent)} not found"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    major = re.match(r"v(\d+)", version)
    return "" if major and int(major.group(1)) >= OLDEST else f"Node.js {OLDEST} or newer needed"


def is_fresh() -> bool:
    """Return whether the bundle is there and made of the sources as they are."""
    try:
        stamp = json.loads(_STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp.get("hash") == _hash() and stamp.get("path") == str(PLACE) and BUNDLE.is_file())


def ensure() -> None:
    """Make the bundle if it is not up to date. Without Node.js there is nothing to make."""
    if is_fresh() or lacking():
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not is_fresh():
            _make()


def why_not() -> str:
    """Return why the official client cannot be driven now, or nothing."""
    if reason := lacking():
        return reason
    return "" if is_fresh() else f"not set up: python3 -m tests.tools.environments {NAME}"


def _make() -> None:
    started = time.monotonic()
    _STAMP.unlink(missing_ok=True)
    for name in _FILES:
        shutil.copyfile(SOURCES / name, PLACE / name)
    # the scripts of packages are not needed, so they do not run
    _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    esbuild = str(PLACE / "node_modules" / ".bin" / "esbuild")
    options = ("--bundle", "--platform=node", "--format=cjs", "--log-level=error", f"--outfile={BUNDLE}")
    _run(esbuild, "driver.js", *options)
    _STAMP.write_text(json.dumps({"hash": _hash(), "path": str(PLACE)}), encoding="utf-8")
    print(f"{PLACE.relative_to(ROOT)}: the official client ({time.monotonic() - started:.0f} s)", flush=True)


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=PLACE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        output = (done.stdout + done.stderr).strip()
        raise Failed(f"{PLACE.relative_to(ROOT)} could not be made: {' '.join(command)}\n{output}")


def _hash() -> str:
    digest = hashlib.sha256()
    for name in _FILES:
        path: Path = SOURCES / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()
