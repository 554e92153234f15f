# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""What a recipe takes from replies: tokens, ids, expiry."""

from __future__ import annotations

import datetime
import re
import typing as t
from urllib.parse import urljoin, urlsplit

from .errors import Failure, printable
from .pointers import at_pointer, seen
from .recipe import NOTHING, Place, Recipe
from .transport import Reply, origin_of

LONGEST = 16384  # characters of a token
MOST_NAMES = 12  # of a reply, in a message
_FAR = 10**11  # seconds since 1970; more are milliseconds


def taken(place: Place, reply: Reply, origin: str) -> str:
    """What a reply has at a place.

    :raises Failure: `definition` when there is nothing, with the names of what there is, and never a value.
    """
    found = found_at(place, reply)
    if not found:
        raise _nothing(place, reply, origin)
    if len(found) > LONGEST or not found.isprintable():
        raise Failure("unexpected_response", f"{origin} sent something unusable where {place.spot} looks.")
    return found


def found_at(place: Place, reply: Reply) -> str:
    """The same; empty when there is nothing."""
    if place.kind == "header":
        return reply.header(place.names[0]).strip()
    if place.kind == "cookie":
        return _cookies(reply).get(place.names[0], "")
    if place.kind == "text":
        return reply.body.decode("utf-8", "replace").strip()
    document = reply.json()
    values = (at_pointer(document, pointer) for pointer in place.names)
    return next((str(value) for value in values if _is_text(value)), "")


def _nothing(place: Place, reply: Reply, origin: str) -> Failure:
    names: list[str] = []
    what = f"finds nothing in the {place.kind}s of the reply"
    if place.kind == "header":
        names = sorted(reply.headers)
    elif place.kind == "cookie":
        names = sorted(_cookies(reply))
    elif place.kind == "text":
        what = "finds nothing: the reply is empty"
    else:
        document = reply.json(NOTHING)
        if document is NOTHING:
            return Failure("unexpected_response", f"{origin} sent no JSON, where {place.spot} looks into it.")
        way, names = max((seen(document, pointer) for pointer in place.names), key=lambda found: len(found[0]))
        pointers = " or ".join(pointer or '""' for pointer in place.names)
        if way in place.names:
            what = f"finds no text at {pointers} in the reply"
        else:
            what = f"finds nothing at {pointers} in the reply" + (f", which goes as far as {way}" if way else "")
    listed = ", ".join(printable(name)[:40] for name in names[:MOST_NAMES]) + (
        ", ..." if len(names) > MOST_NAMES else ""
    )
    return place.spot.failure(f"{what}.", f"There is: {listed}." if listed else "There is nothing else in it either.")


def located(place: Place, reply: Reply, origin: str) -> str:
    """What a reply has at a place; the header Location as a whole URL (RFC 9110, section 10.2.2) of this origin.

    :raises Failure: as `taken`, or `unexpected_response` for a URL of another origin.
    """
    found = taken(place, reply, origin)
    if place.kind != "header" or place.names[0].lower() != "location":
        return found
    try:
        target = urljoin(reply.url, found)
        parts = urlsplit(target)
        here = origin_of(f"{parts.scheme}://{parts.netloc}") == origin
    except (Failure, ValueError):
        here = False
    if not here:
        raise Failure(
            "unexpected_response",
            f"{origin} says that the session is at another origin, and tokens go only to their own.",
            hint="Give as url the name by which the service calls itself.",
        )
    return target


def lifetime(recipe: Recipe, reply: Reply, now: float) -> float | None:
    """Seconds that the token lives; None when nobody says.

    :raises Failure: `unexpected_response` when what the reply says is no time to come.
    """
    place = recipe.expires_in or recipe.expires_at
    said = found_at(place, reply) if place else ""
    if not said or place is None:
        return recipe.lifetime
    moment = _moment(said) if recipe.expires_at else None
    seconds = _number(said) if recipe.expires_in else None if moment is None else moment - now
    if seconds is not None and seconds > 0:  # NaN is not
        return seconds
    raise Failure("unexpected_response", f"The reply has no usable expiry where {place.spot} looks.")


def _is_text(value: t.Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != ""


def _cookies(reply: Reply) -> dict[str, str]:
    pairs = (line.partition(";")[0].partition("=") for line in reply.cookies)
    return {name.strip(): value.strip().strip('"') for name, _equals, value in pairs}


def _number(said: str) -> float | None:
    return float(said) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", said) else None


def _moment(said: str) -> float | None:
    """Seconds since 1970 of a date-time (RFC 3339), or of a number of seconds or milliseconds."""
    number = float(said) if re.fullmatch(r"[0-9]{13}", said) else _number(said)
    if number is not None:
        return number / 1000 if number > _FAR else number
    text = re.sub(r"\.[0-9]+", "", said.strip()).replace("Z", "+00:00").replace("z", "+00:00")
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()
