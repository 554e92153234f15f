# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in places of a request where they do not belong; for any service."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..canaries import Canaries
from ..exchange import Call


@dataclass
class Misplaced:
    """Remembers route and place, never the secret. `headers` and `bodies` (by route) are where secrets may travel."""

    canaries: Canaries
    headers: frozenset[str]
    bodies: frozenset[str]
    seen: list[dict[str, str]] = field(default_factory=list)

    def look(self, call: Call, route: str) -> None:
        """Look through one request."""
        for place in self._places(call, route):
            self.seen.append({"route": route, "place": place})

    def _places(self, call: Call, route: str) -> list[str]:
        found = []
        if self._secret(call.path) or any(self._secret(value) for _name, value in call.query):
            found.append("address")
        found += [
            f"header {name}" for name, value in call.headers.items() if name not in self.headers and self._secret(value)
        ]
        if route not in self.bodies and call.raw and self._secret(call.raw.decode("utf-8", "replace")):
            found.append("body")
        return found

    def _secret(self, text: str) -> bool:
        return self.canaries.scrub(text) != text
