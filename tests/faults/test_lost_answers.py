# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers that cost most when they are lost: the service has done the work, and nobody here knows (promise 2)."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.faults.actors import Told, act, fingerprints
from tests.faults.aftermath import NO_ANSWER
from tests.faults.operations import BY_NAME
from tests.faults.scene import Actor, Scene, until

Lose = Callable[[Scene, str, str], None]


def _dropped(scene: Scene, name: str, route: str) -> None:
    """The connection ends instead of the answer; the process lives."""
    scene.fault("drop_after", route=route)
    told = scene.run(name).told
    assert told is not None
    assert told.failure is not None
    assert told.failure["kind"] == "not_reachable"


def _killed(scene: Scene, name: str, route: str) -> None:
    """The process ends before the answer."""
    scene.fault("hold", route=route, when="after")
    actor = Actor(act, scene.order(name))
    try:
        until(lambda: scene.sandbox.held(scene.provider.service), f"{name}: nothing was sent")
        actor.signal(signal.SIGKILL)
        assert actor.ended() == -signal.SIGKILL
    finally:
        actor.close()
    scene.sandbox.release(scene.provider.service)


@pytest.fixture(params=[_dropped, _killed], ids=["dropped", "killed"])
def lose(request: pytest.FixtureRequest) -> Lose:
    """Return what does an operation and loses the answer of a route."""
    found: Lose = request.param
    return found


def _routes(scene: Scene, route: str) -> int:
    return sum(entry["route"] == route for entry in scene.journal())


def _explained(told: Told | None) -> bool:
    assert told is not None
    assert not told.crash, told.crash
    said = [*told.warnings, (told.failure or {"message": ""})["message"]]
    return any(NO_ANSWER in text for text in said)


@pytest.mark.only("akiflow")
def test_an_akiflow_refresh_ends_in_a_login(scene: Scene, lose: Lose) -> None:
    """The spent token is tried once more, for the service may not have heard of it; then never again."""
    scene.arranged(BY_NAME["refresh"], anew=True)
    lose(scene, "refresh", "refresh")
    told = scene.done("open")
    assert _explained(told)
    assert scene.lives(scene.records()["cloud"])
    scene.done("open")
    assert len(scene.sandbox.state("akiflow")["reused"]) == 1
    assert _routes(scene, "login") == 2


@pytest.mark.only("akiflow")
def test_an_akiflow_refresh_is_lost_where_nobody_reads_the_mail(scene: Scene, lose: Lose) -> None:
    """It is said, and the spent token is not sent again however often somebody tries."""
    scene.arranged(BY_NAME["refresh"], anew=True)
    lose(scene, "refresh", "refresh")
    first, *others = [scene.run("open", code_command=["false"]).told for _try in range(3)]
    assert _explained(first)
    for told in (first, *others):
        assert told is not None
        assert told.failure is not None
        assert told.failure["kind"] == "two_factor_needed"
    assert len(scene.sandbox.state("akiflow")["reused"]) == 1
    assert _routes(scene, "login") == 2  # a login that waits for its code is not begun again
    scene.done("open")
    assert scene.lives(scene.records()["cloud"])


@pytest.mark.only("http", "oauth2")
def test_a_lost_refresh_ends_in_a_login(scene: Scene, lose: Lose) -> None:
    """The spent token is tried once more; what the service made of it is gone, or will never be of use to anybody."""
    scene.arranged(BY_NAME["refresh"], anew=True)
    lose(scene, "refresh", scene.provider.refresh_route)
    assert not scene.lives(scene.records()["cloud"])
    told = scene.done("open")
    assert _explained(told)
    assert scene.lives(scene.records()["cloud"])
    scene.done("open")
    assert _routes(scene, scene.provider.refresh_route) == 2
    assert _routes(scene, scene.provider.login_route) == 2


@pytest.mark.only("http", "oauth2")
def test_a_lost_refresh_is_explained_where_nobody_can_sign_in(scene: Scene, lose: Lose) -> None:
    """However often somebody tries, the spent token is not sent again."""
    scene.arranged(BY_NAME["refresh"], anew=True)
    lose(scene, "refresh", scene.provider.refresh_route)
    first, *others = [scene.run("open", defined=False).told for _try in range(3)]
    assert _explained(first)
    for told in (first, *others):
        assert told is not None
        assert told.failure is not None
        assert told.failure["kind"] == "authentication_needed"
    assert _routes(scene, scene.provider.refresh_route) == 2
    scene.done("open")
    assert scene.lives(scene.records()["cloud"])


@pytest.mark.only("oauth2")
@pytest.mark.parametrize("name", ["refresh", "fork", "selector"])
def test_an_oauth2_grant_whose_rotation_was_lost_is_over(scene: Scene, lose: Lose, name: str) -> None:
    """The server that sees the spent token again ends all that came of it; one new grant is there, and it is ours."""
    scene.arranged(BY_NAME[name], anew=True)
    lose(scene, name, "token_refresh" if name == "refresh" else "token_refresh_scoped")
    (lost,) = scene.alive()
    held = set(fingerprints(scene.records()["cloud"]).values())
    live = scene.sandbox.state("oauth2")["tokens"]
    assert [token["kind"] for token in live if token["token"] not in held].count("RefreshToken") == 1  # nobody has it
    told = scene.done(name)
    assert _explained(told)
    assert lost not in scene.alive()
    assert scene.sandbox.state("oauth2")["grants"] == 1
    assert scene.strangers() == set()
    assert all(scene.lives(record) for record in scene.records().values())
    assert _routes(scene, "token_password") == 2
    assert _routes(scene, "token_refresh") == (2 if name == "refresh" else 1)  # the spent one came once more


@pytest.mark.only("oauth2")
def test_an_oauth2_parent_without_a_definition_says_that_its_rotation_was_lost(scene: Scene, lose: Lose) -> None:
    """A fork spends the parent's refresh token: so the parent is over, and the child was never there."""
    scene.arranged(BY_NAME["fork"], anew=True)
    lose(scene, "fork", "token_refresh_scoped")
    told = scene.run("fork", defined=False).told
    assert _explained(told)
    assert told is not None
    assert told.failure is not None
    assert told.failure["kind"] == "authentication_needed"
    assert set(scene.records()) == {"cloud"}
    assert scene.sandbox.state("oauth2")["grants"] == 0
    assert [scene.run("fork", defined=False).told.failure is None for _try in range(2)] == [False, False]  # type: ignore[union-attr]
    assert (_routes(scene, "token_refresh"), _routes(scene, "token_refresh_scoped")) == (1, 1)


@pytest.mark.only("oauth2")
def test_an_oauth2_rotation_by_a_fork_that_was_heard_of_is_never_lost(scene: Scene) -> None:
    """Killed at any step after the parent's new token was stored: the parent lives on, and so does the next child."""
    operation = BY_NAME["fork"]
    steps = scene.done("fork", scene.arranged(operation, anew=True)).steps
    asked = max(number for number, name in enumerate(steps, 1) if name == "before _SSLSocket.write")
    stored = next(number for number, name in enumerate(steps, 1) if number > asked and name == "after rename")
    for step in sorted({stored + 1, (stored + len(steps)) // 2, len(steps)}):
        scene.arranged(operation, anew=True)
        assert scene.run("fork", kill_at=step).code == -signal.SIGKILL
        assert scene.lives(scene.records()["cloud"]), steps[step - 1]
        scene.done("fork", defined=False)
        assert all(scene.lives(record) for record in scene.records().values())
        assert _routes(scene, "token_password") == 1
        assert scene.sandbox.state("oauth2")["grants"] == 1


@pytest.mark.only("tanium")
def test_a_tanium_rotation_is_explained_until_another_token_is_minted(scene: Scene, lose: Lose) -> None:
    """The old value is not sent again: it is dead, and the new one is nowhere."""
    operation = BY_NAME["rotate token"]
    scene.arranged(operation, anew=True)
    lose(scene, operation.name, "token_rotate")
    assert operation.lost(scene)
    for _try in range(2):
        told = scene.run(operation.name).told
        assert _explained(told)
        assert told is not None
        assert told.failure is not None
        assert told.failure["hint"]
    assert _routes(scene, "token_rotate") == 1
    for name in ("revoke token", "mint token", operation.name):
        scene.done(name)
    assert list(operation.check(scene)) == []
    assert scene.lives(scene.records()["cloud"])


@pytest.mark.only("tanium")
def test_a_tanium_rotation_that_was_heard_of_is_never_lost(scene: Scene) -> None:
    """Killed at any step after its answer was stored: whoever comes next has the new value."""
    operation = BY_NAME["rotate token"]
    steps = scene.done(operation.name, scene.arranged(operation, anew=True)).steps
    asked = max(number for number, name in enumerate(steps, 1) if name == "before _SSLSocket.write")  # the list again
    stored = max(number for number, name in enumerate(steps[:asked], 1) if name == "after rename")
    for step in sorted({stored + 1, (stored + len(steps)) // 2, len(steps)}):
        scene.arranged(operation)
        assert scene.run(operation.name, kill_at=step).code == -signal.SIGKILL
        assert not operation.lost(scene), steps[step - 1]
        scene.done(operation.name)
        assert list(operation.check(scene)) == []


@pytest.mark.only("ricloud")
def test_a_ricloud_session_that_nobody_was_told_of_is_adopted(scene: Scene, lose: Lose) -> None:
    """Each further creation would be another login at the third party."""
    lose(scene, "open", "session_create")
    assert len(scene.alive()) == 1
    assert scene.records() == {}
    scene.done("open")
    assert _routes(scene, "session_create") == 1
    assert scene.strangers() == set()
    assert scene.lives(scene.records()["cloud"])
    scene.done("close")
    assert scene.alive() == {}
