# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of a service, which tests move without waiting."""

from __future__ import annotations

import time
from email.utils import formatdate


class Clock:
    """Real time plus an offset."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """Seconds since the epoch, as the service sees it."""
        return time.time() + self.offset

    def jump(self, seconds: float) -> None:
        """Move the clock by that many seconds, forward or back."""
        self.offset += seconds

    def reset(self) -> None:
        """Show real time again."""
        self.offset = 0.0

    def http_date(self) -> str:
        """The time in the form of a Date header."""
        return formatdate(self.now(), usegmt=True)
