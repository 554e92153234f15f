# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The client at the token endpoint: Authlib's protocol over this collection's transport."""

from __future__ import annotations

import base64
import typing as t
from urllib.parse import quote_plus, urlencode, urlsplit

from ..errors import Failure
from ..jwt_claims import seconds
from ..libraries import need
from ..transport import IMPATIENT

if t.TYPE_CHECKING:
    from ..transport import Patience, Reply, Transport
    from .base import Provider

ALGORITHMS = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
PROOFS = {"private_key_jwt": "private_key", "tls_client_auth": "client_cert", "none": ""}
"""The option that a client proves itself with, by the way to do so; client_secret for all others."""
FORM = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
Pairs = t.Sequence[t.Any]


class Wire:
    """What Authlib takes for a session of requests. What it sends goes through our transports, with their rules.

    :param provider: for its way to reach a host, and for what its refusals mean.
    :param refused: makes the failure of an unsuccessful reply.
    """

    def __init__(self, provider: Provider, refused: t.Callable[[Reply], Failure]) -> None:
        self._provider = provider
        self._refused = refused
        self._transports: dict[str, Transport] = {}
        self.patience: Patience = IMPATIENT
        self.also: Pairs = ()
        """Parameters that Authlib cannot send, as they occur several times."""

    def post(self, url: str, data: t.Any = None, headers: t.Any = None, auth: t.Any = None, **_more: t.Any) -> Answer:
        """Send a form.

        :raises Failure: whatever `refused` makes of a reply that is no success, and the transport's.
        """
        body = urlencode([*(data or {}).items(), *self.also])
        url, headers, body = auth.prepare("POST", url, {**FORM, **(headers or {})}, body)
        reply = self._to(url).send("POST", url, headers=headers, data=body.encode("utf-8"), patience=self.patience)
        facts = reply.json()
        if not reply.ok or (isinstance(facts, dict) and facts.get("error")):  # some servers refuse with 200
            raise self._refused(reply)
        return Answer(reply)

    def _to(self, url: str) -> Transport:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._transports:
            self._transports[origin] = self._provider.transport_to(origin)
        return self._transports[origin]


class Answer:
    """A successful reply, as Authlib reads it."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.status_code = reply.status

    def json(self) -> t.Any:
        """The reply as an object; Authlib and what follows take nothing else."""
        facts = self.reply.json()
        if not isinstance(facts, dict):
            raise Failure(
                "unexpected_response",
                f"{origin_and_path(self.reply.url)} sent something else than a token.",
                http_code=self.reply.status,
            )
        lifetime = seconds(facts.get("expires_in"))
        kept = {name: value for name, value in facts.items() if name not in ("expires_in", "expires_at")}
        return kept if lifetime is None else {**kept, "expires_in": lifetime}

    def raise_for_status(self) -> None:
        """A successful reply has nothing to raise."""


def client_of(provider: Provider, wire: Wire, token_endpoint: str) -> t.Any:
    """Authlib's client for a definition, with its way to authenticate.

    :raises Failure: `definition` for a key that is none, or that does not fit.
    """
    need("authlib.oauth2.client", "Authlib", "Provider oauth2")
    from authlib.oauth2.client import OAuth2Client
    from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT

    method = auth_method(provider)
    secret: t.Any = provider.secret("client_secret")
    if method == "private_key_jwt":
        secret, algorithm = key_of(provider)
        header = {
            "alg": algorithm,
            **({"kid": provider.secret("private_key_id")} if provider.secret("private_key_id") else {}),
        }
        audience = provider.secret("assertion_audience") or token_endpoint
        method_object: t.Any = PrivateKeyJWT(audience, headers=header, alg=algorithm)
    else:
        method_object = ClientSecretJWT(provider.secret("assertion_audience") or token_endpoint)
    if method == "client_secret_jwt":
        from joserfc.jwk import OctKey

        secret = OctKey.import_key(secret or "")
    wire_method = "none" if method == "tls_client_auth" else method
    client = OAuth2Client(
        wire,
        client_id=provider.secret("client_id"),
        client_secret=secret,
        token_endpoint_auth_method=wire_method,
        revocation_endpoint_auth_method=wire_method,
        code_challenge_method="S256",
        redirect_uri=provider.secret("redirect_uri"),
    )
    client.register_client_auth_method(("client_secret_basic", _basic))
    client.register_client_auth_method(method_object)
    return client


def auth_method(provider: Provider) -> str:
    """How the client proves who it is: as the definition says, else by what it has."""
    given = provider.secret("client_auth")
    if given:
        return given
    by = {"private_key": "private_key_jwt", "client_secret": "client_secret_basic", "client_cert": "tls_client_auth"}
    return next((method for option, method in by.items() if provider.definition.options.get(option)), "none")


def key_of(provider: Provider) -> tuple[t.Any, str]:
    """The private key, and the algorithm that it signs with.

    :raises Failure: `definition` when it is no key, or does not fit the algorithm.
    """
    need("joserfc.jwk", "joserfc", "private_key")
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    pem = provider.secret("private_key") or ""
    problem = ""
    try:
        key = load_pem_private_key(pem.encode("utf-8"), None)
    except (ValueError, TypeError):
        problem = "is no unencrypted private key in PEM form"
    except UnsupportedAlgorithm:
        problem = "is of a kind that cannot be used"
    if problem:
        raise Failure("definition", f"private_key of session {provider.definition.name!r} {problem}.")
    if isinstance(key, rsa.RSAPrivateKey):
        return RSAKey.import_key(pem), provider.secret("private_key_alg") or "RS256"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        fitting = ALGORITHMS.get(key.curve.name, "")
        return ECKey.import_key(pem), provider.secret("private_key_alg") or fitting
    return OKPKey.import_key(pem), provider.secret("private_key_alg") or "EdDSA"


def signing_header(provider: Provider, algorithm: str) -> dict[str, str]:
    """The header of a JWT that the client signs (RFC 7515)."""
    key_id = provider.secret("private_key_id")
    return {"alg": algorithm, **({"kid": key_id} if key_id else {})}


def origin_and_path(url: str) -> str:
    """A URL for a message: without its query."""
    return url.partition("?")[0]


def _basic(client: t.Any, method: str, uri: str, headers: t.Any, body: t.Any) -> tuple[str, t.Any, t.Any]:
    """RFC 6749, section 2.3.1: both halves are form-encoded first, which Authlib leaves out."""
    pair = f"{quote_plus(client.client_id or '')}:{quote_plus(client.client_secret or '')}"
    headers["Authorization"] = "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")
    return uri, headers, body
