# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run opened for itself alone is closed when it ends, however it ends; what another run uses stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.playing import Player, definition
from tests.sandbox.harness import Sandbox

ENABLED = {"ANSIBLE_CALLBACKS_ENABLED": "results,gatehouse.api.sessions"}
OPEN = "- gatehouse.api.session: {name: mail, proton: \"{{ alice | combine({'lifetime': 'run'}) }}\"}\n"
INTERRUPTIBLE = (
    "import os, signal, sys; [signal.signal(n, signal.SIG_DFL) for n in (1, 2)]; os.execv(sys.argv[1], sys.argv[1:])"
)
"""A job in the background ignores interruptions otherwise, and one under nohup the end of its terminal."""
LOOK_UP = "- ansible.builtin.debug: {msg: \"{{ lookup('gatehouse.api.session', 'mail').uid }}\"}\n"


def live(sandbox: Sandbox) -> int:
    return len(sandbox.state("proton")["sessions"])


class Going:
    """A run that goes on until it is told to end: its last task reads a pipe."""

    def __init__(self, player: Player, tasks: str, env: dict[str, str]) -> None:
        self.pipe = player.directory / f"pipe-{player.runs}"
        os.mkfifo(self.pipe)
        wait = {"name": "wait", "ansible.builtin.command": {"argv": ["cat", str(self.pipe)]}}
        given = player.write("vars.yml", yaml.safe_dump(player.vars))
        listed = [*yaml.safe_load(tasks), wait]
        play = {"hosts": "localhost", "gather_facts": False, "vars_files": [str(given)], "tasks": listed}
        path = player.write(f"going-{player.runs}.yml", yaml.safe_dump([play]))
        player.runs += 1
        results = player.directory / "going.jsonl"
        self.output = player.directory / "going.txt"
        with self.output.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-c", INTERRUPTIBLE, str(player.core.bin / "ansible-playbook"), str(path)],
                env=player.environment(results, env),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.end = self.pipe.open("w")  # opens when the last task reads

    def ended(self) -> str:
        """Let it end by itself, and read what it printed."""
        self.end.close()
        self.process.wait(60)
        return self.output.read_text()

    def cancelled(self, number: int) -> str:
        """Cancel it by a signal."""
        os.kill(self.process.pid, number)
        self.process.wait(60)
        self.end.close()
        return self.output.read_text()


@pytest.fixture
def going(play_newest: Player) -> Iterator[Any]:
    """Return what starts runs that go on; all are ended with the test."""
    started: list[Going] = []

    def start(tasks: str) -> Going:
        started.append(Going(play_newest, tasks, ENABLED))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()


def test_it_is_closed_when_the_run_ends(play: Player, sandbox: Sandbox) -> None:
    run = play(OPEN + LOOK_UP, env=ENABLED)
    assert "gatehouse.api: sessions opened 1, refreshed 0, reused 1; requests saved 2; closed mail" in run.output
    assert (live(sandbox), play.records()) == (0, [])


def test_it_is_closed_when_the_run_fails(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(OPEN + "- ansible.builtin.fail: {}\n", env=ENABLED, rc=2)
    assert "; closed mail" in run.output
    assert (live(sandbox), play_newest.records()) == (0, [])


def test_what_is_defined_elsewhere_and_opened_by_a_lookup_is_closed_too(play_newest: Player, sandbox: Sandbox) -> None:
    sessions = {"mail": {"proton": definition(sandbox, "alice", lifetime="run")}}
    run = play_newest(LOOK_UP, env=ENABLED, gatehouse_sessions=sessions)
    assert "; closed mail" in run.output
    assert (live(sandbox), play_newest.records()) == (0, [])


def test_what_is_kept_is_kept(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest('- gatehouse.api.session: {name: mail, proton: "{{ alice }}"}', env=ENABLED)
    assert "; closed" not in run.output
    assert live(sandbox) == 1


def test_without_the_callback_it_is_kept_and_that_is_said(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(OPEN)
    assert "nobody will close it at the end" in run.output
    assert live(sandbox) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_is_closed_when_the_run_is_cancelled(
    going: Any, play_newest: Player, sandbox: Sandbox, number: signal.Signals
) -> None:
    run = going(OPEN)
    assert live(sandbox) == 1
    output = run.cancelled(number)
    assert run.process.returncode != 0
    assert "Traceback" not in output, output
    assert (live(sandbox), play_newest.records()) == (0, [])


def test_another_run_that_uses_it_keeps_it_open(going: Any, play_newest: Player, sandbox: Sandbox) -> None:
    first = going(OPEN)
    second = play_newest(OPEN + LOOK_UP, env=ENABLED)
    assert "sessions opened 0" in second.output
    assert "; closed" not in second.output
    assert live(sandbox) == 1
    assert "; closed mail" in first.ended()
    assert (live(sandbox), play_newest.records()) == (0, [])


def test_a_killed_run_leaves_it_to_the_next(going: Any, play_newest: Player, sandbox: Sandbox) -> None:
    first = going(OPEN)
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait()
    assert live(sandbox) == 1
    other = OPEN.replace("name: mail", "name: other")
    run = play_newest(other, env=ENABLED)
    assert "; closed other, mail" in run.output
    assert (live(sandbox), play_newest.records()) == (0, [])


def test_a_run_that_finds_the_session_of_a_killed_one_uses_and_closes_it(
    going: Any, play_newest: Player, sandbox: Sandbox
) -> None:
    first = going(OPEN)
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait()
    run = play_newest(OPEN, env=ENABLED)
    assert "sessions opened 0, refreshed 0, reused 1" in run.output
    assert "; closed mail" in run.output
    assert live(sandbox) == 0


def test_what_cannot_be_closed_is_said_and_the_run_is_not_failed_by_it(
    going: Any, play_newest: Player, sandbox: Sandbox, tmp_path: Path
) -> None:
    run = going(OPEN)
    sandbox.fault("proton", "status", route="logout", status=500, count=None)
    output = run.ended()
    assert run.process.returncode == 0
    assert "Session 'mail' could not be closed at the end" in " ".join(output.split())
    assert play_newest.records() != []
