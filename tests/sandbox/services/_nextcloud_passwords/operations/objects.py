# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""List, find, show, delete and restore, the same for all kinds (Nextcloud Passwords protocol page, 8.1, 8.3, 8.6)."""

from __future__ import annotations

from functools import partial
from typing import Any

from ....exchange import Operation
from ..criteria import Criteria
from ..entries import Entry
from ..errors import AppError, not_found
from ..kinds import FOLDER, KINDS, ROOT, Kind
from ..levels import MODEL, Teller
from ..world import World
from .table import GUARDED, Visit, operation

OUTDATED = "Outdated revision id"


def operations(world: World) -> tuple[Operation, ...]:
    """Five operations of each kind."""
    table = (
        ("list", "GET", _list),
        ("list", "POST", _list),
        ("find", "POST", _find),
        ("show", "POST", _show),
        ("delete", "DELETE", _delete),
        ("restore", "PATCH", _restore),
    )
    return tuple(
        operation(world, f"{name}_{action}", method, f"{name}/{action}", GUARDED, partial(work, kind))
        for name, kind in KINDS.items()
        for action, method, work in table
    )


def entry_of(visit: Visit, kind: Kind, identifier: str) -> Entry:
    """The object named, or 404."""
    found = visit.user.entries.get(kind, identifier)
    if found is None:
        raise not_found()
    return found


def check_base(kind: Kind, identifier: str) -> None:
    """Nobody changes the root folder."""
    if kind is FOLDER and identifier == ROOT:
        raise AppError(422, "Can not edit base folder")


def _list(kind: Kind, visit: Visit) -> Any:
    details = visit.parameters.text("details", MODEL)
    teller = Teller(visit.user.entries)
    return [teller.tell(entry, details) for entry in visit.user.entries.shown(kind)]


def _find(kind: Kind, visit: Visit) -> Any:
    wanted, details = visit.parameters.mapping("criteria"), visit.parameters.text("details", MODEL)
    criteria, teller = Criteria(kind, wanted), Teller(visit.user.entries)
    shown = visit.user.entries.shown(kind, trashed=criteria.trashed)
    return [teller.tell(entry, details) for entry in shown if criteria.meets(entry, teller)]


def _show(kind: Kind, visit: Visit) -> Any:
    identifier, details = visit.parameters.text("id"), visit.parameters.text("details", MODEL)
    teller = Teller(visit.user.entries)
    if kind is FOLDER and identifier == ROOT:
        return teller.root(details)
    return teller.tell(entry_of(visit, kind, identifier), details)


def _delete(kind: Kind, visit: Visit) -> Any:
    identifier, revision = visit.parameters.text("id"), visit.parameters.optional_text("revision")
    check_base(kind, identifier)
    entry, entries = entry_of(visit, kind, identifier), visit.user.entries
    if not entry.values["trashed"]:
        entries.write(entry, {**entry.values, "trashed": True}, visit.login.client)
        return {"id": entry.id, "revision": entry.current}
    if revision is not None and revision != entry.current:
        raise AppError(400, OUTDATED)
    entries.remove(entry)
    return {"id": entry.id}


def _restore(kind: Kind, visit: Visit) -> Any:
    identifier, revision = visit.parameters.text("id"), visit.parameters.optional_text("revision")
    check_base(kind, identifier)
    entry, entries = entry_of(visit, kind, identifier), visit.user.entries
    wanted = entry.current if revision is None else revision
    if wanted not in entry.revisions:
        foreign = any(wanted in other.revisions for every in KINDS.values() for other in entries.of(every))
        raise AppError(400, "Invalid revision id") if foreign else not_found()
    if wanted != entry.current or entry.values["trashed"]:
        entries.write(entry, {**entry.revisions[wanted].values, "trashed": False}, visit.login.client)
    return {"id": entry.id, "revision": entry.current}
