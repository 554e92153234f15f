# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few objects that REST and SOAP share: users and groups (Tanium protocol page, sections 3.4 and 3.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .accounts import ACCOUNTS, Account
from .tokens import date_time

if TYPE_CHECKING:
    from .world import World

FIRST_GROUP = "All Computers"


@dataclass
class Groups:
    """Computer groups: the one kind of object that clients may add."""

    names: list[str] = field(default_factory=lambda: [FIRST_GROUP])

    def all(self) -> list[dict[str, Any]]:
        """Every group."""
        return [{"id": number, "name": name} for number, name in enumerate(self.names, 1)]

    def add(self, name: str) -> dict[str, Any] | None:
        """A new group; None when the name is taken."""
        if name in self.names:
            return None
        self.names.append(name)
        return self.all()[-1]


def user_object(world: World, account: Account) -> dict[str, Any]:
    """One user as the server tells it."""
    last = world.login.logins.get(account.username)
    return {
        "id": account.uid,
        "name": account.username,
        "domain": account.domain,
        "deleted_flag": int(account.username in world.login.disabled),
        "last_login": date_time(last) if last is not None else "",
        "active_session_count": len(world.sessions.of(account.username)),
        "local_admin_flag": int(account.local_admin),
        "locked_out": 0,
    }


def all_users(world: World) -> list[dict[str, Any]]:
    """Every user."""
    return [user_object(world, account) for account in ACCOUNTS.values()]


def find(objects: list[dict[str, Any]], wanted: dict[str, str]) -> dict[str, Any] | None:
    """The object with this id or name; the first when nothing is asked for."""
    return next((item for item in objects if all(str(item.get(name)) == value for name, value in wanted.items())), None)
