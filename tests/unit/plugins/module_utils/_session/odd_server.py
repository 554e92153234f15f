# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on 127.0.0.1 that answers with whatever bytes a test gives, well-formed or not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

Answer = Callable[[bytes], Iterable[bytes]]

DRIP_SECONDS = 0.02
MOST_DRIPS = 120


def reply(body: bytes = b"{}", status: str = "200 OK", **headers: str) -> bytes:
    """A whole, well-formed reply; header names are written with _ for -."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


class OddServer:
    """Answers each connection once. Use it as a context manager."""

    def __init__(self, *answers: bytes | Answer) -> None:
        self.requests: list[bytes] = []
        self.left_early = threading.Event()
        self._answers = list(answers)
        self._closing = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> OddServer:
        self._thread.start()
        return self

    def __exit__(self, *_error: Any) -> None:
        self._closing.set()
        with socket.socket() as knock:
            knock.connect_ex(self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()

    def drip(self, start: bytes, drop: bytes) -> Answer:
        """An answer that comes drop by drop, until the client leaves or many drops have fallen."""

        def answer(_request: bytes) -> Iterable[bytes]:
            yield start
            for _number in range(MOST_DRIPS):
                self._closing.wait(DRIP_SECONDS)
                yield drop

        return answer

    def _serve(self) -> None:
        while True:
            connection, _peer = self._socket.accept()
            with connection:
                if self._closing.is_set():
                    return
                self._serve_one(connection)

    def _serve_one(self, connection: socket.socket) -> None:
        request = _request(connection)
        if not request:
            return
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        try:
            for part in [answer] if isinstance(answer, bytes) else answer(request):
                connection.sendall(part)
        except OSError:
            self.left_early.set()


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    head, _blank, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
