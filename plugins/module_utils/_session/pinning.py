# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""TLS connections to pinned keys: checked after the handshake, before the first byte of a request."""

from __future__ import annotations

import base64
import hashlib
import typing as t

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


def pinned_adapter(pins: t.Iterable[str], origin: str) -> t.Any:
    """An adapter for a requests session that refuses every https connection whose leaf key is not pinned.

    The classes are made here because their bases come with requests, which only a cold path imports.

    :param origin: for the message.
    """
    need("requests", "requests", "HTTP")
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPSConnection
    from urllib3.connectionpool import HTTPSConnectionPool

    accepted = frozenset(pins)

    class PinnedConnection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            found = pin_of(t.cast("t.Any", self.sock).getpeercert(binary_form=True))
            if found not in accepted:
                self.close()
                raise Failure(
                    "crypto",
                    f"{origin} showed the TLS key {found}, which is not pinned; nothing was sent.",
                    hint="Somebody may be in between. Change tls_pins only if the service announced the new key.",
                    sent=False,
                )

    class PinnedPool(HTTPSConnectionPool):
        ConnectionCls = PinnedConnection

    class PinnedAdapter(HTTPAdapter):
        def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            pinned(self.poolmanager)

        def proxy_manager_for(self, proxy: str, **kwargs: t.Any) -> t.Any:
            return pinned(super().proxy_manager_for(proxy, **kwargs))

    def pinned(manager: t.Any) -> t.Any:
        manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": PinnedPool}
        return manager

    return PinnedAdapter()
