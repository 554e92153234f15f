# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""An ordinary API call as a session."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

from .definition import Definition
from .errors import Failure
from .record import Record
from .transport import Patience, Reply, origin_of

if t.TYPE_CHECKING:
    from .client import Client
    from .providers.base import Provider

READING = frozenset({"GET", "HEAD", "OPTIONS"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LONGEST_CHAIN = 5

# Only what reads is repeated after a reply that leaves open whether the work was done.
_READING = Patience(at_once=frozenset({408, 502}), later=frozenset({429, 503}))
_CHANGING = Patience(later=frozenset({429, 503}))


@dataclass(frozen=True)
class Call:
    """A request that a user asked for; the options are those of the module `request`."""

    path: str
    method: str = "GET"
    params: t.Mapping[str, t.Any] | None = None
    headers: t.Mapping[str, t.Any] = field(default_factory=dict, repr=False)
    body: t.Any = field(default=None, repr=False)
    body_format: str = "json"
    status_code: tuple[int, ...] = ()
    follow_redirects: bool = True

    @property
    def changes(self) -> bool:
        """Whether the method is one that changes things."""
        return self.method not in READING


def called(client: Client, name: str, definition: Definition | None, call: Call) -> tuple[Reply, Record]:
    """Send the call as a session.

    :returns: the reply, and the record of the session that it was made with.
    :raises Failure: for a reply that the call or the API does not count as a success.
    """
    reply, record = client.use(
        name,
        definition,
        lambda provider, found: _sent(provider, found, call),
        stale=lambda provider, found: (
            not (provider.succeeded(found) or _plain(found))
            and found.status not in call.status_code
            and provider.stale(provider.failure(found))
        ),
    )
    provider = client.provider(record, definition)
    good = reply.status in call.status_code if call.status_code else provider.succeeded(reply) or _plain(reply)
    if not good:
        failure = provider.failure(reply, record)
        client.refused(provider, record, failure)
        raise failure
    return reply, record


def _plain(reply: Reply) -> bool:
    """A success without JSON: a file, a page; what the envelope of an API says nothing about."""
    return reply.ok and not isinstance(reply.json(), dict)


def _sent(provider: Provider, record: Record, call: Call) -> Reply:
    headers = {_spelt(str(name)): str(value) for name, value in call.headers.items()}
    own = provider.headers(record)
    clash = {name.lower() for name in headers} & {name.lower() for name in own if name.lower() != "user-agent"}
    if clash:
        raise Failure("definition", f"The header {min(clash)} belongs to the session.", hint="Leave it out.")
    headers = {**own, **headers}
    keywords: dict[str, t.Any] = {"params": call.params}
    if call.body is not None:
        if call.body_format == "json":
            keywords["body"] = call.body
        elif call.body_format == "form-urlencoded" and isinstance(call.body, dict):
            keywords["data"] = urlencode(call.body, doseq=True).encode("ascii")
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        else:
            keywords["data"] = str(call.body).encode("utf-8")
    path = call.path
    for _hop in range(LONGEST_CHAIN + 1):
        reply = provider.transport.send(
            call.method, path, headers=headers, patience=_CHANGING if call.changes else _READING, **keywords
        )
        provider.learn(reply, record)
        if reply.status not in REDIRECTS or not call.follow_redirects or call.changes:
            return reply
        path, keywords["params"] = _target(reply, provider.transport.origin), None
    raise Failure("unexpected_response", f"{record.origin} redirected more than {LONGEST_CHAIN} times.")


def _spelt(name: str) -> str:
    """A header's name in the spelling under which this client looks whether it was given."""
    return "Content-Type" if name.lower() == "content-type" else name


def _target(reply: Reply, origin: str) -> str:
    try:
        target = urljoin(reply.url, reply.header("Location").replace(" ", "%20"))  # what every browser does
        found = origin_of(urlsplit(target)._replace(query="", fragment="").geturl())
    except (Failure, ValueError):
        found = ""
    if found == origin:
        return target
    raise Failure(
        "unexpected_response",
        f"{origin} redirects to another origin, and a session's tokens go only to their own.",
        http_code=reply.status,
        hint="Set follow_redirects: none and status_code to look at the redirect itself.",
    )
