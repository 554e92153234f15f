# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""How to open a session: a name, one provider, its options."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

from . import secrets
from .errors import Failure
from .libraries import need


@dataclass(frozen=True)
class Pointer:
    """A value that stands elsewhere, fetched only when needed: `{env: NAME}`, `{file: PATH}`, `{keyring: [S, U]}`.

    :param kind: env, file or keyring.
    :param place: the variable's name, the path, or service and user.
    :param where: which option of which session points there, for messages.
    """

    kind: str
    place: tuple[str, ...]
    where: str

    def __str__(self) -> str:
        return f"{self.kind}:{'/'.join(self.place)}"

    def resolve(self) -> str:
        """Fetch the value.

        :raises Failure: `definition` when there is nothing at that place.
        """
        value: str | None = getattr(self, f"_from_{self.kind}")()
        if not value:
            raise Failure("definition", f"{self.where} points to {self}, where there is no value.")
        return value

    def _from_env(self) -> str | None:
        return os.environ.get(self.place[0])

    def _from_file(self) -> str:
        path = os.path.expanduser(self.place[0])
        try:
            with open(path, encoding="utf-8") as stream:
                return stream.read().rstrip("\r\n")
        except (OSError, ValueError) as exc:
            reason = getattr(exc, "strerror", None) or "it is no path, or the file is not UTF-8 text"
            raise Failure(
                "definition", f"{self.where} points to the file {path}, which cannot be read: {reason}."
            ) from exc

    def _from_keyring(self) -> str | None:
        keyring = need("keyring", "keyring", f"{self.where} ({self})")
        try:
            password: str | None = keyring.get_password(*self.place)
        except keyring.errors.KeyringError as exc:
            raise Failure(
                "definition",
                f"{self.where} points to {self}, but the OS keyring cannot be read: {exc}",
                hint="Use {env: NAME} or {file: PATH} where there is no desktop session.",
            ) from exc
        return password


@dataclass(frozen=True)
class Definition:
    """A session's definition, with defaults filled in.

    :param name: the session's name.
    :param provider: the provider's name.
    :param options: its options; a value may be a Pointer.
    :param source: where it was written, for messages.
    :param as_written: what stands there, as JSON takes it, to know it again cheaply; None when that cannot be told.
    """

    name: str
    provider: str
    options: t.Mapping[str, t.Any] = field(repr=False)
    source: str = "the task"
    as_written: t.Any = field(default=None, repr=False)

    def get(self, option: str) -> t.Any:
        """An option's value; a Pointer is followed, and what it finds is a secret from then on.

        :raises Failure: `definition` when the pointer leads nowhere.
        """
        value = self.options.get(option)
        if not isinstance(value, Pointer):
            return value
        found = value.resolve()
        secrets.add(found)
        return found

    def written(self, option: str) -> t.Any:
        """An option as written: for a Pointer the place it names, so that comparing definitions opens no keyring."""
        value = self.options.get(option)
        return str(value) if isinstance(value, Pointer) else value


NAME_LIMIT = 128


def check_name(name: t.Any) -> str:
    """A session's name: any printable text of 1 to 128 characters without a space at either end or a ~ in front.

    :returns: the name as a plain string.
    :raises Failure: `definition`.
    """
    plain = str(name) if isinstance(name, str) else ""
    if not 0 < len(plain) <= NAME_LIMIT or plain != plain.strip() or not plain.isprintable() or plain[0] == "~":
        raise Failure(
            "definition",
            f"{str(name)[:40]!r} is no session name: it takes 1 to {NAME_LIMIT} printable characters, "
            "no space at either end and no ~ at the beginning.",
        )
    return plain
