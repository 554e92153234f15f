# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of ours are found as files, so that Python keeps their bytecode; nobody else's are touched."""

from __future__ import annotations

import sys

import pytest

from ansible_collections.gatehouse.api.plugins.plugin_utils import bytecode

PLUGINS = "ansible_collections.gatehouse.api.plugins"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("module_utils._session", "_session/__init__.py"),
        ("module_utils._session.client", "_session/client.py"),
        ("module_utils._session.providers", "providers/__init__.py"),
        ("module_utils._session.providers.proton", "providers/proton.py"),
        ("plugin_utils.action", "plugin_utils/action.py"),
    ],
)
def test_a_module_of_ours_is_found_as_a_file_with_bytecode(name: str, file: str) -> None:
    spec = bytecode.Finder().find_spec(f"{PLUGINS}.{name}")
    assert spec is not None
    assert spec.origin is not None
    assert spec.origin.endswith(file)
    assert spec.cached is not None
    assert (spec.submodule_search_locations is not None) == file.endswith("__init__.py")


@pytest.mark.parametrize(
    "name",
    [
        "json",
        f"{PLUGINS}.modules.session",
        f"{PLUGINS}.lookup.session",
        f"{PLUGINS}.module_utils._session.nothing_of_that_name",
        "ansible_collections.somebody.else.plugins.plugin_utils.action",
    ],
)
def test_anything_else_is_left_to_others(name: str) -> None:
    assert bytecode.Finder().find_spec(name) is None


def test_it_is_installed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [finder for finder in sys.meta_path if type(finder).__name__ != "Finder"]
    monkeypatch.setattr(sys, "meta_path", list(others))
    bytecode.install()
    bytecode.install()
    assert len(sys.meta_path) == len(others) + 1
    assert isinstance(sys.meta_path[0], bytecode.Finder)
