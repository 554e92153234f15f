# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a token says of itself is only ever a reason to renew it earlier."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.jwt_claims import claims_of, life_of, seconds

NOW = 1_700_000_000.0


def token(claims: Any) -> str:
    return f"x.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.y"


@pytest.mark.parametrize(
    ("expires_in", "exp", "life"),
    [(1800, None, 1800), (None, NOW + 60, 60), (1800, NOW + 60, 60), (60, NOW + 1800, 60), (None, None, None)],
)
def test_the_earlier_expiry_counts(expires_in: Any, exp: Any, life: Any) -> None:
    assert life_of(token({"exp": exp}), expires_in, NOW) == life


@pytest.mark.parametrize(
    "exp", [float("nan"), float("inf"), 10**400, -1, 0, True, "soon", None, [], {}, 1e300, NOW - 1]
)
def test_an_expiry_without_sense_is_none(exp: Any) -> None:
    assert life_of(token({"exp": exp}), 1800, NOW) == 1800


@pytest.mark.parametrize("text", ["", "!", "[" * 100_000, "W10", "bnVsbA", "\u00fc", "x"])
def test_what_only_looks_like_a_jwt_tells_nothing(text: str) -> None:
    encoded = base64.urlsafe_b64encode(text.encode()).decode() if text.startswith("[[") else text
    for odd in (f"x.{encoded}.y", encoded):
        assert claims_of(odd) == {}
        assert life_of(odd, 1800, NOW) == 1800.0
        assert life_of(odd, None, NOW) is None


@pytest.mark.parametrize(
    ("value", "found"),
    [(60, 60), (60.5, 60.5), ("60", 60), (0, None), (-1, None), ("-1", None), ("", None), ("1e3", None), (True, None)]
    + [(value, None) for value in (None, [], {}, 10**12, "9" * 5000, float("nan"), float("inf"), "\u0663")],
)
def test_seconds_are_a_number_or_a_text_of_one(value: Any, found: Any) -> None:
    assert seconds(value) == found
