# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets and uvicorn servers: for each service one https and one http port on 127.0.0.1."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import uvicorn

from .application import application
from .certificates import Certificates
from .service import Service
from .wire import SandboxProtocol

HOST = "127.0.0.1"
BACKLOG = 2048
_POLL_SECONDS = 0.005
_KEEP_ALIVE_SECONDS = 120
_SHUTDOWN_SECONDS = 1


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing to capture."""
        yield

    def end(self) -> None:
        """Stop at once: connections are cut, nobody is waited for."""
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        self.force_exit = True
        self.should_exit = True


class Fleet:
    """All servers of one sandbox process."""

    def __init__(self, services: list[Service], certificates: Certificates) -> None:
        self._services = services
        self._certificates = certificates
        self._servers: list[_Server] = []
        self._tasks: list[asyncio.Task[Any]] = []

    async def start(self) -> None:
        """Open every port; all are ready when this returns."""
        for service in self._services:
            secure, plain = _listen(), _listen()
            service.start(f"https://{HOST}:{secure.getsockname()[1]}", f"http://{HOST}:{plain.getsockname()[1]}")
            routes = application(service)
            self._serve(routes, secure, self._certificates.context)
            self._serve(routes, plain, None)
        while not all(server.started for server in self._servers):
            if ended := [task for task in self._tasks if task.done()]:
                await asyncio.gather(*ended)
                raise RuntimeError("a server ended before it was ready")
            await asyncio.sleep(_POLL_SECONDS)

    def ready(self) -> dict[str, Any]:
        """What a client has to know about each provider."""
        return {
            service.name: {
                "url": service.url,
                "plain_url": service.plain_url,
                "pin": self._certificates.pin,
                "accounts": service.accounts(),
            }
            for service in self._services
        }

    async def stop(self) -> None:
        """Close everything."""
        for server in self._servers:
            server.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for service in self._services:
            service.stop()

    def _serve(self, routes: Any, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        config = uvicorn.Config(
            routes,
            http=SandboxProtocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            log_level="critical",
            access_log=False,
            date_header=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        config.load()
        config.ssl = context
        server = _Server(config)
        self._servers.append(server)
        self._tasks.append(asyncio.get_running_loop().create_task(server.serve(sockets=[listener])))


def _listen() -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, 0))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener
