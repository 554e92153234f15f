# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the accounts hold at the fresh start, and as many more objects as a test wants."""

from __future__ import annotations

import uuid
from typing import Any

from .kinds import FOLDER, PASSWORD, ROOT, TAG
from .making import Maker
from .users import User

_SPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
PLAIN_ACCOUNT, MIXED_ACCOUNT = "carol", "erin"


def fill(maker: Maker, user: User) -> None:
    """The fresh start of one account."""
    if user.account.vector:
        maker.adopt(user, user.account.vector)
    elif user.name == PLAIN_ACCOUNT:
        _everything(maker, user)
    else:
        _one(maker, user, "only entry", encrypted=user.account.encrypts)
    if user.name == MIXED_ACCOUNT:
        _one(maker, user, "plain entry", encrypted=False)


def identifier(user: User, label: str) -> str:
    """The id of a seeded object, the same at every start."""
    return str(uuid.uuid5(_SPACE, f"{user.name} {label}"))


def many(
    maker: Maker, user: User, *, passwords: int, folders: int, tags: int, encrypted: bool, prefix: str
) -> dict[str, Any]:
    """Numbered objects; passwords lie in the folders and wear the tags by turns."""
    made_folders = [
        maker.make(user, FOLDER, {"label": f"{prefix} folder {number}"}, encrypted=encrypted).id
        for number in range(1, folders + 1)
    ]
    made_tags = [
        maker.make(user, TAG, {"label": f"{prefix} tag {number}", "color": "#0082c9"}, encrypted=encrypted).id
        for number in range(1, tags + 1)
    ]
    made = [
        maker.make(
            user,
            PASSWORD,
            {
                "label": f"{prefix} entry {number:05d}",
                "username": f"user{number:05d}",
                "password": f"canary-{user.name}-{prefix}-{number:05d}",
                "url": f"https://host{number:05d}.example.com/",
                "folder": made_folders[number % folders] if folders else ROOT,
                "tags": [made_tags[number % tags]] if tags else [],
            },
            encrypted=encrypted,
        ).id
        for number in range(1, passwords + 1)
    ]
    return {"folders": made_folders, "tags": made_tags, "passwords": made}


def _one(maker: Maker, user: User, label: str, *, encrypted: bool) -> None:
    fields = {
        "label": label,
        "username": f"{user.name}-login",
        "password": f"canary-{user.name}-{label.replace(' ', '-')}",
        "url": "https://www.example.com/login",
        "notes": "first line\nsecond / line \u20ac",
    }
    maker.make(user, PASSWORD, fields, encrypted=encrypted, identifier=identifier(user, label))


def _everything(maker: Maker, user: User) -> None:
    ids = {label: identifier(user, label) for label in ("servers", "databases", "critical")}
    maker.make(user, FOLDER, {"label": "servers"}, encrypted=False, identifier=ids["servers"])
    below = {"label": "databases", "parent": ids["servers"]}
    maker.make(user, FOLDER, below, encrypted=False, identifier=ids["databases"])
    maker.make(user, TAG, {"label": "critical", "color": "#ff0000"}, encrypted=False, identifier=ids["critical"])
    custom = '[{"label":"api key","type":"secret","value":"canary-carol-custom"}]'
    entries: dict[str, dict[str, Any]] = {
        "web server": {
            "folder": ids["servers"],
            "tags": [ids["critical"]],
            "url": "https://web.example.com:8443/",
            "customFields": custom,
            "favorite": True,
        },
        "database": {"folder": ids["databases"]},
        "trashed entry": {"trashed": True},
        "hidden entry": {"hidden": True},
        "received entry": {"editable": False, "share": identifier(user, "share")},
        "shared entry": {"shared": True},
    }
    for label, fields in entries.items():
        common = {"label": label, "username": "deploy", "password": f"canary-carol-{label.replace(' ', '-')}"}
        maker.make(user, PASSWORD, {**common, **fields}, encrypted=False, identifier=identifier(user, label))
