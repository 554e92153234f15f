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
    it. Where the records or their key are in the OS keyring, and the environment, C(ansible.cfg), the command line or
    the play says so, the keyring is read here, once for all workers.
  - Closes at the end of a run the sessions that were opened for it alone (C(lifetime=run) in their definition), also
    when the run fails or is cancelled. One that another run still uses stays. What a run left behind that was killed is
    closed with them, where it is in the same store.
  - Prints one line at the end of a run in which sessions were used. It says how many sessions were opened, refreshed
    and reused, how many requests to services that saved, and which sessions were closed.
requirements:
  - enabled in C(ansible.cfg) (C(callbacks_enabled = gatehouse.api.sessions)) or with E(ANSIBLE_CALLBACKS_ENABLED)
"""

import atexit
import contextlib
import importlib
import os
import signal
import typing as t

from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import lookup_loader

from ansible_collections.gatehouse.api.plugins.module_utils._session import runs, tally
from ansible_collections.gatehouse.api.plugins.plugin_utils.saying import said

LOOKUPS = ("gatehouse.api.credential", "gatehouse.api.session")
OURS = (
    "plugin_utils.action",
    "plugin_utils.credential_lookup",
    "module_utils._session.call",
    "module_utils._session.client",
)
CANCELLING = (signal.SIGTERM, signal.SIGHUP)
"""What ends a job otherwise without a word; an interruption is an exception."""
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
        from ansible_collections.gatehouse.api.plugins.plugin_utils.preloading import Preloading

        self._preloading = Preloading()
        tally.begin()
        self._run = runs.begin()
        self._closed: list[str] = []
        atexit.register(self._close)  # a run that is interrupted has no statistics
        for number in CANCELLING:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                signal.signal(number, self._cancelled)

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        """Read what the play's workers would each read for themselves."""
        self._preloading.begin(play)

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        """Read what has changed since."""
        self._preloading.again()

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        """Close what the run opened for itself, and sum up."""
        self._close()
        counts, saved = tally.total()
        if counts:
            closed = f"; closed {', '.join(self._closed)}" if self._closed else ""
            self._display.display(
                f"gatehouse.api: sessions opened {counts[tally.OPENED]}, refreshed {counts[tally.REFRESHED]}, "
                f"reused {counts[tally.REUSED]}; requests saved {saved}{closed}"
            )

    def _close(self) -> None:
        """Close the sessions of this run, and those of runs that are gone without closing theirs."""
        if os.getpid() != self._run.pid:
            return
        from ansible_collections.gatehouse.api.plugins.plugin_utils.closing import closed

        self._closed += closed(self._run, warn=self._display.warning, say=said)

    def _cancelled(self, number: int, _frame: t.Any) -> None:
        """A job is cancelled. The main process leaves by the way that ends its workers, and then closes sessions."""
        if os.getpid() == self._run.pid:
            raise SystemExit(128 + number)
        signal.signal(number, signal.SIG_DFL)  # a worker that has inherited this
        os.kill(os.getpid(), number)
