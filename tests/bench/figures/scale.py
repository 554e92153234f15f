# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""store_scale: whether a record is found as fast among many."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.bench.figure import Figure
from tests.bench.runner import Bench

IDS = ("store_scale",)


def measure(bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
    bench.fresh_home()
    many = 500 if bench.quick else 10000
    found = bench.python("tests.bench.processes.reads", str(bench.home), str(many), str(max(bench.repetitions, 5)))
    yield Figure(
        "store_scale",
        found["ratio"],
        1.2,
        "x",
        f"One record read from a file store, opened and decoded: in a store of {many} records, names in random order, "
        "over a store of ten; one process, in turn.",
        {"microseconds": found["microseconds"]},
    )
