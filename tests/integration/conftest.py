# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox for all integration tests, reset for each; plays on every ansible-core, or on the newest alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.playing import Player, definition, vault
from tests.sandbox.harness import Sandbox
from tests.tools import environments
from tests.tools.environments import Core

PROVIDERS = ("proton", "nextcloud_passwords")


@pytest.fixture(scope="session")
def _running() -> Iterator[Sandbox]:
    with Sandbox.start(*PROVIDERS) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """Return the running sandbox, with nothing in it."""
    for provider in PROVIDERS:
        _running.reset(provider)
    return _running


@pytest.fixture
def play(core: Core, sandbox: Sandbox, tmp_path: Path, collections_path: Path) -> Player:
    """Return what runs plays, on every ansible-core that --cores asks for."""
    return _player(core, sandbox, tmp_path, collections_path)


@pytest.fixture
def play_newest(sandbox: Sandbox, tmp_path: Path, collections_path: Path) -> Player:
    """Return what runs plays, on the newest ansible-core alone."""
    return _player(environments.available_cores()[-1], sandbox, tmp_path, collections_path)


def _player(core: Core, sandbox: Sandbox, directory: Path, collections: Path) -> Player:
    home = directory / "home"
    home.mkdir(mode=0o700)
    work = directory / "work"
    work.mkdir()
    given = {name: definition(sandbox, name) for name in sandbox.providers["proton"]["accounts"]}
    vaults = {f"vault_{name}": vault(sandbox, name) for name in sandbox.providers["nextcloud_passwords"]["accounts"]}
    place = {"url": sandbox.url("proton"), "ca_path": sandbox.ca_file}
    return Player(core, work, home, collections, vars={**given, **vaults, "place": place})
