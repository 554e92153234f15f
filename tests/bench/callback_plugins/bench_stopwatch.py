# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes how long each task took on each host, from its start to its result, as the main process sees it."""

from __future__ import annotations

import json
import os
import time
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: bench_stopwatch
type: notification
short_description: Writes how long each task took
description: [Writes how long each task took.]
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "bench_stopwatch"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        self._begun = time.perf_counter()

    def v2_runner_on_ok(self, result: t.Any) -> None:
        seconds = time.perf_counter() - self._begun
        task = getattr(result, "task", None) or result._task
        with open(os.environ["BENCH_STOPWATCH"], "a", encoding="utf-8") as stream:
            stream.write(json.dumps({"task": task.get_name(), "seconds": seconds}) + "\n")
