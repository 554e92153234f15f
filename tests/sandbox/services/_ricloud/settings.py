# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches of the ricloud service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RicloudSettings:
    """Times are in seconds. Defaults follow the ricloud protocol page.

    A session is settled when it is `settle_seconds` old (0: at once, even in the reply to its creation) or has been
    retrieved `settle_retrievals` times (0: never by that), whatever comes first. `refused_error` and `locked_error` are
    codes whose names the protocol page does not know. `active_word` is how replies call the state `active`.
    """

    settle_seconds: float = 5
    settle_retrievals: int = 2
    await_limit: int = 10
    idle_seconds: float = 0
    code_seconds: float = 300
    max_wrong_passwords: int = 0
    dead_key_status: int = 401
    strict_parameters: bool = True
    delete_expires_pending: bool = True
    refused_error: str = "invalid-credentials"
    locked_error: str = "source-locked"
    active_word: str = "active"
    session_limit: int = 0
    in_flight: bool = False
    organisation_state: str = "active"
    odd_resource: bool = False
    whole_seconds: bool = False
    quoted_ids: bool = False
