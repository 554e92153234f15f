# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wire: uvicorn's HTTP protocol with its transport within reach, and the replies that break off."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .exchange import Call, Reply

TRANSPORT = "sandbox.transport"
_BODILESS = frozenset({204, 304})


class SandboxProtocol(H11Protocol):
    """Hands the application its transport, so that a fault can close the connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        application = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope[TRANSPORT] = self.transport
            await application(scope, receive, send)

        self.app = with_transport

    def connection_made(self, transport: Any) -> None:
        """Send small replies at once."""
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)


class Wire:
    """One exchange on the wire."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send

    async def call(self) -> Call | None:
        """Read the request; None when the client went away before it was whole."""
        chunks = []
        more = True
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                return None
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        return call_from(self._scope, b"".join(chunks))

    async def reply(self, reply: Reply, date: str) -> None:
        """Send the whole reply."""
        payload = b"" if reply.status in _BODILESS else reply.payload()
        await self._start(reply, len(payload), date)
        await self._send({"type": "http.response.body", "body": payload})

    async def truncate(self, reply: Reply, date: str) -> None:
        """Promise the whole body, send half of it, close."""
        payload = reply.payload()
        await self._start(reply, len(payload), date)
        await self._send({"type": "http.response.body", "body": payload[: len(payload) // 2], "more_body": True})
        self._scope[TRANSPORT].close()
        await self._gone()

    async def drop(self) -> None:
        """Close the connection without a byte of reply."""
        self._scope[TRANSPORT].abort()
        await self._gone()

    async def _start(self, reply: Reply, length: int, date: str) -> None:
        headers = [(b"Date", date.encode()), (b"Content-Length", str(length).encode())]
        if reply.content_type is not None:
            headers.append((b"Content-Type", reply.content_type.encode()))
        headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def call_from(scope: Scope, raw: bytes) -> Call:
    """The call that an ASGI scope and body describe."""
    client = scope.get("client")
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return Call(
        method=scope["method"],
        path=scope["path"],
        params=dict(scope.get("path_params") or {}),
        query=tuple(query),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        raw=raw,
        scheme=scope["scheme"],
        peer=f"{client[0]}:{client[1]}" if client else "",
    )
