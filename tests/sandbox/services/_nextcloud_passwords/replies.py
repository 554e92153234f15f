# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies in the shape that PHP gives them (Nextcloud Passwords protocol page, section 1.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ...exchange import Reply

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=UTF-8"
_PAGE = "<!DOCTYPE html><html><head><title>Nextcloud</title></head><body><p>{}</p></body></html>"


@dataclass(frozen=True)
class JsonReply(Reply):
    """JSON as PHP writes it: slashes and everything beyond ASCII escaped."""

    content_type: str | None = JSON_TYPE

    def payload(self) -> bytes:
        """The bytes of the body."""
        if self.raw is not None:
            return self.raw
        return json.dumps(self.body, separators=(",", ":")).replace("/", "\\/").encode()


def empty(status: int, reason: str) -> Reply:
    """A refusal without a body."""
    return Reply(status, raw=b"", content_type=HTML_TYPE, refused=reason)


def page(status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """A refusal as a web page."""
    return Reply(status, raw=_PAGE.format(text).encode(), headers=headers, content_type=HTML_TYPE, refused=text)
