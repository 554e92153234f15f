# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is put under faults: providers and stores. A later one joins by one class and one line in a registry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from tests.sandbox.harness import Sandbox, fingerprint
from tests.tools.paths import ROOT

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
    """Something to ask with GET, and with POST, as any session."""
    rotates: ClassVar[bool] = True
    """Whether a refresh gives other tokens."""
    slides: ClassVar[bool] = False
    """Whether a session that nobody uses for its lifetime is gone for good."""
    wrong: ClassVar[Mapping[str, Any]] = {"password": "this is not the password"}
    """Options that `login_route` refuses."""
    fields: ClassVar[tuple[str, ...]]
    """What replies hold, and may lack."""
    headers: ClassVar[Mapping[str, str]] = {}
    """What replies carry beside their bodies."""
    good: ClassVar[Mapping[str, Any]]
    """A reply that would do for nearly every route."""
    fuzzed: ClassVar[Mapping[str, Any]]
    """What a record has beside a name, an origin and times, where nobody knows the session."""
    settings: ClassVar[Mapping[str, Any]] = {}
    """Switches of its sandbox that differ from the defaults."""

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        """The options of a whole definition, without defaults."""
        raise NotImplementedError

    def place(self, sandbox: Sandbox) -> dict[str, Any]:
        """The options that only say where the service is."""
        return {"url": sandbox.url(self.name), "ca_path": sandbox.ca_file}

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        """The live sessions: fingerprint of the access token, by what `mark` tells of their records."""
        raise NotImplementedError

    def mark(self, record: Record) -> str:
        """The fingerprint by which a session stays known when its tokens change."""
        return fingerprint(record.uid)

    def stale_in(self, record: Record, now: float) -> float:
        """Seconds until a record has to be refreshed, while the service can still do that."""
        return self.lifetime + 60

    def faults(self) -> list[dict[str, Any]]:
        """Fault kinds of this protocol alone."""
        return []


def _modulus() -> str:
    listed = json.loads((ROOT / "tests/vectors/proton_srp.json").read_text(encoding="utf-8"))["signed_moduli"]
    first = listed[0] if isinstance(listed, list) else next(iter(listed.values()))
    return str(first if isinstance(first, str) else next(v for v in first.values() if "BEGIN PGP" in str(v)))


NUMBER = "Ag" + "A" * 339 + "AQ=="


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
    fields = (
        "AccessToken",
        "RefreshToken",
        "Scopes",
        "UID",
        "ServerProof",
        "Modulus",
        "ServerEphemeral",
        "Salt",
        "Version",
        "SRPSession",
        "Selector",
        "Sessions",
        "ExpiresIn",
        "2FA",
    )
    good: ClassVar = {
        "Code": 1000,
        "UID": "fuzzed-uid",
        "AccessToken": "new-access-token",
        "RefreshToken": "new-refresh-token",
        "ExpiresIn": 3600,
        "Scopes": ["full", "locked"],
        "Modulus": _modulus(),
        "ServerEphemeral": NUMBER,
        "Version": 4,
        "Salt": "yKlc5/CvObfoiw==",
        "SRPSession": "00",
        "ServerProof": NUMBER,
        "Selector": "abc",
        "Sessions": [{"UID": "other"}],
        "2FA": {"Enabled": 0},
    }
    fuzzed: ClassVar = {
        "tokens": {"access_token": "fuzzed-access-token", "refresh_token": "fuzzed-refresh-token"},
        "uid": "fuzzed-uid",
        "scopes": ("full", "locked"),
    }

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


VECTORS = json.loads((ROOT / "tests/vectors/nextcloud_passwords.json").read_text(encoding="utf-8"))


def _entry() -> dict[str, Any]:
    """Something that is a password, a folder and a tag, and the answer to everything that is asked as well."""
    keychain, entry = VECTORS["keychains"][0], VECTORS["objects"][0]
    return {
        **entry["encrypted"],
        "id": "5f7c0c2e-7c0c-4f5c-9d6e-0d7a3f1b2c4d",
        "revision": "0a4f2b86-4a3e-4d5b-8c57-95a8a1f1b6d2",
        "cseType": entry["cseType"],
        "cseKey": entry["cseKey"],
        "folder": "00000000-0000-0000-0000-000000000000",
        "parent": "00000000-0000-0000-0000-000000000000",
        "tags": [],
        "color": "",
        "editable": True,
        "hidden": False,
        "favorite": False,
        "challenge": {"type": "PWDv1r1", "salts": VECTORS["challenges"][0]["salts"]},
        "keys": {"CSEv1r1": keychain["encrypted_hex"]},
        "CSEv1r1": keychain["encrypted_hex"],
        "success": True,
        "data": {},
        "user.session.lifetime": 3600,
    }


NEXTCLOUD_ERRORS = (
    (401, "Passphrase invalid"),
    (401, "Token invalid"),
    (401, "Token verification failed"),
    (403, "Too many failed login attempts"),
    (403, "Login not allowed"),
    (409, "Outdated revision id"),
    (412, "Authorized session required"),
    (500, "Reading user keychain failed"),
    (400, "HTTPS required"),
    (503, "Unable to complete request"),
)


class NextcloudPasswords(Provider):
    name = "nextcloud_passwords"
    account = "alice"
    second_factor = "erin"
    lifetime = 600.0
    login_route = "session_open"
    first_route = "session_request"
    refresh_route = "session_keepalive"
    path = "/index.php/apps/passwords/api/1.0/tag/list"
    rotates = False
    slides = True
    wrong: ClassVar = {"master_password": "this is not the password"}
    # Not the challenge: an account without one is answered so, and only the next call tells the difference.
    fields = ("token", "keys", "success", "id", "revision", "password", "user.session.lifetime")
    headers: ClassVar = {"X-API-SESSION": "fuzzed-access-token"}
    good: ClassVar = _entry()
    fuzzed: ClassVar = {
        "tokens": {"access_token": "fuzzed-access-token", "password": "fuzzed-app-password"},
        "data": {"challenge": True, "lifetime": 3600.0, "keychain": VECTORS["keychains"][0]["encrypted_hex"]},
    }

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        known = sandbox.account(self.name, account)
        names = ("username", "master_password", "totp_secret")
        given = {name: known[name] for name in names if name in known}
        return {**self.place(sandbox), **given, "password": known["app_password"]}

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        sessions = sandbox.state(self.name)["sessions"]
        return {session["session"]: session["session"] for session in sessions if session["authorised"]}

    def mark(self, record: Record) -> str:
        return fingerprint(record.tokens.get("access_token", ""))

    def stale_in(self, record: Record, now: float) -> float:
        return max(0.0, (record.expires_at or now) - now - 25)

    def faults(self) -> list[dict[str, Any]]:
        another = {"X-API-SESSION": "another"}
        return [
            {"kind": "session_lost"},
            {"kind": "session_lost", "count": None},
            {"kind": "rate_limited"},
            {"kind": "rate_limited", "count": None},
            {"kind": "maintenance"},
            {"kind": "keychain_unreadable"},
            *({"kind": "status", "status": status, "error": error} for status, error in NEXTCLOUD_ERRORS),
            {"kind": "status", "status": 401, "body": {"message": ""}},
            {"kind": "status", "status": 401, "body": {"message": ""}, "count": None},
            {"kind": "status", "status": 429, "body": {"message": "Reached maximum delay"}},
            {"kind": "status", "status": 200, "body": {"success": True}, "headers": another},
            {"kind": "status", "status": 200, "body": {}, "headers": {"X-API-SESSION": "x" * 5000}},
            {"kind": "status", "status": 200, "body": {"challenge": {"type": "PWDv2"}}, "headers": another},
            {"kind": "status", "status": 200, "body": {"success": True, "keys": []}, "when": "after"},
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


PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in (Proton(), NextcloudPasswords())}
STORES: dict[str, Store] = {store.name: store for store in (File(),)}


def definition(provider: str, options: Mapping[str, Any], name: str) -> Definition:
    """A definition with the defaults of its provider filled in."""
    defaults = {option.name: option.default for option in provider_class(provider).options()}
    return Definition(name, provider, {**defaults, **options})
