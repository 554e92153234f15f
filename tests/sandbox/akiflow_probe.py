# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare client of the Akiflow service, for tests that say exactly what goes over the wire."""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from .probe import Answer, Probe

PROVIDER = "akiflow"
STANDARD = {"Akiflow-Platform": "web", "Akiflow-Version": "2.69.3"}
XSRF = "XSRF-TOKEN"


class AkiflowProbe(Probe):
    """Keeps cookies as they came, the redirect of the last login, and the last pair."""

    def __init__(self, url: str, ca_file: str, account: Mapping[str, Any]) -> None:
        super().__init__(url, ca_file, None)
        self.account = account
        self.client_id = str(uuid.uuid4())
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []
        self.redirect = ""

    def request(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request with nothing added to it; the cookies of the reply are noted and kept."""
        sent = dict(headers or {})
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = self._connected()
        try:
            connection.request(method, path, body=data, headers=sent)
            reply = connection.getresponse()
            raw = reply.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        self.set_cookies = reply.headers.get_all("Set-Cookie") or []
        for cookie in self.set_cookies:
            name, _separator, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, raw)

    def web(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Call the web host: all cookies, and the decoded XSRF value of this moment."""
        sent = {**STANDARD, "X-XSRF-TOKEN": unquote(self.cookies.get(XSRF, ""))}
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return self.request(method, path, body, {**sent, **(headers or {})})

    def api(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Call the API host: bearer and the three headers."""
        sent = {**STANDARD, "Akiflow-Client-Id": self.client_id, "Authorization": f"Bearer {self.access}"}
        return self.request(method, path, body, {**sent, **(headers or {})})

    def start(self) -> Answer:
        """Step 1 of the login."""
        return self.request("GET", "/csrf-cookie")

    def ask(self, email: str | None = None) -> Answer:
        """Step 2; keeps the redirect."""
        answer = self.web("POST", "/auth/login", {"email": email or self.account["email"], "remember": True})
        if answer.status == http.client.OK and answer.body["success"]:
            self.redirect = answer.body["redirect"]
        return answer

    def give(self, code: Any, email: str | None = None) -> Answer:
        """Step 4."""
        return self.web("POST", self.path, {"email": email or self.account["email"], "code": code})

    def me(self) -> Answer:
        """Step 5; keeps the pair."""
        answer = self.web("GET", "/user/me")
        if answer.status == http.client.OK:
            self.take(answer.body["data"])
        return answer

    def take(self, body: Mapping[str, Any]) -> None:
        """Use this pair from now on."""
        self.access, self.refresh_token = body["access_token"], body["refresh_token"]

    def renewed(self, token: str | None = None, **more: Any) -> Answer:
        """Send a refresh token; the new pair is not kept."""
        body = {"client_id": "10", "refresh_token": self.refresh_token if token is None else token, **more}
        return self.web("POST", "/oauth/refreshToken", body, {"Akiflow-Client-Id": self.client_id})

    @property
    def path(self) -> str:
        """Where the code goes, on this host."""
        parts = urlsplit(self.redirect)
        return f"{parts.path}?{parts.query}"
