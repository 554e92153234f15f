# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The URL of a Redis store: one server, a Sentinel's, or a cluster."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, unquote_plus, urlencode, urlsplit

from ..errors import Failure

SINGLE = ("redis", "rediss", "unix")
SENTINEL = ("redis+sentinel", "rediss+sentinel")
CLUSTER = ("redis+cluster", "rediss+cluster")
SCHEMES = (*SINGLE, *SENTINEL, *CLUSTER)
PORT = 6379
SENTINEL_PORT = 26379
LEASE = 30.0  # seconds
TIMEOUTS = {"socket_connect_timeout": 5.0, "socket_timeout": 15.0}  # seconds

_HINT = (
    "Write redis://HOST:PORT/DB, rediss://..., unix:///PATH, redis+sentinel://HOST:PORT,HOST:PORT/SERVICE or "
    "redis+cluster://HOST:PORT,HOST:PORT; USER:PASSWORD@ before the hosts."
)


@dataclass(frozen=True)
class Address:
    """What a URL says.

    :param place: the URL without user, password and options, for messages.
    :param plain: what redis-py's own parser takes: its first host, and the options that are redis-py's.
    :param service: what a Sentinel calls the server.
    :param lease: seconds that a lock lives that its holder does not renew.
    :param replicas: how many replicas must have a change before it counts; None where that is not said.
    :param prefix: what all keys begin with.
    :param sentinel: options of the connections to Sentinels that differ.
    :param secrets: the passwords.
    """

    scheme: str
    place: str
    plain: str = field(repr=False)
    hosts: tuple[tuple[str, int], ...] = ()
    service: str = ""
    lease: float = LEASE
    replicas: int | None = None
    prefix: str = "gatehouse.api"
    sentinel: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def tls(self) -> bool:
        return self.scheme.startswith("rediss")


def is_redis(place: str) -> bool:
    """Whether the option `store` names a Redis."""
    return place.partition("://")[0] in SCHEMES


def passwords_in(url: str) -> tuple[str, ...]:
    """The passwords in a URL, also in one that cannot be used otherwise: as written, and decoded."""
    written = re.findall(r"://[^/?:]*:([^/?]*)@", url) + re.findall(r"[?&][a-z_]*password=([^&]+)", url)
    return tuple(sorted({text for value in written for text in (value, unquote(value), unquote_plus(value)) if text}))


def address(url: str) -> Address:
    """Read a URL.

    :raises Failure: `definition`; the message does not show what may be a password.
    """
    scheme, _separator, rest = url.partition("://")
    if "#" in rest:
        raise _unreadable(scheme, "it has a # that is not written as %23")
    try:
        parts = urlsplit(f"redis://{rest}")
        user, at, listed = parts.netloc.rpartition("@")
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        hosts = () if scheme == "unix" else tuple(_host(item, scheme) for item in listed.split(","))
    except ValueError:
        # Not what urllib says, which may be a part of a password.
        raise _unreadable(scheme, "its hosts, ports or options cannot be read") from None
    own: dict[str, t.Any] = {
        "lease": _number(scheme, options, "lease", LEASE, 1.0),
        "prefix": options.pop("prefix", "gatehouse.api"),
    }
    if "replicas" in options:
        own["replicas"] = int(_number(scheme, options, "replicas", 0.0, 0.0))
    sentinel = {
        name: options.pop(f"sentinel_{name}") for name in ("username", "password") if f"sentinel_{name}" in options
    }
    path, service = parts.path, ""
    if scheme in SENTINEL:
        service, _slash, db = path.strip("/").partition("/")
        path = f"/{db}" if db else ""
    problem = _problem(scheme, hosts, listed, path, service)
    if problem:
        raise _unreadable(scheme, problem)
    query = "?" + urlencode(options) if options else ""
    tls = "s" if scheme.startswith("rediss") else ""
    plain = (
        f"unix://{user}{at}{path}{query}"
        if scheme == "unix"
        else f"redis{tls}://{user}{at}{_netloc(hosts[:1])}{path}{query}"
    )
    return Address(
        scheme,
        f"{scheme}://{_netloc(hosts)}{parts.path}",
        plain,
        hosts,
        unquote(service),
        sentinel=sentinel,
        secrets=passwords_in(url),
        **own,
    )


def _host(item: str, scheme: str) -> tuple[str, int]:
    found = urlsplit(f"//{item}")
    return found.hostname or "localhost", found.port or (SENTINEL_PORT if scheme in SENTINEL else PORT)


def _netloc(hosts: t.Iterable[tuple[str, int]]) -> str:
    return ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in hosts)


def _number(scheme: str, options: dict[str, str], name: str, default: float, least: float) -> float:
    text = options.pop(name, None)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text) or float(text) < least:
        raise _unreadable(scheme, f"{name} is no number from {least:g} on")
    return float(text)


def _problem(scheme: str, hosts: t.Sequence[t.Any], listed: str, path: str, service: str) -> str:
    """What is wrong with it; nothing for a URL that can be used."""
    if scheme == "unix":
        return "" if path and not listed else "it has no path"
    if scheme in SENTINEL and not service:
        return "it does not say which service the Sentinels watch"
    if scheme in SINGLE and len(hosts) > 1:
        return "it has several hosts"
    if scheme in CLUSTER and path.strip("/") not in ("", "0"):
        return "a cluster has no databases"
    return "" if re.fullmatch(r"/?[0-9]*", path) else "its database is no number"


def _unreadable(scheme: str, problem: str) -> Failure:
    return Failure("definition", f"The {scheme} URL of the store cannot be used: {problem}.", hint=_HINT)
