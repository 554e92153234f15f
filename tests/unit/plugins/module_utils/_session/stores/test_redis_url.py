# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URL of a Redis store: what it says, what is refused, and that no message shows its password."""

from __future__ import annotations

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.redis import RedisStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.redis_client import client_of
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.redis_url import address, passwords_in

KEY = "a key of twenty and more characters"


@pytest.mark.parametrize(
    ("url", "place", "plain"),
    [
        ("redis://cache", "redis://cache:6379", "redis://cache:6379"),
        ("redis://", "redis://localhost:6379", "redis://localhost:6379"),
        ("redis://cache:7000/3", "redis://cache:7000/3", "redis://cache:7000/3"),
        ("rediss://alice:canary@cache/1", "rediss://cache:6379/1", "rediss://alice:canary@cache:6379/1"),
        ("redis://:canary@[::1]:7000", "redis://[::1]:7000", "redis://:canary@[::1]:7000"),
        ("redis://alice:c%40n%2Fary@cache", "redis://cache:6379", "redis://alice:c%40n%2Fary@cache:6379"),
        ("redis://cache?password=canary", "redis://cache:6379", "redis://cache:6379?password=canary"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("unix://alice:canary@/run/r.sock?db=2", "unix:///run/r.sock", "unix://alice:canary@/run/r.sock?db=2"),
    ],
)
def test_one_server(url: str, place: str, plain: str) -> None:
    found = address(url)
    assert (found.place, found.plain) == (place, plain)
    assert (found.lease, found.replicas, found.prefix, found.service) == (30.0, None, "gatehouse.api", "")
    assert "canary" not in repr(found)


def test_sentinels() -> None:
    url = "rediss+sentinel://alice:canary@one,two:7000/main/2?sentinel_password=canary2&socket_timeout=3"
    found = address(url)
    assert found.place == "rediss+sentinel://one:26379,two:7000/main/2"
    assert found.hosts == (("one", 26379), ("two", 7000))
    assert (found.service, found.tls) == ("main", True)
    assert found.plain == "rediss://alice:canary@one:26379/2?socket_timeout=3"
    assert found.sentinel == {"password": "canary2"}


def test_a_cluster() -> None:
    found = address("redis+cluster://one:7000,two/?replicas=2&lease=5&prefix=team")
    assert found.hosts == (("one", 7000), ("two", 6379))
    assert (found.replicas, found.lease, found.prefix) == (2, 5.0, "team")
    assert found.plain == "redis://one:7000/"


@pytest.mark.parametrize(
    "url",
    [
        "redis://alice:canary@one,two",
        "redis://alice:canary@cache:port",
        "redis://alice:canary@cache:99999",
        "redis://alice:canary@cache/name",
        "redis://alice:canary#1@cache",
        "redis://alice:canary@cache?lease=0",
        "redis://alice:canary@cache?lease=soon",
        "redis://alice:canary@cache?replicas=-1",
        "redis://alice:canary@cache?whatever",
        "redis://alice:canary@[cache",
        "redis+sentinel://alice:canary@one",
        "redis+sentinel://alice:canary@one/main/name",
        "redis+cluster://alice:canary@one/3",
        "unix://alice:canary@",
        "unix://alice:canary@host/run/redis.sock",
        "redis:/alice:canary@cache",
        "redis//alice:canary@cache",
        "http://alice:canary@cache",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_and_shows_no_password(url: str) -> None:
    with pytest.raises(Failure) as caught:
        open_store(url, KEY)
    assert caught.value.kind == "definition"
    assert "canary" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache?colour=blue",
        "redis://cache?socket_timeout=soon",
        "redis+sentinel://cache/main?colour=blue",
        "redis+cluster://cache?socket_timeout=soon",
    ],
)
def test_options_that_the_library_does_not_know_are_refused(url: str) -> None:
    with pytest.raises(Failure) as caught:
        RedisStore(url).read("cloud")
    assert caught.value.kind == "definition"


@pytest.mark.parametrize("url", ["redis://alice:canary-1@cache", "redis+sentinel://a/b?sentinel_password=canary-1"])
def test_a_password_is_hidden_from_then_on(url: str) -> None:
    assert "canary" not in RedisStore(url).place
    assert secrets.hide("with canary-1") == "with ********"


def test_an_encoded_password_is_hidden_in_both_forms() -> None:
    RedisStore("redis://alice:c%40nary@cache")
    assert secrets.hide("c@nary, c%40nary") == "********, ********"


@pytest.mark.parametrize(
    "url",
    [
        "redis://:canary@cache",
        "redis://alice:canary@cache:port",
        "redis+sentinel://alice:canary@one,two/main?sentinel_password=canary2",
        "redis://cache?password=canary&db=2",
        "unix://alice:canary@/run/redis.sock",
    ],
)
def test_passwords_are_found_in_any_url(url: str) -> None:
    found = passwords_in(url)
    assert "canary" in found
    assert all(password.startswith("canary") for password in found)


@pytest.mark.parametrize("url", ["", "file", "redis://cache/0", "/a/b@c", "redis://alice@cache", "file:///a:b@c"])
def test_nothing_else_is_taken_for_a_password(url: str) -> None:
    assert passwords_in(url) == ()


def test_without_a_key_it_says_so_and_asks_nobody() -> None:
    with pytest.raises(Failure, match="needs a key") as caught:
        open_store("redis://alice:canary@nowhere.invalid").key.digest("any")
    assert caught.value.kind == "definition"
    assert "GATEHOUSE_STORE_KEY" in caught.value.hint
    assert "canary" not in str(caught.value)


def test_connections_have_time_limits_unless_told_otherwise() -> None:
    kwargs = client_of(address("redis://cache?socket_timeout=3&decode_responses=true")).get_connection_kwargs()
    assert (kwargs["socket_timeout"], kwargs["socket_connect_timeout"]) == (3.0, 5.0)
    assert not kwargs.get("decode_responses")
