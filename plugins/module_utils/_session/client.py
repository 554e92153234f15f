# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The session client: opens, keeps, refreshes, forks and closes sessions, each once however many ask."""

from __future__ import annotations

import time
import typing as t
from dataclasses import replace
from functools import partial

from . import identity, runs, secrets, tally
from .cache import Cache
from .definition import Definition, check_name
from .errors import Failure
from .flights import Flights
from .operations import Operations
from .outcome import NotInCheckMode, Outcome
from .record import ACTIVE, EXPIRED, FAILED, LOCKED, PENDING, Record
from .signals import deferred

if t.TYPE_CHECKING:
    from .providers.base import ForkRequest, Provider
    from .stores.sealed import SealedStore

T = t.TypeVar("T")

MOST_SEEN = 16
"""How many ways to write one definition a record remembers."""


class Client:
    """Sessions in one store.

    :param store: where their records are.
    :param check_mode: when true nothing is changed, here or at a service, and outcomes are predictions.
    :param force: send a secret again that the service refused; forget a session that it does not end.
    :param warn: told what a user should know although nothing failed.
    :param say: shows a line to the user, for waits that somebody would notice.
    """

    def __init__(
        self,
        store: SealedStore,
        *,
        check_mode: bool = False,
        force: bool = False,
        warn: t.Callable[[str], None] = lambda message: None,
        say: t.Callable[[str], None] = lambda message: None,
        clock: t.Callable[[], float] = time.time,
        sleep: t.Callable[[float], None] = time.sleep,
    ) -> None:
        self.store = store
        self.check_mode = check_mode
        self.force = force
        self.warn = warn
        self.say = say
        self.clock = clock
        self._flights = Flights(store, say)
        self._operations = Operations(store, force=force, warn=warn, say=say, clock=clock, sleep=sleep)

    # Looking

    def find(self, name: str, definition: Definition | None = None) -> Record | None:
        """The record of a name, after checking that it belongs to the definition. Never changes anything.

        :raises Failure: `conflict` when it belongs to another provider, origin or account.
        """
        record = self.store.read(check_name(name))
        if record is not None:
            secrets.add(*record.tokens.values())
            if definition is not None:
                identity.check(record, definition)
        return record

    def names(self) -> list[str]:
        return self.store.names()

    def remote_sessions(
        self, name: str, definition: Definition | None = None, filters: t.Mapping[str, t.Any] | None = None
    ) -> list[dict[str, t.Any]]:
        """The account's sessions as the service lists them. Uses the session as it is: neither opens nor refreshes it.

        :raises Failure: `authentication_needed` when it is not usable.
        """
        record = self.find(name, definition)
        if record is None or not record.fresh(self.clock()):
            raise Failure(
                "authentication_needed",
                f"Session {name!r} is not open, or its token is stale.",
                hint="Open it first with gatehouse.api.session.",
            )
        provider = self.provider(record, definition)
        unknown = sorted(set(filters or {}) - set(provider.filters))
        if unknown:
            raise Failure(
                "unsupported",
                f"{provider.title} cannot filter its sessions by {' or '.join(unknown)}.",
                hint=f"It can by: {', '.join(provider.filters) or 'nothing'}.",
            )
        return provider.sessions(record, filters)

    # Ensuring

    def ensure(
        self, name: str, definition: Definition | None = None, min_ttl: float = 0.0, searched: t.Any = None
    ) -> Outcome:
        """A session whose tokens live at least `min_ttl` seconds more (promises 1 to 3).

        :param definition: how to open it; without one an existing record must do.
        :param min_ttl: seconds.
        :param searched: what was searched for a definition in vain, as JSON takes it, to know it again cheaply.
        :returns: its outcome; `changed` only for the one caller that did the work.
        :raises Failure: of any kind.
        """
        before = self.find(name, definition)
        if before is not None and self._operations.usable(before, definition, min_ttl):
            tally.add(tally.REUSED, before.data.get("login_requests", 1))
            return Outcome(False, before, self._known(before, definition, searched))
        if self.check_mode:
            return Outcome(True, before, self._predicted(name, definition, before))
        identity.effective(name, definition, before)  # a name that nobody defined fails before it leaves a lock file
        with self._flight(name, definition, "ensure"):
            record = self.find(name, definition)
            if record is not None and self._operations.usable(record, definition, min_ttl):
                tally.add(tally.REUSED, record.data.get("login_requests", 1))
                return Outcome(False, before, record)
            record = self._operations.usable_now(name, definition, record)
            self._operations.usable(record, definition, min_ttl)
            return Outcome(True, before, record)

    def refreshed(self, name: str, definition: Definition | None = None) -> Outcome:
        """A session with tokens newer than the ones found, or a newly opened one."""
        before = self.find(name, definition)
        if before is None or not before.fresh(self.clock()):
            return self.ensure(name, definition)
        if self.check_mode:
            return Outcome(True, before, before)
        return Outcome(True, before, self._renewed(name, definition, before.revision))

    def locked(self, name: str, definition: Definition | None = None) -> Outcome:
        """An open session without its elevated rights."""
        return self._elevation(name, definition, wanted=False)

    def unlocked(self, name: str, definition: Definition | None = None) -> Outcome:
        """An open session with its elevated rights."""
        return self._elevation(name, definition, wanted=True)

    def absent(self, name: str, definition: Definition | None = None, lease: str = "") -> Outcome:
        """No session: signed out at the service, its record removed, its dependent children marked as ended.

        :param lease: only if no run goes on that uses the session, this one (its id) aside.
        :raises Failure: when the service cannot be asked; the record is then kept, unless forced.
        """
        before = self.find(name, definition)
        if before is None or self.check_mode:
            return Outcome(before is not None, before, None)
        with self._flights.lock(name):
            record = self.find(name, definition)
            if record is None:
                return Outcome(False, before, None)
            if lease and runs.held(record.data.get("leases") or {}, self.clock(), but=lease):
                return Outcome(False, before, record)
            try:
                self._operations.closed(record, definition)
            except Failure as failure:
                if not self.force:
                    raise
                self.warn(f"Session {name!r} is forgotten, but may still be open at the service: {failure.message}")
            self.store.delete(name)
        Cache.of(self.store, record, self.clock).drop()
        self._end_children(name)
        return Outcome(True, before, None)

    # Using

    def use(
        self,
        name: str,
        definition: Definition | None,
        operation: t.Callable[[Provider, Record], T],
        stale: t.Callable[[Provider, T], bool] = lambda provider, result: False,
    ) -> tuple[T, Record]:
        """Do something as a session, and again with newer tokens when the service says that they are stale.

        :param operation: given the provider and the record.
        :param stale: whether a result means that the tokens were stale; a Failure with one of the provider's
            `stale_codes` always does.
        :returns: the last result, and the record that it was made with.
        :raises NotInCheckMode: when the session would have to be opened or renewed first, in check mode.
        :raises Failure: of any kind.
        """
        return self._with_retry(
            self.usable(name, definition),
            definition,
            lambda provider, found: self._watched(provider, found, operation),
            stale,
            lambda old: self._renewed(name, definition, old.revision),
        )

    def usable(self, name: str, definition: Definition | None) -> Record:
        """The record of a session that can be used.

        :raises NotInCheckMode: when it would have to be opened or renewed first, in check mode.
        :raises Failure: of any kind.
        """
        outcome = self.ensure(name, definition)
        if outcome.changed and self.check_mode:
            raise NotInCheckMode(name)
        return t.cast(Record, outcome.after)

    def _watched(self, provider: Provider, record: Record, operation: t.Callable[[Provider, Record], T]) -> T:
        """Do something as a session, and keep what the service lets slip about the session itself."""
        try:
            return operation(provider, record)
        except Failure as failure:
            self.refused(provider, record, failure)
            raise
        finally:
            if provider.learned is not None and not self.check_mode:
                with self._flights.lock(record.name):
                    self._operations.learned(record, provider.learned)

    def refused(self, provider: Provider, record: Record, failure: Failure) -> None:
        """Remember a secret if it is what a service refused in the middle of a session (promise 4)."""
        if failure.kind == "credentials_rejected" and failure.rejected:
            self._operations.refused(provider, record, failure)

    def provider(self, record: Record, definition: Definition | None = None) -> Provider:
        """The provider of a record, for what it knows about its API."""
        return self._operations.provider(record, definition)

    def headers(self, record: Record, definition: Definition | None = None) -> dict[str, str]:
        """What makes a request one of this session."""
        return self.provider(record, definition).headers(record)

    # Children

    def forked(self, name: str, parent: str, definition: Definition | None, request: ForkRequest) -> Outcome:
        """A child session of `parent`, in the same store; minted again when it has ended.

        :param definition: the parent's.
        :raises Failure: `conflict` when the name belongs to another session.
        """
        if name == parent:
            raise Failure("definition", f"Session {name!r} cannot be its own child.", hint="Choose another name.")
        before = self._child(name, parent)
        if before is not None and before.fresh(self.clock()):
            return Outcome(False, before, before)
        if self.check_mode:
            origin = t.cast(Record, self.ensure(parent, definition).after)
            return Outcome(True, before, before or replace(origin, name=name, parent=parent, uid="", revision=0))
        with self._flight(name, definition, "fork"):
            record = self._child(name, parent)
            if record is not None and record.fresh(self.clock()):
                return Outcome(False, before, record)
            if record is not None and record.tokens and self.provider(record).refreshable(record):
                try:
                    return Outcome(True, before, self._operations.refreshed(record, self.provider(record, None)))
                except Failure as failure:
                    if failure.kind != "authentication_needed":
                        raise
                    record = self.find(name)
            with deferred():  # a child that is minted and not redeemed is nobody's
                selector, origin = self.use(parent, definition, partial(self._minted, request))
                options = {**origin.options, **self.provider(origin, definition).child_options(request.client_id)}
                child = Definition(name, origin.provider, options, source=f"the fork of {parent!r}")
                data = {"independent": request.independent}
                redeemed = self._operations.redeemed(child, record, selector, parent, origin.account, data)
            return Outcome(True, before, redeemed)

    def selector(self, parent: str, definition: Definition | None, request: ForkRequest) -> str:
        """A selector for a child that somebody else redeems; its record is none of ours."""
        return self.use(parent, definition, partial(self._minted, request))[0]

    def _minted(self, request: ForkRequest, provider: Provider, record: Record) -> str:
        """A selector; where minting it changes the parent's tokens, under the parent's lock."""
        _check_fork(provider, request)
        if not provider.fork_rotates(record, request):
            return provider.fork(record, request)
        with self._flights.lock(record.name):
            current = self.find(record.name)
            if current is None or not current.fresh(self.clock()):
                raise Failure("conflict", f"Session {record.name!r} was closed meanwhile.", hint="Run the task again.")
            return self._operations.forked(current, provider, lambda found: provider.fork(found, request))

    def imported(self, name: str, definition: Definition | None, selector: str) -> Outcome:
        """A session from a selector. A session of that name which is still usable stays, and the selector unspent.

        :param selector: empty to begin with a user code, or to continue what was begun so.
        """
        before = self.find(name, definition)
        if before is not None and before.fresh(self.clock()):
            return Outcome(False, before, before)
        if self.check_mode:
            return Outcome(True, before, self._predicted(name, definition, before))
        with self._flights.lock(name):
            record = self.find(name, definition)
            if record is not None and record.fresh(self.clock()):
                return Outcome(False, before, record)
            effective = identity.effective(name, definition, record)
            if selector:
                return Outcome(True, before, self._operations.redeemed(effective, record, selector))
            if record is not None and record.state == PENDING:
                return Outcome(True, before, self._operations.completed(record, self.provider(record, definition)))
            return Outcome(True, before, self._operations.asked(effective, record))

    def _known(self, record: Record, definition: Definition | None, searched: t.Any) -> Record:
        """Note in its record who uses a session: this run, and a definition as written, so that the next is warm."""
        if self.check_mode:
            return record
        if "leases" in record.data and not runs.leased(record.data, runs.current()):
            with self._flights.lock(record.name):
                current = self.find(record.name, definition)
                if current is not None and current.revision == record.revision:
                    record = self._operations.leased(current, identity.effective(record.name, definition, current))
        fingerprint = identity.fingerprint(self.store.key, definition.as_written if definition else searched)
        if not fingerprint or fingerprint in record.seen:
            return record
        with self._flights.lock(record.name):
            current = self.find(record.name, definition)
            if current is None or current.revision != record.revision or fingerprint in current.seen:
                return record
            headers = self.headers(current, definition)
            seen = (*current.seen, fingerprint) if headers == current.headers else (fingerprint,)
            if len(seen) > MOST_SEEN:
                return record
            return self.store.write(replace(current, headers=headers, seen=seen), expected=current.revision)

    # Human verification

    def request_code(
        self, name: str, definition: Definition | None, *, address: str = "", phone: str = "", method: str = ""
    ) -> None:
        """Have the service send a verification code."""
        if self.check_mode:
            return
        with self._flights.lock(name):
            record = self.find(name, definition)
            provider = self._operations.made(identity.effective(name, definition, record))
            try:
                provider.request_code(record, address=address, phone=phone, method=method)
            finally:
                if record is not None and provider.learned is not None:
                    self._operations.learned(record, provider.learned)

    def answered(self, name: str, definition: Definition | None, method: str, token: str) -> bool:
        """Keep the answer to a human verification for this session's next requests. Returns whether it is a new one."""
        provider = self._operations.made(identity.effective(name, definition, self.find(name, definition)))
        return provider.answer(method, token, keep=not self.check_mode)

    # Revoking other sessions of the account

    def revoked(self, name: str, definition: Definition | None, uids: t.Collection[str]) -> list[str]:
        """End other sessions of the account, by their uid; `others` stands for all but this one.

        :returns: the uids that were there and are revoked (or would be).
        """
        try:
            listed, record = self.use(name, definition, lambda provider, found: provider.sessions(found))
        except NotInCheckMode:
            return sorted(uids)
        there = [
            str(item["uid"])
            for item in listed
            if item["uid"] != record.uid and item.get("state") not in (EXPIRED, FAILED)
        ]
        doomed = [uid for uid in there if uid in uids or "others" in uids]
        if not self.check_mode:
            for uid in doomed:
                self.use(name, definition, lambda provider, found, uid=uid: provider.revoke(found, uid))  # type: ignore[misc]
        return doomed

    def _child(self, name: str, parent: str) -> Record | None:
        record = self.find(name)
        if record is not None and record.parent != parent:
            whose = f"a child of {record.parent!r}" if record.parent else "no child"
            raise Failure(
                "conflict",
                f"Session {name!r} is {whose}, not one of {parent!r}.",
                hint="Close it first (state: absent), or choose another name.",
            )
        return record

    # Work under the lock of the name

    def _flight(self, name: str, definition: Definition | None, operation: str) -> t.ContextManager[None]:
        """A flight for one operation as one definition says. Who forces it shares only what others forced."""
        proof = sorted(identity.proof(self.store.key, definition).values())
        forced = ("forced",) if self.force else ()
        return self._flights.flight(name, operation, *forced, *proof, *identity.codes(definition))

    def _renewed(self, name: str, definition: Definition | None, stale: int) -> Record:
        """Newer tokens than those of revision `stale`: another process's, else our own."""
        with self._flight(name, definition, "ensure"):
            record = self.find(name, definition)
            if record is not None and record.revision != stale and record.fresh(self.clock()):
                return record
            return self._operations.usable_now(name, definition, record)

    def _with_retry(
        self,
        record: Record,
        definition: Definition | None,
        operation: t.Callable[[Provider, Record], T],
        stale: t.Callable[[Provider, T], bool],
        renew: t.Callable[[Record], Record],
    ) -> tuple[T, Record]:
        provider = self.provider(record, definition)
        for _attempt in range(provider.repeats):
            try:
                result = operation(provider, record)
                if not stale(provider, result):
                    return result, record
            except Failure as failure:
                if not provider.stale(failure):
                    raise
            if self.check_mode:
                raise NotInCheckMode(record.name)
            record = renew(record)
            provider = self.provider(record, definition)
        return operation(provider, record), record

    def _elevation(self, name: str, definition: Definition | None, wanted: bool) -> Outcome:
        before = self.find(name, definition)
        state = ACTIVE if wanted else LOCKED
        open_already = before is not None and before.fresh(self.clock())
        if before is not None and open_already and self.provider(before, definition).elevated(before) == wanted:
            return Outcome(False, before, before)
        if self.check_mode:
            return Outcome(True, before, replace(before or self._predicted(name, definition, None), state=state))
        with self._flights.lock(name):
            record = self.find(name, definition)
            if record is None or not self._operations.usable(record, definition, 0):
                record = self._operations.usable_now(name, definition, record)
            if self.provider(record, definition).elevated(record) != wanted:
                grant, record = self._with_retry(
                    record,
                    definition,
                    self._operations.unlocked if wanted else lambda provider, found: provider.lock(found),
                    lambda provider, result: False,
                    lambda old: self._operations.usable_now(name, definition, old),
                )
                record = self._operations.saved(record, grant)
        return Outcome(True, before, record)

    def _end_children(self, parent: str) -> None:
        for name in self.store.names():
            try:
                with self._flights.lock(name):
                    record = self.store.read(name)
                    if record is not None and record.parent == parent and not record.data.get("independent"):
                        self._operations.orphaned(record)
                        self.store.write(record.ended(), expected=record.revision)
            except Failure as failure:
                self.warn(f"Session {name!r} was not looked at: {failure.message}")

    def _predicted(self, name: str, definition: Definition | None, record: Record | None) -> Record:
        """What a record would be, as far as that can be known without asking the service."""
        effective = identity.effective(name, definition, record)
        if record is not None and record.state == ACTIVE:
            return record
        provider = self._operations.made(effective)
        return replace(record or self._operations.blank(effective, provider, None), state=ACTIVE)


def _check_fork(provider: Provider, request: ForkRequest) -> None:
    unknown = sorted(request.given() - provider.fork_options)
    if unknown and "fork" in provider.capabilities:
        raise Failure(
            "unsupported",
            f"{provider.title} has no {' and no '.join(unknown)} of a child session.",
            hint=f"It takes: {', '.join(sorted(provider.fork_options)) or 'nothing'}.",
        )
