# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""One-time codes that a program of the user's own prints (Akiflow page, section 8, command callback)."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
import typing as t

from . import secrets
from .errors import Failure
from .signals import allowed

LONGEST = 64  # characters of a code
MOST = 4096  # bytes that are read; who prints more prints no code
PAUSE = 0.1  # seconds between two looks whether a program that printed nothing has ended

# What programs need to run at all; what the job has in its environment besides may be secret.
INHERITED = frozenset(
    {
        "DBUS_SESSION_BUS_ADDRESS",
        "HOME",
        "LANG",
        "LANGUAGE",
        "LOGNAME",
        "PATH",
        "SHELL",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TMPDIR",
        "TZ",
        "USER",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
    }
)


def code_of(argv: t.Sequence[str], account: str, requested_at: float, timeout: float) -> str:
    """Run a program, without a shell, and take the code from its standard output.

    It finds the account in `GATEHOUSE_ACCOUNT`, and in `GATEHOUSE_REQUESTED_AT` when the code was asked for, in seconds
    since 1970; nothing on its standard input. What it says on standard error is dropped.

    :param argv: program and arguments.
    :param account: e-mail address that the code was sent to.
    :param timeout: seconds that it may take.
    :returns: one word.
    :raises Failure: `definition` when it cannot be started, `two_factor_needed` when it gives no code.
    """
    with allowed():
        process = _started(argv, account, requested_at)
        try:
            printed = _printed(process, time.monotonic() + timeout)
        finally:
            _end(process)
    name = argv[0]
    if printed is None:
        raise _no_code(f"{name} gave no code within {timeout:g} seconds")
    if len(printed) > MOST:
        raise _no_code(f"{name} printed far more than a code")
    if process.returncode:
        raise _no_code(f"{name} ended with {_ending(process.returncode)}")
    code = printed.decode("utf-8", "replace").strip()
    if not code:
        raise _no_code(f"{name} printed nothing")
    if len(code) > LONGEST or not code.isascii() or not code.isprintable() or " " in code:
        raise _no_code(f"{name} printed something else than one short word")
    secrets.add(code)
    return code


def _started(argv: t.Sequence[str], account: str, requested_at: float) -> subprocess.Popen[bytes]:
    if isinstance(argv, (str, bytes)) or not argv or not all(isinstance(word, str) and word for word in argv[:1]):
        raise Failure("definition", "code_command must be a list: a program and its arguments.")
    environment = {name: value for name, value in os.environ.items() if name in INHERITED or name.startswith("LC_")}
    environment["GATEHOUSE_ACCOUNT"] = account
    environment["GATEHOUSE_REQUESTED_AT"] = f"{requested_at:.3f}"
    try:
        return subprocess.Popen(  # pylint: disable=ansible-bad-function
            list(argv),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError, TypeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else "not a list of texts"
        raise Failure("definition", f"code_command {argv[0]} cannot be started ({why}).") from exc


def _printed(process: subprocess.Popen[bytes], ends: float) -> bytes | None:
    """What it printed until it ended; None when it did not in time.

    A child that it left behind may keep the pipe open: its own end is what counts.
    """
    output = t.cast("t.IO[bytes]", process.stdout)
    found, closed = b"", False
    while len(found) <= MOST:
        ended = process.poll() is not None
        wait = 0.0 if ended else min(PAUSE, ends - time.monotonic())
        if wait < 0:
            return None
        if closed:
            if ended:
                return found
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(wait)
        elif select.select([output], [], [], wait)[0]:
            chunk = os.read(output.fileno(), MOST)
            found, closed = found + chunk, not chunk
        elif ended:
            return found
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it stays when it has not ended by itself."""
    if process.poll() is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    t.cast("t.IO[bytes]", process.stdout).close()


def _ending(status: int) -> str:
    return f"status {status}" if status > 0 else f"signal {-status}"


def _no_code(what: str) -> Failure:
    return Failure("two_factor_needed", f"code_command: {what}.", methods=["email"])
