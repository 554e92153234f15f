# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The client-side encryption CSEv1r1: the keychain, and what it encrypts (Nextcloud Passwords page, section 7)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import typing as t
from dataclasses import dataclass, field

from ..errors import Failure
from . import sodium

TYPE = "CSEv1r1"
NONE = "none"  # the server encrypts by itself, whatever `sseType` says, and sends plain text

# What is encrypted of each kind of entry; all else is plain.
FIELDS = {
    "password": ("url", "label", "notes", "password", "username", "customFields"),
    "folder": ("label",),
    "tag": ("label", "color"),
}
HASH = 40  # hex digits

Entry = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Keychain:
    """The unlocked keychain of an account.

    :param current: id of the key that encrypts what is written.
    :param keys: all keys by their ids, 32 bytes each; the others are needed to read what is older.
    """

    current: str
    keys: t.Mapping[str, bytes] = field(repr=False)
    _boxes: dict[str, sodium.Box] = field(default_factory=dict, init=False, repr=False, compare=False)

    def box(self, key_id: str) -> sodium.Box:
        """What opens and seals with one of the keys; made once, because a list has thousands of entries."""
        if key_id not in self._boxes:
            self._boxes[key_id] = sodium.Box(self.keys[key_id])
        return self._boxes[key_id]

    def as_dict(self) -> dict[str, t.Any]:
        """Everything, in JSON types, for a store to seal."""
        return {"keys": {key_id: key.hex() for key_id, key in self.keys.items()}, "current": self.current}

    @classmethod
    def from_dict(cls, values: t.Any) -> Keychain:
        """The inverse of `as_dict`, and the form inside the sealed keychain.

        :raises Failure: `crypto` when it is no keychain.
        """
        try:
            current, keys = values["current"], {str(key): bytes.fromhex(text) for key, text in values["keys"].items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            current, keys = "", {}
        if not isinstance(current, str) or current not in keys or any(len(key) != sodium.KEY for key in keys.values()):
            raise Failure("crypto", "The keychain is damaged: it does not hold the keys that it should.")
        return cls(current, keys)


def unlock(sealed: t.Any, master_password: str) -> Keychain:
    """Open an account's keychain (section 7.1). Costs one Argon2id.

    :param sealed: what the service sent as `CSEv1r1` among the keys, hex or URL-safe base64.
    :raises Failure: `crypto` when the master password does not open it, or it is damaged; `unsupported` without the
        library.
    """
    secret = sodium.utf8(master_password)
    try:
        raw = _decoded(sealed)
        if len(raw) < sodium.SALT + sodium.NONCE + sodium.MAC:
            raise sodium.Unopened("it is too short")
    except sodium.Unopened as exc:
        raise Failure("crypto", f"The keychain that the service sent cannot be opened: {exc}.") from None
    try:
        plain = sodium.Box(sodium.derived(secret, raw[: sodium.SALT])).open(raw[sodium.SALT :])
    except sodium.Unopened:
        raise Failure(
            "crypto", "The master password does not open the keychain, or the keychain was changed."
        ) from None
    try:
        values = json.loads(plain)
    except (ValueError, RecursionError):
        values = None
    return Keychain.from_dict(values)


def fields_of(entry: Entry, names: t.Iterable[str], keychain: Keychain | None) -> dict[str, t.Any]:
    """Some fields of an entry, decrypted where the entry is.

    :param entry: a password, folder or tag, as the service sent it.
    :param names: fields that are encrypted for this kind; those that the entry lacks are left out.
    :param keychain: None for an account without one.
    :raises Failure: `crypto`, with the entry's id; with its label, too, where that can be decrypted.
    """
    if entry.get("cseType") == NONE:
        return {name: entry[name] for name in names if name in entry}
    box = _box_of(entry, keychain)
    found = {}
    for name in names:
        if name in entry:
            try:
                found[name] = _opened(entry[name], box)
            except sodium.Unopened as exc:
                raise Failure(
                    "crypto", f"The field {name} of {_named(entry, box)} cannot be decrypted: {exc}."
                ) from None
    return found


def decrypted(kind: str, entry: Entry, keychain: Keychain | None) -> dict[str, t.Any]:
    """A whole entry with its fields in plain; entries nested in it stay as they are.

    :param kind: `password`, `folder` or `tag`.
    :raises Failure: as `fields_of`.
    """
    return {**entry, **fields_of(entry, FIELDS[kind], keychain)}


def encrypted(kind: str, values: Entry, keychain: Keychain, hash_length: int = HASH) -> dict[str, t.Any]:
    """The same values, as a `create` or `update` sends them: under the current key, each with a nonce of its own.

    :param kind: `password`, `folder` or `tag`.
    :param values: fields in plain; those that are not encrypted for this kind are passed on.
    :param hash_length: hex digits of the password's hash (setting `user.password.security.hash`).
    :returns: the values with `cseType` and `cseKey`, and `hash` where there is a password.
    :raises Failure: `definition` for a field that is no text, `unsupported` without the library.
    """
    box = keychain.box(keychain.current)
    sent = {name: _sealed(name, value, box) if name in FIELDS[kind] else value for name, value in values.items()}
    if kind == "password" and "password" in values:
        sent["hash"] = password_hash(values["password"] or "", hash_length)
    return {**sent, "cseType": TYPE, "cseKey": keychain.current}


def updated(
    kind: str, entry: Entry, changes: Entry, keychain: Keychain | None, hash_length: int = HASH
) -> dict[str, t.Any]:
    """The fields of an entry for an `update`, which replaces them all: what it holds, changed, in the scheme it has.

    An encrypted entry stays encrypted, under the current key; a plain one stays plain (section 7.2).

    :param entry: the whole entry, as the service sent it.
    :param changes: new values in plain; those that are not encrypted for this kind are passed on.
    :raises Failure: `crypto` as `fields_of`; `unexpected_response` for an entry that lacks a field, since the update
        would erase it; else as `encrypted`.
    """
    missing = [name for name in FIELDS[kind] if name not in entry and name not in changes]
    if missing:
        raise Failure("unexpected_response", f"The service sent {_named(entry)} without its {', '.join(missing)}.")
    values = {**fields_of(entry, FIELDS[kind], keychain), **changes}
    if keychain is None or entry["cseType"] == NONE:
        return {**values, "cseType": NONE, "cseKey": ""}
    return encrypted(kind, values, keychain, hash_length)


def password_hash(password: str, length: int = HASH) -> str:
    """What the service compares passwords by: the first digits of SHA-1 in lower-case hex; empty for no digits.

    :param length: hex digits, 0 to 40.
    :raises Failure: `definition` for what is no Unicode text.
    """
    return hashlib.sha1(_encoded("password", password), usedforsecurity=False).hexdigest()[: max(length, 0)]


def _box_of(entry: Entry, keychain: Keychain | None) -> sodium.Box:
    if entry.get("cseType") != TYPE:
        found = str(entry.get("cseType"))[:40]
        raise Failure("crypto", f"The {_named(entry)} is encrypted in an unknown way (cseType {found!r}).")
    if keychain is None:
        raise Failure("crypto", f"The {_named(entry)} is encrypted, and the account has no keychain.")
    key_id = str(entry.get("cseKey"))
    if key_id not in keychain.keys:
        raise Failure(
            "crypto",
            f"The {_named(entry)} is encrypted with key {key_id[:40]!r}, which the keychain lacks.",
            hint="If the master password was changed in the meantime, close the session and open it again.",
        )
    return keychain.box(key_id)


def _named(entry: Entry, box: sodium.Box | None = None) -> str:
    """An entry in a message: its id, and its label if it is encrypted and this box opens it."""
    label = None
    if box is not None:
        with contextlib.suppress(sodium.Unopened):
            label = _opened(entry.get("label"), box)
    return f"entry {str(entry.get('id'))[:40]}" + (f" ({label!r})" if label else "")


def _opened(value: t.Any, box: sodium.Box) -> t.Any:
    if value is None or value == "":  # what is empty is not encrypted
        return value
    try:
        return box.open(_decoded(value)).decode("utf-8")
    except UnicodeDecodeError:
        raise sodium.Unopened("it is not UTF-8 text") from None


def _sealed(name: str, value: t.Any, box: sodium.Box, nonce: bytes | None = None) -> t.Any:
    if value is None or value == "":
        return value
    return box.seal(_encoded(name, value), nonce).hex()


def _decoded(text: t.Any) -> bytes:
    """Hex or, as the official client also takes, URL-safe base64 without padding.

    :raises Unopened: when it is neither.
    """
    try:
        return bytes.fromhex(text)
    except (TypeError, ValueError):
        pass
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (TypeError, ValueError):
        raise sodium.Unopened("it is neither hex nor base64") from None


def _encoded(name: str, value: t.Any) -> bytes:
    try:
        return t.cast(str, value).encode("utf-8")
    except (AttributeError, UnicodeEncodeError):
        raise Failure("definition", f"The field {name} is not valid Unicode text.") from None
