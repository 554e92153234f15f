# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings: variable, environment, ansible.cfg, in this order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible import constants

from ansible_collections.gatehouse.api.plugins.plugin_utils import settings
from ansible_collections.gatehouse.api.plugins.plugin_utils.settings import SETTINGS, setting

Templar = Callable[..., Any]
Load = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _forget(home: Path) -> Iterator[None]:
    settings._ini.cache_clear()
    yield
    settings._ini.cache_clear()


@pytest.fixture
def cfg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the ansible.cfg in use, empty."""
    path = tmp_path / "ansible.cfg"
    path.write_text("", encoding="utf-8")
    monkeypatch.setattr(constants, "CONFIG_FILE", str(path))
    return path


@pytest.mark.parametrize("name", SETTINGS)
def test_nobody_sets_it(cfg: Path, templar: Templar, name: str) -> None:
    assert setting(name, {}, templar({})) is None


@pytest.mark.parametrize("name", SETTINGS)
def test_the_first_place_wins(cfg: Path, templar: Templar, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    cfg.write_text(f"[gatehouse]\n{name} = from%cfg\n", encoding="utf-8")
    assert setting(name, {}, templar({})) == "from%cfg"
    monkeypatch.setenv(f"GATEHOUSE_{name.upper()}", "from environment")
    assert setting(name, {}, templar({})) == "from environment"
    assert setting(name, {f"gatehouse_{name}": "from variable"}, templar({})) == "from variable"


@pytest.mark.parametrize("name", SETTINGS)
def test_an_empty_text_counts_as_unset(cfg: Path, templar: Templar, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    cfg.write_text(f"[gatehouse]\n{name} =\n", encoding="utf-8")
    monkeypatch.setenv(f"GATEHOUSE_{name.upper()}", "")
    assert setting(name, {f"gatehouse_{name}": ""}, templar({})) is None


def test_a_variable_that_becomes_empty_leaves_the_others(
    cfg: Path, templar: Templar, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEHOUSE_STORE", "from environment")
    variables = load("gatehouse_store: \"{{ missing | default('') }}\"\n")
    assert setting("store", variables, templar(variables)) == "from environment"


def test_a_variable_is_templated(cfg: Path, templar: Templar, load: Load) -> None:
    variables = load('gatehouse_store: "/{{ place }}/s"\nplace: somewhere\n')
    found = setting("store", variables, templar(variables))
    assert found == "/somewhere/s"
    assert found.__class__ is str


def test_no_configuration_file_is_no_problem(templar: Templar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "CONFIG_FILE", None)
    assert setting("store", {}, templar({})) is None
