# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ricloud service: every rule of the ricloud protocol page, section 8."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, ClassVar

from ..canaries import fingerprint
from ..exchange import Call, Operation, Refusal, Reply
from ..service import Service
from ._ricloud.accounts import ACCOUNTS, KEYS, WEBHOOK_SECRET, all_secrets
from ._ricloud.deeds import Deeds
from ._ricloud.errors import CODES, ApiRefusal, error_object
from ._ricloud.operations import all_operations
from ._ricloud.settings import RicloudSettings
from ._ricloud.world import World

_WORD = re.compile(r"[a-z]+(-[a-z]+)+")


class RicloudService(Service):
    """A faithful ricloud API."""

    name = "ricloud"
    settings_type = RicloudSettings
    secret_keys: ClassVar[frozenset[str]] = frozenset({"code"})

    def __init__(self) -> None:
        super().__init__()
        self.canaries.add(*all_secrets())
        self.world = World(self)
        self._deeds = Deeds(self.world)
        self._operations = all_operations(self.world)

    def operations(self) -> tuple[Operation, ...]:
        """Every operation."""
        return self._operations

    def accounts(self) -> dict[str, dict[str, Any]]:
        """API keys, accounts at third parties, and the secret of webhooks, by name."""
        keys = {name: key.told() for name, key in KEYS.items()}
        accounts = {name: account.told() for name, account in ACCOUNTS.items()}
        return {**keys, **accounts, "webhook": {"secret": WEBHOOK_SECRET}}

    def renew(self) -> None:
        """The fresh start."""
        self.world.renew()

    def act(self, what: str, arguments: dict[str, Any]) -> Any:
        """What happens behind the back of clients."""
        return self._deeds.do(what, arguments)

    def state(self) -> dict[str, Any]:
        """Sessions, keys, users, sources, logins at third parties, and secrets that came where they do not belong."""
        world, third = self.world, self.world.third_party
        for session in world.shelves.sessions:
            world.sessions.look(session)
        return {
            "sessions": [world.teller.session(session) for session in world.shelves.sessions],
            "states": dict(Counter(session.state for session in world.shelves.sessions)),
            "keys": [
                {"id": key.id, "name": key.name, "state": key.state, "token": fingerprint(key.token)}
                for key in world.shelves.keys
            ],
            "users": [world.teller.user(user) for user in world.shelves.users],
            "sources": [world.teller.source(source) for source in world.shelves.sources],
            "polls": len(world.shelves.polls),
            "events": len(world.shelves.events),
            "logins": dict(third.logins),
            "wrong_passwords": dict(third.wrong),
            "locked": sorted(third.locked),
            "misplaced": list(world.misplaced.seen),
        }

    def codes(self) -> dict[str, Any]:
        """How many codes were sent, the last one of each account, and pairing codes."""
        third = self.world.third_party
        return {
            "sent": dict(third.sent),
            "codes": {name: code for name, (code, _until) in third.codes.items()},
            "pairing": dict(third.pairing),
        }

    def gate(self, call: Call, operation: Operation) -> None:
        """Rule 14: secrets in the wrong place are remembered before anything else."""
        self.world.misplaced.look(call, operation.name)

    def refused(self, refusal: Refusal) -> Reply:
        """A refusal with its own machine code."""
        if isinstance(refusal, ApiRefusal):
            return Reply(refusal.status, refusal.body(), refused=refusal.reason)
        return super().refused(refusal)

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """Section 2.1; an error that looks like a machine code is one."""
        word = error if _WORD.fullmatch(error) else CODES.get(status, "server-error")
        return error_object(word, error, details)


SERVICE = RicloudService
