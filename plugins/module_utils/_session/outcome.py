# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What became of a session: values, without I/O."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Failure
from .record import Record


@dataclass(frozen=True)
class Outcome:
    """What became of a session.

    :param changed: whether this call changed it (or would, in check mode).
    :param before: the record as it was found; None when there was none.
    :param after: the record as it is now (or would be); None when there is none.
    """

    changed: bool
    before: Record | None
    after: Record | None


class NotInCheckMode(Failure):
    """What was asked for needs a session that check mode must not open or renew."""

    def __init__(self, name: str) -> None:
        super().__init__("authentication_needed", f"Check mode neither opens nor renews session {name!r}.")
