# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API host gives to a bearer (Akiflow protocol page, sections 6 and 9.7 to 9.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....exchange import Call, Operation, Reply
from ..accounts import ACCOUNTS
from ..gate import check_api
from ..objects import EMPTY_KINDS, KINDS, envelope
from ..refusals import unusable
from ..world import World

Work = Callable[[Call, str], dict[str, Any]]


def operations(world: World) -> tuple[Operation, ...]:
    """The settings of the user, lists, and upserts."""
    return (
        _operation(world, "user_settings", "GET", "/v5/user/settings", lambda _call, account: _settings(account)),
        *(_operation(world, f"{kind}_list", "GET", f"/v5/{kind}", _list(world, kind)) for kind in KINDS),
        *(_operation(world, f"{kind}_patch", "PATCH", f"/v5/{kind}", _patch(world, kind)) for kind in KINDS),
        *(_operation(world, f"{kind}_list", "GET", f"/v5/{kind}", _list(world, kind)) for kind in EMPTY_KINDS),
    )


def _operation(world: World, name: str, method: str, path: str, work: Work) -> Operation:
    async def handle(call: Call) -> Reply:
        pair = check_api(world, call)
        return Reply(body=work(call, pair.family.account))

    return Operation(name, method, (path,), handle)


def _settings(account: str) -> dict[str, Any]:
    return envelope(
        {"user_id": ACCOUNTS[account].number, "email": ACCOUNTS[account].email, "timezone": "Europe/Zurich"}
    )


def _list(world: World, kind: str) -> Work:
    def work(call: Call, account: str) -> dict[str, Any]:
        query = dict(call.query)
        return world.objects.page(account, kind, query.get("limit", ""), query.get("sync_token", ""))

    return work


def _patch(world: World, kind: str) -> Work:
    def work(call: Call, account: str) -> dict[str, Any]:
        if call.media_type() != "application/json":
            raise unusable("The body must be JSON.", 415)
        return world.objects.upsert(account, kind, call.json())

    return work
