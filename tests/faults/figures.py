# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of a soak run: added up across tests and processes, read by tests/faults/soak.py."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

PLACE = "SOAK_FIGURES"


def add(name: str, count: int = 1) -> None:
    """Add to a figure; nothing happens outside a soak run."""
    place = os.environ.get(PLACE)
    if place:
        with open(place, "a", encoding="utf-8") as stream:
            stream.write(json.dumps([name, count]) + "\n")


def total(place: Path) -> dict[str, int]:
    """The sums of a run."""
    sums: Counter[str] = Counter()
    for line in place.read_text(encoding="utf-8").splitlines():
        name, count = json.loads(line)
        sums[name] += count
    return dict(sums)
