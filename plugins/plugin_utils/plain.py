# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Ansible's tagged, unsafe and vaulted values as plain Python ones."""

from __future__ import annotations

import typing as t


def plain(value: t.Any) -> t.Any:
    """A copy of plain types, vaulted texts decrypted: what libraries outside Ansible understand.

    :raises ansible.errors.AnsibleError: when a vaulted text cannot be decrypted.
    """
    if value is None or isinstance(value, bool):
        return value
    kinds: tuple[t.Any, ...] = (int, float, bytes)
    for kind in kinds:
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, t.Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    return "".join(str(value))
