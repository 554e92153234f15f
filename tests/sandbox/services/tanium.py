# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Tanium service: every rule of the Tanium protocol page, section 8."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from ..exchange import Call, Operation
from ..service import Service
from ._tanium.accounts import ACCOUNTS
from ._tanium.deeds import Deeds
from ._tanium.operations import all_operations
from ._tanium.settings import TaniumSettings
from ._tanium.world import World


class TaniumService(Service):
    """A faithful Tanium server."""

    name = "tanium"
    settings_type = TaniumSettings
    secret_headers: ClassVar[frozenset[str]] = frozenset({"session", "password", "secondary"})
    secret_keys: ClassVar[frozenset[str]] = frozenset({"session", "secondary", "token_string"})

    def __init__(self) -> None:
        super().__init__()
        for account in ACCOUNTS.values():
            self.canaries.add(*account.secrets())
        self.world = World(self)
        self._deeds = Deeds(self.world)
        self._operations = all_operations(self.world)

    def operations(self) -> tuple[Operation, ...]:
        """Every operation."""
        return self._operations

    def accounts(self) -> dict[str, dict[str, Any]]:
        """The accounts by user name."""
        return {name: account.told() for name, account in ACCOUNTS.items()}

    def renew(self) -> None:
        """The fresh start."""
        self.world.renew()

    def act(self, what: str, arguments: dict[str, Any]) -> Any:
        """What happens behind the back of clients."""
        return self._deeds.do(what, arguments)

    def state(self) -> dict[str, Any]:
        """Live sessions, tokens, wrong passwords, and secrets that came where they do not belong."""
        world = self.world
        sessions = world.sessions.told()
        limit = world.settings.max_wrong_passwords
        return {
            "accounts": dict(Counter(session["account"] for session in sessions)),
            "sessions": sessions,
            "tokens": world.tokens.told(),
            "wrong_passwords": dict(world.login.wrong),
            "locked": [name for name, account in ACCOUNTS.items() if world.login.locked(account, limit)],
            "disabled": sorted(world.login.disabled),
            "misplaced": list(world.misplaced.seen),
        }

    def codes(self) -> dict[str, Any]:
        """The one-time codes of this moment."""
        shown = {name: self.world.login.code(account) for name, account in ACCOUNTS.items()}
        return {"totp": {name: code for name, code in shown.items() if code}}

    def gate(self, call: Call, operation: Operation) -> None:
        """Rule 15: secrets in the wrong place are remembered before anything else."""
        self.world.misplaced.look(call, operation.name)

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """Section 3.6."""
        body: dict[str, Any] = {"text": error}
        if details is not None:
            body["details"] = details
        return body


SERVICE = TaniumService
