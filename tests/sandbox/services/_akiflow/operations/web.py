# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cookies, login, code, and the first pair (Akiflow protocol page, sections 3, 4 and 9.1 to 9.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ....canaries import fingerprint
from ....exchange import Call, Operation, Refusal, Reply
from ..accounts import ACCOUNTS, find
from ..cookies import CookieSession, note, remember_cookie, set_cookies
from ..login import Login
from ..mails import Letter
from ..refusals import invalid, unauthenticated
from ..world import World

Work = Callable[[World, Call, CookieSession], Reply]

_CODE_PATH = "/auth/{token}/verify"


def operations(world: World) -> tuple[Operation, ...]:
    """What belongs to the web host and to a cookie session."""
    return (
        Operation("csrf_cookie", "GET", ("/csrf-cookie",), _csrf_cookie(world)),
        _operation(world, "login", "POST", "/auth/login", _login, rotates=True),
        _operation(world, "code", "POST", _CODE_PATH, _code, rotates=True),
        _operation(world, "me", "GET", "/user/me", _me, rotates=False),
    )


def _operation(world: World, name: str, method: str, path: str, work: Work, *, rotates: bool) -> Operation:
    """Section 9.2: a session and its XSRF value are needed; replies of steps 2 and 4 bring another value."""

    async def handle(call: Call) -> Reply:
        note(call)
        session = world.cookies.check(call)
        call.account = session.account
        try:
            reply = work(world, call, session)
        except Refusal as refusal:
            reply = world.service.refused(refusal)
        if not rotates:
            return reply
        world.cookies.rotate(session)
        return replace(reply, headers=(*reply.headers, *_cookies(world, call, session)))

    return Operation(name, method, (path,), handle)


def _csrf_cookie(world: World) -> Any:
    async def handle(call: Call) -> Reply:
        note(call)
        session = world.cookies.find(call)
        if session is None:
            session = world.cookies.open(world.settings.cookie_ttl)
        else:
            world.cookies.rotate(session)
        return Reply(world.settings.csrf_status, raw=b"", headers=_cookies(world, call, session), content_type=None)

    return handle


def _login(world: World, call: Call, session: CookieSession) -> Reply:
    """Section 9.3."""
    settings, body = world.settings, _json(call)
    email, remember = body.get("email"), body.get("remember")
    if not isinstance(email, str) or "@" not in email:
        raise invalid("email", "The email must be a valid email address.")
    if not isinstance(remember, bool):
        raise invalid("remember", "The remember field must be true or false.")
    account = find(email)
    world.login.throttle(email.strip().lower(), settings.max_mails, settings.mail_seconds)
    if account is None or account.username in world.refused:
        return _refused(settings.refused_email_status, "email", "This account cannot sign in.", "refused address")
    call.account = account.username
    if settings.newest_code_only:
        world.login.replace(account)
    login = world.login.begin(account, email, remember, session, settings.code_ttl)
    call.notes["code"] = fingerprint(login.code)
    letter = Letter(account.email, login.code, settings.mail_sender, settings.mail_variant, date=world.clock.now())
    world.post.send(account.username, letter, settings.maildir, hold=settings.hold_mails)
    return Reply(body={"success": True, "message": None, "redirect": _redirect(world, call, login)})


def _redirect(world: World, call: Call, login: Login) -> str:
    """An address that cannot be guessed, on the listener itself unless told otherwise."""
    path = f"{_CODE_PATH.format(token=login.token)}?signature={login.signature}"
    if world.settings.redirect_relative:
        return path
    return (world.settings.redirect_base or world.base(call.scheme)).rstrip("/") + path


def _code(world: World, call: Call, session: CookieSession) -> Reply:
    """Section 9.4."""
    settings, body = world.settings, _json(call)
    login = world.login.begun.get(call.params["token"])
    if login is None or login.session is not session or dict(call.query).get("signature") != login.signature:
        raise Refusal(403, 403, "Invalid signature.", reason="no such login in this cookie session")
    call.account = login.account.username
    email, code = body.get("email"), body.get("code")
    if not isinstance(email, str):
        raise invalid("email", "The email field is required.")
    if not isinstance(code, str):
        raise invalid("code", "The code must be a string.")
    call.notes["code"] = fingerprint(code)
    problem = world.login.problem(login, email, code, settings.max_wrong_codes)
    if problem is not None:
        return _refused(settings.wrong_code_status, "code", f"Invalid code: {problem}.", problem)
    session.account, session.pair = login.account.username, None
    if settings.new_session_at_login:
        world.cookies.renew(session)
    headers = remember_cookie(world.cookies.remember(), call.scheme) if login.remember else ()
    return Reply(body={"success": True, "message": None}, headers=headers)


def _me(world: World, call: Call, session: CookieSession) -> Reply:
    """Section 9.5: the pair of this cookie session; another one when the old one is dead, or at each call by switch."""
    if session.account is None:
        raise unauthenticated("no good code in this cookie session")
    settings, account = world.settings, ACCOUNTS[session.account]
    pair = None if session.pair is None else world.tokens.by_refresh[session.pair]
    if pair is None or pair.refresh_dead or settings.me_makes_pair:
        pair = world.tokens.open(account.username, settings)
        session.pair = pair.refresh
    call.notes["answered_access"] = fingerprint(pair.access)
    call.notes["answered_refresh"] = fingerprint(pair.refresh)
    data = {
        "id": account.number,
        "name": account.username.capitalize(),
        "surname": "Sandbox",
        "email": account.email,
        "plan": "premium",
        "plan_expire_date": None,
        "status": "active",
        "settings": {"timezone": "Europe/Zurich"},
        **world.tokens.told(pair, settings),
    }
    return Reply(body={"success": True, "data": data})


def _json(call: Call) -> dict[str, Any]:
    if call.media_type() != "application/json" or not isinstance(call.json(), dict):
        raise invalid("body", "The body must be a JSON object.")
    return call.body()


def _refused(status: int, field: str, message: str, reason: str) -> Reply:
    """Pitfall 5: a refusal may come with status 200."""
    body: dict[str, Any] = {"success": False, "message": message}
    if status != 200:
        body = {"message": message, "errors": {field: [message]}}
    return Reply(status, body, refused=reason)


def _cookies(world: World, call: Call, session: CookieSession) -> Any:
    return set_cookies(session, world.clock, call.scheme, world.settings.xsrf_cookie)
