# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests do behind the back of clients, through the control route `act`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .accounts import ACCOUNTS, Account, encoded
from .tokens import Token
from .world import LOOPBACK, World


class Deeds:
    """One method for each deed; the first argument is always the account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._deeds: dict[str, Callable[..., Any]] = {
            "change_password": self._change_password,
            "create_token": self._create_token,
            "disable": self._disable,
            "drop_sessions": self._drop_sessions,
            "lock": self._lock,
            "login": self._login,
            "replace_sessions": self._replace_sessions,
            "revoke_tokens": self._revoke_tokens,
            "rotate_token": self._rotate_token,
            "trust": self._trust,
            "unlock": self._unlock,
        }

    def do(self, what: str, arguments: dict[str, Any]) -> Any:
        """Do it; what came of it."""
        if what not in self._deeds:
            raise ValueError(f"no deed {what}; known: {', '.join(sorted(self._deeds))}")
        account = arguments.pop("account")
        if account not in ACCOUNTS:
            raise ValueError(f"no account {account}; known: {', '.join(ACCOUNTS)}")
        return self._deeds[what](ACCOUNTS[account], **arguments)

    def _login(self, account: Account, group: int | None = None) -> dict[str, str]:
        """Somebody logs in elsewhere, and hands the session over."""
        return {"session": self._world.sessions.open(account.username, account.uid, group).value}

    def _drop_sessions(self, account: Account) -> dict[str, int]:
        """The server forgets every session of the account."""
        return {"dropped": self._world.sessions.end_all(account.username)}

    def _replace_sessions(self, account: Account) -> dict[str, int]:
        """Every session of the account gets another string that nobody is told."""
        found = self._world.sessions.of(account.username)
        for session in found:
            self._world.sessions.replace(session)
        return {"replaced": len(found)}

    def _change_password(self, account: Account, password: str) -> None:
        """Another password; sessions live on."""
        self._world.service.canaries.add(password, encoded(password))
        self._world.login.passwords[account.username] = password

    def _disable(self, account: Account, disabled: bool = True) -> None:
        """The user is deleted, or comes back; no login, no session, no token."""
        if not disabled:
            self._world.login.disabled.discard(account.username)
            return
        self._world.login.disabled.add(account.username)
        self._world.sessions.end_all(account.username)

    def _lock(self, account: Account) -> None:
        """The directory locks the account."""
        self._world.login.wrong[account.username] = max(1, self._world.settings.max_wrong_passwords)

    def _unlock(self, account: Account) -> None:
        """The directory forgets wrong passwords."""
        self._world.login.wrong.pop(account.username, None)

    def _create_token(
        self, account: Account, notes: str = "", days: int | None = None, addresses: str = LOOPBACK
    ) -> dict[str, Any]:
        """A token from the Console: its string comes back."""
        life = self._world.settings.token_days if days is None else days
        return self._world.tokens.create(account.username, notes, life, addresses).shown()

    def _rotate_token(self, account: Account, id: int) -> dict[str, Any]:  # noqa: A002 (the API's own word)
        """Somebody else rotates: the old string is dead, the new one comes back."""
        return self._world.tokens.rotate(self._token(account, id)).shown()

    def _revoke_tokens(self, account: Account, id: int | None = None) -> dict[str, int]:  # noqa: A002
        """One token, or all of the account."""
        found = self._world.tokens.of(account.username) if id is None else [self._token(account, id)]
        for token in found:
            self._world.tokens.revoke(token)
        return {"revoked": len(found)}

    def _trust(self, account: Account, addresses: str) -> dict[str, int]:
        """Other trusted addresses for all tokens of the account."""
        return {"changed": self._world.tokens.trust(account.username, addresses)}

    def _token(self, account: Account, identifier: int) -> Token:
        token = self._world.tokens.get(account.username, identifier)
        if token is None:
            raise ValueError(f"no token {identifier}")
        return token
