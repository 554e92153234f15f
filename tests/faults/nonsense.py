# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strategies of hypothesis: what a service may send that no service should."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.faults.subjects import PROVIDERS, Provider

DEPTHS = (50, 300, 900, 5000, 100_000)
TEXT = st.one_of(st.text(max_size=20), st.sampled_from(["", "\ud800", "a\r\nb: c", "\x00", "*" * 5000, "../..", "="]))
NUMBERS = st.one_of(
    st.integers(), st.floats(), st.sampled_from([10**400, -1, 0, 2**63, 10**10, 1e308, -0.0, 1000, 1001, 9001, 10013])
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        *(field for provider in PROVIDERS.values() for field in provider.fields),
        "Code",
        "Error",
        "Details",
        "Payload",
        "UserCode",
        "Uid",
        "Scope",
        "SSOChallengeToken",
        "HumanVerificationToken",
        "status",
        "message",
        "folder",
        "parent",
        "tags",
        "cseType",
        "cseKey",
        "customFields",
        "label",
    ]
)
DETAILS = st.dictionaries(
    st.sampled_from(["HumanVerificationMethods", "HumanVerificationToken", "WebUrl", "MissingScopes", "Methods"]), JSON
)
# A stand-in in the JSON text, to be replaced by what json.dumps could not write.
_DEEP = "deep-nesting-goes-here"


@st.composite
def bodies(draw: st.DrawFn, good: Mapping[str, Any]) -> bytes:
    """Bodies that were good once: keys lost, changed, doubled or deep; then perhaps another encoding, or cut."""
    facts = dict(good)
    for key in draw(st.lists(st.sampled_from(sorted(good)), max_size=2)):
        facts.pop(key, None)
    facts.update(draw(st.dictionaries(KEYS, JSON, max_size=3)))
    if draw(st.booleans()):
        facts["Details"] = draw(DETAILS)
    deep = draw(st.sampled_from([None, None, *DEPTHS]))
    if deep:
        facts[draw(KEYS)] = draw(st.sampled_from([_DEEP, [_DEEP], {"HumanVerificationMethods": [_DEEP]}]))
    text = json.dumps(draw(st.one_of(st.just(facts), st.just([facts]), JSON)))
    if deep:
        left, right = draw(st.sampled_from([("[", "]"), ('{"a":', "}")]))
        text = text.replace(f'"{_DEEP}"', left * deep + "1" + right * deep)
    raw = text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-16", "utf-32", "utf-7"])), "surrogatepass")
    return raw[: draw(st.integers(0, len(raw)))] if draw(st.integers(0, 4)) == 0 else raw


HEADER_NAMES = st.sampled_from(
    [b"Content-Type", b"Retry-After", b"Location", b"Set-Cookie", b"Content-Encoding", b"Date", b"X", b"Connection",
     b"Transfer-Encoding", b"Content-Length", b"", b" ", b"\xff", b"Trailer"]
)  # fmt: skip
HEADER_VALUES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [b"gzip", b"deflate", b"br", b"zstd", b"chunked", b"identity, chunked", b"-1", b"9" * 40, b"x" * 70_000, b"1e9",
         b"http://[", b"//[::1", b"https://user@other.example/", b"\xff\xfe", b"a=b; Domain=.example; Expires=never",
         b"Mon, 99 Foo 99999 99:99:99 GMT", b"Thu, 01 Jan 0001 00:00:00 GMT", b"application/json; charset=\x00"]
    ),
)  # fmt: skip
STATUS_LINES = st.one_of(
    st.sampled_from([200, 200, 200, 204, 302, 308, 400, 401, 403, 404, 409, 422, 422, 429, 500, 502, 503]).map(
        lambda status: b"HTTP/1.1 %d X\r\n" % status
    ),
    st.sampled_from(
        [b"HTTP/1.1 200\r\n", b"HTTP/9.9 200 OK\r\n", b"HTTP/1.1 -1 X\r\n", b"HTTP/1.1 99999 X\r\n", b"ICY 200 OK\r\n",
         b"HTTP/1.1 1000 X\r\n", b"\r\n", b"<html>", b"HTTP/1.1 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 3, b""]
    ),
    st.binary(max_size=20),
)  # fmt: skip


def _chunked(body: bytes, size: bytes, rest: bytes) -> bytes:
    return size + b"\r\n" + body + b"\r\n" + rest


@st.composite
def replies(draw: st.DrawFn, provider: Provider, url: str) -> bytes:
    """Whole replies of a service with this URL, down to the bytes of their frames."""
    good = provider.reply(url)
    body = draw(
        st.one_of(bodies(good), bodies(good), st.binary(max_size=200), st.just(b"<!DOCTYPE html><html></html>"))
    )
    headers = [b"Connection: close"]
    if draw(st.integers(0, 5)):
        headers += [f"{name}: {value}".encode() for name, value in provider.headers.items()]
    frame = draw(st.sampled_from(["length", "length", "length", "close", "longer", "shorter", "chunked", "both"]))
    if frame in ("chunked", "both"):
        sizes = st.sampled_from([b"%x" % len(body), b"zz", b"-5", b"ffffffffffffffff", b"", b"%x;ext=1" % len(body)])
        body = _chunked(body, draw(sizes), draw(st.sampled_from([b"0\r\n\r\n", b"", b"0\r\nA: b\r\n\r\n", b"\x00"])))
        headers.append(b"Transfer-Encoding: chunked")
    if frame not in ("close", "chunked"):
        headers.append(b"Content-Length: %d" % (len(body) + {"longer": 7, "shorter": -7}.get(frame, 0)))
    headers += [
        name + b": " + value for name, value in draw(st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), max_size=2))
    ]
    if draw(st.integers(0, 15)) == 0:
        headers += [b"Y-%d: z" % number for number in range(150)]
    return draw(STATUS_LINES) + b"".join(line + b"\r\n" for line in headers) + b"\r\n" + body
