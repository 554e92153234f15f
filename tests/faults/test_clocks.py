# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks that are a day wrong, here or at the service: a refresh too early or too late, and nothing is lost."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.faults.scene import Scene, succeeded

DAY = 86400.0
WAYS = pytest.mark.parametrize("seconds", [DAY + 60, -DAY - 60], ids=lambda seconds: f"{seconds:+g}")


def _well(scene: Scene, since: int, warnings: list[str]) -> None:
    record = scene.records()["cloud"]
    assert scene.lives(record)
    assert not succeeded(scene.journal(since), scene.provider.login_route), warnings
    assert warnings == []


@WAYS
@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_a_session_survives(scene: Scene, seconds: float, whose: str) -> None:
    """It is refreshed if need be, never opened again; and again when the clock has been set right."""
    scene.done("open")
    since = len(scene.journal())
    if whose == "theirs" and scene.provider.slides:  # nothing can outlive a day there
        seconds = math.copysign(scene.provider.lifetime / 3, seconds)
    for step in (seconds, -seconds):
        if whose == "ours":
            scene.clock.offset += step
        else:
            scene.sandbox.clock(scene.provider.service, step)
        told = scene.done("request")
        _well(scene, since, told.warnings)


@WAYS
def test_a_code_of_the_wrong_time(scene: Scene, seconds: float) -> None:
    """The service refuses it; when the clock is right, it works, and nobody has waited for ever."""
    if not scene.provider.second_factor:
        pytest.skip("this provider has no second factor")
    scene.reset(second_factor=True)
    scene.clock.offset += seconds
    told = scene.run("open").told
    assert told is not None
    assert told.failure is not None
    assert told.failure["kind"] == "credentials_rejected"
    scene.clock.offset -= seconds
    again = scene.run("open", force=True).told
    assert again is not None
    assert again.failure is None


@WAYS
def test_a_service_that_asked_for_patience(scene: Scene, seconds: float) -> None:
    """A clock that was set back does not make a minute a day."""
    scene.done("open")
    scene.fault("status", status=429, headers={"Retry-After": "61"})
    first = scene.run("request").told
    assert first is not None
    assert first.failure is not None
    assert first.failure["kind"] == "rate_limited"
    scene.clock.offset += seconds
    assert scene.run("change").told is not None
    scene.clock.offset -= seconds
    scene.pass_time(62)
    scene.done("request")


@WAYS
def test_a_rejected_password_is_remembered_no_longer_than_its_window(scene: Scene, seconds: float) -> None:
    """Whichever way the clock goes; and the right one always works."""
    wrong: dict[str, Any] = dict(scene.provider.wrong)
    route = scene.provider.wrong_route or scene.provider.login_route
    for _try in range(2):
        told = scene.run("open", **wrong).told
        assert told is not None
        assert told.failure is not None
    assert sum(entry["route"] == route for entry in scene.journal()) == 1
    scene.clock.offset += seconds
    for _try in range(2):
        scene.run("open", **wrong)
    assert sum(entry["route"] == route for entry in scene.journal()) <= 2
    scene.done("open")
