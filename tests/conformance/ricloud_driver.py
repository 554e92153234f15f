# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real client `ricloud`, in an interpreter of its own: a JSON line in, a JSON line out.

Imports nothing of this repository, so that it runs wherever the real client is installed.
"""

from __future__ import annotations

import datetime
import importlib
import json
import os
import sys
from typing import Any

ricloud: Any = importlib.import_module("ricloud")
abase = importlib.import_module("ricloud.resources.abase")
signing = importlib.import_module("ricloud.signing")


class Driver:
    """Holds the resources of the real client by name."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def aim(self, url: str, token: str, await_for: str = "0") -> None:
        """Where to send requests, with which key."""
        ricloud.url, ricloud.token = url, token
        abase.ABResource.request_handler.await_for = await_for

    def create(self, resource: str, fields: dict[str, Any], keep: str = "") -> Any:
        """Create a resource."""
        return self._told(getattr(ricloud, resource).create(**self._meant(fields)), keep)

    def retrieve(self, resource: str, id: Any = None, keep: str = "") -> Any:  # noqa: A002 (the client's own word)
        """Retrieve a resource; the organisation has no id."""
        kind = getattr(ricloud, resource)
        return self._told(kind.retrieve() if id is None else kind.retrieve(id), keep)

    def listed(self, resource: str, params: dict[str, Any]) -> Any:
        """List resources."""
        return self._told(getattr(ricloud, resource).list(**self._meant(params)))

    def delete(self, resource: str, id: Any) -> Any:  # noqa: A002
        """Delete by id."""
        return self._told(getattr(ricloud, resource).delete_with_id(id))

    def call(self, name: str, member: str) -> Any:
        """Call a method of a kept resource; what it is afterwards."""
        getattr(self.kept[name], member)()
        return self._told(self.kept[name])

    def current_key(self) -> Any:
        """The helper for the current key."""
        return self._told(ricloud.Key.current())

    def rotate(self, id: Any) -> Any:  # noqa: A002
        """The helper that rotates."""
        return self._told(ricloud.Key.rotate_with_id(id))

    def verify(self, header: str, body: str, secret: str) -> str:
        """Whether a webhook is genuine: nothing, or the kind of error."""
        try:
            signing.Signature.from_header(header).verify(body, secret, delta=600)
        except signing.Signature.SignatureError as error:
            return type(error).__name__
        return ""

    def types(self, name: str) -> list[str]:
        """What the client made of a resource and the objects inside."""
        resource = self.kept[name]
        return [type(resource).__name__, *(type(v).__name__ for v in resource.values() if hasattr(v, "attrs"))]

    def _meant(self, fields: dict[str, Any]) -> dict[str, Any]:
        """`@name` is a kept resource; a text that begins with `date:` is a date-time."""
        return {name: self._value(value) for name, value in fields.items()}

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._meant(value)
        if isinstance(value, str) and value.startswith("@"):
            return self.kept[value[1:]]
        if isinstance(value, str) and value.startswith("date:"):
            return datetime.datetime.fromisoformat(value[5:])
        return value

    def _told(self, resource: Any, keep: str = "") -> Any:
        if keep:
            self.kept[keep] = resource
        return json.loads(json.dumps(resource, default=lambda item: item.attrs))


def answer(driver: Driver, line: str) -> dict[str, Any]:
    """Do what one line says."""
    wanted = json.loads(line)
    try:
        return {"result": getattr(driver, wanted.pop("do"))(**wanted)}
    except Exception as error:  # noqa: BLE001 (whatever the real client raises is the answer)
        return {"error": type(error).__name__, "message": str(error), "code": getattr(error, "status", None)}


def main() -> None:
    """Answer every line until stdin ends; whatever else wants to print goes to stderr."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    driver = Driver()
    for line in sys.stdin:
        print(json.dumps(answer(driver, line)), file=told, flush=True)


if __name__ == "__main__":
    main()
