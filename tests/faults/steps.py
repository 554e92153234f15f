# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every I/O step of a piece of work, found by tracing the interpreter; the process can be killed at any of them.

A step is one moment before or after a C function of a module that does I/O: files, directories, locks, sockets, TLS.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from types import FrameType, ModuleType, TracebackType
from typing import Any

MODULES = frozenset({"posix", "fcntl", "select", "_socket", "_ssl", "_io"})
IN_MEMORY = (io.BytesIO, io.StringIO)
# Functions of these modules that neither change nor await anything: a kill there is a kill at the next step.
QUESTIONS = frozenset(
    {
        "_path_normpath", "_path_splitroot", "_path_splitroot_ex", "access", "cpu_count", "decode", "environ",
        "fileno", "fspath", "fstat", "get_blocking", "get_inheritable", "getcwd", "getdefaulttimeout", "getegid",
        "geteuid", "getgid", "getpeername", "getpid", "getppid", "getsockname", "getsockopt", "gettimeout", "getuid",
        "inet_aton", "inet_ntop", "inet_pton", "isatty", "listdir", "lstat", "open_code", "putenv", "readable",
        "readlink", "scandir", "seekable", "stat", "stat_result", "strerror", "tell", "text_encoding", "uname",
        "unsetenv", "urandom", "writable",
    }
)  # fmt: skip


class Steps:
    """Counts the steps of a block, and kills this process at one of them.

    :param kill_at: the step, counted from 1; None to count only.
    """

    def __init__(self, kill_at: int | None = None) -> None:
        self.kill_at = kill_at
        self.count = 0
        self.names: list[str] = []

    def __enter__(self) -> Steps:
        sys.setprofile(self._seen)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.setprofile(None)

    def _seen(self, frame: FrameType, event: str, function: Any) -> None:
        if not event.startswith("c_") or not touches_world(function):
            return
        self.count += 1
        if self.count == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.names.append(f"{'before' if event == 'c_call' else 'after'} {function.__qualname__}")


def touches_world(function: Any) -> bool:
    """Whether a C function does I/O, by the module that it, or the object it belongs to, comes from."""
    owner = getattr(function, "__self__", None)
    home = owner.__name__ if isinstance(owner, ModuleType) else type(owner).__module__
    return home in MODULES and not isinstance(owner, IN_MEMORY) and function.__name__ not in QUESTIONS
