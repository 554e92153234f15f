# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tanium: alice signs in as everybody does, bob with a one-time code and on the other surface."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.faults.subjects.base import Entry, Provider
from tests.sandbox.harness import Sandbox, fingerprint

CHILDREN = "gatehouse.api "
"""With this the notes of API tokens begin that are children; the others are credentials."""
REST = {"login": "session_login", "validate": "session_validate", "logout": "session_logout"}


class Tanium(Provider):
    name = "tanium"
    account = "alice"
    second_factor = "bob"
    share = 0.3
    lifetime = 300.0
    login_route = "session_login"
    first_route = "console"
    strict_route = "session_login"  # what the console says is not needed
    refresh_route = "session_validate"
    child_route = "token_create"
    redeem_route = "token_read"
    wire: ClassVar = dict.fromkeys(REST.values(), "auth")
    path = "/api/v2/echo"
    rotates = False
    slides = True
    child = ForkRequest(addresses=("127.0.0.0/8",))
    fields = ("data", "session", "id", "token_string", "expiration", "notes", "serverVersion", "text")
    good: ClassVar = {
        "serverVersion": "7.5.2.3503",
        "data": {
            "session": "1-1-fuzzed",
            "id": 5,
            "notes": "put under faults",
            "token_string": "token-fuzzed",
            "expiration": "2099-01-01T00:00:00Z",
            "trusted_ip_addresses": "127.0.0.0/8",
        },
    }
    fuzzed: ClassVar = {"tokens": {"access_token": "1-1-fuzzed-access-token"}}

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        known = sandbox.account(self.name, account)
        names = ("username", "password", "totp_secret")
        surface = "auth" if account == self.account else "rest"
        return {**self.place(sandbox), **{name: known[name] for name in names if name in known}, "surface": surface}

    def anywhere(self, url: str) -> dict[str, Any]:
        return {**super().anywhere(url), "surface": "rest"}

    def able(self) -> frozenset[str]:
        return super().able() - {"credentials"} | {"tokens"}

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        state = sandbox.state(self.name)
        sessions = [session["session"] for session in state["sessions"]]
        children = [token["token"] for token in state["tokens"] if token["notes"].startswith(CHILDREN)]
        return {value: value for value in (*sessions, *children)}

    def mark(self, record: Record) -> str:
        return fingerprint(record.tokens.get("access_token", ""))

    def stale_in(self, record: Record, now: float) -> float:
        return max(0.0, (record.expires_at or now) - now - 25)

    def route(self, entry: Entry) -> str:
        found = super().route(entry)
        return REST.get(entry["fingerprints"].get("operation", ""), found) if found == "auth" else found

    def faults(self) -> list[dict[str, Any]]:
        another = {"data": {"session": "2-2-another"}}
        return [
            *({"kind": "status", "status": status, "error": "NotUnique"} for status in (400, 401, 403)),
            {"kind": "status", "status": 200, "body": another},
            {"kind": "status", "status": 200, "body": {"data": {"session": "token-1"}}},
            {"kind": "status", "status": 200, "body": {"data": []}},
            {"kind": "status", "status": 200, "body": {"data": {"id": True, "token_string": "token-1"}}},
        ]
