# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The options of the provider oauth2."""

from __future__ import annotations

from ..options import Option

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105  (no secret)
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  (no secret)

OPTIONS: tuple[Option, ...] = (
    Option("url", "Base URL of the API that the token is for. If not set, the issuer's own.", identity=True),
    Option("issuer", "Name of the authorization server, by which it is discovered.", identity=True),
    *(
        Option(name, f"URL of the {name.replace('_', ' ')}, where it is not discovered.")
        for name in (
            "token_endpoint",
            "authorization_endpoint",
            "device_authorization_endpoint",
            "introspection_endpoint",
            "revocation_endpoint",
        )
    ),
    Option("jwks_uri", "URL of the server's public keys, where it is not discovered."),
    Option(
        "grant",
        "How a token is got.",
        default="client_credentials",
        choices=(
            "client_credentials",
            "refresh_token",
            "device_code",
            "authorization_code",
            "password",
            "jwt_bearer",
            "token_exchange",
        ),
    ),
    Option("client_id", "Id of the client.", identity=True, env="GATEHOUSE_OAUTH2_CLIENT_ID"),
    Option("client_secret", "Secret of the client.", secret=True, proof=True, env="GATEHOUSE_OAUTH2_CLIENT_SECRET"),
    Option(
        "client_auth",
        "How the client proves who it is. If not set, by what is given of it.",
        choices=(
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "tls_client_auth",
            "none",
        ),
    ),
    Option(
        "private_key",
        "Private key of the client, PEM.",
        secret=True,
        proof=True,
        env="GATEHOUSE_OAUTH2_PRIVATE_KEY",
    ),
    Option("private_key_id", "Id by which the server knows the key."),
    Option("private_key_alg", "Algorithm to sign with. If not set, RS256, or the one of the key's curve."),
    Option("assertion_audience", "Whom signed assertions are for. If not set, the token endpoint."),
    Option("assertion_issuer", "Who signs assertions, for grant jwt_bearer. If not set, the client."),
    Option("client_cert", "File with the client's TLS certificate.", type="path"),
    Option("client_key", "File with the key of that certificate, if it is another one.", type="path"),
    Option("scopes", "What the session may do.", type="list", elements="str"),
    Option("audience", "Whom the token is for, where the server wants that."),
    Option("resources", "URIs of the resources that the token is for.", type="list", elements="str"),
    Option("username", "Name of the user, for grant password.", identity=True),
    Option("password", "Password of the user.", secret=True, proof=True, env="GATEHOUSE_OAUTH2_PASSWORD"),
    Option(
        "refresh_token",
        "Refresh token to begin with.",
        secret=True,
        proof=True,
        env="GATEHOUSE_OAUTH2_REFRESH_TOKEN",
    ),
    Option("code", "The code of one authorization, or the whole URL that it came with.", secret=True),
    Option("redirect_uri", "Where the browser is sent with the code."),
    Option("authorization_parameters", "More parameters of the authorization request.", type="dict"),
    Option("wait", "Seconds to wait for somebody to sign in with a browser.", type="float", default=300.0),
    Option("subject", "Whom the client speaks for, for grant jwt_bearer.", identity=True),
    Option("assertion", "A signed assertion, instead of one made with the private key.", secret=True, proof=True),
    Option("subject_token", "The token to exchange.", secret=True, proof=True),
    Option("subject_token_type", "Type of the token to exchange.", default=ACCESS_TOKEN),
    Option("actor_token", "Token of whom acts for the subject.", secret=True, proof=True),
    Option("actor_token_type", "Type of the actor's token.", default=ACCESS_TOKEN),
    Option("requested_token_type", "Type of the token that is wanted."),
)
