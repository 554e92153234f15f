# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Nextcloud Passwords service: every rule of the Nextcloud Passwords protocol page, section 10.1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from ..exchange import Call, Operation, Refusal, Reply
from ..service import Guard, Mutation, Service
from ._nextcloud_passwords.accounts import ACCOUNTS
from ._nextcloud_passwords.changes import Changes
from ._nextcloud_passwords.errors import NOT_FOUND, CoreRefusal, error_id, maintenance
from ._nextcloud_passwords.kinds import KINDS
from ._nextcloud_passwords.mutations import OPTIONS, guards, mutations
from ._nextcloud_passwords.operations import all_operations
from ._nextcloud_passwords.replies import empty, page
from ._nextcloud_passwords.sessions import HEADER
from ._nextcloud_passwords.settings import NextcloudPasswordsSettings
from ._nextcloud_passwords.world import World


class NextcloudPasswordsService(Service):
    """A faithful Nextcloud with the Passwords app."""

    name = "nextcloud_passwords"
    settings_type = NextcloudPasswordsSettings
    fault_options = OPTIONS
    secret_headers: ClassVar[frozenset[str]] = frozenset({HEADER.lower()})
    secret_keys: ClassVar[frozenset[str]] = frozenset({"challenge", "customfields", "data", "hash", "oldsecret"})

    def __init__(self) -> None:
        super().__init__()
        for account in ACCOUNTS.values():
            self.canaries.add(*account.secrets())
        self.world = World(self)
        self._changes = Changes(self.world)
        self._operations = all_operations(self.world)
        self._mutations = mutations(self.world)

    def operations(self) -> tuple[Operation, ...]:
        """Every operation, at the root of the server and below /nextcloud."""
        return self._operations

    def accounts(self) -> dict[str, dict[str, Any]]:
        """The accounts by user name."""
        return {name: account.told() for name, account in ACCOUNTS.items()}

    def renew(self) -> None:
        """The fresh start."""
        self.world.renew()

    def act(self, what: str, arguments: dict[str, Any]) -> Any:
        """What happens behind the back of clients."""
        return self._changes.do(what, arguments)

    def state(self) -> dict[str, Any]:
        """Live sessions, failed attempts, tokens, objects, and plain texts that were met."""
        world, users = self.world, self.world.users
        return {
            "accounts": dict(Counter(session.username for session in world.sessions.live.values())),
            "sessions": world.sessions.told(),
            "failed_attempts": {name: user.failures for name, user in users.items()},
            "failed_logins": {address: len(times) for address, times in world.credentials.failed.items()},
            "tokens": {name: sorted(user.tokens.values()) for name, user in users.items()},
            "objects": {
                name: {kind.name: user.entries.count(kind) for kind in KINDS.values()} for name, user in users.items()
            },
            "plain_texts_seen": list(world.watch.seen),
        }

    def codes(self) -> dict[str, Any]:
        """Sent codes, open questions, the one-time codes of this moment."""
        return self.world.second_factor.told(list(self.world.users.values()))

    def gate(self, call: Call, operation: Operation) -> None:
        """Maintenance comes before everything; plain texts are looked for in every request."""
        self.world.watch.look(call, operation.name)
        if self.world.settings.maintenance:
            raise maintenance()

    def guards(self) -> Mapping[str, Guard]:
        """Rule 16, before the work."""
        return guards(lambda: self.world)

    def mutations(self) -> Mapping[str, Mutation]:
        """Rule 16, after the work."""
        return self._mutations

    def refused(self, refusal: Refusal) -> Reply:
        """Nextcloud has its own forms for its own refusals."""
        if isinstance(refusal, CoreRefusal):
            return refusal.reply
        if refusal.status == 404:
            return page(404, "Page not found")
        if refusal.status == 405:
            return empty(405, refusal.reason)
        return super().refused(refusal)

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """Section 14; the id belongs to the message unless a test names another."""
        identifier = code if code != status or error == NOT_FOUND else error_id(error)
        return {"status": "error", "id": identifier, "message": error}


SERVICE = NextcloudPasswordsService
