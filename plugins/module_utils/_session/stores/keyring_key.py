# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The sealing key of a store, kept in the OS keyring."""

from __future__ import annotations

import base64
import os
import typing as t

from .. import warm
from ..errors import Failure
from . import os_keyring
from .sealed import Key

if t.TYPE_CHECKING:
    from .base import Store

SERVICE = "gatehouse.api"

_known: dict[str, Key] = {}  # by item: asking costs 10 ms and more, and what the main process knows, workers inherit


def item_of(store: Store) -> str:
    """Under what name the keyring has the key of a store."""
    return f"key of {store.place}"


def key_in_keyring(store: Store) -> Key:
    """The key. For a store of this user alone it is made on first use; who shares one puts the same key everywhere.

    :raises Failure: `store` without a keyring, or when it does not keep anything; `definition` without a shared key.
    """
    if not look(store):
        _known[item_of(store)] = _key(store, _made(store))
    return _known[item_of(store)]


def look(store: Store) -> bool:
    """Read the key, if it is not known and there is one. Returns whether it is known.

    :raises Failure: `store`.
    """
    item = item_of(store)
    if item not in _known:
        text = os_keyring.get(SERVICE, item)
        if text is None:
            return False
        _known[item] = _key(store, text)
    return True


def _key(store: Store, text: str) -> Key:
    secret = warm.key_of(text)
    if secret is None:
        raise Failure(
            "store",
            f"What the OS keyring has as {item_of(store)!r} of {SERVICE!r} is too short for a key.",
            hint="Put the right one there, or remove it and sign in again.",
        )
    return Key(secret)


def _made(store: Store) -> str:
    """A new key, or the one that somebody made meanwhile."""
    item = item_of(store)
    command = f"keyring set {SERVICE} '{item}'"
    if store.key_file() is None:
        raise Failure(
            "definition",
            f"The OS keyring has no key for {store.place}.",
            hint=f"All who share it need the same one: {command}",
        )
    with store.lock("~key"):
        found = os_keyring.get(SERVICE, item)
        if found is not None:  # somebody made it meanwhile
            return found
        if any(True for _key in store.keys()):
            raise Failure(
                "store",
                f"{store.place} holds records, but the OS keyring has no key for them.",
                hint=f"Bring it back ({command}), or remove the records and sign in again.",
            )
        text = base64.b64encode(os.urandom(32)).decode("ascii")
        os_keyring.put(SERVICE, item, text)
        if os_keyring.get(SERVICE, item) != text:
            raise Failure("store", "The OS keyring keeps nothing.", hint=os_keyring.WAYS_OUT)
        return text
