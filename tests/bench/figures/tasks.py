# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""task_warm, task_vs_uri and request_vs_uri: what our tasks cost beside ansible.builtin's."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from statistics import median
from typing import Any

from tests.bench.figure import Figure, in_turn, ratio, rounded
from tests.bench.runner import PROVIDER, SESSION, Bench

IDS = ("task_warm", "task_vs_uri", "request_vs_uri")
PATH = "/core/v4/echo"


def measure(bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
    variables = bench.opened()
    count = 5 if bench.quick else 20
    bench.play(
        [
            {
                "ansible.builtin.copy": {
                    "content": f"{{{{ lookup('gatehouse.api.session', '{SESSION}', field='headers') }}}}",
                    "dest": f"{bench.home}/headers.json",
                    "mode": "0600",
                }
            }
        ],
        variables=variables,
    )
    uri = {
        "url": bench.sandbox.url(PROVIDER) + PATH,
        "ca_path": bench.sandbox.ca_file,
        "headers": f"{{{{ lookup('ansible.builtin.file', '{bench.home}/headers.json') | from_json }}}}",
    }
    tasks: dict[str, dict[str, Any]] = {
        "set_fact": {"ansible.builtin.set_fact": {"one": 1}},
        "empty": {"bench_empty": {}},
        "session": {"gatehouse.api.session": {"name": SESSION}},
        "request": {"gatehouse.api.request": {"session": SESSION, "path": PATH}},
        "uri": {"ansible.builtin.uri": uri},
    }
    if wanted == {"task_warm"}:
        tasks = {name: tasks[name] for name in ("set_fact", "empty", "session")}

    def run(name: str) -> float:
        played = bench.play([{**tasks[name], "name": name}] * count, variables=variables)
        return median(played.tasks[name])

    seconds = in_turn({name: lambda name=name: run(name) for name in tasks}, bench.repetitions)  # type: ignore[misc]
    how = (
        f"Median of {count} tasks in a run, from the task's start to its result in the main process; one host, no "
        "callback of ours, the session defined in gatehouse_sessions: "
    )
    peers = {"milliseconds": rounded(seconds, 1e3)}
    if "task_warm" in wanted:
        value = ratio(seconds["session"], seconds["set_fact"])
        yield Figure(
            "task_warm", value, 1.2, "x", how + "a warm gatehouse.api.session over ansible.builtin.set_fact.", peers
        )
    if "task_vs_uri" in wanted:
        value = ratio(seconds["session"], seconds["uri"])
        yield Figure(
            "task_vs_uri",
            value,
            0.10,
            "x",
            how + "a warm gatehouse.api.session over ansible.builtin.uri, one GET.",
            peers,
        )
    if "request_vs_uri" in wanted:
        value = ratio(seconds["request"], seconds["uri"])
        yield Figure(
            "request_vs_uri",
            value,
            0.12,
            "x",
            how + "gatehouse.api.request over ansible.builtin.uri, the same GET.",
            peers,
        )
