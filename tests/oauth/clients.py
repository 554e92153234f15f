# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients that both servers know."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from tests.oauth.keys import Certificate, Key, Keys

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"

REDIRECT_URI = "http://127.0.0.1/callback"


@dataclass(frozen=True)
class Client:
    """A client: how it is called, how it proves that, and what it may do."""

    client_id: str
    auth: str
    grants: tuple[str, ...]
    secret: str = ""
    key: Key | None = None
    certificate: Certificate | None = None
    redirect_uri: str = REDIRECT_URI
    scope: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def basic(self) -> tuple[str, str]:
        """For `requests`: what goes into the header Authorization."""
        return self.client_id, self.secret


def secret() -> str:
    """A new one; every secret of the servers has this word in it."""
    return f"canary-{secrets.token_urlsafe(24)}"


def for_provider(keys: Keys) -> list[Client]:
    """The clients of oidc-provider."""
    code = ("authorization_code", "refresh_token")
    credentials = ("client_credentials",)
    basic = "client_secret_basic"
    self_signed = keys.self_signed("cc-mtls-self")
    signed = keys.certificate("cc-mtls.example.com")
    return [
        Client("cc-basic", basic, credentials, secret(), scope="read write"),
        Client("cc-post", "client_secret_post", credentials, secret()),
        Client("cc-jwt", "private_key_jwt", credentials, key=keys.rsa("cc-jwt")),
        Client("cc-jwt-es256", "private_key_jwt", credentials, key=keys.ec("cc-jwt-es256")),
        Client("cc-secret-jwt", "client_secret_jwt", credentials, secret()),
        Client("cc-mtls", "tls_client_auth", credentials, certificate=signed),
        Client("cc-mtls-self", "self_signed_tls_client_auth", credentials, certificate=self_signed),
        Client("device", "none", (DEVICE_CODE, "refresh_token")),
        Client("web", basic, code, secret()),
        Client("web-es256", basic, code, secret(), more={"id_token_signed_response_alg": "ES256"}),
        Client("public", "none", code),
        Client("password", basic, ("password", "refresh_token"), secret()),
        Client("password-public", "none", ("password", "refresh_token")),
        Client("exchange", basic, (TOKEN_EXCHANGE,), secret()),
        Client("bearer", basic, (JWT_BEARER,), secret()),
        Client("bearer-public", "none", (JWT_BEARER,)),
        Client("dpop", basic, (*credentials, *code), secret(), more={"dpop_bound_access_tokens": True}),
    ]


def for_toolkit() -> list[Client]:
    """The applications of django-oauth-toolkit; each has one grant there."""
    basic, post = "client_secret_basic", "client_secret_post"
    return [
        Client("cc-basic", basic, ("client_credentials",), secret()),
        Client("cc-post", post, ("client_credentials",), secret()),
        Client("password", basic, ("password", "refresh_token"), secret()),
        Client("password-public", "none", ("password", "refresh_token")),
        Client("device", "none", (DEVICE_CODE, "refresh_token")),
        Client("web", basic, ("authorization_code", "refresh_token"), secret()),
        Client("public", "none", ("authorization_code", "refresh_token")),
    ]


def registration(client: Client) -> dict[str, Any]:
    """The metadata of a client as oidc-provider wants it."""
    code = "authorization_code" in client.grants
    found: dict[str, Any] = {
        "client_id": client.client_id,
        "grant_types": list(client.grants),
        "redirect_uris": [client.redirect_uri, "{issuer}/oob"] if code else [],
        "response_types": ["code"] if code else [],
        "token_endpoint_auth_method": client.auth,
        **client.more,
    }
    if client.secret:
        found["client_secret"] = client.secret
    if client.scope:
        found["scope"] = client.scope
    if client.key:
        found["jwks"] = {"keys": [client.key.public()]}
        found["token_endpoint_auth_signing_alg"] = client.key.algorithm
    if client.certificate:
        found["tls_client_certificate_bound_access_tokens"] = True
        if client.auth == "tls_client_auth":
            found["tls_client_auth_san_dns"] = client.certificate.name
        else:
            found["jwks"] = {"keys": [client.certificate.jwk]}
    return found


def application(client: Client) -> dict[str, Any]:
    """The fields of a client as django-oauth-toolkit wants them."""
    grant = {"authorization_code": "authorization-code", "client_credentials": "client-credentials"}
    first = client.grants[0]
    code = first == "authorization_code"
    return {
        "name": client.client_id,
        "client_id": client.client_id,
        "client_secret": client.secret or secret(),
        "client_type": "public" if client.auth == "none" else "confidential",
        "authorization_grant_type": grant.get(first, first),
        "redirect_uris": f"{client.redirect_uri} {{issuer}}/oob" if code else "",
        "algorithm": "RS256",
    }
