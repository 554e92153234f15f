# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport: one origin, bounded patience, and a failure with a kind whatever a server does."""

from __future__ import annotations

import gzip
import json
import socket
from datetime import datetime, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.gatehouse.api.plugins.module_utils._session.connections import pin_of
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.holdback import Holdback
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import Key, SealedStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.transport import (
    LARGEST_REPLY,
    Network,
    Patience,
    Reply,
    Transport,
    origin_of,
)
from tests.sandbox.harness import Sandbox
from tests.unit.plugins.module_utils._session.odd_server import Answer, OddServer, reply

NOW = 1_700_000_000.0
PING = "/tests/ping"
HEADERS = {"x-pm-appversion": "linux-vpn@4.0.0"}
PATIENT = Patience(at_once=frozenset({408, 502}), later=frozenset({429, 503}))


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = NOW
        self.naps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


class Sender:
    """Makes transports that share a store and a clock, as a run's workers do."""

    def __init__(self, directory: Path) -> None:
        self.clock = Clock()
        self.store = SealedStore(FileStore(str(directory)), Key(bytes(32)))

    def __call__(self, base_url: str, **network: Any) -> Transport:
        origin = origin_of(base_url)
        holdback = Holdback(self.store, origin, self.clock, self.clock.sleep)
        return Transport(Network(base_url, **{"timeout": 10.0, **network}), holdback)


@pytest.fixture
def transport(tmp_path: Path) -> Sender:
    """Return a maker of transports."""
    return Sender(tmp_path / "sessions")


def failed(kind: str, transport: Transport, method: str = "GET", path: str = PING, **keywords: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        transport.send(method, path, **keywords)
    assert caught.value.kind == kind
    message = caught.value.message
    assert message.isprintable()
    assert "0x" not in message
    assert "Traceback" not in message
    return caught.value


def answered(transport: Sender, *answers: bytes | Answer, **keywords: Any) -> tuple[Reply, OddServer]:
    with OddServer(*answers) as server:
        return transport(server.url).send("GET", "/", **keywords), server


# Origins


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://API.Example.com/api", "https://api.example.com"),
        ("HTTPS://api.example.com/", "https://api.example.com"),
        ("https://api.example.com:443/x", "https://api.example.com"),
        ("http://api.example.com:80", "http://api.example.com"),
        ("https://api.example.com:80", "https://api.example.com:80"),
        ("http://api.example.com:443", "http://api.example.com:443"),
        ("https://api.example.com:8443/a/b", "https://api.example.com:8443"),
        ("https://127.0.0.1:1", "https://127.0.0.1:1"),
        ("https://[::1]:8443/x", "https://[::1]:8443"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ("https://[::1]:443", "https://[::1]"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_the_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "//api.example.com",
        "/path",
        "ftp://api.example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https:api.example.com",
        "https://:443",
        "https://api.example.com:99999",
        "https://api.example.com:port",
        "https://api.example.com:-1",
        "https://api example.com",
        " https://api.example.com",
        "https://api.example.com ",
        "https://api.example.com\n",
        "https://api.example.com\t/x",
        "https://api.example.com\\@evil.example",
        "https:\\\\api.example.com",
        "https://user@api.example.com",
        "https://user:canary@api.example.com",
        "https://@api.example.com",
        "https://:@api.example.com",
        "https://api.example.com?x=1",
        "https://api.example.com/#x",
        "https://[::1",
        "https://[not-an-address]",
        "https://api.example.com:0",
        "https://api.example.com\0",
    ],
)
def test_anything_else_is_no_url(url: str) -> None:
    with pytest.raises(Failure) as caught:
        origin_of(url)
    assert caught.value.kind == "definition"
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("path", ["/", "/api", "/a?b=c", "/a//b", "/%2e%2e/x", "//", "/a@b", "/http://x"])
def test_a_path_stays_below_the_base_url(transport: Sender, path: str) -> None:
    assert transport("https://api.example.com/base").url(path) == "https://api.example.com/base" + path


@pytest.mark.parametrize(
    "path",
    ["https://api.example.com/x", "https://API.example.com:443/x?y=z", "https://api.example.com/"],
)
def test_a_whole_url_of_the_same_origin_is_accepted(transport: Sender, path: str) -> None:
    assert transport("https://api.example.com/base").url(path) == path


@pytest.mark.parametrize("base", ["https://api.example.com", "https://api.example.com/base"])
@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        "?x",
        "@evil.example/x",
        ":8443/x",
        ".evil.example/x",
        "\\\\evil.example",
        "/\\evil.example",
        "/a b",
        "/a\nb",
        "/a\0b",
        "http://api.example.com/x",
        "https://api.example.com:8443/x",
        "https://evil.example/x",
        "https://api.example.com@evil.example/x",
        "https://api.example.com.evil.example/x",
        "https://evil.example\\@api.example.com/x",
        "https://user:pass@api.example.com/x",
        "ftp://api.example.com/x",
        "HTTPS://evil.example/x",
        "javascript:alert(1)",
        " https://api.example.com/x",
    ],
)
def test_no_path_leaves_the_origin(transport: Sender, base: str, path: str) -> None:
    with pytest.raises(Failure) as caught:
        transport(base).url(path)
    assert caught.value.kind == "definition"


def test_two_slashes_do_not_name_another_host(transport: Sender) -> None:
    """`//evil` after the base URL is a path of the same host."""
    assert origin_of(transport("https://api.example.com").url("//evil.example/x")) == "https://api.example.com"


def test_nothing_is_sent_for_a_path_that_leaves_the_origin(transport: Sender) -> None:
    with OddServer(reply()) as server, OddServer(reply()) as other:
        failed("definition", transport(server.url), path=other.url + "/x")
        assert (server.requests, other.requests) == ([], [])


# Replies


def test_a_reply_has_its_status_headers_and_body(transport: Sender) -> None:
    found, server = answered(transport, reply(b'{"a":1}', "201 Created", X_Thing="1"))
    assert (found.status, found.ok, found.json()) == (201, True, {"a": 1})
    assert found.header("x-THING") == "1"
    assert found.header("missing") == ""
    assert server.requests[0].startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize("status", ["199 X", "300 X", "304 X", "400 X", "404 X", "500 X"])
def test_another_status_is_not_ok(status: str) -> None:
    assert not Reply(int(status[:3])).ok


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "text/html", "", "nonsense"]
)
def test_json_is_read_whatever_its_content_type(transport: Sender, content_type: str) -> None:
    assert answered(transport, reply(b'{"a":"\xc3\xbc"}', Content_Type=content_type))[0].json() == {"a": "ü"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{",
        b'{"a":1}}',
        b"\xff\xfe\xfd",
        b'{"a":"\xff"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
        b"\0",
    ],
    ids=["empty", "html", "cut", "more", "bytes", "not-utf8", "deep-list", "deep-mapping", "long-number", "nul"],
)
def test_what_is_not_json_is_the_default(transport: Sender, body: bytes) -> None:
    default = object()
    assert answered(transport, reply(body))[0].json(default) is default


def test_a_body_is_unpacked(transport: Sender) -> None:
    packed = gzip.compress(b'{"a":1}')
    assert answered(transport, reply(packed, Content_Encoding="gzip"))[0].json() == {"a": 1}


def test_a_chunked_body_is_put_together(transport: Sender) -> None:
    raw = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'
    assert answered(transport, raw)[0].json() == {"a": 1}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("17", 17.0),
        (" 17 ", 17.0),
        ("999999999", 999999999.0),
        (format_datetime(datetime.fromtimestamp(NOW + 90, timezone.utc), usegmt=True), 90.0),
        (format_datetime(datetime.fromtimestamp(NOW - 90, timezone.utc), usegmt=True), 0.0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("1e3", None),
        ("٣", None),
        ("99999999999999999999", None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
        ("17, 18", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert Reply(429, {"retry-after": value}).retry_after(NOW) == seconds


def test_a_reply_shows_no_content() -> None:
    assert "canary" not in repr(Reply(200, {"set-cookie": "canary"}, b"canary", "https://x/?canary"))


# Requests


def test_a_body_is_sent_as_json(transport: Sender) -> None:
    with OddServer(reply()) as server:
        transport(server.url).send("post", "/x", body={"ü": None}, params={"a": "b c"})
        head, _blank, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /x?a=b+c HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/json" in head
    assert json.loads(body) == {"ü": None}


@pytest.mark.parametrize("body", [{}, [], None, 0, False, ""])
def test_a_false_body_is_a_body_too(transport: Sender, body: Any) -> None:
    with OddServer(reply()) as server:
        transport(server.url).send("POST", "/x", body=body)
        assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2]) == body


def test_data_is_sent_as_it_is(transport: Sender) -> None:
    with OddServer(reply()) as server:
        transport(server.url).send("PUT", "/x", data=b"\0\xff", headers={"Content-Type": "application/x-thing"})
        assert server.requests[0].endswith(b"\r\n\r\n\0\xff")
        assert b"Content-Type: application/x-thing" in server.requests[0]


def test_the_netrc_file_is_never_used(transport: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary password canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with OddServer(reply()) as server:
        transport(server.url).send("GET", "/")
        transport(server.url).send("GET", "/", headers={"Authorization": "Bearer mine"})
        assert b"authorization" not in server.requests[0].lower()
        assert b"authorization: bearer mine" in server.requests[1].lower()


def test_a_redirect_is_not_followed(transport: Sender) -> None:
    with OddServer(reply()) as other:
        found, server = answered(transport, reply(b"", "302 Found", Location=other.url))
        assert (found.status, len(server.requests), other.requests) == (302, 1, [])


@pytest.mark.parametrize("headers", [{"X": "a\r\nY: b"}, {"X\r\nY": "b"}, {"X": "€"}, {"": "x"}])
def test_a_header_that_cannot_be_sent_is_a_failure_with_a_kind(transport: Sender, headers: dict[str, str]) -> None:
    with OddServer(reply()) as server:
        with pytest.raises(Failure):
            transport(server.url).send("GET", "/", headers=headers)
        assert not any(b"\r\nY: b" in request for request in server.requests)


# Patience


@pytest.mark.parametrize("status", ["408 X", "502 X"])
def test_some_replies_are_asked_again_at_once(transport: Sender, status: str) -> None:
    found, server = answered(transport, reply(b"", status), reply(b"{}"), patience=PATIENT)
    assert (found.status, len(server.requests), transport.clock.naps) == (200, 2, [])


def test_it_is_sent_so_often_at_most(transport: Sender) -> None:
    found, server = answered(transport, reply(b"", "502 X"), patience=PATIENT)
    assert (found.status, len(server.requests)) == (502, 3)


def test_without_patience_it_is_sent_once(transport: Sender) -> None:
    for status in ("408 X", "429 X", "500 X", "502 X", "503 X"):
        found, server = answered(transport, reply(b"", status, Retry_After="0"))
        assert (found.status, len(server.requests)) == (int(status[:3]), 1)


@pytest.mark.parametrize("status", ["400 X", "401 X", "404 X", "409 X", "500 X", "504 X"])
def test_other_replies_are_not_asked_again(transport: Sender, status: str) -> None:
    assert len(answered(transport, reply(b"", status), patience=PATIENT)[1].requests) == 1


@pytest.mark.parametrize("status", ["429 X", "503 X"])
def test_retry_after_is_waited_for(transport: Sender, status: str) -> None:
    found, server = answered(transport, reply(b"", status, retry_AFTER="17"), reply(b"{}"), patience=PATIENT)
    assert (found.status, len(server.requests)) == (200, 2)
    assert 17.0 <= sum(transport.clock.naps) <= 18.0


def test_without_retry_after_the_pause_is_short_and_grows(transport: Sender) -> None:
    _found, server = answered(transport, reply(b"", "429 X"), patience=PATIENT)
    assert len(server.requests) == 3
    assert all(0 < nap < 10 for nap in transport.clock.naps)


def test_waiting_longer_than_max_wait_is_refused(transport: Sender) -> None:
    with OddServer(reply(b"", "429 X", Retry_After="61")) as server:
        assert transport(server.url, max_wait=60.0).send("GET", "/", patience=PATIENT).status == 429
        failure = failed("rate_limited", transport(server.url, max_wait=60.0), path="/", patience=PATIENT)
        assert len(server.requests) == 1
    assert failure.http_code == 429
    assert failure.retry_after is not None
    assert 60 < failure.retry_after <= 61
    assert transport.clock.naps == []


def test_max_wait_is_the_sum_of_all_waits(transport: Sender) -> None:
    with OddServer(reply(b"", "503 X", Retry_After="40")) as server:
        assert transport(server.url, max_wait=60.0).send("GET", "/", patience=PATIENT).status == 503
        assert len(server.requests) == 2
    assert sum(transport.clock.naps) <= 60


def test_another_worker_obeys_what_one_was_told(transport: Sender) -> None:
    with OddServer(reply(b"", "429 X", Retry_After="50"), reply()) as server:
        assert transport(server.url).send("GET", "/").status == 429
        failed("rate_limited", transport(server.url, max_wait=10.0), path="/")
        assert len(server.requests) == 1
        assert transport(server.url).send("GET", "/").status == 200
    assert 50.0 <= sum(transport.clock.naps) <= 51.0


def test_another_origin_is_not_held_back(transport: Sender) -> None:
    with OddServer(reply(b"", "429 X", Retry_After="50")) as server, OddServer(reply()) as other:
        transport(server.url).send("GET", "/")
        assert transport(other.url).send("GET", "/").status == 200
    assert transport.clock.naps == []


# Trouble


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def test_nobody_there_is_not_reachable_and_nothing_was_sent(transport: Sender) -> None:
    failure = failed("not_reachable", transport(f"http://127.0.0.1:{free_port()}"))
    assert failure.sent is False
    assert "refused" in failure.message
    assert failure.hint


def test_a_name_that_does_not_exist_is_not_reachable(transport: Sender) -> None:
    failure = failed("not_reachable", transport("http://does-not-exist.invalid"))
    assert failure.sent is False


def test_a_proxy_that_is_not_there_is_not_reachable(transport: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("no_proxy", "")
    assert failed("not_reachable", transport("http://api.example.com")).sent is False


def test_a_connection_closed_without_a_reply_may_have_been_served(transport: Sender) -> None:
    with OddServer(b"") as server:
        failure = failed("not_reachable", transport(server.url))
        assert failure.sent is True
        assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_dropped_connection_is_not_tried_again(transport: Sender, sandbox: Sandbox, method: str, kind: str) -> None:
    sandbox.fault("proton", kind, count=None)
    dropped = transport(sandbox.url("proton"), ca_path=sandbox.ca_file)
    failure = failed("not_reachable", dropped, method, "/core/v4/echo", headers=HEADERS, patience=PATIENT)
    assert failure.sent is True
    assert len(sandbox.journal("proton")) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
        b"\x16\x03\x01\x02\x00",
        b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{",
    ],
    ids=["garbage", "status", "headers", "long", "short", "chunk", "cut", "gzip", "tls", "version"],
)
def test_a_broken_reply_is_a_failure_with_a_kind(transport: Sender, answer: bytes) -> None:
    with OddServer(answer) as server, pytest.raises(Failure) as caught:
        transport(server.url).send("GET", "/")
    assert caught.value.kind in ("unexpected_response", "not_reachable")
    assert caught.value.sent is True


def test_a_truncated_reply_is_no_reply(transport: Sender, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "truncate")
    failed("unexpected_response", transport(sandbox.url("proton"), ca_path=sandbox.ca_file), headers=HEADERS)


def test_a_huge_body_is_refused(transport: Sender) -> None:
    with OddServer(reply(b"x" * (LARGEST_REPLY + 1))) as server:
        assert "32 MiB" in failed("unexpected_response", transport(server.url), path="/").message


def test_a_huge_body_made_of_little_is_refused(transport: Sender) -> None:
    bomb = gzip.compress(bytes(LARGEST_REPLY * 2))
    with OddServer(reply(bomb, Content_Encoding="gzip")) as server:
        failed("unexpected_response", transport(server.url), path="/")


def test_a_body_without_end_is_refused(transport: Sender) -> None:
    def endless(_request: bytes) -> Any:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        for _number in range(LARGEST_REPLY // 2**20 * 3):
            yield b"x" * 2**20

    with OddServer(endless) as server:
        failed("unexpected_response", transport(server.url), path="/")
        assert server.left_early.wait(10)


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    ],
    ids=["length", "until-close", "chunked", "header"],
)
def test_a_reply_that_comes_drop_by_drop_is_given_up_in_time(transport: Sender, start: bytes, drop: bytes) -> None:
    server = OddServer(b"")
    server._answers = [server.drip(start, drop)]
    with server:
        failed("not_reachable", transport(server.url, timeout=0.3), path="/")
        assert server.left_early.wait(3), "the client was still reading when the last drop fell"


def test_no_reply_at_all_is_given_up_in_time(transport: Sender) -> None:
    with OddServer(reply()) as server:
        server._answers = [server.drip(b"", b"")]
        failure = failed("not_reachable", transport(server.url, timeout=0.2), path="/")
    assert failure.sent is True
    assert "0.2 seconds" in failure.message


# TLS


@pytest.fixture
def stranger(tmp_path: Path) -> str:
    """Return the file of a CA that has nothing to do with the sandbox."""
    path = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return str(path)


def test_the_right_ca_is_accepted(transport: Sender, sandbox: Sandbox) -> None:
    found = transport(sandbox.url("proton"), ca_path=sandbox.ca_file).send("GET", PING, headers=HEADERS)
    assert found.json() == {"Code": 1000}


@pytest.mark.parametrize("given", [True, False], ids=["another-ca", "the-systems"])
def test_the_wrong_ca_is_a_crypto_failure_and_nothing_is_sent(
    transport: Sender, sandbox: Sandbox, stranger: str, given: bool
) -> None:
    failure = failed("crypto", transport(sandbox.url("proton"), ca_path=stranger if given else None))
    assert failure.sent is False
    assert "certificate" in failure.message
    assert "validate_certs" in failure.hint
    assert sandbox.journal("proton") == []


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_ca_from_the_environment_does_not_win(
    transport: Sender, sandbox: Sandbox, stranger: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, stranger)
    assert transport(sandbox.url("proton"), ca_path=sandbox.ca_file).send("GET", PING, headers=HEADERS).ok
    monkeypatch.setenv(name, sandbox.ca_file)
    failed("crypto", transport(sandbox.url("proton"), ca_path=stranger))


def test_no_verification_only_when_asked_for(transport: Sender, sandbox: Sandbox, stranger: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", stranger)
        assert transport(sandbox.url("proton"), verify=False).send("GET", PING, headers=HEADERS).ok


def test_https_to_a_plain_port_is_a_crypto_failure(transport: Sender, sandbox: Sandbox) -> None:
    failed("crypto", transport(sandbox.plain_url("proton").replace("http:", "https:"), ca_path=sandbox.ca_file))


def test_http_to_a_tls_port_is_a_failure_with_a_kind(transport: Sender, sandbox: Sandbox) -> None:
    with pytest.raises(Failure) as caught:
        transport(sandbox.url("proton").replace("https:", "http:")).send("GET", PING)
    assert caught.value.kind in ("not_reachable", "unexpected_response")


@pytest.mark.parametrize("content", [None, b"", b"garbage"], ids=["missing", "empty", "garbage"])
def test_a_ca_file_that_is_none_is_said(
    transport: Sender, sandbox: Sandbox, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Failure, match="ca_path") as caught:
        transport(sandbox.url("proton"), ca_path=str(path)).send("GET", PING)
    assert caught.value.kind in ("definition", "crypto")
    assert caught.value.sent is False


# Pins


def test_a_right_pin_is_accepted(transport: Sender, sandbox: Sandbox) -> None:
    pins = ("A" * 43 + "=", sandbox.pin("proton"))
    found = transport(sandbox.url("proton"), ca_path=sandbox.ca_file, pins=pins)
    assert found.send("GET", PING, headers=HEADERS).ok


@pytest.mark.parametrize("verify", [True, False])
def test_a_wrong_pin_is_a_crypto_failure_and_nothing_arrives(transport: Sender, sandbox: Sandbox, verify: bool) -> None:
    pinned = transport(sandbox.url("proton"), ca_path=sandbox.ca_file, pins=("A" * 43 + "=",), verify=verify)
    for _time in range(2):
        failure = failed("crypto", pinned, "POST", headers={**HEADERS, "Authorization": "canary"}, body={"a": "canary"})
        assert sandbox.pin("proton") in failure.message
        assert failure.sent is False
    assert sandbox.journal("proton") == []


def test_a_right_pin_is_enough_only_with_the_right_ca(transport: Sender, sandbox: Sandbox, stranger: str) -> None:
    failed("crypto", transport(sandbox.url("proton"), ca_path=stranger, pins=(sandbox.pin("proton"),)))
    assert sandbox.journal("proton") == []


def test_pins_are_ignored_over_plain_http(transport: Sender, sandbox: Sandbox) -> None:
    found = transport(sandbox.plain_url("proton"), pins=("A" * 43 + "=",)).send("GET", PING, headers=HEADERS)
    assert found.ok


def test_the_pin_is_of_the_key_not_of_the_certificate() -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    def der(pem: bytes) -> bytes:
        return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)

    leaf = trustme.CA().issue_cert("127.0.0.1")
    pin = pin_of(der(leaf.cert_chain_pems[0].bytes()))
    assert len(pin) == 44
    assert pin != pin_of(der(trustme.CA().cert_pem.bytes()))
