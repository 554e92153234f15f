# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of a request: from JSON, a form or the query, with the types that PHP takes (protocol page, 1.1, 8.4)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ...exchange import Call
from .errors import WrongParameters

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_BRACKETS = re.compile(r"([^\[\]]+)\[([^\[\]]*)\]")
_INTEGER = re.compile(r"\s*[+-]?\d+")


@dataclass(frozen=True)
class Parameters:
    """Named values; JSON null is as good as nothing. `listed` is a JSON array that was the whole body."""

    values: dict[str, Any]
    listed: list[Any]
    form: bool

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default it must be there."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise WrongParameters(f"{name} must be a string")
        return value

    def optional_text(self, name: str) -> str | None:
        """A text or nothing."""
        return None if self.values.get(name) is None else self.text(name)

    def number(self, name: str) -> int:
        """A number; PHP makes one of nearly everything."""
        value = self.values.get(name)
        if isinstance(value, str):
            found = _INTEGER.match(value)
            return int(found.group()) if found else 0
        return int(bool(value)) if isinstance(value, (dict, list)) else int(value or 0)

    def flag(self, name: str) -> bool:
        """True or false; in forms only the lower-case word false is false."""
        value = self.values.get(name)
        if isinstance(value, str):
            return value not in ("", "0") and not (self.form and value == "false")
        return bool(value)

    def array(self, name: str) -> list[Any]:
        """An array."""
        value = self.values.get(name)
        if value is None:
            return []
        if isinstance(value, dict):
            return list(value.values())
        if not isinstance(value, list):
            raise WrongParameters(f"{name} must be an array")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """A JSON object."""
        value = self.values.get(name)
        if value is None or value == []:
            return {}
        if isinstance(value, list):
            return {str(index): item for index, item in enumerate(value)}
        if not isinstance(value, dict):
            raise WrongParameters(f"{name} must be an object")
        return value


def parameters_of(call: Call) -> Parameters:
    """What came with the call; a body of another media type is ignored."""
    values = _nested(list(call.query))
    if call.method == "GET" or not call.raw.strip():
        return Parameters(values, [], True)
    if call.media_type() == FORM:
        return Parameters(values | _nested(call.form()), [], True)
    if call.media_type() != JSON:
        return Parameters(values, [], False)
    try:
        found = json.loads(call.raw)
    except ValueError:
        raise WrongParameters("malformed JSON") from None
    if isinstance(found, list):
        return Parameters(values, found, False)
    return Parameters(values | (found if isinstance(found, dict) else {}), [], False)


def _nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        found = _BRACKETS.fullmatch(name)
        if found is None:
            values[name] = value
            continue
        outer, inner = found.groups()
        inside = values.get(outer)
        if not isinstance(inside, dict):
            inside = values[outer] = {}
        inside[inner or str(len(inside))] = value
    return values
