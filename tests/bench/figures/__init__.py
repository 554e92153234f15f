# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures, one family a file: the IDs it can take, and `measure`, which takes those that are wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from tests.bench.figure import Figure
from tests.bench.figures import credentials, herd, imports, lookups, memory, redis, rejected, scale, srp, storm, tasks
from tests.bench.runner import Bench


class Family(Protocol):
    """What the file of a family has."""

    @property
    def IDS(self) -> tuple[str, ...]:  # noqa: N802 (a constant of each file)
        """The figures of this family."""

    def measure(self, bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
        """Take the wanted figures."""


FAMILIES: Sequence[Family] = (herd, credentials, rejected, storm, lookups, redis, tasks, imports, srp, memory, scale)
IDS = tuple(name for family in FAMILIES for name in family.IDS)
