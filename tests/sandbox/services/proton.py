# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Proton service: every rule of the Proton protocol page, section 5.1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from ..exchange import Call, Operation, Reply
from ..faults import Fault
from ..service import Guard, Mutation, Service
from ._proton.accounts import ACCOUNTS
from ._proton.gate import check_appversion
from ._proton.mutations import OPTIONS, mutations
from ._proton.operations import all_operations
from ._proton.settings import ProtonSettings
from ._proton.verification import METHODS, TOKEN_HEADER, TYPE_HEADER
from ._proton.world import World

_PAGES = frozenset({"captcha"})


class ProtonService(Service):
    """A faithful Proton API."""

    name = "proton"
    settings_type = ProtonSettings
    fault_options = OPTIONS
    secret_headers: ClassVar[frozenset[str]] = frozenset({"x-pm-uid", TOKEN_HEADER})
    secret_params: ClassVar[frozenset[str]] = frozenset({"selector", "uid"})
    secret_keys: ClassVar[frozenset[str]] = frozenset(
        {
            "accesstoken",
            "clientephemeral",
            "clientproof",
            "clientsecret",
            "fido2",
            "payload",
            "refreshtoken",
            "selector",
            "serverproof",
            "srpsession",
            "twofactorcode",
            "uid",
            "usercode",
        }
    )

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self)
        for account in ACCOUNTS.values():
            self.canaries.add(*account.secrets())
        self._operations = all_operations(self.world)
        self._mutations = mutations()

    def operations(self) -> tuple[Operation, ...]:
        """Every operation, on all path families of section 1.1."""
        return self._operations

    def accounts(self) -> dict[str, dict[str, Any]]:
        """The accounts by user name."""
        return {name: account.told() for name, account in ACCOUNTS.items()}

    def renew(self) -> None:
        """Empty every desk."""
        self.world.renew()

    def state(self) -> dict[str, Any]:
        """Live sessions and open forks."""
        sessions = self.world.sessions.live.values()
        return {
            "accounts": dict(Counter(str(session.username) for session in sessions)),
            "children": sum(session.parent is not None for session in sessions),
            "sessions": self.world.sessions.told(),
            "forks": len(self.world.forks.open),
            "wrong_passwords": {name: self.world.attempts.wrong.get(name, 0) for name in ACCOUNTS},
        }

    def codes(self) -> dict[str, Any]:
        """Sent codes, captcha answers, the one-time codes of this moment."""
        shown = {name: self.world.second_factor.current(account) for name, account in ACCOUNTS.items()}
        return {**self.world.verification.told(), "totp": {name: code for name, code in shown.items() if code}}

    def gate(self, call: Call, operation: Operation) -> None:
        """Rule 2, on all routes but the pages that a browser opens."""
        if operation.name not in _PAGES:
            check_appversion(self.world, call)

    def guards(self) -> Mapping[str, Guard]:
        """Rule 15."""
        return {"human_verification": self._verify}

    def mutations(self) -> Mapping[str, Mutation]:
        """Rule 16."""
        return self._mutations

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """Section 1.3."""
        body: dict[str, Any] = {"Code": code, "Error": error}
        if details is not None:
            body["Details"] = details
        return body

    def api_code(self, reply: Reply) -> int | None:
        """The `Code` of a reply."""
        code = reply.body.get("Code") if isinstance(reply.body, dict) and reply.raw is None else None
        return code if isinstance(code, int) else None

    def _verify(self, fault: Fault, call: Call) -> bool:
        methods = list(fault.options.get("methods", METHODS))
        token, kind = call.header(TOKEN_HEADER), call.header(TYPE_HEADER)
        if not token:
            raise self.world.verification.required(methods, self.url)
        self.world.verification.check(kind, token, methods)
        return not fault.options.get("every", False)


SERVICE = ProtonService
