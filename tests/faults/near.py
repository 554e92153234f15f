# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox, controlled over one kept connection: these tests ask it thousands of times."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from tests.sandbox.harness import Sandbox, SandboxError


class NearSandbox(Sandbox):
    """A sandbox whose control requests go over plain http, on a connection that stays open."""

    _connections: dict[str, http.client.HTTPConnection] | None = None

    def ask(self, provider: str, method: str, what: str, body: Any = None) -> Any:
        """One control request."""
        if self._connections is None:
            self._connections = {}
        if provider not in self._connections:
            address = urlsplit(self.plain_url(provider)).netloc
            self._connections[provider] = http.client.HTTPConnection(address, timeout=60)
        connection = self._connections[provider]
        text = None if body is None else json.dumps(body)
        try:
            connection.request(method, f"/_sandbox/{what}", text, {"Content-Type": "application/json"})
            reply = connection.getresponse()
        except (http.client.HTTPException, ConnectionError):  # it does not keep idle connections for ever
            connection.close()
            connection.request(method, f"/_sandbox/{what}", text, {"Content-Type": "application/json"})
            reply = connection.getresponse()
        content = reply.read()
        if reply.status != 200:
            raise SandboxError(f"{method} {what}: {content.decode('utf-8', 'replace')}")
        return json.loads(content)

    def stop(self) -> None:
        """End the process and wait for it."""
        for connection in (self._connections or {}).values():
            connection.close()
        super().stop()
