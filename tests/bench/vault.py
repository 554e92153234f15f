# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small fake Vault: log in with a password, which takes its time, and read one secret. Counts logins."""

from __future__ import annotations

import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class Vault:
    """A running server on loopback.

    :param login_seconds: how long a login takes.
    """

    def __init__(self, login_seconds: float) -> None:
        self.password = "fake"
        self.logins = 0
        self._login_seconds = login_seconds
        self._tokens: set[str] = set()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Vault:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def login(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The reply to a login."""
        with self._lock:
            self.logins += 1
        time.sleep(self._login_seconds)
        if given.get("password") != self.password:
            return 400, {"errors": ["invalid username or password"]}
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        auth = {"client_token": token, "policies": ["default"], "lease_duration": 3600, "renewable": True}
        return 200, {"auth": auth}

    def read(self, token: str | None) -> tuple[int, dict[str, Any]]:
        """The reply to who wants the secret."""
        if token not in self._tokens:
            return 403, {"errors": ["permission denied"]}
        metadata = {"version": 1, "created_time": "2026-01-01T00:00:00Z", "deletion_time": "", "destroyed": False}
        return 200, {"data": {"data": {"value": "secret"}, "metadata": metadata}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


def _handler(vault: Vault) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write a reply
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            self._reply(
                *vault.login(given) if self.path.startswith("/v1/auth/userpass/login/") else (404, {"errors": []})
            )

        do_PUT = do_POST  # noqa: N815 (called so by http.server)

        def do_GET(self) -> None:
            known = self.path.startswith("/v1/secret/data/")
            self._reply(*vault.read(self.headers.get("X-Vault-Token")) if known else (404, {"errors": []}))

        def _reply(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (called so by http.server)
            pass

    return Handler
