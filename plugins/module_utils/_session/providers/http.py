# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""Any API with a login request, a token in the reply and a logout request, as a recipe describes it (http page)."""

from __future__ import annotations

import base64
import json
import os
import typing as t
from urllib.parse import quote, urlencode, urljoin, urlsplit

from .. import warm
from ..errors import Failure, printable
from ..options import Option
from ..pointers import at_pointer
from ..recipe import NOTHING, Recipe, Request, Text, sendable
from ..recipe_reading import from_mapping, from_yaml
from ..recipe_replies import found_at, lifetime, located, taken
from ..recipe_schema import SCHEMA
from ..recipes import RECIPES
from ..record import ACTIVE, EXPIRED, Grant, Record
from ..transport import IMPATIENT, READ, Network, Patience, Reply, origin_of
from .base import Provider

REFRESH = Patience(later=frozenset({429}))
"""Nothing is repeated that may have changed the tokens."""

GONE = frozenset({401, 404, 410})  # how a logout may say that there is no such session
ACCESS = "access_token"
_BY_STATUS = {
    401: "authentication_needed",
    403: "missing_scope",
    404: "definition",
    409: "conflict",
    429: "rate_limited",
}
_REFUSED = frozenset({401, 403})  # how a login is refused, unless a rule says more
_REFRESH_REFUSED = frozenset({400, 401, 403, 404})
_RECIPES = ("recipe", "recipe_file", "recipe_name")


class Http(Provider):
    name = "http"
    title = "HTTP recipe"
    capabilities = frozenset({"refresh"})
    instead: t.ClassVar = {
        "fork": "Open another session under another name.",
        "lock": "Close the session (state: absent).",
    }
    own_options = (
        Option("username", "Name of the account.", identity=True, env="GATEHOUSE_HTTP_USERNAME"),
        Option("password", "Password of the account.", secret=True, proof=True, env="GATEHOUSE_HTTP_PASSWORD"),
        Option("token", "A token to use instead of signing in.", secret=True, proof=True, env="GATEHOUSE_HTTP_TOKEN"),
        Option("values", "More values for the recipe, which are no secrets.", "dict", identity=True),
        Option("recipe_name", "A recipe of this collection.", identity=True, choices=tuple(RECIPES)),
        Option("recipe_file", "File with a recipe.", "path", identity=True),
        Option("recipe", "A recipe.", "dict", options=SCHEMA, check=from_mapping),
    )

    def __init__(self, *args: t.Any, **keywords: t.Any) -> None:
        super().__init__(*args, **keywords)
        self.recipe = self._recipe()
        self._values = {f"values.{key}": str(item) for key, item in (self.definition.get("values") or {}).items()}
        for text in self.recipe.texts():
            for name in text.names:
                if name.startswith("values.") and name not in self._values:
                    raise text.spot.failure(f"needs {{{name}}}.", f"Give values: {{{name[7:]}: ...}}.")
        for request in self.recipe.requests():
            self._check_origin(request.path)

    def _recipe(self) -> Recipe:
        given = [option for option in _RECIPES if self.definition.options.get(option)]
        where = f"Session {self.definition.name!r} in {self.definition.source}"
        if len(given) != 1:
            there = " and ".join(given) or "no recipe"
            raise Failure("definition", f"{where} has {there}.", hint=f"Give one of {', '.join(_RECIPES)}.")
        if given == ["recipe"]:
            return from_mapping(self.definition.get("recipe"), self.definition.source)
        named = str(self.definition.get(given[0]))
        if given == ["recipe_file"]:
            return from_yaml(_content(named, where), named)
        if named not in RECIPES:
            raise Failure(
                "definition", f"{where}: there is no recipe {named!r}.", hint=f"There are: {', '.join(RECIPES)}."
            )
        return from_yaml(RECIPES[named](), f"the recipe {named}")

    def _check_origin(self, path: Text) -> None:
        """A recipe may write a whole URL, but of no other origin: passwords and tokens go nowhere else."""
        if path.alone or path.text.startswith("/"):
            return
        try:
            parts = urlsplit(path.text)
            origin = origin_of(f"{parts.scheme}://{parts.netloc}")
        except (Failure, ValueError):
            origin = ""
        if origin != self.transport.origin:
            plain = "is plain http, and " if origin.startswith("http://") else ""
            raise path.spot.failure(f"{plain}is not at {self.transport.origin}.", "Write the path alone.")

    def network(self) -> Network:
        try:
            return super().network()
        except Failure as failure:
            written = f"url of session {self.definition.name!r} in {self.definition.source}"
            raise Failure(failure.kind, f"{failure.message.rstrip('.')} ({written}).", hint=failure.hint) from None

    def missing(self) -> list[str]:
        """A token, or what the login request is made of."""
        if self.definition.options.get("token"):
            return []
        names = {name for text in self.recipe.login.texts() for name in text.names}
        if self.recipe.login.basic:
            names |= {"username", "password"}
        return [name for name in ("username", "password") if name in names and not self.definition.options.get(name)]

    # Signing in

    def open(self) -> Grant:
        token = self.secret("token")
        if token:
            return self._given(token)
        values = {**self._known(), "password": self.secret("password") or ""}
        reply = self._sent(self.recipe.login, values, IMPATIENT)
        if not self._good(self.recipe.login, reply):
            raise self._login_refused(reply)
        return self._granted(reply, {}, "")

    def _given(self, token: str) -> Grant:
        """A given token is used as it is: never proved, kept alive or revoked. Often it is of another kind."""
        self._headers({**self._known(), "token": token})
        return Grant(tokens={ACCESS: token}, state=ACTIVE, data={"given": True, "details": self._details("given")})

    def _login_refused(self, reply: Reply) -> Failure:
        failure = self.failure(reply)
        if failure.kind == "authentication_needed" or (reply.status in _REFUSED and failure.kind == "missing_scope"):
            failure.kind = "credentials_rejected"
        if failure.kind == "credentials_rejected":
            failure.message = (
                f"{self.transport.origin} refused the login of {self.account()!r}: {_tail(failure.message)}"
            )
            failure.rejected = ("password",)
            failure.hint = failure.hint or "Check username and password; services lock accounts."
        return failure

    def _granted(self, reply: Reply, old: t.Mapping[str, str], uid: str) -> Grant:
        """What a reply to the login or a refresh gives. A refresh may leave out all but the token."""
        recipe, origin = self.recipe, self.transport.origin
        tokens = {**old, ACCESS: taken(recipe.token, reply, origin)}
        for name, place in {"refresh_token": recipe.refresh_token, **recipe.keep}.items():
            if place is not None and (name not in old or found_at(place, reply)):
                tokens[name] = taken(place, reply, origin)
        if recipe.uid is not None and (not uid or found_at(recipe.uid, reply)):
            uid = located(recipe.uid, reply, origin)
        lives = lifetime(recipe, reply, self.clock())
        soonest = min((seconds for seconds in (lives, recipe.after) if seconds is not None), default=None)
        data = {
            "given": False,
            "ends_at": None if lives is None else self.clock() + lives,
            "details": self._details("own"),
        }
        return Grant(tokens=tokens, uid=uid, lifetime=soonest, state=ACTIVE, data=data)

    def _details(self, session: str) -> dict[str, t.Any]:
        return {"recipe": self.definition.get("recipe_name") or self.definition.get("recipe_file"), "session": session}

    # The session's life

    def refreshable(self, record: Record) -> bool:
        if record.data.get("given"):
            return False
        if self.recipe.refresh is not None:
            return not self._lacks(self.recipe.refresh, self._of(record))
        left = self._left(record)
        return self.recipe.keepalive is not None and (left is None or left > warm.LEEWAY)

    def refresh(self, record: Record) -> Grant:
        if self.recipe.refresh is not None:
            return self._refreshed(self.recipe.refresh, record)
        if self.recipe.keepalive is not None:
            return self._kept_alive(self.recipe.keepalive, record)
        raise self.unsupported("refresh")

    def _left(self, record: Record) -> float | None:
        """Seconds until the session ends, however often it is used; None when nobody said."""
        ends_at = record.data.get("ends_at")
        return None if ends_at is None else ends_at - self.clock()

    def _kept_alive(self, request: Request, record: Record) -> Grant:
        reply = self._sent(request, self._of(record), READ)
        if not self._good(request, reply):
            raise self._ended(self.failure(reply, record), reply)
        times = (self._left(record), self.recipe.after)
        return Grant(tokens=record.tokens, lifetime=min(seconds for seconds in times if seconds is not None))

    def _refreshed(self, request: Request, record: Record) -> Grant:
        reply = self._sent(request, self._of(record), REFRESH)
        if not self._good(request, reply):
            failure = self.failure(reply, record)
            if reply.status in _REFRESH_REFUSED:
                failure.kind = "authentication_needed"
            raise self._ended(failure, reply)
        return self._granted(reply, record.tokens, record.uid)

    def _ended(self, failure: Failure, reply: Reply) -> Failure:
        """A failure of a request that keeps the session alive, or makes its token new."""
        if failure.kind == "authentication_needed" or reply.status in GONE:
            failure.kind, failure.session_gone = "authentication_needed", True
        return failure

    def rotates(self, record: Record) -> bool:
        return self.recipe.refresh is not None

    def learn(self, reply: Reply, record: Record) -> None:
        """A given token that was refused is not used again: the next use finds it among the refused ones."""
        self.learned = None
        if not self.succeeded(reply) and self.failure(reply, record).rejected:
            self.learned = Grant(tokens={}, state=EXPIRED)

    def stale(self, failure: Failure) -> bool:
        """A given token that is refused is not worth another try."""
        return failure.kind == "authentication_needed" and not self.definition.options.get("token")

    def close(self, record: Record) -> None:
        """A token that was given stays alive."""
        logout = self.recipe.logout
        if logout is None or record.data.get("given"):
            return
        reply = self._sent(logout, self._of(record), READ)
        if self._good(logout, reply) or reply.status in (self.recipe.gone or GONE):
            return
        failure = self.failure(reply, record)
        if failure.kind != "authentication_needed":
            raise failure

    def headers(self, record: Record) -> dict[str, str]:
        return self._headers(self._of(record)) if record.tokens.get(ACCESS) else {}

    def _headers(self, values: t.Mapping[str, str]) -> dict[str, str]:
        return {name: self._header(text, values) for name, text in self.recipe.send.items()}

    # Requests

    def _known(self) -> dict[str, str]:
        """The values that are there before the login."""
        return {**self._values, "username": self.account()}

    def _of(self, record: Record) -> dict[str, str]:
        """The values of a session."""
        tokens = {name: value for name, value in record.tokens.items() if name != ACCESS}
        uid = {"uid": record.uid} if record.uid else {}
        return {**self._known(), **tokens, **uid, "token": record.tokens.get(ACCESS, "")}

    def _lacks(self, request: Request, values: t.Mapping[str, str]) -> bool:
        return any(name not in values for text in request.texts() for name in text.names)

    def _sent(self, request: Request, values: t.Mapping[str, str], patience: Patience) -> Reply:
        headers = {name: self._header(text, values) for name, text in request.headers.items()}
        if request.as_session:
            headers = {**self._headers(values), **headers}
        if request.basic:
            headers["Authorization"] = self._basic(values)
        keywords: dict[str, t.Any] = {}
        if request.json is not NOTHING:
            keywords["body"] = _filled(request.json, values)
        elif request.form is not None:
            fields = {key: text.filled(values) for key, text in request.form.items()}
            keywords["data"] = urlencode(fields).encode("ascii")
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        path = request.path.filled(values, lambda value: quote(value, safe=""))
        if request.path.alone:
            path = urljoin(self.transport.network.base_url + "/", request.path.filled(values))
        return self.transport.send(request.method, path, headers=headers, patience=patience, **keywords)

    def _header(self, text: Text, values: t.Mapping[str, str]) -> str:
        filled = text.filled(values)
        if not sendable(filled):
            raise text.spot.failure("would have characters that no header can carry.")
        return filled

    def _basic(self, values: t.Mapping[str, str]) -> str:
        if ":" in values["username"]:
            raise Failure("definition", "The username has a colon, which HTTP Basic cannot carry.")
        login = f"{values['username']}:{values['password']}".encode("utf-8", "surrogatepass")
        return "Basic " + base64.b64encode(login).decode("ascii")

    # Replies

    def succeeded(self, reply: Reply) -> bool:
        return reply.ok and not self._says_failure(reply)

    def _good(self, request: Request, reply: Reply) -> bool:
        good = reply.status in request.status if request.status else reply.ok
        return good and not self._says_failure(reply)

    def _says_failure(self, reply: Reply) -> bool:
        when, unless = self.recipe.when, self.recipe.unless
        if when is None and unless is None:
            return False
        document = reply.json()
        return bool(when is not None and at_pointer(document, when)) or bool(
            unless is not None and reply.body and not at_pointer(document, unless)
        )

    def failure(self, reply: Reply, record: Record | None = None) -> Failure:
        """By the recipe's rules; what none of them fits, by status."""
        document = reply.json()
        code, said = (
            _short(at_pointer(document, where)) if where else "" for where in (self.recipe.code, self.recipe.says)
        )
        by_rule = (rule.kind for rule in self.recipe.rules if rule.fits(reply.status, code, said))
        otherwise = "not_available" if reply.status >= 500 else "unexpected_response"
        kind = next(by_rule, None) or _BY_STATUS.get(reply.status) or otherwise
        given = kind == "authentication_needed" and record is not None and bool(record.data.get("given"))
        retry_after = reply.retry_after(self.clock())
        hint = "The given token is not known, or not any more: give another one." if given else ""
        if 300 <= reply.status < 400:
            hint = "It redirects, and a session's requests are sent nowhere else: check url and the recipe's path."
        if retry_after:
            hint = f"Come back at {warm.timestamp(self.clock() + retry_after + 1)}."
        return Failure(
            "credentials_rejected" if given else kind,
            f"{self.transport.origin} answered HTTP {reply.status}"
            + (f" ({code})" if code else "")
            + f": {said.rstrip('.') or 'no reason given'}.",
            http_code=reply.status,
            api_code=code or None,
            retry_after=retry_after,
            hint=hint,
            rejected=("token",) if given else (),
        )


def _content(path: str, where: str) -> str:
    reason = ""
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as stream:
            return stream.read()
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "it is no path, or the file is not UTF-8 text"
    raise Failure("definition", f"{where} has the recipe_file {path}, which cannot be read: {reason}.")


def _filled(body: t.Any, values: t.Mapping[str, str]) -> t.Any:
    if isinstance(body, Text):
        return body.filled(values)
    if isinstance(body, dict):
        return {key: _filled(item, values) for key, item in body.items()}
    return [_filled(item, values) for item in body] if isinstance(body, list) else body


def _tail(message: str) -> str:
    return message.partition(" answered ")[2] or message


def _short(value: t.Any) -> str:
    """What a service says, fit for a message."""
    if value is None:
        return ""
    return printable(value if isinstance(value, str) else json.dumps(value))[:200]
