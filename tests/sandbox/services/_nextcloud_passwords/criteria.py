# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What find may ask for (Nextcloud Passwords protocol page, section 8.3)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from .entries import Entry
from .errors import AppError
from .kinds import Kind
from .levels import Teller

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "gt": operator.gt,
    "le": operator.le,
    "ge": operator.ge,
}
_WORDS = {"true": True, "false": False}
_PAIR = 2


class Criteria:
    """Checked criteria. Values are compared with their types."""

    def __init__(self, kind: Kind, wanted: dict[str, Any]) -> None:
        self._tests = [_test(kind, name, condition) for name, condition in wanted.items()]
        self.trashed = any(name == "trashed" and compared("eq", True, value) for name, _sign, value in self._tests)

    def meets(self, entry: Entry, teller: Teller) -> bool:
        """Whether an object is one of those wanted."""
        return all(compared(sign, _value(entry, teller, name), value) for name, sign, value in self._tests)


def _test(kind: Kind, name: str, condition: Any) -> tuple[str, str, Any]:
    if name not in kind.searchable:
        raise AppError(400, f"Illegal field in search criteria: {name}")
    sign, value = condition if isinstance(condition, list) and len(condition) == _PAIR else ("eq", condition)
    if sign not in _OPERATORS:
        raise AppError(400, f"Illegal operator in search criteria: {sign}")
    return name, str(sign), _WORDS.get(value, value) if isinstance(value, str) else value


def compared(sign: str, left: Any, right: Any) -> bool:
    """A comparison that knows no juggling with types."""
    if type(left) is not type(right):
        return sign == "ne"
    return _OPERATORS[sign](left, right)


def _value(entry: Entry, teller: Teller, name: str) -> Any:
    if name == "status":
        return teller.status(entry)[0]
    if name in ("created", "updated"):
        return entry.revisions[entry.current].created
    return entry.values[name]
