# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""Akiflow: a code by e-mail, and refresh tokens that die when they are used (Akiflow page).

The API is not a public one: it is what the web application uses.
"""

from __future__ import annotations

import re
import typing as t
import uuid
from dataclasses import replace
from urllib.parse import unquote, urljoin, urlsplit

from .. import one_time_code, secrets
from ..errors import Failure, printable
from ..handed_on import packed, remaining, unpacked
from ..jwt_claims import LATEST, life_of
from ..options import Option
from ..record import ACTIVE, PENDING, Grant, Record
from ..seed import Seed
from ..transport import IMPATIENT, READ, Patience, Reply, Transport, origin_of
from .base import ForkRequest, Provider

REFRESH = Patience(later=frozenset({429}))
"""Section 7: nothing is repeated that may have rotated the tokens."""

OAUTH_CLIENT = "10"  # the web application's own
PENDING_FOR = 600.0  # seconds (section 8)
WRONG_CODES = 3  # after so many a pending login is given up (section 8)
XSRF = "XSRF-TOKEN"
_REFUSED = frozenset({400, 401, 422})  # how a refusal may come (section 4), if not with 200
_LOGIN_UNKNOWN = frozenset({401, 403, 404, 410, 419})  # of a login that was begun: its cookies are worth nothing


class Akiflow(Provider):
    name = "akiflow"
    title = "Akiflow"
    default_url = "https://api.akiflow.com"
    capabilities = frozenset({"fork", "import", "refresh"})
    fork_options = frozenset({"access_only"})
    children_end = False
    repeats = 1
    instead: t.ClassVar = {
        "fork": "Two holders of one refresh token end the session. access_only: true makes a child that has the access "
        "token alone, and cannot be refreshed.",
        "lock": "Close the session (state: absent).",
        "sessions": "Nobody outside Akiflow can list sessions.",
    }
    own_options = (
        Option("web_url", "Base URL of the web application, where one signs in.", default="https://web.akiflow.com"),
        Option("email", "E-mail address of the account.", identity=True, env="GATEHOUSE_AKIFLOW_EMAIL"),
        Option(
            "refresh_token",
            "A refresh token to begin with, instead of a code by e-mail.",
            secret=True,
            proof=True,
            env="GATEHOUSE_AKIFLOW_REFRESH_TOKEN",
        ),
        Option("code", "The code that came by e-mail, for one login.", secret=True, env="GATEHOUSE_AKIFLOW_CODE"),
        Option("code_command", "Program and arguments that print the code.", type="list", elements="str"),
        Option("mailbox_host", "IMAP server that the code arrives at."),
        Option("mailbox_port", "Port of the IMAP server.", type="int", default=993),
        Option("mailbox_username", "Name of the mailbox."),
        Option(
            "mailbox_password",
            "Password of the mailbox.",
            secret=True,
            env="GATEHOUSE_AKIFLOW_MAILBOX_PASSWORD",
        ),
        Option("mailbox_folder", "Folder that the code arrives in.", default="INBOX"),
        Option("mailbox_sender", "Domain that the code is sent from.", default="akiflow.com"),
        Option("mailbox_ca_path", "File with the CA certificates to trust for the mailbox.", type="path"),
        Option("code_timeout", "Seconds to wait for the code.", type="float", default=120.0),
        Option("client_id", "UUID of this installation. If not set, one is made and kept."),
        Option("platform", "Platform that this is.", default="web"),
        Option("version", "Version of the application that this is.", default="2.69.3"),
        Option("user_agent", "User agent, where the service refuses this one."),
    )

    def account(self) -> str:
        return str(self.definition.get("email") or "")

    def missing(self) -> list[str]:
        given = self.definition.options
        return [] if given.get("refresh_token") or given.get("email") else ["email or refresh_token"]

    # Signing in

    def open(self) -> Grant:
        """Sections 4 and 8: from a refresh token; else steps 1 and 2, and `complete` goes on with the code."""
        seed = self.secret("refresh_token")
        if seed and not self._seed.spent(seed):
            return self._seeded(seed)
        if seed and not self.account():
            raise Failure(
                "authentication_needed",
                f"The refresh_token that {self.definition.source} gives was used already, and each works once.",
                hint="Give a new one, or email.",
            )
        mark = self._mailbox().mark(self.clock) if self.definition.get("mailbox_host") else None
        requested_at = self.clock()
        cookies = self._cookies(self._send(self._web(), "GET", "/csrf-cookie", {}, patience=READ), {})
        body = {"email": self.account(), "remember": True}
        reply = self._send(self._web(), "POST", "/auth/login", self._signing(cookies), body=body, raises=False)
        facts = self._success(reply, "refused to send a code")
        redirect = self._redirect(facts.get("redirect"))
        login = {
            "redirect": redirect,
            "cookies": self._cookies(reply, cookies),
            "requested_at": requested_at,
            "mark": mark,
        }
        return Grant(
            tokens={}, lifetime=PENDING_FOR, state=PENDING, data={"login": login, "client_id": self._client_id()}
        )

    def _seeded(self, token: str) -> Grant:
        """A refresh token that works is spent then. One that is refused is not sent again (promise 4)."""
        try:
            grant = self._refreshed(token, self._client_id())
        except Failure as failure:
            if failure.rejected:
                failure.kind = "credentials_rejected"
            raise
        self._seed.spend(token)
        return grant

    @property
    def _seed(self) -> Seed:
        return Seed(self.store, self.transport.origin, self.definition.name)

    def complete(self, record: Record) -> Grant:
        """Section 4, steps 3 to 5."""
        login = record.data.get("login") or {}
        note = self.store.recall(*self._note)
        if note.get("accepted") == login.get("requested_at"):
            cookies = dict(note.get("cookies") or {})  # a run that gave the code was killed after that
        else:
            cookies = self._prove(record, login, dict(login.get("cookies") or {}))
        reply = self._send(self._web(), "GET", "/user/me", self._signing(cookies), patience=READ, raises=False)
        if not reply.ok:
            raise self._login_over(reply)
        facts = self._json(reply)
        data = facts.get("data")
        if not isinstance(data, dict):
            raise self.lacking("data")
        self.store.forget(*self._note)
        grant = self._granted(data, str(record.data.get("client_id")))
        return replace(grant, data={**(grant.data or {}), "login": None})

    def _prove(self, record: Record, login: t.Mapping[str, t.Any], cookies: dict[str, str]) -> dict[str, str]:
        """Give the code. It works once, and after a few wrong ones the login is given up."""
        code = self._code(record, login)
        secrets.add(code)
        redirect = str(login.get("redirect"))
        host = self.transport_to(f"{urlsplit(redirect).scheme}://{urlsplit(redirect).netloc}")
        body = {"email": self.account(), "code": code}
        try:
            reply = self._send(host, "POST", redirect, self._signing(cookies), body=body, raises=False)
            facts = reply.json()
            if not reply.ok and (reply.status not in _REFUSED or not isinstance(facts, dict)):
                raise self._login_over(reply)
        except Failure as failure:
            if not failure.sent and self.secret("code"):  # nobody has seen it
                one_time_code.forget_given(self.store, self.transport.origin, self.account())
            raise
        if reply.ok and not isinstance(facts, dict):
            raise self.failure(reply)
        if reply.ok and "success" not in facts:  # the code may be spent: begin anew
            unclear = self.lacking("success")
            unclear.session_gone = True
            raise unclear
        if not reply.ok or facts["success"] is not True:
            wrong = int(login.get("wrong", 0)) + 1
            self.learned = Grant(data={"login": {**login, "cookies": self._cookies(reply, cookies), "wrong": wrong}})
            given_up = wrong >= WRONG_CODES
            raise Failure(
                "credentials_rejected",
                f"Akiflow refused the code for {self.account()!r} ({_said(facts) or 'no reason given'}).",
                http_code=reply.status,
                hint="The next try has another code sent." if given_up else "Give the newest code that arrived.",
                session_gone=given_up,
                rejected=("code",),
            )
        cookies = self._cookies(reply, cookies)
        self.store.update({"accepted": login.get("requested_at"), "cookies": cookies}, *self._note)
        return cookies

    def _login_over(self, reply: Reply) -> Failure:
        """A failure between the steps; where the service does not know the login any more, the next run begins anew."""
        failure = self.failure(reply)
        if reply.status in _LOGIN_UNKNOWN and isinstance(reply.json(), dict):
            failure.kind, failure.session_gone = "authentication_needed", True
            failure.hint = "The next try has another code sent."
        return failure

    def _code(self, record: Record, login: t.Mapping[str, t.Any]) -> str:
        """Section 8: given, from a command, or from the mailbox; never asked for."""
        given = self.secret("code")
        if given:
            return one_time_code.given_code(self.store, self.transport.origin, self.account(), given)
        limit = float(self.definition.get("code_timeout"))
        if self.definition.get("code_command"):
            from ..command_code import code_of

            return code_of(self.definition.get("code_command"), self.account(), float(login["requested_at"]), limit)
        if self.definition.get("mailbox_host") and login.get("mark"):
            return str(self._mailbox().code(login["mark"], self.account(), sleep=self.sleep))
        raise Failure(
            "two_factor_needed",
            f"Session {record.name!r} waits for the code that was sent to {self.account()}.",
            methods=["email"],
            hint=f"Give code within {PENDING_FOR / 60:.0f} minutes; or mailbox_host, or code_command.",
        )

    def _mailbox(self) -> t.Any:
        from ..mail_code import Mailbox

        get = self.definition.get
        return Mailbox(
            host=get("mailbox_host"),
            port=get("mailbox_port"),
            username=get("mailbox_username") or self.account(),
            password=self.secret("mailbox_password") or "",
            folder=get("mailbox_folder"),
            sender=get("mailbox_sender"),
            ca_path=get("mailbox_ca_path"),
            timeout=float(get("code_timeout")),
        )

    def _redirect(self, target: t.Any) -> str:
        """Section 4: it gets the code, so it must be of the same site."""
        web = self._web()
        try:
            url = urljoin(web.network.base_url + "/", target) if isinstance(target, str) else ""
            found = origin_of(urlsplit(url)._replace(query="", fragment="").geturl())
        except (Failure, ValueError):
            url = found = ""
        if not found or re.search(r"[\s\\\x00-\x1f]", url) or not (found == web.origin or _siblings(found, web.origin)):
            raise Failure(
                "unexpected_response", f"{web.origin} wants the code to be sent elsewhere, which it is not.", hint=""
            )
        return url

    # Tokens

    def refresh(self, record: Record) -> Grant:
        """Section 5."""
        if record.data.get("access_only"):
            raise Failure(
                "authentication_needed",
                f"Session {record.name!r} is an access-only child, which cannot be refreshed.",
                session_gone=True,
            )
        return self._refreshed(record.tokens.get("refresh_token", ""), str(record.data.get("client_id")))

    def _refreshed(self, token: str, client_id: str) -> Grant:
        """The CSRF cookie comes first: nothing may happen between the rotation and its being saved (section 7)."""
        try:
            cookies = self._cookies(self._send(self._web(), "GET", "/csrf-cookie", {}, patience=READ), {})
            headers = {**self._signing(cookies), "Akiflow-Client-Id": client_id}
        except Failure as failure:
            failure.sent = False  # the refresh token was not
            raise
        body = {"client_id": OAUTH_CLIENT, "refresh_token": token}
        reply = self._send(
            self._web(), "POST", "/oauth/refreshToken", headers, body=body, patience=REFRESH, raises=False
        )
        if reply.status in (400, 401) and isinstance(reply.json(), dict):
            dead = self.failure(reply)
            dead.kind, dead.session_gone, dead.rejected = "authentication_needed", True, ("refresh_token",)
            raise dead
        return self._granted(self._json(reply), client_id)

    def _granted(self, facts: t.Mapping[str, t.Any], client_id: str) -> Grant:
        access, refresh = self._text(facts, "access_token"), self._text(facts, "refresh_token")
        secrets.add(access, refresh)
        return Grant(
            tokens={"access_token": access, "refresh_token": refresh},
            lifetime=life_of(access, facts.get("expires_in"), self.clock()),
            state=ACTIVE,
            data={"client_id": client_id, "details": {"client_id": client_id, "access_only": False}},
        )

    def close(self, record: Record) -> None:
        """Section 11: there is nothing to ask. The refresh token stays good until it expires or is used."""
        if record.tokens.get("refresh_token"):
            self.say(
                f"Akiflow has no sign-out: session {record.name!r} is forgotten here; its refresh token stays valid "
                "until it expires."
            )

    def headers(self, record: Record) -> dict[str, str]:
        """Section 6."""
        return {
            **self._platform(),
            "Authorization": "Bearer " + record.tokens.get("access_token", ""),
            "Akiflow-Client-Id": str(record.data.get("client_id") or ""),
            "Accept": "application/json",
        }

    # Children

    def fork(self, record: Record, request: ForkRequest) -> str:
        """Section 11: a child has the access token alone."""
        if not request.access_only:
            raise self.unsupported("fork")
        child = {
            "access_token": record.tokens.get("access_token", ""),
            "expires_at": record.expires_at,
            "client_id": record.data.get("client_id"),
        }
        return packed(child)

    def child_options(self, client_id: str) -> dict[str, t.Any]:
        """Without its token a child is over; it does not sign in by itself."""
        return {"email": None}

    def redeem(self, selector: str) -> tuple[Grant, str | None]:
        keys = {"access_token": str, "expires_at": (int, float, type(None)), "client_id": str}
        child = unpacked(selector, "an Akiflow session", keys)
        access, client_id = child["access_token"], child["client_id"]
        if not re.fullmatch(r"[!-~]+", access) or (child["expires_at"] or 0) > LATEST:
            raise Failure("definition", "The selector is none of an Akiflow session.")
        lifetime = remaining(child["expires_at"], self.clock())
        secrets.add(access)
        details = {"client_id": client_id, "access_only": True}
        data = {"client_id": client_id, "access_only": True, "details": details}
        return Grant(tokens={"access_token": access}, lifetime=lifetime, state=ACTIVE, data=data), None

    # The wire

    def _client_id(self) -> str:
        """Section 7, 7: the same for ever, for this account in this store."""
        given = self.definition.get("client_id")
        if given:
            return str(given)
        note = ("installation", self.transport.origin, self.account())
        with self.store.lock(self.store.note_key(*note)):
            known = self.store.recall(*note)
            if not known:
                known = {"client_id": str(uuid.uuid4())}
                self.store.remember(known, *note)
        return str(known["client_id"])

    def _web(self) -> Transport:
        return self.transport_to(str(self.definition.get("web_url")))

    def _platform(self) -> dict[str, str]:
        headers = {
            "Akiflow-Platform": str(self.definition.get("platform")),
            "Akiflow-Version": str(self.definition.get("version")),
        }
        agent = self.definition.get("user_agent")
        return {**headers, "User-Agent": str(agent)} if agent else headers

    def _signing(self, cookies: t.Mapping[str, str]) -> dict[str, str]:
        """Section 3: the cookies, and the decoded value of one of them. A plus sign stays one (P4)."""
        if not cookies.get(XSRF):
            raise self.lacking(f"cookie {XSRF}")
        return {
            **self._platform(),
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-XSRF-TOKEN": unquote(cookies[XSRF]),
            "Accept": "application/json",
        }

    def _cookies(self, reply: Reply, known: t.Mapping[str, str]) -> dict[str, str]:
        """The cookies after a reply: the newest of each name (section 3, 3). Those of another domain are not taken."""
        found = dict(known)
        host = urlsplit(reply.url).hostname or ""
        for line in reply.cookies:
            pair, *attributes = line.split(";")
            name, _equals, value = pair.strip().partition("=")
            domains = [item.partition("=")[2].strip(" .").lower() for item in attributes if _named(item, "domain")]
            if not name or any(host != domain and not host.endswith("." + domain) for domain in domains):
                continue
            if re.fullmatch(r"[!#-+\--:<-\[\]-~]*", value) and re.fullmatch(r"[!#-'*+.0-9A-Z^_`a-z|~-]+", name):
                found[name] = value
        secrets.add(*found.values())
        return found

    def _send(
        self,
        transport: Transport,
        method: str,
        path: str,
        headers: t.Mapping[str, str],
        *,
        body: t.Any = None,
        patience: Patience = IMPATIENT,
        raises: bool = True,
    ) -> Reply:
        keywords = {} if body is None else {"body": body}
        reply = transport.send(method, path, headers={**self._platform(), **headers}, patience=patience, **keywords)
        if raises and not reply.ok:
            raise self.failure(reply)
        return reply

    def _json(self, reply: Reply) -> dict[str, t.Any]:
        facts = reply.json()
        if not reply.ok or not isinstance(facts, dict):
            raise self.failure(reply)
        return facts

    def _success(self, reply: Reply, what: str) -> dict[str, t.Any]:
        """Pitfall P5: a refusal comes with HTTP 200."""
        facts = reply.json() if reply.status in _REFUSED else None
        facts = facts if isinstance(facts, dict) else self._json(reply)
        if facts.get("success") is not True:
            raise Failure(
                "credentials_rejected",
                f"Akiflow {what} for {self.account()!r} ({_said(facts) or 'no reason given'}).",
                http_code=reply.status,
                hint="Check email.",
                rejected=(),
            )
        return facts

    def failure(self, reply: Reply, record: Record | None = None) -> Failure:
        """Section 6. A refusal by what stands before the service is no refusal of the session (P9)."""
        facts = reply.json()
        place, retry_after = origin_of(reply.url.partition("?")[0]), reply.retry_after(self.clock())
        if not isinstance(facts, dict):
            blocked = reply.status == 403
            what = "was refused by what stands before it" if blocked else "answered with a page, not with JSON"
            return Failure(
                "not_available" if blocked or reply.status >= 500 else "unexpected_response",
                f"{place} {what} (HTTP {reply.status}).",
                http_code=None if blocked else reply.status,
                api_code=reply.status if blocked else None,
                retry_after=retry_after,
                hint="Set user_agent to that of a browser." if blocked else "The way to sign in may have changed.",
                sent=not blocked,
            )
        kinds = {401: "authentication_needed", 403: "missing_scope", 404: "definition", 429: "rate_limited"}
        kind = kinds.get(reply.status, "not_available" if reply.status >= 500 else "unexpected_response")
        return Failure(
            kind,
            f"{place} answered HTTP {reply.status}: {_said(facts) or 'no reason given'}",
            http_code=reply.status,
            retry_after=retry_after,
        )

    @property
    def _note(self) -> tuple[str, str, str]:
        return ("code", self.transport.origin, self.definition.name)

    def _text(self, facts: t.Mapping[str, t.Any], key: str) -> str:
        value = facts.get(key)
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable() or " " in value:
            raise self.lacking(key)
        return value


def _said(facts: t.Any) -> str:
    return printable(str(facts.get("message") or ""))[:200] if isinstance(facts, dict) else ""


def _named(attribute: str, name: str) -> bool:
    return attribute.partition("=")[0].strip().lower() == name


def _siblings(one: str, other: str) -> bool:
    """Whether two https origins are hosts of one site: the same last two labels."""
    hosts = [urlsplit(origin).hostname or "" for origin in (one, other)]
    if not one.startswith("https://") or any(not re.search(r"[a-z]", host) or ":" in host for host in hosts):
        return False
    ends = [host.split(".")[-2:] for host in hosts]
    return len(ends[0]) == 2 and ends[0] == ends[1]
