# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What bodies must have (ricloud protocol page, sections 2.1, 3.4 and 8, rules 2 and 3)."""

from __future__ import annotations

from typing import Any

from ...exchange import Call
from .accounts import CHILDREN, ICLOUD, MOCK, RELAY
from .errors import ApiRefusal, invalid

KINDS = (ICLOUD, RELAY, MOCK)
REQUIRED = "This field is required."


def object_of(call: Call) -> dict[str, Any]:
    """The JSON object, whatever the content type says."""
    found = call.json()
    if not isinstance(found, dict):
        raise ApiRefusal(400, "The body is not a JSON object.", "invalid-body")
    return found


def text(body: dict[str, Any], name: str) -> str:
    """A text that must be there."""
    value = body.get(name)
    if value is None or value == "":
        raise invalid(name, REQUIRED)
    if not isinstance(value, str):
        raise invalid(name, "Not a valid string.")
    return value


def part(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An object that must be there."""
    value = body.get(name)
    if value is None:
        raise invalid(name, REQUIRED)
    if not isinstance(value, dict):
        raise invalid(name, "Not a valid object.")
    return value


def kind_and_identifier(source: dict[str, Any], name: str = "source") -> tuple[str, str | None]:
    """The source-creation schema, but for the user."""
    kind, identifier = source.get("type"), source.get("identifier")
    if not kind:
        raise invalid(name, "type is required.")
    if kind in CHILDREN:
        raise invalid(name, f"{kind} cannot be created directly.")
    if kind not in KINDS:
        raise invalid(name, "type is not known.")
    if identifier is not None and not isinstance(identifier, str):
        raise invalid(name, "identifier is not a valid string.")
    if kind == ICLOUD and not identifier:
        raise invalid(name, "identifier is required.")
    return kind, identifier or None


def check_payload(kind: str, payload: dict[str, Any]) -> None:
    """A password or, for Relay, a code; texts."""
    needed = "code" if kind == RELAY else "password"
    if payload.get(needed) in (None, ""):
        raise invalid("payload", f"{needed} is required.")
    if wrong := [name for name, value in payload.items() if not isinstance(value, str)]:
        raise invalid("payload", f"{', '.join(wrong)}: not a valid string.")


def only(found: dict[str, Any], allowed: tuple[str, ...], name: str, *, strict: bool) -> None:
    """In strict mode nothing else may be there."""
    unknown = sorted(set(found) - set(allowed))
    if strict and unknown:
        raise invalid(name, f"Unknown: {', '.join(unknown)}.")
