# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published and computed values of Proton's SRP (tests/vectors/proton_srp.json)."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).parents[6].joinpath("tests", "vectors", "proton_srp.json").read_text(encoding="utf-8")
)


def raw(text: str) -> bytes:
    """The bytes of a base64 value."""
    return base64.b64decode(text, validate=True)


def named(part: str, key: str) -> dict[str, dict[str, Any]]:
    """One part's entries by one of their values."""
    return {str(entry[key]): entry for entry in VECTORS[part]}


MODULI = named("signed_moduli", "id")
NEGATIVE = named("negative", "name")
