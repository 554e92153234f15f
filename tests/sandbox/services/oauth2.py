# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay to a real authorization server, npm oidc-provider (tests/oauth), which has a process and a port of its own.

Every request is forwarded and every reply is the server's. Nothing of OAuth is here but the names of things.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

from tests.oauth.servers import OidcProvider

from ..canaries import fingerprint
from ..exchange import Call, Operation, Reply
from ..service import Service

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TABLE = (
    ("discovery", ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")),
    ("token", ("/token",)),
    ("introspection", ("/token/introspection",)),
    ("revocation", ("/token/revocation",)),
    ("jwks", ("/jwks",)),
    ("userinfo", ("/me",)),
    ("device_authorization", ("/device/auth",)),
    ("resource", ("/api", "/api/{rest:path}")),
    ("other", ("/{rest:path}",)),
)
GRANTS = {
    "authorization_code": "token_code",
    "client_credentials": "token_client_credentials",
    "password": "token_password",
    "refresh_token": "token_refresh",
    "urn:ietf:params:oauth:grant-type:device_code": "token_device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer": "token_jwt_bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange": "token_exchange",
}
SCOPED = "token_refresh_scoped"
"""A refresh that asks for scopes."""
NOT_FORWARDED = frozenset({"accept-encoding", "connection", "content-length", "host", "keep-alive", "te", "upgrade"})
NOT_ANSWERED = frozenset({"connection", "content-length", "content-type", "date", "keep-alive", "transfer-encoding"})
SECONDS = 30.0


@dataclass(frozen=True)
class OAuth2Settings:
    """Those of the server."""

    access_token_ttl: int = 3600
    refresh_token_ttl: int = 14 * 86400
    device_interval: int = 1
    device_code_ttl: int = 600
    dpop_nonce: bool = False


class OAuth2Service(Service):
    """The relay, and the server behind it."""

    name = "oauth2"
    settings_type = OAuth2Settings
    secret_keys: ClassVar[frozenset[str]] = frozenset(
        {
            *("access_token", "actor_token", "assertion", "client_assertion", "client_secret", "code", "code_verifier"),
            *("device_code", "id_token", "refresh_token", "subject_token", "user_code"),
        }
    )
    secret_headers: ClassVar[frozenset[str]] = frozenset({"dpop"})
    _server: OidcProvider | None = None

    @property
    def server(self) -> OidcProvider:
        """The authorization server."""
        assert self._server is not None
        return self._server

    def operations(self) -> tuple[Operation, ...]:
        """Everything, by names."""
        return tuple(Operation(name, method, paths, self._relayed) for name, paths in TABLE for method in METHODS)

    def route_of(self, call: Call, operation: Operation) -> str:
        """The token endpoint's by grant."""
        if operation.name != "token":
            return operation.name
        form = dict(call.form())
        found = GRANTS.get(form.get("grant_type", ""), operation.name)
        return SCOPED if found == "token_refresh" and "scope" in form else found

    def routes(self) -> frozenset[str]:
        """With the grants."""
        return super().routes() | {*GRANTS.values(), SCOPED}

    def accounts(self) -> dict[str, dict[str, Any]]:
        """Users and clients."""
        users = {name: {"username": name, "password": word} for name, word in self.server.users.items()}
        clients = {name: {"client_id": name, "client_secret": it.secret} for name, it in self.server.clients.items()}
        return {**clients, **users}

    def start(self, url: str, plain_url: str) -> None:
        """Start the server, whose issuer is this service."""
        self._server = OidcProvider(relay=url, tls=False)
        self._server.start()
        super().start(url, plain_url)

    def stop(self) -> None:
        """It goes with the sandbox."""
        if self._server is not None:
            self._server.stop()

    def renew(self) -> None:
        """No token, no grant, real time, the first settings."""
        self.server.reset()

    def moved(self) -> None:
        """The server lives by the same clock."""
        self.server.clock(self.clock.offset)

    def change_settings(self, wanted: Any) -> dict[str, Any]:
        """The server's own."""
        super().change_settings(wanted)
        return self.server.settings(**asdict(self.settings))

    def state(self) -> dict[str, Any]:
        """Live tokens with the grants that they are of, and how many there are of everything."""
        return {"tokens": self.server.tokens(), **self.server.state()}

    def secrets(self) -> list[str]:
        """The server knows them."""
        return self.server.canaries()

    def act(self, what: str, arguments: dict[str, Any]) -> Any:
        """What happens behind the back of clients."""
        deeds: dict[str, Callable[..., Any]] = {"expire": self.server.expire, "revoke": self.server.revoke}
        if what not in deeds:
            raise ValueError(f"no deed {what}; known: {', '.join(sorted(deeds))}")
        return deeds[what](**arguments)

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """RFC 6749, section 5.2."""
        return {"error": error, **({} if details is None else {"error_description": details})}

    async def _relayed(self, call: Call) -> Reply:
        form = dict(call.form()) if call.media_type() == "application/x-www-form-urlencoded" else {}
        call.account = form.get("username") or form.get("client_id")
        named = {"refresh": form.get("refresh_token"), "token": form.get("token")}
        named["access"] = call.header("authorization").partition("Bearer ")[2]
        call.notes.update({name: fingerprint(value) for name, value in named.items() if value})
        return await asyncio.to_thread(self._answer, call)

    def _answer(self, call: Call) -> Reply:
        headers = {name: value for name, value in call.headers.items() if name not in NOT_FORWARDED}
        headers.update({"Host": urlsplit(self.url).netloc, "X-Forwarded-Proto": "https"})
        target = quote(call.path) + (f"?{urlencode(call.query)}" if call.query else "")
        connection = http.client.HTTPConnection(urlsplit(self.server.here).netloc, timeout=SECONDS)
        try:
            connection.request(call.method, target, call.raw or None, headers)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        if answer.status >= 500:
            print(f"tests/sandbox: {call.method} {call.path} was answered {answer.status}", file=sys.stderr, flush=True)
        return _reply(answer, raw)


def _reply(answer: http.client.HTTPResponse, raw: bytes) -> Reply:
    kind = answer.headers.get("Content-Type")
    body = json.loads(raw) if raw and kind and kind.startswith("application/json") else None
    refused = None
    if answer.status >= 400:
        refused = str(body.get("error_description") or body.get("error")) if isinstance(body, dict) else answer.reason
    return Reply(
        answer.status,
        body,
        raw=raw if body is None else None,
        headers=tuple((name, value) for name, value in answer.getheaders() if name.lower() not in NOT_ANSWERED),
        content_type=kind,
        refused=refused,
    )


SERVICE = OAuth2Service
