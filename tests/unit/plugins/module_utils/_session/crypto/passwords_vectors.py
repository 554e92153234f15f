# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The computed values of the Passwords app (tests/vectors/nextcloud_passwords.json; Nextcloud page, section 9)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.gatehouse.api.plugins.module_utils._session.crypto import cse, sodium

VECTORS: dict[str, Any] = json.loads(
    Path(__file__).parents[6].joinpath("tests", "vectors", "nextcloud_passwords.json").read_text(encoding="utf-8")
)
KEYCHAINS: list[dict[str, Any]] = VECTORS["keychains"]
OBJECTS: list[dict[str, Any]] = VECTORS["objects"]
NEGATIVE: dict[str, dict[str, Any]] = {entry["name"]: entry for entry in VECTORS["negative"]}

# Its keys open all objects.
KEYCHAIN = cse.Keychain.from_dict(KEYCHAINS[1]["keychain"])
KEY = KEYCHAIN.keys[KEYCHAIN.current]


def entry_of(vector: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What the service would send of a vector's object."""
    return {
        "id": "7d3a2c1b-0e4f-4a5b-8c6d-1122334455aa",
        "revision": "0f9e8d7c-6b5a-4c3d-9e2f-aabbccddeeff",
        "folder": VECTORS["constants"]["root_folder"],
        "sseType": "none",
        "favorite": True,
        "cseType": vector["cseType"],
        "cseKey": vector["cseKey"],
        **vector["encrypted"],
        **({"hash": vector["hash"]} if "hash" in vector else {}),
        **changes,
    }


def sealed_keychain(plaintext: str, master_password: str, salt: bytes = bytes(16), nonce: bytes = bytes(24)) -> str:
    """A keychain as the service keeps it, in hex; the product never makes one."""
    key = sodium.derived(master_password.encode("utf-8"), salt)
    return (salt + sodium.Box(key).seal(plaintext.encode("utf-8"), nonce)).hex()
