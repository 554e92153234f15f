# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault on every route of every operation: a success, a recovery or a failure with a kind; then all is well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import KINDS

from tests.faults import figures, kinds, operations
from tests.faults.actors import Told, fingerprints
from tests.faults.aftermath import NO_ANSWER
from tests.faults.operations import Operation
from tests.faults.scene import Scene, succeeded
from tests.faults.subjects import PROVIDERS

SHARE = 7
"""One in so many cases is part of the bounded run."""
IMPATIENCE = 0.3  # seconds that a client waits for a held reply
LONGEST_MESSAGE = 500


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every operation of every provider."""
    if "operation" in metafunc.fixturenames:
        found = [operation for provider in PROVIDERS.values() for operation in operations.of(provider)]
        metafunc.parametrize("operation", found, ids=str)


@pytest.mark.timeout(3600)
def test_failure_or_recovery(scene: Scene, operation: Operation, soak: bool) -> None:
    """The routes are those that the operation is seen to use."""
    found: list[str] = []
    with scene.servant():
        cases = [(route, fault) for route in _routes(scene, operation) for fault in kinds.every(scene.provider)]
        first = operations.ALL.index(operation)
        chosen = cases if soak else cases[first % SHARE :: SHARE]
        for route, fault in chosen:
            found += [f"{operation}, {route}, {fault}: {problem}" for problem in _met(scene, operation, route, fault)]
    figures.add("faults", len(chosen))
    assert not found, "\n".join(found)


def _routes(scene: Scene, operation: Operation) -> list[str]:
    scene.reset(second_factor=operation.second_factor)
    arranged = operation.arrange(scene)
    since = len(scene.journal())
    scene.done(operation.name, arranged)
    return sorted({entry["route"] for entry in scene.journal(since)})


def _met(scene: Scene, operation: Operation, route: str, fault: Mapping[str, Any]) -> Iterator[str]:
    scene.reset(second_factor=operation.second_factor)
    arranged = operation.arrange(scene)
    since = len(scene.journal())
    scene.sandbox.fault(scene.provider.name, **{"route": route, **fault})
    timeout = {"timeout": IMPATIENCE} if fault["kind"] == "hold" else {}
    told = scene.run(operation.name, arranged, **timeout).told
    yield from _fit(told, "under the fault")
    scene.sandbox.clear_faults(scene.provider.name)
    yield from (f"unreadable: {problem}" for problem in scene.unreadable())
    lost = _lost_refresh(scene, operation, since)
    if told is not None and told.failure:
        if operation.bare:
            arranged = operation.arrange(scene)  # its selector may be spent
        yield from _recovered(scene, operation, arranged, told, lost=lost)
    yield from _spent_again(scene, since)
    record = scene.records().get(operation.session)
    if operation.ends:
        if record is not None:
            yield "the record is still there"
    elif record is None or fingerprints(record)["access_token"] not in scene.alive().values():
        yield f"no record, or a dead one: {record}"


def _fit(told: Told | None, when: str) -> Iterator[str]:
    """What promise 7 says of every failure."""
    if told is None or told.crash:
        yield f"crashed {when}: {told.crash if told else 'died'}"
    elif told.failure:
        message = told.failure["message"]
        if told.failure["kind"] not in KINDS:
            yield f"no kind {when}: {told.failure}"
        if not message or not message.isprintable() or len(message) > LONGEST_MESSAGE:
            yield f"no sentence {when}: {message!r}"


def _lost_refresh(scene: Scene, operation: Operation, since: int) -> bool:
    """Whether the service gave new tokens to a session, and the store has the old ones."""
    if not operation.opened or not succeeded(scene.journal(since), scene.provider.refresh_route):
        return False
    record = scene.records().get("cloud")
    return record is not None and fingerprints(record).get("access_token") not in scene.alive().values()


def _recovered(
    scene: Scene, operation: Operation, arranged: Mapping[str, str], told: Told, *, lost: bool
) -> Iterator[str]:
    """With the fault gone it works: at the time that a failure names, and by force where a secret was refused."""
    assert told.failure is not None
    force = told.failure["kind"] == "credentials_rejected"
    explained = list(told.warnings)
    for _attempt in range(2):
        again = scene.run(operation.name, arranged, force=force).told
        yield from _fit(again, "afterwards")
        if again is None or again.crash:
            return
        explained += again.warnings
        if not again.failure:
            break
        if again.failure["retry_after"] is None:
            yield f"does not recover: {again.failure} after {told.failure}"
            return
        scene.pass_time(again.failure["retry_after"] + 1)
    else:
        yield f"does not recover at the time it names: {again.failure}"
    if lost and not any(NO_ANSWER in warning for warning in explained):
        yield f"a lost refresh is not explained: {explained} after {told.failure}"


def _spent_again(scene: Scene, since: int) -> Iterator[str]:
    spent: dict[str, int] = {}
    for entry in scene.journal(since):
        token = entry["fingerprints"].get("refresh", "")
        if token and token in spent:
            spent[token] += 1
        elif entry["work"] == "ok" and token:
            spent[token] = 0
    yield from (f"the token {token} came {times} times after it was spent" for token, times in spent.items() if times > 1)
