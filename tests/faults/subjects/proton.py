# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proton."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from tests.faults.subjects.base import Provider
from tests.sandbox.harness import Sandbox
from tests.tools.paths import ROOT


def _modulus() -> str:
    listed = json.loads((ROOT / "tests/vectors/proton_srp.json").read_text(encoding="utf-8"))["signed_moduli"]
    first = listed[0] if isinstance(listed, list) else next(iter(listed.values()))
    return str(first if isinstance(first, str) else next(v for v in first.values() if "BEGIN PGP" in str(v)))


NUMBER = "Ag" + "A" * 339 + "AQ=="


class Proton(Provider):
    name = "proton"
    account = "alice"
    second_factor = "bob"
    login_route = "auth"
    first_route = "auth_info"
    refresh_route = "refresh"
    child_route = "fork_import"
    redeem_route = "fork_import"
    path = "/core/v4/echo"
    settings: ClassVar = {"max_children": 100_000}
    fields = (
        "AccessToken",
        "RefreshToken",
        "Scopes",
        "UID",
        "ServerProof",
        "Modulus",
        "ServerEphemeral",
        "Salt",
        "Version",
        "SRPSession",
        "Selector",
        "Sessions",
        "ExpiresIn",
        "2FA",
    )
    good: ClassVar = {
        "Code": 1000,
        "UID": "fuzzed-uid",
        "AccessToken": "new-access-token",
        "RefreshToken": "new-refresh-token",
        "ExpiresIn": 3600,
        "Scopes": ["full", "locked"],
        "Modulus": _modulus(),
        "ServerEphemeral": NUMBER,
        "Version": 4,
        "Salt": "yKlc5/CvObfoiw==",
        "SRPSession": "00",
        "ServerProof": NUMBER,
        "Selector": "abc",
        "Sessions": [{"UID": "other"}],
        "2FA": {"Enabled": 0},
    }
    fuzzed: ClassVar = {
        "tokens": {"access_token": "fuzzed-access-token", "refresh_token": "fuzzed-refresh-token"},
        "uid": "fuzzed-uid",
        "scopes": ("full", "locked"),
    }

    def options(self, sandbox: Sandbox, account: str) -> dict[str, Any]:
        known = sandbox.account(self.name, account)
        names = ("username", "password", "totp_secret")
        return {**self.place(sandbox), **{name: known[name] for name in names if name in known}}

    def alive(self, sandbox: Sandbox) -> dict[str, str]:
        return {session["uid"]: session["access"] for session in sandbox.state(self.name)["sessions"]}

    def faults(self) -> list[dict[str, Any]]:
        return [
            {"kind": "wrong_proof"},
            *({"kind": "bad_modulus_signature", "variant": variant} for variant in ("text", "signature", "trailing")),
            {"kind": "foreign_modulus"},
            {"kind": "foreign_modulus", "forged_issuer": True},
            {"kind": "srp_version", "version": 0},
            {"kind": "srp_version", "version": 5},
            *({"kind": "bad_ephemeral", "value": value} for value in ("0", "1", "N", "N-1", "N+1", "max", "short")),
            {"kind": "human_verification"},
        ]
