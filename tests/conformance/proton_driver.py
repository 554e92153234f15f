# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real client `proton-client`, in an interpreter of its own: a JSON line in, a JSON line out.

Imports nothing of this repository, so that it runs wherever the real client is installed.
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from typing import Any

api = importlib.import_module("proton.api")
pinning = importlib.import_module("proton.cert_pinning")


class Driver:
    """Holds the sessions of the real client by name."""

    def __init__(self) -> None:
        self.sessions: dict[str, Any] = {}

    def new(self, name: str, url: str, ca_file: str, appversion: str, pins: list[str] | None) -> None:
        """Make a session; with pins the client's own pinning adapter checks them."""
        session = api.Session(url, appversion=appversion, TLSPinning=False)
        self._prepare(session, url, ca_file)
        if pins is not None:
            session.s.mount(url, pinning.TLSPinningAdapter({"127.0.0.1": pins}))
        self.sessions[name] = session

    def copy(self, name: str, source: str, ca_file: str) -> None:
        """Dump one session and load it as another, as two processes that share a file would."""
        dumped = json.loads(json.dumps(self.sessions[source].dump()))
        session = api.Session.load(dumped, TLSPinning=False)
        self._prepare(session, dumped["api_url"], ca_file)
        self.sessions[name] = session

    def call(self, name: str, method: str, arguments: list[Any], options: dict[str, Any]) -> Any:
        """Call a method of the real session."""
        return getattr(self.sessions[name], method)(*arguments, **options)

    def read(self, name: str, attribute: str) -> Any:
        """Read a property of the real session."""
        return getattr(self.sessions[name], attribute)

    @staticmethod
    def _prepare(session: Any, url: str, ca_file: str) -> None:
        session.s.trust_env = False
        session.s.verify = ca_file


def answer(driver: Driver, line: str) -> dict[str, Any]:
    """Do what one line says."""
    wanted = json.loads(line)
    try:
        return {"result": getattr(driver, wanted.pop("do"))(**wanted)}
    except Exception as error:  # noqa: BLE001 (whatever the real client raises is the answer)
        return {"error": type(error).__name__, "message": str(error), "code": getattr(error, "code", None)}


def main() -> None:
    """Answer every line until stdin ends."""
    warnings.simplefilter("ignore")
    driver = Driver()
    for line in sys.stdin:
        print(json.dumps(answer(driver, line), default=str), flush=True)


if __name__ == "__main__":
    main()
