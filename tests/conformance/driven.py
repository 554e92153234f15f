# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A driver of a real client as tests hold it: a process of its own, a JSON line in, a JSON line out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from .real_client import RealClientError


class Driven:
    """The process. It has a home of its own, no proxy, and ends with its stdin."""

    def __init__(self, driver: str, **env: str) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="real-client-")
        kept: Mapping[str, str] = {n: v for n, v in os.environ.items() if not n.lower().endswith("_proxy")}
        python = os.environ.get("GATEHOUSE_CONFORMANCE_PYTHON") or sys.executable
        self._process = subprocess.Popen(
            [python, str(Path(__file__).with_name(driver))],
            env={**kept, "HOME": self._home.name, "NO_PROXY": "127.0.0.1", **env},
            cwd=self._home.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, do: str, **wanted: Any) -> Any:
        """Give one line, read one line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **wanted}) + "\n")
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
        self._home.cleanup()

    def __enter__(self) -> Driven:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
