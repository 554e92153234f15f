# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`/auth`: the headers choose the operation (Tanium protocol page, section 3.1 and section 8, rules 1 to 6)."""

from __future__ import annotations

import base64
import binascii

from ....canaries import fingerprint
from ....exchange import Call, Operation, Refusal, Reply
from ..accounts import Account
from ..gate import HEADER, caller_of, live_session, refusal
from ..login import Credentials
from ..sessions import Session
from ..tokens import PREFIX
from ..world import World
from .table import open_operation

ALL, ONE = "1", "0"


def operations(world: World) -> tuple[Operation, ...]:
    """One path, one method."""
    return (open_operation(world, "auth", "POST", "/auth", _auth),)


def _auth(world: World, call: Call) -> Reply:
    try:
        return _plain(200, _chosen(world, call))
    except Refusal as refused:
        return _plain(refused.status, refused.error, refused.reason)


def _chosen(world: World, call: Call) -> str:
    value = call.header(HEADER)
    if not value:
        call.notes["operation"] = "login"
        return log_in(world, call, _credentials(call)).value
    if "logout" in call.headers:
        call.notes["operation"] = "logout"
        log_out(world, call, value, call.header("logout"))
        return ""
    call.notes["operation"] = "validate"
    return validate(world, call, value)


def log_in(world: World, call: Call, given: Credentials) -> Session:
    """A new session; what was wrong is not told."""
    settings = world.settings
    account, problem = world.login.check(given, max_wrong=settings.max_wrong_passwords, once=settings.totp_once)
    if account is None:
        raise refusal(settings.login_error_status, problem)
    session = world.sessions.open(account.username, account.uid, _group(account, given.group))
    call.account = account.username
    call.notes["answered"] = fingerprint(session.value)
    return session


def validate(world: World, call: Call, value: str) -> str:
    """The same string, or the one that replaces it."""
    if value.startswith(PREFIX) and not world.settings.tokens_on_auth:
        call.notes[HEADER] = fingerprint(value)
        raise refusal(world.settings.dead_token_status, "a token where a session belongs")
    caller = caller_of(world, call, value)
    if caller.session is not None and world.settings.replace_on_validate:
        world.sessions.replace(caller.session)
    call.notes["answered"] = fingerprint(caller.credential)
    return caller.credential


def log_out(world: World, call: Call, value: str, which: str) -> None:
    """One session, or all of its user."""
    call.notes[HEADER] = fingerprint(value)
    session = live_session(world, value)
    call.account = session.account
    if which == ALL:
        world.sessions.end_all(session.account)
    elif which == ONE:
        world.sessions.end(session)
    else:
        raise refusal(400, "logout is neither 0 nor 1")


def _credentials(call: Call) -> Credentials:
    return Credentials(
        _decoded(call, "username"),
        _decoded(call, "password"),
        call.header("domain"),
        call.header("secondary"),
        call.header("as_exclusive_user_group"),
    )


def _decoded(call: Call, name: str) -> str:
    value = call.header(name)
    if not value:
        raise refusal(400, f"{name} missing")
    try:
        return base64.b64decode(value.encode("latin-1"), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise refusal(400, f"{name} is not base64 of UTF-8") from None


def _group(account: Account, wanted: str) -> int | None:
    if not wanted:
        return None
    if wanted not in map(str, account.exclusive_groups):
        raise refusal(403, "not a member of this exclusive user group")
    return int(wanted)


def _plain(status: int, text: str, reason: str | None = None) -> Reply:
    return Reply(status, raw=text.encode(), content_type="text/plain", refused=reason)
