# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nextcloud Passwords."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.faults.subjects.base import Provider
from tests.sandbox.harness import Sandbox, fingerprint
from tests.tools.paths import ROOT

VECTORS = json.loads((ROOT / "tests/vectors/nextcloud_passwords.json").read_text(encoding="utf-8"))


def _entry() -> dict[str, Any]:
    """Something that is a password, a folder and a tag, and the answer to everything that is asked as well."""
    keychain, entry = VECTORS["keychains"][0], VECTORS["objects"][0]
    return {
        **entry["encrypted"],
        "id": "5f7c0c2e-7c0c-4f5c-9d6e-0d7a3f1b2c4d",
        "revision": "0a4f2b86-4a3e-4d5b-8c57-95a8a1f1b6d2",
        "cseType": entry["cseType"],
        "cseKey": entry["cseKey"],
        "folder": "00000000-0000-0000-0000-000000000000",
        "parent": "00000000-0000-0000-0000-000000000000",
        "tags": [],
        "color": "",
        "editable": True,
        "hidden": False,
        "favorite": False,
        "challenge": {"type": "PWDv1r1", "salts": VECTORS["challenges"][0]["salts"]},
        "keys": {"CSEv1r1": keychain["encrypted_hex"]},
        "CSEv1r1": keychain["encrypted_hex"],
        "success": True,
        "data": {},
        "user.session.lifetime": 3600,
    }


NEXTCLOUD_ERRORS = (
    (401, "Passphrase invalid"),
    (401, "Token invalid"),
    (401, "Token verification failed"),
    (403, "Too many failed login attempts"),
    (403, "Login not allowed"),
    (409, "Outdated revision id"),
    (412, "Authorized session required"),
    (500, "Reading user keychain failed"),
    (400, "HTTPS required"),
    (503, "Unable to complete request"),
)


class NextcloudPasswords(Provider):
    name = "nextcloud_passwords"
    account = "alice"
    second_factor = "erin"
    lifetime = 600.0
    login_route = "session_open"
    first_route = "session_request"
    refresh_route = "session_keepalive"
    path = "/index.php/apps/passwords/api/1.0/tag/list"
    rotates = False
    slides = True
    wrong: ClassVar = {"master_password": "this is not the password"}
    # Not the challenge: an account without one is answered so, and only the next call tells the difference.
    fields = ("token", "keys", "success", "id", "revision", "password", "user.session.lifetime")
    headers: ClassVar = {"X-API-SESSION": "fuzzed-access-token"}
    good: ClassVar = _entry()
    fuzzed: ClassVar = {
        "tokens": {"access_token": "fuzzed-access-token", "password": "fuzzed-app-password"},
        "data": {"challenge": True, "lifetime": 3600.0, "keychain": VECTORS["keychains"][0]["encrypted_hex"]},
    }

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        known = sandbox.account(self.name, account)
        names = ("username", "master_password", "totp_secret")
        given = {name: known[name] for name in names if name in known}
        return {**self.place(sandbox), **given, "password": known["app_password"]}

    def anywhere(self, url: str) -> dict[str, Any]:
        return {**super().anywhere(url), "master_password": VECTORS["keychains"][0]["master_password"]}

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        sessions = sandbox.state(self.name)["sessions"]
        return {session["session"]: session["session"] for session in sessions if session["authorised"]}

    def mark(self, record: Record) -> str:
        return fingerprint(record.tokens.get("access_token", ""))

    def stale_in(self, record: Record, now: float) -> float:
        return max(0.0, (record.expires_at or now) - now - 25)

    def faults(self) -> list[dict[str, Any]]:
        another = {"X-API-SESSION": "another"}
        return [
            {"kind": "session_lost"},
            {"kind": "session_lost", "count": None},
            {"kind": "rate_limited"},
            {"kind": "rate_limited", "count": None},
            {"kind": "maintenance"},
            {"kind": "keychain_unreadable"},
            *({"kind": "status", "status": status, "error": error} for status, error in NEXTCLOUD_ERRORS),
            {"kind": "status", "status": 401, "body": {"message": ""}},
            {"kind": "status", "status": 401, "body": {"message": ""}, "count": None},
            {"kind": "status", "status": 429, "body": {"message": "Reached maximum delay"}},
            {"kind": "status", "status": 200, "body": {"success": True}, "headers": another},
            {"kind": "status", "status": 200, "body": {}, "headers": {"X-API-SESSION": "x" * 5000}},
            {"kind": "status", "status": 200, "body": {"challenge": {"type": "PWDv2"}}, "headers": another},
            {"kind": "status", "status": 200, "body": {"success": True, "keys": []}, "when": "after"},
        ]
