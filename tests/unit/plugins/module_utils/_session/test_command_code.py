# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes that a program prints: real processes, none of which stays (Akiflow protocol page, section 8)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.command_code import LONGEST, code_of
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from tests.unit.plugins.children import Child

ALICE = "alice@sandbox.test"
CODE = "canary042137"
LONG = 60.0


def python(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-S", "-c", program, *arguments]


def run(program: str, *arguments: str, timeout: float = LONG) -> str:
    return code_of(python(program, *arguments), ALICE, 1_700_000_000.25, timeout)


@contextlib.contextmanager
def failing(kind: str, match: str) -> Iterator[None]:
    with pytest.raises(Failure, match=match) as caught:
        yield
    assert caught.value.kind == kind
    assert "canary" not in str(caught.value)
    assert "canary" not in repr(caught.value.__cause__)


def test_one_word() -> None:
    assert run(f"print('  {CODE} ')") == CODE
    assert CODE in secrets._in_play


def test_no_shell_and_every_argument_as_it_is(tmp_path: Path) -> None:
    arguments = ["$HOME", "a b", "; touch x", "'", "*"]
    program = "import json, sys; open(sys.argv[1], 'w').write(json.dumps(sys.argv[2:])); print(1)"
    assert run(program, str(tmp_path / "seen"), *arguments) == "1"
    assert json.loads((tmp_path / "seen").read_text()) == arguments


def test_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_PASSPHRASE", "canary")
    monkeypatch.setenv("SOME_PASSWORD", "canary")
    monkeypatch.setenv("HTTPS_PROXY", "http://canary@proxy")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    program = "import json, os, sys; open(sys.argv[1], 'w').write(json.dumps(dict(os.environ))); print(1)"
    run(program, str(tmp_path / "seen"))
    seen = json.loads((tmp_path / "seen").read_text())
    assert seen["GATEHOUSE_ACCOUNT"] == ALICE
    assert seen["GATEHOUSE_REQUESTED_AT"] == "1700000000.250"
    assert seen["HOME"] == str(tmp_path)
    assert seen["PATH"] == os.environ["PATH"]
    assert seen["LC_ALL"] == "C.UTF-8"
    assert "canary" not in str(seen)


def test_standard_input_is_empty_and_standard_error_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    assert run("import sys; print('canary', file=sys.stderr); print(f'<{sys.stdin.read()}>')") == "<>"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("pass", "printed nothing"),
        ("print('  ')", "printed nothing"),
        ("print('canary 123456')", "something else than one short word"),
        ("print('canary\\n123456')", "something else than one short word"),
        ("print('canary\\0')", "something else than one short word"),
        ("print('canary\\x1b[1m')", "something else than one short word"),
        (r"import os; os.write(1, b'canary\xff')", "something else than one short word"),
        (f"print('canary' + '1' * {LONGEST})", "something else than one short word"),
        ("print('canary' * 100_000)", "printed far more than a code"),
        ("print('canary'); raise SystemExit(3)", "ended with status 3"),
        ("import os; print('canary', flush=True); os.kill(os.getpid(), 9)", "ended with signal 9"),
    ],
)
def test_no_code(program: str, message: str) -> None:
    with failing("two_factor_needed", message):
        run(program)


def test_endless_output() -> None:
    with failing("two_factor_needed", "printed far more than a code"):
        run("while True: print('canary')")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "must be a list"),
        ("echo 123456", "must be a list"),
        ([""], "must be a list"),
        ([5], "must be a list"),
        (["/nowhere/program", "canary"], r"/nowhere/program cannot be started \(No such file or directory\)"),
        (["/", "canary"], r"cannot be started \(Permission denied\)"),
        (["true", "canary\0"], "cannot be started"),
        (["true", 5], "cannot be started"),
    ],
)
def test_what_cannot_be_started(argv: list[str], message: str) -> None:
    with failing("definition", message):
        code_of(argv, ALICE, 0.0, LONG)


# Time: a program that waits for a line in a FIFO waits for ever


@pytest.mark.parametrize("program", ["", "print('canary', flush=True); ", "import os; os.close(1); "])
def test_in_time_or_not_at_all(tmp_path: Path, program: str) -> None:
    """Its child goes with it: whoever holds the FIFO open is gone when it reads to the end."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    child = f"open({str(fifo)!r}, 'w').write('x'); import signal; signal.pause()"
    start = f"import signal, subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {child!r}])"
    wait = f"{start}; signal.pause()"
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        started = time.monotonic()
        with failing("two_factor_needed", "gave no code within 1 seconds"):
            run(program + wait, timeout=1.0)
        assert time.monotonic() - started < LONG / 2
        os.set_blocking(reader, True)
        while os.read(reader, 100):
            pass
    finally:
        os.close(reader)


def test_what_it_leaves_behind_does_not_hold_us_up(tmp_path: Path) -> None:
    """A helper that starts an agent, which keeps the pipe."""
    program = (
        "import os, signal, sys\n"
        "pid = os.fork()\n"
        "if pid == 0: signal.pause()\n"
        "open(sys.argv[1], 'w').write(str(pid))\n"
        "print(123456)"
    )
    try:
        assert run(program, str(tmp_path / "pid")) == "123456"
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_an_interruption_ends_it(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    child = Child(interrupted, str(fifo))
    try:
        with open(fifo) as reader:  # opens when the program runs, ends when it is gone
            pid = int(reader.readline())
            os.kill(pid, signal.SIGINT)
            assert reader.read() == ""
    finally:
        child.close()


def interrupted(pipe: object, fifo: str) -> None:
    """In a process of its own: whose program tells its parent's process id."""
    program = (
        "import os, signal, sys; f = open(sys.argv[1], 'w'); print(os.getppid(), file=f, flush=True); signal.pause()"
    )
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it otherwise
    with contextlib.suppress(KeyboardInterrupt):
        code_of([sys.executable, "-S", "-c", program, fifo], ALICE, 0.0, LONG)
