# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All state of the Tanium service; a reset makes a new one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...clock import Clock
from ...exchange import Call
from .._misplaced import Misplaced
from .accounts import ACCOUNTS
from .login import LoginDesk
from .objects import Groups
from .sessions import SessionBook
from .settings import TaniumSettings
from .tokens import TokenShelf

if TYPE_CHECKING:
    from ...service import Service

LOOPBACK = "127.0.0.0/8"
# Where secrets may travel (section 8, rule 15).
_HEADERS = frozenset({"session", "password", "secondary"})
_BODIES = frozenset({"session_login", "session_validate", "session_logout", "token_rotate"})


@dataclass
class World:
    """The desks of the service, and the way back to its settings and addresses."""

    service: Service
    login: LoginDesk = field(init=False)
    sessions: SessionBook = field(init=False)
    tokens: TokenShelf = field(init=False)
    groups: Groups = field(init=False)
    misplaced: Misplaced = field(init=False)

    def __post_init__(self) -> None:
        """Open every desk."""
        self.renew()

    def renew(self) -> None:
        """Empty every desk; the tokens that accounts begin with are there again."""
        clock, canaries = self.clock, self.service.canaries
        self.login = LoginDesk(clock)
        self.sessions = SessionBook(clock, canaries, lambda: self.settings.idle_seconds)
        self.tokens = TokenShelf(clock, canaries)
        self.groups = Groups()
        self.misplaced = Misplaced(canaries, _HEADERS, _BODIES)
        for account in ACCOUNTS.values():
            if account.api_token is not None:
                days = self.settings.token_days
                self.tokens.create(account.username, "seeded", days, LOOPBACK, account.api_token)

    def peer(self, call: Call) -> str:
        """Where a request comes from."""
        return self.settings.peer_address or call.peer.rpartition(":")[0]

    @property
    def clock(self) -> Clock:
        """The service's clock."""
        return self.service.clock

    @property
    def settings(self) -> TaniumSettings:
        """The settings of this moment."""
        found: TaniumSettings = self.service.settings
        return found
