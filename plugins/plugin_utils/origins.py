# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Where a value was written, as far as Ansible knows it."""

from __future__ import annotations

import typing as t


def place_of(value: t.Any) -> tuple[str, int] | None:
    """File and line of a text that Ansible read; None when it does not say.

    ansible-core tells it by `ansible_pos` before 2.19, and by a tag of its own since then.
    """
    place = getattr(value, "ansible_pos", None)
    if place:
        return str(place[0]), int(place[1])
    try:
        from ansible._internal._datatag._tags import Origin
    except ImportError:
        return None
    origin = Origin.get_tag(value)
    if origin is None or not origin.path or not origin.line_num:
        return None
    return str(origin.path), int(origin.line_num)
