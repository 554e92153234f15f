# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real child processes for tests: started with a function, heard and told through a pipe, always ended."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

PATIENCE = 60.0  # seconds until a silent child fails its test

if multiprocessing.current_process().name != "MainProcess" and os.environ.get("ANSIBLE_COLLECTIONS_PATH"):
    # A spawned child has no collection loader; the directory that tests/conftest.py made is enough.
    sys.path.insert(0, os.environ["ANSIBLE_COLLECTIONS_PATH"])


class ChildFailed(AssertionError):
    """A child's function raised, or the child said nothing."""


class Child:
    """A process that runs `work(pipe, *args)`. What it returns is its last word."""

    def __init__(self, work: Callable[..., Any], *args: Any, method: str = "fork") -> None:
        context: Any = multiprocessing.get_context(method)
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(work, theirs, args), daemon=True)
        self._process.start()
        theirs.close()
        self.pid: int = self._process.pid

    def hear(self) -> Any:
        """The next thing that it says."""
        if not self._pipe.poll(PATIENCE):
            raise ChildFailed("the child says nothing")
        try:
            kind, value = self._pipe.recv()
        except EOFError:
            raise ChildFailed(f"the child is gone (exit code {self.ended()})") from None
        if kind == "failed":
            raise ChildFailed(value)
        return value

    def silent(self) -> bool:
        """Whether it has said nothing that was not heard."""
        return not self._pipe.poll(0)

    def say(self, value: Any = True) -> None:
        """Tell it something."""
        self._pipe.send(value)

    def kill(self) -> None:
        """Kill it without any chance to clean up, and wait for its end."""
        if self._process.is_alive():
            os.kill(self._process.pid, signal.SIGKILL)
        # Without a limit: with one, a grandchild that inherited the process's sentinel would be waited for.
        self._process.join()

    def ended(self) -> int | None:
        """Wait for its end; the exit code."""
        self._process.join(PATIENCE)
        code: int | None = self._process.exitcode
        return code

    def close(self) -> None:
        """End it, whatever it does."""
        self.kill()
        self._pipe.close()


class Pipe:
    """A child's end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def say(self, value: Any = True) -> None:
        """Tell the test something."""
        self._connection.send(("said", value))

    def hear(self) -> Any:
        """Wait for the test."""
        return self._connection.recv()


def _run(work: Callable[..., Any], connection: Connection, args: tuple[Any, ...]) -> None:
    pipe = Pipe(connection)
    try:
        pipe.say(work(pipe, *args))
    except Exception:  # noqa: BLE001 (told to the parent)
        connection.send(("failed", traceback.format_exc()))
