# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key of a call (ricloud protocol page, sections 2, 2.1 and 8, rule 1)."""

from __future__ import annotations

from ...canaries import fingerprint
from ...exchange import Call
from .errors import ApiRefusal
from .resources import Key
from .world import World

_SCHEME = "Token "


def key_of(world: World, call: Call) -> Key:
    """The live key that the header names, in exactly its form."""
    value = call.header("authorization")
    if not value:
        raise _unauthorized("no key")
    if not value.startswith(_SCHEME):
        raise _unauthorized("not Token and one space")
    token = value.removeprefix(_SCHEME)
    call.notes["key"] = fingerprint(token)
    key = world.key_by_token(token)
    if key is None:
        raise _unauthorized("unknown key")
    if key.state != "active":
        status = world.settings.dead_key_status
        raise ApiRefusal(status, "This key cannot be used.", "unauthorized", reason=f"{key.state} key")
    call.account = key.name
    return key


def check_scope(key: Key, *, writes: bool) -> None:
    """Some keys may only read."""
    if writes and not key.may_write:
        raise ApiRefusal(403, "This key lacks a permission.", "missing-scope")


def _unauthorized(reason: str) -> ApiRefusal:
    return ApiRefusal(401, "Authentication failed.", reason=reason)
