# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All state of the ricloud service; a reset makes a new one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...clock import Clock
from .._misplaced import Misplaced
from .accounts import KEYS
from .resources import Key, Shelves, Source, User
from .sessions import SessionDesk
from .settings import RicloudSettings
from .telling import Teller
from .third_party import ThirdParty

if TYPE_CHECKING:
    from ...service import Service

# Where secrets may travel.
_HEADERS = frozenset({"authorization"})
_BODIES = frozenset({"session_create"})


@dataclass
class World:
    """What the API keeps, what is behind it, and the way back to the service's settings."""

    service: Service
    shelves: Shelves = field(init=False)
    third_party: ThirdParty = field(init=False)
    sessions: SessionDesk = field(init=False)
    teller: Teller = field(init=False)
    misplaced: Misplaced = field(init=False)
    numbers: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        """Open every desk."""
        self.renew()

    def renew(self) -> None:
        """Only the seeded keys are there."""
        now = self.clock.now()
        self.shelves = Shelves(
            keys=[
                Key(key.id, name, key.organisation, key.token, now, key.state, key.may_write)
                for name, key in KEYS.items()
            ]
        )
        self.third_party = ThirdParty(self.clock)
        self.sessions = SessionDesk(self)
        self.teller = Teller(lambda: self.settings)
        self.misplaced = Misplaced(self.service.canaries, _HEADERS, _BODIES)
        self.numbers = itertools.count(11)

    def user(self, key: Key, identifier: str) -> tuple[User, bool]:
        """The user of this label, and whether it is new."""
        for user in self.shelves.users:
            if (user.organisation, user.identifier) == (key.organisation, identifier):
                return user, False
        user = User(next(self.numbers), key.organisation, key.id, identifier, self.clock.now())
        self.shelves.users.append(user)
        return user, True

    def source(self, user: User, kind: str, identifier: str | None) -> tuple[Source, bool]:
        """The source of a user, and whether it is new."""
        for source in self.shelves.sources:
            if (source.user, source.type, source.identifier) == (user.id, kind, identifier):
                return source, False
        source = Source(next(self.numbers), user.organisation, user.id, kind, identifier, self.clock.now())
        self.shelves.sources.append(source)
        return source, True

    def key_by_token(self, token: str) -> Key | None:
        """The key of a token."""
        return next((key for key in self.shelves.keys if key.token == token), None)

    def rotate(self, key: Key) -> None:
        """Another token; the old one is dead in the same instant."""
        key.token = self.service.canaries.mint()

    @property
    def clock(self) -> Clock:
        """The service's clock."""
        return self.service.clock

    @property
    def settings(self) -> RicloudSettings:
        """The settings of this moment."""
        found: RicloudSettings = self.service.settings
        return found
