# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions and second-factor tokens (Nextcloud Passwords protocol page, sections 3.1 to 3.4, 4.1 and 6)."""

from __future__ import annotations

import hmac
from typing import Any

from ....exchange import Operation
from ..credentials import PASSWORD, TOKEN
from ..crypto import PWD
from ..errors import AppError, unable
from ..replies import JsonReply
from ..world import World
from .table import FREE, GUARDED, Rule, Visit, operation

_SOLUTION_LENGTH = 64
_ASKING, _CHECKING = ("enabled", "required"), ("tokens", "enabled", "required")


def operations(world: World) -> tuple[Operation, ...]:
    """All about the session."""
    return (
        operation(world, "session_request", "GET", "session/request", FREE, _request),
        operation(world, "session_open", "POST", "session/open", Rule(False, "open"), _open),
        operation(world, "session_keepalive", "GET", "session/keepalive", FREE, _keepalive),
        operation(world, "session_close", "GET", "session/close", GUARDED, _close),
        operation(world, "token_request", "GET", "token/{provider}/request", Rule(False, "token"), _token),
    )


def _request(visit: Visit) -> Any:
    _check_blocked(visit)
    user = visit.user
    if user.challenge is None or visit.session.authorised:
        return {}
    told: dict[str, Any] = {"challenge": {"salts": list(user.challenge.salts), "type": PWD}}
    if user.account.providers and visit.world.settings.two_factor in _ASKING:
        told["token"] = visit.world.second_factor.offered(user)
    return told


def _open(visit: Visit) -> Any:
    _check_blocked(visit)
    user, session = visit.user, visit.session
    if user.challenge is not None and not session.authorised:
        _check_token(visit)
        _check_challenge(visit)
        session.secret = user.generation
        user.failures = 0
    keys = keys_of(visit)
    session.authorised = True
    return {"success": True, "keys": keys}


def keys_of(visit: Visit) -> dict[str, str] | list[Any]:
    """The keychains; with the secret of an older master password they cannot be read, and the session ends."""
    user, session = visit.user, visit.session
    if user.keychains and session.secret != user.generation:
        visit.world.sessions.drop(session)
        visit.session = visit.world.sessions.new(user.name, visit.login.kind)
        raise AppError(500, "Reading user keychain failed")
    return user.keys()


def _check_blocked(visit: Visit) -> None:
    if visit.login.kind == PASSWORD and visit.user.failures >= visit.world.settings.max_attempts:
        raise AppError(403, "Login not allowed")


def _check_token(visit: Visit) -> None:
    settings, user = visit.world.settings, visit.user
    given = visit.parameters.values.get("token")
    if given is not None and not isinstance(given, (dict, list)):
        raise unable("token is not an object")
    if not user.account.providers or settings.two_factor not in _CHECKING:
        return
    if given is None:
        if settings.two_factor == "required":
            raise _failed(visit, "Token invalid", "no token")
        return
    entries = given if isinstance(given, dict) else {str(index): code for index, code in enumerate(given)}
    problem = None if entries else "empty token"
    for provider, code in entries.items():
        problem = problem or visit.world.second_factor.problem(user, visit.session, provider, code)
    if problem:
        raise _failed(visit, "Token verification failed", problem)


def _check_challenge(visit: Visit) -> None:
    given, challenge = visit.parameters.values.get("challenge"), visit.user.challenge
    if given is None or challenge is None:
        raise _failed(visit, "Passphrase invalid", "no challenge")
    if not isinstance(given, (str, int, float)):
        raise unable("challenge is not a text")
    if len(str(given)) != _SOLUTION_LENGTH:
        raise AppError(400, "Secret invalid")
    right = challenge.solution
    visit.world.service.canaries.add(right)
    if not hmac.compare_digest(right.encode(), str(given).encode()):
        raise _failed(visit, "Passphrase invalid", "wrong challenge")


def _failed(visit: Visit, message: str, reason: str) -> AppError:
    user, login = visit.user, visit.login
    user.failures += 1
    if user.failures < visit.world.settings.max_attempts:
        return AppError(401, message, reason)
    if login.kind == TOKEN:
        user.tokens.pop(login.secret, None)
    return AppError(403, "Too many failed login attempts", f"{reason}, attempt {user.failures}")


def _keepalive(visit: Visit) -> Any:
    return {"success": True}


def _close(visit: Visit) -> Any:
    visit.world.sessions.drop(visit.session)
    visit.session = visit.world.sessions.new(visit.user.name, visit.login.kind)
    return {"success": True}


def _token(visit: Visit) -> Any:
    provider = visit.call.params["provider"]
    if provider not in visit.user.account.providers:
        return JsonReply(400, {"success": False, "data": None}, refused="no such provider")
    return {"success": True, "data": visit.world.second_factor.request(visit.user, visit.session, provider)}
