# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The keyring of the operating system, and its errors in one sentence."""

from __future__ import annotations

import typing as t

from ..errors import Failure
from ..libraries import need

WAYS_OUT = (
    "Unlock or start a Secret Service for this user; or install a keyring that needs none (such as "
    "keyrings.cryptfile); or use store: file with the key in GATEHOUSE_STORE_KEY."
)
LARGEST = (65536, 8192, 1024)
"""Characters of one item: where a keyring refuses the first, the next is tried."""

T = t.TypeVar("T")


class Refused(Failure):
    """It is there, but does not do what it was asked for."""


def get(service: str, item: str) -> str | None:
    """The text of an item; None when there is none.

    :raises Failure: `store` when there is no keyring, or it is locked.
    """
    return _asked(lambda keyring: keyring.get_password(service, item))


def put(service: str, item: str, text: str) -> None:
    """Put a text in place of the one that an item had.

    :raises Failure: `store`; Refused also when the text is too long for it.
    """
    _asked(lambda keyring: keyring.set_password(service, item, text))


def remove(service: str, item: str) -> bool:
    """Remove an item. Returns whether there was one."""

    def removed(keyring: t.Any) -> bool:
        try:
            keyring.delete_password(service, item)
        except keyring.errors.PasswordDeleteError:
            return False
        return True

    return _asked(removed)


def _asked(question: t.Callable[[t.Any], T]) -> T:
    keyring = need("keyring", "keyring", "The OS keyring")
    refused = False
    try:
        return question(keyring)
    except keyring.errors.NoKeyringError:
        problem = "This machine has no OS keyring that this user can reach."
    except keyring.errors.KeyringLocked:
        problem = "The OS keyring is locked."
    except Exception as exc:  # noqa: BLE001 (each backend has errors of its own: of D-Bus, of the system, of files)
        said = (str(exc).splitlines() or [""])[0].strip().rstrip(".")[:200]
        problem = f"The OS keyring cannot be used: {said or type(exc).__name__}."
        refused = True
    raise (Refused if refused else Failure)("store", problem, hint=WAYS_OUT)
