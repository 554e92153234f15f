# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An AWX: as much of its REST API as the role awx uses. Tokens, organizations, credential types and credentials."""

from __future__ import annotations

import base64
import binascii
import datetime
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote

from ..canaries import fingerprint
from ..exchange import Call, Operation, Refusal, Reply
from ._awx import rules
from ._recipes.tokens import Held, TokenService

API = "/api/v2"
CLIENT = ("canary-client-id", "canary-client-secret-Yc84Lm")
THERE = {
    "organizations": ("Default", "Other"),
    "projects": ("Operations",),
    "inventories": ("Production",),
    "execution_environments": ("gatehouse-ee",),
}
"""What is there from the start, by its list."""
FIELDS = frozenset({"id", "name", "kind", "managed", "credential_type", "organization"})
MANAGED = {"name": "Machine", "kind": "ssh", "namespace": "ssh", "managed": True}
"""One of the types that come with AWX: nobody can change it, and its kind cannot be made."""


@dataclass(frozen=True)
class AwxSettings:
    """`page_size` is how many of a list one page has; `token_seconds` the life of a token."""

    page_size: int = 2
    token_seconds: int = 36000


@dataclass
class World:
    """What is registered, by number."""

    types: dict[int, dict[str, Any]] = field(default_factory=dict)
    credentials: dict[int, dict[str, Any]] = field(default_factory=dict)
    templates: dict[int, dict[str, Any]] = field(default_factory=dict)


class AwxService(TokenService):
    """An AWX with two organizations and one managed credential type. carol may only read."""

    name = "awx"
    settings_type = AwxSettings
    secret_keys: ClassVar[frozenset[str]] = frozenset({"client_secret", "access_token", "refresh_token", "inputs"})
    headers: ClassVar[frozenset[str]] = frozenset({"authorization"})
    bodies: ClassVar[frozenset[str]] = frozenset(
        {"oauth_token", "oauth_revoke", "credential_create", "credential_change"}
    )

    def renew(self) -> None:
        """Nothing is registered."""
        super().renew()
        self.canaries.add(CLIENT[1])
        self.refresh: dict[str, int] = {}
        self.world = World({1: {"id": 1, "description": "", "inputs": {}, "injectors": {}, **MANAGED}})

    def operations(self) -> tuple[Operation, ...]:
        """What the role uses, and two ways to a token."""
        types, held = f"{API}/credential_types", f"{API}/credentials"
        return (
            Operation("oauth_token", "POST", ("/api/o/token/",), self._oauth_token),
            Operation("oauth_revoke", "POST", ("/api/o/revoke_token/",), self._oauth_revoke),
            Operation("token_create", "POST", (f"{API}/tokens/",), self._token_create),
            Operation("token_delete", "DELETE", (f"{API}/tokens/{{id}}/",), self._as(self._token_delete)),
            *(Operation(name, "GET", (f"{API}/{name}/",), self._as(self._there)) for name in THERE),
            Operation("type_list", "GET", (f"{types}/",), self._as(self._types)),
            Operation("type_create", "POST", (f"{types}/",), self._as(self._type_create)),
            Operation("type_change", "PATCH", (f"{types}/{{id}}/",), self._as(self._type_change)),
            Operation("credential_list", "GET", (f"{held}/",), self._as(self._credentials)),
            Operation("credential_create", "POST", (f"{held}/",), self._as(self._credential_create)),
            Operation("credential_change", "PATCH", (f"{held}/{{id}}/",), self._as(self._credential_change)),
            Operation("template_list", "GET", (f"{API}/job_templates/",), self._as(self._templates)),
            Operation("template_create", "POST", (f"{API}/job_templates/",), self._as(self._template_create)),
            Operation(
                "template_credential",
                "POST",
                (f"{API}/job_templates/{{id}}/credentials/",),
                self._as(self._template_credential),
            ),
        )

    def accounts(self) -> dict[str, dict[str, Any]]:
        """Users; client_id and client_secret are those of the application."""
        client = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
        return {name: {**account, **client} for name, account in super().accounts().items()}

    def act(self, what: str, arguments: dict[str, Any]) -> Any:
        """Beside the deeds of all token services: `world` reads what is registered, with its secrets."""
        if what == "world":
            return {name: [*found.values()] for name, found in vars(self.world).items()}
        return super().act(what, arguments)

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """Errors of the REST framework."""
        return details if isinstance(details, dict) else {"detail": error}

    # Tokens

    async def _oauth_token(self, call: Call) -> Reply:
        form = dict(call.form())
        if self._basic(call) != CLIENT and (form.get("client_id"), form.get("client_secret")) != CLIENT:
            raise Refusal(401, 401, "invalid_client", details={"error": "invalid_client"})
        account = ""
        if form.get("grant_type") == "password":
            account = self.right(form.get("username"), form.get("password"))
        elif form.get("grant_type") == "refresh_token":
            old = self.held.pop(self.refresh.pop(form.get("refresh_token", ""), 0), None)
            account = old.account if old else ""
        if not account:
            raise Refusal(400, 400, "invalid_grant", details={"error": "invalid_grant"})
        held, refresh = self._held(call, account), self.canaries.mint()
        self.refresh[refresh] = held.id
        told = {"access_token": held.token, "refresh_token": refresh, "token_type": "Bearer", "scope": "write"}
        return Reply(200, {**told, "expires_in": self.settings.token_seconds})

    async def _oauth_revoke(self, call: Call) -> Reply:
        token = dict(call.form()).get("token", "")
        number = self.refresh.pop(token, 0) or next((one.id for one in self.held.values() if one.token == token), 0)
        self.held.pop(number, None)
        return Reply(200, {})

    async def _token_create(self, call: Call) -> Reply:
        username, password = self._basic(call)
        account = self.right(username, password)
        if not account:
            raise Refusal(401, 401, "Invalid username/password.")
        held = self._held(call, account)
        told = {"id": held.id, "token": held.token, "scope": call.body().get("scope", "write"), "refresh_token": None}
        return Reply(201, {**told, "expires": _moment(held.expires or 0)})

    def _token_delete(self, call: Call, held: Held) -> Reply:
        found = self.held.get(_number(call))
        if found is None or found.account != held.account:
            raise Refusal(404, 404, "Not found.")
        del self.held[found.id]
        return Reply(204)

    def _held(self, call: Call, account: str) -> Held:
        token = secrets.token_hex(15)  # of the length that AWX has
        held = self.hold(account, token, "", self.clock.now() + self.settings.token_seconds)
        call.account, call.notes["answered"] = account, fingerprint(held.token)
        return held

    def _basic(self, call: Call) -> tuple[str, str]:
        scheme, _space, given = call.header("authorization").partition(" ")
        try:
            pair = base64.b64decode(given if scheme.lower() == "basic" else "").decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            pair = ""
        first, _colon, second = pair.partition(":")
        return (unquote(first), unquote(second)) if "oauth" in call.path or "/o/" in call.path else (first, second)

    def _as(self, work: Callable[[Call, Held], Any]) -> Callable[[Call], Any]:
        async def handler(call: Call) -> Reply:
            scheme, _space, token = call.header("authorization").partition(" ")
            held = self.known(call, token) if scheme == "Bearer" else None
            if held is None:
                raise Refusal(401, 401, "Authentication credentials were not provided.")
            if call.method != "GET" and held.account == "carol":
                raise Refusal(403, 403, "You do not have permission to perform this action.")
            found = work(call, held)
            return found if isinstance(found, Reply) else Reply(200, found)

        return handler

    # Lists

    def _there(self, call: Call, held: Held) -> dict[str, Any]:
        names = THERE[call.path.strip("/").rpartition("/")[2]]
        return self._page(call, [{"id": number, "name": name} for number, name in enumerate(names, 1)])

    def _types(self, call: Call, held: Held) -> dict[str, Any]:
        return self._page(call, self.world.types.values())

    def _credentials(self, call: Call, held: Held) -> dict[str, Any]:
        return self._page(call, map(self._shown, self.world.credentials.values()))

    def _page(self, call: Call, items: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """One page of what fits the query. A filter by a field that is not there is refused, as AWX does."""
        wanted = dict(call.query)
        size = min(int(wanted.pop("page_size", self.settings.page_size)), 200)
        number = int(wanted.pop("page", 1))
        found = list(items)
        for name, value in wanted.items():
            if name.removesuffix("__isnull") not in {
                "id",
                "name",
                "kind",
                "managed",
                "credential_type",
                "organization",
            }:
                raise Refusal(400, 400, f"field does not exist: {name}")
            found = [item for item in found if _fits(item, name, value)]
        more = len(found) > number * size
        page = found[(number - 1) * size : number * size]
        next_page = f"{call.path}?page={number + 1}" if more else None
        return {"count": len(found), "next": next_page, "previous": None, "results": page}

    # Credential types

    def _type_create(self, call: Call, held: Held) -> Reply:
        wanted = {"description": "", "inputs": {}, "injectors": {}, **call.body(), "managed": False, "namespace": None}
        self._check_type(wanted, 0)
        number = max(self.world.types) + 1
        self.world.types[number] = {"id": number, **wanted}
        return Reply(201, self.world.types[number])

    def _type_change(self, call: Call, held: Held) -> dict[str, Any]:
        found = self.world.types.get(_number(call))
        if found is None:
            raise Refusal(404, 404, "Not found.")
        if found["managed"]:
            raise Refusal(403, 403, "Modifications not allowed for managed credential types")
        body = call.body()
        used = any(item["credential_type"] == found["id"] for item in self.world.credentials.values())
        if used and body.get("inputs", found["inputs"]) != found["inputs"]:
            raise Refusal(403, 403, "Modifications to inputs are not allowed for credential types that are in use")
        self._check_type({**found, **body}, found["id"])
        found.update(body)
        return found

    def _check_type(self, wanted: dict[str, Any], number: int) -> None:
        problems = rules.of_type(wanted)
        same = [item for item in self.world.types.values() if item["id"] != number]
        if any((item["name"], item["kind"]) == (wanted.get("name"), wanted.get("kind")) for item in same):
            problems["__all__"] = ["Credential type with this Name and Kind already exists."]
        if problems:
            raise Refusal(400, 400, "invalid", details=problems)

    # Credentials

    def _credential_create(self, call: Call, held: Held) -> Reply:
        wanted = {"description": "", "inputs": {}, "organization": None, **_keyed(call.body())}
        if not {"organization", "user", "team"} & set(call.body()):
            raise Refusal(400, 400, "Missing 'user', 'team', or 'organization'.")
        self._check_credential(wanted, {}, 0)
        number = max(self.world.credentials, default=0) + 1
        self._remember(wanted)
        self.world.credentials[number] = {"id": number, **wanted}
        return Reply(201, self._shown(self.world.credentials[number]))

    def _credential_change(self, call: Call, held: Held) -> dict[str, Any]:
        found = self.world.credentials.get(_number(call))
        if found is None:
            raise Refusal(404, 404, "Not found.")
        body = _keyed(call.body())
        self._check_credential({**found, **body}, found["inputs"], found["id"])
        given = body.get("inputs", found["inputs"])
        body["inputs"] = {
            name: found["inputs"][name] if value == rules.ENCRYPTED else value for name, value in given.items()
        }
        self._remember(body)
        found.update(body)
        return self._shown(found)

    def _check_credential(self, wanted: dict[str, Any], kept: dict[str, Any], number: int) -> None:
        kind = self.world.types.get(wanted.get("credential_type") or 0)
        problems: dict[str, list[str]] = {}
        if kind is None:
            raise Refusal(400, 400, "invalid", details={"credential_type": ["Invalid pk - object does not exist."]})
        if wrong := rules.of_inputs(wanted["inputs"], kind, kept):
            problems["inputs"] = wrong
        if not wanted.get("name"):
            problems["name"] = ["This field is required."]
        unique = ("organization", "name", "credential_type")
        same = [item for item in self.world.credentials.values() if item["id"] != number]
        if any(all(item[key] == wanted.get(key) for key in unique) for item in same):
            problems["__all__"] = ["Credential with this Organization, Name, and Credential type already exists."]
        if problems:
            raise Refusal(400, 400, "invalid", details=problems)

    def _secret_names(self, item: dict[str, Any]) -> set[str]:
        fields = self.world.types[item["credential_type"]]["inputs"].get("fields", [])
        return {one["id"] for one in fields if one.get("secret")}

    def _remember(self, item: dict[str, Any]) -> None:
        self.canaries.add(*(value for value in item["inputs"].values() if "canary" in str(value)))

    def _shown(self, item: dict[str, Any]) -> dict[str, Any]:
        """A credential as AWX shows it: secrets never come back."""
        secret = self._secret_names(item)
        inputs = {name: rules.ENCRYPTED if name in secret else value for name, value in item["inputs"].items()}
        return {**item, "inputs": inputs}

    # Job templates

    def _templates(self, call: Call, held: Held) -> dict[str, Any]:
        return self._page(call, self.world.templates.values())

    def _template_create(self, call: Call, held: Held) -> Reply:
        body = call.body()
        missing = [name for name in ("name", "project", "inventory", "playbook") if not body.get(name)]
        if missing or any(item["name"] == body["name"] for item in self.world.templates.values()):
            raise Refusal(
                400, 400, "invalid", details={name: ["This field is required."] for name in missing or ["name"]}
            )
        number = len(self.world.templates) + 1
        self.world.templates[number] = {"id": number, **body, "credentials": []}
        return Reply(201, self.world.templates[number])

    def _template_credential(self, call: Call, held: Held) -> Reply:
        """A job has one credential of a type."""
        found = self.world.templates.get(_number(call))
        given = self.world.credentials.get(int(call.body().get("id") or 0))
        if found is None or given is None:
            raise Refusal(404, 404, "Not found.")
        kinds = [self.world.credentials[number]["credential_type"] for number in found["credentials"]]
        if given["credential_type"] in kinds:
            raise Refusal(400, 400, "invalid", details={"error": "Cannot assign multiple credentials of one type."})
        found["credentials"].append(given["id"])
        return Reply(204)


def _keyed(body: dict[str, Any]) -> dict[str, Any]:
    """Keys of other objects as numbers: AWX takes them as texts, too."""
    keys = {name: int(body[name]) for name in ("credential_type", "organization") if body.get(name)}
    return {**body, **keys}


def _number(call: Call) -> int:
    return int(call.params["id"]) if call.params["id"].isdecimal() else 0


def _fits(item: dict[str, Any], name: str, value: str) -> bool:
    if name.endswith("__isnull"):
        return (item[name.removesuffix("__isnull")] is None) == (value.lower() in ("true", "1"))
    found = item.get(name)
    return (str(found).lower() if isinstance(found, bool) else str(found)) == (
        value.lower() if isinstance(found, bool) else value
    )


def _moment(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


SERVICE = AwxService
