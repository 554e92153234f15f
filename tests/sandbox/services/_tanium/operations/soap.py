# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`/soap` (Tanium protocol page, sections 3.4, 3.6 and 8, rules 5, 11 and 12)."""

from __future__ import annotations

from ....canaries import fingerprint
from ....exchange import Call, Operation, Reply
from ..gate import Caller, refusal
from ..objects import all_users, find
from ..soap import Message, answer, element, parse
from ..world import World
from .table import operation

NOT_FOUND = "ERROR: 404 Not Found\n{kind}NotFound: no such object was found"
EXISTS = "ERROR: 400 Bad Request\nGroupNotUnique: an object of this name already exists"
UNKNOWN = "ERROR: 400 Bad Request\nUnknownCommand: {command}"
NO_MEMBER = "ERROR: 403 Forbidden\nNotAMember: of this exclusive user group"


def operations(world: World) -> tuple[Operation, ...]:
    """One route for every command."""
    return (operation(world, "soap", "POST", "/soap", _soap),)


def _soap(world: World, call: Call, caller: Caller) -> Reply:
    message = parse(call.raw)
    if message is None:
        raise refusal(400, "not a SOAP request", "malformed SOAP request")
    call.notes["command"] = message.command
    if caller.session is not None and world.settings.replace_on_soap:
        world.sessions.replace(caller.session)
    command, result, session = _done(world, message, caller)
    call.notes["answered"] = fingerprint(session)
    settings = world.settings
    return answer(command, session, settings.server_version, result, settings.soap_session)


def _done(world: World, message: Message, caller: Caller) -> tuple[str, str, str]:
    """What comes back as command, result and session."""
    if message.command == "GetObject":
        return (*_get(world, message), caller.credential)
    if message.command == "AddObject" and message.kind == "group":
        added = world.groups.add(message.fields.get("name", ""))
        return (
            (EXISTS, "", caller.credential)
            if added is None
            else ("AddObject", element("group", added), caller.credential)
        )
    if message.command == "NewSessionAsExclusiveUserGroup":
        return _narrowed(world, message, caller)
    return UNKNOWN.format(command=message.command), "", caller.credential


def _get(world: World, message: Message) -> tuple[str, str]:
    shelves = {"user": all_users(world), "group": world.groups.all()}
    if message.kind.removesuffix("s") in shelves and not message.fields:
        kind = message.kind.removesuffix("s")
        return "GetObject", f"<{kind}s>{''.join(element(kind, item) for item in shelves[kind])}</{kind}s>"
    found = find(shelves.get(message.kind, []), message.fields)
    if found is None:
        return NOT_FOUND.format(kind=message.kind.capitalize()), ""
    return "GetObject", element(message.kind, found)


def _narrowed(world: World, message: Message, caller: Caller) -> tuple[str, str, str]:
    """A new session beside the caller's, restricted to the group."""
    group = message.fields.get("id", "") if message.kind == "user_group" else ""
    if caller.session is None or group not in map(str, caller.account.exclusive_groups):
        return NO_MEMBER, "", caller.credential
    account = caller.account
    return message.command, "", world.sessions.open(account.username, account.uid, int(group)).value
