# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare client of the Tanium service, for tests that say exactly what goes over the wire."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import Any

from .probe import Answer, Probe
from .services._tanium.accounts import encoded

PROVIDER = "tanium"
TOKENS = "/api/v2/api_tokens"


class TaniumProbe(Probe):
    """Sends its `session` (a session string or an API token) as the header of that name."""

    def __init__(self, url: str, ca_file: str, account: Mapping[str, Any]) -> None:
        super().__init__(url, ca_file, None)
        self.account = account
        self.session = ""

    def credentials(self) -> dict[str, str]:
        """The session's header."""
        return {"session": self.session} if self.session else {}

    def auth(self, **headers: str) -> Answer:
        """POST /auth with these headers, and the session if there is one."""
        return self.request("POST", "/auth", headers=headers)

    def log_in(self, **headers: str) -> Answer:
        """Log in by headers; the session is kept when there is one."""
        known = self.account
        self.session = ""
        sent = {"username": encoded(known["username"]), "password": encoded(known["password"])}
        if known.get("domain"):
            sent["domain"] = known["domain"]
        answer = self.auth(**{**sent, **headers})
        if answer.status == http.client.OK:
            self.session = answer.raw.decode()
        return answer

    def alive(self, session: str | None = None) -> bool:
        """Whether a call with this string, or with the kept one, is let in; a session's deadline moves on."""
        headers = {} if session is None else {"session": session}
        return self.request("GET", "/api/v2/server_info", headers=headers).status == http.client.OK

    def token(self, **body: Any) -> Answer:
        """Create an API token."""
        return self.request("POST", TOKENS, {"trusted_ip_addresses": "127.0.0.1", **body})
