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
import contextlib
import typing as t
from urllib.parse import quote

from .. import one_time_code, secrets, warm
from ..crypto import challenge, cse
from ..errors import Failure, printable
from ..options import Option
from ..pace import Pace
from ..record import ACTIVE, EXPIRED, PENDING, Grant, Record
from ..transport import IMPATIENT, READ, Patience, Reply
from .nextcloud_entries import NextcloudEntries

PREFIX = "/index.php/apps/passwords/api/1.0/"

"""Calls that change nothing."""
OPEN = Patience(later=frozenset({429}), attempts=2, pause=30.0)
"""Section 4.2: the limit's answer is empty and names no time; wait for its window and repeat once."""

OPENS = {"limit": 10, "seconds": 30.0}
TOKENS = {"limit": 3, "seconds": 60.0}
"""Section 4.2: calls of `open`, and of requests for one-time codes, that the service takes."""

TYPED, SENT, APPROVED = "typed", "sent", "approved"
"""Section 6.2: a code that one has, one that the service sends first, a question on a device."""

LIFETIME = "user.session.lifetime"
DEFAULT_LIFETIME = 600.0  # seconds

_REPORT = "Look for a newer release of this collection, or report it."
_HINTS: dict[str | int, str] = {
    401: "The app password is wrong, or was deleted: make a new one in the security settings. It is not sent again, "
    "because ten such attempts lock out every user behind this machine's address.",
    429: "The service limits how often it is asked. Run the task again in a minute.",
    404: "Check url, and that the app Passwords is installed and enabled.",
    "4ad27488": "The session is gone. It is opened anew where its definition is known.",
    "3476b978": "The master password was changed elsewhere, or the keychain is damaged. Open the session again.",
    "033d1943": "Look at the service's log: it cannot read what belongs to the master password.",
    "92312b66": _REPORT,
    "f281915e": _REPORT,
    "5b9e3440": _REPORT,
    "fce89df4": _REPORT,
    "9c01ff52": _REPORT,
    "db824eaa": _REPORT,
    "8c52e71b": _REPORT,
    "4e8162e6": "Only an account with a master password encrypts its entries; close the session and open it again.",
    "7c8efc3c": "The top folder cannot be changed.",
    "7c31eb4d": "Give a label; 0 counts as none.",
    "2cf30fe7": "Give a password; 0 counts as none.",
    "2aff026c": "Give a color.",
    "54131ad4": "The entry was shared in the meantime. Look at it, and run the task again.",
    "7269e742": "The entry was shared in the meantime. Look at it, and run the task again.",
    "57b4fe05": "The tag was removed in the meantime. Run the task again.",
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


class NextcloudPasswords(NextcloudEntries):
    name = "nextcloud_passwords"
    title = "Nextcloud Passwords"
    needed = ("username", "password")
    capabilities = frozenset({"credentials", "refresh", "verification"})
    attempts = 5
    stale_codes = frozenset({412})
    repeats = 1
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
        master_password = self.secret("master_password")
        if master_password:
            challenge.check_password(master_password)
        session, asked = self._request(None)
        factors = self._factors(asked)
        if factors:
            return Grant(tokens=self._tokens(session), state=PENDING, data={"two_factor": list(factors)})
        return self._authorised(session, asked)

    def complete(self, record: Record) -> Grant:
        """Section 6: the same, with a one-time code."""
        session, asked = self._request(record)
        if "challenge" not in asked and session == record.tokens.get("access_token"):
            # The service took the code from a process that died before it could save that.
            headers = self._headers(record, session)
            keys = self._keys(self._send("keychain/get", headers, patience=READ).json())
            return self._granted(session, self._lifetime(headers), keys, record)
        return self._authorised(session, asked, record)

    def _request(self, record: Record | None) -> tuple[str, dict[str, t.Any]]:
        """The session to open, and what opening it takes."""
        known = record.tokens.get("access_token", "") if record else ""
        reply = self._send("session/request", self._headers(record, known), patience=READ)
        session, asked = self._value(reply, known), reply.json()
        if not isinstance(asked, dict):
            raise self.lacking("object")
        if not session:
            raise self.lacking("X-API-SESSION")
        return session, asked

    def _authorised(self, session: str, asked: t.Mapping[str, t.Any], record: Record | None = None) -> Grant:
        """Answer the challenge, if there is one. Section 4.1: this is tried once."""
        headers = self._headers(record, session)
        if "challenge" not in asked:
            return self._granted(session, self._lifetime(headers), None, record)
        master_password = self.secret("master_password")
        if not master_password:
            raise Failure(
                "authentication_needed",
                f"The account {self.account()!r} has a master password, and {self.definition.source} gives none.",
                hint="Give master_password. Nothing was sent, so no attempt is lost.",
            )
        answer: dict[str, t.Any] = {"challenge": challenge.solution(asked["challenge"], master_password)}
        secrets.add(answer["challenge"])
        lifetime = self._lifetime(headers)  # before the session is open: what fails from then on leaves it to nobody
        factors = self._factors(asked)
        proved = "totp_secret"
        if factors:
            method, code, proved = self._code(record, session, factors)
            answer["token"] = {method: code}
        self.pace("session/open", OPENS)
        try:
            reply = self._send("session/open", headers, body=answer, patience=OPEN)
        except Failure as failure:
            if failure.rejected == ("totp_secret",):
                failure.rejected = (proved,)
            raise
        finally:
            self.store.forget(*self._note)  # a code is worth one attempt
        facts = reply.json()
        keys = self._keys(facts.get("keys") if isinstance(facts, dict) else None)
        return self._granted(self._value(reply, session), lifetime, keys, record, master_password)

    def _keys(self, keys: t.Any) -> str:
        """The keychain among the keys of an account with a challenge; empty for none. No keys at all are `[]`.

        :raises Failure: `unexpected_response` when they are no keys.
        """
        sealed = keys.get(cse.TYPE, "") if isinstance(keys, dict) else ""
        if not isinstance(keys, (dict, list)) or not isinstance(sealed, str):
            raise self.lacking("keys")
        return sealed

    def _granted(
        self,
        session: str,
        lifetime: float,
        keychain: str | None,
        record: Record | None,
        master_password: str | None = None,
    ) -> Grant:
        """An open session.

        :param keychain: empty when there is none; None for an account without challenge.
        """
        unlocked = None
        if keychain and master_password and self.definition.get("cache_ttl"):
            with contextlib.suppress(Failure):  # said again to whoever wants to read what it encrypts
                unlocked = cse.unlock(keychain, master_password).as_dict()
        return Grant(
            tokens=self._tokens(session, record),
            lifetime=lifetime,
            state=ACTIVE,
            data={"lifetime": lifetime, "challenge": keychain is not None, "keychain": keychain or ""},
            unlocked=unlocked,
        )

    def _lifetime(self, headers: t.Mapping[str, str]) -> float:
        """Section 2.4: seconds after the last request."""
        facts = self._send("settings/get", headers, body=[LIFETIME], patience=READ).json()
        found = facts.get(LIFETIME) if isinstance(facts, dict) else None
        usable = isinstance(found, (int, float)) and not isinstance(found, bool) and 0 < found < 10**9
        return float(t.cast(float, found)) if usable else DEFAULT_LIFETIME

    def _tokens(self, session: str, record: Record | None = None) -> dict[str, str]:
        """Each request needs both (section 2.1)."""
        return {"access_token": session, "password": self._password(record)}

    def _password(self, record: Record | None = None) -> str:
        """The definition's; where it has none, the record's."""
        return self.secret("password") or (record.tokens.get("password", "") if record else "")

    def _headers(self, record: Record | None, session: str) -> dict[str, str]:
        """As `headers`, for a session that is not open yet."""
        return self._basic(session, self._password(record))

    def _factors(self, asked: t.Mapping[str, t.Any]) -> dict[str, str]:
        """The ids of the second factors that the service offers (section 6.1), and how each is answered.

        None are listed when none are needed.
        """
        listed = asked.get("token", [])
        found = {
            item["id"]: _way(item)
            for item in (listed if isinstance(listed, list) else ())
            if isinstance(item, dict) and _is_method(item.get("id"))
        }
        if not found and listed != []:
            raise self.lacking("token")
        return found

    # Second factor (section 6)

    def _code(self, record: Record | None, session: str, factors: t.Mapping[str, str]) -> tuple[str, str, str]:
        """The method, the code, and the option that it comes from."""
        note = self.store.recall(*self._note)
        place = (self.transport.origin, self.account())
        # Section 6.3: a code that was sent is good in the session that asked for it, and in no other.
        sent = note.get("requested") if note.get("session") == session else None
        ready = [name for name, way in factors.items() if way == TYPED or (way == SENT and name == sent)]
        if note.get("value") and (note.get("method") in ready or factors.get(str(note.get("method"))) == APPROVED):
            secrets.add(note["value"])
            return str(note["method"]), str(note["value"]), "two_factor_code"
        given, seed = self.secret("two_factor_code"), self.secret("totp_secret")
        if given and ready:
            backup = "backup_codes" if any(char.isalpha() for char in given) else None  # the others are digits
            method = next((name for name in (backup, sent, "totp") if name in ready), ready[0])
            return method, one_time_code.given_code(self.store, *place, given), "two_factor_code"
        if seed and "totp" in factors:
            return "totp", one_time_code.next_code(self.store, *place, seed, self.clock, self.sleep), "totp_secret"
        name = record.name if record else self.definition.name
        raise Failure(
            "two_factor_needed",
            f"Session {name!r} waits for its second factor ({', '.join(factors)}).",
            methods=list(factors),
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
        offered = [str(name) for name in record.data.get("two_factor") or ()]
        if method not in offered:
            raise Failure(
                "definition",
                f"The account {self.account()!r} has no second factor {method!r}.",
                methods=offered,
                hint=f"It has: {', '.join(offered)}.",
            )
        self.pace("token/request", TOKENS)
        known = record.tokens.get("access_token", "")
        reply = self._send(f"token/{quote(method, safe='')}/request", self._headers(record, known))
        session, facts = self._value(reply, known), reply.json()
        if session != known:
            self.learned = Grant(tokens={**record.tokens, "access_token": session})
        data = facts.get("data") if isinstance(facts, dict) else None
        token = data.get("token") if isinstance(data, dict) else None
        token = token if isinstance(token, str) else ""
        asked = {"requested": method, "session": session, "method": method if token else "", "value": token}
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

    def pace(self, what: str, limit: t.Mapping[str, t.Any]) -> None:
        place = (self.store, self.transport.origin, self.account(), what)
        Pace(*place, **limit, clock=self.clock, sleep=self.sleep, say=self.say).keep(self.transport.network.max_wait)

    # The session's life

    def refresh(self, record: Record) -> Grant:
        """Section 3.3: keepalive succeeds on a dead session, too; only the header tells."""
        reply = self._send("session/keepalive", self.headers(record), record, patience=READ)
        session = self._value(reply)
        if not session:
            raise self.lacking("X-API-SESSION")
        if session != record.tokens["access_token"] and record.data.get("challenge"):
            raise Failure(
                "authentication_needed",
                f"{self.transport.origin} has closed the session",
                session_gone=True,
            )
        return Grant(tokens={**record.tokens, "access_token": session}, lifetime=record.data.get("lifetime"))

    def rotates(self, record: Record) -> bool:
        return False

    def close(self, record: Record) -> None:
        """Section 3.4. 412 and 401 mean that the session is gone already."""
        try:
            self._send("session/close", self.headers(record), patience=READ)
        except Failure as failure:
            if failure.http_code not in (401, 412):
                raise

    def learn(self, reply: Reply, record: Record) -> None:
        """Section 2.3: another value than the one sent means that the session named is gone."""
        dead = _error_id(reply) == "4ad27488" or (reply.status == 401 and _error_id(reply) is None)
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
        try:
            login = f"{self.account()}:{password or self._password()}".encode()
        except UnicodeEncodeError:
            raise Failure("definition", "The username or the password is not valid Unicode text.") from None
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
            raise self.lacking("X-API-SESSION")
        secrets.add(value)
        return value

    def failure(self, reply: Reply, record: Record | None = None) -> Failure:
        """Sections 1.4, 3.2 and 14: by status and route; the error's id only refines what is said."""
        error, facts = _error_id(reply), reply.json()
        said = printable(str(facts.get("message") or ""))[:200] if isinstance(facts, dict) else ""
        kind, rejected = self._kind(reply, error)
        hint = _HINTS.get(reply.status if error is None else error, "")
        if error == 404:
            hint = "It was removed in the meantime, or belongs to somebody else."
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
            session_gone=error == "3476b978" or (reply.status == 401 and error is None),
        )

    def _kind(self, reply: Reply, error: str | int | None) -> tuple[str, tuple[str, ...]]:
        if error in ("8b4f02b4", "c0980e3c"):
            return "credentials_rejected", ("totp_secret",)
        if error in ("b927b225", "64a6cf1f"):
            return "credentials_rejected", ("password", "master_password")
        if reply.status == 401:
            return "credentials_rejected", ("password",) if error is None else ("master_password",)
        if error in ("6304571a", "4e8162e6", "7c31eb4d", "2cf30fe7", "2aff026c"):
            return "definition", ()
        if error in ("9c5d2ad8", "54131ad4", "7269e742", "57b4fe05"):
            return "conflict", ()
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


def _is_method(name: t.Any) -> bool:
    return isinstance(name, str) and name.isprintable() and 0 < len(name) <= 64


def _way(factor: t.Mapping[str, t.Any]) -> str:
    """How a second factor is answered (section 6.2)."""
    if factor.get("type") == "request-token":
        return APPROVED
    return SENT if factor.get("request") else TYPED


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
