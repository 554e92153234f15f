# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of a small store and of a large one.

python -m tests.bench.processes.reads DIRECTORY RECORDS REPETITIONS
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store
from tests.bench.figure import in_turn, ratio, rounded

SMALL = 10
READS = 2000


def main() -> None:
    directory, many, repetitions = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    sides = {}
    for size in (SMALL, many):
        place = str(directory / str(size))
        names = _filled(place, size)
        sides[f"one of {size}"] = lambda place=place, names=names: _read(place, names)
    seconds = in_turn(sides, repetitions)
    small, large = seconds.values()
    print(json.dumps({"ratio": ratio(large, small), "microseconds": rounded(seconds, 1e6, 1)}))


def _filled(place: str, size: int) -> list[str]:
    store = open_store(place)
    record = Record(
        "", "proton", "https://mail.example.com", tokens={"access_token": "a" * 32, "refresh_token": "r" * 32}
    )
    names = [f"session {number}" for number in range(size)]
    with mock.patch("os.fsync"):  # durability is not what is measured
        for name in names:
            store.write(replace(record, name=name, revision=1), 0)
    return names


def _read(place: str, names: list[str]) -> float:
    """Seconds of one read."""
    wanted = random.choices(names, k=READS)  # noqa: S311 (which record is read first)
    begun = time.perf_counter()
    for name in wanted:
        assert open_store(place).read(name)
    return (time.perf_counter() - begun) / READS


if __name__ == "__main__":
    os.umask(0o077)
    main()
