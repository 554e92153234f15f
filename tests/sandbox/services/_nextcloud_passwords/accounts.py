# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts. Every secret that is not the vectors' carries the word canary, so that leak tests can look for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .crypto import CSE, Keychain, made_salts, solution
from .vectors import account as vector_account

BACKUP = "backup_codes"
EMAIL = "email"
NOTIFICATION = "twofactor_nextcloud_notification"
TOTP = "totp"


@dataclass(frozen=True)
class Challenge:
    """Salts and their solution, which is computed when it is first needed."""

    salts: tuple[str, ...]
    given: str = ""
    password: str = ""

    @property
    def solution(self) -> str:
        """64 hexadecimal digits."""
        return self.given or solution(self.password, self.salts)


@dataclass(frozen=True)
class Sealed:
    """A keychain as the server keeps it, and what is inside as far as the sandbox knows."""

    given: str = ""
    inside: Keychain | None = None
    password: str = ""

    @property
    def data(self) -> str:
        """Hexadecimal digits."""
        if self.given or self.inside is None:
            return self.given
        raw = hashlib.shake_256(f"chain {self.password} {self.inside.current}".encode()).digest(40)
        return self.inside.sealed(self.password, raw[:16], raw[16:])


@dataclass(frozen=True)
class Account:
    """One user of the server. `vector` names the account of the vectors that it is."""

    username: str
    password: str
    app_password: str
    second_app_password: str
    master_password: str | None = None
    encrypts: bool = False
    providers: tuple[str, ...] = ()
    totp_secret: str | None = None
    backup_codes: tuple[str, ...] = ()
    vector: str | None = None

    def challenge(self) -> Challenge | None:
        """The challenge at the fresh start."""
        if self.master_password is None:
            return None
        if self.vector:
            found = vector_account(self.vector)["challenge"]
            return Challenge(tuple(found["salts"]), found["solution"])
        return Challenge(made_salts(self.username), password=self.master_password)

    def keychains(self) -> dict[str, Sealed]:
        """The keychains at the fresh start."""
        if not self.encrypts or self.master_password is None:
            return {}
        if self.vector:
            found = vector_account(self.vector)["keychain"]
            inside = Keychain(found["keychain"]["keys"], found["keychain"]["current"])
            return {CSE: Sealed(found["encrypted_hex"], inside)}
        digest = hashlib.sha256(f"key {self.username}".encode()).hexdigest()
        key_id = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
        inside = Keychain({key_id: hashlib.sha256(f"value {self.username}".encode()).hexdigest()}, key_id)
        return {CSE: Sealed(inside=inside, password=self.master_password)}

    def secrets(self) -> Iterator[str]:
        """Every secret of the account."""
        yield from (self.password, self.app_password, self.second_app_password, *self.backup_codes)
        for secret in (self.master_password, self.totp_secret):
            if secret is not None:
                yield secret
        for sealed in self.keychains().values():
            if sealed.inside is not None:
                yield from sealed.inside.keys.values()

    def told(self) -> dict[str, Any]:
        """What the ready line tells tests about it."""
        told: dict[str, Any] = {
            "username": self.username,
            "password": self.password,
            "app_password": self.app_password,
            "second_app_password": self.second_app_password,
            "master_password": self.master_password,
            "encrypts": self.encrypts,
            "providers": list(self.providers),
        }
        if self.totp_secret is not None:
            told["totp_secret"] = self.totp_secret
        if self.backup_codes:
            told["backup_codes"] = list(self.backup_codes)
        return told


def _account(username: str, tail: str, **more: Any) -> Account:
    return Account(
        username,
        password=f"canary-{username}-pass-{tail}",
        app_password=f"canary-{username}-token-{tail}",
        second_app_password=f"canary-{username}-second-{tail}",
        **more,
    )


def _vector(username: str, tail: str, vector: str) -> Account:
    master = vector_account(vector)["keychain"]["master_password"]
    return _account(username, tail, master_password=master, encrypts=True, vector=vector)


def _master(username: str) -> str:
    return f"canary {username} master passphrase"


ACCOUNTS: dict[str, Account] = {
    account.username: account
    for account in (
        _vector("alice", "Vq7Zd2", "A"),
        _vector("bob", "Kx93mT", "B"),
        _account("carol", "Lw48sR"),
        _account("dave", "Hn26yB", master_password=_master("dave")),
        _account(
            "erin",
            "Jc51vG",
            master_password=_master("erin"),
            encrypts=True,
            providers=(TOTP,),
            totp_secret="CANARYERINTOTP234CANARYERINTOTP2",
        ),
        _account("frank", "Rm64oP", master_password=_master("frank"), encrypts=True, providers=(EMAIL,)),
        _account("grace", "Bz82iX", master_password=_master("grace"), encrypts=True, providers=(NOTIFICATION,)),
        _account(
            "heidi",
            "Ny35wA",
            master_password=_master("heidi"),
            encrypts=True,
            providers=(TOTP, EMAIL, BACKUP),
            totp_secret="CANARYHEIDITOTP34CANARYHEIDITOTP",
            backup_codes=("canary-heidi-backup-1", "canary-heidi-backup-2"),
        ),
    )
}
