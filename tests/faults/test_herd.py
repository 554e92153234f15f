# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""64 processes at once: one refresh, one login, one wrong password, one failure (promises 1, 3 and 4)."""

from __future__ import annotations

import itertools

import pytest

from tests.faults import figures
from tests.faults.actors import Told
from tests.faults.herds import herd
from tests.faults.scene import Scene, succeeded, until
from tests.faults.subjects import Provider

SIZE = 64
ROUNDS = 20
SOAK_ROUNDS = 1000
HOUR = 3600


@pytest.fixture
def size(provider: Provider, soak: bool) -> int:
    """Return how many processes there are: in the bounded run of the later providers fewer."""
    return SIZE if soak else provider.sampled(SIZE)


def failures(told: list[Told]) -> set[str]:
    """The kinds of all failures; empty text for a success."""
    return {one.failure["kind"] if one.failure else "" for one in told}


@pytest.mark.timeout(7200)
def test_one_refresh_for_each_expiry(scene: Scene, size: int, soak: bool) -> None:
    """And the same new token for everybody, in every round."""
    scene.done("open")
    logins = len(scene.journal())
    rounds = SOAK_ROUNDS if soak else scene.provider.sampled(ROUNDS)
    seen: set[str] = set()
    with herd(size) as processes:
        for number in range(rounds):
            scene.grow_stale()
            since = len(scene.journal(logins)) + logins
            told = processes.all_do(scene.order("open"))
            assert failures(told) == {""}, f"round {number}: {[one.failure for one in told if one.failure][:3]}"
            tokens = {one.tokens["access_token"] for one in told}
            assert len(tokens) == 1, f"round {number}: {len(tokens)} different tokens"
            assert not tokens & seen or not scene.provider.rotates, f"round {number}: an old token"
            seen |= tokens
            wanted = scene.provider.refresh_routes or (scene.provider.refresh_route,)
            routes = tuple(entry["route"] for entry in scene.journal(since))
            assert tuple(route for route in routes if route not in scene.provider.aside) == wanted
            assert len(routes) <= len(wanted) + len(scene.provider.aside)
            assert not any(one.warnings for one in told)
    figures.add("rounds", rounds)
    figures.add("processes", size)


def test_one_login(scene: Scene, size: int) -> None:
    """Where there was no store, no key and no record."""
    with herd(size) as processes:
        told = processes.all_do(scene.order("open"))
    assert failures(told) == {""}, [one.failure for one in told if one.failure][:3]
    assert len({one.tokens["access_token"] for one in told}) == 1
    assert len(succeeded(scene.journal(), scene.provider.login_route)) == 1
    assert len(scene.alive()) == 1


def test_one_new_login_after_the_session_was_ended(scene: Scene, size: int) -> None:
    """The refused refresh token is sent once, too."""
    scene.done("open")
    scene.grow_stale()
    scene.forget()
    with herd(size) as processes:
        told = processes.all_do(scene.order("open"))
    assert failures(told) == {""}
    routes = [entry["route"] for entry in scene.journal()]
    assert routes.count(scene.provider.login_route) == 1
    assert routes[: routes.index(scene.provider.login_route)].count(scene.provider.refresh_route) == 1


def test_one_attempt_with_a_wrong_password(scene: Scene, size: int) -> None:
    """All others are refused here, before anything is sent; later ones, too."""
    order = scene.order("open", **scene.provider.wrong)
    with herd(size) as processes:
        told = processes.all_do(order) + processes.all_do(order)
    assert failures(told) == {"credentials_rejected"}
    route = scene.provider.wrong_route or scene.provider.login_route
    assert sum(entry["route"] == route for entry in scene.journal()) == 1


def test_one_attempt_at_a_service_that_is_down(scene: Scene, size: int) -> None:
    """Who waited for a flight that failed fails as it did."""
    route = scene.provider.first_route
    scene.fault("hold", route=route)
    scene.fault("drop_before", route=route, count=None)
    with herd(size, loud=True) as processes:
        processes.set_off(scene.order("open"))
        processes.wait_for_waiting(size - 1)
        until(lambda: scene.sandbox.held(scene.provider.service), "nothing was sent")
        scene.sandbox.release(scene.provider.service)
        told = processes.told()
        assert failures(told) == {"not_reachable"}
        assert len(scene.journal()) == 1
        scene.sandbox.clear_faults(scene.provider.service)
        assert failures(processes.all_do(scene.order("open"))) == {""}


def test_nobody_asks_before_the_service_wants_it(scene: Scene, size: int) -> None:
    """Longer than max_wait: all fail at once, naming the time, and nothing is sent."""
    scene.done("open")
    scene.fault("status", status=429, headers={"Retry-After": str(HOUR)})
    first = scene.run("request").told
    assert first is not None
    assert failures([first]) == {"rate_limited"}
    since = len(scene.journal())
    with herd(size) as processes:
        told = processes.all_do(scene.order("request"))
        assert failures(told) == {"rate_limited"}
        assert all(0 < one.failure["retry_after"] <= HOUR for one in told if one.failure)
        assert scene.journal(since) == []
        scene.pass_time(HOUR + 1)
        assert failures(processes.all_do(scene.order("request"))) == {""}


@pytest.mark.only("proton", "nextcloud_passwords")  # nobody but the client waits
def test_waiting_for_the_service_is_done_by_one(scene: Scene, size: int) -> None:
    """A second that the service asks for is a second in which nothing arrives, from any process."""
    route = scene.provider.first_route
    scene.fault("status", route=route, status=429, headers={"Retry-After": "1"}, count=2)
    with herd(size) as processes:
        told = processes.all_do(scene.order("open"))
    assert failures(told) == {""}, [one.failure for one in told if one.failure][:3]
    asked = scene.journal()[:3]
    assert [(entry["route"], entry["work"] == "ok") for entry in asked] == [
        (route, False),
        (route, False),
        (route, True),
    ]
    assert all(later["started"] >= earlier["ended"] + 1 for earlier, later in itertools.pairwise(asked))
