# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""refresh_storm: how often tokens are refreshed when every worker learns at once that they are stale."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.bench.figure import Figure
from tests.bench.runner import PROVIDER, SESSION, Bench

IDS = ("refresh_storm",)
PATH = "/core/v4/echo"
TTL = 86400


def measure(bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
    workers = 10 if bench.quick else 50
    taken = []
    for _repetition in range(bench.repetitions):
        # The client does not know when its token dies; the service does. Nobody gets a 401 before all are there.
        variables = bench.opened(send_expires_in=False, access_ttl=TTL)
        bench.sandbox.clock(PROVIDER, TTL + 1)
        bench.sandbox.fault(
            PROVIDER, "hold", route="echo", count=workers, until_waiting=workers, when="after", seconds=120
        )
        request = {"session": SESSION, "path": PATH}
        bench.play([{"gatehouse.api.request": request}], hosts=workers, forks=workers, variables=variables)
        replies = [entry["status"] for entry in bench.sandbox.journal(PROVIDER, route="echo")]
        taken.append({**bench.sandbox.routes(PROVIDER), "401": replies.count(401), "200": replies.count(200)})
    worst = max(taken, key=lambda counts: counts.get("refresh", 0))
    yield Figure(
        "refresh_storm",
        worst.get("refresh", 0),
        1,
        "refreshes",
        f"{workers} hosts, forks {workers}, each with a request; the sandbox answers 401 to all of them in the same "
        f"moment. The most refreshes of {len(taken)} runs.",
        {"requests of that run": worst},
    )
