# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill a process at any I/O step of any operation: another one finishes, and nothing is lost, spent twice or locked."""

from __future__ import annotations

import signal

import pytest

from tests.faults import figures
from tests.faults.aftermath import Death, problems
from tests.faults.operations import Operation
from tests.faults.scene import Scene

BOUNDED = 5
"""Kills of each operation in the bounded run."""


@pytest.mark.timeout(3600)
def test_another_process_finishes(scene: Scene, operation: Operation, soak: bool) -> None:
    """Steps are counted in a run that is not killed; each kill then gets a world of its own."""
    steps = _counted(scene, operation)
    found: list[str] = []
    kills = 0
    for number, step in enumerate(_chosen(len(steps), 0 if soak else scene.provider.sampled(BOUNDED))):
        defined = not operation.undefined or number % 2 == 0
        died, new = _killed(scene, operation, step, defined=defined)
        kills += died
        found += [f"{operation}, step {step} ({steps[step - 1]}), defined {defined}: {problem}" for problem in new]
    figures.add("kills", kills)
    figures.add("steps", len(steps))
    assert not found, "\n".join(found)


def _counted(scene: Scene, operation: Operation) -> list[str]:
    return scene.done(operation.name, scene.arranged(operation, anew=True)).steps


def _chosen(count: int, kills: int) -> list[int]:
    """Which steps: so many that are spread over all, or all of them."""
    if not kills:
        return list(range(1, count + 1))
    return sorted({1 + (2 * number + 1) * count // (2 * kills) for number in range(kills)})


def _killed(scene: Scene, operation: Operation, step: int, *, defined: bool) -> tuple[bool, list[str]]:
    arranged = scene.arranged(operation, anew=bool(scene.store.litter(scene.directory)))
    since, strangers = len(scene.journal()), scene.strangers()
    victim = scene.run(operation.name, arranged, kill_at=step)
    if victim.code != -signal.SIGKILL:
        assert victim.told is not None, victim
        return False, []  # it took fewer steps this time
    death = Death.of(scene, operation, since, strangers)
    finisher = scene.run(operation.finish or operation.name, arranged, defined=defined, pid=victim.pid)
    journal = scene.journal(since)
    return True, list(problems(scene, operation, death, finisher, journal, defined=defined))
