# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Proton client as tests hold it; it lives in a process and an interpreter of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

DRIVER = Path(__file__).with_name("proton_driver.py")
APPVERSION = "linux-vpn@4.0.0"


class RealClientError(Exception):
    """What the real client raised: its kind, text and API code."""

    def __init__(self, kind: str, message: str, code: int | None) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.code = code


class RealSession:
    """One `proton.api.Session`."""

    def __init__(self, client: RealClient, name: str) -> None:
        self._client = client
        self.name = name

    def __call__(self, method: str, /, *arguments: Any, **options: Any) -> Any:
        """Call one of its methods."""
        return self._client.ask(do="call", name=self.name, method=method, arguments=arguments, options=options)

    def read(self, attribute: str) -> Any:
        """Read one of its properties."""
        return self._client.ask(do="read", name=self.name, attribute=attribute)


class RealClient:
    """The process. GnuPG gets a home of its own, which goes with it, and so does its agent."""

    def __init__(self) -> None:
        self._home = tempfile.mkdtemp(prefix="gpg-")
        self._env = {**os.environ, "GNUPGHOME": self._home}
        self._made = 0
        python = os.environ.get("GATEHOUSE_CONFORMANCE_PYTHON") or sys.executable
        self._process = subprocess.Popen(
            [python, str(DRIVER)], env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def new(
        self, url: str, ca_file: str, *, appversion: str = APPVERSION, pins: list[str] | None = None
    ) -> RealSession:
        """Make a session."""
        session = self._named()
        self.ask(do="new", name=session.name, url=url, ca_file=ca_file, appversion=appversion, pins=pins)
        return session

    def copy(self, source: RealSession, ca_file: str) -> RealSession:
        """Make a session out of the stored state of another."""
        session = self._named()
        self.ask(do="copy", name=session.name, source=source.name, ca_file=ca_file)
        return session

    def ask(self, **wanted: Any) -> Any:
        """Give one line, read one line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the real client's process ended: are tests/conformance/requirements.txt installed?")
        found = json.loads(line)
        if "error" in found:
            raise RealClientError(found["error"], found["message"], found["code"])
        return found["result"]

    def close(self) -> None:
        """End the process and clean up."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()
        subprocess.run(["gpgconf", "--kill", "all"], env=self._env, capture_output=True, check=False)
        shutil.rmtree(self._home, ignore_errors=True)

    def _named(self) -> RealSession:
        self._made += 1
        return RealSession(self, f"session-{self._made}")

    def __enter__(self) -> RealClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
