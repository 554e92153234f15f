# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is put under faults: providers and stores. A later one joins by one class and one line in a registry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from tests.sandbox.harness import Sandbox

Entry = Mapping[str, Any]


class Provider:
    """A provider as the harness needs to know it."""

    name: ClassVar[str]
    account: ClassVar[str]
    second_factor: ClassVar[str] = ""
    """An account with one-time codes, if there is such a thing."""
    lifetime: ClassVar[float] = 86400.0
    login_route: ClassVar[str]
    """The route whose success makes a session."""
    first_route: ClassVar[str]
    """The route that a login begins with."""
    refresh_route: ClassVar[str]
    redeem_route: ClassVar[str] = ""
    path: ClassVar[str]
    """Something to ask with GET as any session."""
    settings: ClassVar[Mapping[str, Any]] = {}
    """Switches of its sandbox that differ from the defaults."""

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        """The options of a whole definition, without defaults."""
        raise NotImplementedError

    def place(self, sandbox: Sandbox) -> dict[str, Any]:
        """The options that only say where the service is."""
        return {"url": sandbox.url(self.name), "ca_path": sandbox.ca_file}

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        """The live sessions: fingerprint of the access token, by fingerprint of the uid."""
        raise NotImplementedError

    def faults(self) -> list[dict[str, Any]]:
        """Fault kinds of this protocol alone."""
        return []


class Proton(Provider):
    name = "proton"
    account = "alice"
    second_factor = "bob"
    login_route = "auth"
    first_route = "auth_info"
    refresh_route = "refresh"
    redeem_route = "fork_import"
    path = "/core/v4/echo"
    settings: ClassVar = {"max_children": 100_000}

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        known = sandbox.account(self.name, account)
        names = ("username", "password", "totp_secret")
        return {**self.place(sandbox), **{name: known[name] for name in names if name in known}}

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        return {session["uid"]: session["access"] for session in sandbox.state(self.name)["sessions"]}

    def faults(self) -> list[dict[str, Any]]:
        return [
            {"kind": "wrong_proof"},
            *({"kind": "bad_modulus_signature", "variant": variant} for variant in ("text", "signature", "trailing")),
            {"kind": "foreign_modulus"},
            {"kind": "foreign_modulus", "forged_issuer": True},
            {"kind": "srp_version", "version": 0},
            {"kind": "srp_version", "version": 5},
            *({"kind": "bad_ephemeral", "value": value} for value in ("0", "1", "N", "N-1", "N+1", "max", "short")),
            {"kind": "human_verification"},
        ]


class Store:
    """A store as the harness needs to know it."""

    name: ClassVar[str]

    def opened(self, directory: Path) -> SealedStore:
        """The store, by an object of its own as each process has one.

        :param directory: where a test may keep things.
        """
        raise NotImplementedError

    def litter(self, directory: Path) -> list[str]:
        """What lies there and is no entry, no lock and no key."""
        raise NotImplementedError


class File(Store):
    name = "file"

    def opened(self, directory: Path) -> SealedStore:
        return SealedStore(FileStore(str(directory)))

    def litter(self, directory: Path) -> list[str]:
        names = [path.name for path in directory.iterdir()] if directory.exists() else []
        return sorted(name for name in names if not name.endswith((".session", ".lock")) and name != "key")


PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in (Proton(),)}
STORES: dict[str, Store] = {store.name: store for store in (File(),)}


def definition(provider: str, options: Mapping[str, Any], name: str) -> Definition:
    """A definition with the defaults of its provider filled in."""
    defaults = {option.name: option.default for option in provider_class(provider).options()}
    return Definition(name, provider, {**defaults, **options})
