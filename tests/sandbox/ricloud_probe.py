# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare client of the ricloud service, for tests that say exactly what goes over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .probe import Answer, Probe

PROVIDER = "ricloud"


class RicloudProbe(Probe):
    """Sends its key, and makes sessions for one user."""

    def __init__(self, url: str, ca_file: str, token: str) -> None:
        super().__init__(url, ca_file, None)
        self.token = token
        self.headers: dict[str, str] = {}

    def credentials(self) -> dict[str, str]:
        """The key's header."""
        return {"Authorization": f"Token {self.token}"} if self.token else {}

    def user(self, identifier: str = "somebody") -> Any:
        """The id of a user, made when there is none."""
        return self.request("POST", "/users", {"identifier": identifier}).body["id"]

    def create(
        self,
        account: Mapping[str, Any],
        *,
        wait: int | str | None = None,
        user: str = "somebody",
        password: str | None = None,
        code: str | None = None,
    ) -> Answer:
        """Create a session for an account, with its own password unless told otherwise."""
        source = {"user": self.user(user), "type": account["type"]}
        if "identifier" in account:
            source["identifier"] = account["identifier"]
        payload = {"password": password or account.get("password"), "code": code}
        body = {"source": source, "payload": {name: value for name, value in payload.items() if value is not None}}
        return self.request("POST", "/sessions", body, {} if wait is None else {"Ricloud-Await": str(wait)})

    def get(self, path: str) -> Any:
        """What a GET gives."""
        return self.request("GET", path).body

    def ids(self, path: str) -> list[str]:
        """The ids of a page."""
        return [str(item["id"]) for item in self.get(path)["data"]]
