# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# mypy: disable-error-code="import-not-found, import-untyped"
"""The process: reads one line of JSON from stdin (see tests/oauth/servers.py), prints one when it is ready, and ends
when stdin does.

    .venv/oauth/bin/python -m tests.oauth.toolkit.serve DIRECTORY
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from tests.oauth.toolkit import project

WAITING = 64


class Server(ThreadingMixIn, WSGIServer):
    """One thread a connection; the TLS handshake is the thread's."""

    daemon_threads = True
    request_queue_size = WAITING
    context: ssl.SSLContext | None = None

    def server_bind(self) -> None:
        super().server_bind()
        if self.context:
            self.base_environ["HTTPS"] = "on"

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.context:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except OSError:
                return  # no TLS, or a client that does not trust the CA
        super().finish_request(request, client_address)
        if self.context:
            request.close()


class Handler(WSGIRequestHandler):
    """Hands the connection to the faults, which may cut it."""

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["gatehouse.connection"] = self.connection
        return environ

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the base class's)
        """The journal says it better."""


class Control(BaseHTTPRequestHandler):
    """What tests may see and do, on a port of its own."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        from tests.oauth.toolkit import control

        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status = 200
        try:
            result = control.do(f"{method} {self.path[1:]}", json.loads(body) if body else {})
        except (KeyError, ValueError, TypeError) as error:
            status, result = 400, {"message": repr(error)}
        content = json.dumps(result).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the base class's)
        """Not of interest."""


def _context(given: dict[str, str] | None, directory: Path) -> ssl.SSLContext | None:
    if given is None:
        return None
    chain = directory / "server.pem"
    chain.touch(mode=0o600)
    chain.write_text(given["key"] + given["cert"], encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    chain.unlink()
    return context


def main() -> None:
    directory = Path(sys.argv[1])
    line = sys.stdin.readline()
    Server.context = _context(json.loads(line)["tls"], directory)
    if Server.context is None:
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    server = Server(("127.0.0.1", 0), Handler)
    base = f"{'https' if Server.context else 'http'}://127.0.0.1:{server.server_port}"
    given = json.loads(line.replace("{issuer}", base))
    server.set_app(project.build(given, base, directory))
    control = ThreadingHTTPServer(("127.0.0.1", 0), Control)
    control.daemon_threads = True
    for one in (server, control):
        threading.Thread(target=one.serve_forever, daemon=True).start()
    ready = {"issuer": f"{base}/o", "control": f"http://127.0.0.1:{control.server_port}"}
    print(json.dumps(ready), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
