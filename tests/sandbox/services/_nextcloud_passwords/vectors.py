# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts A and B of the vectors (Nextcloud Passwords protocol page, section 9)."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from .kinds import KINDS, ROOT

_FILE = Path(__file__).resolve().parents[3] / "vectors" / "nextcloud_passwords.json"
# What the transcript does not name: the tag of account A, and both objects of account B.
_IDS = {
    2: ("b3f6a274-d180-4293-a4f5-061728394a5b", "c407b385-e291-43a4-b506-1728394a5b6c"),
    3: ("d518c496-f3a2-44b5-8617-28394a5b6c7d", "e629d5a7-04b3-45c6-9728-394a5b6c7d8e"),
    5: ("f73ae6b8-15c4-46d7-a839-4a5b6c7d8e9f", "084bf7c9-26d5-47e8-b94a-5b6c7d8e9fa0"),
}
_CREATED = 1_700_000_000


@functools.lru_cache(maxsize=1)
def vectors() -> dict[str, Any]:
    """The whole file."""
    found: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def account(name: str) -> dict[str, Any]:
    """An account with its challenge, its keychain and its objects in place of their numbers."""
    data = vectors()
    found = next(item for item in data["accounts"] if item["name"] == name)
    return {
        "challenge": data["challenges"][found["challenge"]],
        "keychain": data["keychains"][found["keychain"]],
        "objects": [_whole(number) for number in found["objects"]],
    }


def _whole(number: int) -> dict[str, Any]:
    """An object in the form in which the server tells it, with its plain fields beside it."""
    vector = vectors()["objects"][number]
    told = next((item for item in _transcribed() if item["label"] == vector["encrypted"]["label"]), None)
    return {"kind": vector["type"], "plain": vector["plain"], "model": told or _made(number, vector)}


def _transcribed() -> list[dict[str, Any]]:
    replies = [step["response"]["json"] for step in vectors()["transcript_account_A"]]
    return [item for reply in replies if isinstance(reply, list) for item in reply]


def _made(number: int, vector: dict[str, Any]) -> dict[str, Any]:
    identifier, revision = _IDS[number]
    kind = KINDS[vector["type"]]
    return {
        "id": identifier,
        "revision": revision,
        "created": _CREATED,
        "updated": _CREATED,
        "edited": _CREATED,
        **dict.fromkeys(kind.texts, ""),
        **vector["encrypted"],
        **({kind.home: ROOT} if kind.home else {}),
        **({"hash": vector["hash"]} if "hash" in vector else {}),
        "cseKey": vector["cseKey"],
        "cseType": vector["cseType"],
        "sseType": "none",
        "hidden": False,
        "trashed": False,
        "favorite": False,
        "client": "example",
    }
