# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects made on the server's side of the wire: sealed as a client would, but without one."""

from __future__ import annotations

import hashlib
from typing import Any

from ...canaries import Canaries
from .crypto import CSE, NONE, Unreadable
from .entries import Entry, Revision
from .kinds import KINDS, PASSWORD, ROOT, Kind, Values
from .users import User
from .validation import sse_type
from .vectors import account as vector_account
from .watch import SHORTEST, Watch

CLIENT = "web"
_OF_OBJECT = ("share", "shared", "editable", "tags")


class Maker:
    """Makes and changes objects; every password in them is remembered as a secret."""

    def __init__(self, canaries: Canaries, watch: Watch) -> None:
        self._canaries = canaries
        self._watch = watch

    def make(
        self, user: User, kind: Kind, fields: dict[str, Any], *, encrypted: bool, identifier: str | None = None
    ) -> Entry:
        """A new object with these plain fields."""
        values: Values = {
            **dict.fromkeys(kind.texts, ""),
            "cseKey": "",
            "cseType": NONE,
            "hidden": False,
            "trashed": False,
            "favorite": False,
            "edited": int(user.now()),
            **({kind.home: ROOT} if kind.home else {}),
        }
        if encrypted:
            chain = user.keychain()
            if chain is None:
                raise ValueError(f"{user.name} has no keychain")
            values |= {"cseKey": chain.current, "cseType": CSE}
        values["sseType"] = sse_type(user, values["cseType"])
        entry = user.entries.create(kind, self._with(user, kind, values, fields), CLIENT, identifier)
        self._of_object(entry, fields)
        return entry

    def change(self, user: User, entry: Entry, fields: dict[str, Any]) -> Revision:
        """A new revision with some plain fields changed, sealed with the key that the object has."""
        self._of_object(entry, fields)
        return user.entries.write(entry, self._with(user, entry.kind, entry.values, fields), CLIENT)

    def read(self, user: User, entry: Entry) -> dict[str, Any]:
        """The plain fields of an object; None where the key does not fit."""
        values = entry.values
        if values["cseType"] == NONE:
            return {name: values[name] for name in entry.kind.texts}
        return {name: _opened(user, values["cseKey"], values[name]) for name in entry.kind.texts}

    def adopt(self, user: User, vector: str) -> None:
        """The objects of an account of the vectors, bit by bit."""
        for item in vector_account(vector)["objects"]:
            kind, model = KINDS[item["kind"]], item["model"]
            outside = ("id", "created", "updated", "share", "shared", "revision", "editable", "client")
            values = {name: value for name, value in model.items() if name not in (*outside, "status", "statusCode")}
            revision = Revision(model["revision"], model["updated"], values, model["client"])
            entry = Entry(kind, model["id"], model["created"], model["updated"], {revision.id: revision}, revision.id)
            user.entries.add(entry)
            if kind is PASSWORD:
                self._secret(item["plain"]["password"], encrypted=True)

    def _with(self, user: User, kind: Kind, values: Values, fields: dict[str, Any]) -> Values:
        if unknown := set(fields) - set(values) - set(_OF_OBJECT):
            raise ValueError(f"a {kind.name} has no {', '.join(sorted(unknown))}")
        encrypted = values["cseType"] == CSE
        chain = user.keychain() if encrypted else None
        texts = {name: str(fields[name]) for name in kind.texts if name in fields}
        others = {name: value for name, value in fields.items() if name in values and name not in kind.texts}
        changed = {**values, **others}
        for name, text in texts.items():
            changed[name] = chain.encrypt(values["cseKey"], text) if chain else text
        if kind is PASSWORD and "password" in texts:
            digest = hashlib.sha1(texts["password"].encode(), usedforsecurity=False).hexdigest()
            changed["hash"] = digest
            self._secret(texts["password"], encrypted=encrypted)
        return changed

    def _secret(self, password: str, *, encrypted: bool) -> None:
        if len(password) >= SHORTEST:
            self._canaries.add(password)
        if encrypted:
            self._watch.add(password)

    @staticmethod
    def _of_object(entry: Entry, fields: dict[str, Any]) -> None:
        for name in _OF_OBJECT:
            if name in fields:
                setattr(entry, name, fields[name])


def _opened(user: User, key_id: str, text: str) -> str | None:
    chain = user.keychain()
    try:
        return chain.decrypt(key_id, text) if chain else None
    except Unreadable:
        return None
