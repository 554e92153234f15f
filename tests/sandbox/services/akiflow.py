# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Akiflow service: both hosts on one listener, every rule of section 9 of the Akiflow protocol page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from ..exchange import Call, Operation, Refusal, Reply
from ..faults import Fault
from ..service import Guard, Service
from ._akiflow.accounts import ACCOUNTS
from ._akiflow.deeds import Deeds
from ._akiflow.operations import all_operations
from ._akiflow.refusals import PageRefusal, blocked, login_page
from ._akiflow.settings import AkiflowSettings
from ._akiflow.world import World

API_PREFIX = "/v5/"


class AkiflowService(Service):
    """A faithful Akiflow, as far as community clients know it."""

    name = "akiflow"
    settings_type = AkiflowSettings
    fault_options: ClassVar[Mapping[str, frozenset[str]]] = {"front_end": frozenset(), "login_page": frozenset()}
    secret_headers: ClassVar[frozenset[str]] = frozenset({"x-xsrf-token"})
    secret_params: ClassVar[frozenset[str]] = frozenset({"token"})
    secret_keys: ClassVar[frozenset[str]] = frozenset({"access_token", "code", "refresh_token", "signature"})

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self)
        self._deeds = Deeds(self.world)
        self._operations = all_operations(self.world)

    def operations(self) -> tuple[Operation, ...]:
        """Every operation of both hosts."""
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
        """Live pairs, reused and misplaced tokens, cookie sessions, logins that wait, mails."""
        world = self.world
        pairs = world.tokens.seen()
        return {
            "accounts": dict(Counter(pair["account"] for pair in pairs)),
            "pairs": pairs,
            "reused": list(world.tokens.reused),
            "misplaced": list(world.misplaced.seen),
            "cookie_sessions": len(world.cookies.live),
            "pending": {name: len(world.login.of(name)) for name in ACCOUNTS},
            "wrong_codes": {name: sum(login.wrong for login in world.login.of(name)) for name in ACCOUNTS},
            "mails": {name: world.login.mails.get(name, 0) for name in ACCOUNTS},
        }

    def codes(self) -> dict[str, Any]:
        """Sent codes."""
        return self.world.post.told()

    def gate(self, call: Call, operation: Operation) -> None:
        """The front end comes before everything; the page to log in is the web host's."""
        settings = self.world.settings
        if operation.name != "code":  # its address is a secret itself
            self.world.misplaced.look(call, operation.name)
        agent = call.header("user-agent")
        if settings.front_end_refuses or any(agent.startswith(start) for start in settings.blocked_agents):
            raise blocked()
        if settings.login_page and not call.path.startswith(API_PREFIX):
            raise login_page()

    def guards(self) -> Mapping[str, Guard]:
        """The same two, for so many requests of one route."""

        def front_end(fault: Fault, _call: Call) -> bool:
            self.faults.satisfied(fault)
            raise blocked()

        def page(fault: Fault, _call: Call) -> bool:
            self.faults.satisfied(fault)
            raise login_page()

        return {"front_end": front_end, "login_page": page}

    def refused(self, refusal: Refusal) -> Reply:
        """The front end answers with pages."""
        return refusal.reply if isinstance(refusal, PageRefusal) else super().refused(refusal)

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """Sections 5 and 6: always a message, and what the framework adds."""
        return {"message": error, **(details if isinstance(details, dict) else {})}


SERVICE = AkiflowService
