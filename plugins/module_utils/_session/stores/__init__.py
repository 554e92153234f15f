# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The registry of stores: which one an option value names."""

from __future__ import annotations

from .. import warm
from ..errors import Failure
from .base import Store
from .sealed import Key, SealedStore

DEFAULT = "file"


def open_store(place: str | None = None, key: str | None = None) -> SealedStore:
    """The store that `place` names, sealed with `key`.

    :param place: `file` (the user's state directory), `file:///DIRECTORY` or an absolute directory; empty for `file`.
    :param key: base64 of 32 bytes or a pass phrase; empty for the key file beside the records.
    :raises Failure: `definition` for a place that names no store.
    """
    return SealedStore(_store(place or DEFAULT), Key.from_text(key) if key else None)


def _store(place: str) -> Store:
    directory = warm.directory_of(place)
    if directory:
        from .file import FileStore

        return FileStore(directory)
    raise Failure(
        "definition", f"{place!r} names no store.", hint="Use file, file:///DIRECTORY or an absolute directory."
    )
