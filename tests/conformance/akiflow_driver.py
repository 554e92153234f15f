# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real client `akiflow`, in an interpreter of its own: a JSON line in, a JSON line out.

Imports nothing of this repository, so that it runs wherever the real client is installed. Section 10 of the Akiflow
protocol page: base URLs are attributes of its modules, and the code is what the built-in `input` gives.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import json
import os
import ssl
import sys
import urllib.request
from typing import Any

akiflow: Any = importlib.import_module("akiflow")
auth: Any = importlib.import_module("akiflow.auth")
client: Any = importlib.import_module("akiflow.client")


class Driver:
    """Holds clients by name."""

    def __init__(self) -> None:
        self.clients: dict[str, Any] = {}
        self.prompts: list[str] = []
        self._url = ""

    def aim(self, url: str) -> None:
        """Where to send requests; both hosts are one."""
        auth.WEB_BASE = client.API_BASE = self._url = url

    def sign_in(self, email: str, code: str | None = None, **options: Any) -> Any:
        """The log-in function, with this code or the one that was sent."""
        builtins.input = lambda prompt="": self._typed(prompt, email, code)
        return auth.interactive_login(email, **options)

    def new(self, name: str, code: str | None = None, typed_email: str = "", **options: Any) -> Any:
        """A client object; what it holds then."""
        email = options.get("email") or typed_email
        builtins.input = lambda prompt="": self._typed(prompt, email, code)
        self.clients[name] = akiflow.Akiflow(**options)
        return self.held(name)

    def held(self, name: str) -> dict[str, Any]:
        """The tokens of a client, and its client id."""
        found = self.clients[name]
        return {"access": found.access_token, "refresh": found.refresh_token, "client_id": found._client_id}

    def refreshed(self, **options: Any) -> Any:
        """The refresh function."""
        return auth.refresh_access_token(**options)

    def call(self, name: str, method: str, arguments: list[Any], options: dict[str, Any]) -> Any:
        """Call a method, as in `task.create`."""
        return functools.reduce(getattr, method.split("."), self.clients[name])(*arguments, **options)

    def errors(self) -> dict[str, list[str]]:
        """The client's own exceptions and their bases."""
        names = ("AkiflowError", "AuthError", "APIError", "TokenExpiredError")
        return {name: [base.__name__ for base in getattr(akiflow, name).__mro__] for name in names}

    def _typed(self, prompt: str, email: str, code: str | None) -> str:
        self.prompts.append(prompt)
        if "code" not in prompt:
            return f" {email} "
        if code is not None:
            return code
        context = ssl.create_default_context()
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(f"{self._url}/_sandbox/codes") as reply:
            return f"  {json.load(reply)['current'][email.partition('@')[0]]} \t"


def answer(driver: Driver, line: str) -> dict[str, Any]:
    """Do what one line says."""
    wanted = json.loads(line)
    try:
        return {"result": getattr(driver, wanted.pop("do"))(**wanted)}
    except Exception as error:  # noqa: BLE001 (whatever the real client raises is the answer)
        status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
        return {"error": type(error).__name__, "message": str(error), "code": status}


def main() -> None:
    """Answer every line until stdin ends; whatever else wants to print goes to stderr."""
    told = os.fdopen(os.dup(1), "w")
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    driver = Driver()
    for line in sys.stdin:
        print(json.dumps(answer(driver, line)), file=told, flush=True)


if __name__ == "__main__":
    main()
