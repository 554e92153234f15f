# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""JSON pointers, and texts with * in them."""

from __future__ import annotations

import re
import typing as t


def at_pointer(document: t.Any, pointer: str) -> t.Any:
    """What a JSON pointer (RFC 6901) finds; None when nothing."""
    for part in _parts(pointer):
        document = _step(document, part)
        if document is None:
            return None
    return document


def seen(document: t.Any, pointer: str) -> tuple[str, list[str]]:
    """How far a JSON pointer leads, and the names of the keys there."""
    way = ""
    for part in _parts(pointer):
        further = _step(document, part)
        if further is None:
            break
        document, way = further, f"{way}/{part}"
    return way, [str(key) for key in document] if isinstance(document, dict) else []


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _step(document: t.Any, part: str) -> t.Any:
    if isinstance(document, dict):
        return document.get(part)
    if isinstance(document, list) and re.fullmatch(r"0|[1-9][0-9]{0,8}", part) and int(part) < len(document):
        return document[int(part)]
    return None


def like(pattern: str, text: str) -> bool:
    """Whether a text is as a pattern says, where * stands for anything."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    if not text.startswith(first):
        return False
    place = len(first)
    for part in rest[:-1]:
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return text.endswith(rest[-1]) and len(text) - len(rest[-1]) >= place
