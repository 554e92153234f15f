# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A figure, and how the two sides of a ratio are run in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table. Lower is better.

    :param bar: what it must not exceed.
    :param unit: what it is a number of.
    :param how: how it was taken.
    :param peers: what others need for the same, and further numbers of interest.
    """

    id: str
    value: float
    bar: float
    unit: str
    how: str
    peers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.value <= self.bar

    def as_dict(self) -> dict[str, Any]:
        """As build/bench.json has it."""
        return {"value": self.value, "bar": self.bar, "unit": self.unit, "how": self.how, "peers": dict(self.peers)}


def in_turn(sides: Mapping[str, Callable[[], float]], repetitions: int) -> dict[str, float]:
    """Run all sides in turn, again and again, and return the median of each.

    What disturbs the machine for a while then disturbs all of them.
    """
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _repetition in range(repetitions):
        for name, side in sides.items():
            taken[name].append(side())
    return {name: median(values) for name, values in taken.items()}


def ratio(value: float, base: float) -> float:
    return round(value / base, 3)


def rounded(values: Mapping[str, float], scale: float = 1.0, digits: int = 2) -> dict[str, float]:
    return {name: round(value * scale, digits) for name, value in values.items()}
