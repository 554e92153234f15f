# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins that wait for their code, and the throttle of mails (Akiflow protocol page, sections 4, 8, 9.3 and 9.4)."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field

from ...canaries import Canaries
from ...clock import Clock
from .accounts import Account
from .cookies import CookieSession
from .refusals import too_many


@dataclass(eq=False)
class Login:
    """One that was begun. `token` and `signature` are in the address that takes the code."""

    token: str
    signature: str
    account: Account
    email: str
    remember: bool
    session: CookieSession
    code: str
    expires: float
    wrong: int = 0
    done: bool = False
    replaced: bool = False


@dataclass
class LoginDesk:
    """Begins logins and finishes each at most once."""

    clock: Clock
    canaries: Canaries
    begun: dict[str, Login] = field(default_factory=dict)
    mails: dict[str, int] = field(default_factory=dict)
    recent: dict[str, list[float]] = field(default_factory=dict)

    def throttle(self, email: str, limit: int, seconds: float) -> None:
        """Section 9.3: so many mails in so many seconds."""
        now = self.clock.now()
        recent = [time for time in self.recent.get(email, ()) if now - time < seconds]
        self.recent[email] = recent
        if len(recent) >= limit:
            raise too_many(max(1, math.ceil(recent[0] + seconds - now)))
        recent.append(now)

    def begin(self, account: Account, email: str, remember: bool, session: CookieSession, ttl: float) -> Login:
        """A new code and an address for it."""
        login = Login(
            token=self.canaries.mint(),
            signature=self.canaries.mint(),
            account=account,
            email=email,
            remember=remember,
            session=session,
            code=self.new_code(),
            expires=self.clock.now() + ttl,
        )
        self.begun[login.token] = login
        self.mails[account.username] = self.mails.get(account.username, 0) + 1
        return login

    def replace(self, account: Account) -> None:
        """Section 8: a newer mail makes earlier codes useless."""
        for login in self.of(account.username):
            login.replaced = True

    def problem(self, login: Login, email: str, code: str, limit: int) -> str | None:
        """Section 9.4: why the code is refused; None when it is accepted, and then used up."""
        if login.done:
            return "the code was used already"
        if login.wrong >= limit:
            return "too many wrong codes"
        if login.replaced:
            return "a newer code was sent"
        if self.clock.now() >= login.expires:
            return "the code has expired"
        if email != login.email:
            return "another e-mail address"
        if not secrets.compare_digest(code.encode(), login.code.encode()):
            login.wrong += 1
            return "wrong code"
        login.done = True
        return None

    def of(self, username: str) -> list[Login]:
        """The logins of an account that wait."""
        return [login for login in self.begun.values() if login.account.username == username and not login.done]

    def new_code(self) -> str:
        """Six digits, zeros in front of them too. No canary: six digits are in many a time stamp by chance."""
        return f"{secrets.randbelow(1_000_000):06d}"
