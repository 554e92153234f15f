# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may pass: app version, session, scopes (Proton protocol page, sections 1.2 and 5.1, rules 2, 7 and 8)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...canaries import fingerprint
from ...exchange import Call, Refusal
from .sessions import PENDING, Session
from .world import World

UID_HEADER = "x-pm-uid"
APPVERSION_HEADER = "x-pm-appversion"
_APPVERSION = re.compile(r"[A-Za-z]+-[A-Za-z][A-Za-z0-9_-]*@\d+\.\d+\.\d+(?:[-+.][0-9A-Za-z.+-]+)?")
_API_VERSIONS = ("", "3", "4")


@dataclass(frozen=True)
class Pass:
    """What a route asks of its caller."""

    session: bool = True
    pending: bool = False
    any_scope: tuple[str, ...] = ()


def check_appversion(world: World, call: Call) -> None:
    """Rule 2."""
    version, settings = call.header(APPVERSION_HEADER), world.settings
    if not version:
        raise Refusal(400, 5001, "Missing x-pm-appversion header", reason="no app version")
    denied = version in settings.denied_appversions
    if denied or (settings.strict_appversion and not _APPVERSION.fullmatch(version)):
        raise Refusal(settings.bad_appversion_status, 5003, "This app version is not supported", reason="app version")
    if call.header("x-pm-apiversion") not in _API_VERSIONS:
        raise Refusal(400, 5005, "API version invalid")


def check_pass(world: World, call: Call, needed: Pass) -> Session | None:
    """The session of the caller, if the route needs one and it may come in."""
    note_credentials(call)
    if not needed.session:
        return None
    session = session_of(world, call)
    if session.pending and not needed.pending:
        raise missing_scopes(needed.any_scope or ("full",))
    if needed.any_scope and not set(needed.any_scope) & set(session.scopes):
        raise missing_scopes(needed.any_scope)
    return session


def session_of(world: World, call: Call) -> Session:
    """Rule 7."""
    session = world.sessions.live.get(call.header(UID_HEADER))
    if session is None:
        revoked = call.header(UID_HEADER) in world.sessions.revoked
        raise unauthorized("revoked session" if revoked else "no session")
    if call.header("authorization") != f"Bearer {session.access}":
        raise unauthorized("not the session's access token")
    if world.clock.now() >= session.access_expires:
        raise unauthorized("expired access token")
    call.account = session.username
    return session


def optional_session(world: World, call: Call) -> Session | None:
    """The session of a caller who need not have one."""
    try:
        return session_of(world, call)
    except Refusal:
        return None


def note_credentials(call: Call) -> None:
    """Let the journal tell credentials apart."""
    if uid := call.header(UID_HEADER):
        call.notes["uid"] = fingerprint(uid)
    scheme, _, token = call.header("authorization").partition(" ")
    if scheme == "Bearer" and token:
        call.notes["access"] = fingerprint(token)


def unauthorized(reason: str) -> Refusal:
    """Rule 7."""
    return Refusal(401, 401, "Invalid access token", reason=reason)


def missing_scopes(scopes: tuple[str, ...]) -> Refusal:
    """Rule 8."""
    return Refusal(
        403,
        9101,
        "Access token does not have sufficient scope",
        reason=f"scope {PENDING} pending or scope missing",
        details={"MissingScopes": list(scopes)},
    )


def text_of(call: Call, name: str) -> str:
    """A text that the body must have."""
    value = call.body().get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(422, 2001, f"{name} is required")
    return value
