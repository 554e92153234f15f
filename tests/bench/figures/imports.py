# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""heavy_imports: what a worker must not have loaded after a warm use."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.bench.figure import Figure
from tests.bench.runner import SESSION, Bench

IDS = ("heavy_imports",)
HEAVY = ("requests", "keyring", "redis", "bcrypt", "pysequoia", "nacl", "authlib", "urllib3")


def measure(bench: Bench, wanted: Collection[str]) -> Iterator[Figure]:
    variables = bench.opened()
    lookup = f"lookup('gatehouse.api.session', '{SESSION}').name"
    notes = [
        *bench.play(
            [{"ansible.builtin.debug": {"msg": f"{{{{ {lookup} ~ lookup('bench_notes', 'lookup') }}}}"}}],
            variables=variables,
        ).notes,
        *bench.play(
            [{"gatehouse.api.session": {"name": SESSION}, "changed_when": "not lookup('bench_notes', 'task')"}],
            variables=variables,
        ).notes,
        *bench.play([{"bench_empty": {}, "changed_when": "not lookup('bench_notes', 'empty')"}]).notes,
    ]
    modules = {note["about"]: set(note["modules"]) for note in notes}
    more = {about: sorted(modules[about] - modules["empty"]) for about in ("lookup", "task")}
    found = {about: [name for name in HEAVY if name in more[about]] for about in more}
    yield Figure(
        "heavy_imports",
        len(set(found["lookup"]) | set(found["task"])),
        0,
        "modules",
        f"Modules out of {', '.join(HEAVY)} that a worker has loaded after a warm session lookup or task "
        "(each in a run of its own without callback, the session defined in gatehouse_sessions), less those that "
        "ansible-core itself has loaded in a worker with an empty action plugin.",
        {
            **found,
            "of these, loaded by ansible-core": [name for name in HEAVY if name in modules["empty"]],
            **{f"all modules loaded more, {about}": more[about] for about in more},
        },
    )
