# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""A fork's payload, sealed with a one-time key that travels another way (Proton page, section 3.11, version 3)."""

from __future__ import annotations

import base64
import binascii
import os
import typing as t

from ..errors import Failure
from ..libraries import need

_AAD = b"fork"
_NONCE = 12  # bytes


def seal(payload: str) -> tuple[str, str]:
    """Seal a payload with a new key.

    :returns: the sealed payload (base64 of nonce, ciphertext, tag) and the key (base64 of 32 bytes).
    """
    key, nonce = os.urandom(32), os.urandom(_NONCE)
    sealed = nonce + _cipher(key).encrypt(nonce, payload.encode("utf-8"), _AAD)
    return base64.b64encode(sealed).decode("ascii"), base64.b64encode(key).decode("ascii")


def unseal(sealed: str, key: str) -> str:
    """Open what `seal` made.

    :raises Failure: `crypto` when the key does not fit or the payload was changed.
    """
    from cryptography.exceptions import InvalidTag

    try:
        raw = base64.b64decode(sealed, validate=True)
        return _cipher(base64.b64decode(key, validate=True)).decrypt(raw[:_NONCE], raw[_NONCE:], _AAD).decode("utf-8")
    except (InvalidTag, TypeError, ValueError, binascii.Error) as exc:
        raise Failure("crypto", "The fork's payload cannot be opened with this payload_key.") from exc


def _cipher(key: bytes) -> t.Any:
    need("cryptography", "cryptography", "a sealed payload")
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)
