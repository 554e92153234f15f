# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/promises.md names tests that exist."""

from __future__ import annotations

import re

from tests.tools.paths import ROOT


def test_every_promise_names_tests_that_exist() -> None:
    rows = [
        line for line in (ROOT / "docs" / "promises.md").read_text(encoding="utf-8").splitlines() if line[2:3].isdigit()
    ]
    assert len(rows) == 7
    for row in rows:
        named = re.findall(r"`([\w/]+\.py)`", row)
        assert named
        assert [name for name in named if not (ROOT / "tests" / name).is_file()] == []
