# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: sessions
type: aggregate
short_description: Make sessions cheaper in large runs, and sum up what became of them
version_added: 0.1.0
author:
  - gatehouse.api contributors (@gatehouse)
description:
  - Loads in the main process what every worker would load for itself when it uses a session, so that workers inherit
    it.
  - Prints one line at the end of a run in which sessions were used. It says how many sessions were opened, refreshed
    and reused, and how many requests to services that saved.
requirements:
  - enabled in C(ansible.cfg) (C(callbacks_enabled = gatehouse.api.sessions)) or with E(ANSIBLE_CALLBACKS_ENABLED)
"""

import contextlib
import importlib
import typing as t

from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import lookup_loader

from ansible_collections.gatehouse.api.plugins.module_utils._session import tally

LOOKUPS = ("gatehouse.api.credential", "gatehouse.api.session")
OURS = (
    "plugin_utils.action",
    "plugin_utils.credential_lookup",
    "module_utils._session.call",
    "module_utils._session.client",
)
LIBRARIES = ("requests", "cryptography.hazmat.primitives.ciphers.aead", "nacl.bindings")


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "gatehouse.api.sessions"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        """Load what workers need, and count from now on."""
        for name in LIBRARIES:
            with contextlib.suppress(ImportError):  # who needs it says so, with the pip line
                importlib.import_module(name)
        for name in OURS:
            importlib.import_module(f"ansible_collections.gatehouse.api.plugins.{name}")
        for name in LOOKUPS:
            lookup_loader.get(name, class_only=True)
        tally.begin()

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        """Sum up."""
        counts, saved = tally.total()
        if counts:
            self._display.display(
                f"gatehouse.api: sessions opened {counts[tally.OPENED]}, refreshed {counts[tally.REFRESHED]}, "
                f"reused {counts[tally.REUSED]}; requests saved {saved}"
            )
