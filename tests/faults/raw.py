# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that answers with whatever bytes it is given: no HTTP library stands in its way."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence

Answer = bytes | Callable[[socket.socket], None]
"""Bytes, after which the connection is closed; or a function that does with the connection what it likes."""


class RawServer:
    """Answers the requests that come in with its answers, one connection each; the last answer again and again."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._answers: Sequence[Answer] = (b"",)
        self._served = 0
        self._closing = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def give(self, *answers: Answer) -> None:
        """Answer so from now on."""
        self._answers = answers
        self._served = 0

    def close(self) -> None:
        """End it."""
        self._closing = True
        with contextlib.suppress(OSError):
            socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            connection, _address = self._listener.accept()
            with connection:
                if self._closing:
                    return
                with contextlib.suppress(OSError):
                    self._exchange(connection)

    def _exchange(self, connection: socket.socket) -> None:
        connection.settimeout(30)
        if not _read_request(connection):
            return
        answer = self._answers[min(self._served, len(self._answers) - 1)]
        self._served += 1
        if callable(answer):
            answer(connection)
        else:
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


def _read_request(connection: socket.socket) -> bool:
    """Read one request whole, so that closing the connection does not destroy the answer."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return False
        received += part
    head, _blank, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        body += connection.recv(65536)
    return True


@contextlib.contextmanager
def raw_server() -> Iterator[RawServer]:
    """One for a block."""
    server = RawServer()
    try:
        yield server
    finally:
        server.close()
