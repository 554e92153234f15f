# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A signal that cancels a job waits until new tokens are in the store, then does what it always does (promise 2)."""

from __future__ import annotations

import functools
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.actors import act
from tests.faults.operations import BY_NAME
from tests.faults.scene import Actor, Scene, until
from tests.faults.subjects import Provider

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="pending signals are read from /proc")


def _cases(provider: Provider) -> Iterator[tuple[str, str]]:
    """Operations and the route whose reply brings tokens."""
    yield "open", provider.login_route
    yield "refresh", provider.refresh_route
    yield "renew", provider.refresh_route
    if provider.child_route:
        yield "fork", provider.child_route
    if provider.redeem_route:
        yield "import", provider.redeem_route


def _pending(pid: int, number: int) -> bool:
    """Whether a signal was sent to a process that has not taken it yet."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        name, _colon, value = line.partition(":")
        if name in ("ShdPnd", "SigPnd") and int(value, 16) & 1 << (number - 1):
            return True
    return False


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_tokens_on_their_way_arrive_first(scene: Scene, number: signal.Signals) -> None:
    for name, route in _cases(scene.provider):
        arranged = scene.arranged(BY_NAME[name], anew=True)
        scene.fault("hold", route=route, when="after")
        actor = Actor(act, scene.order(name, arranged))
        try:
            until(lambda: scene.sandbox.held(scene.provider.service), f"{name}: nothing was sent")
            actor.signal(number)
            until(functools.partial(_pending, actor.pid, number), f"{name}: the signal was not put off")
            scene.sandbox.release(scene.provider.service)
            assert actor.ended() == -number, f"{name}: it did not end by the signal"
        finally:
            actor.close()
        record = scene.records().get(BY_NAME[name].session)
        assert record is not None, f"{name}: nothing was kept"
        assert scene.lives(record), f"{name}: dead tokens were kept"
        since = len(scene.journal())
        scene.done(name if name != "renew" else "open", arranged)
        assert route not in {entry["route"] for entry in scene.journal(since)}, f"{name}: it was done again"


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_who_only_waits_ends_at_once(scene: Scene, number: signal.Signals) -> None:
    """A service that wants to be asked later keeps nobody alive."""
    route, wait = scene.provider.first_route, {"Retry-After": "30"}
    scene.fault("status", route=route, count=None, status=429, headers=wait)
    if not scene.provider.patient:
        scene.run("open")
    actor = Actor(act, scene.order("open"))
    try:
        assert actor.hear() > 0
        actor.signal(number)
        assert actor.ended() == -number
    finally:
        actor.close()
