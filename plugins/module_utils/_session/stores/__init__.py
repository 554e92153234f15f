# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The registry of stores: which one an option value names."""

from __future__ import annotations

from .. import secrets, warm
from ..errors import Failure
from .base import Store
from .redis_url import is_redis
from .sealed import Key, SealedStore

DEFAULT = "file"
IN_KEYRING = "keyring"
"""As `store`: the records are in the OS keyring. As `store_key`: the key is."""

_opened: dict[tuple[str, str], SealedStore] = {}  # by place and key, for the fast path


def open_store(place: str | None = None, key: str | None = None) -> SealedStore:
    """The store that `place` names, sealed with `key`.

    :param place: `file` (the user's state directory), `file:///DIRECTORY` or an absolute directory, `keyring`, `memory`
        or the URL of a Redis; empty for `file`.
    :param key: base64 of 32 bytes or a pass phrase; `keyring` for the one in the OS keyring; empty for the store's own.
        Both may be `@PATH`: a file has it.
    :raises Failure: `definition` for a place that names no store, or a key that is none.
    """
    named = (place, key)
    place, key = _given("store", place), _given("store_key", key)
    store = _store(place or DEFAULT)
    if key and key != IN_KEYRING:
        return SealedStore(store, Key.from_text(key), named)
    if key or place == IN_KEYRING:
        from .keyring_key import key_in_keyring

        return SealedStore(store, None, named, key_in_keyring)
    if place == "memory":
        from .memory import own_key

        return SealedStore(store, Key(own_key()), named)
    return SealedStore(store, None, named)


def _given(option: str, text: str | None) -> str | None:
    """What an option says; what a file says is a secret from then on."""
    reason = "it is empty"
    try:
        found = warm.given(text)
    except (OSError, ValueError) as exc:
        found, reason = "", getattr(exc, "strerror", None) or "it is no path, or the file is not UTF-8 text"
    if text and not found:
        raise Failure("definition", f"{option} points to the file {text[1:]}, which cannot be used: {reason}.")
    if found != text:
        secrets.add(found)
    return found


def _store(place: str) -> Store:
    directory = warm.directory_of(place)
    if directory:
        from .file import FileStore

        return FileStore(directory)
    if place == IN_KEYRING:
        from .keyring import KeyringStore

        return KeyringStore(warm.state_directory(IN_KEYRING))
    if place == "memory":
        from .memory import MemoryStore

        return MemoryStore()
    if is_redis(place):
        from .redis import RedisStore

        return RedisStore(place)
    raise Failure(
        "definition",
        f"{_shown(place)!r} names no store.",
        hint="Use file, file:///DIRECTORY, an absolute directory, keyring, memory, or the URL of a Redis.",
    )


def _shown(place: str) -> str:
    """A place that could not be read, without what may be a password."""
    return f"{place.partition(':')[0]}:..." if "@" in place else place


# The fast path (see warm.py). What fails here fails once more in the client, which says why.


def secret_of(place: str | None, key: str | None) -> bytes | None:
    """The sealing key of a store; None when it cannot be had."""
    try:
        return _kept(place, key).key.secret
    except Failure:
        return None


def sealed_bytes(place: str | None, key: str | None, name: str) -> bytes | None:
    """What a store has under a name; None when there is nothing, or it cannot be read."""
    try:
        entry = _kept(place, key).store.read(name)
    except Failure:
        return None
    return None if entry is None else entry.sealed


def _kept(place: str | None, key: str | None) -> SealedStore:
    """A store that is opened once in a process."""
    named = (place or DEFAULT, key or "")
    if named not in _opened:
        _opened[named] = open_store(place, key)
    return _opened[named]
