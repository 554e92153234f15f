# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""rejected_herd: how often a wrong password goes over the wire."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.bench.figure import Figure
from tests.bench.runner import PROVIDER, SESSION, Bench

IDS = ("rejected_herd",)


def measure(bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
    hosts = 50 if bench.quick else 1100
    bench.fresh_home()
    bench.sandbox.reset(PROVIDER)
    wrong = {"gatehouse_sessions": {SESSION: bench.definition(password="wrong")}}
    played = bench.play(
        [{"ansible.builtin.debug": {"msg": f"{{{{ lookup('gatehouse.api.session', '{SESSION}').name }}}}"}}],
        hosts=hosts,
        forks=50,
        variables=wrong,
        rc=2,
    )
    refused = played.output.count("credentials_rejected")
    routes = bench.sandbox.routes(PROVIDER)
    yield Figure(
        "rejected_herd",
        routes.get("auth", 0),
        1,
        "attempts",
        f"{hosts} hosts with a lookup each, forks 50, wrong password: requests that carry a proof of it.",
        {
            "requests": routes,
            "hosts told credentials_rejected": min(refused, hosts),
            "seconds": round(played.seconds, 1),
        },
    )
