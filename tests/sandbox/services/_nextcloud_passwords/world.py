# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All state of the Nextcloud Passwords service; a reset makes a new one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...clock import Clock
from .accounts import ACCOUNTS
from .credentials import Credentials
from .limits import Limits
from .making import Maker
from .second_factor import SecondFactor
from .seeds import fill
from .sessions import SessionBook
from .settings import NextcloudPasswordsSettings
from .users import User
from .watch import SHORTEST, Watch

if TYPE_CHECKING:
    from ...service import Service


@dataclass
class World:
    """The users and the desks of the service, and the way back to its settings and clock."""

    service: Service
    users: dict[str, User] = field(init=False)
    credentials: Credentials = field(init=False)
    sessions: SessionBook = field(init=False)
    limits: Limits = field(init=False)
    second_factor: SecondFactor = field(init=False)
    watch: Watch = field(init=False)
    maker: Maker = field(init=False)

    def __post_init__(self) -> None:
        """Everything new."""
        self.renew()

    def renew(self) -> None:
        """Back to the fresh start."""
        clock, canaries = self.clock, self.service.canaries
        self.credentials = Credentials(clock)
        self.sessions = SessionBook(clock, canaries)
        self.limits = Limits(clock)
        self.second_factor = SecondFactor(clock, canaries)
        self.watch = Watch()
        self.maker = Maker(canaries, self.watch)
        self.users = {name: User(account, clock.now) for name, account in ACCOUNTS.items()}
        for user in self.users.values():
            fill(self.maker, user)
            self.watch.add(user.account.master_password or "")

    def secret(self, text: str) -> None:
        """A secret that must never arrive, and never be shown."""
        self.watch.add(text)
        if len(text) >= SHORTEST:
            self.service.canaries.add(text)

    @property
    def clock(self) -> Clock:
        """The service's clock."""
        return self.service.clock

    @property
    def settings(self) -> NextcloudPasswordsSettings:
        """The settings of this moment."""
        found: NextcloudPasswordsSettings = self.service.settings
        return found
