# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches of the Tanium service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TaniumSettings:
    """Times are in seconds. Defaults follow the Tanium protocol page, sections 1, 3 and 8.

    `console` is what `/config/console.json` gives: json, 404 or html. `soap_session` is where a SOAP reply has its
    session: shown, missing, or late (behind the first 4000 characters). `peer_address`, when it is not empty, is where
    all requests seem to come from.
    """

    server_version: str = "7.3.314.3641"
    console: str = "json"
    idle_seconds: float = 300
    replace_on_validate: bool = False
    replace_on_soap: bool = False
    soap_session: str = "shown"
    login_error_status: int = 401
    dead_session_status: int = 403
    dead_token_status: int = 401
    missing_permission_status: int = 403
    max_wrong_passwords: int = 5
    totp_once: bool = True
    tokens_on_auth: bool = False
    rotate_needs_session: bool = False
    token_days: int = 7
    max_token_days: int = 365
    peer_address: str = ""
