# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the harness needs to know of a provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.sandbox.harness import Sandbox, fingerprint

Entry = Mapping[str, Any]


class Provider:
    """A provider as the harness needs to know it."""

    name: ClassVar[str]
    place_in_sandbox: ClassVar[str] = ""
    """The sandbox's service; the one of the same name if empty."""
    account: ClassVar[str]
    second_factor: ClassVar[str] = ""
    """An account with one-time codes, if there is such a thing."""
    share: ClassVar[float] = 1.0
    """How much of the samples of a bounded run it gets. What the client itself does, the first providers prove."""
    lifetime: ClassVar[float] = 86400.0
    login_route: ClassVar[str]
    """The route whose success makes a session."""
    first_route: ClassVar[str]
    """The route that a login begins with."""
    patient: ClassVar[bool] = True
    """Whether a login waits when that one is told to come later; else it fails, and whoever comes next waits."""
    strict_route: ClassVar[str] = ""
    """A route of a login at which every fault is the login's failure; `first_route` if empty."""
    refresh_route: ClassVar[str]
    refresh_routes: ClassVar[tuple[str, ...]] = ()
    """All that a refresh asks, in order; `refresh_route` alone if empty."""
    aside: ClassVar[tuple[str, ...]] = ()
    """What is asked now and then, of nobody's session."""
    child_route: ClassVar[str] = ""
    """The route whose success makes a child."""
    child_rotates: ClassVar[bool] = False
    """Whether that gives its parent other tokens, too."""
    redeem_route: ClassVar[str] = ""
    """The route whose reply makes a selector a session."""
    wire: ClassVar[Mapping[str, str]] = {}
    """Routes that are told apart here, and by what name the sandbox knows them."""
    path: ClassVar[str]
    """Something to ask with GET, and with POST, as any session."""
    rotates: ClassVar[bool] = True
    """Whether a refresh gives other tokens."""
    slides: ClassVar[bool] = False
    """Whether a session that nobody uses for its lifetime is gone for good."""
    unaided: ClassVar[bool] = False
    """Whether a record is enough to sign in again: no secret of the definition is needed."""
    ends: ClassVar[bool] = True
    """Whether the service can end a session when it is told to."""
    wrong: ClassVar[Mapping[str, Any]] = {"password": "this is not the password"}
    """Options that `wrong_route` refuses."""
    wrong_route: ClassVar[str] = ""
    """`login_route` if empty."""
    child: ClassVar[ForkRequest] = ForkRequest()
    """A child that it can have."""
    fields: ClassVar[tuple[str, ...]]
    """What replies hold, and may lack."""
    headers: ClassVar[Mapping[str, str]] = {}
    """What replies carry beside their bodies."""
    good: ClassVar[Mapping[str, Any]]
    """A reply that would do for nearly every route."""
    fuzzed: ClassVar[Mapping[str, Any]]
    """What a record has beside a name, an origin and times, where nobody knows the session."""
    settings: ClassVar[Mapping[str, Any]] = {}
    """Switches of its sandbox that differ from the defaults."""

    @property
    def service(self) -> str:
        """What the sandbox calls the service."""
        return self.place_in_sandbox or self.name

    @property
    def rotating_routes(self) -> tuple[str, ...]:
        """The routes whose success may give a session other tokens."""
        return (self.refresh_route, *([self.child_route] if self.child_rotates else []))

    def why_not(self) -> str:
        """Why its service cannot be started here, or nothing."""
        return ""

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        """The options of a whole definition, without defaults."""
        raise NotImplementedError

    def place(self, sandbox: Sandbox) -> dict[str, Any]:
        """The options that only say where the service is."""
        return {"url": sandbox.url(self.service), "ca_path": sandbox.ca_file}

    def anywhere(self, url: str) -> dict[str, Any]:
        """The options of a definition for a service that knows nobody, beside its `url`."""
        return {"username": "alice", "password": "a password", "totp_secret": "A" * 32}

    def able(self) -> frozenset[str]:
        """What it can do, as operations ask for it."""
        return provider_class(self.name).capabilities

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        """The live sessions: fingerprint of the access token, by what `mark` tells of their records."""
        raise NotImplementedError

    def mark(self, record: Record) -> str:
        """The fingerprint by which a session stays known when its tokens change."""
        return fingerprint(record.uid)

    def lives(self, sandbox: Sandbox, record: Record) -> bool:
        """Whether a record's session is alive, with the record's tokens."""
        return self.alive(sandbox).get(self.mark(record)) == fingerprint(record.tokens.get("access_token", ""))

    def strangers(self, sandbox: Sandbox, records: Iterable[Record]) -> set[str]:
        """The live sessions that are none of these records', by their marks."""
        return set(self.alive(sandbox)) - {self.mark(record) for record in records}

    def spent(self, entry: Entry) -> str:
        """The fingerprint of the token that a request of the journal would have made new."""
        return str(entry["fingerprints"].get("refresh", ""))

    def reply(self, url: str) -> Mapping[str, Any]:
        """A reply that would do for nearly every route of a service with this URL."""
        return self.good

    def stale_in(self, record: Record, now: float) -> float:
        """Seconds until a record has to be refreshed, while the service can still do that."""
        return self.lifetime + 60

    def another(self, sandbox: Sandbox) -> bool:
        """Make another session of the account behind the client's back; False where it takes a fork."""
        return False

    def route(self, entry: Entry) -> str:
        """The route of an entry of the journal, told apart as in `wire`."""
        return str(entry["route"])

    def faults(self) -> list[dict[str, Any]]:
        """Fault kinds of this protocol alone."""
        return []

    def sampled(self, count: int) -> int:
        """This provider's share of so many samples; at least two, so that they are spread."""
        return max(2, round(count * self.share))
