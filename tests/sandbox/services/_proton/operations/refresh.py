# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refresh: both tokens rotate (Proton protocol page, section 3.4 and section 5.1, rule 10)."""

from __future__ import annotations

import asyncio
from typing import Any

from ....canaries import fingerprint
from ....exchange import Call, Operation, Refusal
from ..gate import UID_HEADER
from ..world import World
from .table import OPEN, family, operation, tokens

_REQUIRED = {"ResponseType": "token", "GrantType": "refresh_token"}


def operations(world: World) -> tuple[Operation, ...]:
    """Refresh alone."""
    return (operation(world, "refresh", "POST", family("/refresh"), OPEN, _refresh),)


async def _refresh(world: World, call: Call, _session: None) -> dict[str, Any]:
    body, settings = call.body(), world.settings
    uid = call.header(UID_HEADER) or str(body.get("UID") or "")
    token = str(body.get("RefreshToken") or "")
    call.notes |= {name: fingerprint(value) for name, value in (("uid", uid), ("refresh", token)) if value}
    for name, value in _REQUIRED.items():
        if body.get(name) != value:
            raise Refusal(422, 2001, f"{name} is invalid")
    if not isinstance(body.get("RedirectURI"), str):
        raise Refusal(422, 2001, "RedirectURI is required")
    if settings.refresh_seconds:
        await asyncio.sleep(settings.refresh_seconds)
    session = world.sessions.live.get(uid)
    call.account = session.username if session else None
    if session is not None and session.refresh == token:
        return {"Code": 1000, **tokens(world, world.sessions.rotate(session, settings.access_ttl))}
    raise _refused(world, uid, token)


def _refused(world: World, uid: str, token: str) -> Refusal:
    book, reason = world.sessions, "unknown refresh token"
    if uid in book.revoked:
        reason = "revoked session"
    elif uid and book.spent.get(token) == uid:
        reason = "spent refresh token"
        if world.settings.revoke_on_reuse:
            book.revoke(uid)
            reason = "spent refresh token, session revoked"
    elif uid not in book.live:
        reason = "unknown session"
    return Refusal(world.settings.refresh_error_status, 10013, "Invalid refresh token", reason=reason)
