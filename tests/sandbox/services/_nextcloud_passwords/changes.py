# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests do behind the back of clients, through the control route `act`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import user_settings
from .accounts import Challenge, Sealed
from .crypto import CSE, Keychain, made_salts
from .entries import Entry
from .kinds import KINDS, TAG
from .levels import Teller
from .seeds import many
from .users import APP_TOKEN, User

if TYPE_CHECKING:
    from .world import World


class Changes:
    """One method for each deed; the first argument is always the account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._deeds: dict[str, Callable[..., Any]] = {
            "approve": self._approve,
            "change": self._change,
            "configure": self._configure,
            "create": self._create,
            "destroy_token": self._destroy_token,
            "drop_sessions": self._drop_sessions,
            "master_password": self._master_password,
            "overwrite": self._overwrite,
            "read": self._read,
            "remove": self._remove,
            "seed": self._seed,
            "set_keychain": self._set_keychain,
            "trash": self._trash,
            "unlock": self._unlock,
            "watch": self._watch,
        }

    def do(self, what: str, arguments: dict[str, Any]) -> Any:
        """Do it; what came of it."""
        if what not in self._deeds:
            raise ValueError(f"no deed {what}; known: {', '.join(sorted(self._deeds))}")
        account = arguments.pop("account")
        if account not in self._world.users:
            raise ValueError(f"no account {account}; known: {', '.join(self._world.users)}")
        return self._deeds[what](self._world.users[account], **arguments)

    def _seed(
        self,
        user: User,
        passwords: int = 0,
        folders: int = 0,
        tags: int = 0,
        encrypted: bool | None = None,
        prefix: str = "seeded",
    ) -> dict[str, Any]:
        """Many objects; their labels are numbered from 1."""
        sealed = bool(user.keychains) if encrypted is None else encrypted
        counts = {"passwords": passwords, "folders": folders, "tags": tags}
        return many(self._world.maker, user, **counts, encrypted=sealed, prefix=prefix)

    def _create(
        self, user: User, kind: str = "password", encrypted: bool | None = None, **fields: Any
    ) -> dict[str, Any]:
        """One object with these plain fields."""
        sealed = bool(user.keychains) if encrypted is None else encrypted
        return _named(self._world.maker.make(user, KINDS[kind], fields, encrypted=sealed))

    def _change(self, user: User, id: str, **fields: Any) -> dict[str, Any]:  # noqa: A002 (the API's own word)
        """Plain fields of an object."""
        entry = _entry(user, id)
        self._world.maker.change(user, entry, fields)
        return _named(entry)

    def _overwrite(self, user: User, id: str, **values: Any) -> dict[str, Any]:  # noqa: A002
        """Stored values of an object as they are: to make it unreadable, or plain."""
        entry = _entry(user, id)
        if unknown := set(values) - set(entry.values):
            raise ValueError(f"no such values: {', '.join(sorted(unknown))}")
        user.entries.write(entry, {**entry.values, **values}, "web")
        return _named(entry)

    def _trash(self, user: User, id: str, trashed: bool = True) -> dict[str, Any]:  # noqa: A002
        """Into the trash, or out of it."""
        return self._overwrite(user, id, trashed=trashed)

    def _remove(self, user: User, id: str) -> None:  # noqa: A002
        """Gone for good."""
        user.entries.remove(_entry(user, id))

    def _read(self, user: User, kind: str = "password") -> list[dict[str, Any]]:
        """Every object of a kind, decrypted; trashed and hidden ones too."""
        teller, maker = Teller(user.entries), self._world.maker
        return [
            {**teller.model(entry), **maker.read(user, entry), **({} if entry.kind is TAG else {"tags": entry.tags})}
            for entry in user.entries.of(KINDS[kind])
        ]

    def _destroy_token(self, user: User, name: str = APP_TOKEN) -> None:
        """An app password is revoked."""
        user.tokens = {secret: known for secret, known in user.tokens.items() if known != name}

    def _unlock(self, user: User) -> None:
        """What an administrator does about too many failed attempts."""
        user.failures = 0

    def _drop_sessions(self, user: User) -> dict[str, int]:
        """The server forgets every session of the account."""
        return {"dropped": self._world.sessions.drop_all(user.name)}

    def _master_password(self, user: User, password: str) -> None:
        """Another client changes the master password; the keychain gets one more key, which writes from now on."""
        old = user.keychain()
        user.challenge = Challenge(made_salts(f"{user.name} {password}"), password=password)
        user.generation += 1
        self._world.secret(password)
        if old is not None:
            digest = hashlib.sha256(f"{user.name} {password}".encode()).hexdigest()
            key_id = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
            inside = Keychain({**old.keys, key_id: digest}, key_id)
            user.keychains = {CSE: Sealed(inside=inside, password=password)}

    def _set_keychain(self, user: User, data: str | None) -> None:
        """Another keychain as it is, readable or not; none at all."""
        user.keychains = {} if data is None else {CSE: Sealed(data)}

    def _approve(self, user: User) -> dict[str, int]:
        """The user says yes on a device."""
        return {"approved": self._world.second_factor.approve(user.name)}

    def _configure(self, user: User, settings: dict[str, Any]) -> dict[str, Any]:
        """Settings of the user, by the API's names."""
        return {name: user_settings.change(user, name, value) for name, value in settings.items()}

    def _watch(self, user: User, texts: list[str]) -> None:
        """More plain texts that must never arrive."""
        self._world.watch.add(*texts)


def _entry(user: User, identifier: str) -> Entry:
    for kind in KINDS.values():
        if (found := user.entries.get(kind, identifier)) is not None:
            return found
    raise ValueError(f"no object {identifier}")


def _named(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "revision": entry.current}
