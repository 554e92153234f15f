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
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import EXPIRED
from tests.faults import figures, kinds, operations
from tests.faults.actors import Told
from tests.faults.aftermath import NO_ANSWER
from tests.faults.operations import Operation
from tests.faults.scene import Scene, succeeded

SHARE = 47
"""The bounded run takes one in so many cases of each operation; of the later providers fewer."""
IMPATIENCE = 0.3  # seconds that a client waits for a held reply
LONGEST_MESSAGE = 500


@pytest.mark.timeout(3600)
def test_failure_or_recovery(scene: Scene, operation: Operation, soak: bool) -> None:
    """The routes are those that the operation is seen to use."""
    found: list[str] = []
    with scene.servant():
        cases = [(route, fault) for route in _routes(scene, operation) for fault in kinds.every(scene.provider)]
        chosen = cases if soak else _share(cases, operation, scene.provider.share)
        for route, fault in chosen:
            case = Case(scene, operation, route, fault, anew=bool(found))
            found += [f"{operation}, {route}, {fault}: {problem}" for problem in case.problems()]
    figures.add("faults", len(chosen))
    assert not found, "\n".join(found)


def _share(
    cases: list[tuple[str, dict[str, Any]]], operation: Operation, share: float
) -> list[tuple[str, dict[str, Any]]]:
    """A few that are spread over all; and every redirect for the operation that follows them."""
    spread = cases[operations.ALL.index(operation) :: round(SHARE / share)]
    redirects = [case for case in cases if operation.name == "request" and case[1]["kind"] == "redirect"]
    return [*spread, *(case for case in redirects if case not in spread)]


def _routes(scene: Scene, operation: Operation) -> list[str]:
    arranged = scene.arranged(operation, anew=True)
    since = len(scene.journal())
    scene.done(operation.name, arranged)
    return sorted({entry["route"] for entry in scene.journal(since)})


class Case:
    """One fault on one route of one operation."""

    def __init__(
        self, scene: Scene, operation: Operation, route: str, fault: Mapping[str, Any], *, anew: bool = False
    ) -> None:
        self.scene = scene
        self.operation = operation
        self.fault = {"route": route, **fault}
        self.anew = anew
        self.explained: list[str] = []

    def problems(self) -> Iterator[str]:
        """Everything that is not as promised."""
        scene, operation = self.scene, self.operation
        arranged = scene.arranged(operation, anew=self.anew)
        since = len(scene.journal())
        scene.fault(**self.fault)
        timeout = {"timeout": IMPATIENCE} if self.fault["kind"] == "hold" else {}
        told = scene.run(operation.name, arranged, **timeout).told
        scene.sandbox.clear_faults(scene.provider.service)
        yield from _fit(told, "under the fault")
        yield from (f"unreadable: {problem}" for problem in scene.unreadable())
        if told is not None and told.failure:
            self.explained += told.warnings
            if operation.lost(scene):
                yield from self._explained(arranged)
                return
            lost = self._lost_refresh(since)
            if operation.bare:  # its selector may be spent
                scene.pass_time((told.failure["retry_after"] or 0) + 1)
                arranged = operation.arrange(scene)
            yield from self._recovery(arranged, told.failure)
            if lost and not any(NO_ANSWER in warning for warning in self.explained):
                yield f"a lost refresh is not explained: {self.explained} after {told.failure}"
        yield from _spent_again(scene, scene.journal(since))
        yield from self._end()
        if not self._lied():
            yield from self.operation.check(scene)

    def _lied(self) -> bool:
        """Whether the service says what cannot be told from the truth: that it has nothing, or that all went well."""
        well = self.fault["kind"] in ("status", "empty", "huge") and self.fault.get("status", 200) == 200
        return self.fault.get("body") == [] or (self.operation.silent and well)

    def _lost_refresh(self, since: int) -> bool:
        """Whether the service gave new tokens to a session, and the store has the old ones."""
        scene = self.scene
        if not (self.operation.opened and scene.provider.rotates):
            return False
        if not succeeded(scene.journal(since), *scene.provider.rotating_routes):
            return False
        record = scene.records().get("cloud")
        return record is not None and not scene.lives(record)

    def _explained(self, arranged: Mapping[str, str]) -> Iterator[str]:
        """What is lost for good is said at the next try."""
        again = self.scene.run(self.operation.name, arranged).told
        yield from _fit(again, "afterwards")
        if again is None or not again.failure or NO_ANSWER not in again.failure["message"]:
            yield f"what was lost for good is not explained: {again}"

    def _recovery(self, arranged: Mapping[str, str], failure: Mapping[str, Any]) -> Iterator[str]:
        """With the fault gone it works: at the time that a failure names, and by force where a secret was refused."""
        force = failure["kind"] == "credentials_rejected"
        for attempt in range(2):
            again = self.scene.run(self.operation.name, arranged, force=force).told
            yield from _fit(again, "afterwards")
            if again is None or again.crash:
                return
            self.explained += again.warnings
            if not again.failure:
                return
            if attempt or again.failure["retry_after"] is None:
                yield f"does not recover: {again.failure} after {failure}"
                return
            self.scene.pass_time(again.failure["retry_after"] + 1)

    def _end(self) -> Iterator[str]:
        record = self.scene.records().get(self.operation.session)
        if record is not None and record.state == EXPIRED:  # a success that told, in passing, that this was the last
            self.scene.done("open")
            record = self.scene.records().get(self.operation.session)
        if self.operation.ends:
            if record is not None:
                yield "the record is still there"
        elif not self.scene.lives(record):
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


def _spent_again(scene: Scene, journal: list[dict[str, Any]]) -> Iterator[str]:
    """Only the token of a refresh whose answer was lost may come once more."""
    spent: dict[str, int] = {}
    for entry in journal:
        token = scene.provider.spent(entry)
        if token in spent:
            spent[token] += 1
        elif entry["work"] == "ok" and token:
            spent[token] = 0
    yield from (
        f"the token {token} came {times} times after it was spent" for token, times in spent.items() if times > 1
    )
