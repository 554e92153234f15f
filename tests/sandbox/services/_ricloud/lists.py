# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists: filters by equality, pages, newest first (ricloud protocol page, section 4 and section 8, rule 10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...exchange import Call
from . import moments
from .errors import invalid

MAXIMUM, DEFAULT = 1000, 10
_PAGING = ("limit", "after_id", "before_id")

Matcher = Callable[[Any], bool]
Filter = Callable[[str], Matcher]


def by_text(value: Callable[[Any], Any]) -> Filter:
    """Ids, labels, types: equal as texts."""
    return lambda wanted: lambda item: str(value(item)) == wanted


def by_moment(told: Callable[[Any], str | None]) -> Filter:
    """Date-times: equal as moments, by what replies tell; ValueError when the wanted one is none."""

    def matcher(wanted: str) -> Matcher:
        moment = moments.parsed(wanted)

        def matches(item: Any) -> bool:
            shown = told(item)
            return shown is not None and moments.parsed(shown) == moment

        return matches

    return matcher


def one_of(known: tuple[str, ...], value: Callable[[Any], str]) -> Filter:
    """A word out of a few; ValueError when it is another."""

    def matcher(wanted: str) -> Matcher:
        if wanted not in known:
            raise ValueError(wanted)
        return lambda item: value(item) == wanted

    return matcher


def page(
    call: Call, items: list[Any], filters: Mapping[str, Filter], tell: Callable[[Any], dict[str, Any]], *, strict: bool
) -> dict[str, Any]:
    """One page of what matches."""
    asked = _asked(call, filters, strict=strict)
    found = list(reversed(items))
    for name, wanted in asked.items():
        if name in filters:
            found = _matching(found, filters[name], name, wanted)
    start = _place(found, asked, "after_id", -1) + 1
    window = found[start : _place(found, asked, "before_id", len(found))]
    limit = _limit(asked.get("limit", str(DEFAULT)))
    return {
        "resource": "list",
        "data": [tell(item) for item in window[:limit]],
        "has_more": len(window) > limit,
        "total_count": len(found),
        "url": call.path,
    }


def _asked(call: Call, filters: Mapping[str, Filter], *, strict: bool) -> dict[str, str]:
    names = [name for name, _value in call.query]
    for name in names:
        if strict and name not in filters and name not in _PAGING:
            raise invalid(name, "Unknown parameter.")
        if strict and names.count(name) > 1:
            raise invalid(name, "Given more than once.")
    return dict(call.query)


def _matching(items: list[Any], wanted: Filter, name: str, value: str) -> list[Any]:
    try:
        matches = wanted(value)
    except ValueError:
        raise invalid(name, "Not a valid value.") from None
    return [item for item in items if matches(item)]


def _place(items: list[Any], asked: dict[str, str], name: str, default: int) -> int:
    if name not in asked:
        return default
    for place, item in enumerate(items):
        if str(item.id) == asked[name]:
            return place
    raise invalid(name, "No such item.")


def _limit(text: str) -> int:
    limit = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= limit <= MAXIMUM:
        raise invalid("limit", f"Must be from 1 to {MAXIMUM}.")
    return limit
