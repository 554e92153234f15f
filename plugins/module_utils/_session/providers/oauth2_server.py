# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The authorization server: what it offers, and where (RFC 8414, OpenID Connect Discovery)."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import urlsplit

from ..errors import Failure
from ..libraries import need
from ..transport import READ, origin_of

if t.TYPE_CHECKING:
    from ..transport import Reply
    from .base import Provider

ENDPOINTS = (
    "authorization_endpoint",
    "device_authorization_endpoint",
    "introspection_endpoint",
    "jwks_uri",
    "revocation_endpoint",
    "token_endpoint",
)
KEPT_FOR = 3600.0  # seconds
_LISTS = ("grant_types_supported", "id_token_signing_alg_values_supported")


class Server:
    """One authorization server, as a definition says or as the server itself does.

    :param provider: for its definition, its store and its way to reach a host.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._found: dict[str, t.Any] | None = None

    @property
    def issuer(self) -> str:
        """Its name: a URL; empty where the definition has endpoints alone."""
        return (self._provider.secret("issuer") or "").rstrip("/")

    def endpoint(self, name: str) -> str:
        """The URL of an endpoint; empty where the server has none.

        :param name: such as `token_endpoint`.
        :raises Failure: `definition` for plain http that was not asked for, and all of discovery's.
        """
        given = self._provider.secret(name)
        url = given or str(self._metadata().get(name) or "")
        if url:
            self._provider.check_scheme(_without_query(url))
        return url

    def needed(self, name: str) -> str:
        """The URL of an endpoint that must be there.

        :raises Failure: `unsupported` when it is not.
        """
        url = self.endpoint(name)
        if not url:
            raise Failure(
                "unsupported",
                f"{self.issuer or self._provider.transport.origin} has no {name}.",
                hint=f"Give {name}, if it has one that it does not announce.",
            )
        return url

    def lists(self, name: str) -> tuple[str, ...]:
        """One of its lists, such as `grant_types_supported`; empty where it does not say."""
        return tuple(self._metadata().get(name) or ())

    def _metadata(self) -> dict[str, t.Any]:
        """What the server says of itself: asked once, and kept in the store for an hour."""
        if not self.issuer:
            return {}
        if self._found is None:
            note = ("oauth2-server", self.issuer, str(self._mutual_tls()))
            kept = self._provider.store.recall(*note)
            if kept and 0 <= self._provider.clock() - kept["at"] < KEPT_FOR:
                self._found = kept["metadata"]
            else:
                self._found = self._asked()
                if "token_endpoint" in self._found:  # nobody should have to do without it for an hour
                    self._provider.store.update({"at": self._provider.clock(), "metadata": self._found}, *note)
        return t.cast("dict[str, t.Any]", self._found)

    def _asked(self) -> dict[str, t.Any]:
        transport = self._provider.transport_to(self.issuer)
        urls = _well_known(self.issuer)
        for url in urls:
            reply = transport.send("GET", url, headers={"Accept": "application/json"}, patience=READ)
            if reply.ok or reply.status >= 429:
                break
        return self._read(reply)

    def _read(self, reply: Reply) -> dict[str, t.Any]:
        """The metadata of a reply. Its issuer must be the one that was asked (RFC 8414, section 3.3)."""
        if reply.status >= 500 or reply.status == 429:
            raise self._provider.failure(reply)
        facts = reply.json()
        if not reply.ok or not isinstance(facts, dict) or not isinstance(facts.get("issuer"), str):
            raise Failure(
                "definition",
                f"{self.issuer} does not say what it offers (HTTP {reply.status} from {reply.url}).",
                http_code=reply.status,
                hint="Check issuer; or give token_endpoint and the other endpoints yourself.",
            )
        if facts["issuer"].rstrip("/") != self.issuer:
            raise Failure(
                "definition",
                f"{reply.url} is the metadata of another issuer, {facts['issuer'][:200]}.",
                hint="Write issuer exactly as the server does.",
            )
        aliases = facts.get("mtls_endpoint_aliases")
        if self._mutual_tls() and isinstance(aliases, dict):
            facts = {**facts, **aliases}
        found: dict[str, t.Any] = {name: facts[name] for name in ENDPOINTS if _is_url(facts.get(name))}
        found.update(
            {name: [str(item) for item in facts[name]] for name in _LISTS if isinstance(facts.get(name), list)}
        )
        return found

    def _mutual_tls(self) -> bool:
        return bool(self._provider.definition.get("client_cert"))


def _well_known(issuer: str) -> list[str]:
    need("authlib.oauth2.rfc8414", "Authlib", "Provider oauth2")
    from authlib.oauth2.rfc8414 import get_well_known_url as of_oauth
    from authlib.oidc.discovery import get_well_known_url as of_openid

    return [of_openid(issuer, external=True), of_oauth(issuer, external=True)]


def _is_url(value: t.Any) -> bool:
    if not isinstance(value, str) or re.search(r"\s", value):
        return False
    try:
        return bool(origin_of(_without_query(value)))
    except Failure:
        return False


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
