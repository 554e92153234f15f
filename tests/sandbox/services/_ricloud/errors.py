# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the API (ricloud protocol page, section 2.1)."""

from __future__ import annotations

from typing import Any

from ...exchange import Refusal

# The page knows no codes for 401, 404, 405 and 429.
CODES = {
    400: "invalid-parameter",
    401: "unauthorized",
    403: "missing-scope",
    404: "not-found",
    405: "method-not-allowed",
    429: "rate-limited",
}


class ApiRefusal(Refusal):
    """The API says no. `word` is the machine code, `params` has texts for each parameter."""

    def __init__(
        self, status: int, message: str, word: str = "", params: dict[str, list[str]] | None = None, reason: str = ""
    ) -> None:
        super().__init__(status, status, message, reason=reason or message)
        self.word = word or CODES.get(status, "server-error")
        self.params = params

    def body(self) -> dict[str, Any]:
        """The object that goes back."""
        return error_object(self.word, self.error, self.params)


def error_object(word: str, message: str, params: Any = None) -> dict[str, Any]:
    """Section 2.1."""
    body: dict[str, Any] = {"error": word, "message": message}
    return body if params is None else {**body, "params": params}


def invalid(name: str, text: str) -> ApiRefusal:
    """One parameter is wrong."""
    return ApiRefusal(400, "The request is invalid.", "invalid-parameter", {name: [text]}, f"{name}: {text}")


def not_found() -> ApiRefusal:
    """No such resource, or not yours."""
    return ApiRefusal(404, "The resource was not found.", reason="no such resource")
