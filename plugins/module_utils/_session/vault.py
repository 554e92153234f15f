# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What a session gives access to, as the service sent it: fetched when asked for, once."""

from __future__ import annotations

import typing as t

Raw = t.Mapping[str, t.Any]
T = t.TypeVar("T")


class Vault:
    """The objects of one account, and the keys that open them.

    :param fetch: gets all objects of a kind.
    :param unlock: gets the unlocked keys, as JSON takes them; empty where nothing is encrypted.
    """

    def __init__(
        self, fetch: t.Callable[[str], t.Sequence[Raw]], unlock: t.Callable[[], t.Mapping[str, t.Any]]
    ) -> None:
        self._fetch = fetch
        self._unlock = unlock
        self._known: dict[tuple[str, str], t.Any] = {}

    def items(self, kind: str) -> t.Sequence[Raw]:
        """All objects of a kind."""
        return self.once("items", kind, lambda: self._fetch(kind))

    def keys(self) -> t.Mapping[str, t.Any]:
        """The unlocked keys."""
        return self.once("keys", "", self._unlock)

    def once(self, what: str, which: str, make: t.Callable[[], T]) -> T:
        """Something that is worked out of the objects or the keys, once."""
        if (what, which) not in self._known:
            self._known[what, which] = make()
        return t.cast(T, self._known[what, which])
