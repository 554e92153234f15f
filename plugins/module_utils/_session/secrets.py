# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Every secret in play in this process, and what hides them."""

from __future__ import annotations

import base64
import json
import typing as t
from urllib.parse import quote, quote_plus

HIDDEN = "********"

# Shorter texts occur by chance; replacing them would only garble messages.
SHORTEST = 4

_in_play: set[str] = set()


def add(*values: t.Any) -> None:
    """Remember secrets, so that `hide` removes them from whatever leaves this process.

    :param values: secret texts; anything else, and what is shorter than four characters, is ignored.
    """
    _in_play.update(str(value) for value in values if isinstance(value, str) and len(value) >= SHORTEST)


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
    """The texts under which a secret may appear: itself, base64, URL-encoded, as part of JSON.

    Base64 of a longer text shows a secret at any of three offsets; the characters that depend on its neighbours are
    cut.
    """
    raw = value.encode("utf-8", "surrogateescape")
    found = {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode("ascii")
        start = -(-offset * 8 // 6)
        end = (offset + len(raw)) * 8 // 6
        inner = encoded[start:end]
        found.update((inner, inner.replace("+", "-").replace("/", "_")))
    return {form for form in found if len(form) >= SHORTEST}


def hide(value: t.Any, also: t.Iterable[str] = ()) -> t.Any:
    """Replace every secret in play inside a value.

    :param value: text, or any nesting of mappings, lists and tuples with texts in them, keys included.
    :param also: further secrets, such as the tokens of one record.
    :returns: the same shape with `********` in place of each secret; other types are returned as they are.
    """
    known = _in_play | {text for text in also if len(text) >= SHORTEST}
    needles = sorted({form for text in known for form in forms(text)}, key=len, reverse=True)
    return _hide(value, needles)


def _hide(value: t.Any, needles: list[str]) -> t.Any:
    if isinstance(value, str):
        for needle in needles:
            if needle in value:
                value = value.replace(needle, HIDDEN)
        return value
    if isinstance(value, t.Mapping):
        return {_hide(key, needles): _hide(item, needles) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_hide(item, needles) for item in value]
    return value
