# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the app and of Nextcloud itself (Nextcloud Passwords protocol page, sections 1.4 and 14)."""

from __future__ import annotations

from typing import Any

from ...exchange import Refusal, Reply
from .replies import JsonReply, empty, page

_POLYNOMIAL = 0x04C11DB7
_TOP, _ALL = 0x80000000, 0xFFFFFFFF
NOT_FOUND = "Resource not found"
UNABLE = "Unable to complete request"


def error_id(message: str) -> str | int:
    """Section 14: CRC-32/BZIP2 of the message, its bytes in little-endian order; two messages have a number."""
    if message == NOT_FOUND:
        return 404
    if message == UNABLE:
        return 0
    crc = _ALL
    for byte in message.encode():
        crc ^= byte << 24
        for _bit in range(8):
            crc = ((crc << 1) ^ _POLYNOMIAL if crc & _TOP else crc << 1) & _ALL
    return (crc ^ _ALL).to_bytes(4, "little").hex()


def error_object(message: str) -> dict[str, Any]:
    """Section 14."""
    return {"status": "error", "id": error_id(message), "message": message}


class AppError(Exception):
    """The app says no; the reply carries the session all the same. `reason` is for the journal."""

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reply: Reply = JsonReply(status, error_object(message), refused=reason or message)


class WrongParameters(AppError):
    """A parameter is missing or has the wrong type: 400 without a body."""

    def __init__(self, reason: str) -> None:
        super().__init__(400, reason)
        self.reply = empty(400, reason)


def not_found() -> AppError:
    """No such object, or somebody else's."""
    return AppError(404, NOT_FOUND)


def unable(reason: str) -> AppError:
    """An unexpected error of the server."""
    return AppError(503, UNABLE, reason)


class CoreRefusal(Refusal):
    """Nextcloud says no before the app runs: no session in the reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status, reply.status, reply.refused or "")
        self.reply = reply


def logged_out(message: str, reason: str) -> CoreRefusal:
    """401, and no challenge that would name a way to log in."""
    return CoreRefusal(JsonReply(401, {"message": message}, refused=reason))


def blocked_address() -> CoreRefusal:
    """Too many wrong logins from this address."""
    return CoreRefusal(JsonReply(429, {"message": "Reached maximum delay"}, refused="address blocked"))


def rate_limited() -> CoreRefusal:
    """Too many calls of this route."""
    return CoreRefusal(empty(429, "rate limit"))


def https_required() -> CoreRefusal:
    """Section 1.2."""
    message = "HTTPS required"
    return CoreRefusal(JsonReply(400, error_object(message), refused=message))


def maintenance() -> CoreRefusal:
    """The whole server is in maintenance mode."""
    headers = (("X-Nextcloud-Maintenance-Mode", "1"), ("Retry-After", "120"))
    return CoreRefusal(page(503, "This instance is currently in maintenance mode", headers))
