# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Any service of OAuth 2.0 or OpenID Connect: the session around tokens that Authlib's client gets (RFC 6749)."""

from __future__ import annotations

import re
import typing as t
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

from .. import secrets
from ..errors import Failure, printable
from ..handed_on import packed, remaining, unpacked
from ..jwt_claims import LATEST, claims_of, life_of, seconds
from ..record import ACTIVE, PENDING, Grant, Record
from ..seed import Seed
from ..signals import allowed
from ..transport import IMPATIENT, READ, Network, Patience, Reply
from . import oauth2_client, oauth2_identity
from .base import ForkRequest, Provider
from .oauth2_options import ACCESS_TOKEN, DEVICE_CODE, JWT_BEARER, OPTIONS, TOKEN_EXCHANGE
from .oauth2_refusals import meant, said_of
from .oauth2_server import Server

ONCE = Patience(later=frozenset({429}))
"""Nothing is repeated that may have rotated a token, or used up a code."""
SIGN_IN_WITHIN = 600.0  # seconds, for authorization_code
SLOWER = 5.0  # seconds more between two questions (RFC 8628, section 3.5)
TELL_EVERY = 30.0  # seconds


class OAuth2(Provider):
    name = "oauth2"
    title = "OAuth 2.0"
    capabilities = frozenset({"fork", "import", "refresh", "sessions"})
    fork_options = frozenset({"access_only", "client_id", "scopes"})
    refresh_proof = ("client_secret", "private_key")
    children_end = False
    closes_stale = True
    instead: t.ClassVar = {
        "lock": "Close the session (state: absent).",
        "revoke": "A server tells of the session's own token only.",
    }
    own_options = OPTIONS

    @classmethod
    def url_of(cls, definition: t.Any) -> str:
        """The API's; without one the issuer's, or that of the token endpoint."""
        given = definition.get("url") or definition.get("issuer")
        endpoint = urlsplit(str(definition.get("token_endpoint") or ""))
        url = str(given or (f"{endpoint.scheme}://{endpoint.netloc}" if endpoint.netloc else "")).rstrip("/")
        if not url:
            raise Failure("definition", f"Session {definition.name!r} has no issuer (see {definition.source}).")
        return url

    def network(self) -> Network:
        """With the client's certificate, which a certificate-bound token needs at the API, too (RFC 8705)."""
        files = (self.definition.get("client_cert"), self.definition.get("client_key"))
        return replace(super().network(), certificate=tuple(str(file) for file in files if file))

    def account(self) -> str:
        return self.secret("username") or self.secret("subject") or self.secret("client_id") or ""

    def missing(self) -> list[str]:
        given = self.definition.options
        needed = ["client_id"]
        method = oauth2_client.auth_method(self)
        if method == "none" and self._grant == "client_credentials":
            needed.append("client_secret")
        needed.append(oauth2_client.PROOFS.get(method, "client_secret"))
        needed += {
            "password": ["username", "password"],
            "refresh_token": ["refresh_token"],
            "token_exchange": ["subject_token"],
        }.get(self._grant, [])
        lacking = [name for name in dict.fromkeys(needed) if name and not given.get(name)]
        if self._grant == "jwt_bearer" and not (given.get("assertion") or given.get("private_key")):
            lacking.append("assertion or private_key")
        if self._grant == "refresh_token" and self._seed.spent(self.secret("refresh_token") or ""):
            lacking.append("a refresh_token that was not used yet")
        return lacking if given.get("issuer") or given.get("token_endpoint") else ["issuer", *lacking]

    def cautions(self) -> list[str]:
        if self._grant != "password":
            return []
        caution = (
            f"Session {self.definition.name!r} uses grant password, which shows the user's password to this client and "
            "which OAuth 2.1 has dropped. Prefer device_code or client_credentials."
        )
        return [caution]

    # Signing in

    def open(self) -> Grant:
        """One of the grants. Those that need a browser begin here, and `complete` goes on with them."""
        return t.cast(Grant, getattr(self, f"_by_{self._grant}")())

    def _by_client_credentials(self) -> Grant:
        """RFC 6749, section 4.4."""
        return self._granted(self._token("client_credentials", patience=READ))

    def _by_password(self) -> Grant:
        """RFC 6749, section 4.3."""
        username, password = self.secret("username"), self.secret("password")
        facts = self._token("password", ("password",), patience=ONCE, username=username, password=password)
        return self._granted(facts)

    def _by_jwt_bearer(self) -> Grant:
        """RFC 7523, section 2.1."""
        sent = ("assertion",) if self.secret("assertion") else ("private_key",)
        assertion = self.secret("assertion") or self._assertion()
        return self._granted(self._token(JWT_BEARER, sent, patience=ONCE, assertion=assertion))

    def _by_token_exchange(self) -> Grant:
        """RFC 8693, section 2.1."""
        actor = self.secret("actor_token")
        facts = self._token(
            TOKEN_EXCHANGE,
            ("subject_token", "actor_token"),
            patience=ONCE,
            subject_token=self.secret("subject_token"),
            subject_token_type=self.secret("subject_token_type"),
            actor_token=actor,
            actor_token_type=self.secret("actor_token_type") if actor else None,
            requested_token_type=self.secret("requested_token_type"),
        )
        return self._granted(facts)

    def _by_refresh_token(self) -> Grant:
        """A refresh token that somebody got elsewhere. Where the server rotates it, it works once."""
        token = self.secret("refresh_token") or ""
        facts = self._token("refresh_token", ("refresh_token",), patience=ONCE, refresh_token=token)
        grant = self._granted({"refresh_token": token, **facts})
        if (grant.tokens or {}).get("refresh_token") != token:
            self._seed.spend(token)
        return grant

    @property
    def _seed(self) -> Seed:
        return Seed(self.store, self.transport.origin, self.definition.name)

    def _by_device_code(self) -> Grant:
        """RFC 8628, section 3.1."""
        endpoint = self._server.needed("device_authorization_endpoint")
        client = self._client()
        answer = self._wire.post(endpoint, self._asked(), auth=client.client_auth(client.token_endpoint_auth_method))
        facts = answer.json()
        texts = {name: facts.get(name) for name in ("device_code", "user_code", "verification_uri")}
        for name, value in texts.items():
            if not isinstance(value, str) or not 0 < len(value) < 4096 or not value.isprintable():
                raise self.lacking(name)
        complete = facts.get("verification_uri_complete")
        secrets.add(texts["device_code"])
        login = {
            **texts,
            "complete_uri": complete if isinstance(complete, str) and complete.isprintable() else "",
            "interval": seconds(facts.get("interval")) or SLOWER,
        }
        lifetime = seconds(facts.get("expires_in")) or SIGN_IN_WITHIN
        return Grant(tokens={}, lifetime=lifetime, state=PENDING, data={"login": login})

    def _by_authorization_code(self) -> Grant:
        """RFC 6749, section 4.1.1, with PKCE (RFC 7636) and a nonce (OpenID Connect Core, section 3.1.2.1)."""
        client = self._client()
        from authlib.common.security import generate_token

        login = {name: generate_token(48) for name in ("state", "nonce", "verifier")}
        more = {str(key): str(value) for key, value in (self.definition.get("authorization_parameters") or {}).items()}
        url, _state = client.create_authorization_url(
            self._server.needed("authorization_endpoint"),
            state=login["state"],
            code_verifier=login["verifier"],
            **{**self._asked(), **({"nonce": login["nonce"]} if self._openid else {}), **more},
        )
        for resource in self.definition.get("resources") or []:
            url += "&" + urlencode({"resource": resource})
        return Grant(tokens={}, lifetime=SIGN_IN_WITHIN, state=PENDING, data={"login": {**login, "url": url}})

    def complete(self, record: Record) -> Grant:
        """Get the token of a login that somebody finishes with a browser."""
        login = record.data.get("login") or {}
        if login.get("device_code"):
            return self._polled(record, login)
        code = self._code(record, login)
        facts = self._token(
            "authorization_code", ("code",), patience=ONCE, code=code, code_verifier=str(login.get("verifier"))
        )
        return self._signed_in(facts, str(login.get("nonce")) if self._openid else "")

    def _signed_in(self, facts: dict[str, t.Any], nonce: str = "") -> Grant:
        grant = self._granted(facts, nonce)
        return replace(grant, data={**(grant.data or {}), "login": None})

    def _code(self, record: Record, login: t.Mapping[str, t.Any]) -> str:
        """The code as given, or of the URL that the browser was sent to, whose state and issuer must be right."""
        given = self.secret("code") or ""
        if not given:
            raise Failure(
                "authentication_needed",
                f"Session {record.name!r} waits for somebody to sign in: open {login.get('url')}",
                methods=["authorization_code"],
                hint="Then give the URL that the browser was sent to, as code.",
            )
        if "code=" not in given and "error=" not in given:
            return given
        query = {name: values[0] for name, values in parse_qs(urlsplit(given).query).items()}
        if query.get("state") != login.get("state"):
            raise Failure(
                "definition",
                "The URL in code belongs to another login: its state is not the one that was asked for.",
                hint=f"Sign in at {login.get('url')}",
            )
        if query.get("iss", self._server.issuer).rstrip("/") != self._server.issuer:  # RFC 9207
            raise Failure("crypto", "The URL in code is of another issuer than the one that was asked.")
        if "error" in query:
            said = (query["error"], query.get("error_description", ""))
            failure = meant(said, Reply(302, url=self._server.issuer), self.clock())
            failure.rejected = ("code",)
            raise failure
        secrets.add(query.get("code", ""))
        return query.get("code", "")

    def _polled(self, record: Record, login: t.Mapping[str, t.Any]) -> Grant:
        """RFC 8628, sections 3.3 to 3.5: tell what to do, and ask until somebody has done it."""
        where = f"open {login['verification_uri']} and enter the code {login['user_code']}"
        if login.get("complete_uri"):
            where += f" (or open {login['complete_uri']})"
        self.say(f"Session {record.name!r}: to sign in, {where}.")
        interval, waited, told = float(login["interval"]), 0.0, 0.0
        limit = min(float(self.definition.get("wait")), (record.expires_at or 0.0) - self.clock())
        while True:
            try:
                facts = self._token(DEVICE_CODE, patience=IMPATIENT, device_code=str(login["device_code"]))
            except Failure as failure:
                if failure.api_code not in ("authorization_pending", "slow_down"):
                    raise
                interval += SLOWER if failure.api_code == "slow_down" else 0.0
            else:
                self.say(f"Session {record.name!r}: signed in.")
                return self._signed_in(facts)
            if waited + interval > limit:
                raise Failure(
                    "authentication_needed",
                    f"Session {record.name!r} waits for somebody to sign in: {where}.",
                    methods=["device_code"],
                    hint="Then run the task again. (How long it waits is its option wait.)",
                )
            with allowed():
                self.sleep(interval)
            waited += interval
            if waited - told >= TELL_EVERY:
                told = waited
                self.say(f"Session {record.name!r}: still waiting, {max(0.0, limit - waited):.0f} seconds at most.")

    # Tokens

    def refreshable(self, record: Record) -> bool:
        return bool(record.tokens.get("refresh_token"))

    def refresh(self, record: Record) -> Grant:
        """RFC 6749, section 6. A server that rotates sends a new refresh token (RFC 9700, section 4.14)."""
        old = record.tokens.get("refresh_token", "")
        self._check_proof(record)
        facts = self._token("refresh_token", patience=ONCE, refresh_token=old)
        grant = self._granted({"refresh_token": old, **facts}, identify=False)
        return replace(grant, data=None, account=None)

    def _check_proof(self, record: Record) -> None:
        """A refresh proves who the client is, too; a record alone does not hold that."""
        option = self._unproved(record)
        if option:
            raise Failure(
                "authentication_needed",
                f"Session {record.name!r} needs its {option}, and {self.definition.source} has none.",
                hint="Define the session in gatehouse_sessions or in a sessions file.",
                sent=False,
            )

    def _unproved(self, record: Record) -> str:
        """The option that the client proves itself with, if the definition lacks it; else empty."""
        option = oauth2_client.PROOFS.get(str(record.data.get("client_auth", "none")), "client_secret")
        return "" if self.definition.options.get(option) else option

    def close(self, record: Record) -> None:
        """RFC 7009: the refresh token first, as the server ends its access tokens with it."""
        held = [(hint, record.tokens.get(hint)) for hint in ("refresh_token", "access_token")]
        if record.overdue(self.clock()):
            held = held[:1]
        tokens = [(hint, token) for hint, token in held if token]
        endpoint = self._server.endpoint("revocation_endpoint") if tokens and not record.data.get("shares") else ""
        child = (record.data.get("details") or {}).get("grant") == "fork"
        if tokens and record.data.get("shares"):
            self._left_alone(record, "revoking its token would end its parent, whose grant it shares")
        elif tokens and not endpoint:
            self._left_alone(record, f"{self._server.issuer or self.transport.origin} revokes no tokens")
        elif tokens and child and self._unproved(record):
            self._left_alone(record, f"revoking takes the {self._unproved(record)} of its parent")
        elif tokens:
            self._check_proof(record)
            for hint, token in tokens:
                self._revoke(endpoint, hint, str(token))

    def _revoke(self, endpoint: str, hint: str, token: str) -> None:
        try:
            self._client().revoke_token(endpoint, token=token, token_type_hint=hint)
        except Failure as failure:
            if failure.api_code not in ("unsupported_token_type", "invalid_token", "invalid_grant"):
                raise

    def _left_alone(self, record: Record, why: str) -> None:
        self.say(f"Session {record.name!r} is forgotten here: {why}. Its tokens stay valid until they expire.")

    def headers(self, record: Record) -> dict[str, str]:
        """RFC 6750, section 2.1."""
        return {"Authorization": f"Bearer {record.tokens.get('access_token', '')}"}

    def sessions(self, record: Record, filters: t.Mapping[str, t.Any] | None = None) -> list[dict[str, t.Any]]:
        """RFC 7662: what the server says of the session's access token."""
        endpoint = self._server.needed("introspection_endpoint")
        self._check_proof(record)
        token = record.tokens.get("access_token", "")
        answer = self._client().introspect_token(endpoint, token, "access_token")
        return [{"uid": record.uid, **answer.json()}]

    # Children

    def fork(self, record: Record, request: ForkRequest) -> str:
        """A child by a refresh for fewer scopes; for another audience, or without a refresh token, by an exchange."""
        self._check_proof(record)
        scopes = " ".join(request.scopes)
        if self._exchanges(record, request):
            facts = self._token(
                TOKEN_EXCHANGE,
                patience=ONCE,
                scopes=request.scopes,
                subject_token=record.tokens.get("access_token", ""),
                subject_token_type=ACCESS_TOKEN,
                **({"audience": request.client_id} if request.client_id else {}),
            )
        elif self.fork_rotates(record, request):
            old = record.tokens["refresh_token"]
            facts = self._token("refresh_token", patience=ONCE, scopes=request.scopes, refresh_token=old)
            left = None if record.expires_at is None else record.expires_at - self.clock()
            tokens = {**record.tokens, "refresh_token": self._text(facts, "refresh_token", old)}
            self.learned = Grant(tokens=tokens, lifetime=left)
            facts = {name: value for name, value in facts.items() if name != "refresh_token"}  # it is the parent's
        else:
            raise Failure(
                "unsupported",
                f"Session {record.name!r} has no refresh token, and {self._server.issuer or self.transport.origin} "
                "announces no token exchange: it cannot be forked.",
                hint="Define the child as a session of its own.",
            )
        child = self._granted(facts, identify=False)
        given = dict(child.tokens or {})
        if request.access_only or oauth2_client.auth_method(self) != "none":
            given.pop("refresh_token", None)
        expires_at = None if child.lifetime is None else self.clock() + child.lifetime
        shares = self.learned is not None
        minted = {"tokens": given, "expires_at": expires_at, "scope": facts.get("scope") or scopes, "shares": shares}
        return packed(minted)

    def fork_rotates(self, record: Record, request: ForkRequest) -> bool:
        return self.refreshable(record) and not request.client_id

    def _exchanges(self, record: Record, request: ForkRequest) -> bool:
        can = self._grant == "token_exchange" or TOKEN_EXCHANGE in self._server.lists("grant_types_supported")
        return can and not self.fork_rotates(record, request)

    def child_options(self, client_id: str) -> dict[str, t.Any]:
        """Without its token a child is over; it does not sign in by itself."""
        return {"grant": "refresh_token", "scopes": None, "client_auth": oauth2_client.auth_method(self)}

    def redeem(self, selector: str) -> tuple[Grant, str | None]:
        keys = {"tokens": dict, "expires_at": (int, float, type(None)), "scope": str}
        child = unpacked(selector, "an OAuth 2.0 session", keys)
        tokens = {str(name): str(value) for name, value in child["tokens"].items()}
        if not re.fullmatch(r"[!-~]+", tokens.get("access_token", "")) or (child["expires_at"] or 0) > LATEST:
            raise Failure("definition", "The selector is none of an OAuth 2.0 session.")
        secrets.add(*tokens.values())
        data = {
            "client_auth": oauth2_client.auth_method(self),
            "shares": bool(child.get("shares")),
            "details": {"grant": "fork"},
        }
        lifetime = remaining(child["expires_at"], self.clock())
        scopes = tuple(child["scope"].split())
        return Grant(tokens=tokens, lifetime=lifetime, state=ACTIVE, scopes=scopes, data=data), None

    # The wire

    @property
    def _grant(self) -> str:
        return str(self.definition.get("grant"))

    @property
    def _openid(self) -> bool:
        return "openid" in (self.definition.get("scopes") or [])

    @property
    def _server(self) -> Server:
        if self._known_server is None:
            self._known_server = Server(self)
        return self._known_server

    _known_server: Server | None = None

    def _client(self, proofs: t.Sequence[str] = ()) -> t.Any:
        """Authlib's client, with a wire of its own.

        :param proofs: options whose values the server has refused if it refuses the grant.
        """
        self._wire = oauth2_client.Wire(self, lambda reply: self._refused(reply, proofs))
        return oauth2_client.client_of(self, self._wire, self._server.endpoint("token_endpoint"))

    def _asked(self, scopes: t.Sequence[str] = ()) -> dict[str, str]:
        """What is asked for, whatever the grant."""
        wanted = " ".join(scopes or self.definition.get("scopes") or [])
        audience = self.secret("audience")
        return {**({"scope": wanted} if wanted else {}), **({"audience": audience} if audience else {})}

    def _token(
        self,
        grant: str,
        proofs: t.Sequence[str] = (),
        *,
        patience: Patience = IMPATIENT,
        scopes: t.Sequence[str] = (),
        **form: t.Any,
    ) -> dict[str, t.Any]:
        """One request to the token endpoint."""
        client = self._client(proofs)
        self._wire.patience = patience
        self._wire.also = [("resource", resource) for resource in self.definition.get("resources") or []]
        asked = (
            {} if grant in ("refresh_token", "authorization_code", DEVICE_CODE) and not scopes else self._asked(scopes)
        )
        sent = {**asked, **{name: value for name, value in form.items() if value}}
        secrets.add(*(sent[name] for name in sent if name in ("assertion", "code", "code_verifier")))
        return dict(client.fetch_token(self._server.needed("token_endpoint"), grant_type=grant, **sent))

    def _granted(self, facts: t.Mapping[str, t.Any], nonce: str = "", identify: bool = True) -> Grant:
        """What a reply of the token endpoint grants (RFC 6749, section 5.1)."""
        access = self._text(facts, "access_token")
        refresh = self._text(facts, "refresh_token", "")
        secrets.add(access, refresh)
        if str(facts.get("token_type", "Bearer")).lower() not in ("bearer", "n_a"):
            kind = printable(str(facts.get("token_type")))[:40]
            raise Failure(
                "unsupported", f"{self.transport.origin} gave a token of type {kind}; only Bearer is supported."
            )
        claims: dict[str, t.Any] = {}
        if identify and facts.get("id_token") and self._server.issuer:
            claims = oauth2_identity.verified(self, self._server, facts["id_token"], nonce)
        asked = " ".join(self.definition.get("scopes") or [])
        scope = facts.get("scope")
        details = {"grant": self._grant, "issuer": self._server.issuer or None, "claims": oauth2_identity.shown(claims)}
        return Grant(
            tokens={"access_token": access, **({"refresh_token": refresh} if refresh else {})},
            uid=printable(str(claims.get("sid") or claims_of(access).get("jti") or ""))[:200],
            scopes=tuple((scope if isinstance(scope, str) else asked).split()),
            lifetime=life_of(access, facts.get("expires_in"), self.clock()),
            state=ACTIVE,
            account=oauth2_identity.name_of(claims) or None,
            data={"client_auth": oauth2_client.auth_method(self), "details": details},
        )

    def _text(self, facts: t.Mapping[str, t.Any], key: str, default: str | None = None) -> str:
        value = facts.get(key, default)
        if not isinstance(value, str) or not re.fullmatch(r"[!-~]*", value) or (not value and default is None):
            raise self.lacking(key)
        return value

    def _assertion(self) -> str:
        """RFC 7523, section 3: signed by the client, for a subject."""
        signer = self.secret("assertion_issuer") or self.secret("client_id") or ""
        endpoint = self._server.needed("token_endpoint")
        self._client()
        from authlib.oauth2.rfc7523.assertion import sign_jwt_bearer_assertion

        key, algorithm = oauth2_client.key_of(self)
        scope = self._asked().get("scope")  # some servers read it here, and not in the request
        return str(
            sign_jwt_bearer_assertion(
                key=key,
                claims={"scope": scope} if scope else None,
                issuer=signer,
                audience=self.secret("assertion_audience") or endpoint,
                subject=self.secret("subject") or signer,
                issued_at=int(self.clock()),
                expires_in=300,
                header=oauth2_client.signing_header(self, algorithm),
            )
        )

    # Failures

    def failure(self, reply: Reply, record: Record | None = None) -> Failure:
        """What an API says that takes tokens (RFC 6750, section 3.1), or the server outside of the token endpoint."""
        failure = meant(said_of(reply), reply, self.clock())
        failure.session_gone = False
        return failure

    def _refused(self, reply: Reply, proofs: t.Sequence[str]) -> Failure:
        """What a refusal of the authorization server means (RFC 6749, section 5.2)."""
        given = [name for name in proofs if self.definition.options.get(name)]
        client = [name for name in self.refresh_proof if self.definition.options.get(name)]
        return meant(said_of(reply), reply, self.clock(), given, client)
