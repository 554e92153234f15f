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


class _Masked:
    """A signal mask for a block. No generator: an interruption that comes between its lines would leave it half done.

    :param how: what is done with the signals that cancel: `signal.SIG_BLOCK` or `signal.SIG_UNBLOCK`.
    """

    def __init__(self, how: int) -> None:
        self._how = how
        self._before: t.AbstractSet[int] = frozenset()

    def __enter__(self) -> None:
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, ())  # only looks
        try:
            signal.pthread_sigmask(self._how, CANCELLING)
        except BaseException:  # a handler that raises runs inside the call, after the mask has changed
            signal.pthread_sigmask(signal.SIG_SETMASK, self._before)
            raise

    def __exit__(self, *_error: object) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)


def deferred() -> contextlib.AbstractContextManager[None]:
    """Deliver signals that cancel only when the block is done."""
    return _Masked(signal.SIG_BLOCK)


def allowed() -> contextlib.AbstractContextManager[None]:
    """Deliver them inside `deferred` all the same, while nothing is on its way."""
    return _Masked(signal.SIG_UNBLOCK)
