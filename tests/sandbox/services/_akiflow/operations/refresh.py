# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new pair for a refresh token (Akiflow protocol page, sections 5, 7 and 9.6)."""

from __future__ import annotations

from ....canaries import fingerprint
from ....exchange import Call, Operation, Reply
from ..cookies import note
from ..gate import CLIENT_HEADER
from ..objects import is_uuid
from ..refusals import grant_refused
from ..world import World

OAUTH_CLIENT = "10"


def operations(world: World) -> tuple[Operation, ...]:
    """The one operation."""

    async def handle(call: Call) -> Reply:
        return _refresh(world, call)

    return (Operation("refresh", "POST", ("/oauth/refreshToken",), handle),)


def _refresh(world: World, call: Call) -> Reply:
    note(call)
    body, settings = call.body(), world.settings
    refresh, client_id = body.get("refresh_token"), call.header(CLIENT_HEADER)
    if client_id:
        call.notes["client"] = fingerprint(client_id)
    if isinstance(refresh, str):
        call.notes["refresh"] = fingerprint(refresh)
    if settings.refresh_csrf:
        world.cookies.check(call)
    if call.media_type() != "application/json" or not isinstance(refresh, str) or not refresh:
        message = "The request is missing a required parameter."
        raise grant_refused(400, "invalid_request", message, "Check refresh_token.", "no refresh token")
    if body.get("client_id") != OAUTH_CLIENT:
        raise grant_refused(401, "invalid_client", "Client authentication failed", "", "wrong OAuth client")
    if settings.strict_client_id and not is_uuid(client_id):
        message = "The request is missing a required header."
        raise grant_refused(400, "invalid_request", message, "Check Akiflow-Client-Id.", "no client id")
    old = world.tokens.spend(refresh, settings)
    call.account = old.family.account
    pair = world.tokens.rotate(old, settings, client_id if is_uuid(client_id) else None)
    call.notes["answered_access"] = fingerprint(pair.access)
    call.notes["answered_refresh"] = fingerprint(pair.refresh)
    return Reply(body=world.tokens.told(pair, settings))
