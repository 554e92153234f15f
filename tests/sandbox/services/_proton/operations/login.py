# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SRP login, second factor, logout (Proton protocol page, sections 3.1 to 3.3 and 3.5)."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from ....exchange import Call, Operation, Refusal, Reply
from ..accounts import Account, find
from ..gate import APPVERSION_HEADER, Pass, optional_session, text_of, unauthorized
from ..login import Started, wrong_password
from ..moduli import moduli
from ..sessions import FULL, PENDING, UNAUTHENTICATED, Session
from ..world import World
from .table import ANY_SESSION, OPEN, family, operation, tokens

_COOKIE_SECONDS = 7_776_000


def operations(world: World) -> tuple[Operation, ...]:
    """Login and logout."""
    return (
        operation(world, "auth_info", "POST", family("/info"), OPEN, _info),
        operation(world, "auth", "POST", family(""), OPEN, _login),
        operation(world, "auth_2fa", "POST", family("/2fa"), Pass(pending=True, any_scope=(PENDING,)), _second_factor),
        operation(world, "logout", "DELETE", family(""), ANY_SESSION, _logout),
        operation(world, "modulus", "GET", family("/modulus"), OPEN, _modulus),
    )


async def _info(world: World, call: Call, _session: None) -> Reply:
    body = call.body()
    caller = optional_session(world, call)
    scope = str(body.get("ReauthScope") or "")
    if caller is None and scope:
        raise unauthorized("re-authentication without a session")
    username = body.get("Username")
    if not username and caller is not None:
        username = caller.username
    if not isinstance(username, str) or not username:
        raise Refusal(422, 2001, "Username is required")
    account = find(username)
    call.account = account.username if account else username
    if account is not None and (found := _other_login(account, str(body.get("Intent") or "Proton"))):
        return Reply(body=found)
    started = world.login.start(username, account, world.settings.srp_ttl, scope)
    reply = started.reply()
    if caller is not None and account is not None:
        reply["2FA"] = second_factor_of(account)
    return Reply(body=reply, headers=_cookie(world, call))


def _other_login(account: Account, intent: str) -> dict[str, Any] | None:
    if account.sso and intent == "Proton":
        raise Refusal(422, 8100, "This account has to sign in by single sign-on")
    if not account.sso and intent == "SSO":
        raise Refusal(422, 8101, "This account has to sign in with its password")
    return {"Code": 1000, "SSOChallengeToken": secrets.token_hex(16)} if account.sso else None


async def _login(world: World, call: Call, _session: None) -> Reply:
    settings = world.settings
    username = text_of(call, "Username")
    call.account = username
    if settings.login_seconds:
        await asyncio.sleep(settings.login_seconds)
    world.attempts.check(username)
    started, proof = prove(world, call, username)
    if started.scope or started.username != username or started.account is None:
        raise wrong_password("SRP session of another user or purpose")
    account = started.account
    call.account = account.username
    if account.disabled:
        raise Refusal(422, 10003, "This account is disabled")
    session = _opened(world, call, account)
    body = {
        "Code": 1000,
        "UserID": account.user_id,
        "EventID": secrets.token_urlsafe(32),
        "ServerProof": proof,
        "PasswordMode": 2 if account.mailbox_password else 1,
        "TemporaryPassword": 0,
        "TwoFactor": int(account.second_factor),
        "2FA": second_factor_of(account),
        **tokens(world, session),
    }
    return Reply(body=body, headers=_cookie(world, call))


def prove(world: World, call: Call, username: str) -> tuple[Started, str]:
    """Check the client's proof; count it when it is wrong."""
    body, settings = call.body(), world.settings
    try:
        proof = (str(body.get(name) or "") for name in ("SRPSession", "ClientEphemeral", "ClientProof"))
        started, answer = world.login.finish(*proof)
    except Refusal:
        world.attempts.failed(username, settings.max_wrong_passwords, settings.lockout_seconds)
        raise
    world.attempts.succeeded(username)
    return started, answer


def _opened(world: World, call: Call, account: Account) -> Session:
    settings = world.settings
    earlier = optional_session(world, call)
    call.account = account.username
    scopes = (PENDING,) if account.second_factor else _fresh(world)
    code = call.body().get("TwoFactorCode")
    if account.second_factor and code is not None:
        if problem := world.second_factor.problem(account, str(code), once=settings.totp_once):
            raise wrong_password(problem)
        scopes = _fresh(world)
    if earlier is not None and earlier.scopes == UNAUTHENTICATED:
        world.sessions.revoke(earlier.uid)
    return world.sessions.open(account.username, scopes, settings.access_ttl, client_id_of(call))


def _fresh(world: World) -> tuple[str, ...]:
    return (*FULL, "locked") if world.settings.fresh_locked else FULL


def client_id_of(call: Call) -> str:
    """The part of the app version that names the client."""
    return call.header(APPVERSION_HEADER).partition("@")[0]


def second_factor_of(account: Account) -> dict[str, Any]:
    """The `2FA` object of section 3.2."""
    totp, key = int(account.totp_secret is not None), int(account.security_key)
    options = {"publicKey": {"challenge": [1, 2, 3, 4], "allowCredentials": [{"id": [5, 6, 7, 8]}]}}
    keys = [{"AttestationFormat": "none", "CredentialID": [5, 6, 7, 8], "Name": "key", "Flags": 0}]
    return {
        "Enabled": totp + 2 * key,
        "TOTP": totp,
        "FIDO2": {"AuthenticationOptions": options if key else None, "RegisteredKeys": keys if key else []},
    }


async def _second_factor(world: World, call: Call, session: Session) -> dict[str, Any]:
    settings = world.settings
    account = find(session.username or "")
    code = call.body().get("TwoFactorCode")
    if account is None or not isinstance(code, str):
        raise Refusal(422, 2001, "TwoFactorCode is required")
    problem = world.second_factor.problem(account, code, once=settings.totp_once)
    if problem is None:
        widened = world.sessions.with_scopes(session, _fresh(world))
        return {"Code": 1000, "Scope": " ".join(widened.scopes), "Scopes": list(widened.scopes)}
    if settings.wrong_2fa_kills:
        world.sessions.revoke(session.uid)
    status = settings.wrong_2fa_status
    raise Refusal(status, 401 if status == 401 else 8002, "Incorrect two-factor code", reason=problem)


async def _logout(world: World, call: Call, session: Session) -> dict[str, Any]:
    world.sessions.revoke(session.uid)
    return {"Code": 1000}


async def _modulus(world: World, call: Call, _session: None) -> dict[str, Any]:
    modulus = secrets.choice(list(moduli().values()))
    return {"Code": 1000, "Modulus": modulus.armored, "ModulusID": modulus.identifier}


def _cookie(world: World, call: Call) -> tuple[tuple[str, str], ...]:
    if "Session-Id=" in call.header("cookie"):
        return ()
    value = world.service.canaries.mint()
    return (("Set-Cookie", f"Session-Id={value}; Max-Age={_COOKIE_SECONDS}; Path=/; Secure; HttpOnly"),)
