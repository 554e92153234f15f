# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for plain texts of encrypted objects in the traffic (Nextcloud Passwords protocol page, section 10.1, 14)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from ...canaries import fingerprint
from ...exchange import Call

SHORTEST = 6


@dataclass
class Watch:
    """Texts that must never arrive, each with its form inside JSON, and where they did."""

    texts: dict[str, str] = field(default_factory=dict)
    seen: list[dict[str, str]] = field(default_factory=list)

    def add(self, *texts: str) -> None:
        """Look for these from now on; very short ones are found everywhere and left out."""
        self.texts.update({text: _escaped(text) for text in texts if len(text) >= SHORTEST})

    def look(self, call: Call, route: str) -> None:
        """Look at one request."""
        queries = (part for pair in call.query for part in pair)
        decoded = call.json()
        body = "" if decoded is None else json.dumps(decoded, ensure_ascii=False)
        where = "\n".join((call.path, *queries, *call.headers.values(), call.raw.decode("utf-8", "replace"), body))
        for text, escaped in self.texts.items():
            if text in where or (escaped != text and escaped in where):
                self.seen.append({"route": route, "text": fingerprint(text)})


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
