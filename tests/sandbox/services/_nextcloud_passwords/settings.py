# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches of the Nextcloud Passwords service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NextcloudPasswordsSettings:
    """Times are in seconds. Defaults follow the Nextcloud Passwords protocol page, sections 1.4, 4 and 6.1.

    `two_factor` is what section 6.1 calls the flags: none, tokens, enabled or required.
    """

    maintenance: bool = False
    require_https: bool = False
    two_factor: str = "required"
    breach_check_works: bool = True
    generator_works: bool = True
    max_failed_logins: int = 10
    failed_logins_seconds: float = 1800
    max_attempts: int = 5
    open_limit: int = 10
    open_seconds: float = 30
    token_limit: int = 3
    token_seconds: float = 60
    generate_limit: int = 60
    generate_seconds: float = 60
