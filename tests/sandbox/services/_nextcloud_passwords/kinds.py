# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three kinds of objects and their fields (Nextcloud Passwords protocol page, section 8.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ROOT = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Kind:
    """`texts` have empty defaults; `required` must be sent, `filled` must not be empty.

    A client that encrypts, encrypts `texts`.
    """

    name: str
    texts: tuple[str, ...]
    required: tuple[str, ...]
    filled: tuple[str, ...]
    home: str | None
    order: tuple[str, ...]
    searchable: frozenset[str]


_COMMON = ("cseKey", "cseType", "sseType", "hidden", "trashed", "favorite")
_SEARCH = frozenset({"created", "updated", "edited", "cseType", "sseType", "trashed", "favorite"})

PASSWORD = Kind(
    "password",
    texts=("label", "username", "password", "notes", "customFields", "url"),
    required=("password",),
    filled=("label", "password"),
    home="folder",
    order=(
        *("id", "created", "updated", "edited", "share", "shared", "revision"),
        *("label", "username", "password", "notes", "customFields", "url", "status", "statusCode", "hash", "folder"),
        *_COMMON,
        *("editable", "client"),
    ),
    searchable=_SEARCH | {"status"},
)
FOLDER = Kind(
    "folder",
    texts=("label",),
    required=("label",),
    filled=("label",),
    home="parent",
    order=("id", "created", "updated", "edited", "revision", "label", "parent", *_COMMON, "client"),
    searchable=_SEARCH | {"parent"},
)
TAG = Kind(
    "tag",
    texts=("label", "color"),
    required=("label", "color"),
    filled=("label", "color"),
    home=None,
    order=("id", "created", "updated", "edited", "revision", "label", "color", *_COMMON, "client"),
    searchable=_SEARCH,
)
KINDS = {kind.name: kind for kind in (PASSWORD, FOLDER, TAG)}

Values = dict[str, Any]
