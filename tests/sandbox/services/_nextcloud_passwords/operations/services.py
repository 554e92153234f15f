# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated passwords, and images (Nextcloud Passwords protocol page, sections 2.1 and 8.8)."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from ....exchange import Call, Operation, Reply
from ..errors import AppError
from ..user_settings import value_of
from ..world import World
from .table import FREE, Rule, Visit, enter, operation

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_STRONGEST = 4
_GENERATOR = "user.password.generator."
_SPECIAL = "!?&%@#"


def operations(world: World) -> tuple[Operation, ...]:
    """Passwords need a session where there is a challenge; images need none and tell none."""
    rule = Rule(limit="generate")
    return (
        operation(world, "service_password", "GET", "service/password", rule, _generate),
        operation(world, "service_password", "POST", "service/password", rule, _generate),
        _image(world, "service_avatar", "service/avatar/{user}/{size}"),
        _image(world, "service_favicon", "service/favicon/{domain}/{size}"),
    )


def _generate(visit: Visit) -> Any:
    if not visit.world.settings.generator_works:
        raise AppError(503, "Unable to generate password")
    given, user = visit.parameters, visit.user
    strength = int(value_of(user, f"{_GENERATOR}strength"))
    if given.values.get("strength") is not None:
        strength = max(0, min(_STRONGEST, given.number("strength")))
    asked = {
        name: given.flag(name) if given.values.get(name) is not None else bool(value_of(user, f"{_GENERATOR}{name}"))
        for name in ("numbers", "special")
    }
    words = [f"Canary{secrets.token_hex(3)}" for _number in range(strength + 1)]
    password = "".join(words)
    if asked["numbers"]:
        password += str(secrets.randbelow(90) + 10)
    if asked["special"]:
        password += secrets.choice(_SPECIAL)
    visit.world.service.canaries.add(password)
    return {"password": password, "words": words, "strength": strength, **asked}


def _image(world: World, name: str, path: str) -> Operation:
    listed = operation(world, name, "GET", path, FREE, lambda _visit: {})

    async def handle(call: Call) -> Reply:
        enter(world, call)
        return Reply(raw=_PIXEL, content_type="image/png")

    return Operation(listed.name, listed.method, listed.paths, handle)
