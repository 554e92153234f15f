# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""Recipes: how to sign in to an API, described in YAML and with no code (http page).

A recipe is read strictly: whatever it says that means nothing is a failure, which names the line. Its texts may hold
placeholders, such as `{token}`. They are filled in once, and only in texts of the recipe: nothing that a service sent,
and no option's value, is ever looked through for more.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .errors import Failure
from .pointers import like

NOTHING = object()
"""The body of a request that has none."""

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[A-Za-z0-9_-]+)?)\}")


@dataclass(frozen=True)
class Spot:
    """A place in a recipe, for messages.

    :param file: the file it stands in; None where nobody knows.
    :param line: of that file.
    :param path: the key, as in `recipe.login.path`.
    :param source: where the recipe is written.
    """

    path: str
    source: str
    file: str | None = None
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path} ({self.where})"

    @property
    def where(self) -> str:
        """The line, or where that is not known what the recipe is written in."""
        return f"line {self.line} of {self.file}" if self.file else self.source

    def failure(self, problem: str, hint: str = "") -> Failure:
        """A failure of what stands here."""
        where = self.where[0].upper() + self.where[1:]
        return Failure("definition", f"{where}: {self.path} {problem}", hint=hint)


@dataclass(frozen=True)
class Node:
    """A value of a recipe, and where it is."""

    value: t.Any
    spot: Spot

    def plain(self) -> t.Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        return [item.plain() for item in self.value] if isinstance(self.value, list) else self.value


@dataclass(frozen=True)
class Text:
    """A text with placeholders."""

    text: str
    spot: Spot

    @property
    def names(self) -> list[str]:
        """What its placeholders stand for."""
        return _PLACEHOLDER.findall(self.text)

    @property
    def alone(self) -> bool:
        """Whether it is one placeholder and nothing else."""
        return _PLACEHOLDER.fullmatch(self.text) is not None

    def filled(self, values: t.Mapping[str, str], encoded: t.Callable[[str], str] = str) -> str:
        """The text with the values in it, in one pass.

        :raises Failure: `definition` when a value is missing.
        """

        def value(found: re.Match[str]) -> str:
            if found[1] not in values:
                raise self.spot.failure(f"needs {found[0]}, and there is no such value.", _MISSING.get(found[1], ""))
            return encoded(values[found[1]])

        return _PLACEHOLDER.sub(value, self.text)


_MISSING = {
    "username": "Give username.",
    "password": "Give password.",
    "uid": "A given token comes without, and so does a session that another recipe opened.",
}


@dataclass(frozen=True)
class Place:
    """Where a reply has something: in one of its headers or cookies, in its JSON, or all of its text."""

    kind: str
    names: tuple[str, ...]
    spot: Spot


@dataclass(frozen=True)
class Request:
    """A request of a recipe. `json` holds Texts instead of texts."""

    path: Text
    method: str
    headers: t.Mapping[str, Text]
    json: t.Any
    form: t.Mapping[str, Text] | None
    status: tuple[int, ...]
    basic: bool
    as_session: bool
    spot: Spot

    def texts(self) -> t.Iterator[Text]:
        """All its texts."""
        yield self.path
        yield from self.headers.values()
        yield from (self.form or {}).values()
        yield from _texts(self.json)


@dataclass(frozen=True)
class Rule:
    """What a failure means that fits all conditions given."""

    kind: str
    status: tuple[int, ...]
    code: tuple[str, ...]
    says: tuple[str, ...]

    def fits(self, status: int, code: str, said: str) -> bool:
        return (
            (not self.status or status in self.status)
            and (not self.code or any(like(pattern, code) for pattern in self.code))
            and (not self.says or any(like(pattern, said) for pattern in self.says))
        )


@dataclass(frozen=True)
class Recipe:
    """A recipe, read."""

    source: str
    login: Request
    token: Place
    uid: Place | None
    refresh_token: Place | None
    keep: t.Mapping[str, Place]
    expires_in: Place | None
    expires_at: Place | None
    lifetime: float | None
    send: t.Mapping[str, Text]
    refresh: Request | None
    keepalive: Request | None
    after: float | None
    logout: Request | None
    gone: tuple[int, ...]
    when: str | None
    unless: str | None
    code: str | None
    says: str | None
    rules: tuple[Rule, ...]

    def requests(self) -> t.Iterator[Request]:
        """All its requests."""
        yield from (request for request in (self.login, self.refresh, self.keepalive, self.logout) if request)

    def texts(self) -> t.Iterator[Text]:
        """All texts that it sends."""
        for request in self.requests():
            yield from request.texts()
        yield from self.send.values()


def _texts(body: t.Any) -> t.Iterator[Text]:
    if isinstance(body, Text):
        yield body
    for item in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from _texts(item)


def sendable(text: str) -> bool:
    """Whether a header can carry a text."""
    return text.isascii() and (text.isprintable() or not text)
