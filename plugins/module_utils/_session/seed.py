# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""A refresh token that a definition begins with. Where the service rotates it, it works once."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .stores.sealed import SealedStore


class Seed:
    """The seed of one session: a note says, by keyed hash, which one was used up.

    :param origin: where it is spent.
    :param name: the session's name.
    """

    def __init__(self, store: SealedStore, origin: str, name: str) -> None:
        self._store = store
        self._note = ("seed", origin, name)
        self._origin = origin

    def spent(self, token: str) -> bool:
        """Whether this token was used up."""
        return bool(self._store.recall(*self._note).get("seed") == self._digest(token))

    def spend(self, token: str) -> None:
        """Remember that it was."""
        self._store.update({"seed": self._digest(token)}, *self._note)

    def _digest(self, token: str) -> str:
        return self._store.key.digest("seed", self._origin, token)
