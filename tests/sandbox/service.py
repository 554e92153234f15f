# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every service of the sandbox is: operations, state that can be reset, and its own words for errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any, ClassVar

from .canaries import Canaries
from .clock import Clock
from .exchange import Call, Operation, Refusal, Reply
from .faults import Fault, FaultBox
from .journal import Journal
from .redaction import SECRET_HEADERS, SECRET_KEYS, Redaction

Mutation = Callable[[Fault, Reply], Reply]
Guard = Callable[[Fault, Call], bool]


class BadSettings(ValueError):
    """Settings that the service does not know."""


class Service:
    """Base of all services. A subclass gives the class attributes and overrides what it needs."""

    name: ClassVar[str]
    settings_type: ClassVar[type[Any]]
    secret_keys: ClassVar[frozenset[str]] = frozenset()
    secret_headers: ClassVar[frozenset[str]] = frozenset()
    secret_params: ClassVar[frozenset[str]] = frozenset()
    # Fault kinds of this service alone, with the options each takes.
    fault_options: ClassVar[Mapping[str, frozenset[str]]] = {}

    def __init__(self) -> None:
        self.url = ""
        self.plain_url = ""
        self.clock = Clock()
        self.canaries = Canaries()
        self.settings: Any = self.settings_type()
        self.faults = FaultBox(self.fault_options, self.guards())
        redaction = Redaction(
            self.canaries,
            keys=SECRET_KEYS | self.secret_keys,
            headers=SECRET_HEADERS | self.secret_headers,
            params=self.secret_params,
        )
        self.journal = Journal(self.clock, redaction)

    # What a subclass provides

    def operations(self) -> tuple[Operation, ...]:
        """Every operation it answers."""
        raise NotImplementedError

    def accounts(self) -> dict[str, dict[str, Any]]:
        """The accounts that tests may log in with, secrets included."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """What is open now, with no secret."""
        return {}

    def codes(self) -> dict[str, Any]:
        """What a person would receive or solve: mailed codes, captchas, one-time codes."""
        return {}

    def act(self, what: str, arguments: dict[str, Any]) -> Any:
        """Do something to the service's world that no client asked for; ValueError when it is not known."""
        raise ValueError(f"{self.name} has no deeds: {what}")

    def renew(self) -> None:
        """Make all state of the service new."""

    def gate(self, call: Call, operation: Operation) -> None:
        """Checks that come before every operation; raises Refusal."""

    def guards(self) -> Mapping[str, Guard]:
        """Fault kinds that demand something of the request. True: satisfied now; Refusal: not yet."""
        return {}

    def mutations(self) -> Mapping[str, Mutation]:
        """Fault kinds that change a finished reply."""
        return {}

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """An error in the words of this API."""
        raise NotImplementedError

    def api_code(self, reply: Reply) -> int | None:
        """The API's own code in a reply."""
        return None

    def route_of(self, call: Call, operation: Operation) -> str:
        """The name of a request's route: another one than its operation's where one path does many things."""
        return operation.name

    def routes(self) -> frozenset[str]:
        """The names of all routes."""
        return frozenset(operation.name for operation in self.operations())

    def secrets(self) -> list[str]:
        """Every secret ever in play."""
        return self.canaries.secrets()

    def moved(self) -> None:
        """The clock shows another time than before."""

    def stop(self) -> None:
        """The process ends."""

    # What all have in common

    def start(self, url: str, plain_url: str) -> None:
        """Learn the addresses and make the first state."""
        self.url, self.plain_url = url, plain_url
        self.renew()

    def reset(self) -> None:
        """Back to the fresh start."""
        self.faults.clear()
        self.journal.clear()
        self.clock.reset()
        self.settings = self.settings_type()
        self.renew()

    def change_settings(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Change some settings; all of them come back."""
        known = {field.name: field.default for field in fields(self.settings_type)}
        if unknown := set(wanted) - set(known):
            raise BadSettings(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
        checked = {name: _like(known[name], name, value) for name, value in wanted.items()}
        self.settings = replace(self.settings, **checked)
        return asdict(self.settings)

    def refused(self, refusal: Refusal) -> Reply:
        """The reply to a refused call."""
        body = self.error_body(refusal.status, refusal.code, refusal.error, refusal.details)
        return Reply(refusal.status, body, headers=refusal.headers, refused=refusal.reason)


def _like(default: Any, name: str, value: Any) -> Any:
    if isinstance(default, bool) is not isinstance(value, bool):
        raise BadSettings(f"{name} must be of the type of {default!r}")
    if isinstance(default, tuple):
        return tuple(value)
    return type(default)(value)
