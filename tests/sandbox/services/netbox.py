# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetBox: token provisioning of its REST API, for the tokens of both versions."""

from __future__ import annotations

import datetime
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ..canaries import fingerprint
from ..exchange import Call, Operation, Refusal, Reply
from ._recipes.tokens import Held, TokenService

TOKENS = "/api/users/tokens"
PREFIX = "nbt_"


@dataclass(frozen=True)
class NetboxSettings:
    """`version` 4.5 and later have tokens of version 2; `v1_tokens` false is a version that has no others.

    `token_seconds` is the life of a token whose request names none (0: forever), as an administrator's policy.
    """

    version: str = "4.2.9"
    v1_tokens: bool = True
    token_seconds: int = 0


class NetboxService(TokenService):
    """A NetBox with one site."""

    name = "netbox"
    settings_type = NetboxSettings
    secret_keys: ClassVar[frozenset[str]] = frozenset({"key"})
    headers: ClassVar[frozenset[str]] = frozenset({"authorization"})

    def operations(self) -> tuple[Operation, ...]:
        """Tokens, and sites."""
        return (
            Operation("root", "GET", ("/api/",), self._root),
            Operation("login", "POST", (f"{TOKENS}/provision/",), self._login_request),
            Operation("token_list", "GET", (f"{TOKENS}/",), self._needing(self._listed)),
            Operation("logout", "DELETE", (f"{TOKENS}/{{id}}/",), self._needing(self._deleted)),
            Operation("status", "GET", ("/api/status/",), self._needing(self._status)),
            Operation("sites", "GET", ("/api/dcim/sites/",), self._needing(self._sites)),
            Operation("site_create", "POST", ("/api/dcim/sites/",), self._needing(self._site_created)),
        )

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """Errors of the REST framework."""
        return details if isinstance(details, dict) else {"detail": error}

    async def _root(self, call: Call) -> Reply:
        return self._reply(200, {"dcim": f"{self.url}/api/dcim/", "users": f"{self.url}/api/users/"})

    async def _login_request(self, call: Call) -> Reply:
        body = call.body()
        missing = [name for name in ("username", "password") if not body.get(name)]
        if missing:
            raise Refusal(400, 400, "missing", details={name: ["This field is required."] for name in missing})
        account = self.right(body["username"], body["password"])
        if not account:  # 403, because the first way to authenticate has no header to ask for
            raise Refusal(403, 403, "Invalid username/password", reason="wrong username or password")
        modern = self._version() >= (4, 5)
        version = int(body.get("version") or 2) if modern else 1
        if version == 1 and not self.settings.v1_tokens:
            raise Refusal(400, 400, "version", details={"version": ['"1" is not a valid choice.']})
        seconds = self.settings.token_seconds
        expires = _seconds(body.get("expires")) or (self.clock.now() + seconds if seconds else None)
        plain = secrets.token_hex(20)
        key = secrets.token_hex(6) if version == 2 else ""
        held = self.hold(account, plain, key, expires)
        call.account, call.notes["answered"] = account, fingerprint(plain)
        told = {
            **self._token(held),
            "key": (key or None) if modern else plain,
            "write_enabled": body.get("write_enabled", True),
            "description": body.get("description", ""),
        }
        return self._reply(201, {**told, "version": version, "token": plain} if modern else told)

    def _token(self, held: Held) -> dict[str, Any]:
        return {
            "id": held.id,
            "url": f"{self.url}{TOKENS}/{held.id}/",
            "display": f"token {held.id} ({held.account})",
            "user": {"id": 1, "username": held.account, "display": held.account},
            "created": _moment(held.created),
            "expires": None if held.expires is None else _moment(held.expires),
            "last_used": None,
        }

    def _listed(self, call: Call, held: Held) -> dict[str, Any]:
        found = [self._token(other) for other in self.held.values() if other.account == held.account]
        return {"count": len(found), "next": None, "previous": None, "results": found}

    def _deleted(self, call: Call, held: Held) -> Reply:
        number = call.params["id"]
        found = self.held.get(int(number)) if number.isdecimal() else None
        if found is None or found.account != held.account:
            raise Refusal(404, 404, "No Token matches the given query.")
        del self.held[found.id]
        return self._reply(204, None)

    def _status(self, call: Call, held: Held) -> dict[str, Any]:
        return {"netbox-version": self.settings.version, "plugins": {}}

    def _sites(self, call: Call, held: Held) -> dict[str, Any]:
        site = {"id": 1, "url": f"{self.url}/api/dcim/sites/1/", "display": "First", "name": "First", "slug": "first"}
        return {"count": 1, "next": None, "previous": None, "results": [site]}

    def _site_created(self, call: Call, held: Held) -> Reply:
        if held.account == "carol":
            raise Refusal(403, 403, "You do not have permission to perform this action.")
        return self._reply(201, {"id": 2, **call.body()})

    def _needing(self, work: Callable[[Call, Held], Any]) -> Callable[[Call], Any]:
        async def handler(call: Call) -> Reply:
            found = work(call, self._caller(call))
            return found if isinstance(found, Reply) else self._reply(200, found)

        return handler

    def _caller(self, call: Call) -> Held:
        """The keyword does not matter, the prefix tells the version."""
        keyword, _space, value = call.header("authorization").partition(" ")
        if keyword.lower() not in ("token", "bearer"):
            raise Refusal(403, 403, "Authentication credentials were not provided.")
        modern = self._version() >= (4, 5)
        version = 2 if modern and value.startswith(PREFIX) else 1
        key, dot, plain = value.removeprefix(PREFIX).partition(".") if version == 2 else ("", ".", value)
        if not dot:
            raise Refusal(403, 403, "Invalid authorization header: Could not parse key from v2 token.")
        call.notes["token"] = fingerprint(plain)
        for held in self.held.values():
            if held.key == key and hmac.compare_digest(held.token.encode(), plain.encode()):
                if not self.lives(held):
                    raise Refusal(403, 403, "Token expired")
                call.account = held.account
                return held
        raise Refusal(403, 403, f"Invalid v{version} token" if modern else "Invalid token")

    def _reply(self, status: int, body: Any) -> Reply:
        major, minor = self._version()
        return Reply(status, body, headers=(("API-Version", f"{major}.{minor}"),))

    def _version(self) -> tuple[int, int]:
        major, minor = self.settings.version.split(".")[:2]
        return int(major), int(minor)


def _moment(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _seconds(text: Any) -> float | None:
    return datetime.datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp() if text else None


SERVICE = NetboxService
