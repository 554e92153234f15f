# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""API tokens (Tanium protocol page, section 3.3 and section 8, rule 14)."""

from __future__ import annotations

from typing import Any

from ....canaries import fingerprint
from ....exchange import Call, Operation, Reply
from ..gate import HEADER, Caller, caller_of, live_token, refusal
from ..tokens import PREFIX, Token
from ..world import World
from .table import open_operation, operation

_PATH = "/api/v2/api_tokens"
_ONE = f"{_PATH}/{{id}}"
_ROTATION = "a valid token_string is required for rotation"


def operations(world: World) -> tuple[Operation, ...]:
    """Create, list, read, rotate, revoke; changing one is refused."""
    return (
        operation(world, "token_create", "POST", _PATH, _create),
        operation(world, "token_list", "GET", _PATH, _list),
        operation(world, "token_read", "GET", _ONE, _read),
        operation(world, "token_revoke", "DELETE", _ONE, _revoke),
        operation(world, "token_change", "PATCH", _ONE, _change),
        open_operation(world, "token_rotate", "PATCH", _PATH, _rotate),
    )


def _create(world: World, call: Call, caller: Caller) -> Any:
    _permitted(world, caller)
    body = call.json()
    if not isinstance(body, dict):
        raise refusal(400, "no JSON object", "invalid JSON")
    notes, addresses = body.get("notes", ""), body.get("trusted_ip_addresses", "")
    if not isinstance(notes, str) or not isinstance(addresses, str):
        raise refusal(400, "not a text", "notes and trusted_ip_addresses must be strings")
    days = body.get("expire_in_days", world.settings.token_days)
    if isinstance(days, bool) or not isinstance(days, int) or not 0 < days <= world.settings.max_token_days:
        raise refusal(400, "expire_in_days out of range", "expire_in_days is invalid")
    try:
        token = world.tokens.create(caller.account.username, notes, days, addresses)
    except ValueError:
        raise refusal(400, "not an address", "trusted_ip_addresses is invalid") from None
    call.notes["answered"] = fingerprint(token.value)
    return token.shown()


def _list(world: World, call: Call, caller: Caller) -> Any:
    _permitted(world, caller)
    return [token.told() for token in world.tokens.of(caller.account.username)]


def _read(world: World, call: Call, caller: Caller) -> Any:
    return _own(world, call, caller).told()


def _revoke(world: World, call: Call, caller: Caller) -> Any:
    token = _own(world, call, caller)
    world.tokens.revoke(token)
    return {"id": token.id}


def _change(world: World, call: Call, caller: Caller) -> Any:
    raise refusal(400, "PATCH of one token", _ROTATION)


def _rotate(world: World, call: Call) -> Reply:
    """The token in the body is the proof; the header is asked for by a switch only."""
    if call.header(HEADER):
        call.notes[HEADER] = fingerprint(call.header(HEADER))
    if world.settings.rotate_needs_session:
        caller_of(world, call)
    value = call.body().get("token_string")
    if not isinstance(value, str) or not value.startswith(PREFIX):
        raise refusal(400, "no token string", _ROTATION)
    call.notes["token"] = fingerprint(value)
    old = live_token(world, call, value)
    call.account = old.account
    fresh = world.tokens.rotate(old)
    call.notes["answered"] = fingerprint(fresh.value)
    return Reply(body={"data": fresh.shown()})


def _own(world: World, call: Call, caller: Caller) -> Token:
    """A token of the caller's own; those of others do not exist."""
    _permitted(world, caller)
    token = world.tokens.get(caller.account.username, call.params["id"])
    if token is None:
        raise refusal(404, "no such token", "API token not found")
    return token


def _permitted(world: World, caller: Caller) -> None:
    if not caller.account.may_use_tokens:
        raise refusal(world.settings.missing_permission_status, "permission missing")
