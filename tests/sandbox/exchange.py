# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of one exchange: the call that came in, the operation it is meant for, the reply, the refusal."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Headers = tuple[tuple[str, str], ...]


@dataclass
class Call:
    """One request as it arrived, and what the service found out about it on the way."""

    method: str
    path: str
    params: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    raw: bytes
    scheme: str
    peer: str
    account: str | None = None
    notes: dict[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """The value of a header, or nothing."""
        return self.headers.get(name.lower(), "")

    def json(self) -> Any:
        """The decoded JSON body; None when there is none, or it is not JSON."""
        if not self.raw:
            return None
        try:
            return json.loads(self.raw)
        except ValueError:
            return None

    def body(self) -> dict[str, Any]:
        """The JSON object that came as the body; empty when there is none."""
        found = self.json()
        return found if isinstance(found, dict) else {}

    def form(self) -> list[tuple[str, str]]:
        """The fields of an urlencoded body."""
        return parse_qsl(self.raw.decode("utf-8", "replace"), keep_blank_values=True)

    def media_type(self) -> str:
        """The media type of the body, without parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Reply:
    """What goes back. `raw`, when given, is sent instead of the JSON of `body`."""

    status: int = 200
    body: Any = None
    raw: bytes | None = None
    headers: Headers = ()
    content_type: str | None = "application/json"
    refused: str | None = None

    def payload(self) -> bytes:
        """The bytes of the body."""
        if self.raw is not None:
            return self.raw
        if self.body is None:
            return b""
        return json.dumps(self.body, separators=(",", ":")).encode()


class Refusal(Exception):
    """The service says no. `reason` is for the journal, the rest for the client."""

    def __init__(
        self,
        status: int,
        code: int,
        error: str,
        *,
        reason: str | None = None,
        details: dict[str, Any] | None = None,
        headers: Headers = (),
    ) -> None:
        super().__init__(error)
        self.status = status
        self.code = code
        self.error = error
        self.reason = reason or error
        self.details = details
        self.headers = headers


Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True)
class Operation:
    """One canonical operation of a service, whatever the family of paths it is called by."""

    name: str
    method: str
    paths: tuple[str, ...]
    handler: Handler
