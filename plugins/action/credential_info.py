# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of gatehouse.api.credential_info."""

from __future__ import annotations

from ansible_collections.gatehouse.api.plugins.modules import credential_info
from ansible_collections.gatehouse.api.plugins.plugin_utils.action import SessionAction


class ActionModule(SessionAction):
    module = credential_info
