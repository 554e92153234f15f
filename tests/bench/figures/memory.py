# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""worker_memory: what the warm path adds to a worker."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from tests.bench.figure import Figure, in_turn, rounded
from tests.bench.runner import SESSION, Bench

IDS = ("worker_memory",)


def measure(bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
    variables = bench.opened()
    note = "not lookup('bench_notes', 'it')"
    lookup = f"lookup('gatehouse.api.session', '{SESSION}').name == '' or {note}"
    tasks: dict[str, dict[str, Any]] = {
        "empty": {"bench_empty": {}, "changed_when": note},
        "task": {"gatehouse.api.session": {"name": SESSION}, "changed_when": note},
        "lookup": {"bench_empty": {}, "changed_when": lookup},
    }
    private: dict[str, list[float]] = {name: [] for name in tasks}

    def run(name: str) -> float:
        played = bench.play([tasks[name]] * 3, variables=variables)
        private[name].append(max(note["private"] for note in played.notes) / 1024)
        return float(max(note["peak"] for note in played.notes)) / 1024

    peak = in_turn({name: lambda name=name: run(name) for name in tasks}, bench.repetitions)  # type: ignore[misc]
    yield Figure(
        "worker_memory",
        round(max(peak["task"], peak["lookup"]) - peak["empty"], 2),
        4,
        "MB",
        "Peak resident memory of a worker (VmHWM) after a warm session task or lookup, whichever is more, "
        "less that of one with an empty action plugin; three tasks a run, no callback.",
        {
            "peak MB": rounded(peak),
            "not shared with the main process, MB": rounded(
                {name: sorted(values)[len(values) // 2] for name, values in private.items()}
            ),
        },
    )
