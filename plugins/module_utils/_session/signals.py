# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Signals that cancel a job wait while a rotated token is on its way to the store (promise 2)."""

from __future__ import annotations

import contextlib
import signal
import typing as t

CANCELLING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


@contextlib.contextmanager
def deferred() -> t.Iterator[None]:
    """Deliver signals that cancel only when the block is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, CANCELLING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def allowed() -> t.Iterator[None]:
    """Deliver them inside `deferred` all the same, while nothing is on its way."""
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, CANCELLING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
