# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs of tokens, and what a refresh does to them (Akiflow protocol page, sections 5, 7 and 9.5 to 9.8)."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...canaries import Canaries, fingerprint
from ...clock import Clock
from .refusals import grant_refused, unauthenticated

if TYPE_CHECKING:
    from .settings import AkiflowSettings

REFRESH_START = "def50200"
REFRESH_BYTES = 100
_INVALID = "The refresh token is invalid."


@dataclass(eq=False)
class Family:
    """One login and all that was refreshed out of it. The client id is that of its first caller or last refresh."""

    account: str
    client_id: str | None = None
    generation: int = 0


@dataclass(eq=False)
class Pair:
    """What one login or refresh gave. A dead token tells why."""

    family: Family
    access: str
    refresh: str
    access_expires: float
    refresh_expires: float
    access_dead: str = ""
    refresh_dead: str = ""


@dataclass
class TokenBook:
    """Every pair ever made; dead tokens stay known, so that their reuse is seen."""

    clock: Clock
    canaries: Canaries
    by_access: dict[str, Pair] = field(default_factory=dict)
    by_refresh: dict[str, Pair] = field(default_factory=dict)
    reused: list[dict[str, Any]] = field(default_factory=list)

    def open(self, account: str, settings: AkiflowSettings, client_id: str | None = None) -> Pair:
        """The first pair of a login."""
        return self._pair(Family(account, client_id), settings)

    def rotate(self, pair: Pair, settings: AkiflowSettings, client_id: str | None) -> Pair:
        """Section 9.6: the old pair dies at once."""
        family = pair.family
        family.generation += 1
        family.client_id = client_id
        if not settings.old_refresh_lives:
            pair.refresh_dead = "spent"
        if not settings.old_access_lives:
            pair.access_dead = "refreshed away"
        return self._pair(family, settings)

    def spend(self, refresh: str, settings: AkiflowSettings) -> Pair:
        """The pair of a live refresh token; reuse of a dead one is written down."""
        pair = self.by_refresh.get(refresh)
        if pair is None:
            raise self._dead(settings, "Cannot decrypt the refresh token", "unknown refresh token")
        if pair.refresh_dead:
            self._reuse(pair, settings)
            raise self._dead(settings, "Token has been revoked", f"{pair.refresh_dead} refresh token")
        if self.clock.now() >= pair.refresh_expires:
            raise self._dead(settings, "Token has expired", "expired refresh token")
        return pair

    def bearer(self, access: str) -> Pair:
        """The pair of a live access token."""
        pair = self.by_access.get(access)
        if pair is None:
            raise unauthenticated("unknown access token" if access else "no bearer token")
        if pair.access_dead:
            raise unauthenticated(f"access token {pair.access_dead}")
        if self.clock.now() >= pair.access_expires:
            raise unauthenticated("expired access token")
        return pair

    def live(self, account: str | None = None) -> list[Pair]:
        """Pairs whose refresh token is good, newest last."""
        now = self.clock.now()
        return [
            pair
            for pair in self.by_refresh.values()
            if not pair.refresh_dead and now < pair.refresh_expires and account in (None, pair.family.account)
        ]

    def of(self, account: str) -> list[Pair]:
        """Every pair of an account, dead ones too."""
        return [pair for pair in self.by_refresh.values() if pair.family.account == account]

    def revoke(self, family: Family) -> None:
        """Both tokens of all its pairs die."""
        for pair in self.by_refresh.values():
            if pair.family is family:
                pair.access_dead = pair.access_dead or "revoked"
                pair.refresh_dead = pair.refresh_dead or "revoked"

    def told(self, pair: Pair, settings: AkiflowSettings) -> dict[str, Any]:
        """The part that `/user/me` and a refresh have in common."""
        body: dict[str, Any] = {
            "token_type": "Bearer",
            "access_token": pair.access,
            "refresh_token": pair.refresh,
        }
        if settings.send_expires_in:
            body["expires_in"] = round(settings.told_ttl or max(0.0, pair.access_expires - self.clock.now()))
        return body

    def seen(self) -> list[dict[str, Any]]:
        """Live pairs, with no secret."""
        return [
            {
                "account": pair.family.account,
                "generation": pair.family.generation,
                "client_id": pair.family.client_id,
                "access": fingerprint(pair.access),
                "refresh": fingerprint(pair.refresh),
                "access_live": not pair.access_dead and self.clock.now() < pair.access_expires,
            }
            for pair in self.live()
        ]

    def _pair(self, family: Family, settings: AkiflowSettings) -> Pair:
        now = self.clock.now()
        pair = Pair(
            family=family,
            access=self._access(family, settings),
            refresh=REFRESH_START + secrets.token_hex(REFRESH_BYTES),
            access_expires=now + settings.access_ttl,
            refresh_expires=now + settings.refresh_ttl,
        )
        self.canaries.add(pair.refresh)
        self.by_access[pair.access] = pair
        self.by_refresh[pair.refresh] = pair
        return pair

    def _access(self, family: Family, settings: AkiflowSettings) -> str:
        """Section 9.8: shaped like the real ones; what looks like a signature is the secret part."""
        signature = self.canaries.mint() + self.canaries.mint()
        if settings.opaque_access:
            return signature
        now = self.clock.now()
        claims = {
            "aud": "10",
            "jti": secrets.token_hex(40),
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now + (settings.jwt_ttl or settings.access_ttl)),
            "sub": family.account,
            "scopes": [],
        }
        return ".".join((_part({"typ": "JWT", "alg": "RS256"}), _part(claims), signature))

    def _reuse(self, pair: Pair, settings: AkiflowSettings) -> None:
        record = {"account": pair.family.account, "refresh": fingerprint(pair.refresh), "why": pair.refresh_dead}
        self.reused.append(record)
        if settings.revoke_on_reuse:
            self.revoke(pair.family)

    @staticmethod
    def _dead(settings: AkiflowSettings, hint: str, reason: str) -> Exception:
        status = settings.dead_refresh_status
        error = "invalid_grant" if status == 400 else "invalid_request"
        return grant_refused(status, error, _INVALID, hint, reason)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()
