# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Akiflow: the code of each login comes from a program that asks the sandbox for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.faults.subjects.base import Provider
from tests.sandbox.harness import Sandbox, fingerprint

PROGRAM = Path(__file__).parent.with_name("code_program.py")
CLIENT = "6f0c0c5e-5c5b-4b6e-9c36-2f4b7f0f1d11"
PAIR: dict[str, Any] = {
    "token_type": "Bearer",
    "expires_in": 1800,
    "access_token": "new-access-token",
    "refresh_token": "new-refresh-token",
}


class Akiflow(Provider):
    name = "akiflow"
    account = "alice"
    share = 0.3
    lifetime = 1800.0
    login_route = "me"
    first_route = "csrf_cookie"
    strict_route = "login"  # of the cookies nothing but their names counts
    refresh_route = "refresh"
    refresh_routes = ("csrf_cookie", "refresh")
    path = "/v5/echo"
    unaided = True
    ends = False
    wrong: ClassVar = {"refresh_token": "def50200" + "0" * 200}
    wrong_route = "refresh"
    child = ForkRequest(access_only=True)
    settings: ClassVar = {"max_mails": 1_000_000}
    fields = ("success", "redirect", "data", "access_token", "refresh_token", "expires_in", "message")
    headers: ClassVar = {"Set-Cookie": "XSRF-TOKEN=fuzzed%2B; Path=/"}
    good: ClassVar = {**PAIR, "success": True, "redirect": "/auth/fuzzed/verify", "message": None, "data": PAIR}
    fuzzed: ClassVar = {
        "tokens": {"access_token": "fuzzed-access-token", "refresh_token": "fuzzed-refresh-token"},
        "data": {"client_id": CLIENT},
    }

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        service = urlsplit(sandbox.plain_url(self.name))
        return {
            **self.place(sandbox),
            "email": sandbox.account(self.name, account)["email"],
            "code_command": [sys.executable, "-IS", str(PROGRAM), str(service.hostname), str(service.port)],
        }

    def place(self, sandbox: Sandbox) -> dict[str, Any]:
        return {**super().place(sandbox), "web_url": sandbox.url(self.name)}

    def anywhere(self, url: str) -> dict[str, Any]:
        return {"web_url": url, "email": "alice", "code": "123456"}

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        return {pair["access"]: pair["access"] for pair in sandbox.state(self.name)["pairs"]}

    def mark(self, record: Record) -> str:
        return fingerprint(record.tokens.get("access_token", ""))

    def faults(self) -> list[dict[str, Any]]:
        elsewhere = {"success": True, "redirect": "https://other.example/verify"}
        return [
            {"kind": "front_end"},
            {"kind": "front_end", "count": None},
            {"kind": "login_page"},
            {"kind": "login_page", "count": None},
            {"kind": "status", "status": 200, "body": {"success": False, "message": "no"}},
            {"kind": "status", "status": 200, "body": elsewhere},
            {"kind": "status", "status": 419, "error": "CSRF token mismatch."},
            {"kind": "status", "status": 401, "error": "Unauthenticated."},
            {"kind": "status", "status": 429, "error": "Too Many Attempts."},
            {"kind": "status", "status": 200, "body": {**PAIR, "expires_in": -1}},
        ]
