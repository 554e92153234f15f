# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret of eight characters or more survives in anything that is built around it."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets

pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
SECRET = st.text(st.characters(exclude_categories=("Cs",)), min_size=8, max_size=40).filter(
    lambda text: "*" not in text
)


def as_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def as_urlsafe(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def as_json(text: str) -> str:
    return json.dumps(text)


WAYS = st.sampled_from([str, as_base64, as_urlsafe, as_json, quote, quote_plus, lambda text: quote(text, safe="")])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), TEXT)


def trees(leaf: str) -> Any:
    return st.recursive(
        st.one_of(LEAVES, st.just(leaf)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.one_of(TEXT, st.just(leaf)), inner, max_size=3),
            st.tuples(inner, inner),
        ),
        max_leaves=6,
    )


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (*texts(key), *texts(item))]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=SECRET, prefix=TEXT, suffix=TEXT, way=WAYS, data=st.data())
def test_no_secret_survives(
    monkeypatch: pytest.MonkeyPatch, secret: str, prefix: str, suffix: str, way: Any, data: Any
) -> None:
    monkeypatch.setattr(secrets, "_in_play", {secret})
    leaf = way(prefix + secret + suffix)
    shown = texts(secrets.hide(data.draw(trees(leaf))))
    needles = {secret, as_json(secret)[1:-1], quote(secret, safe=""), quote_plus(secret)}
    # A whole secret in base64, and its inner characters wherever it begins in a longer text.
    needles |= {as_base64(secret).rstrip("="), as_urlsafe(secret).rstrip("=")}
    for text in shown:
        assert not [needle for needle in needles if needle in text]
    direct = secrets.hide(leaf)
    assert secrets.HIDDEN in direct
