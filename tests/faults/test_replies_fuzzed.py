# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a server sends, to any operation: nothing but a result or a Failure comes out, and it comes to an end."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import KINDS
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.faults import figures, operations
from tests.faults.actors import Order, Told, serve
from tests.faults.nonsense import replies
from tests.faults.operations import CLOUD, Facts, Operation
from tests.faults.raw import RawServer, raw_server
from tests.faults.scene import Actor
from tests.faults.subjects import STORES, Provider, definition

EXAMPLES = 25
SOAK_EXAMPLES = 1500
FIRST = pytest.mark.only("proton", "nextcloud_passwords")
"""What is the transport's alone, and the same for every provider."""
LONG_ENOUGH = 15.0  # seconds, for a client that is told to wait two for a reply


class Desk:
    """An actor, a server that lies, and a store with whatever record the operation begins with."""

    def __init__(self, provider: Provider, server: RawServer, directory: Path) -> None:
        self.provider = provider
        self.server = server
        self.directory = directory
        self.actor = Actor(serve)
        self._number = 0

    def close(self) -> None:
        """End the actor."""
        self.actor.close()

    def told(self, operation: Operation, *, timeout: float = 2.0, patience: float = LONG_ENOUGH) -> Told | None:
        """What comes of an operation; None when nothing does."""
        self._number += 1
        directory = self.directory / str(self._number)
        self._record(operation, directory)
        options = {
            "url": self.server.url,
            "allow_plain_http": True,
            "timeout": timeout,
            **({} if operation.bare else self.provider.anywhere(self.server.url)),
        }
        facts = Facts(self.provider.path, self.provider.child, selector="abc")
        self.actor.say(Order(self.provider.name, "file", str(directory), operation.name, facts, options))
        while self.actor.pipe.poll(patience):
            heard = self.actor.hear()
            if isinstance(heard, Told):
                return heard
            self.actor.say()
        self.actor.close()
        self.actor = Actor(serve)
        return None

    def _record(self, operation: Operation, directory: Path) -> None:
        if not operation.opened:
            return
        now, store = time.time(), STORES["file"].opened(directory)
        options = {"url": self.server.url, "allow_plain_http": True, "timeout": 5.0, "max_wait": 60.0}
        whole = definition(self.provider.name, {**self.provider.anywhere(self.server.url), **options}, CLOUD)
        provider = provider_class(self.provider.name)(whole, store)
        stale = operation.name in ("refresh", "request")
        record = Record(
            name=CLOUD,
            provider=self.provider.name,
            origin=self.server.url,
            account=provider.account(),
            revision=1,
            issued_at=now - 7200,
            expires_at=now - 3600 if stale else now + 3600,
            options={
                option.name: whole.get(option.name)
                for option in provider.options()
                if not option.secret and whole.get(option.name) is not None
            },
            **self.provider.fuzzed,
        )
        if operation.name == "unlock":
            record = replace(record, scopes=("full",))
        store.write(record, 0)


@pytest.fixture
def desk(provider: Provider, clock: object, tmp_path: Path) -> Iterator[Desk]:
    """Return an actor and a server that it talks to."""
    with raw_server() as server:
        made = Desk(provider, server, tmp_path)
        yield made
        made.close()


def _checked(told: Told | None, provider: Provider) -> None:
    assert told is not None, "it never ends"
    assert not told.crash, told.crash
    if told.failure:
        assert told.failure["kind"] in KINDS
        message = told.failure["message"]
        assert message.isprintable()
        assert 0 < len(message) < 1000
        assert not any(token in message for token in provider.fuzzed["tokens"].values())


@pytest.mark.timeout(3600)
def test_nonsense(desk: Desk, operation: Operation, soak: bool) -> None:
    """Up to four replies, the last of them again and again."""

    @settings(
        max_examples=SOAK_EXAMPLES if soak else desk.provider.sampled(EXAMPLES),
        derandomize=not soak,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # shrinking something that never ends would never end
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(replies(desk.provider, desk.server.url), min_size=1, max_size=4))
    def hold(answers: list[bytes]) -> None:
        desk.server.give(*answers)
        _checked(desk.told(operation), desk.provider)
        figures.add("fuzzed replies")

    hold()


Lie = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _drip(start: bytes, drop: bytes) -> Lie:
    """A reply that never ends, in drops that keep the client hoping."""

    def lie(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:  # until the client has had enough: then sending fails
            connection.sendall(drop)
            time.sleep(0.02)

    return lie


ENDLESS: Mapping[str, Lie] = {
    "a header": _drip(HEAD + b"X: ", b"x"),
    "headers": _drip(HEAD, b"X: y\r\n"),
    "a body": _drip(HEAD + b"Content-Length: 1000000\r\n\r\n", b" "),
    "a body until the end": _drip(HEAD + b"\r\n", b" "),
    "chunks": _drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "one chunk": _drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n", b" "),
    "continue": _drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "the body of a redirect": _drip(b"HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 1000000\r\n\r\n", b" "),
}


@FIRST
@pytest.mark.parametrize("endless", ENDLESS)
def test_a_reply_that_never_ends(desk: Desk, endless: str) -> None:
    """The option timeout is for a whole reply."""
    desk.server.give(ENDLESS[endless])
    told = desk.told(operations.BY_NAME["change"], timeout=0.5, patience=LONG_ENOUGH)
    _checked(told, desk.provider)
    assert told is not None
    assert told.failure is not None
    assert told.failure["kind"] in ("not_reachable", "unexpected_response")


@FIRST
def test_a_redirect_with_a_huge_body(desk: Desk) -> None:
    """Nobody wants to read it."""
    sent: list[int] = []

    def lie(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 302 X\r\nLocation: /\r\n\r\n")
        for _megabyte in range(100):
            connection.sendall(b" " * 1_000_000)
            sent.append(1)

    desk.server.give(lie)
    _checked(desk.told(operations.BY_NAME["change"]), desk.provider)
    assert len(sent) < 100
