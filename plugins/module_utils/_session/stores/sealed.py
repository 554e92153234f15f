# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Records in a store, encrypted before they leave this process."""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import os
import stat
import tempfile
import typing as t
from dataclasses import dataclass, field

from .. import warm
from ..errors import Failure
from ..libraries import need
from ..record import Record
from .base import LOCK_WAIT, Entry, Store
from .file import check_private

AFTERLIFE = 90 * 86400.0
"""Seconds that a record may be of use after its tokens have expired: services refresh them that long, hardly longer."""
_NOTE = "~"  # first character of the keys of notes; never that of a record's key


@dataclass(frozen=True)
class Key:
    """The sealing key: 32 bytes.

    :param secret: AES-256-GCM key; keyed digests use a subkey of it.
    """

    secret: bytes = field(repr=False)

    @classmethod
    def from_text(cls, text: str) -> Key:
        """A key as an option or a key file has it: base64 of 32 bytes, or any pass phrase of 20 characters and more.

        :raises Failure: `definition` when it is too short to keep anything.
        """
        secret = warm.key_of(text)
        if secret is None:
            raise Failure(
                "definition",
                "The store's key is too short.",
                hint="Make one: python3 -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'",
            )
        return cls(secret)

    def digest(self, purpose: str, *parts: str) -> str:
        """A keyed digest: equal for equal parts, and telling nothing to who does not have the key."""
        subkey = hmac.new(self.secret, b"gatehouse.api digest " + purpose.encode("utf-8"), "sha256").digest()
        return hmac.new(subkey, json.dumps(parts).encode("utf-8"), "sha256").hexdigest()


class SealedStore:
    """Records and notes, sealed with AES-256-GCM; key of the entry and format version are bound to each.

    Notes are small facts that outlive a record: the last one-time code used, an answer to a human verification.

    :param key: the sealing key; None for the one that `find` finds when it is needed.
    :param find: by default finds the one that the store keeps beside the entries, or makes it.
    :param named: the options `store` and `store_key` that it was opened with.
    """

    def __init__(
        self,
        store: Store,
        key: Key | None = None,
        named: tuple[str | None, str | None] = (None, None),
        find: t.Callable[[Store], Key] | None = None,
    ) -> None:
        self.store = store
        self.named = named
        self._key = key
        self._find = find or _key_of

    @property
    def key(self) -> Key:
        """The given key, else the one of the key file beside the entries, made on first use."""
        if self._key is None:
            self._key = self._find(self.store)
        return self._key

    def lock(
        self, name: str, wait: float = LOCK_WAIT, waiting: t.Callable[[], None] = lambda: None
    ) -> contextlib.AbstractContextManager[None]:
        return self.store.lock(name, wait, waiting)

    def read(self, name: str) -> Record | None:
        """The record of a name.

        :raises Failure: `store` when it cannot be read, was sealed with another key, or is damaged.
        """
        entry = self.store.read(name)
        if entry is None:
            return None
        try:
            record = Record.from_dict(self._opened(name, entry))
        except (TypeError, ValueError, AttributeError) as exc:
            raise self._damaged(name) from exc
        if record.name != name or record.revision != entry.revision:
            raise self._damaged(name)
        return record

    def write(self, record: Record, expected: int) -> Record:
        """Store a record in place of revision `expected` (0: none), durably.

        :returns: the record, for chaining.
        :raises Failure: `conflict` or `store`; what was there is then still there.
        """
        sealed = self._sealed(record.name, record.as_dict())
        self.store.write(record.name, Entry(record.revision, sealed, _useful_for(record)), expected)
        return record

    def delete(self, name: str) -> bool:
        return self.store.delete(name)

    def names(self) -> list[str]:
        """The names of all records."""
        return [key for key in self.store.keys() if not key.startswith(_NOTE)]

    def note_key(self, *parts: str) -> str:
        """The key of a note; says nothing of the parts to who cannot open it."""
        return _NOTE + parts[0] + "-" + self.key.digest("note", *parts)[:32]

    def recall(self, *parts: str) -> dict[str, t.Any]:
        """A note's facts; empty when there is none."""
        key = self.note_key(*parts)
        entry = self.store.read(key)
        return {} if entry is None else self._opened(key, entry)

    def remember(self, facts: t.Mapping[str, t.Any], *parts: str, keep: float | None = None) -> None:
        """Put a note's facts in place of the old ones. The caller holds the lock of `note_key`.

        :param keep: seconds after which they are of no use; None when they always are.
        """
        key = self.note_key(*parts)
        entry = self.store.read(key)
        revision = entry.revision if entry else 0
        self.store.write(key, Entry(revision + 1, self._sealed(key, facts), keep), revision)

    def update(self, facts: t.Mapping[str, t.Any], *parts: str) -> None:
        """Change some of a note's facts, under its lock."""
        with self.lock(self.note_key(*parts)):
            self.remember({**self.recall(*parts), **facts}, *parts)

    def forget(self, *parts: str) -> None:
        self.store.delete(self.note_key(*parts))

    def forget_all(self, kind: str, but: t.Collection[str] = ()) -> None:
        """Remove all notes whose first part is `kind`.

        :param but: keys of notes that stay.
        """
        for key in self.store.keys():
            if key.startswith(f"{_NOTE}{kind}-") and key not in but:
                self.store.delete(key)

    def _sealed(self, key: str, facts: t.Mapping[str, t.Any]) -> bytes:
        nonce = os.urandom(warm.NONCE)
        return nonce + self._cipher().encrypt(nonce, json.dumps(facts).encode("utf-8"), warm.bound(key))

    def _opened(self, key: str, entry: Entry) -> dict[str, t.Any]:
        from cryptography.exceptions import InvalidTag

        try:
            content = self._cipher().decrypt(entry.sealed[: warm.NONCE], entry.sealed[warm.NONCE :], warm.bound(key))
            facts = json.loads(content)
        except (InvalidTag, ValueError) as exc:
            raise self._damaged(key) from exc
        if not isinstance(facts, dict):
            raise self._damaged(key)
        return facts

    def _cipher(self) -> t.Any:
        need("cryptography", "cryptography", "sealing records")
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self.key.secret)

    def _damaged(self, key: str) -> Failure:
        return Failure(
            "store",
            f"The record of {key!r} in {self.store.place} cannot be opened: another key, or damaged.",
            hint="Give the right store_key, or remove the record and sign in again.",
        )


def _useful_for(record: Record) -> float | None:
    """Seconds until nobody can use a record, from when it was written; None for tokens that do not expire."""
    if record.tokens and record.lifetime is None:
        return None
    return max(record.lifetime or 0.0, 0.0) + AFTERLIFE


def _key_of(store: Store) -> Key:
    path = store.key_file()
    if path is None:
        raise Failure(
            "definition", f"The store {store.place} needs a key.", hint="Set store_key or GATEHOUSE_STORE_KEY."
        )
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return _new_key(store, path)
    except OSError as exc:
        raise Failure("store", f"The key file {path} cannot be read: {exc.strerror}.") from exc
    try:
        check_private(path, os.fstat(descriptor), stat.S_ISREG, "file", "0600")
        secret = warm.key_of(os.read(descriptor, 4096).decode("utf-8", "replace"))
    finally:
        os.close(descriptor)
    if secret is None:
        raise Failure(
            "store",
            f"The key file {path} holds no key.",
            hint="Bring the right one back, or remove the directory and sign in again.",
        )
    return Key(secret)


def _new_key(store: Store, path: str) -> Key:
    """Make the key file, once, however many processes try: the first link wins."""
    if any(True for _key in store.keys()):
        if os.path.lexists(path):  # somebody made it meanwhile, and used it
            return _key_of(store)
        raise Failure(
            "store",
            f"{store.place} holds records, but their key file {path} is gone.",
            hint="Bring it back, or remove the directory and sign in again.",
        )
    try:
        descriptor, aside = tempfile.mkstemp(prefix=".new-", dir=os.path.dirname(path))
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(base64.b64encode(os.urandom(32)))
                stream.flush()
                os.fsync(stream.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(aside, path)
        finally:
            os.unlink(aside)
    except OSError as exc:
        raise Failure("store", f"The key file {path} cannot be made: {exc.strerror}.") from exc
    return _key_of(store)
