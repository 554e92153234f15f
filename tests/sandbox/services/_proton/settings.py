# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches of the Proton service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProtonSettings:
    """Times are in seconds. Defaults follow the Proton protocol page, section 5.1."""

    access_ttl: float = 86400
    send_expires_in: bool = True
    revoke_on_reuse: bool = False
    refresh_error_status: int = 422
    refresh_seconds: float = 0.0
    wrong_2fa_kills: bool = True
    wrong_2fa_status: int = 422
    totp_once: bool = True
    fresh_locked: bool = True
    login_seconds: float = 0.0
    srp_ttl: float = 300
    max_wrong_passwords: int = 10
    lockout_seconds: float = 600
    strict_appversion: bool = True
    denied_appversions: tuple[str, ...] = ()
    bad_appversion_status: int = 400
    fork_appversion: bool = True
    fork_ttl: float = 600
    max_children: int = 50
