# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal shows of a request: no secret, whatever the client put where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .canaries import MASK, Canaries
from .exchange import Call

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
SECRET_KEYS = frozenset({"password", "secret", "token", "authorization"})


@dataclass(frozen=True)
class Redaction:
    """Names (in lower case) whose values are secret, and the known secrets themselves."""

    canaries: Canaries
    keys: frozenset[str] = SECRET_KEYS
    headers: frozenset[str] = SECRET_HEADERS
    params: frozenset[str] = frozenset()

    def path(self, call: Call) -> str:
        """The path with the secret parts of it masked."""
        path = call.path
        for name, value in call.params.items():
            if name in self.params:
                path = path.replace(f"/{value}", f"/{MASK}")
        return self.canaries.scrub(path)

    def pairs(self, pairs: Any) -> dict[str, str]:
        """Query or form fields."""
        return {
            self.canaries.scrub(name): MASK if name.lower() in self.keys else self.canaries.scrub(value)
            for name, value in pairs
        }

    def header_values(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Request headers."""
        return {
            name: MASK if name.lower() in self.headers else self.canaries.scrub(value)
            for name, value in headers.items()
        }

    def body(self, call: Call) -> Any:
        """The body: JSON and forms by name and value, anything else by its size alone."""
        if not call.raw:
            return None
        if call.media_type() == "application/x-www-form-urlencoded":
            return self.pairs(call.form())
        found = call.json()
        return f"{len(call.raw)} bytes" if found is None else self._value(found)

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                self.canaries.scrub(name): MASK if name.lower() in self.keys else self._value(item)
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [self._value(item) for item in value]
        return self.canaries.scrub(value) if isinstance(value, str) else value
