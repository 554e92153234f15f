# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Selectors of services that have none: the child's tokens themselves, handed on as one text."""

from __future__ import annotations

import base64
import json
import typing as t

from . import secrets
from .errors import Failure


def packed(child: t.Mapping[str, t.Any]) -> str:
    """A selector that is the child."""
    selector = base64.urlsafe_b64encode(json.dumps(child).encode("utf-8")).decode("ascii")
    secrets.add(selector)
    return selector


def unpacked(selector: str, title: str, keys: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The child in a selector.

    :param title: whose session it is, for the message.
    :param keys: what it must have, with the types.
    :raises Failure: `definition` when it is no such selector.
    """
    secrets.add(selector)
    try:
        child = json.loads(base64.urlsafe_b64decode(selector))
        usable = all(isinstance(child[key], kind) and not isinstance(child[key], bool) for key, kind in keys.items())
    except (ValueError, TypeError, KeyError, RecursionError):
        usable = False
    if not usable:
        raise Failure("definition", f"The selector is none of {title}.")
    return t.cast("dict[str, t.Any]", child)


def remaining(expires_at: float | None, now: float) -> float | None:
    """Seconds that the access token of a child still lives; None when nobody knows.

    :raises Failure: `definition` for a time that cannot be, `authentication_needed` when it is over.
    """
    if expires_at is None:
        return None
    if not now < expires_at:
        raise Failure("authentication_needed", "The access token of this selector has expired.", hint="Fork again.")
    return expires_at - now
