# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What is kept of an open session: a value, without I/O."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field, fields, replace

from . import warm

PENDING = "pending"
ACTIVE = "active"
LOCKED = "locked"
EXPIRED = "expired"
FAILED = "failed"
STATES = (PENDING, ACTIVE, LOCKED, EXPIRED, FAILED)


@dataclass(frozen=True)
class Grant:
    """What a provider's operation changed about a session; None leaves a thing as it was.

    :param tokens: all secrets of the session, by name (`access_token`, `refresh_token`, ...).
    :param uid: the service's own public id of the session.
    :param scopes: what the session may do.
    :param lifetime: seconds that the new tokens live; None when the service did not say. Read only with `tokens`.
    :param state: one of pending, active, locked, expired, failed.
    :param account: the account that the service says this is.
    :param data: the provider's own facts, merged into the record's.
    :param unlocked: keys that open what the session gives access to. The record does not keep them; only the cache of
        credentials does, for its time.
    """

    tokens: t.Mapping[str, str] | None = field(default=None, repr=False)
    uid: str | None = None
    scopes: tuple[str, ...] | None = None
    lifetime: float | None = None
    state: str | None = None
    account: str | None = None
    data: t.Mapping[str, t.Any] | None = None
    unlocked: t.Mapping[str, t.Any] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Record:
    """One session. Times are seconds since the epoch.

    :param proof: keyed digests of the definition's lasting secrets, so that another password never gets these tokens.
    :param revision: counts changes; compare-and-swap key of the stores.
    :param options: the definition's options that are no secrets, so that the name alone is enough afterwards.
    :param data: the provider's own facts; what it shows of them is under `details`.
    :param refresh_sent_at: when a refresh was sent whose answer has not been stored.
    :param headers: what makes a request one of this session; kept so that a warm lookup needs no provider.
    :param seen: fingerprints of definitions, as written, that were found to be this session's (see warm.py).
    """

    name: str
    provider: str
    origin: str
    account: str = ""
    proof: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    revision: int = 0
    state: str = ACTIVE
    tokens: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    uid: str = ""
    scopes: tuple[str, ...] = ()
    opened_at: float = 0.0
    issued_at: float = 0.0
    expires_at: float | None = None
    parent: str = ""
    options: t.Mapping[str, t.Any] = field(default_factory=dict)
    data: t.Mapping[str, t.Any] = field(default_factory=dict, repr=False)
    refresh_sent_at: float | None = None
    headers: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    seen: tuple[str, ...] = ()

    @property
    def lifetime(self) -> float | None:
        """Seconds that the service gave the present tokens; None when it did not say."""
        return None if self.expires_at is None else self.expires_at - self.issued_at

    @property
    def renewable(self) -> bool:
        """Whether there are tokens that a refresh could make new."""
        return bool(self.tokens) and self.state in (ACTIVE, LOCKED)

    def overdue(self, now: float) -> bool:
        """Whether the tokens are known to have expired."""
        return self.expires_at is not None and self.expires_at <= now

    def fresh(self, now: float, min_ttl: float = 0.0) -> bool:
        """Whether the tokens can be used without asking the service.

        :param now: the present time.
        :param min_ttl: seconds that they must live at least.
        """
        if self.refresh_sent_at is not None:  # the service may have changed the tokens
            return False
        return warm.fresh(self.state, self.tokens, self.issued_at, self.expires_at, now, min_ttl)

    def granted(self, grant: Grant, now: float) -> Record:
        """This record after an operation, with the next revision."""
        changed = replace(
            self,
            revision=self.revision + 1,
            refresh_sent_at=None,
            uid=self.uid if grant.uid is None else grant.uid,
            scopes=self.scopes if grant.scopes is None else tuple(grant.scopes),
            state=self.state if grant.state is None else grant.state,
            account=self.account if grant.account is None else grant.account,
            data=self.data if grant.data is None else {**self.data, **grant.data},
        )
        if grant.tokens is None:
            return changed
        expires_at = None if grant.lifetime is None else now + grant.lifetime
        return replace(changed, tokens=dict(grant.tokens), issued_at=now, expires_at=expires_at)

    def ended(self, state: str = EXPIRED) -> Record:
        """This record when the service has ended the session: its dead tokens are dropped, its name stays."""
        return replace(self, revision=self.revision + 1, tokens={}, headers={}, state=state, expires_at=None)

    def facts(self) -> dict[str, t.Any]:
        """What tasks return about a session: no secret, nothing that changes by merely looking."""
        return {
            "name": self.name,
            "provider": self.provider,
            "origin": self.origin,
            "account": self.account,
            "state": self.state,
            "uid": self.uid,
            "scopes": list(self.scopes),
            "opened_at": warm.timestamp(self.opened_at),
            "expires_at": warm.timestamp(self.expires_at),
            "revision": self.revision,
            "parent": self.parent or None,
            "details": dict(self.data.get("details") or {}),
        }

    def as_dict(self) -> dict[str, t.Any]:
        """Everything, for a store to seal."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: t.Mapping[str, t.Any]) -> Record:
        """The inverse of `as_dict`. Keys of later versions are ignored.

        :raises TypeError, ValueError: when it is no record.
        """
        known = {item.name: values[item.name] for item in fields(cls) if item.name in values}
        for name, value in known.items():
            if not isinstance(value, _TYPES[name]) or isinstance(value, bool):
                raise TypeError(f"{name} is no {_TYPES[name]}")
        record = cls(**known)
        if record.state not in STATES or not all(
            isinstance(item, str) for item in (*record.scopes, *record.tokens.values(), *record.seen)
        ):
            raise ValueError("no record")
        return replace(record, scopes=tuple(record.scopes), seen=tuple(record.seen))


_TYPES: dict[str, t.Any] = {
    **dict.fromkeys(("name", "provider", "origin", "account", "state", "uid", "parent"), str),
    **dict.fromkeys(("proof", "tokens", "options", "data", "headers"), dict),
    **dict.fromkeys(("opened_at", "issued_at"), (int, float)),
    **dict.fromkeys(("expires_at", "refresh_sent_at"), (int, float, type(None))),
    "revision": int,
    "scopes": (list, tuple),
    "seen": (list, tuple),
}
