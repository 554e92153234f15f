# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes that are not Tanium's, for tests of requests: an echo, a leak, redirects."""

from __future__ import annotations

from typing import Any

from ....exchange import Call, Operation, Reply
from ..gate import HEADER, Caller
from ..world import World
from .table import operation

_ECHO = "/api/v2/echo"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_HIDDEN = frozenset({HEADER, "authorization", "cookie"})


def operations(world: World) -> tuple[Operation, ...]:
    """All need a live session."""
    return (
        *(operation(world, "echo", method, _ECHO, _echo) for method in _METHODS),
        operation(world, "leak", "GET", "/api/v2/leak", _leak),
        operation(world, "redirect_same", "GET", "/api/v2/redirect/same", _redirect_same),
        operation(world, "redirect_other", "GET", "/api/v2/redirect/other", _redirect_other),
    )


def _echo(world: World, call: Call, caller: Caller) -> Any:
    """What arrived, without the caller's credentials."""
    return {
        "method": call.method,
        "path": call.path,
        "query": dict(call.query),
        "headers": {name: value for name, value in call.headers.items() if name not in _HIDDEN},
        "json": call.json(),
        "text": call.raw.decode("utf-8", "replace"),
    }


def _leak(world: World, call: Call, caller: Caller) -> Any:
    """The caller's own session or token inside the reply."""
    return {"session": caller.credential, "note": f"the session is {caller.credential}."}


def _redirect_same(world: World, call: Call, caller: Caller) -> Reply:
    return _redirect(_ECHO)


def _redirect_other(world: World, call: Call, caller: Caller) -> Reply:
    other = world.service.plain_url if call.scheme == "https" else world.service.url
    return _redirect(other + _ECHO)


def _redirect(location: str) -> Reply:
    return Reply(302, {"data": {}}, headers=(("Location", location),))
