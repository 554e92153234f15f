# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""TLS connections to pinned keys: checked after the handshake, before the first byte of a request.

Imported only where pins are configured, because it needs urllib3's classes to derive from.
"""

from __future__ import annotations

import base64
import hashlib
import typing as t

from .errors import Failure

try:
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPSConnection
    from urllib3.connectionpool import HTTPSConnectionPool
except ImportError as exc:  # `need("requests")` has run before this module is imported
    raise Failure("unsupported", f"TLS pinning needs the Python library requests ({exc}).") from exc


def pin_of(certificate: bytes) -> str:
    """The pin of a DER certificate: base64 of SHA-256 over its SubjectPublicKeyInfo (Proton page, section 1.4)."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(certificate).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(info).digest()).decode("ascii")


class PinnedAdapter(HTTPAdapter):
    """Refuses every https connection whose leaf key is not pinned."""

    def __init__(self, pins: t.Iterable[str], origin: str) -> None:
        accepted = frozenset(pins)

        class PinnedConnection(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                found = pin_of(self.sock.getpeercert(binary_form=True))
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

        self._pool = PinnedPool
        super().__init__()

    def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {**self.poolmanager.pool_classes_by_scheme, "https": self._pool}

    def proxy_manager_for(self, proxy: str, **kwargs: t.Any) -> t.Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": self._pool}
        return manager
