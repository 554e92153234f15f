# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that tests arm: what goes wrong, on which route, how often."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ANY_ROUTE = "*"
HOLD_LIMIT = 30.0

# Kinds that only slow a request down; they combine with each other and with one other fault.
PAUSES: Mapping[str, frozenset[str]] = {
    "delay": frozenset({"seconds", "when"}),
    "hold": frozenset({"seconds", "until_waiting", "when"}),
}
# Kinds that answer instead of the service, before the work or (when: after) once it is done.
REPLACEMENTS: Mapping[str, frozenset[str]] = {
    "status": frozenset({"status", "headers", "code", "error", "details", "body", "when"}),
    "html": frozenset({"status", "when"}),
    "empty": frozenset({"status", "when"}),
    "not_utf8": frozenset({"status", "when"}),
    "bare_error": frozenset({"status", "when"}),
    "huge": frozenset({"megabytes", "when"}),
    "redirect": frozenset({"location", "status", "when"}),
}
# Kinds that spoil the finished reply, or the connection that it would travel on.
SPOILERS: Mapping[str, frozenset[str]] = {
    "drop_before": frozenset(),
    "drop_after": frozenset(),
    "truncate": frozenset(),
    "no_code": frozenset(),
    "missing_field": frozenset({"fields"}),
    "wrong_content_type": frozenset({"content_type"}),
}
GENERIC: Mapping[str, frozenset[str]] = {**PAUSES, **REPLACEMENTS, **SPOILERS}
_COMMON = frozenset({"route", "count", "after", "kind"})


class BadFault(ValueError):
    """A fault that cannot be armed as written."""


@dataclass(frozen=True)
class Fault:
    """One fault as a test asked for it. `count` None: until reset."""

    number: int
    kind: str
    route: str
    count: int | None
    after: int
    options: Mapping[str, Any]

    def when_after(self) -> bool:
        """Whether the work is done first."""
        return bool(self.options.get("when", "before") == "after")


@dataclass(eq=False)
class _Armed:
    fault: Fault
    left: int | None
    skip: int
    waiting: int = 0
    release: asyncio.Event = field(default_factory=asyncio.Event)

    def use(self) -> None:
        if self.left is not None:
            self.left -= 1

    def spent(self) -> bool:
        return self.left is not None and self.left <= 0


@dataclass(frozen=True)
class Plan:
    """What goes wrong with one request: any number of pauses and guards, and at most one other fault."""

    pauses: tuple[_Armed, ...] = ()
    guards: tuple[Fault, ...] = ()
    fault: Fault | None = None

    async def pause(self, *, after: bool) -> None:
        """Wait as long as the armed pauses say."""
        for armed in self.pauses:
            if armed.fault.when_after() is after:
                await _wait(armed)

    def kind(self) -> str:
        """The kind of the one other fault, or nothing."""
        return self.fault.kind if self.fault else ""


async def _wait(armed: _Armed) -> None:
    options = armed.fault.options
    if armed.fault.kind == "delay":
        await asyncio.sleep(float(options.get("seconds", 1)))
        return
    armed.waiting += 1
    if armed.waiting >= int(options.get("until_waiting", 1 << 30)):
        armed.release.set()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(armed.release.wait(), float(options.get("seconds", HOLD_LIMIT)))


class FaultBox:
    """Holds the armed faults of one service."""

    def __init__(self, own: Mapping[str, frozenset[str]], guards: Iterable[str]) -> None:
        self._kinds = {**GENERIC, **own}
        self._guards = frozenset(guards)
        self._armed: list[_Armed] = []
        self._held: list[_Armed] = []
        self._numbers = itertools.count(1)

    def arm(self, wanted: Mapping[str, Any], routes: Iterable[str]) -> Fault:
        """Arm one fault; refuse what is misspelt."""
        kind, route = str(wanted.get("kind")), str(wanted.get("route", ANY_ROUTE))
        if kind not in self._kinds:
            raise BadFault(f"unknown kind {kind}; known: {', '.join(sorted(self._kinds))}")
        if route != ANY_ROUTE and route not in (known := set(routes)):
            raise BadFault(f"unknown route {route}; known: {', '.join(sorted(known))}")
        options = {name: value for name, value in wanted.items() if name not in _COMMON}
        if unknown := set(options) - self._kinds[kind]:
            raise BadFault(f"kind {kind} has no option {', '.join(sorted(unknown))}")
        count = wanted.get("count", 1)
        fault = Fault(
            number=next(self._numbers),
            kind=kind,
            route=route,
            count=None if count is None else int(count),
            after=int(wanted.get("after", 0)),
            options=options,
        )
        self._armed.append(_Armed(fault, fault.count, fault.after))
        return fault

    def take(self, route: str) -> Plan:
        """The faults that meet this request. Of those that do not combine, the first armed applies; the others wait."""
        pauses: list[_Armed] = []
        guards: list[Fault] = []
        chosen: Fault | None = None
        for armed in list(self._armed):
            if armed.fault.route not in (ANY_ROUTE, route):
                continue
            if armed.skip > 0:
                armed.skip -= 1
            elif armed.fault.kind in self._guards:
                guards.append(armed.fault)
            elif armed.fault.kind in PAUSES:
                pauses.append(armed)
                self._use(armed)
            elif chosen is None:
                chosen = armed.fault
                self._use(armed)
        return Plan(tuple(pauses), tuple(guards), chosen)

    def satisfied(self, fault: Fault) -> None:
        """A guard was satisfied once."""
        for armed in list(self._armed):
            if armed.fault.number == fault.number:
                self._use(armed)

    def release(self) -> int:
        """Let every held request go on; how many there were."""
        holds = self._holds()
        for armed in holds:
            armed.release.set()
        self._held = []
        return sum(armed.waiting for armed in holds)

    def armed(self) -> list[dict[str, Any]]:
        """What is armed now."""
        return [
            {"kind": armed.fault.kind, "route": armed.fault.route, "left": armed.left, "skip": armed.skip}
            for armed in self._armed
        ]

    def waiting(self) -> int:
        """How many requests are held now."""
        return sum(armed.waiting for armed in self._holds() if not armed.release.is_set())

    def clear(self) -> None:
        """Disarm everything and let held requests go."""
        self.release()
        self._armed = []

    def _holds(self) -> list[_Armed]:
        return [armed for armed in dict.fromkeys((*self._armed, *self._held)) if armed.waiting]

    def _use(self, armed: _Armed) -> None:
        armed.use()
        if armed.fault.kind == "hold" and armed not in self._held:
            self._held.append(armed)
        if armed.spent():
            self._armed.remove(armed)
