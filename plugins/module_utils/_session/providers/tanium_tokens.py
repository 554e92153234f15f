# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""API tokens of Tanium: listed, minted, rotated and revoked (Tanium page, section 3.3)."""

from __future__ import annotations

import abc
import datetime
import math
import re
import typing as t

from .. import secrets
from ..credential import Credential, Query
from ..errors import Failure
from ..signals import deferred
from ..transport import READ, Patience, Reply
from ..vault import Raw, Vault
from ..warm import timestamp
from .keeper import Keeper

if t.TYPE_CHECKING:
    from ..record import Record

TOKENS = "/api/v2/api_tokens"
_NOTHING_DONE = frozenset({400, 401, 403, 404, 429, 503})  # replies after which a token is what it was
DAYS = 7  # the service's default
DAYS_FIELD, ADDRESSES_FIELD = "expire_in_days", "trusted_ip_addresses"


class TaniumTokens(Keeper):
    """The half of the provider that knows API tokens.

    The service shows a token's value once. So what is minted or rotated here is kept in the store, as a note, before
    anybody is told.
    """

    @abc.abstractmethod
    def call(
        self, method: str, path: str, record: Record | None, *, body: t.Any = None, patience: Patience = READ
    ) -> t.Any:
        """One REST call, as an open session if there is one. Returns what is under `data`."""

    # As credentials

    def fetch(self, record: Record, kind: str) -> list[dict[str, t.Any]]:
        """All API tokens that the session may see."""
        listed = self.call("GET", TOKENS, record, patience=READ)
        if not isinstance(listed, list) or not all(_whole(item) for item in listed):
            raise self.lacking("list of API tokens")
        return listed

    def unlock_keys(self, record: Record) -> dict[str, t.Any]:
        """The values that are known here, by id."""
        return dict(self._known()["values"])

    def search(self, query: Query, vault: Vault) -> tuple[list[Raw], list[Failure]]:
        """By id or by label, which is what the service calls notes."""
        if query.url or query.tag or query.folder or query.username:
            raise Failure("definition", "An API token has an id and a label; it cannot be asked for by anything else.")
        wanted = {text for text in (query.term, query.id) if text}
        return [
            raw
            for raw in vault.items("token")
            if (not wanted or wanted == {str(raw["id"])} or (not query.id and query.term == _label(raw)))
            and (not query.label or query.label == _label(raw))
        ], []

    def kept(self, found: t.Iterable[Raw], vault: Vault) -> dict[str, list[Raw]]:
        return {}

    def credential(self, raw: Raw, vault: Vault) -> Credential:
        """A token; its value is empty where it was not minted here."""
        id_ = str(raw["id"])
        shown = {"expiration": raw.get("expiration"), ADDRESSES_FIELD: raw.get(ADDRESSES_FIELD)}
        fields = ({"label": key, "type": "data", "value": str(value)} for key, value in shown.items() if value)
        return Credential(
            id=id_, label=_label(raw), password=str(vault.keys().get(id_, "")), custom_fields=tuple(fields), raw=raw
        )

    def show(self, record: Record, id_: str) -> dict[str, t.Any]:
        found = [raw for raw in self.fetch(record, "token") if str(raw["id"]) == id_]
        if not found:
            raise self.lacking(f"API token {id_}")
        return found[0]

    def generate(self, record: Record, strength: int, numbers: bool, special: bool) -> str:
        """The service makes the value of a token when it mints or rotates it."""
        return ""

    def create(self, record: Record, wanted: t.Mapping[str, t.Any], vault: Vault) -> str:
        if wanted.get("password"):
            raise Failure("definition", "The value of an API token is made by Tanium.", hint="Use generate.")
        given = {item["label"]: item["value"] for item in wanted.get("custom_fields") or ()}
        days, addresses = given.get(DAYS_FIELD, str(DAYS)), given.get(ADDRESSES_FIELD, "")
        if not re.fullmatch(r"[1-9][0-9]{0,3}", days) or not addresses:
            raise Failure(
                "definition",
                f"An API token takes custom_fields {ADDRESSES_FIELD} (addresses, joined by commas) and {DAYS_FIELD}.",
            )
        return self.mint(record, str(wanted["label"]), int(days), addresses.split(","))[0]

    def change(self, record: Record, found: Credential, wanted: t.Mapping[str, t.Any], vault: Vault) -> str:
        """A new value is a rotation; nothing else of a token can be changed."""
        if set(wanted) != {"password"} or wanted["password"]:
            raise Failure(
                "unsupported", "An API token cannot be changed, only rotated.", hint="Revoke it, and mint another."
            )
        value = str(vault.keys().get(found.id, ""))
        if not value:
            why = self._lost() or "It was not minted here"
            raise Failure(
                "unsupported",
                f"The value of API token {found.label!r} ({found.id}), which rotating takes, is not known. {why}.",
                hint="Revoke it, and mint another.",
            )
        return self.rotate(value, found.id)[0]

    def remove(self, record: Record, found: Credential, purge: bool) -> None:
        self.revoke_token(record, found.id)

    # On the wire

    def mint(self, record: Record, notes: str, days: int, addresses: t.Iterable[str]) -> tuple[str, str]:
        """A new token's id and value, which the store knows before anybody else does.

        That it is asked for is in the store before: what cannot be kept there is not minted.
        """
        trusted = ",".join(address.strip() for address in addresses)
        body = {"notes": notes, DAYS_FIELD: days, ADDRESSES_FIELD: trusted}
        self.store.update({"minting_at": self.clock()}, *self._note)
        with deferred():
            return self._kept(self.call("POST", TOKENS, record, body=body, patience=Patience(attempts=1)))

    def rotate(self, value: str, id_: str = "") -> tuple[str, str]:
        """A new token for an old one, which is dead then (pitfall P10). Its id and value; the id may change, too.

        That it was sent is in the store before, so that a lost answer can be explained.
        """
        interrupted = self._known().get("rotating") or {}
        self.store.update({"rotating": {"id": id_, "at": self.clock()}}, *self._note)
        try:
            with deferred():
                reply = self.call("PATCH", TOKENS, None, body={"token_string": value}, patience=Patience(attempts=1))
                return self._kept(reply, value, id_)
        except Failure as failure:
            if not failure.sent or failure.http_code in _NOTHING_DONE:
                self.store.update({"rotating": interrupted}, *self._note)
            if interrupted.get("id") == id_ and failure.http_code in (400, 401, 403, 404):
                failure.message = (
                    f"A rotation of API token {id_}, sent at {timestamp(interrupted['at'])}, got no answer: "
                    "the service has changed the token, and the new one never arrived."
                )
                failure.hint = "Mint another one."
            raise

    def _lost(self) -> str:
        """What was sent and got no answer; empty when nothing was."""
        known = self._known()
        rotating, minting_at = known.get("rotating") or {}, known.get("minting_at")
        if not rotating and not minting_at:
            return ""
        what = f"A rotation of API token {rotating['id']}" if rotating else "A request for a new API token"
        sent_at = timestamp(rotating["at"] if rotating else minting_at)
        return f"{what}, sent at {sent_at}, got no answer, and this may be what came of it"

    def interrupted(self, id_: str) -> bool:
        """Whether a rotation of a token was sent whose answer has not been stored."""
        return bool(id_) and (self._known().get("rotating") or {}).get("id") == id_

    def newest(self, value: str, id_: str) -> tuple[str, str]:
        """What a token was rotated to here, if it was: its value and id."""
        known, followed = self._known(), set()
        while (digest := self._digest(value)) in known["successors"] and digest not in followed:
            followed.add(digest)
            id_ = known["successors"][digest]
            value = known["values"].get(id_, value)
        return value, id_

    def revoke_token(self, record: Record, id_: str) -> None:
        """End a token. That the service does not know it is a success; so is, for a token that ends itself, 401."""
        own = str(record.data.get("api_token_id") or "") == id_
        try:
            self.call("DELETE", f"{TOKENS}/{id_}", record, patience=READ)
        except Failure as failure:
            if failure.http_code != 404 and not (own and failure.http_code == 401):
                raise
        self._change(lambda values, successors: values.pop(id_, None))

    def _kept(self, minted: t.Any, old: str = "", old_id: str = "") -> tuple[str, str]:
        id_ = str(minted["id"]) if _whole(minted) else ""
        value = minted.get("token_string") if isinstance(minted, dict) else None
        if not id_ or not isinstance(value, str) or not re.fullmatch(r"token-[!-~]{1,500}", value):
            raise self.lacking("API token")
        secrets.add(value)

        def keep(values: dict[str, str], successors: dict[str, str]) -> None:
            values.pop(old_id, None)
            values[id_] = value
            if old:
                successors[self._digest(old)] = id_

        self._change(keep)
        return id_, value

    def _known(self) -> dict[str, t.Any]:
        return {"values": {}, "successors": {}, **self.store.recall(*self._note)}

    def _change(self, change: t.Callable[[dict[str, str], dict[str, str]], t.Any]) -> None:
        """Change what is kept of tokens, durably; a rotation that was on its way has arrived then."""
        with self.store.lock(self.store.note_key(*self._note)):
            known = self._known()
            change(known["values"], known["successors"])
            self.store.remember({"values": known["values"], "successors": known["successors"]}, *self._note)

    def _digest(self, value: str) -> str:
        return self.store.key.digest("api-token", self.transport.origin, value)

    @property
    def _note(self) -> tuple[str, str, str]:
        return ("api-tokens", self.transport.origin, self.account())


def days_of(lifetime: float | None) -> int:
    """A life in days, rounded up; the service's default where none is given."""
    return DAYS if lifetime is None else max(1, math.ceil(lifetime / 86400))


def seconds_until(reply: Reply, now: float) -> float | None:
    """Seconds until the expiration that a token's description names (section 2); None where it names none."""
    facts = reply.json()
    data = facts.get("data") if isinstance(facts, dict) else None
    found = data.get("expiration") if isinstance(data, dict) else None
    try:
        moment = datetime.datetime.strptime(str(found), "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return None
    return max(moment.timestamp() - now, 0.0)


def _whole(raw: t.Any) -> bool:
    return isinstance(raw, dict) and isinstance(raw.get("id"), (int, str)) and not isinstance(raw["id"], bool)


def _label(raw: Raw) -> str:
    return str(raw.get("notes") or "")
