# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""credentials_herd, cse_time and cse_memory: encrypted entries for a thousand hosts, and thousands of entries."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from statistics import median

from tests.bench.figure import Figure, ratio, rounded
from tests.bench.runner import Bench

IDS = ("credentials_herd", "cse_time", "cse_memory")
PROVIDER = "nextcloud_passwords"
VAULT = "vault"
ACCOUNT = "alice"
FORKS = 50
LABELS = ("seeded entry 00001", "seeded entry 00002", "seeded entry 00003")


def measure(bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
    if "credentials_herd" in wanted:
        yield _herd(bench)
    if wanted & {"cse_time", "cse_memory"}:  # type: ignore[operator]
        yield from (figure for figure in _entries(bench) if figure.id in wanted)


def _definition(bench: Bench) -> dict[str, str]:
    known = bench.sandbox.account(PROVIDER, ACCOUNT)
    return {
        "url": bench.sandbox.url(PROVIDER),
        "ca_path": bench.sandbox.ca_file,
        "username": known["username"],
        "password": known["app_password"],
        "master_password": known["master_password"],
    }


def _seeded(bench: Bench, entries: int) -> dict[str, str]:
    """Forget everything; an account with so many encrypted entries."""
    bench.fresh_home()
    bench.sandbox.reset(PROVIDER)
    bench.sandbox.act(PROVIDER, "seed", account=ACCOUNT, passwords=entries)
    return _definition(bench)


def _herd(bench: Bench) -> Figure:
    hosts = 60 if bench.quick else 1000
    variables = {"gatehouse_sessions": {VAULT: {PROVIDER: _seeded(bench, 100)}}}
    found = " ".join(
        f"{{{{ lookup('gatehouse.api.credential', '{label}', session='{VAULT}').username }}}}" for label in LABELS
    )
    seconds = bench.play([{"ansible.builtin.debug": {"msg": found}}], hosts=hosts, forks=FORKS, variables=variables)
    journal = bench.sandbox.journal(PROVIDER)
    requests = Counter(entry["route"] for entry in journal)
    return Figure(
        "credentials_herd",
        max(requests.values()),
        1,
        "requests",
        f"{hosts} hosts that each template three encrypted entries, forks {FORKS}, cold store: the most requests for "
        "one thing.",
        {"requests": dict(requests), "seconds": round(seconds.seconds, 1)},
    )


def _entries(bench: Bench) -> Iterator[Figure]:
    entries = 500 if bench.quick else 5000
    definition = json.dumps(_seeded(bench, entries))
    taken: dict[str, dict[str, list[float]]] = {"client": {}, "bare": {}}
    for number in range(bench.repetitions):
        for side, values in taken.items():
            place = str(bench.home / f"store-{side}-{number}")
            env = {"BENCH_DEFINITION": definition}
            bench.python("tests.bench.processes.entries", place, "open", env=env)
            found = bench.python("tests.bench.processes.entries", place, side, env=env)
            for name, value in found.items():
                values.setdefault(name, []).append(value)
    ours, bare = ({name: median(values) for name, values in side.items()} for side in taken.values())
    how = (
        f"An account of {entries} encrypted entries, in a process of its own each time: list and decrypt all, and keep "
        "them in the shared cache, over a bare script that gets the same list with requests and opens the same fields "
        "with PyNaCl."
    )
    seconds = {"client": ours["cpu"], "bare script": bare["cpu"], "PyNaCl alone in it": bare["PyNaCl alone"]}
    yield Figure(
        "cse_time",
        ratio(ours["cpu"], bare["cpu"]),
        1.5,
        "x",
        f"CPU time. {how}",
        {"milliseconds": rounded(seconds, 1e3), "over PyNaCl alone": ratio(ours["cpu"], bare["PyNaCl alone"])},
    )
    memory = {"client": ours["memory"], "bare script": bare["memory"]}
    yield Figure(
        "cse_memory",
        ratio(ours["memory"], bare["memory"]),
        1.5,
        "x",
        f"By how much the peak of resident memory grows. {how}",
        {"MB": rounded(memory)},
    )
