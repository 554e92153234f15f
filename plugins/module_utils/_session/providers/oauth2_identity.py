# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Who signed in: the id_token of OpenID Connect Core 1.0, section 3.1.3.7."""

from __future__ import annotations

import typing as t

from ..errors import Failure
from ..libraries import need
from ..transport import READ

if t.TYPE_CHECKING:
    from .base import Provider
    from .oauth2_server import Server

SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LEEWAY = 60  # seconds that clocks may differ
SHOWN = (
    "iss",
    "sub",
    "aud",
    "preferred_username",
    "name",
    "email",
    "groups",
    "roles",
    "acr",
    "amr",
    "sid",
    "auth_time",
)
"""Claims that a session shows of its account."""


def verified(provider: Provider, server: Server, id_token: t.Any, nonce: str = "") -> dict[str, t.Any]:
    """The claims of an id_token, after its signature, issuer, audience, expiry and nonce are found to be right.

    :param nonce: what the authorization request had; empty for a grant without one.
    :raises Failure: `crypto` when one of them is not, and whatever fetching the server's keys raises.
    """
    need("joserfc.jwt", "joserfc", "The id_token")
    from joserfc import jwt
    from joserfc.errors import JoseError

    problem = ""
    try:
        token = jwt.decode(str(id_token), _keys(provider, server, str(id_token)), algorithms=[*SIGNATURES, "HS256"])
        asked: dict[str, t.Any] = {
            "iss": {"essential": True, "values": [server.issuer, server.issuer + "/"]},
            "aud": {"essential": True, "value": provider.secret("client_id")},
            "exp": {"essential": True},
            "sub": {"essential": True},
        }
        if nonce:
            asked["nonce"] = {"essential": True, "value": nonce}
        jwt.JWTClaimsRegistry(now=lambda: int(provider.clock()), leeway=LEEWAY, **asked).validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as exc:
        problem = str(getattr(exc, "description", "") or getattr(exc, "error", "") or type(exc).__name__)
    if problem:
        raise Failure(
            "crypto",
            f"The id_token of {server.issuer} is not to be trusted: {problem.rstrip('.')}.",
            hint="Nothing was kept. Check issuer, client_id and this machine's clock.",
        )
    return dict(token.claims)


def shown(claims: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Of these claims those that say who it is."""
    return {name: claims[name] for name in SHOWN if name in claims}


def name_of(claims: t.Mapping[str, t.Any]) -> str:
    """What a person would call the account."""
    return str(next((claims[name] for name in ("preferred_username", "email", "sub") if claims.get(name)), ""))[:200]


def _keys(provider: Provider, server: Server, id_token: str) -> t.Any:
    """The keys that an id_token may be signed with: the server's, or the client's own secret where it says so."""
    from joserfc import jws
    from joserfc.jwk import KeySet, OctKey

    if jws.extract_compact(id_token.encode("utf-8")).headers().get("alg") == "HS256":
        secret = provider.secret("client_secret")
        if not secret:
            raise ValueError("it is signed with a secret that this client does not have")
        return OctKey.import_key(secret)
    url = server.needed("jwks_uri")
    reply = provider.transport_to(url.partition("?")[0]).send("GET", url, patience=READ)
    facts = reply.json()
    if not reply.ok or not isinstance(facts, dict):
        raise provider.failure(reply)
    return KeySet.import_key_set(t.cast("t.Any", facts))
