# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes by e-mail and SMS, and the page of the captcha (Proton protocol page, sections 3.9 and 3.10)."""

from __future__ import annotations

from typing import Any

from ....exchange import Call, Operation, Refusal, Reply
from ..world import World
from .table import OPEN, operation

_PAGE = b"<!DOCTYPE html><html><head><title>Verification</title></head><body>A captcha would be here.</body></html>"
_FIELDS = {"email": "Address", "sms": "Phone"}


def operations(world: World) -> tuple[Operation, ...]:
    """Human verification."""
    return (
        operation(world, "users_code", "POST", "/users/code /core/v4/users/code", OPEN, _send),
        operation(world, "captcha", "GET", "/core/v4/captcha /verify", OPEN, _page),
    )


async def _send(world: World, call: Call, _session: None) -> dict[str, Any]:
    body = call.body()
    kind, destination = body.get("Type"), body.get("Destination")
    if kind not in _FIELDS or not isinstance(destination, dict) or set(destination) != {_FIELDS[kind]}:
        raise Refusal(422, 2001, "Type or Destination is invalid")
    address = destination[_FIELDS[kind]]
    if not isinstance(address, str) or (kind == "email") != ("@" in address):
        raise Refusal(422, 2001, "Destination is invalid")
    world.verification.send(kind, address)
    return {"Code": 1000}


async def _page(world: World, call: Call, _session: None) -> Reply:
    return Reply(raw=_PAGE, content_type="text/html; charset=utf-8")
