# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All state of the Akiflow service; a reset makes a new one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...clock import Clock
from .._misplaced import Misplaced
from .accounts import ACCOUNTS
from .cookies import CookieBook
from .login import LoginDesk
from .mails import PostOffice
from .objects import ObjectDesk
from .settings import AkiflowSettings
from .tokens import TokenBook

if TYPE_CHECKING:
    from ...service import Service

# Where secrets may travel: headers of all requests, bodies of these routes.
_HEADERS = frozenset({"authorization", "cookie", "x-xsrf-token"})
_BODIES = frozenset({"code", "refresh"})


@dataclass
class World:
    """The desks of the service, and the way back to its settings, clock and addresses."""

    service: Service
    cookies: CookieBook = field(init=False)
    login: LoginDesk = field(init=False)
    post: PostOffice = field(init=False)
    tokens: TokenBook = field(init=False)
    objects: ObjectDesk = field(init=False)
    refused: set[str] = field(init=False)
    misplaced: Misplaced = field(init=False)

    def __post_init__(self) -> None:
        """Open every desk."""
        self.renew()

    def renew(self) -> None:
        """Empty every desk."""
        clock, canaries = self.clock, self.service.canaries
        self.cookies = CookieBook(clock, canaries)
        self.login = LoginDesk(clock, canaries)
        self.post = PostOffice(clock)
        self.tokens = TokenBook(clock, canaries)
        self.objects = ObjectDesk()
        self.misplaced = Misplaced(canaries, _HEADERS, _BODIES)
        self.refused = {account.username for account in ACCOUNTS.values() if account.refused}
        for account in ACCOUNTS.values():
            self.objects.fill(account)

    def base(self, scheme: str) -> str:
        """The service's own address, as the caller reached it."""
        return self.service.url if scheme == "https" else self.service.plain_url

    @property
    def clock(self) -> Clock:
        """The service's clock."""
        return self.service.clock

    @property
    def settings(self) -> AkiflowSettings:
        """The settings of this moment."""
        found: AkiflowSettings = self.service.settings
        return found
