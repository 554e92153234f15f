# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record: when its tokens are fresh, how it changes, what it shows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.record import (
    ACTIVE,
    EXPIRED,
    FAILED,
    LOCKED,
    PENDING,
    Grant,
    Record,
)
from ansible_collections.gatehouse.api.plugins.module_utils._session.warm import LEEWAY, timestamp

NOW = 1_000_000.0
TOKENS = {"access_token": "canary-access-1", "refresh_token": "canary-refresh-1"}
GRANT = Grant(tokens=TOKENS, uid="uid-1", scopes=("full", "self"), lifetime=3600.0)
BLANK = Record("cloud", "proton", "https://api.example.com", "alice", proof={"password": "canary-digest"})
OPEN = BLANK.granted(GRANT, NOW)


@pytest.mark.parametrize("state", [ACTIVE, LOCKED])
def test_an_open_session_is_fresh_until_shortly_before_its_end(state: str) -> None:
    record = replace(OPEN, state=state)
    assert record.fresh(NOW)
    assert record.fresh(NOW + 3600 - LEEWAY - 1)
    assert not record.fresh(NOW + 3600 - LEEWAY)
    assert not record.fresh(NOW + 3600)


@pytest.mark.parametrize("state", [PENDING, EXPIRED, FAILED])
def test_another_state_is_never_fresh(state: str) -> None:
    assert not replace(OPEN, state=state).fresh(NOW)
    assert not replace(OPEN, state=state).renewable


def test_a_record_without_tokens_is_never_fresh() -> None:
    assert not BLANK.fresh(NOW)
    assert not BLANK.renewable


def test_the_leeway_of_a_short_life_is_a_tenth_of_it() -> None:
    record = BLANK.granted(replace(GRANT, lifetime=10.0), NOW)
    assert record.fresh(NOW + 8.9)
    assert not record.fresh(NOW + 9.0)


def test_min_ttl_asks_for_more_than_the_leeway() -> None:
    assert OPEN.fresh(NOW, min_ttl=3599)
    assert not OPEN.fresh(NOW, min_ttl=3600)
    assert not OPEN.fresh(NOW + 3000, min_ttl=601)
    assert OPEN.fresh(NOW + 3000, min_ttl=599)


def test_tokens_of_unknown_life_are_fresh_until_the_service_says_otherwise() -> None:
    record = BLANK.granted(replace(GRANT, lifetime=None), NOW)
    assert record.fresh(NOW + 10**9)
    assert record.fresh(NOW, min_ttl=10**9)
    assert (record.lifetime, record.expires_at) == (None, None)
    assert not record.overdue(NOW + 10**9)


def test_lifetime_is_what_the_service_gave() -> None:
    assert OPEN.lifetime == 3600.0
    assert not OPEN.overdue(NOW + 3599)
    assert OPEN.overdue(NOW + 3600)


def test_a_grant_counts_the_revision_and_leaves_what_it_does_not_name() -> None:
    changed = OPEN.granted(Grant(scopes=("self",), state=LOCKED, data={"a": 1}), NOW + 60)
    assert changed.revision == OPEN.revision + 1
    assert (changed.scopes, changed.state, changed.data) == (("self",), LOCKED, {"a": 1})
    assert (changed.tokens, changed.uid, changed.expires_at) == (OPEN.tokens, OPEN.uid, OPEN.expires_at)
    assert changed.granted(Grant(data={"b": 2}), NOW).data == {"a": 1, "b": 2}


def test_new_tokens_replace_all_old_ones_and_begin_a_new_life() -> None:
    changed = OPEN.granted(Grant(tokens={"access_token": "canary-new"}, lifetime=None), NOW + 60)
    assert changed.tokens == {"access_token": "canary-new"}
    assert (changed.issued_at, changed.expires_at) == (NOW + 60, None)


def test_a_grant_forgets_that_a_refresh_was_sent() -> None:
    assert replace(OPEN, refresh_sent_at=NOW).granted(Grant(), NOW).refresh_sent_at is None


@pytest.mark.parametrize("state", [EXPIRED, FAILED])
def test_an_ended_session_keeps_its_name_and_no_token(state: str) -> None:
    ended = OPEN.ended(state)
    assert (ended.name, ended.account, ended.uid) == (OPEN.name, OPEN.account, OPEN.uid)
    assert (ended.tokens, ended.state, ended.expires_at) == ({}, state, None)
    assert ended.revision == OPEN.revision + 1
    assert not ended.fresh(NOW)


def test_a_record_is_never_changed_in_place() -> None:
    before = json.dumps(OPEN.as_dict())
    OPEN.granted(Grant(tokens={"access_token": "canary-new"}, data={"a": 1}), NOW)
    OPEN.ended()
    assert json.dumps(OPEN.as_dict()) == before


def test_facts_hold_no_token() -> None:
    record = replace(OPEN, data={"selector": "canary-selector"}, options={"url": "https://api.example.com"})
    assert "canary" not in json.dumps(record.facts())


def test_facts_do_not_change_by_looking() -> None:
    assert OPEN.facts() == OPEN.facts()
    assert OPEN.facts() == {
        "name": "cloud",
        "provider": "proton",
        "origin": "https://api.example.com",
        "account": "alice",
        "state": "active",
        "uid": "uid-1",
        "scopes": ["full", "self"],
        "opened_at": "1970-01-01T00:00:00Z",
        "expires_at": "1970-01-12T14:46:40Z",
        "revision": 1,
        "parent": None,
        "details": {},
    }


def test_repr_shows_no_secret() -> None:
    record = replace(OPEN, data={"selector": "canary-selector"})
    assert "canary" not in repr(record)
    assert "canary" not in repr(GRANT)
    assert "canary" not in repr(Grant(tokens=TOKENS, data={"user_code": "1"}))


def test_json_and_back_is_the_same() -> None:
    record = replace(OPEN, options={"url": "https://é", "list": ["a"]}, data={"x": None}, refresh_sent_at=1.5)
    assert Record.from_dict(json.loads(json.dumps(record.as_dict()))) == record


def test_keys_of_later_versions_are_ignored() -> None:
    assert Record.from_dict({**OPEN.as_dict(), "invented_later": {"a": 1}}) == OPEN


@pytest.mark.parametrize("key", ["name", "provider", "origin"])
def test_a_record_without_what_it_needs_is_none(key: str) -> None:
    values = {name: value for name, value in OPEN.as_dict().items() if name != key}
    with pytest.raises((TypeError, ValueError)):
        Record.from_dict(values)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", 7),
        ("provider", None),
        ("origin", []),
        ("revision", "many"),
        ("revision", None),
        ("scopes", 7),
        ("tokens", "text"),
        ("tokens", ["a"]),
        ("tokens", None),
        ("options", None),
        ("options", "text"),
        ("data", 7),
        ("proof", "text"),
        ("expires_at", "tomorrow"),
        ("expires_at", []),
        ("issued_at", None),
        ("state", 7),
        ("state", "open"),
        ("uid", None),
        ("refresh_sent_at", "yesterday"),
    ],
)
def test_wrong_types_are_refused(key: str, value: Any) -> None:
    """What a damaged or foreign record holds must not surface later as a traceback."""
    with pytest.raises((TypeError, ValueError)):
        Record.from_dict({**OPEN.as_dict(), key: value})


@pytest.mark.parametrize("value", [None, [], "text", 7])
def test_what_is_no_mapping_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError, AttributeError)):
        Record.from_dict(value)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_795_368_000.9, "2026-11-22T17:20:00Z"),
        (None, None),
        (1e20, None),
        (float("inf"), None),
        (float("nan"), None),
        (-1e20, None),
    ],
)
def test_times_are_rfc_3339_in_utc(seconds: float | None, expected: str | None) -> None:
    assert timestamp(seconds) == expected
