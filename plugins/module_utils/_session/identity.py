# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Who a session is: what of a definition may never change under one name, and what proves it."""

from __future__ import annotations

import os
import typing as t

from . import warm
from .definition import Definition
from .errors import Failure
from .providers import provider_class
from .record import Record

if t.TYPE_CHECKING:
    from .providers.base import Provider
    from .stores.sealed import Key


def check(record: Record, definition: Definition) -> None:
    """A name never changes its provider, origin or account (DESIGN, fast path; Proton page, section 4.3)."""
    cls = provider_class(definition.provider)
    difference = ""
    if record.provider != definition.provider:
        difference = f"provider {record.provider}, not {definition.provider}"
    else:
        wanted = _identity(cls, definition)
        found = {key: str(record.options.get(key) or "") for key in wanted}
        difference = ", ".join(
            f"{key} {found[key]!r}, not {wanted[key]!r}" for key in wanted if found[key] != wanted[key]
        )
    if difference:
        raise Failure(
            "conflict",
            f"Session {record.name!r} is open for {difference} (as {definition.source} says).",
            hint="Close it first (state: absent), or choose another name.",
        )


def proof(key: Key, definition: Definition | None) -> dict[str, str]:
    """Keyed digests of the definition's lasting secrets, by option, as written: a Pointer is not followed."""
    if definition is None:
        return {}
    options = [option.name for option in provider_class(definition.provider).options() if option.proof]
    return {
        name: key.digest("proof", name, str(definition.written(name))) for name in options if definition.written(name)
    }


def proof_changed(key: Key, record: Record, definition: Definition | None) -> bool:
    """Whether a definition has a lasting secret other than the one that the record was made with."""
    return any(record.proof.get(name, digest) != digest for name, digest in proof(key, definition).items())


def effective(name: str, definition: Definition | None, record: Record | None) -> Definition:
    """The definition to work with: the given one; where it only adds to the record's, both; else the record's.

    :raises Failure: `definition` when there is neither.
    """
    if record is None:
        if definition is None:
            raise Failure(
                "definition",
                f"There is no session {name!r}: none is open, and none is defined.",
                hint="Define it in the task, in gatehouse_sessions or in a sessions file.",
            )
        return definition
    if definition is None:
        return Definition(name, record.provider, record.options, source="its record")
    cls = provider_class(definition.provider)
    if not _adds_only(cls, definition):
        return definition
    added = {option.name: definition.options.get(option.name) for option in cls.options() if option.secret}
    return Definition(name, record.provider, {**record.options, **added}, definition.source, definition.as_written)


def fingerprint(key: Key, as_written: t.Any) -> str:
    """By what a definition is known again as it is written (see warm.py); empty when it cannot be."""
    return "" if as_written is None else warm.fingerprint(key.secret, as_written)


def _adds_only(cls: type[Provider], definition: Definition) -> bool:
    """Whether a definition says nothing of who one is, and so only adds to a session (a one-time code, say).

    What comes from the environment is there for every definition, and says nothing about this one.
    """
    return not any(
        definition.written(option.name)
        for option in cls.options()
        if option.identity and definition.written(option.name) != os.environ.get(option.env or "-")
    )


def _identity(cls: type[Provider], definition: Definition) -> dict[str, str]:
    """The options that say who one is: all of them with defaults, or the given ones where a definition only adds."""
    options = {option.name: str(definition.get(option.name) or "") for option in cls.options() if option.identity}
    if _adds_only(cls, definition):
        return {name: value for name, value in options.items() if value}
    return {**options, "url": cls.url_of(definition)}


def secret_values(definition: Definition) -> t.Iterator[t.Any]:
    """The values of a definition that are secrets; a Pointer is not followed."""
    for option in provider_class(definition.provider).options():
        if option.secret:
            yield definition.options.get(option.name)


def codes(definition: Definition | None) -> list[str]:
    """The secrets of a definition that are meant for one use, as written."""
    if definition is None:
        return []
    options = provider_class(definition.provider).options()
    return [str(definition.written(option.name)) for option in options if option.secret and not option.proof]
