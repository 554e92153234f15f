# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what every task returned, as any callback gets to see it, as JSON lines for the tests."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results
type: notification
short_description: JSON lines for the integration tests
version_added: 0.1.0
description:
  - Writes the result of every task to the file that the environment variable PLAY_RESULTS names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._file = open(os.environ["PLAY_RESULTS"], "a", encoding="utf-8")  # noqa: SIM115 (open until the end)

    def _write(self, **facts: Any) -> None:
        self._file.write(json.dumps(facts, default=str) + "\n")
        self._file.flush()

    def _result(self, status: str, result: Any, ignored: bool = False) -> None:
        task = getattr(result, "task", None) or result._task
        host = getattr(result, "host", None) or result._host
        facts = result.result if hasattr(result, "result") else result._result
        facts = {**facts, "failed": status == "failed"}  # ansible-core 2.21 leaves it out
        self._write(
            event="result", status=status, task=task.get_name(), host=host.get_name(), ignored=ignored, facts=facts
        )

    def v2_runner_on_ok(self, result: Any) -> None:
        self._result("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._result("failed", result, ignore_errors)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._result("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._result("unreachable", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._write(event="stats", hosts={host: stats.summarize(host) for host in stats.processed})
