# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests do behind the back of clients, through the control route `act`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from .accounts import ACCOUNTS, Account
from .mails import Letter
from .objects import KINDS
from .world import World

Told = dict[str, Any]


class Deeds:
    """One method for each deed; the first argument is always the account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._deeds: dict[str, Callable[..., Any]] = {
            "deliver": self._deliver,
            "drop_sessions": self._drop_sessions,
            "expire_access": self._expire_access,
            "expire_code": self._expire_code,
            "expire_refresh": self._expire_refresh,
            "login": self._login,
            "read": self._read,
            "refresh": self._refresh,
            "refuse": self._refuse,
            "revoke": self._revoke,
            "seed": self._seed,
            "send_mail": self._send_mail,
            "unthrottle": self._unthrottle,
        }

    def do(self, what: str, arguments: dict[str, Any]) -> Any:
        """Do it; what came of it."""
        if what not in self._deeds:
            raise ValueError(f"no deed {what}; known: {', '.join(sorted(self._deeds))}")
        account = arguments.pop("account")
        if account not in ACCOUNTS:
            raise ValueError(f"no account {account}; known: {', '.join(ACCOUNTS)}")
        return self._deeds[what](ACCOUNTS[account], **arguments)

    def _login(self, account: Account, client_id: str | None = None) -> Told:
        """Somebody signs in elsewhere, and hands the pair over."""
        settings = self._world.settings
        return self._world.tokens.told(self._world.tokens.open(account.username, settings, client_id), settings)

    def _refresh(
        self, account: Account, refresh_token: str | None = None, client_id: str | None = None
    ) -> dict[str, Any]:
        """Somebody else refreshes, the newest pair unless told another: it is dead, the new one comes back."""
        tokens, settings = self._world.tokens, self._world.settings
        live = [pair for pair in tokens.live(account.username) if refresh_token in (None, pair.refresh)]
        if not live:
            raise ValueError("no such live refresh token")
        old = live[-1]
        return tokens.told(tokens.rotate(old, settings, client_id or old.family.client_id), settings)

    def _revoke(self, account: Account) -> dict[str, int]:
        """Every token of the account dies."""
        live = self._world.tokens.live(account.username)
        for pair in live:
            self._world.tokens.revoke(pair.family)
        return {"revoked": len(live)}

    def _expire_access(self, account: Account) -> None:
        """The access tokens of the account have expired; their refresh tokens live."""
        for pair in self._world.tokens.of(account.username):
            pair.access_expires = min(pair.access_expires, self._world.clock.now())

    def _expire_refresh(self, account: Account) -> None:
        """Both tokens of all its pairs have expired."""
        self._expire_access(account)
        for pair in self._world.tokens.of(account.username):
            pair.refresh_expires = min(pair.refresh_expires, self._world.clock.now())

    def _expire_code(self, account: Account) -> None:
        """The codes that wait have expired."""
        for login in self._world.login.of(account.username):
            login.expires = min(login.expires, self._world.clock.now())

    def _drop_sessions(self, account: Account) -> dict[str, int]:
        """The web host forgets every cookie session, of whoever it is: before the code they belong to nobody."""
        return {"dropped": self._world.cookies.drop()}

    def _refuse(self, account: Account, refused: bool = True) -> None:
        """No code for this address any more, or again."""
        (self._world.refused.add if refused else self._world.refused.discard)(account.username)

    def _unthrottle(self, account: Account) -> None:
        """The throttle forgets its mails."""
        self._world.login.recent.pop(account.email, None)

    def _send_mail(
        self,
        account: Account,
        code: str | None = None,
        variant: str = "multipart",
        sender: str | None = None,
        to: str | None = None,
    ) -> dict[str, str]:
        """One more mail, which no login asked for; its code opens nothing."""
        world = self._world
        if code is None:
            code = world.login.new_code()
        letter = Letter(to or account.email, code, sender or world.settings.mail_sender, variant)
        world.post.deliver(letter, world.settings.maildir, hold=world.settings.hold_mails)
        return {"code": code}

    def _deliver(self, account: Account) -> dict[str, int]:
        """Mails that were held arrive."""
        return {"delivered": self._world.post.release()}

    def _seed(self, account: Account, tasks: int = 0, labels: int = 0, prefix: str = "seeded") -> dict[str, list[str]]:
        """So many objects; the ids come back."""
        made: dict[str, list[str]] = {}
        for kind, count in (("tasks", tasks), ("labels", labels)):
            shelf = self._world.objects.shelf(account.username, kind)
            items = [{"id": str(uuid.uuid4()), "title": f"{prefix} {number}"} for number in range(1, count + 1)]
            made[kind] = [shelf.put(item)["id"] for item in items]
        return made

    def _read(self, account: Account, kind: str = "tasks") -> list[dict[str, Any]]:
        """Every object of a kind."""
        if kind not in KINDS:
            raise ValueError(f"no kind {kind}; known: {', '.join(KINDS)}")
        return list(self._world.objects.shelf(account.username, kind).items.values())
