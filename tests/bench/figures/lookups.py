# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""lookup_overhead and lookup_warm: what a warm lookup adds to a run, and to a template that is full of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from tests.bench.figure import Figure, in_turn, ratio, rounded
from tests.bench.runner import SESSION, Bench

IDS = ("lookup_overhead", "lookup_warm")

WARM = f"lookup('gatehouse.api.session', '{SESSION}')"


def measure(bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
    defined = bench.opened()
    if "lookup_overhead" in wanted:
        yield _overhead(bench, defined)
    if "lookup_warm" in wanted:
        yield _warm(bench, defined)


def _overhead(bench: Bench, defined: dict[str, Any]) -> Figure:
    hosts, tasks, forks = (10 if bench.quick else 39), 5, 10

    def run(expression: str, variables: dict[str, Any]) -> float:
        listed = [{"ansible.builtin.debug": {"msg": "{{ " + expression + " }}"}}] * tasks
        return bench.play(listed, hosts=hosts, forks=forks, variables=variables).seconds

    constant = "lookup('bench_constant', 'mail')"
    seconds = in_turn(
        {
            "constant": lambda: run(constant, defined),
            "session": lambda: run(f"{WARM}.name", defined),
            "session by its name alone": lambda: run(f"{WARM}.name", {}),
        },
        bench.repetitions,
    )
    return Figure(
        "lookup_overhead",
        ratio(seconds["session"], seconds["constant"]),
        1.10,
        "x",
        f"Wall time of ansible-playbook, {hosts} hosts x {tasks} debug tasks, forks {forks}, no callback: a warm "
        "session lookup in each, defined in gatehouse_sessions, over a lookup that returns a constant.",
        {
            "seconds": rounded(seconds),
            "ratio by its name alone": ratio(seconds["session by its name alone"], seconds["constant"]),
        },
    )


def _warm(bench: Bench, defined: dict[str, Any]) -> Figure:
    count = 2000 if bench.quick else 20000
    record = next(path for path in bench.store.iterdir() if path.suffix == ".session")
    text = bench.directory / "text"
    text.write_bytes(record.read_bytes().hex().encode("ascii")[: record.stat().st_size])
    loops = {
        "empty": "1",
        "constant": "lookup('bench_constant')",
        "file": f"lookup('ansible.builtin.file', '{text}')",
        "session": WARM,
    }

    def tasks(names: Collection[str]) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "ansible.builtin.debug": {
                    "msg": "{% for i in range(" + str(count) + ") %}{% set x = " + loops[name] + " %}{% endfor %}"
                },
            }
            for name in names
        ]

    taken: dict[str, list[float]] = {name: [] for name in (*loops, "alone")}
    for _repetition in range(bench.repetitions):
        for name, times in bench.play(tasks(loops), variables=defined).tasks.items():
            taken[name] += times
        taken["alone"] += bench.play(tasks(["session"])).tasks["session"]
    taken["session by its name alone"] = taken.pop("alone")
    values = {name: sorted(times)[len(times) // 2] for name, times in taken.items()}
    each = {name: (seconds - values["empty"]) / count for name, seconds in values.items() if name != "empty"}
    return Figure(
        "lookup_warm",
        ratio(each["session"], each["file"]),
        1.3,
        "x",
        f"One template with {count} lookups in a loop, less the empty loop, in one worker: a warm session lookup, "
        "defined in gatehouse_sessions, over ansible.builtin.file of a text of the record's size.",
        {
            "microseconds": rounded(each, 1e6, 1),
            "ratio by its name alone": ratio(each["session by its name alone"], each["file"]),
        },
    )
