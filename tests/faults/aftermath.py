# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true after a process was killed and another one has finished its work (promises 1 to 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults.actors import Told, fingerprints
from tests.faults.operations import CHILD, CLOUD, Operation
from tests.faults.scene import Ran, Scene, succeeded

Entries = list[dict[str, Any]]
NO_ANSWER = "got no answer"


@dataclass(frozen=True)
class Death:
    """How things stood when the process was dead.

    :param journal: what had arrived at the service since the operation began.
    :param strangers: sessions at the service that no record knew before, by their marks.
    :param holds: whether what the store has of the session is alive at the service.
    :param parent_holds: the same of the session that a child is asked of.
    :param lost: whether the service has made something whose answer is gone for good.
    """

    journal: Entries
    strangers: set[str]
    holds: bool
    parent_holds: bool
    lost: bool
    unreadable: list[str]
    litter: list[str]

    @classmethod
    def of(cls, scene: Scene, operation: Operation, since: int, strangers: set[str]) -> Death:
        """Look at it now."""
        journal = scene.journal(since)
        unreadable = scene.unreadable()
        records = {} if unreadable else scene.records()
        return cls(
            journal=journal,
            strangers=strangers,
            holds=scene.lives(records.get(operation.session)),
            parent_holds=scene.lives(records.get(CLOUD)),
            lost=not unreadable and operation.lost(scene),
            unreadable=unreadable,
            litter=scene.store.litter(scene.directory),
        )

    def rotated(self, scene: Scene) -> bool:
        """Whether the service had new tokens for a session whose old ones are still in the store."""
        refreshed = succeeded(self.journal, *scene.provider.rotating_routes)
        return scene.provider.rotates and bool(refreshed) and not self.parent_holds

    def made(self, scene: Scene) -> int:
        """How many sessions the service had made."""
        return len(succeeded(self.journal, scene.provider.login_route, scene.provider.child_route))


def problems(
    scene: Scene, operation: Operation, death: Death, ran: Ran, journal: Entries, *, defined: bool
) -> Iterator[str]:
    """Everything that is not as promised.

    :param ran: who finished the work.
    :param journal: what has arrived at the service since the operation began.
    :param defined: whether the finisher had a definition.
    """
    yield from (f"unreadable after the kill: {problem}" for problem in death.unreadable)
    if len(death.litter) > 1:
        yield f"more than one file left behind: {death.litter}"
    told = ran.told
    if told is None or told.crash:
        yield f"the finisher crashed: {told.crash if told else ran.code}"
        return
    yield from (f"unreadable at the end: {problem}" for problem in scene.unreadable())
    if told.waits and not scene.store.lease:
        yield f"a dead process's lock was waited for, {told.waits} times"
    defined = defined or scene.provider.unaided
    yield from _outcome(scene, operation, death, told, defined)
    yield from _logins(scene, operation, death, told, journal[len(death.journal) :], defined)
    yield from _spent_twice(scene, death, journal)
    if not any(told.failure or {}):
        yield from _state(scene, operation, told)
        yield from operation.check(scene)
    if not operation.gives and (scene.provider.ends or not operation.ends):
        yield from _orphans(scene, death)


def _outcome(scene: Scene, operation: Operation, death: Death, told: Told, defined: bool) -> Iterator[str]:
    failure = told.failure
    if death.rotated(scene) and operation.opened and not operation.ends and not defined:
        if not failure or failure["kind"] != "authentication_needed" or NO_ANSWER not in failure["message"]:
            yield f"a lost refresh is not explained: {failure}"
    elif death.lost:
        if not failure or NO_ANSWER not in failure["message"]:
            yield f"what was lost for good is not explained: {failure}"
    elif operation.bare and death.made(scene) and not death.holds:
        pass  # the selector is spent and what it gave is lost: nothing can be done but fail, of whatever kind
    elif failure:
        yield f"the finisher failed: {failure}"


def _logins(
    scene: Scene, operation: Operation, death: Death, told: Told, journal: Entries, defined: bool
) -> Iterator[str]:
    logins = len(succeeded(journal, scene.provider.login_route))
    children = scene.provider.child_route and operation.session == CHILD
    redeemed = len(succeeded(journal, scene.provider.child_route)) if children else 0
    if death.holds and operation.session in scene.records() and logins + redeemed:
        yield f"the session was in the store, alive, and was opened again: {logins + redeemed} times"
    if operation.opened and not death.rotated(scene) and logins:
        yield f"the service had not rotated, and yet there was a login ({told.warnings})"
    if operation.opened and death.rotated(scene) and defined and not operation.ends:
        if logins != 1:
            yield f"{logins} logins after a lost refresh"
        if not any(NO_ANSWER in warning for warning in told.warnings):
            yield f"a login after a lost refresh without a warning that says so: {told.warnings}"


def _spent_twice(scene: Scene, death: Death, journal: Entries) -> Iterator[str]:
    """Only a token whose acceptance was not heard of may come once more."""
    accepted: dict[str, int] = {}
    again: Counter[str] = Counter()
    for entry in journal:
        token = scene.provider.spent(entry)
        if entry["route"] not in scene.provider.rotating_routes or not token:
            continue
        if token in accepted:
            again[token] += 1
            if accepted[token] >= len(death.journal):
                yield f"a token spent twice, though nobody had died: {entry['sequence']}"
        elif entry["work"] == "ok":
            accepted[token] = journal.index(entry)
    for token, times in again.items():
        if times > 1:
            yield f"the token {token} was tried {times} times after it had been spent"


def _state(scene: Scene, operation: Operation, told: Told) -> Iterator[str]:
    records = scene.records()
    if set(records) - {"cloud", "child"}:
        yield f"records of nobody's: {sorted(records)}"
    if operation.ends:
        if operation.session in records:
            yield "the closed session's record is still there"
        return
    record = records.get(operation.session)
    if record is None:
        yield "no record at the end"
    elif not scene.lives(record):
        yield "the record at the end is dead at the service"
    elif told.tokens["access_token"] != fingerprints(record)["access_token"]:
        yield "the finisher was given other tokens than those of the record"


def _orphans(scene: Scene, death: Death) -> Iterator[str]:
    orphans = scene.strangers() - death.strangers
    allowed = 1 if death.rotated(scene) or (death.made(scene) and not death.holds) else 0
    if len(orphans) > allowed:
        yield f"{len(orphans)} sessions at the service that nobody holds; {allowed} could not be known"
