# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OAuth 2.0: a public client at a real server that rotates refresh tokens and ends a grant whose token comes twice.

The grant is password, as every login of a test must work without anybody.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.faults.subjects.base import Provider
from tests.oauth.servers import OidcProvider
from tests.sandbox.harness import Sandbox, fingerprint

ACCESS, REFRESH = "AccessToken", "RefreshToken"
GRANTED: dict[str, Any] = {
    "access_token": "new-access-token",
    "expires_in": 3600,
    "refresh_token": "new-refresh-token",
    "scope": "read write",
    "token_type": "Bearer",
}
ERRORS = (
    (400, "invalid_grant"),
    (400, "invalid_request"),
    (400, "invalid_scope"),
    (400, "slow_down"),
    (400, "unauthorized_client"),
    (400, "none such"),
    (401, "invalid_client"),
    (401, "invalid_token"),
    (403, "insufficient_scope"),
    (500, "server_error"),
    (503, "temporarily_unavailable"),
)


@functools.cache
def _why_not() -> str:
    why = OidcProvider.why_not()
    return f"OidcProvider: {why}" if why else ""


class OAuth2(Provider):
    name = "oauth2"
    account = "alice"
    share = 0.15
    lifetime = 300.0
    login_route = "token_password"
    first_route = "discovery"
    strict_route = "token_password"
    refresh_route = "token_refresh"
    child_route = "token_refresh_scoped"
    child_rotates = True
    aside = ("discovery",)
    path = "/api/echo"
    child = ForkRequest(scopes=("read",))
    settings: ClassVar = {"access_token_ttl": 300}
    # Not refresh_token and expires_in: without the one the old one goes on, without the other a token has no end known
    # here; so the protocol has it, and nobody can tell that this server meant something else.
    fields = ("access_token", "token_type", "scope", "issuer", "token_endpoint", "id_token", "active")
    good: ClassVar = GRANTED
    fuzzed: ClassVar = {
        "tokens": {"access_token": "fuzzed-access-token", "refresh_token": "fuzzed-refresh-token"},
        "data": {"client_auth": "none"},
    }

    def why_not(self) -> str:
        return _why_not()

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        known = sandbox.account(self.service, account)
        login = {"grant": "password", "username": known["username"], "password": known["password"]}
        return {**self.place(sandbox), **login, "scopes": ["read", "write"]}

    def place(self, sandbox: Sandbox) -> dict[str, Any]:
        return {"issuer": sandbox.url(self.service), "ca_path": sandbox.ca_file, "client_id": "password-public"}

    def anywhere(self, url: str) -> dict[str, Any]:
        login = {"grant": "password", "username": "alice", "password": "a password"}
        return {"issuer": url, "token_endpoint": f"{url}/token", "client_id": "password-public", **login}

    def reply(self, url: str) -> Mapping[str, Any]:
        endpoints = {f"{name}_endpoint": f"{url}/{name}" for name in ("token", "introspection", "revocation")}
        return {**self.good, "issuer": url, "jwks_uri": f"{url}/jwks", **endpoints, "active": True}

    # A session is a grant, which all its tokens belong to.

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        return {token["grant"]: token["token"] for token in self._tokens(sandbox) if token["kind"] == ACCESS}

    def lives(self, sandbox: Sandbox, record: Record) -> bool:
        live = {token["token"] for token in self._tokens(sandbox)}
        return all(fingerprint(token) in live for token in record.tokens.values())

    def strangers(self, sandbox: Sandbox, records: Iterable[Record]) -> set[str]:
        tokens = self._tokens(sandbox)
        held = {fingerprint(token) for record in records for token in record.tokens.values()}
        known = {token["grant"] for token in tokens if token["token"] in held}
        return {token["grant"] for token in tokens} - known

    def _tokens(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        return list(sandbox.state(self.service)["tokens"])

    def faults(self) -> list[dict[str, Any]]:
        elsewhere = {"issuer": "https://other.example", "token_endpoint": "https://other.example/token"}
        bearer = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return [
            *({"kind": "status", "status": status, "error": error} for status, error in ERRORS),
            {"kind": "status", "status": 400, "error": "invalid_grant", "count": None},
            {"kind": "status", "status": 401, "body": "", "headers": bearer},
            {"kind": "status", "status": 401, "body": "", "headers": bearer, "count": None},
            {"kind": "status", "status": 200, "body": elsewhere},
            {"kind": "status", "status": 200, "body": {**GRANTED, "token_type": "mac"}},
            {"kind": "status", "status": 200, "body": {**GRANTED, "access_token": ["a"]}},
            {"kind": "status", "status": 200, "body": {**GRANTED, "access_token": "a\r\nb: c"}},
            {"kind": "status", "status": 200, "body": {**GRANTED, "refresh_token": 5}},
            {"kind": "status", "status": 200, "body": {"error": "invalid_grant"}},
        ]
