# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes that are not Akiflow's, for tests of requests: an echo, a leak, redirects. They need a bearer, too."""

from __future__ import annotations

from collections.abc import Callable

from ....exchange import Call, Operation, Reply
from ..._proton.operations.echo import echo_of
from ..gate import check_api
from ..objects import envelope
from ..tokens import Pair
from ..world import World

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ECHO = "/v5/echo"


def operations(world: World) -> tuple[Operation, ...]:
    """All of them."""

    def named(name: str, method: str, path: str, work: Callable[[Call, Pair], Reply]) -> Operation:
        async def handle(call: Call) -> Reply:
            return work(call, check_api(world, call))

        return Operation(name, method, (path,), handle)

    def redirect_other(call: Call, _pair: Pair) -> Reply:
        return _redirect(world.base("http" if call.scheme == "https" else "https") + _ECHO)

    return (
        *(named("echo", method, _ECHO, _echo) for method in _METHODS),
        named("leak", "GET", "/v5/leak", _leak),
        named("redirect_same", "GET", "/v5/redirect/same", lambda _call, _pair: _redirect(_ECHO)),
        named("redirect_other", "GET", "/v5/redirect/other", redirect_other),
    )


def _echo(call: Call, _pair: Pair) -> Reply:
    return Reply(body=envelope(echo_of(call)))


def _leak(_call: Call, pair: Pair) -> Reply:
    """The caller's own tokens, as a key too."""
    return Reply(body=envelope({"access": pair.access, "refresh": pair.refresh, pair.access: "key"}))


def _redirect(location: str) -> Reply:
    return Reply(302, raw=b"", headers=(("Location", location),), content_type=None)
