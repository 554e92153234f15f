# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the client and of providers stand on: a sandbox, a store, a clock that they move."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, ClassVar, cast

from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Credentials
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Grant, Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from tests.oauth.servers import OAuthServer
from tests.sandbox.harness import Sandbox

NAP_LIMIT = 50


class Scene:
    """One account's world: a provider's sandbox, a file store, a clock for both sides."""

    service: ClassVar[str] = "proton"
    account: ClassVar[str] = "alice"
    """Whose definition it is, unless a test says otherwise."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.sandbox = sandbox
        self.directory = directory
        self.offset = 0.0
        self.naps: list[float] = []
        self.said: list[str] = []
        self.warnings: list[str] = []

    def now(self) -> float:
        """The client's time."""
        return time.time() + self.offset

    def pass_time(self, seconds: float) -> None:
        """Move both sides' clocks."""
        self.offset += seconds
        self.sandbox.clock(self.service, seconds)

    def sleep(self, seconds: float) -> None:
        """In place of time.sleep: notes how long, and moves both clocks instead."""
        assert len(self.naps) < NAP_LIMIT, "it sleeps again and again"
        self.naps.append(seconds)
        self.pass_time(seconds)

    def store(self) -> SealedStore:
        """A store object of its own, as each process has one."""
        return SealedStore(FileStore(str(self.directory)))

    def client(self, **options: Any) -> Client:
        """A client of its own."""
        return Client(self.store(), warn=self.warnings.append, clock=self.now, sleep=self.sleep, **options)

    def definition(self, account: str = "", name: str = "cloud", **options: Any) -> Definition:
        """A whole definition of an account; an option that is None takes its default."""
        given = {
            "url": self.sandbox.url(self.service),
            "ca_path": self.sandbox.ca_file,
            **self.login(account or self.account),
            **options,
        }
        defaults = {option.name: option.default for option in provider_class(self.service).options()}
        return Definition(
            name, self.service, {**defaults, **{key: value for key, value in given.items() if value is not None}}
        )

    def login(self, account: str) -> dict[str, Any]:
        """The options by which an account signs in, without a second factor."""
        known = self.sandbox.account(self.service, account)
        return {"username": known["username"], "password": known["password"]}

    def provider(self, account: str = "", **options: Any) -> Any:
        """A provider object, for tests below the client."""
        made = provider_class(self.service)
        return made(self.definition(account, **options), self.store(), clock=self.now, sleep=self.sleep)

    def record(self, provider: Any, grant: Grant, name: str = "cloud") -> Record:
        """The record that the client would keep of a grant."""
        blank = Record(name, self.service, provider.transport.origin, provider.account())
        return blank.granted(grant, self.now())

    def opened(self, account: str = "", **options: Any) -> tuple[Any, Record]:
        """A provider, and the record of a fresh login (with a second factor: of a pending one)."""
        provider = self.provider(account, **options)
        return provider, self.record(provider, provider.open())

    def unknown(self, **options: Any) -> tuple[Any, Record]:
        """A provider, and a record that the service knows nothing of: enough where a fault answers."""
        provider = self.provider(**options)
        grant = Grant(tokens={"access_token": "a" * 32, "refresh_token": "b" * 32}, uid="c" * 32, scopes=("full",))
        return provider, self.record(provider, grant)

    def journal(self, route: str | None = None) -> list[dict[str, Any]]:
        """What arrived at the service."""
        return self.sandbox.journal(self.service, route=route)

    def routes(self) -> dict[str, int]:
        """How often each operation was called."""
        return self.sandbox.routes(self.service)

    def sequence(self) -> list[str]:
        """The operations in the order of their arrival."""
        return [entry["route"] for entry in self.journal()]

    def fault(self, kind: str, **options: Any) -> None:
        """Arm a fault."""
        self.sandbox.fault(self.service, kind, **options)

    def answer(self, route: str, body: Any, status: int = 200, **options: Any) -> None:
        """Let the next reply of a route be this one."""
        self.fault("status", route=route, status=status, body=body, **options)

    def live(self) -> int:
        """How many sessions the service has open."""
        return len(self.sandbox.state(self.service)["sessions"])


class PasswordsScene(Scene):
    """The same with Nextcloud Passwords: an account without a master password unless a test says otherwise."""

    service = "nextcloud_passwords"
    account = "carol"

    def login(self, account: str) -> dict[str, Any]:
        known = self.sandbox.account(self.service, account)
        return {
            "username": known["username"],
            "password": known["app_password"],
            "master_password": known["master_password"],
        }

    def act(self, do: str, account: str = "", **arguments: Any) -> Any:
        """Something that happens at the service behind everybody's back."""
        return self.sandbox.act(self.service, do, account=account or self.account, **arguments)

    def settings(self, **wanted: Any) -> None:
        """Change switches of the service."""
        self.sandbox.settings(self.service, **wanted)

    def seed(self, account: str) -> str:
        """The secret of an account's one-time codes."""
        return str(self.sandbox.account(self.service, account)["totp_secret"])

    def codes(self) -> dict[str, Any]:
        """What a person would read: sent codes, one-time codes, questions on a device."""
        found: dict[str, Any] = self.sandbox.ask(self.service, "GET", "codes")
        return found

    def credentials(
        self, account: str = "", ttl: float | None = None, *, client: dict[str, Any] | None = None, **options: Any
    ) -> Credentials:
        """The credentials of an account's session, with a client of its own."""
        return Credentials(self.client(**(client or {})), "cloud", self.definition(account, **options), ttl)

    def labels(self, account: str = "", **asked: Any) -> list[str]:
        """The labels of what a query finds, sorted; asked of the service."""
        found = self.credentials(account, ttl=0).search(Query(**asked))
        return sorted(item.label for item in found.credentials)

    def held(self, account: str = "", kind: str = "password") -> dict[str, dict[str, Any]]:
        """Every object that the service has, decrypted, by its id."""
        return {item["id"]: item for item in self.act("read", account, kind=kind)}

    def id_of(self, label: str, account: str = "", kind: str = "password") -> str:
        """The id of the only object with a label."""
        (found,) = [id_ for id_, item in self.held(account, kind).items() if item["label"] == label]
        return found


class OAuthScene(Scene):
    """The same with a real authorization server, whose clock is its own: time passes here alone."""

    service = "oauth2"
    account = "cc-basic"
    """Whose definition it is: a client's."""

    def __init__(self, server: OAuthServer, directory: Path) -> None:
        super().__init__(cast("Sandbox", None), directory)
        self.server = server

    def pass_time(self, seconds: float) -> None:
        self.offset += seconds

    def client(self, **options: Any) -> Client:
        return super().client(say=self.said.append, **options)

    def definition(self, account: str = "", name: str = "cloud", **options: Any) -> Definition:
        known = self.server.clients[account or self.account]
        given: dict[str, Any] = {
            "url": self.server.url,
            "issuer": self.server.issuer,
            "ca_path": self.server.ca_file,
            "client_id": known.client_id,
            "client_secret": known.secret or None,
            "client_auth": CLIENT_AUTH.get(known.auth, known.auth),
            "grant": GRANTS[known.grants[0]],
        }
        if known.key:
            given["private_key"] = known.key.pem()
        if known.certificate:
            given["client_cert"], given["client_key"] = str(known.certificate.file), str(known.certificate.key_file)
        defaults = {option.name: option.default for option in provider_class(self.service).options()}
        whole = {**defaults, **given, **options}
        return Definition(name, self.service, {**defaults, **{k: v for k, v in whole.items() if v is not None}})

    def api(self, record: Record, definition: Definition | None = None) -> int:
        """What the server's own API answers to this session."""
        provider = self.client().provider(record, definition or self.definition())
        return int(provider.transport.send("GET", "/api", headers=provider.headers(record)).status)

    def tokens(self) -> dict[str, int]:
        """How often a token was granted, by grant type."""
        return self.server.token_requests(accepted=True)

    def live(self) -> int:
        return self.server.state()["grants"]


CLIENT_AUTH = {"self_signed_tls_client_auth": "tls_client_auth"}
GRANTS = {
    "urn:ietf:params:oauth:grant-type:device_code": "device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer": "jwt_bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange": "token_exchange",
    **{name: name for name in ("authorization_code", "client_credentials", "password")},
}


def files(directory: Path) -> list[str]:
    """The names of all files of a store, sorted; none when it is not there."""
    return sorted(os.listdir(directory)) if directory.exists() else []
