# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of gatehouse.api.request."""

from __future__ import annotations

import contextlib
import importlib

from ansible_collections.gatehouse.api.plugins.modules import request
from ansible_collections.gatehouse.api.plugins.plugin_utils.action import SessionAction

# Once, in the main process, instead of in each worker.
importlib.import_module("ansible_collections.gatehouse.api.plugins.module_utils._session.client")
with contextlib.suppress(ImportError):  # who needs it says so, with the pip line
    importlib.import_module("requests")


class ActionModule(SessionAction):
    module = request
