# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Nextcloud itself offers about app passwords (Nextcloud Passwords protocol page, section 1.3)."""

from __future__ import annotations

from typing import Any

from ....exchange import Call, Operation, Reply
from ..credentials import TOKEN
from ..errors import logged_out
from ..replies import JsonReply
from ..world import World
from .table import BASES, enter

_LENGTH = 72


def operations(world: World) -> tuple[Operation, ...]:
    """Get one with the account's password; give the one in use back."""

    async def get(call: Call) -> Reply:
        login = enter(world, call)
        _check_header(call)
        if login.kind == TOKEN:
            return JsonReply(
                403, _ocs(403, "You cannot request an new apppassword with an apppassword"), refused="token"
            )
        secret = "".join(world.service.canaries.mint() for _number in range(3))[:_LENGTH]
        world.service.canaries.add(secret)
        login.user.tokens[secret] = login.client or "app password"
        return JsonReply(200, _ocs(200, "OK", {"apppassword": secret}))

    async def revoke(call: Call) -> Reply:
        login = enter(world, call)
        _check_header(call)
        if login.kind != TOKEN:
            return JsonReply(403, _ocs(403, "no app password in use"), refused="no token")
        login.user.tokens.pop(login.secret, None)
        return JsonReply(200, _ocs(200, "OK"))

    return (
        Operation("app_password_get", "GET", _paths("getapppassword"), get),
        Operation("app_password_revoke", "DELETE", _paths("apppassword"), revoke),
    )


def _paths(name: str) -> tuple[str, ...]:
    return tuple(f"{base}/ocs/v2.php/core/{name}" for base in BASES)


def _check_header(call: Call) -> None:
    if not call.header("ocs-apirequest"):
        raise logged_out("CSRF check failed", "no OCS-APIRequest")


def _ocs(code: int, message: str, data: Any = None) -> dict[str, Any]:
    status = "ok" if code == 200 else "failure"
    return {"ocs": {"meta": {"status": status, "statuscode": code, "message": message}, "data": data or []}}
