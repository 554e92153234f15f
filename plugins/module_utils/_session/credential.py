# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Credentials that a session gives access to, and what asks for them: values, without I/O."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field, fields

from .errors import Failure

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

SECRET_FIELDS = frozenset({"password", "notes", "custom_fields"})
"""Fields whose values are never shown; the others say which credential it is."""


@dataclass(frozen=True)
class Credential:
    """One credential, decrypted.

    :param id: the service's id of it.
    :param label: its name; need not be unique.
    :param username: the account that it is for.
    :param password: the secret itself.
    :param url: where it is used.
    :param notes: free text.
    :param folder: path of the folder that it lies in, labels joined by `/`; empty at the top.
    :param tags: labels of its tags, sorted.
    :param custom_fields: further fields, each with `label`, `type` and `value`.
    :param favorite: whether it is marked as one.
    :param revision: the service's mark of this version, for changing no other one.
    :param raw: the entry as the service sent it.
    """

    id: str
    label: str
    username: str = ""
    password: str = field(default="", repr=False)
    url: str = ""
    notes: str = field(default="", repr=False)
    folder: str = ""
    tags: tuple[str, ...] = ()
    custom_fields: tuple[t.Mapping[str, str], ...] = field(default=(), repr=False)
    favorite: bool = False
    revision: str = ""
    raw: t.Mapping[str, t.Any] = field(default_factory=dict, repr=False)

    def as_dict(self) -> dict[str, t.Any]:
        """What lookups return: all fields, secrets included."""
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "raw"}
        return {**values, "tags": list(self.tags), "custom_fields": [dict(item) for item in self.custom_fields]}

    def facts(self) -> dict[str, t.Any]:
        """What tasks return: which credential it is, and none of its secrets."""
        return {name: value for name, value in self.as_dict().items() if name not in SECRET_FIELDS}

    def secrets(self) -> tuple[str, ...]:
        """The values that must not be shown."""
        hidden = (str(item.get("value", "")) for item in self.custom_fields if item.get("type") in ("secret", "data"))
        return (self.password, self.notes, *hidden)

    def value(self, name: str) -> t.Any:
        """One field, by its name here or by the label of a custom field.

        :raises Failure: `definition` when there is no such field, or several custom fields of that label.
        """
        values = self.as_dict()
        if name in values:
            return values[name]
        found = [item.get("value") for item in self.custom_fields if item.get("label") == name]
        if len(found) == 1:
            return found[0]
        problem = "several fields" if found else "no field"
        labels = [str(item.get("label")) for item in self.custom_fields]
        raise Failure(
            "definition",
            f"Credential {self.label!r} ({self.id}) has {problem} {name!r}.",
            hint=f"There are: {', '.join([*values, *labels])}.",
        )


@dataclass(frozen=True)
class Query:
    """What is asked for. What is empty or None is not compared; all the rest must be so.

    :param term: an id, a label, or a folder's path and a label joined by `/`.
    :param host: whether `url` is compared by its host alone.
    :param folder: a folder's path; empty for the top, None for any folder.
    """

    term: str = ""
    id: str = ""
    label: str = ""
    username: str | None = None
    url: str = ""
    host: bool = False
    tag: str = ""
    folder: str | None = None

    def __str__(self) -> str:
        given = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in ("term", "host")}
        said = [f"{name} {value!r}" for name, value in given.items() if value or (value == "" and name == "folder")]
        return ", ".join([repr(self.term)] * bool(self.term) + said) or "any credential"

    def ids(self) -> tuple[str, ...]:
        """The ids that are asked for."""
        return tuple(text for text in (self.term if UUID.fullmatch(self.term) else "", self.id) if text)

    def parts(self) -> tuple[str, ...]:
        """What tells this query from others."""
        return tuple(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self))


def path_of(text: str) -> str:
    """A folder's path as it is written here: labels joined by `/`, without one at either end."""
    return "/".join(part for part in text.split("/") if part)
