# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures: each has a kind, a sentence and what else a rescue can test."""

from __future__ import annotations

import pickle

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import KINDS, Failure

FULL = Failure(
    "rate_limited",
    "Too many requests.",
    http_code=429,
    api_code=2028,
    retry_after=12.0,
    methods=("captcha",),
    hint="Wait.",
    sent=True,
    session_gone=True,
)
KEYS = ["kind", "message", "http_code", "api_code", "retry_after", "methods", "hint"]


def test_the_kinds_are_those_of_the_design() -> None:
    assert KINDS == (
        "authentication_needed",
        "credentials_rejected",
        "two_factor_needed",
        "human_verification_needed",
        "missing_scope",
        "locked",
        "rate_limited",
        "not_reachable",
        "not_available",
        "unexpected_response",
        "crypto",
        "unsupported",
        "conflict",
        "store",
        "definition",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_makes_a_failure(kind: str) -> None:
    assert str(Failure(kind, "A sentence.", hint="Do this.")) == f"A sentence. Do this. [{kind}]"


def test_another_kind_does_not_exist() -> None:
    with pytest.raises(ValueError, match="'oops'"):
        str(Failure("oops", "A sentence."))


def test_a_result_has_always_the_same_keys() -> None:
    assert list(Failure("store", "A sentence.").as_dict()) == KEYS
    assert FULL.as_dict() == {
        "kind": "rate_limited",
        "message": "Too many requests.",
        "http_code": 429,
        "api_code": 2028,
        "retry_after": 12.0,
        "methods": ["captcha"],
        "hint": "Wait.",
    }


def test_a_text_without_a_hint_has_no_gap() -> None:
    assert str(Failure("store", "A sentence.")) == "A sentence. [store]"


def test_a_changed_message_is_the_one_that_is_shown() -> None:
    failure = Failure("store", "A sentence.")
    failure.message = "Another."
    assert str(failure) == "Another. [store]"
    assert failure.as_dict()["message"] == "Another."


def test_a_failure_survives_the_way_between_processes() -> None:
    """Pools, queues and copies hand exceptions over by pickle."""
    copy = pickle.loads(pickle.dumps(FULL))  # noqa: S301 (our own)
    assert (copy.as_dict(), copy.sent, copy.session_gone) == (FULL.as_dict(), FULL.sent, FULL.session_gone)
