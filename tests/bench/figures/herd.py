# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""logins_herd and fetches_herd: what a service sees when a thousand hosts want the same session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from tests.bench.figure import Figure, in_turn
from tests.bench.runner import PROVIDER, SESSION, Bench
from tests.bench.vault import Vault
from tests.tools.environments import BENCH_PEERS

IDS = ("logins_herd", "fetches_herd")
LOGIN = 0.3  # seconds
TASKS = 3
FORKS = 50

LOOKUP = f"{{{{ lookup('gatehouse.api.session', '{SESSION}').name }}}}"


def measure(bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
    hosts = 60 if bench.quick else 1000
    seconds, logins = _ours(bench, hosts)
    journal = bench.sandbox.journal(PROVIDER)
    others = Counter(f"{entry['method']} {entry['path']}" for entry in journal if entry["route"] != "auth")
    run = f"{hosts} hosts x {TASKS} tasks with a lookup, forks {FORKS}, login of {LOGIN * 1000:.0f} ms, cold store"
    if "logins_herd" in wanted:
        yield Figure("logins_herd", logins, 1, "logins", f"{run}.", {"seconds": round(seconds, 1), **_beside(bench)})
    if "fetches_herd" in wanted:
        yield Figure(
            "fetches_herd",
            max(others.values(), default=0),
            1,
            "requests",
            f"{run}: requests other than the login, the most for one method and path.",
            {"requests": dict(others)},
        )


def _ours(bench: Bench, hosts: int) -> tuple[float, int]:
    bench.fresh_home()
    bench.sandbox.reset(PROVIDER)
    bench.sandbox.settings(PROVIDER, login_seconds=LOGIN)
    variables = {"gatehouse_sessions": {SESSION: bench.definition()}}
    played = bench.play(_tasks(LOOKUP), hosts=hosts, forks=FORKS, variables=variables)
    return played.seconds, bench.sandbox.routes(PROVIDER).get("auth", 0)


def _beside(bench: Bench) -> dict[str, Any]:
    """The same work by community.hashi_vault's lookup, against a Vault with the same login; fewer hosts for both."""
    hosts = 20 if bench.quick else 200
    logins: dict[str, list[int]] = {"gatehouse.api.session": [], "community.hashi_vault.vault_kv2_get": []}
    ours, peer = logins

    def run_ours() -> float:
        seconds, count = _ours(bench, hosts)
        logins[ours].append(count)
        return seconds

    def run_peer() -> float:
        with Vault(LOGIN) as vault:
            lookup = (
                "{{ lookup('community.hashi_vault.vault_kv2_get', 'entry', engine_mount_point='secret', "
                f"url='{vault.url}', auth_method='userpass', username='alice', password='{vault.password}')"
                ".secret.value }}"
            )
            seconds = bench.play(_tasks(lookup), hosts=hosts, forks=FORKS, bin=BENCH_PEERS.bin).seconds
            logins[peer].append(vault.logins)
            return seconds

    seconds = in_turn({ours: run_ours, peer: run_peer}, bench.repetitions)
    return {
        f"{name}, {hosts} hosts x {TASKS} tasks": {"logins": max(logins[name]), "seconds": round(seconds[name], 1)}
        for name in logins
    }


def _tasks(lookup: str) -> list[dict[str, Any]]:
    return [{"ansible.builtin.debug": {"msg": lookup}}] * TASKS
