# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What requests lacks: pinned TLS keys, and a deadline for a whole exchange."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import socket
import threading
import typing as t
import weakref

from .errors import Failure
from .libraries import need


def pin_of(certificate: bytes) -> str:
    """The pin of a DER certificate: base64 of SHA-256 over its SubjectPublicKeyInfo (Proton page, section 1.4)."""
    need("cryptography", "cryptography", "TLS pinning")
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(certificate).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(info).digest()).decode("ascii")


class Wires:
    """The connections of a transport, so that somebody else can cut them.

    A read timeout starts anew with every byte; a service that sends one byte a second would hold a worker for ever.
    """

    def __init__(self) -> None:
        self.cut = False
        self._connections: weakref.WeakSet[t.Any] = weakref.WeakSet()
        self._handles: list[socket.socket] = []

    def hold(self, connected: socket.socket) -> None:
        """Keep another handle of a socket for this exchange: TLS and replies without an end take theirs away."""
        self._handles.append(socket.socket(fileno=os.dup(connected.fileno())))

    def established(self, connection: t.Any) -> None:
        """Remember a connection for later exchanges."""
        self._connections.add(connection)

    @contextlib.contextmanager
    def deadline(self, seconds: float) -> t.Iterator[None]:
        """Cut all connections when the exchange inside has not ended in time: whoever reads then finds the end."""
        self.cut = False
        for connection in list(self._connections):
            if connection.sock is not None:
                self.hold(connection.sock)
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            while self._handles:
                self._handles.pop().close()

    def _cut(self) -> None:
        self.cut = True
        for handle in list(self._handles):
            with contextlib.suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)


def adapter(wires: Wires, pins: t.Iterable[str], origin: str) -> t.Any:
    """An adapter for a requests session whose connections can be cut, and whose leaf key is pinned.

    The key is checked after the handshake, before the first byte of a request. The classes are made here because their
    bases come with requests, which only a cold path imports.

    :param pins: accepted keys; none for any.
    :param origin: for the message.
    """
    need("requests", "requests", "HTTP")
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    accepted = frozenset(pins)

    class PlainConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            connected = super()._new_conn()
            wires.hold(connected)
            return connected

        def connect(self) -> None:
            super().connect()
            wires.established(self)

    class PinnedConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            connected = super()._new_conn()
            wires.hold(connected)
            return connected

        def connect(self) -> None:
            super().connect()
            wires.established(self)
            if not accepted:
                return
            found = pin_of(t.cast("t.Any", self.sock).getpeercert(binary_form=True))
            if found not in accepted:
                self.close()
                raise Failure(
                    "crypto",
                    f"{origin} showed the TLS key {found}, which is not pinned; nothing was sent.",
                    hint="Somebody may be in between. Change tls_pins only if the service announced the new key.",
                    sent=False,
                )

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class PinnedPool(HTTPSConnectionPool):
        ConnectionCls = PinnedConnection

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            ours(self.poolmanager)

        def proxy_manager_for(self, proxy: str, **kwargs: t.Any) -> t.Any:
            return ours(super().proxy_manager_for(proxy, **kwargs))

    def ours(manager: t.Any) -> t.Any:
        manager.pool_classes_by_scheme = {"http": PlainPool, "https": PinnedPool}
        return manager

    return Adapter()
