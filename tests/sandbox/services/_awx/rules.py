# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX demands of a credential type and of a credential's inputs, in its own words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

ENCRYPTED = "$encrypted$"
NAME = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*\Z")
FILE = re.compile(r"template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?\Z")
FIELD = {
    "id": str,
    "label": str,
    "type": str,
    "format": str,
    "choices": list,
    "help_text": str,
    "multiline": bool,
    "secret": bool,
    "ask_at_runtime": bool,
    "default": object,
}
TEXT_ONLY = ("choices", "multiline", "format", "secret")
BLOCKED = ("VIRTUAL_ENV", "PATH", "PYTHONPATH", "JOB_ID", "INVENTORY_ID", "CACHE", "AWX_HOST", "PROJECT_REVISION")


def of_type(wanted: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with a credential type, by key; empty when nothing is."""
    found: dict[str, list[str]] = {}
    if not wanted.get("name"):
        found["name"] = ["This field is required."]
    if wanted.get("kind") not in ("cloud", "net"):
        found["kind"] = [f"Must be 'cloud' or 'net', not {wanted.get('kind')}"]
    inputs, injectors = wanted.get("inputs") or {}, wanted.get("injectors") or {}
    if problems := list(_of_fields(inputs)):
        return {**found, "inputs": problems}
    if problems := list(_of_injectors(injectors, [field["id"] for field in inputs.get("fields", [])])):
        found["injectors"] = problems
    return found


def of_inputs(inputs: Mapping[str, Any], kind: Mapping[str, Any], kept: Mapping[str, Any]) -> list[str]:
    """What is wrong with a credential's inputs.

    :param kind: its credential type.
    :param kept: the inputs that it has.
    """
    fields = {field["id"]: field for field in kind["inputs"].get("fields", [])}
    found = []
    for name, value in inputs.items():
        field = fields.get(name)
        if field is None:
            found.append(f"Additional properties are not allowed ('{name}' was unexpected)")
        elif not isinstance(value, {"string": str, "boolean": bool}[field.get("type", "string")]):
            found.append(f"{value} is not of type '{field.get('type', 'string')}'")
        elif "choices" in field and value not in field["choices"]:
            found.append(f"'{value}' is not one of {field['choices']}")
        elif value == ENCRYPTED and (name not in kept or not field.get("secret")):
            found.append(f'"{ENCRYPTED}" is a reserved keyword, and cannot be used for {name}')
    return found


def _of_fields(inputs: Mapping[str, Any]) -> Iterator[str]:
    if unknown := set(inputs) - {"fields", "required"}:
        yield f"Additional properties are not allowed ({sorted(unknown)} were unexpected)"
    seen: set[str] = set()
    for field in inputs.get("fields", []):
        name = field.get("id", "")
        if wrong := [key for key, value in field.items() if not isinstance(value, FIELD.get(key, ()))]:
            yield f"{name}: {wrong} are not allowed, or of another type"
        if "label" not in field or not NAME.match(name):
            yield f"{name} is an invalid variable name, or has no label"
        if name == "tower" or name in seen:
            yield f'"tower" is a reserved field name, and field IDs must be unique ({name})'
        seen.add(name)
        kind = field.setdefault("type", "string")
        if kind not in ("string", "boolean"):
            yield f"'{kind}' is not one of ['string', 'boolean']"
        for key in TEXT_ONLY:
            if key in field and kind != "string":
                yield f"{key} not allowed for {kind} type ({name})"
        if "choices" in field and (not field["choices"] or len(set(field["choices"])) < len(field["choices"])):
            yield f"the choices of {name} are none, or not unique"


def _of_injectors(injectors: Mapping[str, Any], fields: list[str]) -> Iterator[str]:
    if unknown := set(injectors) - {"env", "extra_vars", "file"}:
        yield f"Additional properties are not allowed ({sorted(unknown)} were unexpected)"
    files = list(injectors.get("file", {}))
    if wrong := [name for name in files if not FILE.match(name)]:
        yield f"{wrong} do not match any of the regexes"
    if "template" in files and len(files) > 1:
        yield "Must use multi-file syntax when injecting multiple files"
    for name in injectors.get("env", {}):
        if name.startswith("ANSIBLE_"):
            yield f"Environment variable {name} may affect Ansible configuration so its use is not allowed."
        if name in BLOCKED or not NAME.match(name):
            yield f"Environment variable {name} is not allowed to be used in credentials."
    known: dict[str, Any] = dict.fromkeys(fields, "EXAMPLE")
    many = SimpleNamespace(**{name.split(".")[1]: "EXAMPLE_FILENAME" for name in files if "." in name})
    known["tower"] = SimpleNamespace(filename="EXAMPLE_FILENAME" if files == ["template"] else many)
    for kind, templates in injectors.items():
        for name, text in templates.items():
            try:
                ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(text).render(known)
            except TemplateError as error:
                yield f"{name} inside of {kind} cannot be rendered ({error})"
