# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What the workers of one run did with sessions, counted across processes.

The main process opens a file without a name before it forks; workers inherit it and append a line for each event.
Nobody counts where nobody began.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import typing as t
from collections import Counter

OPENED = "opened"
REFRESHED = "refreshed"
REUSED = "reused"

_files: list[int] = []  # the descriptor, once begun


def begin() -> None:
    """Count from now on, in this process and those that it forks."""
    if not _files:
        descriptor, path = tempfile.mkstemp()
        os.close(descriptor)
        _files.append(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC))
        os.unlink(path)


def add(event: str, requests: int = 0) -> None:
    """Count an event.

    :param requests: for `reused`, the requests that a login would have taken.
    """
    if _files:
        with contextlib.suppress(OSError):  # a full disk must not fail the work that is counted
            os.write(_files[0], f"{event} {requests}\n".encode("ascii"))


def total() -> tuple[Counter[str], int]:
    """The events counted so far, and the requests saved."""
    counts: t.Counter[str] = Counter()
    saved = 0
    if _files:
        # By position: who writes meanwhile shares the file's own.
        content = os.pread(_files[0], os.fstat(_files[0]).st_size, 0).decode("ascii")
        for event, requests in re.findall(r"^([a-z]+) ([0-9]+)$", content, re.MULTILINE):
            counts[event] += 1
            saved += int(requests)
    return counts, saved
