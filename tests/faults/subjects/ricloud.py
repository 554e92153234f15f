# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ricloud: a new session is pending until it was looked at, so that each login has a moment between the two."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.faults.subjects.base import Provider
from tests.sandbox.harness import Sandbox, fingerprint

KEY = "main"
OWNER = "somebody"
SOURCE: dict[str, Any] = {
    "id": 7,
    "resource": "source",
    "user": 3,
    "type": "icloud.account",
    "identifier": "alice",
    "state": "active",
}
SESSION: dict[str, Any] = {
    "id": "se1",
    "resource": "session",
    "organisation": 1,
    "key": 1,
    "user": 3,
    "type": "icloud.account",
    "source": SOURCE,
    "state": "active",
    "error": None,
}
ERRORS = (
    (400, "session-expired"),
    (400, "limit-exceeded"),
    (400, "invalid-parameter"),
    (400, "unconfigured"),
    (401, "unauthorized"),
    (403, "missing-scope"),
    (404, "not-found"),
    (429, "limit-exceeded"),
    (500, "server-error"),
)


class Ricloud(Provider):
    name = "ricloud"
    account = "alice"
    share = 0.3
    lifetime = 300.0
    login_route = "session_create"
    first_route = "user_create"
    refresh_route = "session_retrieve"
    path = "/echo"
    rotates = False
    settings: ClassVar = {"await_limit": 0, "settle_seconds": 600, "settle_retrievals": 1}
    fields = ("id", "state", "error", "source", "type", "data", "has_more", "resource")
    good: ClassVar = {**SESSION, "data": [SESSION], "has_more": False}
    fuzzed: ClassVar = {"tokens": {"access_token": "fuzzed-access-token"}, "uid": "se1"}

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        known = sandbox.account(self.name, account)
        return {
            **self.place(sandbox),
            "token": sandbox.account(self.name, KEY)["token"],
            "user": OWNER,
            "source_type": known["type"],
            "source_identifier": known["identifier"],
            "password": known["password"],
        }

    def anywhere(self, url: str) -> dict[str, Any]:
        return {
            "token": "fuzzed-access-token",
            "user": OWNER,
            "source_identifier": "alice",
            "password": "a password",
            "code": "123456",
        }

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        key = fingerprint(sandbox.account(self.name, KEY)["token"])
        sessions = sandbox.state(self.name)["sessions"]
        return {fingerprint(session["id"]): key for session in sessions if session["state"] in ("pending", "active")}

    def stale_in(self, record: Record, now: float) -> float:
        return max(0.0, (record.expires_at or now) - now)

    def another(self, sandbox: Sandbox) -> bool:
        sandbox.act(self.name, "create_session", account="carol")
        return True

    def faults(self) -> list[dict[str, Any]]:
        states = ("pending", "failed", "expired", "succeeded", "none such")
        return [
            *({"kind": "status", "status": status, "error": error} for status, error in ERRORS),
            *({"kind": "status", "status": 200, "body": {**SESSION, "state": state}} for state in states),
            {"kind": "status", "status": 201, "body": {**SESSION, "id": True}},
            {"kind": "status", "status": 200, "body": {"data": [SESSION], "has_more": True}},
            {"kind": "status", "status": 200, "body": {"data": [{}], "has_more": False}},
        ]
