# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be stored (Nextcloud Passwords protocol page, sections 7.2, 7.3 and 8.4). Nothing is ever decrypted."""

from __future__ import annotations

import hashlib
import re

from .crypto import CSE, NONE
from .entries import Entry
from .errors import AppError
from .kinds import FOLDER, ROOT, Kind, Values
from .user_settings import HASH, SSE, number_of
from .users import User

_EMPTY = ("", "0")
_FULL_HASH = 40
_HASH = re.compile(r"[0-9a-f]*")
INVALID_TYPE = "Invalid client side encryption type"


def check_encryption(user: User, cse_type: str, cse_key: str) -> None:
    """Type and key belong together, and need a challenge."""
    if cse_type not in (NONE, CSE) or (cse_type == NONE and cse_key not in _EMPTY):
        raise AppError(400, INVALID_TYPE)
    if cse_type == CSE and user.challenge is None:
        raise AppError(400, INVALID_TYPE, "no master password")
    if cse_type == CSE and cse_key in _EMPTY:
        raise AppError(400, "Client side encryption key missing")


def check_sharing(entry: Entry, values: Values) -> None:
    """Shared passwords are plain and visible."""
    if entry.share is None and not entry.shared:
        return
    if values["cseType"] != NONE:
        raise AppError(400, "CSE type does not support sharing")
    if values["hidden"]:
        raise AppError(400, "Shared entity can not be hidden")


def check_filled(kind: Kind, values: Values) -> None:
    """Some fields must not be empty, as PHP understands empty."""
    for name in kind.filled:
        if values[name] in _EMPTY:
            raise AppError(400, f'Field "{name}" can not be empty')


def hash_of(user: User, password: str, cse_type: str, given: str) -> str:
    """The hash to store: the server's own for plain passwords, the client's for encrypted ones."""
    length = number_of(user, HASH)
    if cse_type == NONE:
        return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()[:length]
    if not _HASH.fullmatch(given) or len(given) not in (_FULL_HASH, length):
        raise AppError(400, 'Field "hash" must contain a valid sha1 hash')
    return given[:length]


def sse_type(user: User, cse_type: str) -> str:
    """Section 7.3."""
    wanted = number_of(user, SSE)
    if wanted == 0:
        return NONE if cse_type == CSE else "SSEv1r2"
    return "SSEv2r1" if wanted > 1 and user.challenge is not None else "SSEv1r2"


def home_of(user: User, wanted: str, *, hidden: bool, itself: str = "") -> str:
    """The folder wanted; the root when there is none such, or it is hidden, or the folder itself."""
    folder = user.entries.get(FOLDER, wanted)
    if folder is None or wanted == itself or (folder.values["hidden"] and not hidden):
        return ROOT
    return wanted
