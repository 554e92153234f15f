# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Second-factor tokens (Nextcloud Passwords protocol page, section 6)."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

import pyotp

from ...canaries import Canaries
from ...clock import Clock
from .accounts import BACKUP, EMAIL, NOTIFICATION, TOTP
from .sessions import Session
from .users import User

STEP_SECONDS = 30
WINDOW = range(-3, 4)
_DESCRIPTIONS: dict[str, dict[str, Any]] = {
    TOTP: {
        "type": "user-token",
        "label": "TOTP (Authenticator app)",
        "description": "Authenticate with a TOTP app",
        "request": False,
    },
    EMAIL: {
        "type": "user-token",
        "label": "E-mail",
        "description": "Send an authentication code by e-mail",
        "request": True,
    },
    NOTIFICATION: {
        "type": "request-token",
        "label": "Nextcloud Notification",
        "description": "Authenticate using an already logged in device",
        "request": True,
    },
    BACKUP: {
        "type": "user-token",
        "label": "Backup code",
        "description": "Use a backup code",
        "request": False,
    },
}


@dataclass
class Notification:
    """A question on somebody's telephone."""

    username: str
    approved: bool = False


@dataclass
class SecondFactor:
    """Sends codes and checks them; each is good for one time."""

    clock: Clock
    canaries: Canaries
    sent: list[dict[str, str]] = field(default_factory=list)
    notifications: dict[str, Notification] = field(default_factory=dict)

    def offered(self, user: User) -> list[dict[str, Any]]:
        """What `session/request` says."""
        return [{"id": name, **_DESCRIPTIONS[name]} for name in user.account.providers]

    def request(self, user: User, session: Session, provider: str) -> dict[str, Any]:
        """Section 6.3: send a code, or ask on a device."""
        if provider == EMAIL:
            code = f"{secrets.randbelow(1_000_000):06d}"
            session.codes[provider] = code
            self.sent.append({"account": user.name, "provider": provider, "code": code})
        if provider == NOTIFICATION:
            token = self.canaries.mint()
            self.notifications[token] = Notification(user.name)
            return {"token": token}
        return {}

    def approve(self, username: str) -> int:
        """The user says yes to every open question; how many there were."""
        waiting = [item for item in self.notifications.values() if item.username == username and not item.approved]
        for item in waiting:
            item.approved = True
        return len(waiting)

    def problem(self, user: User, session: Session, provider: str, code: Any) -> str | None:
        """Why a code is refused; None when it is accepted, and then used up."""
        if provider not in user.account.providers or not isinstance(code, str):
            return "unknown provider or no text"
        if provider == TOTP:
            return self._totp(user, re.sub(r"\D", "", code))
        if provider == EMAIL:
            right = session.codes.get(provider)
            if right is None or not hmac.compare_digest(right.encode(), code.encode()):
                return "wrong code, or one of another session"
            del session.codes[provider]
            return None
        if provider == NOTIFICATION:
            asked = self.notifications.pop(code, None)
            good = asked is not None and asked.approved and asked.username == user.name
            return None if good else "not approved"
        if code not in user.account.backup_codes or code in user.used_backup:
            return "wrong or used backup code"
        user.used_backup.add(code)
        return None

    def current(self, user: User) -> str | None:
        """The code that the user's app shows now."""
        secret = user.account.totp_secret
        return None if secret is None else _code(secret, self._step())

    def told(self, users: list[User]) -> dict[str, Any]:
        """What a person would read."""
        shown = {user.name: self.current(user) for user in users}
        waiting = [
            {"account": item.username, "token": token, "approved": item.approved}
            for token, item in self.notifications.items()
        ]
        totp = {name: code for name, code in shown.items() if code}
        return {"sent": list(self.sent), "totp": totp, "notifications": waiting}

    def _totp(self, user: User, code: str) -> str | None:
        now = self._step()
        for step in (now + offset for offset in WINDOW):
            if not hmac.compare_digest(_code(user.account.totp_secret or "", step), code):
                continue
            if step <= user.last_step:
                return "replayed one-time code"
            user.last_step = step
            return None
        return "wrong one-time code"

    def _step(self) -> int:
        return int(self.clock.now()) // STEP_SECONDS


def _code(secret: str, step: int) -> str:
    return pyotp.TOTP(secret).at(step * STEP_SECONDS)
