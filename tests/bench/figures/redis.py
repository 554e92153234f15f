# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""redis_lookup_warm: a warm lookup with store redis, over what anybody pays who asks Redis from a lookup."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from statistics import median
from typing import Any

from tests.bench.figure import Figure, ratio, rounded
from tests.bench.runner import SESSION, Bench, Broken
from tests.redis.programs import MISSING, program
from tests.redis.servers import Server

IDS = ("redis_lookup_warm",)

WARM = f"lookup('gatehouse.api.session', '{SESSION}')"
BARE = "lookup('bench_redis_get')"
KEY = "a key of twenty and more characters"
WORKERS = 9  # how many workers look once, for each side


def measure(bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
    if program() is None:
        raise Broken(MISSING)
    with Server(bench.directory / "redis") as server:
        yield _warm(bench, server)


def _warm(bench: Bench, server: Server) -> Figure:
    count, turns = 2000, 2 if bench.quick else 10
    env = {
        "GATEHOUSE_STORE": server.url,
        "GATEHOUSE_STORE_KEY": KEY,
        "BENCH_REDIS_URL": server.url,
        "BENCH_REDIS_KEY": f"gatehouse.api:{{{SESSION}}}",
    }
    bench.fresh_home()
    variables = {"gatehouse_sessions": {SESSION: bench.definition()}}
    once = {"ansible.builtin.debug": {"msg": f"{{{{ {WARM}.name }}}}"}}
    bench.play([{"gatehouse.api.session": {"name": SESSION}}, once], variables=variables, env=env)
    looks = {"constant": "lookup('bench_constant')", "get": BARE, "session": WARM}
    loops = {"empty": "1", **looks}
    tasks: list[dict[str, Any]] = [
        _debug(name, "{% for i in range(" + str(count) + ") %}{% set x = " + look + " %}{% endfor %}")
        for name, look in loops.items()
    ]
    firsts = [_debug(f"first {name}", "{{ " + look + " and 1 }}") for name, look in looks.items()]
    taken: dict[str, list[float]] = {}
    for _repetition in range(bench.repetitions):
        for name, times in bench.play(tasks * turns + firsts * WORKERS, variables=variables, env=env).tasks.items():
            taken.setdefault(name, []).extend(times)
    values = {name: median(times) for name, times in taken.items()}
    each = {name: (values[name] - values["empty"]) / count for name in looks}
    first = {name: values[f"first {name}"] - values["first constant"] for name in ("get", "session")}
    return Figure(
        "redis_lookup_warm",
        ratio(each["session"], each["get"]),
        2.0,
        "x",
        f"One template with {count} lookups in a loop, less the empty loop, in one worker, {turns} times in turn: a "
        "warm session lookup with store redis, over a lookup that only does a GET of the same key with redis-py.",
        {
            "microseconds": rounded(each, 1e6, 1),
            "first one in a worker without the callback, milliseconds over a constant": rounded(first, 1e3, 1),
            "ratio of the first ones": ratio(first["session"], first["get"]),
        },
    )


def _debug(name: str, message: str) -> dict[str, Any]:
    return {"name": name, "ansible.builtin.debug": {"msg": message}}
