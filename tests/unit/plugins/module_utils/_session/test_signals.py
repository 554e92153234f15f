# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals that cancel wait for the end of a block, none is lost, and the mask is always put back: real processes."""

from __future__ import annotations

import contextlib
import os
import signal
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.signals import CANCELLING, allowed, deferred
from tests.unit.plugins.children import Child, Pipe

NewChild = Callable[..., Child]
NUMBERS = pytest.mark.parametrize("number", sorted(CANCELLING), ids=lambda number: signal.Signals(number).name)
INTERRUPTIONS = 1000


def mask() -> set[int]:
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))


@pytest.fixture
def _same_mask() -> Iterator[None]:
    before = mask()
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ordinary() -> None:
    """Let signals do to a child what they do to a program: not ignored, as under nohup, nor made an exception."""
    for number in CANCELLING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, CANCELLING)


def signalled(child: Child, number: int) -> None:
    assert child._process.pid is not None
    os.kill(child._process.pid, number)


def test_the_signals_that_cancel_a_job_are_those() -> None:
    assert {signal.SIGINT, signal.SIGTERM, signal.SIGHUP} == CANCELLING


def outside(pipe: Pipe) -> None:
    ordinary()
    pipe.say("outside")
    pipe.hear()


@NUMBERS
def test_outside_a_signal_ends_the_process_at_once(new_child: NewChild, number: int) -> None:
    child = new_child(outside)
    child.hear()
    signalled(child, number)
    assert child.ended() == -number


def inside(pipe: Pipe) -> None:
    ordinary()
    with deferred():
        pipe.say("inside")
        pipe.say(pipe.hear())
    pipe.say("still alive")


@NUMBERS
def test_a_deferred_signal_comes_when_the_block_is_done(new_child: NewChild, number: int) -> None:
    child = new_child(inside)
    assert child.hear() == "inside"
    signalled(child, number)
    child.say("saved")
    assert child.hear() == "saved"
    assert child.ended() == -number
    with pytest.raises(AssertionError, match="gone"):
        child.hear()


def nested(pipe: Pipe) -> None:
    ordinary()
    with deferred():
        with deferred():
            pipe.say("inside")
            pipe.hear()
        pipe.say("after the inner block")
    pipe.say("still alive")


def test_blocks_inside_a_block_end_nothing_early(new_child: NewChild) -> None:
    child = new_child(nested)
    child.hear()
    signalled(child, signal.SIGTERM)
    child.say()
    assert child.hear() == "after the inner block"
    assert child.ended() == -signal.SIGTERM


def waiting(pipe: Pipe) -> None:
    ordinary()
    with deferred(), allowed():
        pipe.say("waiting")
        pipe.hear()


@NUMBERS
def test_a_signal_ends_a_wait_inside_a_block_at_once(new_child: NewChild, number: int) -> None:
    child = new_child(waiting)
    child.hear()
    signalled(child, number)
    assert child.ended() == -number


def waiting_later(pipe: Pipe) -> None:
    ordinary()
    with deferred():
        pipe.say("inside")
        pipe.hear()
        pipe.say("about to wait")
        with allowed():
            pipe.say("waiting")


def test_a_signal_that_was_put_off_comes_when_a_wait_begins(new_child: NewChild) -> None:
    child = new_child(waiting_later)
    child.hear()
    signalled(child, signal.SIGTERM)
    child.say()
    assert child.hear() == "about to wait"
    assert child.ended() == -signal.SIGTERM
    with pytest.raises(AssertionError, match="gone"):
        child.hear()


def waited(pipe: Pipe) -> None:
    ordinary()
    with deferred():
        with allowed():
            pass
        pipe.say("after the wait")
        pipe.hear()
        pipe.say("saved")
    pipe.say("still alive")


def test_after_a_wait_signals_are_put_off_again(new_child: NewChild) -> None:
    child = new_child(waited)
    child.hear()
    signalled(child, signal.SIGTERM)
    child.say()
    assert child.hear() == "saved"
    assert child.ended() == -signal.SIGTERM


def interrupted(pipe: Pipe, path: Path) -> str:
    ordinary()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with deferred():
            pipe.say("inside")
            pipe.hear()
            path.write_text("saved", encoding="ascii")
        return "not interrupted"
    except KeyboardInterrupt:
        return path.read_text(encoding="ascii")


def test_a_keyboard_interrupt_comes_after_the_block(new_child: NewChild, tmp_path: Path) -> None:
    child = new_child(interrupted, tmp_path / "token")
    child.hear()
    signalled(child, signal.SIGINT)
    child.say()
    assert child.hear() == "saved"


def counting(pipe: Pipe) -> int:
    ordinary()
    taken = []
    signal.signal(signal.SIGTERM, lambda number, frame: taken.append(number))
    for _time in range(2):
        with deferred():
            pipe.say("inside")
            pipe.hear()
            assert len(taken) == _time
    return len(taken)


def test_each_block_delivers_what_came_in_it(new_child: NewChild) -> None:
    child = new_child(counting)
    for _time in range(2):
        child.hear()
        signalled(child, signal.SIGTERM)
        child.say()
    assert child.hear() == 2


def other(pipe: Pipe, number: int) -> list[int]:
    taken: list[int] = []
    signal.signal(number, lambda number, frame: taken.append(number))
    with deferred():
        pipe.say("inside")
        pipe.hear()
        return list(taken)


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGCHLD, signal.SIGALRM, signal.SIGQUIT])
def test_other_signals_come_at_once(new_child: NewChild, number: int) -> None:
    child = new_child(other, number)
    child.hear()
    signalled(child, number)
    child.say()
    assert child.hear() == [number]


@pytest.mark.usefixtures("_same_mask")
@pytest.mark.parametrize("block", [deferred, allowed])
@pytest.mark.parametrize("blocked", [set(), {signal.SIGTERM}, {signal.SIGUSR2, signal.SIGHUP}], ids=len)
def test_the_mask_is_what_it_was_also_after_an_error(block: Any, blocked: set[signal.Signals]) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    with contextlib.suppress(LookupError), block():
        assert (mask() - blocked == CANCELLING - blocked) if block is deferred else not mask() & CANCELLING
        raise LookupError
    assert mask() == blocked
    with block():
        pass
    assert mask() == blocked


class Interruption:
    """A handler that raises, as Python's own for SIGINT does, but only where it is wanted."""

    def __init__(self) -> None:
        self.wanted = False

    def __call__(self, number: int, frame: types.FrameType | None) -> None:
        if self.wanted:
            self.wanted = False
            raise KeyboardInterrupt


def flooded(pipe: Pipe, waits: bool) -> int:
    """How often an interruption, wherever it came, left signals blocked."""
    ordinary()
    interruption = Interruption()
    signal.signal(signal.SIGINT, interruption)
    pipe.say("ready")
    left_blocked = 0
    for _time in range(INTERRUPTIONS):
        with contextlib.suppress(KeyboardInterrupt):
            interruption.wanted = True
            while True:
                with deferred(), allowed() if waits else contextlib.nullcontext():
                    pass
        left_blocked += bool(mask() & CANCELLING)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, CANCELLING)
    return left_blocked


@pytest.mark.parametrize("waits", [False, True], ids=["deferred", "allowed-inside"])
def test_an_interruption_at_any_moment_leaves_no_signal_blocked(new_child: NewChild, waits: bool) -> None:
    """Else a process that was interrupted just when it began could never be cancelled again."""
    child = new_child(flooded, waits)
    child.hear()
    while child.silent():
        signalled(child, signal.SIGINT)
    assert child.hear() == 0
