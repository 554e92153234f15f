# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""Tanium: sessions that die when idle, and API tokens (Tanium page).

What the service does with API tokens as credentials is in tanium_tokens.py.
"""

from __future__ import annotations

import base64
import re
import typing as t

from .. import one_time_code, secrets
from ..errors import Failure, printable
from ..options import Option
from ..record import ACTIVE, Grant, Record
from ..transport import IMPATIENT, READ, Patience, Reply
from .base import ForkRequest
from .tanium_tokens import TaniumTokens, days_of, seconds_until

"""Calls that change nothing, or nothing more when they are repeated."""

REST_SINCE = "7.3.314.3409"
"""Section 4.1: the first version with the REST session endpoints."""

_SOAP_SESSION = re.compile(rb"<session>\s*([^<\s]{1,512})\s*</session>", re.IGNORECASE)
_SEARCHED = 4000  # bytes of a SOAP reply (section 3.4)
_REFUSED = frozenset({400, 401, 403})  # which of them a server uses for what is not known (section 3.6)


class Tanium(TaniumTokens):
    name = "tanium"
    title = "Tanium"
    capabilities = frozenset({"credentials", "fork", "import", "refresh"})
    stale_codes = frozenset({401, 403})
    repeats = 1
    fork_options = frozenset({"lifetime", "addresses", "independent"})
    children_end = False
    write_only = frozenset({"custom_fields"})
    instead: t.ClassVar = {
        "lock": "Close the session (state: absent); opening it again takes the password.",
        "sessions": "Tanium does not list sessions. gatehouse.api.credential_info lists API tokens.",
    }
    own_options = (
        Option("username", "Name of the user.", identity=True, env="GATEHOUSE_TANIUM_USERNAME"),
        Option("password", "Password of the user.", secret=True, proof=True, env="GATEHOUSE_TANIUM_PASSWORD"),
        Option("domain", "Directory domain of the user.", identity=True),
        Option("secondary", "Second input of an authentication plug-in, such as a one-time code.", secret=True),
        Option(
            "totp_secret",
            "Secret from which one-time codes for the plug-in are made, base32.",
            secret=True,
            proof=True,
            env="GATEHOUSE_TANIUM_TOTP_SECRET",
        ),
        Option("session", "A session id to use instead of signing in.", secret=True, proof=True),
        Option(
            "api_token",
            "An API token to use instead of signing in.",
            secret=True,
            proof=True,
            env="GATEHOUSE_TANIUM_API_TOKEN",
        ),
        Option("api_token_id", "Id of the API token, by which its expiry is known."),
        Option("surface", "Which interface to sign in with.", default="auth", choices=("auth", "rest")),
        Option("revalidate_after", "Seconds after which the service is asked before a use.", "float", default=295.0),
        Option("rotate_before", "Seconds before its expiry that an API token is rotated.", "float", default=0.0),
        Option("logout_all", "Whether closing ends all sessions of the user.", "bool", default=False),
        Option("version_min", "Lowest platform version that will do."),
        Option("version_max", "Highest platform version that will do."),
    )

    # Signing in

    def missing(self) -> list[str]:
        """One of three ways is enough (section 4.1)."""
        given = self.definition.options
        if given.get("session") or given.get("api_token"):
            return []
        return [name for name in ("username", "password") if not given.get(name)]

    def open(self) -> Grant:
        self._check_inputs()
        version = self._platform_version()
        self._check_version(version)
        if self.secret("api_token"):
            return self._with_api_token(version)
        given = self.secret("session")
        session = self._given(given) if given else self._login()
        details = {"platform_version": version, "session": "given" if given else "own"}
        return self._granted(session, {"details": details, "given": bool(given)})

    def _login(self) -> str:
        """Sections 3.1 and 3.2."""
        username, password = self.account(), self.secret("password") or ""
        extra = {"domain": self._text("domain"), "secondary": self._secondary()}
        extra = {key: value for key, value in extra.items() if value}
        if self.definition.get("surface") == "rest":
            body = {"username": username, "password": password, **extra}
            reply = self.transport.send("POST", "/api/v2/session/login", body=body)
        else:
            headers = {"username": _base64(username), "password": _base64(password), **extra}
            reply = self.transport.send("POST", "/auth", headers=headers)
        if reply.status in _REFUSED:
            raise Failure(
                "credentials_rejected",
                f"{self.transport.origin} refused the login of {username!r} (HTTP {reply.status}).",
                http_code=reply.status,
                hint="Check username, password, domain and the second input; directories lock accounts.",
                rejected=("password", "totp_secret"),
            )
        return self._session_of(reply)

    def _given(self, session: str) -> str:
        """A given session id is proved, and never renewed."""
        reply = self._validate(session)
        if reply.status in _REFUSED:
            raise self._given_expired(reply)
        return self._session_of(reply)

    def _given_expired(self, reply: Reply) -> Failure:
        return Failure(
            "authentication_needed",
            f"{self.transport.origin} does not know the session id that {self.definition.source} gives (any more).",
            http_code=reply.status,
            hint="A given session id cannot be renewed: give a new one, or username and password, or an api_token.",
            session_gone=True,
        )

    def _with_api_token(self, version: str) -> Grant:
        """Section 3.3: nothing to sign in to; a read proves the token."""
        token, token_id = self.newest(self.secret("api_token") or "", self._text("api_token_id"))
        return self._of_token(token, token_id, {"platform_version": version, "session": "API token"})

    def _of_token(self, token: str, token_id: str, details: t.Mapping[str, t.Any]) -> Grant:
        path = f"/api/v2/api_tokens/{token_id}" if token_id else "/api/v2/server_info"
        reply = self.transport.send("GET", path, headers={"session": token}, patience=READ)
        if not reply.ok:
            raise self._token_refused(reply)
        data = {"api_token_id": token_id, "details": {**details, "api_token_id": token_id or None}}
        return Grant(tokens={"access_token": token}, lifetime=self._token_life(reply), state=ACTIVE, data=data)

    def _token_life(self, reply: Reply) -> float | None:
        """Seconds until the token is to be looked at again: its expiry, or before that its rotation."""
        left = seconds_until(reply, self.clock())
        return None if left is None else max(left - float(self.definition.get("rotate_before")), 1.0)

    def _token_refused(self, reply: Reply) -> Failure:
        kind, rejected = ("credentials_rejected", ("api_token",)) if reply.status in (401, 403) else ("", ())
        failure = self.failure(reply)
        return Failure(
            kind or failure.kind,
            f"{self.transport.origin} refused the API token (HTTP {reply.status}).",
            http_code=reply.status,
            retry_after=failure.retry_after,
            hint="It has expired, was rotated or revoked, or this machine's address is not among its trusted ones: "
            "the service does not say which.",
            rejected=rejected,
            session_gone=reply.status == 401,
        )

    def _secondary(self) -> str:
        given, seed = self.secret("secondary"), self.secret("totp_secret")
        place = (self.transport.origin, self.account())
        if given or not seed:
            return given or ""
        return one_time_code.next_code(self.store, *place, seed, self.clock, self.sleep)

    # The session's life

    def refresh(self, record: Record) -> Grant:
        """Sections 3.1 and 4.3: validating pushes the deadline out, and may hand back another session.

        An API token is looked at, and rotated when its time has come (section 3.3).
        """
        token = record.tokens.get("access_token", "")
        if token.startswith("token-"):
            token, token_id = self.newest(token, str(record.data.get("api_token_id") or ""))
            grant = self._of_token(token, token_id, record.data.get("details", {}))
            due = grant.lifetime is not None and grant.lifetime <= 1.0 and self.definition.get("rotate_before")
            return self._rotated(token, token_id, record) if due else grant
        reply = self._validate(token, record)
        if reply.ok:
            return self._granted(self._session_of(reply))
        if record.data.get("given") and reply.status in _REFUSED:
            raise self._given_expired(reply)
        failure = self.failure(reply, record)
        if reply.status in _REFUSED:
            failure.kind, failure.session_gone = "authentication_needed", True
        raise failure

    def rotates(self, record: Record) -> bool:
        """Section 3.3: a rotation kills the old token at once. Validating, and reading a token, lose nothing."""
        token, token_id = record.tokens.get("access_token", ""), str(record.data.get("api_token_id") or "")
        return token.startswith("token-") and self.interrupted(token_id)

    def _rotated(self, token: str, token_id: str, record: Record) -> Grant:
        new_id, new_token = self.rotate(token, token_id)
        return self._of_token(new_token, new_id, record.data.get("details", {}))

    def _validate(self, session: str, record: Record | None = None) -> Reply:
        if self.definition.get("surface") == "rest":
            return self.transport.send("POST", "/api/v2/session/validate", body={"session": session}, patience=READ)
        return self.transport.send("POST", "/auth", headers={"session": session}, patience=READ)

    def close(self, record: Record) -> None:
        """Sections 3.1 and 3.2. A session that the service does not know is closed; a given API token stays alive."""
        token = record.tokens.get("access_token", "")
        if token.startswith("token-"):
            if record.data.get("minted"):
                self.revoke_token(record, str(record.data.get("api_token_id")))
            return
        everywhere = bool(self.definition.get("logout_all"))
        if self.definition.get("surface") == "rest" and not everywhere:
            reply = self.transport.send("POST", "/api/v2/session/logout", body={"session": token}, patience=READ)
        else:
            headers = {"session": token, "logout": "1" if everywhere else "0"}
            reply = self.transport.send("POST", "/auth", headers=headers, patience=READ)
        if not reply.ok and reply.status not in _REFUSED:
            raise self.failure(reply, record)

    def learn(self, reply: Reply, record: Record) -> None:
        """Section 3.4: the session in a SOAP reply takes the place of the one that was sent."""
        old = record.tokens.get("access_token", "")
        soap = reply.ok and reply.url.endswith("/soap") and not old.startswith("token-")
        found = _SOAP_SESSION.search(reply.body[:_SEARCHED]) if soap else None
        session = found[1].decode("ascii", "replace") if found else ""
        if session != old and _is_session(session):
            secrets.add(session)
            self.learned = self._granted(session)

    def headers(self, record: Record) -> dict[str, str]:
        return {"session": record.tokens.get("access_token", "")}

    # Children

    def fork(self, record: Record, request: ForkRequest) -> str:
        """Section 10: an API token of its own expiry, bound to addresses. The selector is its id and itself."""
        if not request.addresses:
            raise Failure(
                "definition",
                "A child of a Tanium session is an API token, and those are bound to addresses.",
                hint="Give addresses: those that the child calls from.",
            )
        days = days_of(request.lifetime)
        minted, token = self.mint(record, f"gatehouse.api {self.definition.name}", days, request.addresses)
        return f"{minted}:{token}"

    def redeem(self, selector: str) -> tuple[Grant, str | None]:
        """A token given, with its id where that is known."""
        token_id, colon, token = selector.rpartition(":")
        secrets.add(token)
        if not re.fullmatch(r"token-\S+", token) or (colon and not re.fullmatch(r"[0-9A-Za-z-]+", token_id)):
            raise Failure("definition", "The selector is none: it takes an API token, or its id, a colon and it.")
        grant = self._of_token(token, token_id, {"session": "API token"})
        return Grant(grant.tokens, lifetime=grant.lifetime, data={**(grant.data or {}), "minted": bool(colon)}), None

    # The platform

    def _platform_version(self) -> str:
        """Section 3.5. What cannot be found out is unknown, which is not too old (pitfall P6)."""
        try:
            reply = self.transport.send("GET", "/config/console.json", patience=READ)
        except Failure as failure:
            if failure.kind == "unexpected_response":
                return ""
            raise
        facts = reply.json() if reply.ok else None
        found = facts.get("serverVersion") if isinstance(facts, dict) else None
        return found if isinstance(found, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9}){1,5}", found) else ""

    def _check_version(self, version: str) -> None:
        """Section 4.5."""
        lowest = [self._text("version_min"), REST_SINCE if self.definition.get("surface") == "rest" else ""]
        highest = self._text("version_max")
        wrong = ""
        if version:
            for wanted in filter(None, lowest):
                wrong = wrong or (f"older than {wanted}" if _cut(version, wanted) < _numbers(wanted) else "")
            if highest and _cut(version, highest) > _numbers(highest):
                wrong = f"newer than {highest}"
        if wrong:
            raise Failure(
                "unsupported",
                f"The Tanium platform at {self.transport.origin} has version {version}, which is {wrong}.",
                hint="Set surface: auth, or change version_min or version_max.",
            )

    def _check_inputs(self) -> None:
        """Pitfall P13: these go out as header text."""
        for option in ("domain", "secondary", "session", "api_token"):
            value = str(self.definition.get(option) or "")
            if not value.isprintable() or not value.isascii():
                raise Failure("definition", f"{option} has characters that no header can carry.")
        if self.secret("api_token") and not (self.secret("api_token") or "").startswith("token-"):
            raise Failure("definition", "api_token is no API token: those begin with token-.")
        for option in ("version_min", "version_max"):
            if self._text(option) and not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})*", self._text(option)):
                raise Failure("definition", f"{option} {self._text(option)!r} is no version such as 7.5.2.3503.")

    # The envelope

    def call(
        self,
        method: str,
        path: str,
        record: Record | None,
        *,
        body: t.Any = None,
        patience: Patience = IMPATIENT,
    ) -> t.Any:
        """One REST call as an open session. Returns what is under `data`."""
        keywords = {} if body is None else {"body": body}
        headers = self.headers(record) if record else {}
        reply = self.transport.send(method, path, headers=headers, patience=patience, **keywords)
        if not reply.ok:
            raise self.failure(reply, record)
        facts = reply.json()
        if reply.body.strip() and not isinstance(facts, dict):  # a page, say, behind which nothing was done
            raise self.lacking("JSON object")
        return facts.get("data") if isinstance(facts, dict) else None

    def failure(self, reply: Reply, record: Record | None = None) -> Failure:
        """Section 3.6."""
        facts = reply.json()
        said = printable(str(facts.get("text") or ""))[:300] if isinstance(facts, dict) else ""
        kinds = {400: "unexpected_response", 401: "authentication_needed", 403: "missing_scope", 404: "definition"}
        kind = kinds.get(reply.status) or ("rate_limited" if reply.status == 429 else "")
        if re.search(r"already.*exists|NotUnique", said, re.IGNORECASE | re.DOTALL):
            kind = "conflict"
        hints = {
            401: "An API token answers so, too, when this machine's address is not among its trusted ones.",
            403: "The session has ended, or it may not do that.",
            404: "There is no such thing, or it may not be seen.",
        }
        return Failure(
            kind or ("not_available" if reply.status >= 500 else "unexpected_response"),
            f"{self.transport.origin} answered HTTP {reply.status}: {said or 'no reason given'}.",
            http_code=reply.status,
            retry_after=reply.retry_after(self.clock()),
            hint=hints.get(reply.status, ""),
        )

    def _granted(self, session: str, data: t.Mapping[str, t.Any] | None = None) -> Grant:
        lifetime = float(self.definition.get("revalidate_after"))
        return Grant(tokens={"access_token": session}, lifetime=lifetime, state=ACTIVE, data=data)

    def _session_of(self, reply: Reply) -> str:
        """The session in a reply of either surface (sections 3.1 and 3.2): opaque, and sent back as a header."""
        if not reply.ok:
            raise self.failure(reply)
        facts = reply.json()
        data = facts.get("data") if isinstance(facts, dict) else None
        found = data.get("session") if isinstance(data, dict) else reply.body.decode("utf-8", "replace").strip()
        if not isinstance(found, str) or not _is_session(found):
            raise self.lacking("session")
        secrets.add(found)
        return found

    def _text(self, option: str) -> str:
        return str(self.definition.get(option) or "")


def _is_session(text: str) -> bool:
    return re.fullmatch(r"[0-9]+-[0-9]+-[!-~]+", text) is not None and len(text) <= 512


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _cut(version: str, wanted: str) -> list[int]:
    """The actual version, cut to the components of the wanted one."""
    return _numbers(version)[: len(_numbers(wanted))]
