# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Secret Service of its own on a D-Bus of its own: gnome-keyring, without a desktop."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

NEEDED = ("dbus-daemon", "gnome-keyring-daemon")
MISSING = "gnome-keyring is not installed: apt-get install gnome-keyring dbus-daemon"


def installed() -> bool:
    """Whether all of it is there."""
    return all(shutil.which(name) for name in NEEDED)


class SecretService:
    """The processes, and the environment that leads to them.

    :param directory: where they keep everything.
    """

    def __init__(self, directory: Path) -> None:
        self.env = {
            "XDG_DATA_HOME": str(directory / "data"),
            "XDG_RUNTIME_DIR": str(directory / "runtime"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
        }
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> SecretService:
        for name in ("XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
            Path(self.env[name]).mkdir(mode=0o700, parents=True)
        bus = self._run("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1")
        assert bus.stdout is not None
        self.env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode("ascii").strip()
        ring = self._run("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
        assert ring.stdin is not None
        ring.stdin.write(b"a password")
        ring.stdin.close()
        self._wait()
        return self

    def __exit__(self, *_error: object) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        self._processes.append(
            subprocess.Popen(
                command,
                env={**os.environ, **self.env},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        )
        return self._processes[-1]

    def _wait(self) -> None:
        """Until it has said on which sockets it listens: then it is on the bus, too."""
        ring = self._processes[-1]
        assert ring.stdout is not None
        ring.stdout.readline()
