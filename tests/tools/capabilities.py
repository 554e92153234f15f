# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of capabilities in docs/providers/index.md, made from what the providers declare.

PYTHONPATH=build python -m tests.tools.capabilities   (after python -m tests.tools.tree)
"""

from __future__ import annotations

from tests.tools.paths import ROOT

PAGE = ROOT / "docs" / "providers" / "index.md"
BEGIN, END = "<!-- table: made by tests/tools/capabilities.py -->\n", "<!-- end -->\n"


def table() -> str:
    """The table, as it must stand in the page."""
    from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import PROVIDERS, provider_class

    classes = {name: provider_class(name) for name in PROVIDERS}
    capabilities = sorted(set().union(*(provider.capabilities for provider in classes.values())))
    lines = [["provider", *(name.replace("_", " ") for name in capabilities)], ["---"] * (len(capabilities) + 1)]
    for name, provider in classes.items():
        has = ["yes" if capability in provider.capabilities else "" for capability in capabilities]
        lines.append([f"[{provider.title}]({name}.md)", *has])
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines).replace("  |", " |")


def page() -> str:
    """The page with the table of today."""
    text = PAGE.read_text(encoding="utf-8")
    before, _begin, rest = text.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
