# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What tokens say of themselves. Nothing of it is verified: it only makes a token be renewed earlier."""

from __future__ import annotations

import base64
import json
import typing as t

LATEST = 10**11  # seconds since 1970


def claims_of(token: str) -> dict[str, t.Any]:
    """The claims of a JWT (RFC 7519); empty when a token is none."""
    try:
        part = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def life_of(token: str, expires_in: t.Any, now: float) -> float | None:
    """How long a token lives: what the reply says, or the token itself where that is earlier.

    :param expires_in: seconds, as the reply gives them (RFC 6749, section 5.1).
    :param now: the present time.
    :returns: seconds; None when nobody says it.
    """
    said = seconds(expires_in)
    lives = [] if said is None else [said]
    expiry: t.Any = claims_of(token).get("exp")
    if _number(expiry) and now < expiry < LATEST:
        lives.append(float(expiry) - now)
    return min(lives, default=None)


def seconds(value: t.Any) -> float | None:
    """A time span that JSON gave; some services send it as a text. None when it makes no sense."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value[:12])
    return float(value) if _number(value) and value < 10**9 else None


def _number(value: t.Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
