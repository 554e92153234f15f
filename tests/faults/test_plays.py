# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real ansible-playbook whose every task meets another fault: failures with a kind, and never a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.faults.scene import Scene
from tests.integration.playing import Player
from tests.tools.environments import Core

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "html"},
    {"kind": "empty", "status": 500},
    {"kind": "not_utf8"},
    {"kind": "huge", "megabytes": 33},
    {"kind": "drop_before"},
    {"kind": "truncate"},
    {"kind": "status", "status": 418},
    {"kind": "redirect", "location": "https://other.example/"},
)


def test_a_task_for_each_fault(scene: Scene, core: Core, tmp_path: Path, collections_path: Path, soak: bool) -> None:
    """Then, with all faults gone, one that works."""
    provider = scene.provider
    count = len(FAULTS)
    faults = FAULTS if soak else FAULTS[:: count // min(count, provider.sampled(count))]
    for fault in faults:
        scene.fault(route=provider.strict_route or provider.first_route, **fault)
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir(mode=0o700)
    work.mkdir()
    options = provider.options(scene.sandbox, provider.account)
    play = Player(core, work, home, collections_path, vars={"options": options})
    names = [f"{number} {fault['kind']}" for number, fault in enumerate(faults)]
    task = {"gatehouse.api.session": {"name": "cloud", provider.name: "{{ options }}"}}
    run = play([*({"name": name, **task, "ignore_errors": True} for name in names), {"name": "well", **task}])
    for name in names:
        run.failure(name)
    assert run.changed("well") == {"well": True}
    assert not [secret for secret in scene.sandbox.canaries(provider.service) if secret in run.output]
