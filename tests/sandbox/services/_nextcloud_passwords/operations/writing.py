# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create and update (Nextcloud Passwords protocol page, sections 8.4 and 8.5)."""

from __future__ import annotations

from functools import partial
from typing import Any

from ....exchange import Operation
from ..crypto import NONE
from ..entries import Entry
from ..errors import AppError, unable
from ..kinds import KINDS, PASSWORD, ROOT, TAG, Kind, Values
from ..replies import JsonReply
from ..validation import (
    INVALID_TYPE,
    check_encryption,
    check_filled,
    check_sharing,
    hash_of,
    home_of,
    sse_type,
)
from ..world import World
from .objects import OUTDATED, check_base, entry_of
from .table import GUARDED, Visit, operation

_FUTURE = 7200
_KEPT = ("password", "label", "username", "url", "notes", "customFields", "hash", "cseType", "cseKey", "sseType")


def operations(world: World) -> tuple[Operation, ...]:
    """Two operations of each kind."""
    return tuple(
        operation(world, f"{name}_{action}", method, f"{name}/{action}", GUARDED, partial(work, kind))
        for name, kind in KINDS.items()
        for action, method, work in (("create", "POST", _create), ("update", "PATCH", _update))
    )


def _create(kind: Kind, visit: Visit) -> Any:
    values, tags, given = _sent(visit, kind)
    user, now = visit.user, int(visit.world.clock.now())
    check_encryption(user, values["cseType"], values["cseKey"])
    _complete(visit, kind, values, given)
    if kind is PASSWORD:
        _breach_check(visit)
    if not 0 < values["edited"] <= now + _FUTURE:
        values["edited"] = now
    entry = user.entries.create(kind, values, visit.login.client)
    _tag(visit, entry, tags)
    return JsonReply(201, {"id": entry.id, "revision": entry.current})


def _update(kind: Kind, visit: Visit) -> Any:
    identifier, revision = visit.parameters.text("id"), visit.parameters.optional_text("revision")
    values, tags, given = _sent(visit, kind)
    check_base(kind, identifier)
    user, entry = visit.user, entry_of(visit, kind, identifier)
    if revision is not None and revision != entry.current:
        raise AppError(409, OUTDATED)
    old = entry.values
    if not entry.editable:
        if values["cseType"] != NONE or values["cseKey"]:
            raise AppError(400, INVALID_TYPE, "not editable")
        values |= {name: old[name] for name in (*_KEPT, "edited")}
    check_encryption(user, values["cseType"], values["cseKey"])
    check_sharing(entry, values)
    _complete(visit, kind, values, given, itself=entry.id)
    changed = kind is PASSWORD and values["hash"] != old["hash"]
    if changed:
        _breach_check(visit)
    if entry.editable:
        values["edited"] = _edited(values["edited"], old["edited"], int(visit.world.clock.now()), changed=changed)
    user.entries.write(entry, {**values, "trashed": old["trashed"]}, visit.login.client)
    _tag(visit, entry, tags)
    return {"id": entry.id, "revision": entry.current}


def _sent(visit: Visit, kind: Kind) -> tuple[Values, list[Any], str]:
    """Everything that was sent, with the defaults of what was not: types first, as PHP does."""
    parameters = visit.parameters
    values: Values = {name: parameters.text(name, None if name in kind.required else "") for name in kind.texts}
    values["cseKey"] = parameters.text("cseKey", "")
    values["cseType"] = parameters.text("cseType", NONE)
    if kind.home:
        values[kind.home] = parameters.text(kind.home, ROOT)
    values["edited"] = parameters.number("edited")
    values["hidden"], values["favorite"] = parameters.flag("hidden"), parameters.flag("favorite")
    values["trashed"] = False
    if kind is not PASSWORD:
        return values, [], ""
    return values, parameters.array("tags"), parameters.text("hash", "")


def _complete(visit: Visit, kind: Kind, values: Values, given: str, itself: str = "") -> None:
    user = visit.user
    values["sseType"] = sse_type(user, values["cseType"])
    check_filled(kind, values)
    if kind is PASSWORD:
        values["hash"] = hash_of(user, values["password"], values["cseType"], given)
    if kind.home:
        values[kind.home] = home_of(user, values[kind.home], hidden=values["hidden"], itself=itself)


def _edited(sent: int, old: int, now: int, *, changed: bool) -> int:
    """Section 8.5."""
    if changed:
        return now if sent in (0, old) else sent
    return sent if sent > 0 else old


def _breach_check(visit: Visit) -> None:
    if not visit.world.settings.breach_check_works:
        raise unable("the breach check is out of reach")


def _tag(visit: Visit, entry: Entry, tags: list[Any]) -> None:
    """None sent: nothing changes; one empty text: none left. The revision is stored already when a tag is unknown."""
    if not tags:
        return
    wanted = [tag for tag in tags if tag != ""]
    for tag in wanted:
        if not isinstance(tag, str) or visit.user.entries.get(TAG, tag) is None:
            raise AppError(400, "Tag does not exist")
    entry.tags = list(dict.fromkeys(wanted))
