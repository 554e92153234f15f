# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session routes of REST (Tanium protocol page, section 3.2 and section 8, rule 8)."""

from __future__ import annotations

from typing import Any

from ....exchange import Call, Operation, Reply
from ..gate import refusal
from ..login import Credentials
from ..world import World
from .auth import ONE, log_in, log_out, validate
from .table import open_operation

_PATH = "/api/v2/session"


def operations(world: World) -> tuple[Operation, ...]:
    """Login is known by GET and with a slash behind it too."""
    login = f"{_PATH}/login {_PATH}/login/"
    return (
        open_operation(world, "session_login", "POST", login, _login),
        open_operation(world, "session_login", "GET", login, _login),
        open_operation(world, "session_validate", "POST", f"{_PATH}/validate", _validate),
        open_operation(world, "session_logout", "POST", f"{_PATH}/logout", _logout),
    )


def _login(world: World, call: Call) -> Reply:
    body = _object(call)
    given = Credentials(
        _text(body, "username"), _text(body, "password"), _optional(body, "domain"), _optional(body, "secondary")
    )
    return _session(log_in(world, call, given).value)


def _validate(world: World, call: Call) -> Reply:
    return _session(validate(world, call, _text(_object(call), "session")))


def _logout(world: World, call: Call) -> Reply:
    log_out(world, call, _text(_object(call), "session"), ONE)
    return Reply(body={})


def _session(value: str) -> Reply:
    return Reply(body={"data": {"session": value}})


def _object(call: Call) -> dict[str, Any]:
    """The JSON object, whatever the content type says."""
    found = call.json()
    if not isinstance(found, dict):
        raise refusal(400, "no JSON object", "invalid JSON")
    return found


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise refusal(400, f"{name} missing", f"{name} is required")
    return value


def _optional(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise refusal(400, f"{name} is not a text", f"{name} must be a string")
    return value
