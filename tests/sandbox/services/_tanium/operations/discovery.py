# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server tells about itself (Tanium protocol page, section 3.5 and section 8, rules 9 and 10)."""

from __future__ import annotations

from typing import Any

from ....exchange import Call, Operation, Reply
from ....spoil import PAGE
from ..gate import Caller, refusal
from ..world import World
from .table import open_operation, operation

_HTML = "text/html; charset=utf-8"
_WSDL = b'<?xml version="1.0"?><definitions xmlns="http://schemas.xmlsoap.org/wsdl/" name="TaniumSOAP"/>'


def operations(world: World) -> tuple[Operation, ...]:
    """Three without a session, two with one."""
    return (
        open_operation(world, "root", "GET", "/", _root),
        open_operation(world, "console", "GET", "/config/console.json", _console),
        open_operation(world, "wsdl", "GET", "/libraries/taniumjs/console.wsdl", _wsdl),
        operation(world, "info", "GET", "/info.json", _info),
        operation(world, "server_info", "GET", "/api/v2/server_info", _server_info),
    )


def _root(world: World, call: Call) -> Reply:
    return Reply(raw=PAGE, content_type=_HTML)


def _console(world: World, call: Call) -> Reply:
    kind = world.settings.console
    if kind == "404":
        raise refusal(404, "switched off")
    if kind == "html":
        return Reply(raw=PAGE, content_type=_HTML)
    return Reply(body={"serverVersion": world.settings.server_version})


def _wsdl(world: World, call: Call) -> Reply:
    return Reply(raw=_WSDL, content_type="text/xml")


def _info(world: World, call: Call, caller: Caller) -> Reply:
    return Reply(body={"Diagnostics": _facts(world, caller)})


def _server_info(world: World, call: Call, caller: Caller) -> Any:
    return _facts(world, caller)


def _facts(world: World, caller: Caller) -> dict[str, Any]:
    group = caller.session.group if caller.session is not None else None
    return {"Version": world.settings.server_version, "User": caller.account.username, "ExclusiveUserGroup": group}
