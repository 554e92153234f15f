# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real client `pytan3`, in an interpreter of its own: a JSON line in, a JSON line out.

Imports nothing of this repository, so that it runs wherever the real client is installed.
"""

from __future__ import annotations

import datetime
import importlib
import json
import os
import sys
import warnings
from typing import Any

# The certificate helper and the auth store read peer certificates the way of pyOpenSSL.
importlib.import_module("urllib3.contrib.pyopenssl").inject_into_urllib3()
pytan3 = importlib.import_module("pytan3")


class Driver:
    """Holds the auth methods of the real client by name."""

    def __init__(self) -> None:
        self.methods: dict[str, Any] = {}
        self.adapters: dict[tuple[str, str], Any] = {}

    def new(self, name: str, method: str, url: str, options: dict[str, Any]) -> None:
        """Make an auth method with an HTTP client of its own."""
        client = pytan3.http_client.HttpClient(url)
        self.methods[name] = pytan3.auth_methods.load(method)(client, **options)

    def call(self, name: str, member: str) -> Any:
        """Call a method of the real auth method."""
        return getattr(self.methods[name], member)()

    def read(self, name: str, member: str) -> Any:
        """Read a property of the real auth method; `token` may log in or validate."""
        return getattr(self.methods[name], member)

    def put(self, name: str, token: str | None) -> None:
        """Install another token."""
        self.methods[name].token = token

    def age(self, name: str, seconds: float) -> None:
        """Make the token look that old to the client."""
        self.methods[name]._last_used -= datetime.timedelta(seconds=seconds)

    def version(self, name: str) -> str:
        """The platform version as the client discovers it."""
        return str(pytan3.api_clients.get_version(self.methods[name].http_client))

    def info(self, name: str) -> Any:
        """What `/info.json` says."""
        return self._adapter(name, "rest").api_client.info

    def get(self, name: str, kind: str, api: str, fields: dict[str, Any]) -> Any:
        """One object, or all of a kind."""
        adapter = self._adapter(name, api)
        return adapter.api_get(getattr(adapter.api_objects, kind)(**fields))(raw=True)

    def add(self, name: str, kind: str, api: str, fields: dict[str, Any]) -> Any:
        """Add an object."""
        adapter = self._adapter(name, api)
        return adapter.api_add(getattr(adapter.api_objects, kind)(**fields))(raw=True)

    def soap(self, name: str, body: str) -> str:
        """Send a SOAP body as it is; the text of the reply."""
        return str(self._adapter(name, "soap").api_client(data=body).text)

    def certify(self, name: str) -> None:
        """The client's certificate helper."""
        self.methods[name].http_client.certify()

    def stored(self, name: str, copy: str, secret: str) -> str:
        """Make an auth method out of the encrypted store of another; the store's text comes back."""
        store = self.methods[name].create_store(secret=secret)
        text = str(store.to_string())
        client = self.methods[name].http_client
        opened = pytan3.auth_store.AuthStore.from_string(client, text, secret=secret)
        self.methods[copy] = opened.create_method()
        return text

    def _adapter(self, name: str, api: str) -> Any:
        if (name, api) not in self.adapters:
            auth = self.methods[name]
            client = pytan3.api_clients.load_type(api)(auth.http_client, auth)
            objects = pytan3.api_objects.load(api)
            self.adapters[name, api] = pytan3.adapters.load_type(api)(client, objects)
        return self.adapters[name, api]


def answer(driver: Driver, line: str) -> dict[str, Any]:
    """Do what one line says."""
    wanted = json.loads(line)
    try:
        return {"result": getattr(driver, wanted.pop("do"))(**wanted)}
    except Exception as error:  # noqa: BLE001 (whatever the real client raises is the answer)
        return {"error": type(error).__name__, "message": str(error), "code": None}


def main() -> None:
    """Answer every line until stdin ends; whatever else wants to print goes to stderr."""
    warnings.simplefilter("ignore")
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    driver = Driver()
    for line in sys.stdin:
        print(json.dumps(answer(driver, line), default=str), file=told, flush=True)


if __name__ == "__main__":
    main()
