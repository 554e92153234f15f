# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Proton sessions: SRP login, second factor, rotating tokens, lock, forks, human verification (Proton page)."""

from __future__ import annotations

import base64
import binascii
import platform
import re
import typing as t

from .. import one_time_code, secrets, warm
from ..errors import Failure, printable
from ..options import Option
from ..record import ACTIVE, LOCKED, PENDING, Grant, Record
from ..transport import IMPATIENT, READ, Patience, Reply
from .base import ForkRequest, Provider

"""Section 3.14: ordinary calls."""
REFRESH = Patience(at_once=frozenset({409}), later=frozenset({429, 503}))
"""Section 3.4: 409 is a database race. 408 and 502 are not repeated: the tokens may have rotated."""

LOGINS = 3
"""How often a login is begun at most."""

ELEVATED = frozenset({"locked", "password"})

# operation: method, versioned path, unversioned path (section 1.1)
ROUTES: dict[str, tuple[str, str, str]] = {
    "info": ("POST", "/auth/v4/info", "/auth/info"),
    "auth": ("POST", "/auth/v4", "/auth"),
    "2fa": ("POST", "/auth/v4/2fa", "/auth/2fa"),
    "refresh": ("POST", "/auth/v4/refresh", "/auth/refresh"),
    "logout": ("DELETE", "/auth/v4", "/auth"),
    "scopes": ("GET", "/auth/v4/scopes", "/auth/scopes"),
    "lock": ("PUT", "/core/v4/users/lock", "/users/lock"),
    "unlock_locked": ("PUT", "/core/v4/users/unlock", "/core/v4/users/unlock"),
    "unlock_password": ("PUT", "/core/v4/users/password", "/core/v4/users/password"),
    "code": ("POST", "/core/v4/users/code", "/users/code"),
    "fork": ("POST", "/auth/v4/sessions/forks", "/auth/v4/sessions/forks"),
    "forks": ("GET", "/auth/v4/sessions/forks", "/auth/v4/sessions/forks"),
    "sessions": ("GET", "/auth/v4/sessions", "/auth/v4/sessions"),
    "revoke": ("DELETE", "/auth/v4/sessions", "/auth/v4/sessions"),
}

_APPVERSION = re.compile(r"[A-Za-z0-9_]+(-[A-Za-z0-9_]+)*@[0-9]+\.[0-9]+\.[0-9]+([-+.][0-9A-Za-z.+-]+)?")
_USER_AGENT = re.compile(r"[^\s/]+/\S+ \([^()\r\n]+\)")
_KINDS = {  # section 1.3
    401: "authentication_needed",
    2028: "rate_limited",
    5001: "definition",
    5003: "definition",
    5005: "definition",
    5099: "definition",
    8002: "credentials_rejected",
    8003: "conflict",
    8005: "authentication_needed",
    8100: "unsupported",
    8101: "unsupported",
    9001: "human_verification_needed",
    9002: "human_verification_needed",
    9101: "missing_scope",
    9107: "missing_scope",
    10002: "credentials_rejected",
    10003: "credentials_rejected",
    10004: "missing_scope",
    10013: "authentication_needed",
    12087: "human_verification_needed",
    12100: "credentials_rejected",
}
_KINDS_BY_STATUS = {
    401: "authentication_needed",
    403: "missing_scope",
    408: "not_available",
    409: "conflict",
    429: "rate_limited",
}
_HINTS = {
    5001: "Set appversion.",
    5003: "Set appversion to a version that the service still accepts.",
    5099: "Set appversion to a client that may sign in to this account.",
    8003: "Close children that nobody uses.",
    10002: "Look at the account with the web client.",
    10003: "Look at the account with the web client.",
    10004: "This needs a paid plan.",
    12100: "Look at the account with the web client.",
    8100: "This account signs in with SSO, which cannot be done unattended.",
    12087: "Ask for a new verification with gatehouse.api.session_verification.",
}


class Proton(Provider):
    name = "proton"
    title = "Proton"
    default_url = "https://mail.proton.me/api"
    needed = ("username", "password")
    capabilities = frozenset({"refresh", "lock", "fork", "import", "user_code", "verification", "sessions", "revoke"})
    fork_options = frozenset({"client_id", "payload", "independent", "user_code"})
    known_pins: t.ClassVar = {
        "vpn-api.proton.me": (
            "CT56BhOTmj5ZIPgb/xD5mH8rY3BLo/MlhP7oPyJUEDo=",
            "35Dx28/uzN3LeltkCBQ8RHK0tlNSa2kCpCRGNp34Gxc=",
            "qYIukVc63DEITct8sFT7ebIq5qsWmuscaIKeJx+5J5A=",
        )
    }
    own_options = (
        Option("username", "Name of the account, as typed at login.", identity=True, env="GATEHOUSE_PROTON_USERNAME"),
        Option("password", "Password of the account.", secret=True, proof=True, env="GATEHOUSE_PROTON_PASSWORD"),
        Option("two_factor_code", "One-time code, for one login.", secret=True, env="GATEHOUSE_PROTON_TWO_FACTOR_CODE"),
        Option(
            "totp_secret",
            "Secret from which one-time codes are made, base32.",
            secret=True,
            proof=True,
            env="GATEHOUSE_PROTON_TOTP_SECRET",
        ),
        Option("client_secret", "Secret of the client, for clients that have one.", secret=True, proof=True),
        Option("appversion", "Client that this is, as PLATFORM-PRODUCT@VERSION.", default="linux-vpn@4.0.0"),
        Option("user_agent", "User agent, as NAME/VERSION (SYSTEM). The default names this collection and system."),
        Option("api_paths", "Family of paths to use.", default="versioned", choices=("versioned", "unversioned")),
        Option("unlock_scope", "Scope that unlocking asks for.", default="locked", choices=("locked", "password")),
    )

    # Signing in

    def open(self) -> Grant:
        """Sections 3.1 and 3.2. A login that the service put off begins anew: its SRP session may be spent."""
        for _attempt in range(LOGINS - 1):
            try:
                return self._login()
            except Failure as failure:
                put_off = failure.http_code in (429, 503)
                if not put_off or (failure.retry_after or 0) > self.transport.network.max_wait:
                    raise
        return self._login()

    def _login(self) -> Grant:
        answer = self._answer()
        body = {"Username": self.account(), **self._client_secret()}
        challenge = self._call("info", body=body, answer=answer)
        proof, exchange = self._prove(challenge)
        reply = self._call("auth", body={**body, **exchange}, answer=answer)
        proof.check_server(reply.get("ServerProof"))
        return self._grant(reply, two_factor=_second_factors(reply))

    def complete(self, record: Record) -> Grant:
        """Section 3.3 for a pending second factor, 3.11 for a pending user code."""
        if record.data.get("selector"):
            return self._poll(record)
        try:
            reply = self._call("2fa", record, body={"TwoFactorCode": self._one_time_code(record)})
            return Grant(scopes=self._scopes(reply), state=ACTIVE)
        except Failure as failure:
            if failure.http_code != 403 and not isinstance(failure, one_time_code.UsedCode):
                raise
            # Perhaps the service took the code from a process that died before it could save that.
            scopes = self._scopes(self._call("scopes", record, patience=READ))
            if "twofactor" in scopes:
                raise
            return Grant(scopes=scopes, state=ACTIVE)

    def _prove(self, challenge: t.Mapping[str, t.Any]) -> tuple[t.Any, dict[str, str]]:
        from ..crypto import modulus, srp

        password = self.definition.get("password")
        if not password:
            raise Failure(
                "authentication_needed",
                f"{self.definition.source[:1].upper()}{self.definition.source[1:]} gives no password to prove.",
                hint="Give the definition with its password.",
            )
        if "SSOChallengeToken" in challenge and "Modulus" not in challenge:
            raise Failure("unsupported", f"The account {self.account()!r} signs in with SSO.", hint=_HINTS[8100])
        version = challenge.get("Version")
        if version not in srp.VERSIONS:
            raise Failure(
                "unsupported",
                f"The account {self.account()!r} uses login protocol version {version!r}; 3 and 4 are supported.",
                hint="Signing in once with the web client brings it up to date.",
            )
        n = modulus.verified(challenge.get("Modulus"))
        ephemeral = srp.decoded(challenge.get("ServerEphemeral"), "server ephemeral")
        try:
            salt = base64.b64decode(challenge.get("Salt") or "", validate=True)
        except (TypeError, ValueError, binascii.Error):
            salt = b""
        proof = srp.prove(str(password), salt, n, ephemeral)
        return proof, {
            "ClientEphemeral": proof.client_ephemeral,
            "ClientProof": proof.client_proof,
            "SRPSession": self._text(challenge, "SRPSession"),
        }

    def _one_time_code(self, record: Record) -> str:
        code, secret = self.definition.get("two_factor_code"), self.definition.get("totp_secret")
        methods = list(record.data.get("two_factor", ()))
        if "totp" in methods and code:
            return one_time_code.given_code(self.store, self.transport.origin, record.account, str(code))
        if "totp" in methods and secret:
            return one_time_code.next_code(
                self.store, self.transport.origin, record.account, str(secret), self.clock, self.sleep
            )
        raise Failure(
            "two_factor_needed",
            f"Session {record.name!r} waits for its second factor ({', '.join(methods) or 'unknown'}).",
            methods=methods,
            hint="Give two_factor_code, or totp_secret."
            if "totp" in methods
            else "Security keys cannot be used unattended: give the account a TOTP second factor.",
        )

    # Tokens

    def refresh(self, record: Record) -> Grant:
        """Section 3.4. 400 and 422 mean that the refresh token is dead."""
        body = {
            "ResponseType": "token",
            "GrantType": "refresh_token",
            "RefreshToken": record.tokens.get("refresh_token", ""),
            "RedirectURI": "https://protonmail.ch",
            "UID": record.uid,
        }
        try:
            return self._grant({"UID": record.uid, **self._call("refresh", record, body=body, patience=REFRESH)})
        except Failure as failure:
            if failure.http_code in (400, 422) and failure.kind != "human_verification_needed":
                failure.kind, failure.session_gone = "authentication_needed", True
            raise

    def close(self, record: Record) -> None:
        """Section 3.5. 401 means that the session is gone already."""
        try:
            self._call("logout", record, patience=READ)
        except Failure as failure:
            if failure.http_code != 401:
                raise

    def headers(self, record: Record | None) -> dict[str, str]:
        """Section 1.2."""
        headers = {"x-pm-appversion": self._appversion(), "User-Agent": self._user_agent()}
        if record is not None and record.uid:
            headers["x-pm-uid"] = record.uid
            headers["Authorization"] = "Bearer " + record.tokens.get("access_token", "")
        return headers

    # Lock

    def elevated(self, record: Record) -> bool:
        return bool(ELEVATED & set(record.scopes))

    def lock(self, record: Record) -> Grant:
        """Section 3.6."""
        self._call("lock", record, patience=READ)
        return Grant(scopes=self._scopes(self._call("scopes", record, patience=READ)), state=LOCKED)

    def unlock(self, record: Record) -> Grant:
        """Section 3.7: the password is proved again."""
        scope = self.definition.get("unlock_scope")
        challenge = self._call("info", record, body={"Username": record.account, "ReauthScope": scope})
        proof, exchange = self._prove(challenge)
        if scope == "password" and _second_factors(challenge):
            exchange["TwoFactorCode"] = self._one_time_code(record)
        proof.check_server(self._call(f"unlock_{scope}", record, body=exchange).get("ServerProof"))
        return Grant(scopes=self._scopes(self._call("scopes", record, patience=READ)), state=ACTIVE)

    # Forks

    def fork(self, record: Record, request: ForkRequest) -> str:
        """Section 3.11."""
        body: dict[str, t.Any] = {
            "ChildClientID": request.client_id or self._client_id(),
            "Independent": int(request.independent),
        }
        if request.payload is not None:
            body["Payload"] = request.payload
        if request.user_code:
            body["UserCode"] = int(request.user_code) if request.user_code.isdigit() else request.user_code
        selector = self._text(self._call("fork", record, body=body, patience=READ), "Selector")
        secrets.add(selector)
        return selector

    def child_options(self, client_id: str) -> dict[str, t.Any]:
        """A child's appversion names its own client (section 3.11)."""
        if not client_id or client_id == self._client_id():
            return {}
        return {"appversion": client_id + "@" + self._appversion().partition("@")[2]}

    def redeem(self, selector: str) -> tuple[Grant, str | None]:
        """Section 3.11. A selector is a credential and works once."""
        secrets.add(selector)
        if not re.fullmatch(r"[A-Za-z0-9_.~=-]+", selector):
            raise Failure("definition", "The selector is none: it has characters that no selector has.")
        reply = self._call("forks", place="/" + selector)
        payload = reply.get("Payload")
        if payload is not None and not isinstance(payload, str):
            raise self.lacking("Payload")
        return self._grant(reply), payload

    def ask_user_code(self) -> Grant:
        """Section 3.11, user-code flow, step 1."""
        reply = self._call("forks", patience=READ)
        selector = self._text(reply, "Selector")
        secrets.add(selector)
        return Grant(state=PENDING, data={"selector": selector, "user_code": str(reply.get("UserCode", ""))})

    def _poll(self, record: Record) -> Grant:
        try:
            grant, payload = self.redeem(record.data["selector"])
        except Failure as failure:
            if failure.http_code != 422:
                raise
            raise Failure(
                "authentication_needed",
                f"Session {record.name!r} waits until its parent approves the code {record.data.get('user_code')}.",
                http_code=422,
                hint="Approve it with gatehouse.api.session_fork and user_code, then run this task again.",
            ) from failure
        tokens = {**(grant.tokens or {}), **({"payload": payload} if payload else {})}
        return Grant(tokens, grant.uid, grant.scopes, grant.lifetime, ACTIVE, data={"selector": "", "user_code": ""})

    # The account's sessions

    def sessions(self, record: Record, filters: t.Mapping[str, t.Any] | None = None) -> list[dict[str, t.Any]]:
        """Section 3.12."""
        listed = self._call("sessions", record, patience=READ).get("Sessions")
        if not isinstance(listed, list):
            raise self.lacking("Sessions")
        return [
            {
                "uid": item.get("UID"),
                "client_id": item.get("ClientID"),
                "client_name": item.get("LocalizedClientName"),
                "created_at": item.get("CreateTime"),
                "revocable": bool(item.get("Revocable")),
                "current": item.get("UID") == record.uid,
            }
            for item in listed
            if isinstance(item, dict)
        ]

    def revoke(self, record: Record, uid: str) -> None:
        """Section 3.12."""
        if not re.fullmatch(r"[A-Za-z0-9_=-]+", uid):
            raise Failure("definition", f"{uid[:40]!r} is no uid of a session.")
        self._call("revoke", record, place="/" + uid, patience=READ)

    # Human verification

    def request_code(self, record: Record | None, *, address: str = "", phone: str = "", method: str = "") -> None:
        """Section 3.9."""
        if method:
            raise Failure("definition", "Proton sends a code to an address or to a phone.", hint="Give one of these.")
        destination = {"Address": address} if address else {"Phone": phone}
        self._call("code", body={"Type": "email" if address else "sms", "Destination": destination}, patience=READ)
        self.store.update({"destination": address or phone}, *self._note)

    def answer(self, method: str, token: str, keep: bool = True) -> bool:
        """Section 3.10, step 3: the value for captcha begins with the challenge, for a code with its destination."""
        note = self.store.recall(*self._note)
        prefix = note.get("token" if method == "captcha" else "destination", "")
        value = token if not prefix or token.startswith(prefix + ":") else f"{prefix}:{token}"
        if (note.get("type"), note.get("value")) == (method, value):
            return False
        if keep:
            self.store.update({"type": method, "value": value}, *self._note)
        return True

    @property
    def _note(self) -> tuple[str, str, str]:
        return ("verification", self.transport.origin, self.definition.name)

    def _answer(self) -> dict[str, str]:
        """The headers of the answer that was kept, if any (section 1.2)."""
        note = self.store.recall(*self._note)
        if not note.get("value"):
            return {}
        secrets.add(note["value"])
        return {
            "x-pm-human-verification-token": note["value"],
            "x-pm-human-verification-token-type": note["type"],
        }

    # The envelope

    def _call(
        self,
        operation: str,
        record: Record | None = None,
        *,
        body: t.Any = None,
        place: str = "",
        patience: Patience = IMPATIENT,
        answer: t.Mapping[str, str] | None = None,
    ) -> dict[str, t.Any]:
        """One call; repeated once with the verification's answer when the service asks for it (section 3.10)."""
        method, versioned, unversioned = ROUTES[operation]
        path = (unversioned if self.definition.get("api_paths") == "unversioned" else versioned) + place
        keywords = {} if body is None else {"body": body}
        headers = {**self.headers(record), **(answer or {})}
        reply = self.transport.send(method, path, headers=headers, patience=patience, **keywords)
        if self.succeeded(reply):
            return t.cast("dict[str, t.Any]", reply.json(default={}))
        failure = self.failure(reply, record)
        if failure.kind == "human_verification_needed":
            self._keep_challenge(reply)
            again = {} if answer else self._answer()
            if again or (answer and failure.api_code == 12087):
                return self._call(operation, record, body=body, place=place, patience=patience, answer=again)
        if failure.api_code == 8002:
            self._explain_rejection(failure, operation)
        raise failure

    def _keep_challenge(self, reply: Reply) -> None:
        if _code(reply.json()) == 12087:
            self.store.update({"type": "", "value": ""}, *self._note)
        token = _details(reply).get("HumanVerificationToken")
        if isinstance(token, str):
            self.store.update({"token": token}, *self._note)

    def _explain_rejection(self, failure: Failure, operation: str) -> None:
        if operation == "2fa":
            failure.message = f"{self.title} refused the one-time code of {self.account()!r}."
            failure.hint = (
                "It ended the session too: the next try signs in anew. Check the code and this machine's clock."
            )
            failure.session_gone = True
            failure.rejected = ("totp_secret",)
        elif operation.startswith(("auth", "unlock")):
            failure.message = f"{self.title} refused the password of {self.account()!r}."
            failure.hint = "Check username and password; every further attempt counts towards a lock-out."

    def succeeded(self, reply: Reply) -> bool:
        """Section 1.3, made robust: HTTP 2xx, and a Code of 1000 or 1001 where there is one."""
        if not reply.ok:
            return False
        if not reply.body.strip():
            return True
        facts = reply.json()
        return isinstance(facts, dict) and facts.get("Code", 1000) in (1000, 1001)

    def failure(self, reply: Reply, record: Record | None = None) -> Failure:
        """Sections 1.3 and 3.14."""
        facts = reply.json()
        code = _code(facts)
        kind = _KINDS.get(code or 0) or _KINDS_BY_STATUS.get(reply.status)
        if reply.status == 403 and record is not None and "twofactor" in record.scopes:
            kind = "two_factor_needed"
        if kind is None:
            kind = "not_available" if reply.status >= 500 else "unexpected_response"
        said = facts.get("Error") if isinstance(facts, dict) else None
        text = _printable(said) or ("no Proton reply" if not isinstance(facts, dict) else "no reason given")
        details = _details(reply)
        missing = details.get("MissingScopes")
        methods = details.get("HumanVerificationMethods") or details.get("Methods") or ()
        hint = _HINTS.get(code or 0, "")
        if kind == "missing_scope":
            listed = ", ".join(map(str, missing)) if isinstance(missing, list) else ""
            hint = (f"Missing: {listed}. " if listed else "") + "state: unlocked brings back locked and password."
        if kind == "human_verification_needed" and not hint:
            url = _printable(details.get("WebUrl"))
            hint = (f"Open {url} and give" if url else "Give") + " the answer to gatehouse.api.session_verification."
        retry_after = reply.retry_after(self.clock())
        if retry_after and not hint:
            hint = f"Come back at {warm.timestamp(self.clock() + retry_after + 1)}."
        return Failure(
            kind,
            f"{self.transport.origin} answered HTTP {reply.status}" + (f", code {code}" if code else "") + f": {text}",
            http_code=reply.status,
            api_code=code,
            retry_after=retry_after,
            methods=[str(item) for item in methods] if isinstance(methods, (list, tuple)) else (),
            hint=hint,
        )

    def _grant(self, reply: t.Mapping[str, t.Any], two_factor: t.Sequence[str] = ()) -> Grant:
        scopes = self._scopes(reply)
        tokens = {
            "access_token": self._text(reply, "AccessToken"),
            "refresh_token": self._text(reply, "RefreshToken"),
        }
        lifetime = reply.get("ExpiresIn")
        usable = isinstance(lifetime, (int, float)) and not isinstance(lifetime, bool) and 0 < lifetime < 10**10
        pending = "twofactor" in scopes
        return Grant(
            tokens=tokens,
            uid=self._text(reply, "UID"),
            scopes=scopes,
            lifetime=float(t.cast(float, lifetime)) if usable else None,
            state=PENDING if pending else None,
            data={"two_factor": list(two_factor)} if pending else None,
        )

    def _scopes(self, reply: t.Mapping[str, t.Any]) -> tuple[str, ...]:
        """`Scopes`, a list; `Scope` is a text in some replies and a bit mask in others (pitfall 29)."""
        scopes = reply.get("Scopes")
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise self.lacking("Scopes")
        return tuple(scopes)

    def _text(self, reply: t.Mapping[str, t.Any], key: str) -> str:
        value = reply.get(key)
        if not isinstance(value, str) or not value or not value.isprintable():
            raise self.lacking(key)
        return value

    def _client_secret(self) -> dict[str, str]:
        secret = self.definition.get("client_secret")
        return {"ClientSecret": str(secret)} if secret else {}

    def _client_id(self) -> str:
        return self._appversion().partition("@")[0]

    def _appversion(self) -> str:
        value = str(self.definition.get("appversion"))
        if value != "Other" and not _APPVERSION.fullmatch(value):
            raise Failure("definition", f"appversion {value!r} does not look like linux-vpn@4.0.0.")
        return value

    def _user_agent(self) -> str:
        value = str(self.definition.get("user_agent") or "")
        if value and value != "None" and not _USER_AGENT.fullmatch(value):
            raise Failure("definition", f"user_agent {value!r} does not look like NAME/VERSION (SYSTEM).")
        return value or f"gatehouse.api/1.0.0 ({platform.system()})"


def _code(facts: t.Any) -> int | None:
    code = facts.get("Code") if isinstance(facts, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _details(reply: Reply) -> dict[str, t.Any]:
    facts = reply.json()
    details = facts.get("Details") if isinstance(facts, dict) else None
    return details if isinstance(details, dict) else {}


def _second_factors(reply: t.Mapping[str, t.Any]) -> list[str]:
    """Section 3.2: `2FA.Enabled` is 0 none, 1 TOTP, 2 FIDO2, 3 both."""
    two_factor = reply.get("2FA")
    enabled = two_factor.get("Enabled") if isinstance(two_factor, dict) else None
    known = {0: [], 1: ["totp"], 2: ["fido2"], 3: ["totp", "fido2"]}
    return known.get(enabled, ["totp"]) if isinstance(enabled, int) else ["totp"]


def _printable(text: t.Any) -> str:
    """A service's own words, made fit for one line."""
    if not isinstance(text, str):
        return ""
    return printable(text)[:300].strip()
