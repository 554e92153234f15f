# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a run asks the OS keyring, and what it says where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.playing import Player
from tests.sandbox.harness import Sandbox
from tests.tools.paths import ROOT

HOSTS = 6
LOOK = "- {name: look up, ansible.builtin.debug: {msg: \"{{ lookup('gatehouse.api.session', 'mail').uid }}\"}}"
ENABLED = {"ANSIBLE_CALLBACKS_ENABLED": "results,gatehouse.api.sessions"}


@pytest.fixture
def ring(play: Player, tmp_path: Path) -> Path:
    """Return the directory of a keyring that counts; the session is defined for all hosts."""
    directory = tmp_path / "ring"
    directory.mkdir()
    play.env |= {
        "PYTHONPATH": str(ROOT / "tests" / "keyrings"),
        "PYTHON_KEYRING_BACKEND": "counting_ring.Ring",
        "TESTS_RING": str(directory),
    }
    hosts = "".join(f"host{number}\n" for number in range(HOSTS))
    play.write("hosts.ini", f"[all:vars]\nansible_connection=local\n[all]\n{hosts}")
    play.vars["gatehouse_sessions"] = {"mail": {"proton": "{{ alice }}"}}
    return directory


def looked_up(play: Player, ring: Path, **how: Any) -> tuple[int, int]:
    """Look the open session up on all hosts. How often the keyring was asked, and by how many processes."""
    (ring / "asked").unlink(missing_ok=True)
    run = play(LOOK, "-i", "hosts.ini", hosts="all", **how)
    assert len(run.on("look up")) == HOSTS
    lines = (ring / "asked").read_text().splitlines() if (ring / "asked").exists() else []
    return len(lines), len({line.split()[0] for line in lines})


@pytest.mark.parametrize(
    ("store", "items"),
    [({"GATEHOUSE_STORE": "keyring"}, 2), ({"GATEHOUSE_STORE_KEY": "keyring"}, 1)],
    ids=["records", "key"],
)
def test_the_keyring_is_asked_once_per_run_with_the_callback_and_once_per_worker_without(
    play: Player, sandbox: Sandbox, ring: Path, store: dict[str, str], items: int
) -> None:
    """What is asked for: the record and the key, or the key alone."""
    play.env |= store
    play(LOOK)
    assert looked_up(play, ring, env=ENABLED) == (items, 1)
    assert looked_up(play, ring) == (items * HOSTS, HOSTS)
    assert sandbox.routes("proton")["auth"] == 1


def test_settings_of_the_play_are_read_ahead_too(play: Player, ring: Path) -> None:
    settings = {"gatehouse_store": "keyring"}
    play(LOOK, **settings)
    assert looked_up(play, ring, env=ENABLED, **settings) == (2, 1)


def test_what_changed_during_the_run_is_read_once_more(play: Player, ring: Path) -> None:
    play.env |= {"GATEHOUSE_STORE": "keyring"}
    play("- gatehouse.api.session: {name: mail}")
    refresh = "- {name: refresh, gatehouse.api.session: {name: mail, state: refreshed}, run_once: true}\n"
    (ring / "asked").unlink()
    run = play(refresh + LOOK + "\n" + LOOK, "-i", "hosts.ini", hosts="all", env=ENABLED)
    assert len({facts["msg"] for facts in run.on("look up").values()}) == 1
    lines = (ring / "asked").read_text().splitlines()
    main = lines[0].split()[0]
    assert sum(line.split()[0] == main for line in lines) == 3  # the key, the record, the changed record
    workers = {line.split()[0] for line in lines} - {main}
    assert len(workers) <= 1, "a worker beside the one that refreshed has asked"


def test_a_machine_without_a_keyring_says_so_once_and_plainly(play: Player) -> None:
    for store in ({"GATEHOUSE_STORE": "keyring"}, {"GATEHOUSE_STORE_KEY": "keyring"}):
        run = play(
            "- {name: ensure, gatehouse.api.session: {name: mail, proton: '{{ alice }}'}}",
            env={**ENABLED, **store, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"},
            rc=2,
        )
        failure = run.failure("ensure", "store")
        assert failure["message"] == "This machine has no OS keyring that this user can reach."
        assert "GATEHOUSE_STORE_KEY" in failure["hint"]
