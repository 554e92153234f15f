# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""Passwords that nobody thought of."""

from __future__ import annotations

import secrets
import string
import typing as t

from .errors import Failure

if t.TYPE_CHECKING:
    from .providers.keeper import Keeper
    from .record import Record

SHORTEST = 8
SPECIAL = "!#%+,-.:=?@_~"
"""Characters that need no quoting in most places."""


def generator(rules: t.Mapping[str, t.Any]) -> t.Callable[[Keeper, Record], str]:
    """What makes a password by these rules (the option `generate` of the module credential).

    :raises Failure: `definition` for a length that is too short.
    """
    if rules["by"] == "service":
        return lambda provider, record: provider.generate(record, rules["strength"], rules["numbers"], rules["special"])
    if rules["length"] < SHORTEST:
        raise Failure("definition", f"generate: length {rules['length']} is too short; it takes {SHORTEST} at least.")
    return lambda provider, record: made(rules["length"], rules["numbers"], rules["special"])


def made(length: int, numbers: bool, special: bool) -> str:
    """A random password with a character of each class at least.

    :param length: how many characters; not fewer than the classes.
    """
    classes = [string.ascii_lowercase, string.ascii_uppercase]
    classes += [string.digits] * numbers + [SPECIAL] * special
    while True:
        password = "".join(secrets.choice("".join(classes)) for _position in range(length))
        if all(set(password) & set(characters) for characters in classes):
            return password
