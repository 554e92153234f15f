# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a user, of clients and of the server (Nextcloud Passwords protocol page, sections 2.4, 7 and 8.8)."""

from __future__ import annotations

from typing import Any

from .errors import AppError
from .users import User

LIFETIME = "user.session.lifetime"
HASH = "user.password.security.hash"
SSE = "user.encryption.sse"
CSE_DEFAULT = "user.encryption.cse"
_MINIMUM_LIFETIME = 30
_KEY_LENGTH, _VALUE_LENGTH = 48, 128
_DEFAULTS: dict[str, Any] = {
    LIFETIME: 600,
    SSE: 0,
    HASH: 40,
    "user.password.generator.strength": 1,
    "user.password.generator.numbers": False,
    "user.password.generator.special": False,
}
_SERVER = {"server.version": "34", "server.app.version": "2026.2"}


def value_of(user: User, name: str) -> Any:
    """One setting; nothing when there is none of that name."""
    if name == CSE_DEFAULT:
        return user.settings.get(name, int(user.challenge is not None))
    return user.settings.get(name, _DEFAULTS.get(name, _SERVER.get(name)))


def number_of(user: User, name: str) -> int:
    """One setting that is a number."""
    return int(value_of(user, name))


def all_of(user: User, scopes: list[str]) -> dict[str, Any]:
    """Every setting of these scopes."""
    names = [*_DEFAULTS, CSE_DEFAULT, *_SERVER, *(name for name in user.settings if name.startswith("client."))]
    return {name: value_of(user, name) for name in names if name.partition(".")[0] in scopes}


def change(user: User, name: str, value: Any) -> Any:
    """Set one; what holds from now on."""
    scope, _, key = name.partition(".")
    if scope == "client":
        if len(key) > _KEY_LENGTH:
            raise AppError(400, "Key too long")
        if len(str(value)) > _VALUE_LENGTH:
            raise AppError(400, "Value too long")
        user.settings[name] = value
    elif name == CSE_DEFAULT or name in _DEFAULTS:
        user.settings[name] = _checked(name, value)
    return value_of(user, name)


def forget(user: User, name: str) -> Any:
    """Back to the default."""
    user.settings.pop(name, None)
    return value_of(user, name)


def _checked(name: str, value: Any) -> Any:
    try:
        number = int(value)
    except (TypeError, ValueError):
        return _DEFAULTS.get(name, 0)
    if name == LIFETIME and number < _MINIMUM_LIFETIME:
        return _DEFAULTS[LIFETIME]
    return bool(number) if isinstance(_DEFAULTS.get(name), bool) else number
