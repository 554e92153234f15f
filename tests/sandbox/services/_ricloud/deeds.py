# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests do behind the back of clients, through the control route `act`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from .accounts import ACCOUNTS, WEBHOOK_SECRET, Account
from .resources import ACTIVE, EXPIRED, FAILED, PENDING, Key, Session
from .sessions import REASONS, SERVICE
from .world import World

KEY_STATES = ("active", "deactivated", "blocked", "expired")


class Deeds:
    """One method for each deed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._deeds: dict[str, Callable[..., Any]] = {
            "change_password": self._change_password,
            "create_session": self._create_session,
            "expire": self._expire,
            "key_state": self._key_state,
            "lock": self._lock,
            "rotate_key": self._rotate_key,
            "second_factor": self._second_factor,
            "settle": self._settle,
            "webhook": self._webhook,
        }

    def do(self, what: str, arguments: dict[str, Any]) -> Any:
        """Do it; what came of it."""
        if what not in self._deeds:
            raise ValueError(f"no deed {what}; known: {', '.join(sorted(self._deeds))}")
        return self._deeds[what](**arguments)

    def _create_session(
        self, account: str, user: str = "somebody", key: str = "main", state: str = ACTIVE, error: str | None = None
    ) -> dict[str, Any]:
        """Another job makes a session, which is in this state at once."""
        found, by = _account(account), self._key(key)
        if state not in (PENDING, ACTIVE, FAILED, EXPIRED):
            raise ValueError(f"no state {state}")
        owner, _new = self._world.user(by, user)
        source, _new = self._world.source(owner, found.type, found.identifier)
        verdict = (error or self._world.settings.refused_error) if state == FAILED else None
        session = self._world.sessions.create(by, source, verdict)
        if state != PENDING:
            self._world.sessions.settle(session)
        if state == EXPIRED:
            self._world.sessions.expire(session, error or SERVICE)
        return self._world.teller.session(session)

    def _expire(self, reason: str = SERVICE, id: str | None = None, account: str | None = None) -> dict[str, int]:  # noqa: A002
        """Active sessions end: one, those of an account, or all."""
        if reason not in REASONS:
            raise ValueError(f"no reason {reason}; known: {', '.join(REASONS)}")
        found = [session for session in self._chosen(id, account) if session.state == ACTIVE]
        for session in found:
            self._world.sessions.expire(session, reason)
        return {"expired": len(found)}

    def _settle(self, id: str | None = None, account: str | None = None) -> dict[str, int]:  # noqa: A002
        """Pending sessions get their final state now."""
        found = [session for session in self._chosen(id, account) if session.state == PENDING]
        for session in found:
            self._world.sessions.settle(session)
        return {"settled": len(found)}

    def _change_password(self, account: str, password: str) -> None:
        """The owner changes the password; what is active ends with `service`."""
        self._world.service.canaries.add(password)
        self._world.third_party.passwords[_account(account).name] = password
        self._expire(account=account)

    def _lock(self, account: str, locked: bool = True) -> None:
        """The third party locks the account, or its owner unlocks it."""
        name = _account(account).name
        (self._world.third_party.locked.add if locked else self._world.third_party.locked.discard)(name)

    def _second_factor(self, account: str, needed: bool = True) -> None:
        """The owner turns the second factor on or off."""
        name = _account(account).name
        (self._world.third_party.asking.add if needed else self._world.third_party.asking.discard)(name)

    def _key_state(self, key: str, state: str) -> None:
        """A key is deactivated, blocked, or active again."""
        if state not in KEY_STATES:
            raise ValueError(f"no state {state}; known: {', '.join(KEY_STATES)}")
        self._key(key).state = state

    def _rotate_key(self, key: str = "main") -> dict[str, str]:
        """Somebody else rotates: the old token is dead, the new one comes back."""
        found = self._key(key)
        self._world.rotate(found)
        return {"token": found.token}

    def _webhook(self, id: str | None = None) -> dict[str, Any]:  # noqa: A002
        """The delivery of an event (the latest, unless told otherwise), signed as in section 6; nothing is sent."""
        events = [event for event in self._world.shelves.events if id in (None, event.id)]
        if not events:
            raise ValueError("no such event")
        body = json.dumps(self._world.teller.event(events[-1]))
        seconds = int(self._world.clock.now())
        digest = hmac.new(WEBHOOK_SECRET.encode(), f"{seconds}.{body}".encode(), hashlib.sha256).digest()
        signature = f"t={seconds},s={base64.b64encode(digest).decode()}"
        headers = {"Content-Type": "application/json", "Ricloud-Signature": signature}
        return {"path": f"/{events[-1].id}", "headers": headers, "body": body}

    def _chosen(self, identifier: str | None, account: str | None) -> list[Session]:
        found = self._world.shelves.sessions
        if identifier is not None:
            found = [session for session in found if session.id == identifier]
            if not found:
                raise ValueError(f"no session {identifier}")
        if account is not None:
            known = _account(account)
            wanted = (known.type, known.identifier)
            found = [session for session in found if (session.source.type, session.source.identifier) == wanted]
        return found

    def _key(self, name: str) -> Key:
        for key in self._world.shelves.keys:
            if key.name == name:
                return key
        raise ValueError(f"no key {name}; known: {', '.join(key.name for key in self._world.shelves.keys)}")


def _account(name: str) -> Account:
    if name not in ACCOUNTS:
        raise ValueError(f"no account {name}; known: {', '.join(ACCOUNTS)}")
    return ACCOUNTS[name]
