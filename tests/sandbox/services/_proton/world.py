# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All state of the Proton service; a reset makes a new one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...clock import Clock
from .forks import ForkDesk
from .login import Attempts, LoginDesk
from .second_factor import SecondFactor
from .sessions import SessionBook
from .settings import ProtonSettings
from .verification import VerificationDesk

if TYPE_CHECKING:
    from ...service import Service

_SEED = secrets.token_bytes(32)


@dataclass
class World:
    """The desks of the service, and the way back to its settings and addresses."""

    service: Service
    login: LoginDesk = field(init=False)
    attempts: Attempts = field(init=False)
    second_factor: SecondFactor = field(init=False)
    sessions: SessionBook = field(init=False)
    forks: ForkDesk = field(init=False)
    verification: VerificationDesk = field(init=False)

    def __post_init__(self) -> None:
        """Open every desk."""
        self.renew()

    def renew(self) -> None:
        """Empty every desk."""
        clock, canaries = self.clock, self.service.canaries
        self.login = LoginDesk(clock, _SEED)
        self.attempts = Attempts(clock)
        self.second_factor = SecondFactor(clock)
        self.sessions = SessionBook(clock, canaries)
        self.forks = ForkDesk(clock, canaries)
        self.verification = VerificationDesk(clock, canaries)

    @property
    def clock(self) -> Clock:
        """The service's clock."""
        return self.service.clock

    @property
    def settings(self) -> ProtonSettings:
        """The settings of this moment."""
        found: ProtonSettings = self.service.settings
        return found
