# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP recipes: one against Tanium's REST sessions, whose validation gives another token and ends the old one."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.faults.subjects.base import Entry, Provider
from tests.sandbox.harness import Sandbox, fingerprint

RECIPE: dict[str, Any] = {
    "login": {"path": "/api/v2/session/login", "json": {"username": "{username}", "password": "{password}"}},
    "token": {"json": "/data/session"},
    "lifetime": 280.0,
    "send": {"session": "{token}"},
    "refresh": {"path": "/api/v2/session/validate", "json": {"session": "{token}"}},
    "logout": {"path": "/api/v2/session/logout", "method": "POST", "json": {"session": "{token}"}, "gone": [403]},
    "failure": {"says": "/text", "rules": [{"kind": "authentication_needed", "status": [403]}]},
}


class Http(Provider):
    name = "http"
    place_in_sandbox = "tanium"
    account = "alice"
    share = 0.15
    lifetime = 300.0
    login_route = "session_login"
    first_route = "session_login"
    patient = False
    refresh_route = "session_validate"
    path = "/api/v2/echo"
    slides = True
    settings: ClassVar = {"replace_on_validate": True}
    fields = ("data", "session", "text")
    good: ClassVar = {"data": {"session": "1-1-fuzzed"}, "text": "403 Forbidden"}
    fuzzed: ClassVar = {"tokens": {"access_token": "1-1-fuzzed-access-token"}, "data": {"given": False}}

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        known = sandbox.account(self.service, account)
        return {**self.place(sandbox), "username": known["username"], "password": known["password"], "recipe": RECIPE}

    def anywhere(self, url: str) -> dict[str, Any]:
        return {"username": "alice", "password": "a password", "recipe": RECIPE}

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        sessions = [session["session"] for session in sandbox.state(self.service)["sessions"]]
        return {value: value for value in sessions}

    def mark(self, record: Record) -> str:
        return fingerprint(record.tokens.get("access_token", ""))

    def stale_in(self, record: Record, now: float) -> float:
        return max(0.0, (record.expires_at or now) - now - 25)

    def spent(self, entry: Entry) -> str:
        return str(entry["fingerprints"].get("session", "")) if entry["route"] == self.refresh_route else ""

    def faults(self) -> list[dict[str, Any]]:
        tokens: tuple[Any, ...] = ("", None, True, ["a"], {"a": "b"}, "a\r\nb: c", "\u2603")
        return [
            *({"kind": "status", "status": status, "error": "NotUnique"} for status in (400, 401, 403, 404, 410)),
            *({"kind": "status", "status": 200, "body": {"data": {"session": token}}} for token in tokens),
            {"kind": "status", "status": 200, "body": {"data": []}},
            {"kind": "status", "status": 200, "body": "no JSON"},
        ]
