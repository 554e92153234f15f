# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One clock for all processes of a test: real time plus an offset that any of them may move."""

from __future__ import annotations

import mmap
import os
import struct
import time

PLACE = "GATEHOUSE_TESTS_CLOCK"
_OFFSET = struct.Struct("d")
_real = time.time


class SharedClock:
    """The clock behind a file that every process maps.

    :param path: the file, made if need be.
    """

    def __init__(self, path: str) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size < _OFFSET.size:
                os.write(descriptor, _OFFSET.pack(0.0))
            self._memory = mmap.mmap(descriptor, _OFFSET.size)
        finally:
            os.close(descriptor)

    @property
    def offset(self) -> float:
        """Seconds that it is ahead of real time."""
        found: float = _OFFSET.unpack(self._memory[: _OFFSET.size])[0]
        return found

    @offset.setter
    def offset(self, seconds: float) -> None:
        self._memory[: _OFFSET.size] = _OFFSET.pack(seconds)

    def now(self) -> float:
        """Seconds since the epoch."""
        return _real() + self.offset


def installed() -> SharedClock:
    """Put the clock that the environment names in place of this process's own: for all that is imported afterwards."""
    clock = SharedClock(os.environ[PLACE])
    time.time = clock.now
    return clock
