# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The echo: what arrived, as the service understood it, without the caller's credentials."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

from ....exchange import Call
from ..verification import TOKEN_HEADER

_SECRET = frozenset({"authorization", "x-pm-uid", "cookie", TOKEN_HEADER})


def echo_of(call: Call) -> dict[str, Any]:
    """Method, path, query, headers and body."""
    found: dict[str, Any] = {
        "Method": call.method,
        "Path": call.path,
        "Query": _grouped(call.query),
        "Headers": {name: value for name, value in call.headers.items() if name not in _SECRET},
        "Size": len(call.raw),
    }
    if call.media_type() == "application/x-www-form-urlencoded":
        found["Form"] = _grouped(call.form())
    elif call.media_type() == "multipart/form-data":
        found["Parts"] = _parts(call)
    elif (body := call.json()) is not None:
        found["Json"] = body
    elif call.raw:
        found["Text"] = call.raw.decode("utf-8", "replace")
    return found


def _grouped(pairs: Any) -> dict[str, Any]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}


def _parts(call: Call) -> list[dict[str, Any]]:
    head = f"Content-Type: {call.header('content-type')}\r\n\r\n".encode()
    message = message_from_bytes(head + call.raw, policy=policy.HTTP)
    parts = []
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        parts.append(
            {
                "Name": part.get_param("name", header="content-disposition"),
                "FileName": part.get_filename(),
                "ContentType": part.get_content_type(),
                "Text": content.decode("utf-8", "replace") if isinstance(content, bytes) else "",
            }
        )
    return parts
