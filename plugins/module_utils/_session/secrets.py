# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Every secret in play in this process, and what hides them."""

from __future__ import annotations

import base64
import json
import re
import typing as t
from urllib.parse import quote, quote_plus

HIDDEN = "********"

# Shorter texts, in bytes, occur by chance; replacing them would only garble messages.
SHORTEST = 4

# What of a task's result has keys of this collection alone.
OURS = frozenset({"credential", "credentials", "diff", "failure", "session", "sessions", "unread"})

_in_play: set[str] = set()


def add(*values: t.Any) -> None:
    """Remember secrets, so that `hide` removes them from whatever leaves this process.

    :param values: secret texts; anything else, and what is shorter than four characters, is ignored.
    """
    _in_play.update(str(value) for value in values if isinstance(value, str) and _long(value))


def register(*values: str) -> None:
    """Also tell ansible-core (2.22 and later), which then hides them in all its output."""
    add(*values)
    try:
        from ansible.module_utils.secrets import register_secret
    except ImportError:
        return
    for value in values:
        if value:
            register_secret(value)


def forms(value: str) -> set[str]:
    """The texts under which a secret may appear: itself, URL-encoded, inside JSON or a Python literal."""
    found = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    raw = _raw(value)
    found.add(repr(raw)[2:-1])
    for encoded in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        found.update((encoded, re.sub("%..", lambda part: part.group().lower(), encoded)))
    return {form for form in found if _long(form)}


def base64_forms(value: str) -> set[str]:
    """What base64 makes of a secret, at each of the three offsets that it may have in a longer text.

    Characters that depend on the neighbours, too, are left out; `hide` takes one more on either side.
    """
    raw = _raw(value)
    found: set[str] = set()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode("ascii")
        inner = encoded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        found.update((inner, inner.replace("+", "-").replace("/", "_")))
    return {form for form in found if _long(form)}


def hide(value: t.Any, also: t.Iterable[str] = ()) -> t.Any:
    """Replace every secret in play inside a value.

    :param value: text, or any nesting of mappings, lists and tuples with texts in them, keys included.
    :param also: further secrets, such as the tokens of one record.
    :returns: the same shape with `********` in place of each secret; other types are returned as they are.
    """
    pattern = _pattern(value, also)
    return value if pattern is None else _hide(value, pattern)


def hide_result(result: dict[str, t.Any], also: t.Iterable[str] = ()) -> dict[str, t.Any]:
    """The same for the result of a task, whose own keys stay as they are: a secret may be `changed`, or `failed`."""
    pattern = _pattern(result, also)
    if pattern is None:
        return result
    return {name: _hide(value, pattern, keys=name not in OURS) for name, value in result.items()}


def _pattern(value: t.Any, also: t.Iterable[str]) -> re.Pattern[str] | None:
    """What finds the secrets in play; None when there are none in a value."""
    known = _in_play | {text for text in also if _long(text)}
    plain = {form for text in known for form in forms(text)}
    encoded = {form for text in known for form in base64_forms(text)}
    if not _mentions(value, plain | encoded):  # nearly always, and far cheaper than a pattern of them all
        return None
    longest_first = sorted(map(re.escape, plain), key=len, reverse=True)
    neighbour = "[A-Za-z0-9+/_-]?"
    around = [f"{neighbour}{re.escape(form)}{neighbour}=*" for form in sorted(encoded, key=len, reverse=True)]
    return re.compile("|".join([*longest_first, *around]))


def _mentions(value: t.Any, needles: t.Collection[str]) -> bool:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    if isinstance(value, str):
        return any(needle in value for needle in needles)
    if isinstance(value, t.Mapping):
        return any(_mentions(key, needles) or _mentions(item, needles) for key, item in value.items())
    return isinstance(value, (list, tuple, set, frozenset)) and any(_mentions(item, needles) for item in value)


def _hide(value: t.Any, pattern: re.Pattern[str], keys: bool = True) -> t.Any:
    if isinstance(value, str):
        return pattern.sub(HIDDEN, value)
    if isinstance(value, t.Mapping):
        return {_hide(key, pattern) if keys else key: _hide(item, pattern, keys) for key, item in value.items()}
    if isinstance(value, bytes):
        return pattern.sub(HIDDEN, value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_hide(item, pattern, keys) for item in value]
    return value


def _raw(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _long(value: str) -> bool:
    return len(_raw(value)) >= SHORTEST
