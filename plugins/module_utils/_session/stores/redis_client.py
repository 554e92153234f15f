# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""A client of redis-py for a URL, and its errors in one sentence."""

from __future__ import annotations

import re
import socket
import typing as t

from ..errors import Failure
from ..libraries import need
from .redis_url import CLUSTER, SENTINEL, TIMEOUTS, Address

_OURS = ("connection_class", "decode_responses", "encoding", "host", "port")


def client_of(address: Address) -> t.Any:
    """A client. It connects when it is used; one of a cluster at once.

    :raises Failure: `unsupported` without the library, `definition` for options that it does not know.
    """
    redis = need("redis", "redis", f"The store {address.place}")
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # A connection that was kept may be dead, so once more is worth it; after a timeout it is not.
    common = {**TIMEOUTS, "retry": Retry(NoBackoff(), 1, (redis.ConnectionError,))}
    try:
        given = redis.connection.parse_url(address.plain)
        options = {**common, **{name: value for name, value in given.items() if name not in _OURS}}
        if address.scheme in CLUSTER:
            options.pop("db", None)
            nodes = [redis.cluster.ClusterNode(host, port) for host, port in address.hosts]
            return redis.RedisCluster(startup_nodes=nodes, ssl=address.tls, **options)
        if address.scheme in SENTINEL:
            ours = {name: value for name, value in options.items() if name not in ("username", "password", "db")}
            watchers = {**ours, "ssl": address.tls, **address.sentinel}
            sentinel = redis.sentinel.Sentinel(address.hosts, sentinel_kwargs=watchers)
            return sentinel.master_for(address.service, ssl=address.tls, **options)
        place = {name: given[name] for name in ("connection_class", "host", "port") if name in given}
        pool = redis.ConnectionPool(**options, **place)
        pool.connection_class(**pool.connection_kwargs)  # connects to nothing, but looks at its options
        return redis.Redis(connection_pool=pool)
    except (TypeError, ValueError) as exc:
        raise Failure("definition", f"The options of the store {address.place} cannot be used: {exc}.") from None


def unreachable(error: BaseException) -> bool:
    """Whether an error says that Redis is not there now, but may be in a moment."""
    import redis

    if isinstance(error, (redis.AuthenticationError, redis.exceptions.AuthorizationError)):
        return False
    moment = (redis.ConnectionError, redis.TimeoutError, redis.exceptions.ClusterError, redis.exceptions.TryAgainError)
    return isinstance(error, (*moment, redis.exceptions.RedisClusterException, redis.ReadOnlyError))


def failure_of(error: BaseException, place: str) -> Failure:
    """An error of redis-py, as a failure in one sentence."""
    import redis

    if isinstance(error, redis.BusyLoadingError):
        return Failure("store", f"The store {place} is still loading its data.")
    if isinstance(error, (redis.AuthenticationError, redis.exceptions.NoPermissionError)):
        return Failure(
            "store",
            f"The store {place} refuses this user: {_reason(error)}.",
            hint="See docs/stores.md for the commands and keys that the user needs.",
        )
    if isinstance(error, (redis.TimeoutError, socket.timeout)):
        return Failure("store", f"The store {place} does not answer in time.")
    if unreachable(error):
        return Failure("store", f"The store {place} cannot be reached: {_reason(error)}.")
    return Failure("store", f"The store {place} cannot do that: {_reason(error)}.")


def _reason(error: BaseException) -> str:
    """What the system or the server says, without what redis-py says around it."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror
        seen = seen.__cause__ or seen.__context__
    said = re.split(r"\.(?: |$)|\n", str(error).strip())[0]
    return said[:200] or type(error).__name__
