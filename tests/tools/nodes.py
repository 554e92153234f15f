# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests have from npm, below .venv/: the official JavaScript client of Nextcloud Passwords, bundled with its
driver, and the OpenID provider that the provider oauth2 is tested with.

Both need Node.js and npm; where they are not, the tests that need them are skipped.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.tools.paths import ROOT, VENVS

OLDEST = (20, 0)


class Failed(Exception):
    """The packages could not be installed; the message is for the user."""


@dataclass(frozen=True)
class Packages:
    """Packages pinned by a package-lock.json, installed into a directory of their own; then one command, if any."""

    name: str
    label: str
    sources: Path
    files: tuple[str, ...] = ("package.json", "package-lock.json")
    build: tuple[str, ...] = ()
    oldest: tuple[int, int] = OLDEST

    @property
    def place(self) -> Path:
        return VENVS / self.name

    def is_fresh(self) -> bool:
        """Return whether the packages are there and what the files ask for."""
        try:
            stamp = json.loads(self._stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return bool(stamp.get("hash") == self._hash() and stamp.get("path") == str(self.place))

    def ensure(self) -> None:
        """Install them if they are not up to date. Without Node.js there is nothing to install."""
        if self.is_fresh() or lacking(self.oldest):
            return
        self.place.mkdir(parents=True, exist_ok=True)
        with (self.place / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not self.is_fresh():
                self._make()

    def why_not(self) -> str:
        """Return why they cannot be used now, or nothing."""
        if reason := lacking(self.oldest):
            return reason
        return "" if self.is_fresh() else f"not set up: python3 -m tests.tools.environments {self.name}"

    @property
    def _stamp(self) -> Path:
        return self.place / "gatehouse.json"

    def _make(self) -> None:
        started = time.monotonic()
        self._stamp.unlink(missing_ok=True)
        for name in self.files:
            shutil.copyfile(self.sources / name, self.place / name)
        # the scripts of packages are not needed, so they do not run
        self._run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        if self.build:
            self._run(*self.build)
        self._stamp.write_text(json.dumps({"hash": self._hash(), "path": str(self.place)}), encoding="utf-8")
        print(f"{self.place.relative_to(ROOT)}: {self.label} ({time.monotonic() - started:.0f} s)", flush=True)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, cwd=self.place, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            output = (done.stdout + done.stderr).strip()
            raise Failed(f"{self.place.relative_to(ROOT)} could not be made: {' '.join(command)}\n{output}")

    def _hash(self) -> str:
        digest = hashlib.sha256()
        for name in self.files:
            path = self.sources / name
            digest.update(path.read_bytes() if path.is_file() else b"")
        return digest.hexdigest()


NAME = "conformance-node"
BUNDLE = VENVS / NAME / "driver.cjs"
OFFICIAL = Packages(
    name=NAME,
    label="the official client",
    sources=ROOT / "tests" / "conformance" / "nextcloud_passwords",
    files=("package.json", "package-lock.json", "driver.js"),
    build=(
        str(VENVS / NAME / "node_modules" / ".bin" / "esbuild"),
        "driver.js",
        *("--bundle", "--platform=node", "--format=cjs", "--log-level=error", f"--outfile={BUNDLE}"),
    ),
)
OAUTH = Packages(
    name="oauth-node", label="the OpenID provider", sources=ROOT / "tests" / "oauth" / "node", oldest=(20, 20)
)
ALL = {packages.name: packages for packages in (OFFICIAL, OAUTH)}


def lacking(oldest: tuple[int, int] = OLDEST) -> str:
    """Return what is missing on this machine, or nothing."""
    absent = [name for name in ("node", "npm") if shutil.which(name) is None]
    if absent:
        return f"{' and '.join(absent)} not found"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", version)
    good = found and (int(found.group(1)), int(found.group(2))) >= oldest
    return "" if good else f"Node.js {'.'.join(map(str, oldest))} or newer needed"


def why_not() -> str:
    """Return why the official client cannot be driven now, or nothing."""
    return OFFICIAL.why_not()
