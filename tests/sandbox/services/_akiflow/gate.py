# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may use the API (Akiflow protocol page, sections 6 and 9.7)."""

from __future__ import annotations

from ...canaries import fingerprint
from ...exchange import Call, Refusal
from .objects import is_uuid
from .refusals import unauthenticated, unusable
from .tokens import Pair
from .world import World

CLIENT_HEADER = "akiflow-client-id"
STANDARD_HEADERS = ("akiflow-platform", "akiflow-version")


def check_api(world: World, call: Call) -> Pair:
    """The pair of the caller: a live access token, all three headers, and the client id that belongs to it."""
    scheme, _, token = call.header("authorization").partition(" ")
    if token:
        call.notes["access"] = fingerprint(token)
    client_id = call.header(CLIENT_HEADER)
    if client_id:
        call.notes["client"] = fingerprint(client_id)
    pair = world.tokens.bearer(token if scheme == "Bearer" else "")
    call.account = pair.family.account
    for name in (*STANDARD_HEADERS, CLIENT_HEADER):
        if not call.header(name):
            raise _header(world, f"no {name}")
    if not is_uuid(client_id):
        raise _header(world, "the client id is no UUID")
    family = pair.family
    if family.client_id is None:
        family.client_id = client_id
    if world.settings.strict_client_id and family.client_id != client_id:
        raise _header(world, "another client id")
    return pair


def _header(world: World, reason: str) -> Refusal:
    if world.settings.strict_headers:
        return unusable(f"Bad request: {reason}.")
    return unauthenticated(reason)
