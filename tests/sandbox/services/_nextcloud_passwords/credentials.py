# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is calling: Basic, bearer tokens, and the lock on an address (Nextcloud Passwords protocol page, 1.3 and 1.4)."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...clock import Clock
from ...exchange import Call
from .errors import blocked_address, logged_out
from .settings import NextcloudPasswordsSettings
from .users import User

PASSWORD, TOKEN = "password", "token"
_NOBODY = "Current user is not logged in"
_CLIENT_LENGTH = 256
_MARKUP = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Login:
    """Who is calling, how, and under which name revisions are stored."""

    user: User
    kind: str
    client: str
    secret: str


@dataclass
class Credentials:
    """Checks the credentials of each request and counts the wrong ones by address."""

    clock: Clock
    failed: dict[str, list[float]] = field(default_factory=dict)

    def login(self, users: Mapping[str, User], call: Call, settings: NextcloudPasswordsSettings) -> Login:
        """The caller, or a refusal by Nextcloud."""
        address = call.peer.rpartition(":")[0]
        if self._recent(address, settings.failed_logins_seconds) > settings.max_failed_logins:
            raise blocked_address()
        scheme, _, rest = call.header("authorization").partition(" ")
        if scheme.lower() == "bearer":
            found = self._bearer(users, call, rest.strip())
        elif scheme.lower() == "basic":
            found = self._basic(users, call, rest.strip())
        else:
            raise logged_out(_NOBODY, "no credentials")
        if found is None:
            self.failed.setdefault(address, []).append(self.clock.now())
            raise logged_out("", "wrong credentials")
        return found

    def _recent(self, address: str, seconds: float) -> int:
        since = self.clock.now() - seconds
        return sum(time > since for time in self.failed.get(address, ()))

    @staticmethod
    def _basic(users: Mapping[str, User], call: Call, encoded: str) -> Login | None:
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        user = users.get(name)
        if user is None:
            return None
        if secret in user.tokens:
            return Login(user, TOKEN, user.tokens[secret], secret)
        if not hmac.compare_digest(secret.encode(), user.account.password.encode()):
            return None
        if user.account.providers:
            raise logged_out(_NOBODY, "account password with two-factor authentication")
        client = _MARKUP.sub("", call.header("user-agent"))[:_CLIENT_LENGTH]
        return Login(user, PASSWORD, client, secret)

    @staticmethod
    def _bearer(users: Mapping[str, User], call: Call, secret: str) -> Login | None:
        if not call.header("ocs-apirequest"):
            raise logged_out("CORS requires basic auth", "bearer without OCS-APIRequest")
        user = next((user for user in users.values() if secret in user.tokens), None)
        return None if user is None else Login(user, TOKEN, user.tokens[secret], secret)
