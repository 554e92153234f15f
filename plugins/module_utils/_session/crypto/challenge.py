# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The challenge PWDv1r1: proof of the master password (Nextcloud Passwords page, section 5)."""

from __future__ import annotations

import hashlib
import typing as t

from ..errors import Failure
from . import sodium

TYPE = "PWDv1r1"
SHORTEST, LONGEST = 12, 128  # UTF-16 code units, as the official client counts

_PASSWORD_SALT = 256  # bytes at least
_HASH_KEY = 64  # bytes


def check_password(master_password: str) -> None:
    """Refuse a master password that cannot be the right one: a wrong one costs one of five attempts.

    :raises Failure: `definition` when its length is outside 12 to 128 UTF-16 code units, or when it is no Unicode text.
    """
    sodium.utf8(master_password)
    length = len(master_password.encode("utf-16-le")) // 2
    if not SHORTEST <= length <= LONGEST:
        raise Failure(
            "definition",
            f"The master password is too {'short' if length < SHORTEST else 'long'}: "
            f"the Passwords app takes {SHORTEST} to {LONGEST} characters.",
            hint="Nothing was sent, so no attempt is lost.",
        )


def solution(challenge: t.Any, master_password: str) -> str:
    """Solve a challenge.

    :param challenge: what the service sent as `challenge`: its type, and three salts in hex.
    :returns: 64 lower-case hex digits.
    :raises Failure: `definition` for a password outside the length rule, `unsupported` for another type of challenge or
        without the library, `crypto` for salts that are none.
    """
    check_password(master_password)
    if not isinstance(challenge, dict) or challenge.get("type") != TYPE:
        found = str(challenge.get("type"))[:40] if isinstance(challenge, dict) else ""
        raise Failure(
            "unsupported",
            f"The service asks for a challenge of type {found!r}; only {TYPE} is known.",
            hint="Look for a newer release of this collection.",
        )
    password_salt, hash_key, salt = _salts(challenge.get("salts"))
    secret = sodium.utf8(master_password)
    digest = hashlib.blake2b(secret + password_salt, digest_size=64, key=hash_key).digest()
    return sodium.derived(digest, salt).hex()


def _salts(sent: t.Any) -> tuple[bytes, bytes, bytes]:
    try:
        password_salt, hash_key, salt = (bytes.fromhex(text) for text in sent)
    except (TypeError, ValueError):
        password_salt = hash_key = salt = b""
    if len(password_salt) < _PASSWORD_SALT or len(hash_key) != _HASH_KEY or len(salt) != sodium.SALT:
        raise Failure("crypto", "The service sent a challenge whose salts are not of the agreed form.")
    return password_salt, hash_key, salt
