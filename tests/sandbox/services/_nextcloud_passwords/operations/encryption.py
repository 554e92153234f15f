# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keychains and the challenge (Nextcloud Passwords protocol page, sections 3.5 and 3.6)."""

from __future__ import annotations

import hmac
from typing import Any

from ....exchange import Operation
from ..accounts import Challenge, Sealed
from ..crypto import PWD
from ..errors import AppError
from ..world import World
from .session import keys_of
from .table import GUARDED, Visit, operation

_SECRET, _PASSWORD_SALT, _SALTS = 64, 512, (128, 32)


def operations(world: World) -> tuple[Operation, ...]:
    """What the encryption of a user is made of."""
    return (
        operation(world, "keychain_get", "GET", "keychain/get", GUARDED, keys_of),
        operation(world, "keychain_set", "POST", "keychain/set", GUARDED, _set_keychain),
        operation(world, "challenge_get", "GET", "account/challenge/get", GUARDED, _challenge),
        operation(world, "challenge_set", "POST", "account/challenge/set", GUARDED, _set_challenge),
    )


def _set_keychain(visit: Visit) -> Any:
    name, data = visit.parameters.text("id"), visit.parameters.text("data")
    if visit.user.challenge is None:
        raise AppError(500, "Encryption not enabled")
    visit.user.keychains[name] = Sealed(data)
    return {"id": name}


def _challenge(visit: Visit) -> Any:
    challenge = visit.user.challenge
    if challenge is None:
        raise AppError(404, "Not found")
    return {"salts": list(challenge.salts), "type": PWD}


def _set_challenge(visit: Visit) -> Any:
    user, parameters = visit.user, visit.parameters
    secret, salts = parameters.text("secret"), parameters.array("data")
    old = parameters.optional_text("oldSecret")
    if user.challenge is not None and not hmac.compare_digest((old or "").encode(), user.challenge.solution.encode()):
        raise AppError(401, "Passphrase invalid")
    if len(secret) != _SECRET or not _good(salts):
        raise AppError(500, "Challenge update failed")
    visit.world.service.canaries.add(secret)
    user.challenge = Challenge(tuple(salts), secret)
    user.generation += 1
    visit.session.secret, visit.session.authorised = user.generation, True
    return {"success": True}


def _good(salts: list[Any]) -> bool:
    if len(salts) != 1 + len(_SALTS) or not all(isinstance(salt, str) for salt in salts):
        return False
    return len(salts[0]) >= _PASSWORD_SALT and tuple(len(salt) for salt in salts[1:]) == _SALTS
