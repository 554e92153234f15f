# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""srp_overhead: what a cold Proton login costs beside the arithmetic that nobody can leave out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from statistics import median

from tests.bench.figure import Figure, ratio, rounded
from tests.bench.runner import PROVIDER, Bench

IDS = ("srp_overhead",)


def measure(bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
    bench.fresh_home()
    bench.sandbox.reset(PROVIDER)
    definition = json.dumps(bench.definition()[PROVIDER])
    taken: dict[str, list[float]] = {}
    for number in range(bench.repetitions):
        place = str(bench.home / f"store-{number}")
        found = bench.python("tests.bench.processes.logins", place, env={"BENCH_DEFINITION": definition})
        for name, seconds in found.items():
            taken.setdefault(name, []).append(seconds)
    values = {name: median(seconds) for name, seconds in taken.items()}
    yield Figure(
        "srp_overhead",
        ratio(values["open"], values["arithmetic"]),
        1.5,
        "x",
        "CPU time (user and system) of the client's process: a cold Proton login, from definition to saved record, "
        "libraries loaded before, over bcrypt with cost 10 and the three modular exponentiations alone.",
        {
            "milliseconds": rounded(values, 1e3),
            "ratio with loading the libraries": ratio(values["open"] + values["libraries"], values["arithmetic"]),
        },
    )
