# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""One-time codes from a shared secret, never the same one twice (RFC 6238)."""

from __future__ import annotations

import time
import typing as t

from . import secrets
from .errors import Failure
from .libraries import need
from .signals import allowed
from .stores.sealed import SealedStore

STEP = 30  # seconds
KEPT = 20  # steps before and after now that are remembered; services accept one or two


class UsedCode(Failure):
    """A one-time code that was sent before."""


def given_code(store: SealedStore, origin: str, account: str, code: str) -> str:
    """A code that a person gave, unless it is the one that was sent last.

    :returns: the code.
    :raises UsedCode: when it was sent before: the service would count it as a wrong one.
    """
    note = ("totp", origin, account)
    digest = store.key.digest("code", origin, account, code)
    with store.lock(store.note_key(*note)):
        known = store.recall(*note)
        if known.get("code") == digest:
            raise UsedCode(
                "two_factor_needed",
                f"This one-time code of {account!r} was used already.",
                methods=["totp"],
                hint="Give the next one.",
            )
        store.remember({**known, "code": digest}, *note)
    secrets.add(code)
    return code


def forget_given(store: SealedStore, origin: str, account: str) -> None:
    """The code that was given last has certainly reached nobody: it may be given again."""
    store.update({"code": None}, "totp", origin, account)


def next_code(
    store: SealedStore,
    origin: str,
    account: str,
    secret: str,
    clock: t.Callable[[], float] = time.time,
    sleep: t.Callable[[float], None] = time.sleep,
) -> str:
    """The code of the present time step; when that was used already, of the next unused one, after waiting for it.

    Steps are remembered for the account, in the store and before the code is sent: by whatever session, run or host.

    :param secret: base32, as shown when the second factor was set up; spaces are ignored.
    :returns: six digits.
    :raises Failure: `definition` when the secret is no base32.
    """
    pyotp = need("pyotp", "pyotp", "totp_secret")
    note = ("totp", origin, account)
    with store.lock(store.note_key(*note)):
        known = store.recall(*note)
        now = int(clock()) // STEP
        used = [step for step in known.get("steps", ()) if abs(step - now) < KEPT]
        step = now
        while step in used:
            step += 1
        while clock() < step * STEP:
            with allowed():
                sleep(step * STEP - clock())
        try:
            code: str = pyotp.TOTP("".join(secret.split())).at(step * STEP)
        except (ValueError, TypeError) as exc:
            raise Failure("definition", "totp_secret is no base32 text.") from exc
        store.remember({**known, "steps": [*used, step]}, *note)
    secrets.add(code)
    return code
