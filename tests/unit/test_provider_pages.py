# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides of the providers name what there is."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import KINDS
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import PROVIDERS, provider_class
from tests.tools import capabilities
from tests.tools.paths import ROOT

PAGES = ROOT / "docs" / "providers"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))
# What a guide may name beside the provider's own options: options and results of modules, and words of the API.
RESULTS = {
    "ansible-doc",
    "https_proxy",
    "no_log",
    "uid",
    "scopes",
    "account",
    "state",
    "details",
    "failure",
    "remote_sessions",
    "expires_at",
    "token",
}


def options_of_modules() -> set[str]:
    found: set[str] = set()
    for name in MODULES:
        source = (ROOT / "plugins" / "modules" / f"{name}.py").read_text(encoding="utf-8")
        documentation = re.search(r'DOCUMENTATION = r"""(.*?)"""', source, re.DOTALL)
        assert documentation
        found |= set(yaml.safe_load(documentation[1])["options"])
    return found


def here(page: str) -> list[str]:
    """The right-hand cells of the tables that say where a thing is here."""
    cells: list[str] = []
    for block in page.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        if lines and re.search(r"\| here +\|$|\| here \|$", lines[0]):
            cells += [line.split("|")[2] for line in lines[2:]]
    return cells


def kinds(page: str) -> list[str]:
    cells: list[str] = []
    for block in page.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        if lines and re.search(r"\| kind( and advice)? \|$", lines[0]):
            cells += [line.split("|")[2] for line in lines[2:]]
    return cells


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_guide_says_where_each_thing_is(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    own = {option.name for option in provider_class(name).options()}
    known = own | options_of_modules() | RESULTS | set(MODULES) | {"lookup", "min_ttl", "revoke"}
    cells = here(page)
    assert cells, "there is no table that says where things are"
    for cell in cells:
        named = re.findall(r"`([^`]+)`", cell)
        assert named or "left out" in cell or "by itself" in cell or re.search(r"[a-z]{4}", cell), cell
        for text in named:
            word = re.split(r"[.:\s(]", text.replace("gatehouse.api.", ""))[0]
            values = {
                "present",
                "refreshed",
                "locked",
                "unlocked",
                "absent",
                "pending",
                "active",
                "expired",
                "conflict",
            }
            assert word in known | values | set(KINDS) | {"session", "others"} or text.startswith("-"), (cell, text)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_guide_names_kinds_that_exist(name: str) -> None:
    cells = kinds((PAGES / f"{name}.md").read_text(encoding="utf-8"))
    assert cells, "there is no table of failures"
    for cell in cells:
        for word in re.findall(r"`([a-z_]+)`", cell):
            if "_" in word:
                assert word in KINDS or word in {option.name for option in provider_class(name).options()}, cell


def test_the_table_of_capabilities_is_what_the_providers_declare() -> None:
    assert capabilities.PAGE.read_text(encoding="utf-8") == capabilities.page(), (
        "run: python -m tests.tools.capabilities"
    )
