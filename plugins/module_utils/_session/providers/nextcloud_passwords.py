# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""Nextcloud Passwords: sessions with challenge, second factor and keepalive; entries, client-side encrypted or not.

Sections are those of the Nextcloud Passwords page. What the service does with entries is in nextcloud_entries.py.
"""

from __future__ import annotations

import base64
import typing as t
from urllib.parse import quote

from .. import one_time_code, secrets, warm
from ..crypto import challenge, cse
from ..errors import Failure, printable
from ..options import Option
from ..pace import Pace
from ..record import ACTIVE, EXPIRED, PENDING, Grant, Record
from ..transport import IMPATIENT, Patience, Reply
from .base import Provider
from .nextcloud_entries import NextcloudEntries

PREFIX = "/index.php/apps/passwords/api/1.0/"

READ = Patience(at_once=frozenset({408, 502}), later=frozenset({429, 503}))
"""Calls that change nothing."""
OPEN = Patience(later=frozenset({429}), attempts=2, pause=30.0)
"""Section 4.2: the limit's answer is empty and names no time; wait for its window and repeat once."""

OPENS = {"limit": 10, "seconds": 30.0}
TOKENS = {"limit": 3, "seconds": 60.0}
"""Section 4.2: calls of `open`, and of requests for one-time codes, that the service takes."""

LIFETIME = "user.session.lifetime"
DEFAULT_LIFETIME = 600.0  # seconds

_HINTS: dict[str | int, str] = {
    401: "The app password is wrong, or was deleted: make a new one in the security settings. It is not sent again, "
    "because ten such attempts lock out every user behind this machine's address.",
    404: "Check url, and that the app Passwords is installed and enabled.",
    "9c5d2ad8": "Somebody has changed the entry in the meantime. Look at it, and run the task again.",
    "6304571a": "The service believes that it is reached by http: set overwriteprotocol in its configuration.",
    "64a6cf1f": "An administrator unlocks it: occ user:setting USER passwords login/attempts/failed --delete",
    "b927b225": "The app password is deleted now. Make a new one, and find out which secret is wrong before using it.",
    "ab6e13ba": "Check master_password. After five failed attempts the service deletes the app password.",
    "8b4f02b4": "Check the code, totp_secret and this machine's clock. After five failed attempts the service deletes "
    "the app password.",
    "c0980e3c": "Give totp_secret or two_factor_code.",
    0: "Look at the service's log; often its check for breached passwords cannot reach the Internet.",
}


class NextcloudPasswords(NextcloudEntries, Provider):
    name = "nextcloud_passwords"
    title = "Nextcloud Passwords"
    needed = ("username", "password")
    capabilities = frozenset({"credentials", "refresh", "verification"})
    rotates = False
    attempts = 5
    stale_codes = frozenset({412})
    instead: t.ClassVar = {
        "fork": "Make an app password for each client in the security settings, and open a session with each.",
        "import": "Open a session with an app password of its own.",
        "lock": "Close the session (state: absent): opening it again takes the master password.",
        "sessions": "The security settings list the app passwords, and delete them.",
    }
    own_options = (
        Option("username", "Login name.", identity=True, env="GATEHOUSE_NEXTCLOUD_PASSWORDS_USERNAME"),
        Option(
            "password",
            "App password or device token.",
            secret=True,
            proof=True,
            env="GATEHOUSE_NEXTCLOUD_PASSWORDS_PASSWORD",
        ),
        Option(
            "master_password",
            "Master password of the Passwords app.",
            secret=True,
            proof=True,
            env="GATEHOUSE_NEXTCLOUD_PASSWORDS_MASTER_PASSWORD",
        ),
        Option(
            "totp_secret",
            "Secret from which one-time codes are made, base32.",
            secret=True,
            proof=True,
            env="GATEHOUSE_NEXTCLOUD_PASSWORDS_TOTP_SECRET",
        ),
        Option(
            "two_factor_code",
            "One-time code, for one login.",
            secret=True,
            env="GATEHOUSE_NEXTCLOUD_PASSWORDS_TWO_FACTOR_CODE",
        ),
        Option("cache_ttl", "Seconds that fetched entries and the unlocked keychain are kept.", "float", default=300.0),
    )

    # Signing in

    def open(self) -> Grant:
        """Sections 3.1 and 3.2. With a second factor the grant is pending, and `complete` goes on."""
        master_password = self._secret("master_password")
        if master_password:
            challenge.check_password(master_password)
        session, asked = self._request(None)
        factors = _factors(asked)
        if factors:
            return Grant(tokens=self._tokens(session), state=PENDING, data={"two_factor": factors})
        return self._authorised(session, asked)

    def complete(self, record: Record) -> Grant:
        """Section 6: the same, with a one-time code."""
        session, asked = self._request(record)
        if "challenge" not in asked and session == record.tokens.get("access_token"):
            # The service took the code from a process that died before it could save that.
            return self._granted(session, self._send("keychain/get", self._with(record, session)).json())
        return self._authorised(session, asked, record)

    def _request(self, record: Record | None) -> tuple[str, dict[str, t.Any]]:
        reply = self._send("session/request", self.headers(record), patience=READ)
        asked = reply.json()
        if not isinstance(asked, dict):
            raise self._lacking("object")
        return self._value(reply), asked

    def _authorised(self, session: str, asked: t.Mapping[str, t.Any], record: Record | None = None) -> Grant:
        """Answer the challenge, if there is one. Section 4.1: this is tried once."""
        if "challenge" not in asked:
            return self._granted(session, None)
        master_password = self._secret("master_password")
        if not master_password:
            raise Failure(
                "authentication_needed",
                f"The account {self.account()!r} has a master password, and {self.definition.source} gives none.",
                hint="Give master_password. Nothing was sent, so no attempt is lost.",
            )
        answer: dict[str, t.Any] = {"challenge": challenge.solution(asked["challenge"], master_password)}
        secrets.add(answer["challenge"])
        factors = _factors(asked)
        if factors:
            method, code = self._code(record, factors)
            answer["token"] = {method: code}
        self._pace("session/open", OPENS)
        try:
            reply = self._send("session/open", self._basic(session), body=answer, patience=OPEN)
        finally:
            self.store.forget(*self._note)  # a code is worth one attempt
        return self._granted(self._value(reply) or session, (reply.json() or {}).get("keys"), master_password)

    def _granted(self, session: str, keys: t.Any, master_password: str | None = None) -> Grant:
        """An open session. `keys` is an empty list when there are none; None here for an account without challenge."""
        sealed = keys.get(cse.TYPE) if isinstance(keys, dict) else None
        lifetime = self._lifetime(session)
        return Grant(
            tokens=self._tokens(session),
            lifetime=lifetime,
            state=ACTIVE,
            data={"lifetime": lifetime, "challenge": keys is not None, "keychain": sealed or ""},
            unlocked=cse.unlock(sealed, master_password).as_dict()
            if sealed and master_password and self.definition.get("cache_ttl")
            else None,
        )

    def _lifetime(self, session: str) -> float:
        """Section 2.4: seconds after the last request."""
        reply = self._send("settings/get", self._basic(session), body=[LIFETIME], patience=READ, method="POST")
        found = (reply.json() or {}).get(LIFETIME) if isinstance(reply.json(), dict) else None
        usable = isinstance(found, (int, float)) and not isinstance(found, bool) and 0 < found < 10**9
        return float(t.cast(float, found)) if usable else DEFAULT_LIFETIME

    def _tokens(self, session: str) -> dict[str, str]:
        """Each request needs both (section 2.1)."""
        return {"access_token": session, "password": self._secret("password") or ""}

    # Second factor (section 6)

    def _code(self, record: Record | None, factors: t.Sequence[str]) -> tuple[str, str]:
        note = self.store.recall(*self._note)
        place = (self.transport.origin, self.account())
        if note.get("value") and note.get("method") in factors:
            secrets.add(note["value"])
            return str(note["method"]), str(note["value"])
        given, seed = self._secret("two_factor_code"), self._secret("totp_secret")
        if given:
            method = next((name for name in (str(note.get("requested")), "totp") if name in factors), factors[0])
            return method, one_time_code.given_code(self.store, *place, given)
        if seed and "totp" in factors:
            return "totp", one_time_code.next_code(self.store, *place, seed, self.clock, self.sleep)
        name = record.name if record else self.definition.name
        raise Failure(
            "two_factor_needed",
            f"Session {name!r} waits for its second factor ({', '.join(factors)}).",
            methods=factors,
            hint="Give totp_secret or two_factor_code; or have a code sent, and give it, with "
            "gatehouse.api.session_verification.",
        )

    def request_code(self, record: Record | None, *, address: str = "", phone: str = "", method: str = "") -> None:
        """Section 6.3. The service remembers the code in the session that asks for it."""
        if not method:
            raise Failure(
                "definition",
                f"{self.title} sends a code to where the account says, not to an address or phone that is given.",
                hint="Give method, one of failure.methods.",
            )
        if record is None or record.state != PENDING:
            raise Failure(
                "definition",
                f"Session {self.definition.name!r} waits for no code.",
                hint="Run gatehouse.api.session first; it says which methods there are.",
            )
        self._pace("token/request", TOKENS)
        reply = self._send(f"token/{quote(method, safe='')}/request", self.headers(record))
        session, facts = self._value(reply), reply.json()
        if session and session != record.tokens.get("access_token"):
            self.learned = Grant(tokens={**record.tokens, "access_token": session})
        data = facts.get("data") if isinstance(facts, dict) else None
        token = data.get("token") if isinstance(data, dict) else None
        asked = {"requested": method, "method": method if token else "", "value": token if token else ""}
        self.store.update(asked, *self._note)

    def answer(self, method: str, token: str, keep: bool = True) -> bool:
        note = self.store.recall(*self._note)
        if (note.get("method"), note.get("value")) == (method, token):
            return False
        if keep:
            self.store.update({"method": method, "value": token}, *self._note)
        return True

    @property
    def _note(self) -> tuple[str, str, str]:
        return ("second-factor", self.transport.origin, self.definition.name)

    def _pace(self, what: str, limit: t.Mapping[str, t.Any]) -> None:
        place = (self.store, self.transport.origin, self.account(), what)
        Pace(*place, **limit, clock=self.clock, sleep=self.sleep, say=self.say).keep(self.transport.network.max_wait)

    # The session's life

    def refresh(self, record: Record) -> Grant:
        """Section 3.3: keepalive succeeds on a dead session, too; only the header tells."""
        reply = self._send("session/keepalive", self.headers(record), record, patience=READ)
        session = self._value(reply) or record.tokens["access_token"]
        if session != record.tokens["access_token"] and record.data.get("challenge"):
            raise Failure(
                "authentication_needed",
                f"{self.transport.origin} has closed the session",
                session_gone=True,
            )
        return Grant(tokens={**record.tokens, "access_token": session}, lifetime=record.data.get("lifetime"))

    def close(self, record: Record) -> None:
        """Section 3.4. 412 and 401 mean that the session is gone already."""
        try:
            self._send("session/close", self.headers(record), patience=READ)
        except Failure as failure:
            if failure.http_code not in (401, 412):
                raise

    def learn(self, reply: Reply, record: Record) -> None:
        """Section 2.3: another value than the one sent means that the session named is gone."""
        dead = reply.status == 401 and _error_id(reply) is None
        session = self._value(reply, record.tokens.get("access_token", ""))
        changed = session != record.tokens.get("access_token")
        if dead or (changed and record.data.get("challenge")):
            self.learned = Grant(tokens={}, state=EXPIRED)
        elif changed:
            self.learned = Grant(tokens={**record.tokens, "access_token": session}, lifetime=record.lifetime)

    def headers(self, record: Record | None) -> dict[str, str]:
        """Section 1.3: credentials with each request, before anybody asks."""
        if record is None or not record.tokens:
            return self._basic()
        return self._basic(record.tokens.get("access_token", ""), record.tokens.get("password"))

    def _basic(self, session: str = "", password: str | None = None) -> dict[str, str]:
        login = f"{self.account()}:{password or self._secret('password') or ''}".encode()
        headers = {
            "Authorization": "Basic " + base64.b64encode(login).decode("ascii"),
            "OCS-APIRequest": "true",
            "Accept": "application/json",
        }
        return {**headers, "X-API-SESSION": session} if session else headers

    # The envelope

    def call(
        self,
        action: str,
        record: Record,
        *,
        body: t.Any = None,
        method: str = "POST",
        patience: Patience = IMPATIENT,
    ) -> t.Any:
        """One call as an open session. Returns the decoded body."""
        return self._send(action, self.headers(record), record, body=body, method=method, patience=patience).json()

    def _send(
        self,
        action: str,
        headers: t.Mapping[str, str],
        record: Record | None = None,
        *,
        body: t.Any = None,
        method: str = "",
        patience: Patience = IMPATIENT,
    ) -> Reply:
        keywords = {} if body is None else {"body": body}
        method = method or ("GET" if body is None else "POST")
        reply = self.transport.send(method, PREFIX + action, headers=headers, patience=patience, **keywords)
        if record is not None:
            self.learn(reply, record)
        if not reply.ok:
            raise self.failure(reply, record)
        return reply

    def _with(self, record: Record, session: str) -> dict[str, str]:
        return self._basic(session, record.tokens.get("password"))

    def _value(self, reply: Reply, default: str = "") -> str:
        """The session that a reply names; the default when it names none, which means no change (section 2.1).

        Copies of older replies, from some cache, are not believed (section 2.3).
        """
        if "immutable" in reply.header("Cache-Control") or reply.header("Pragma") == "cache":
            return default
        value = reply.header("X-API-SESSION")
        if not value:
            return default
        if len(value) > 4096 or not value.isprintable() or not value.isascii():
            raise self._lacking("X-API-SESSION")
        secrets.add(value)
        return value

    def failure(self, reply: Reply, record: Record | None = None) -> Failure:
        """Sections 1.4, 3.2 and 14: by status and route; the error's id only refines what is said."""
        error, facts = _error_id(reply), reply.json()
        said = printable(str(facts.get("message") or ""))[:200] if isinstance(facts, dict) else ""
        kind, rejected = self._kind(reply, error)
        hint = "" if error == 404 else _HINTS.get(reply.status if error is None else error, "")
        if reply.status == 429 and said:
            hint = "Too many failed logins from this machine's address: every user behind it is refused for a while."
        if reply.header("X-Nextcloud-Maintenance-Mode"):
            said, hint = "maintenance mode", ""
        retry_after = reply.retry_after(self.clock())
        if retry_after and not hint:
            hint = f"Come back at {warm.timestamp(self.clock() + retry_after + 1)}."
        about = f" for {self.account()!r}" if kind == "credentials_rejected" else ""
        code = f" (error {error})" if error is not None else ""
        return Failure(
            kind,
            f"{self.transport.origin} answered HTTP {reply.status}{about}{code}: {said or _meaning(reply, error)}.",
            http_code=reply.status,
            api_code=error,
            retry_after=retry_after,
            hint=hint,
            rejected=rejected,
            session_gone=error == "3476b978",
        )

    def _kind(self, reply: Reply, error: str | int | None) -> tuple[str, tuple[str, ...]]:
        if error in ("8b4f02b4", "c0980e3c"):
            return "credentials_rejected", ("totp_secret",)
        if error in ("b927b225", "64a6cf1f"):
            return "credentials_rejected", ("password", "master_password")
        if reply.status == 401:
            return "credentials_rejected", ("password",) if error is None else ("master_password",)
        if error in ("6304571a", "4e8162e6"):
            return "definition", ()
        known = {
            400: "unexpected_response",
            403: "missing_scope",
            404: "definition",
            405: "unexpected_response",
            409: "conflict",
            412: "authentication_needed",
            422: "definition",
            429: "rate_limited",
        }
        kind = known.get(reply.status, "not_available" if reply.status >= 500 else "unexpected_response")
        return ("authentication_needed" if error == "3476b978" else kind), ()

    def _secret(self, option: str) -> str | None:
        value = self.definition.get(option)
        return str(value) if value else None

    def _lacking(self, what: str) -> Failure:
        return Failure("unexpected_response", f"{self.transport.origin} sent a reply without a usable {what}.")


def _factors(asked: t.Mapping[str, t.Any]) -> list[str]:
    """The ids of the second factors that a service offers (section 6.1): none are listed when none are needed."""
    listed = asked.get("token")
    found = [item.get("id") for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return [name for name in found if isinstance(name, str) and name.isprintable() and 0 < len(name) <= 64]


def _error_id(reply: Reply) -> str | int | None:
    """The id in the app's own error object; None for errors of Nextcloud itself (section 1.4)."""
    facts = reply.json()
    if not isinstance(facts, dict) or facts.get("status") != "error":
        return None
    found = facts.get("id")
    return found if isinstance(found, (str, int)) and not isinstance(found, bool) and len(str(found)) <= 16 else None


def _meaning(reply: Reply, error: str | int | None) -> str:
    """What a reply without words means."""
    meanings = {
        400: "it does not take such a request",
        401: "it refused the app password",
        404: "there is no such thing",
        429: "too many requests",
    }
    return meanings.get(reply.status, "no reason given")
