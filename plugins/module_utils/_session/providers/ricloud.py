# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""ricloud: sessions that are resources of the service, each a login to somebody's source (ricloud page)."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import quote

from .. import one_time_code, warm
from ..errors import Failure, printable
from ..options import Option
from ..record import ACTIVE, EXPIRED, PENDING, Grant, Record
from ..signals import allowed
from ..transport import IMPATIENT, READ, Patience, Reply
from .base import Provider

"""Calls that change nothing. Creating is never repeated (pitfall P1): each try is a login at a third party."""

PAUSES = (1.0, 2.0, 3.0, 5.0)
"""Section 3.6: seconds between two looks at a pending session; the last one again and again."""

LONGEST_AWAIT = 10  # seconds that the service holds a reply back at most
PAGE = 100
FILTERS = ("key", "user", "source", "state", "date_created", "date_expired")
"""Section 4: equality only; no source says how ranges are written."""

_EXPIRED = {  # section 3.3
    "organisation": "It was closed.",
    "service": "The third party ended it: sign in again; it may ask for a new code.",
    "api": "It was idle: sign in again.",
    "admin": "The vendor ended it: ask them why before signing in again.",
}


class Ricloud(Provider):
    name = "ricloud"
    title = "ricloud"
    default_url = "https://ricloud-api.reincubate.com"
    needed = ("token", "user", "source_type")
    capabilities = frozenset({"refresh", "revoke", "sessions"})
    filters: t.ClassVar = (*FILTERS, "id")
    instead: t.ClassVar = {
        "fork": "Give the session's id to who needs it, with a key of their own; or open another session for the same "
        "source under another name.",
        "import": "Define the session with the same source: an active one is adopted, not made anew.",
        "lock": "Close the session (state: absent).",
    }
    own_options = (
        Option("token", "Token of an API key.", secret=True, proof=True, env="GATEHOUSE_RICLOUD_TOKEN"),
        Option("user", "Id of the user that the source belongs to, or the user's identifier.", identity=True),
        Option("source_type", "Type of the source.", identity=True, default="icloud.account"),
        Option("source_identifier", "The source's name, such as the account at the third party.", identity=True),
        Option(
            "password",
            "Password of the source at the third party.",
            secret=True,
            proof=True,
            env="GATEHOUSE_RICLOUD_PASSWORD",
        ),
        Option("code", "One-time code of the third party, for one login.", secret=True, env="GATEHOUSE_RICLOUD_CODE"),
        Option("settle_timeout", "Seconds to wait until a new session is active.", "float", default=60.0),
        Option("revalidate_after", "Seconds after which the service is asked before a use.", "float", default=300.0),
    )

    def account(self) -> str:
        """The source, which is what a wrong password locks."""
        named = (self.definition.get(name) for name in ("user", "source_type", "source_identifier"))
        return "/".join(str(name) for name in named if name)

    # Signing in

    def open(self) -> Grant:
        """Sections 3.4 and 11 (P9): adopt a session of this source that is active or on its way, else create one."""
        found = self._existing()
        if found is not None:
            return self._granted(found)
        return self._created(self._code())

    def complete(self, record: Record) -> Grant:
        """Section 3.6 for a session that is pending, 3.5 for one that wants a code (P6: never tried without)."""
        if not record.data.get("code_required"):
            return self._ready(self._settled(self._known(record), record), "The third party has sent a code")
        found = self._existing()  # another job may have got there, or this one before it was killed
        if found is not None:
            grant = self._granted(found)
        else:
            code = self._code()
            if not code:
                raise self._code_needed("The third party has sent a code")
            grant = self._created(code)
        if grant.state == PENDING and not (grant.data or {}).get("code_required"):
            self.learned = grant  # for the next run, should this one not see its end
            grant = self._settled(self._retrieved(str(grant.uid)))
        return self._ready(grant, "The third party refused the code, and may have sent another one")

    def _ready(self, grant: Grant, otherwise: str) -> Grant:
        """An active session; one that wants a code is noted, and said."""
        if grant.state == ACTIVE:
            return grant
        self.learned = grant
        raise self._code_needed(otherwise)

    def _code(self) -> str:
        """The code that was given; one that was sent before is not sent again."""
        given = self.secret("code")
        if not given:
            return ""
        return one_time_code.given_code(self.store, self.transport.origin, self.account(), given)

    def _existing(self) -> dict[str, t.Any] | None:
        source = self._source()
        if source is None:
            return None
        for state in ("active", "pending"):
            listed = list(self._pages("/sessions", {"source": source, "state": state}, most=1))
            if listed:
                return listed[0]
        return None

    def _source(self) -> str | None:
        """The id of the source, if there is one."""
        query = {"user": self._user()}
        identifier = self.definition.get("source_identifier")
        if identifier:
            query["identifier"] = str(identifier)
        for source in self._pages("/sources", query):
            if source.get("type") == self.definition.get("source_type"):
                return str(source.get("id"))
        return None

    def _user(self) -> str:
        """The user's id; made of an identifier, which the service does once (section 5)."""
        user = str(self.definition.get("user") or "")
        if re.fullmatch(r"[0-9]+", user):
            return user
        made = self._call("POST", "/users", body={"identifier": user}, patience=READ)
        return _id(made, self.lacking("user"))

    def _created(self, code: str) -> Grant:
        """Section 3.4. An answer that never came leaves a session that the next run adopts."""
        source: dict[str, t.Any] = {"user": _number(self._user()), "type": self.definition.get("source_type")}
        if self.definition.get("source_identifier"):
            source["identifier"] = self.definition.get("source_identifier")
        payload = {"password": self.secret("password"), "code": code}
        body = {"source": source, "payload": {key: value for key, value in payload.items() if value}}
        wait = min(LONGEST_AWAIT, int(self.definition.get("settle_timeout")), int(self.transport.network.timeout) - 1)
        headers = {"Ricloud-Await": str(max(wait, 0))}
        return self._granted(self._call("POST", "/sessions", body=body, headers=headers))

    def _granted(self, session: t.Mapping[str, t.Any], record: Record | None = None) -> Grant:
        """What a session's description means; a pending one is saved before it is waited for.

        :param record: of the session, which knows the key where the definition says no more than a name.
        """
        _id(session, self.lacking("session"))
        state, error = self._state(session), session.get("error")
        facts = self._facts(session, self._key(record))
        if state == "active":
            return facts(ACTIVE, {"code_required": False}, float(self.definition.get("revalidate_after")))
        if state == "failed" and error in ("code-required", "code-invalid"):
            return facts(PENDING, {"code_required": True}, None)
        if state == "pending":
            return facts(PENDING, {"code_required": False}, None)
        raise self._refused(session)

    def _facts(
        self, session: t.Mapping[str, t.Any], key: str
    ) -> t.Callable[[str, dict[str, t.Any], float | None], Grant]:
        source = session.get("source")
        details = {
            "session_id": str(session.get("id")),
            "source_id": str(source.get("id")) if isinstance(source, dict) else None,
            "state": self._state(session),
            "error": printable(str(session.get("error") or ""))[:80] or None,
        }

        def grant(state: str, data: dict[str, t.Any], lifetime: float | None) -> Grant:
            return Grant(
                tokens={"access_token": key},
                uid=str(session.get("id")),
                lifetime=lifetime,
                state=state,
                data={**data, "details": details},
            )

        return grant

    def _settled(self, session: dict[str, t.Any], record: Record | None = None) -> Grant:
        """Wait until a pending session is something else. Running out of time is no failure of the session (P3)."""
        left, number = float(self.definition.get("settle_timeout")), 0
        while self._state(session) == "pending":
            pause = PAUSES[min(number, len(PAUSES) - 1)]
            if pause > left:
                raise Failure(
                    "not_available",
                    f"Session {session.get('id')} of {self.account()} is still pending.",
                    hint="It may still become active. Run the task again: it looks at this one.",
                )
            if number == 1:
                self.say(f"Waiting until the session of {self.account()} is active.")
            with allowed():
                self.sleep(pause)
            left, number = left - pause, number + 1
            session = self._retrieved(str(session.get("id")), record)
        return self._granted(session, record)

    def _refused(self, session: t.Mapping[str, t.Any]) -> Failure:
        """Section 3.3: the error means something else in each state (P4)."""
        state, error = session.get("state"), printable(str(session.get("error") or ""))[:80]
        if state == "expired":
            return Failure(
                "authentication_needed",
                f"Session {session.get('id')} has expired ({error or 'no reason given'}).",
                api_code=error or None,
                hint=_EXPIRED.get(error, ""),
                session_gone=True,
            )
        return Failure(
            "credentials_rejected",
            f"The third party refused the login to {self.account()} ({error or 'no reason given'}).",
            api_code=error or None,
            hint="Check password and source_identifier; each further attempt is a login at the third party.",
            session_gone=True,
            rejected=("password",),
        )

    def _code_needed(self, what: str) -> Failure:
        return Failure(
            "two_factor_needed",
            f"{what} for {self.account()}.",
            api_code="code-required",
            methods=["code"],
            hint="Give code with the password. Trying without it would send another one.",
        )

    # The session's life

    def refresh(self, record: Record) -> Grant:
        """Section 10: look whether the service still holds the login. There is nothing to renew."""
        grant = self._granted(self._known(record), record)
        if grant.state != ACTIVE:
            raise Failure("authentication_needed", f"Session {record.uid} is no longer active.", session_gone=True)
        return grant

    def _known(self, record: Record) -> dict[str, t.Any]:
        """The description of a record's session; one that the service does not know is gone."""
        try:
            return self._retrieved(record.uid, record)
        except Failure as failure:
            if failure.http_code == 404:
                failure.kind, failure.session_gone = "authentication_needed", True
            raise

    def rotates(self, record: Record) -> bool:
        return False

    def close(self, record: Record) -> None:
        """Section 3.4. The service drops what it has cached, too (P10)."""
        try:
            self._call("DELETE", f"/sessions/{quote(record.uid, safe='')}", patience=READ, record=record)
        except Failure as failure:
            if failure.http_code != 404:
                raise

    def learn(self, reply: Reply, record: Record) -> None:
        """Section 2.1: any call that uses the session may say that it has expired."""
        if _error(reply) == "session-expired":
            self.learned = Grant(tokens={}, state=EXPIRED)

    def stale(self, failure: Failure) -> bool:
        """A key that is refused is not worth another try; a session that has expired is."""
        return failure.api_code == "session-expired"

    def headers(self, record: Record | None) -> dict[str, str]:
        return {"Authorization": f"Token {self._key(record)}"}

    def _key(self, record: Record | None) -> str:
        """The token of the API key: the session's own, else what the definition gives."""
        own = record.tokens.get("access_token", "") if record is not None else ""
        return own or self.secret("token") or ""

    # Sessions of the organisation

    def sessions(self, record: Record, filters: t.Mapping[str, t.Any] | None = None) -> list[dict[str, t.Any]]:
        """Section 4: all that match, over as many pages as it takes; or one by its id."""
        wanted = dict(filters or {})
        one = wanted.pop("id", None)
        query = {key: str(item) for key, item in wanted.items()}
        listed = [self._retrieved(str(one), record)] if one else list(self._pages("/sessions", query, record=record))
        return [
            {**_shown(item), "uid": str(item.get("id")), "current": item.get("id") == record.uid} for item in listed
        ]

    def revoke(self, record: Record, uid: str) -> None:
        """Section 3.4."""
        self._call("DELETE", f"/sessions/{quote(uid, safe='')}", patience=READ, record=record)

    # The envelope

    def _pages(
        self, path: str, query: t.Mapping[str, str], most: int = 0, record: Record | None = None
    ) -> t.Iterator[dict[str, t.Any]]:
        """Section 4: the items of a list, newest first."""
        params = {**query, "limit": str(most or PAGE)}
        while True:
            page = self._call("GET", path, params=params, patience=READ, record=record)
            items = page.get("data")
            if not isinstance(items, list):
                raise self.lacking("list")
            for item in items:
                _id(item, self.lacking("list"))
            yield from items
            if most or not items or not page.get("has_more"):
                return
            if params.get("after_id") == str(items[-1]["id"]):
                raise self.lacking("list: it begins again and again")
            params["after_id"] = str(items[-1]["id"])

    def _retrieved(self, id_: str, record: Record | None = None) -> dict[str, t.Any]:
        found = self._call("GET", f"/sessions/{quote(id_, safe='')}", patience=READ, record=record)
        if str(found.get("id")) != id_:
            raise self.lacking("session")
        return found

    def _state(self, session: t.Mapping[str, t.Any]) -> str:
        """Section 3.1: one page of the vendor says `succeeded` for `active`."""
        state = session.get("state")
        known = {"succeeded": "active", **{name: name for name in ("pending", "active", "failed", "expired")}}
        if not isinstance(state, str) or state not in known:
            raise self.lacking("state")
        return known[state]

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: t.Any = None,
        params: t.Any = None,
        headers: t.Mapping[str, str] | None = None,
        patience: Patience = IMPATIENT,
        record: Record | None = None,
    ) -> dict[str, t.Any]:
        keywords = {} if body is None else {"body": body}
        sent = {**self.headers(record), **(headers or {})}
        reply = self.transport.send(method, path, headers=sent, params=params, patience=patience, **keywords)
        if not reply.ok:
            raise self.failure(reply)
        facts = reply.json()
        if not isinstance(facts, dict):
            raise self.lacking("object")
        return facts

    def failure(self, reply: Reply, record: Record | None = None) -> Failure:
        """Section 2.1."""
        facts, error = reply.json(), _error(reply)
        said = printable(str(facts.get("message") or ""))[:200] if isinstance(facts, dict) else ""
        params = facts.get("params") if isinstance(facts, dict) else None
        named = ", ".join(sorted(printable(str(name))[:40] for name in params)) if isinstance(params, dict) else ""
        kinds = {
            "session-expired": "authentication_needed",
            "limit-exceeded": "rate_limited",
            "invalid-parameter": "definition",
            "unconfigured": "definition",
            "missing-scope": "missing_scope",
        }
        by_status = {401: "credentials_rejected", 403: "missing_scope", 404: "definition", 429: "rate_limited"}
        kind = kinds.get(error or "") or by_status.get(reply.status)
        retry_after = reply.retry_after(self.clock())
        hints = {
            401: "Check token, and that its key is active.",
            403: "The key lacks a permission.",
            404: "There is no such thing in this organisation.",
        }
        hint = hints.get(reply.status, f"Wrong: {named}." if named else "")
        if retry_after and not hint:
            hint = f"Come back at {warm.timestamp(self.clock() + retry_after + 1)}."
        return Failure(
            kind or ("not_available" if reply.status >= 500 else "unexpected_response"),
            f"{self.transport.origin} answered HTTP {reply.status}"
            + (f", {error}" if error else "")
            + f": {said or 'no reason given'}",
            http_code=reply.status,
            api_code=error,
            retry_after=retry_after,
            hint=hint,
            rejected=("token",) if reply.status == 401 else (),
        )


def _error(reply: Reply) -> str | None:
    facts = reply.json()
    error = facts.get("error") if isinstance(facts, dict) and not reply.ok else None
    return printable(error)[:80] if isinstance(error, str) else None


def _number(text: str) -> t.Any:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else text


def _id(found: t.Any, otherwise: Failure) -> str:
    """The id of a resource, which is a text or a number."""
    id_ = found.get("id") if isinstance(found, dict) else None
    if isinstance(id_, bool) or not isinstance(id_, (int, str)) or not str(id_):
        raise otherwise
    return str(id_)


def _shown(session: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A session's description without nested keys, which carry tokens (P7)."""
    names = ("id", "state", "error", "user", "key", "organisation", "date_created", "date_expired")
    source = session.get("source")
    if not isinstance(source, dict):
        return _plain(session, names)
    return {**_plain(session, names), "source": _plain(source, ("id", "type", "identifier", "user", "state"))}


def _plain(resource: t.Mapping[str, t.Any], names: t.Iterable[str]) -> dict[str, t.Any]:
    """Those of its attributes that are no resources themselves."""
    return {name: resource.get(name) for name in names if not isinstance(resource.get(name), (dict, list))}
