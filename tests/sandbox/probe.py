# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare client for tests of the sandbox and of faults: one connection, no retry, no cleverness."""

from __future__ import annotations

import base64
import functools
import http.client
import json
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .services._proton.srp import expand_hash, number, pad, password_exponent

APPVERSION = "linux-vpn@4.0.0"
TIMEOUT = 30.0

_exponent = functools.lru_cache(maxsize=64)(password_exponent)
_power_of_two = functools.lru_cache(maxsize=64)(functools.partial(pow, 2))


@dataclass(frozen=True)
class Answer:
    """One reply."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object of the reply."""
        found = json.loads(self.raw)
        assert isinstance(found, dict)
        return found

    @property
    def code(self) -> int:
        """The API's code."""
        return int(self.body["Code"])


@dataclass(frozen=True)
class Proof:
    """What the client sends to finish SRP, and what the server must answer."""

    request: dict[str, Any]
    expected: str


class Probe:
    """Speaks to one service over one kept connection."""

    def __init__(self, url: str, ca_file: str | None = None, appversion: str | None = APPVERSION) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._secure = str(parts.hostname), int(parts.port or 0), parts.scheme == "https"
        self._context = ssl.create_default_context(cafile=ca_file) if self._secure else None
        self._connection: http.client.HTTPConnection | None = None
        self.headers: dict[str, str] = {} if appversion is None else {"x-pm-appversion": appversion}
        self.uid = self.access = self.refresh_token = ""
        self.scopes: list[str] = []

    def request(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request, with the session's credentials when there are any."""
        sent = {**self.headers, **self.credentials(), **(headers or {})}
        data: bytes | None = None
        if isinstance(body, bytes):
            data = body
        elif body is not None:
            data = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = self._connected()
        try:
            connection.request(method, path, body=data, headers=sent)
            reply = connection.getresponse()
            return Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def credentials(self) -> dict[str, str]:
        """The headers that belong to the session."""
        return {"x-pm-uid": self.uid, "Authorization": f"Bearer {self.access}"} if self.uid else {}

    def info(self, username: str, path: str = "/auth/v4/info", **more: Any) -> dict[str, Any]:
        """Start SRP."""
        return self.request("POST", path, {"Username": username, **more}).body

    def prove(self, info: Mapping[str, Any], username: str, password: str) -> Proof:
        """Section 2.4 of the Proton protocol page, from the client's side."""
        modulus = number(base64.b64decode(str(info["Modulus"]).splitlines()[3]))
        server = number(base64.b64decode(info["ServerEphemeral"]))
        salt = base64.b64decode(info["Salt"])
        x = _exponent(int(info["Version"]), username, password, salt, modulus)
        secret = secrets.randbits(256) | 1 << 255
        public = pow(2, secret, modulus)
        k = number(expand_hash(pad(2) + pad(modulus)))
        u = number(expand_hash(pad(public) + pad(server)))
        base = (server - k * _power_of_two(x, modulus)) % modulus
        shared = pow(base, (secret + u * x) % (modulus - 1), modulus)
        client_proof = expand_hash(pad(public) + pad(server) + pad(shared))
        request = {
            "Username": username,
            "ClientEphemeral": base64.b64encode(pad(public)).decode(),
            "ClientProof": base64.b64encode(client_proof).decode(),
            "SRPSession": info["SRPSession"],
        }
        return Proof(request, base64.b64encode(expand_hash(pad(public) + client_proof + pad(shared))).decode())

    def login(self, account: Mapping[str, Any], family: str = "/auth/v4", **more: Any) -> Answer:
        """Both steps; keeps the session when there is one."""
        username, password = account["username"], account["password"]
        proof = self.prove(self.info(username, f"{family}/info"), username, password)
        answer = self.request("POST", family, {**proof.request, **more})
        if answer.status == http.client.OK:
            assert answer.body["ServerProof"] == proof.expected
            self.keep(answer)
        return answer

    def keep(self, answer: Answer) -> None:
        """Use the session of this reply from now on."""
        body = answer.body
        self.uid, self.access, self.refresh_token = body["UID"], body["AccessToken"], body["RefreshToken"]
        self.scopes = list(body["Scopes"])

    def refresh(self, token: str | None = None, path: str = "/auth/v4/refresh", **more: Any) -> Answer:
        """Send a refresh token; the new pair is not kept."""
        body = {
            "ResponseType": "token",
            "GrantType": "refresh_token",
            "RefreshToken": self.refresh_token if token is None else token,
            "RedirectURI": "https://protonmail.ch",
        }
        return self.request("POST", path, {**body, **more})

    def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            if self._context is not None:
                self._connection = http.client.HTTPSConnection(
                    self._host, self._port, timeout=TIMEOUT, context=self._context
                )
            else:
                self._connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        return self._connection
