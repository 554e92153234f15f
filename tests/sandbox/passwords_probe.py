# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare client of the Nextcloud Passwords service, for tests that say exactly what goes over the wire."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from .probe import Answer, Probe
from .services._nextcloud_passwords.crypto import solution
from .services._nextcloud_passwords.operations.table import API

PROVIDER = "nextcloud_passwords"
HEADER = "x-api-session"


def basic(name: str, secret: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


class PasswordsProbe(Probe):
    """Sends Basic credentials, and the session of the last reply that had one."""

    def __init__(self, url: str, ca_file: str, account: Mapping[str, Any] | None = None, base: str = "") -> None:
        super().__init__(url, ca_file, None)
        self.account = account
        self.session = ""
        self.base = base
        self.headers = {"OCS-APIRequest": "true", "Accept": "application/json"}
        if account is not None:
            self.headers["Authorization"] = basic(account["username"], account["app_password"])

    def credentials(self) -> dict[str, str]:
        """The session's header."""
        return {"X-API-SESSION": self.session} if self.session else {}

    def api(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Call the app."""
        answer = self.request(method, f"{self.base}{API}/{path}", body, headers)
        self.session = answer.headers.get(HEADER, self.session)
        return answer

    def get(self, path: str) -> Any:
        """What a GET gives."""
        return json.loads(self.api("GET", path).raw)

    def post(self, path: str, **body: Any) -> Any:
        """What a POST gives."""
        return json.loads(self.api("POST", path, body).raw)

    def challenge(self, master_password: str | None = None) -> str:
        """Ask for the challenge, and solve it with this master password or with the right one."""
        assert self.account is not None
        salts = self.get("session/request")["challenge"]["salts"]
        return solution(master_password or str(self.account["master_password"]), tuple(salts))

    def open(self, master_password: str | None = None, **more: Any) -> Answer:
        """Open a session; without a challenge there is nothing to solve."""
        assert self.account is not None
        known = master_password or self.account["master_password"]
        body = {"challenge": self.challenge(known)} if known else {}
        return self.api("POST", "session/open", {**body, **more})
