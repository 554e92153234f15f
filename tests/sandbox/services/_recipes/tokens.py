# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service with accounts, logins and tokens; each one's protocol is in a file of its own."""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ...canaries import fingerprint
from ...exchange import Call, Operation
from ...service import Service
from .._misplaced import Misplaced

PASSWORDS = {
    "alice": "canary-alice-pass-ß-Tq48Zu",
    "bob": "canary-bob-pass-Mh31Wd",
    "carol": "canary-carol-pass-Xe07Kr",
}
"""alice may do everything, bob too, and carol may only read."""


@dataclass
class Held:
    """One live session, or token."""

    id: int
    account: str
    token: str
    key: str
    created: float
    used: float
    expires: float | None = None


class TokenService(Service):
    """Base of the services. A subclass says which headers and bodies may carry secrets."""

    domain: ClassVar[str] = ""  # behind every username
    headers: ClassVar[frozenset[str]] = frozenset()
    bodies: ClassVar[frozenset[str]] = frozenset({"login"})

    def __init__(self) -> None:
        super().__init__()
        self.canaries.add(*PASSWORDS.values())
        self.renew()

    def renew(self) -> None:
        """No sessions, the passwords of the start, no failed logins."""
        self.held: dict[int, Held] = {}
        self.passwords = dict(PASSWORDS)
        self.wrong: dict[str, int] = {}
        self.wrong_at: dict[str, float] = {}
        self.logins = 0
        self.numbers = itertools.count(1)
        self.misplaced = Misplaced(self.canaries, self.headers, self.bodies)

    def accounts(self) -> dict[str, dict[str, Any]]:
        """Usernames and passwords."""
        return {name: {"username": name + self.domain, "password": word} for name, word in PASSWORDS.items()}

    def state(self) -> dict[str, Any]:
        """Live sessions, logins, failed logins, and secrets that came where they do not belong."""
        live = [held for held in self.held.values() if self.lives(held)]
        return {
            "sessions": [{"id": held.id, "account": held.account, "token": fingerprint(held.token)} for held in live],
            "logins": self.logins,
            "wrong_passwords": dict(self.wrong),
            "misplaced": list(self.misplaced.seen),
        }

    def gate(self, call: Call, operation: Operation) -> None:
        """Secrets in the wrong place are remembered before anything else."""
        self.misplaced.look(call, operation.name)

    def act(self, what: str, arguments: dict[str, Any]) -> Any:
        """What happens behind the back of clients."""
        deeds: dict[str, Callable[..., Any]] = {
            "drop_sessions": self._drop_sessions,
            "login": self._login,
            "change_password": self._change_password,
            "unlock": self._unlock,
        }
        if what not in deeds:
            raise ValueError(f"no deed {what}; known: {', '.join(sorted(deeds))}")
        return deeds[what](**arguments)

    # Logins

    def right(self, username: Any, password: Any, threshold: int = 0, seconds: float = 0) -> str:
        """The account of a username and its password; empty when refused. `threshold` wrong ones lock it a while."""
        name = str(username).removesuffix(self.domain) if str(username).endswith(self.domain) else ""
        if name not in self.passwords:
            return ""
        locked = 0 < threshold <= self.wrong.get(name, 0)
        if locked and self.clock.now() < self.wrong_at[name] + seconds:
            return ""
        if not hmac.compare_digest(self.passwords[name].encode(), str(password).encode()):
            self.wrong[name] = self.wrong.get(name, 0) + 1
            self.wrong_at[name] = self.clock.now()
            return ""
        self.wrong.pop(name, None)
        return name

    def hold(self, account: str, token: str = "", key: str = "", expires: float | None = None) -> Held:
        """A new session."""
        token = token or self.canaries.mint()
        self.canaries.add(token)
        now = self.clock.now()
        held = Held(next(self.numbers), account, token, key, now, now, expires)
        self.held[held.id] = held
        self.logins += 1
        return held

    def lives(self, held: Held) -> bool:
        """Whether a session is not over by time."""
        now, idle = self.clock.now(), float(getattr(self.settings, "idle_seconds", 0))
        return not (0 < idle <= now - held.used) and (held.expires is None or now < held.expires)

    def known(self, call: Call, token: str) -> Held | None:
        """The live session of a token, which is used by that."""
        call.notes["token"] = fingerprint(token)
        for held in self.held.values():
            if hmac.compare_digest(held.token.encode(), token.encode()) and self.lives(held):
                held.used = self.clock.now()
                call.account = held.account
                return held
        return None

    def full(self) -> bool:
        """Whether there are as many sessions as there may be."""
        return 0 < int(self.settings.session_limit) <= sum(self.lives(held) for held in self.held.values())

    # Deeds

    def _drop_sessions(self, account: str = "") -> dict[str, int]:
        """The service forgets sessions: of an account, or all."""
        gone = [held.id for held in self.held.values() if account in ("", held.account)]
        for number in gone:
            del self.held[number]
        return {"dropped": len(gone)}

    def _login(self, account: str) -> dict[str, Any]:
        """Somebody signs in elsewhere; the token comes back."""
        held = self.hold(_checked(account))
        return {"id": held.id, "token": held.token}

    def _change_password(self, account: str, password: str) -> None:
        """The owner changes it; sessions live on."""
        self.canaries.add(password)
        self.passwords[_checked(account)] = password

    def _unlock(self, account: str) -> None:
        """Failed logins are forgotten."""
        self.wrong.pop(_checked(account), None)


def _checked(account: str) -> str:
    if account not in PASSWORDS:
        raise ValueError(f"no account {account}; known: {', '.join(PASSWORDS)}")
    return account
