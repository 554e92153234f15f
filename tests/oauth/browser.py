# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person with a browser: reads pages, fills in forms, presses buttons. Plain requests, nothing of the collection."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests

from tests.oauth.servers import OAuthServer

_MOST_PAGES = 20
_SECONDS = 30.0
# how the buttons of both servers are called: (name, value), None for any value
_ALLOW = (("decision", "allow"), ("action", "accept"), ("allow", None))
_DENY = (("abort", None), ("decision", "deny"), ("action", "deny"), ("", None))


class BrowserError(Exception):
    """The person saw a page that leads nowhere."""


def approve_device(
    server: OAuthServer, where: str | tuple[str, str], user: str = "alice", *, password: str | None = None
) -> None:
    """Say yes to a device: `where` is verification_uri_complete, or verification_uri and user_code."""
    _Person(server, user, password, allow=True).visit(*_place(where))


def deny_device(server: OAuthServer, where: str | tuple[str, str], user: str = "alice") -> None:
    """Say no to a device."""
    _Person(server, user, None, allow=False).visit(*_place(where))


def authorize(
    server: OAuthServer, authorization_url: str, user: str = "alice", *, password: str | None = None, allow: bool = True
) -> str:
    """Log in and consent, or say no; the URL comes back that the browser is sent to, with code and state."""
    redirect_uri = parse_qs(urlsplit(authorization_url).query).get("redirect_uri", [""])[0]
    found = _Person(server, user, password, allow=allow).visit(authorization_url, redirect_uri=redirect_uri)
    if not found:
        raise BrowserError("no redirect to the client")
    return found


def seed(
    server: OAuthServer, client: str = "web", user: str = "alice", *, scope: str = "openid read write", **more: str
) -> dict[str, Any]:
    """Run the whole authorization code flow with PKCE; the token response comes back."""
    known = server.clients[client]
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    state = secrets.token_urlsafe(8)
    question = {
        "response_type": "code",
        "client_id": known.client_id,
        "redirect_uri": known.redirect_uri,
        "scope": scope,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **more,
    }
    answer = parse_qs(
        urlsplit(authorize(server, f"{server.endpoint('authorization')}?{urlencode(question)}", user)).query
    )
    if answer.get("state") != [state] or "code" not in answer:
        raise BrowserError(f"no code: {answer.get('error')}")
    wanted = {
        "grant_type": "authorization_code",
        "code": answer["code"][0],
        "redirect_uri": known.redirect_uri,
        "code_verifier": verifier,
        **({} if known.secret else {"client_id": known.client_id}),
        **more,
    }
    reply = requests.post(
        server.endpoint("token"),
        data=wanted,
        auth=known.basic if known.secret else None,
        verify=server.ca_file,
        timeout=_SECONDS,
    )
    if reply.status_code != 200:
        raise BrowserError(f"no tokens: {reply.text}")
    found: dict[str, Any] = reply.json()
    return found


def _place(where: str | tuple[str, str]) -> tuple[str, str]:
    return (where, "") if isinstance(where, str) else where


@dataclass
class _Form:
    action: str = ""
    method: str = "get"
    inputs: dict[str, str] = field(default_factory=dict)
    asks_password: bool = False
    asks_code: bool = False
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Page(HTMLParser):
    """The forms of a page; a button may stand outside of its form."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: dict[str, _Form] = {}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value, kind = given.get("name", ""), given.get("value", ""), given.get("type", "text")
        if tag == "form":
            self._open = given.get("id", f"form {len(self.forms)}")
            self.forms[self._open] = _Form(given.get("action", ""), given.get("method", "get").lower())
        form = self.forms.get(given.get("form", self._open))
        if form is None:
            return
        if tag == "button" or (tag == "input" and kind == "submit"):
            form.buttons.append((name, value))
        elif tag == "input" and name:
            form.inputs[name] = value
            form.asks_password |= kind == "password"
            form.asks_code |= name == "user_code" and kind != "hidden"

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = ""


class _Person:
    def __init__(self, server: OAuthServer, user: str, password: str | None, *, allow: bool) -> None:
        self._server = server
        self._user = user
        self._password = server.users[user] if password is None else password
        self._allow = allow
        self._browser = requests.Session()
        self._browser.trust_env = False
        self._known: set[str] = set()

    def visit(self, url: str, code: str = "", *, redirect_uri: str = "") -> str:
        """Go on until there is no more form, or the client's own page would come; then its URL comes back."""
        method, data, before = "get", None, url
        with self._browser:
            for _page in range(_MOST_PAGES):
                reply = self._browser.request(
                    method,
                    url,
                    data=data,
                    headers={"Referer": before},
                    allow_redirects=False,
                    verify=self._server.ca_file,
                    timeout=_SECONDS,
                )
                if reply.is_redirect:
                    url, method, data = urljoin(url, reply.headers["Location"]), "get", None
                    if redirect_uri and url.startswith(redirect_uri):
                        return url
                    continue
                forms = list(_Page(reply.text).forms.values())
                if not forms:
                    if reply.status_code >= 400 and self._allow:
                        raise BrowserError(f"{reply.status_code}: {reply.text}")
                    return ""
                data = self._fill(forms[-1], code, reply)
                if not data:
                    return ""
                before, method, url = url, forms[-1].method, urljoin(url, forms[-1].action)
        raise BrowserError("pages without end")

    def _fill(self, form: _Form, code: str, reply: requests.Response) -> dict[str, str]:
        """What the person enters; nothing when the page was there already and there is nothing to add."""
        data = dict(form.inputs)
        if form.asks_password:
            if "password" in self._known:
                raise BrowserError("wrong name or password")
            self._known.add("password")
            data.update(username=self._user, password=self._password)
        elif form.asks_code:
            if "code" in self._known and not self._allow:
                return {}  # said no; the first page is shown again
            if "code" in self._known:
                raise BrowserError(f"the code was refused: {reply.text}")
            self._known.add("code")
            data["user_code"] = code or data["user_code"]
        self._known.update({"code"} if data.get("user_code") else ())
        data.update(self._press(form))
        return data

    def _press(self, form: _Form) -> dict[str, str]:
        # nobody says no to a page that only wants to know who or what it is about
        asking = form.asks_password or form.asks_code
        wanted = _ALLOW if self._allow or asking else _DENY
        for name, value in wanted:
            for button in form.buttons:
                if button[0] == name and value in (None, button[1]):
                    return {name: button[1]} if name else {}
        return {}
