# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes that are not ricloud's, for tests of requests: an echo, a leak, redirects."""

from __future__ import annotations

from typing import Any

from ....exchange import Operation, Reply
from ..world import World
from .table import Visit, operation

_ECHO = "/echo"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_HIDDEN = frozenset({"authorization", "cookie"})


def operations(world: World) -> tuple[Operation, ...]:
    """All need a live key, and any but GET one that may write."""
    return (
        *(operation(world, "echo", method, _ECHO, _echo) for method in _METHODS),
        operation(world, "leak", "GET", "/leak", _leak),
        operation(world, "redirect_same", "GET", "/redirect/same", _redirect_same),
        operation(world, "redirect_other", "GET", "/redirect/other", _redirect_other),
    )


def _echo(visit: Visit) -> Any:
    """What arrived, without the caller's key."""
    call = visit.call
    return {
        "method": call.method,
        "path": call.path,
        "query": dict(call.query),
        "headers": {name: value for name, value in call.headers.items() if name not in _HIDDEN},
        "json": call.json(),
        "text": call.raw.decode("utf-8", "replace"),
    }


def _leak(visit: Visit) -> Any:
    """The caller's own key token inside the reply."""
    return {"token": visit.key.token, "note": f"the token is {visit.key.token}."}


def _redirect_same(visit: Visit) -> Reply:
    return _redirect(_ECHO)


def _redirect_other(visit: Visit) -> Reply:
    service = visit.world.service
    other = service.plain_url if visit.call.scheme == "https" else service.url
    return _redirect(other + _ECHO)


def _redirect(location: str) -> Reply:
    return Reply(302, {}, headers=(("Location", location),))
