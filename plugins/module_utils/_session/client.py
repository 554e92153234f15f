# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The session client: opens, keeps, refreshes, forks and closes sessions, each once however many ask."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t
from dataclasses import dataclass, replace

from . import secrets, tally, warm
from .definition import Definition, check_name
from .errors import Failure
from .providers import provider_class
from .record import ACTIVE, LOCKED, PENDING, Grant, Record
from .rejections import Rejections
from .signals import deferred
from .warm import timestamp

if t.TYPE_CHECKING:
    from .providers.base import ForkRequest, Provider
    from .stores.sealed import SealedStore

T = t.TypeVar("T")

MOST_SEEN = 16
"""How many ways to write one definition a record remembers."""

ATTEMPTS = 3
"""How often one request is sent at most when the service says that its token is stale."""


@dataclass(frozen=True)
class Outcome:
    """What became of a session.

    :param changed: whether this call changed it (or would, in check mode).
    :param before: the record as it was found; None when there was none.
    :param after: the record as it is now (or would be); None when there is none.
    """

    changed: bool
    before: Record | None
    after: Record | None


class NotInCheckMode(Failure):
    """What was asked for needs a session that check mode must not open or renew."""

    def __init__(self, name: str) -> None:
        super().__init__("authentication_needed", f"Check mode neither opens nor renews session {name!r}.")


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
        self.sleep = sleep

    # Looking

    def find(self, name: str, definition: Definition | None = None) -> Record | None:
        """The record of a name, after checking that it belongs to the definition. Never changes anything.

        :raises Failure: `conflict` when it belongs to another provider, origin or account.
        """
        record = self.store.read(check_name(name))
        if record is not None:
            secrets.add(*record.tokens.values())
            if definition is not None:
                self._check_identity(record, definition)
        return record

    def names(self) -> list[str]:
        return self.store.names()

    def remote_sessions(self, name: str, definition: Definition | None = None) -> list[dict[str, t.Any]]:
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
        return self.provider(record, definition).sessions(record)

    # Ensuring

    def ensure(self, name: str, definition: Definition | None = None, min_ttl: float = 0.0) -> Outcome:
        """A session whose tokens live at least `min_ttl` seconds more (promises 1 to 3).

        :param definition: how to open it; without one an existing record must do.
        :param min_ttl: seconds.
        :returns: its outcome; `changed` only for the one caller that did the work.
        :raises Failure: of any kind.
        """
        before = self.find(name, definition)
        if before is not None and self._usable(before, definition, min_ttl):
            tally.add(tally.REUSED, before.data.get("login_requests", 1))
            return Outcome(False, before, self._known(before, definition))
        if self.check_mode:
            return Outcome(True, before, self._predicted(name, definition, before))
        self._effective(name, definition, before)  # a name that nobody defined fails before it leaves a lock file
        with self._flight(name, definition, "ensure"):
            record = self.find(name, definition)
            if record is not None and self._usable(record, definition, min_ttl):
                tally.add(tally.REUSED, record.data.get("login_requests", 1))
                return Outcome(False, before, record)
            record = self._usable_now(name, definition, record)
            self._usable(record, definition, min_ttl)
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

    def absent(self, name: str, definition: Definition | None = None) -> Outcome:
        """No session: signed out at the service, its record removed, its dependent children marked as ended.

        :raises Failure: when the service cannot be asked; the record is then kept, unless forced.
        """
        before = self.find(name, definition)
        if before is None or self.check_mode:
            return Outcome(before is not None, before, None)
        with self._lock(name):
            record = self.find(name, definition)
            if record is None:
                return Outcome(False, before, None)
            try:
                self._close(record, definition)
            except Failure as failure:
                if not self.force:
                    raise
                self.warn(f"Session {name!r} is forgotten, but may still be open at the service: {failure.message}")
            self.store.delete(name)
        self._end_children(name)
        return Outcome(True, before, None)

    # Using

    def use(
        self,
        name: str,
        definition: Definition | None,
        operation: t.Callable[[Provider, Record], T],
        stale: t.Callable[[T], bool] = lambda result: False,
    ) -> tuple[T, Record]:
        """Do something as a session, and again with newer tokens when the service says that they are stale.

        :param operation: given the provider and the record.
        :param stale: whether a result means that the tokens were stale; a Failure with HTTP 401 always does.
        :returns: the last result, and the record that it was made with.
        :raises NotInCheckMode: when the session would have to be opened or renewed first, in check mode.
        :raises Failure: of any kind.
        """
        outcome = self.ensure(name, definition)
        if outcome.changed and self.check_mode:
            raise NotInCheckMode(name)
        record = t.cast(Record, outcome.after)
        return self._with_retry(
            record, definition, operation, stale, lambda old: self._renewed(name, definition, old.revision)
        )

    def provider(self, record: Record, definition: Definition | None = None) -> Provider:
        """The provider of a record, for what it knows about its API."""
        return self._made(self._effective(record.name, definition, record))

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
            if record is not None and record.tokens:
                try:
                    return Outcome(True, before, self._refreshed(record, self.provider(record, None)))
                except Failure as failure:
                    if failure.kind != "authentication_needed":
                        raise
                    record = self.find(name)
            selector, origin = self.use(parent, definition, lambda provider, found: provider.fork(found, request))
            options = {**origin.options, **self.provider(origin, definition).child_options(request.client_id)}
            child = Definition(name, origin.provider, options, source=f"the fork of {parent!r}")
            data = {"independent": request.independent}
            return Outcome(True, before, self._redeemed(child, record, selector, parent, origin.account, data))

    def selector(self, parent: str, definition: Definition | None, request: ForkRequest) -> str:
        """A selector for a child that somebody else redeems; its record is none of ours."""
        return self.use(parent, definition, lambda provider, found: provider.fork(found, request))[0]

    def imported(self, name: str, definition: Definition | None, selector: str) -> Outcome:
        """A session from a selector. A session of that name which is still usable stays, and the selector unspent.

        :param selector: empty to begin with a user code, or to continue what was begun so.
        """
        before = self.find(name, definition)
        if before is not None and before.fresh(self.clock()):
            return Outcome(False, before, before)
        if self.check_mode:
            return Outcome(True, before, self._predicted(name, definition, before))
        with self._lock(name):
            record = self.find(name, definition)
            if record is not None and record.fresh(self.clock()):
                return Outcome(False, before, record)
            effective = self._effective(name, definition, record)
            if selector:
                return Outcome(True, before, self._redeemed(effective, record, selector))
            if record is not None and record.state == PENDING:
                return Outcome(True, before, self._completed(record, self.provider(record, definition)))
            provider = self._made(effective)
            return Outcome(
                True, before, self._saved(self._blank(effective, provider, record), provider.ask_user_code())
            )

    def _known(self, record: Record, definition: Definition | None) -> Record:
        """Note that a definition, as it is written, was found to be this session's, so that the next use is warm."""
        fingerprint = self._fingerprint(definition)
        if definition is None or not fingerprint or fingerprint in record.seen or self.check_mode:
            return record
        with self._lock(record.name):
            current = self.find(record.name, definition)
            if current is None or current.revision != record.revision or fingerprint in current.seen:
                return record
            headers = self.headers(current, definition)
            seen = (*current.seen, fingerprint) if headers == current.headers else (fingerprint,)
            if len(seen) > MOST_SEEN:
                return record
            return self.store.write(replace(current, headers=headers, seen=seen), expected=current.revision)

    def _fingerprint(self, definition: Definition | None) -> str:
        if definition is None or definition.as_written is None:
            return ""
        return warm.fingerprint(self.store.key.secret, definition.as_written)

    # Human verification

    def request_code(self, name: str, definition: Definition | None, address: str, phone: str) -> None:
        """Have the service send a verification code."""
        if not self.check_mode:
            self._made(self._effective(name, definition, self.find(name, definition))).request_code(address, phone)

    def answered(self, name: str, definition: Definition | None, method: str, token: str) -> bool:
        """Keep the answer to a human verification for this session's next requests. Returns whether it is a new one."""
        provider = self._made(self._effective(name, definition, self.find(name, definition)))
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
        there = [str(item["uid"]) for item in listed if item["uid"] != record.uid]
        doomed = [uid for uid in there if uid in uids or "others" in uids]
        if not self.check_mode:
            for uid in doomed:
                self.use(name, definition, lambda provider, found, uid=uid: provider.revoke(found, uid))  # type: ignore[misc]
        return doomed

    # Identity

    def _check_identity(self, record: Record, definition: Definition) -> None:
        """A name never changes its provider, origin or account (DESIGN, fast path; Proton page, section 4.3)."""
        cls = provider_class(definition.provider)
        difference = ""
        if record.provider != definition.provider:
            difference = f"provider {record.provider}, not {definition.provider}"
        else:
            wanted = _identity(cls, definition)
            found = {key: str(record.options.get(key) or "") for key in wanted}
            difference = ", ".join(
                f"{key} {found[key]!r}, not {wanted[key]!r}" for key in wanted if found[key] != wanted[key]
            )
        if difference:
            raise Failure(
                "conflict",
                f"Session {record.name!r} is open for {difference} (as {definition.source} says).",
                hint="Close it first (state: absent), or choose another name.",
            )

    def _proof(self, definition: Definition | None) -> dict[str, str]:
        """Keyed digests of the definition's lasting secrets, by option, as written: a Pointer is not followed."""
        if definition is None:
            return {}
        options = [option.name for option in provider_class(definition.provider).options() if option.proof]
        return {
            name: self.store.key.digest("proof", name, str(definition.written(name)))
            for name in options
            if definition.written(name)
        }

    def _proof_changed(self, record: Record, definition: Definition | None) -> bool:
        return any(record.proof.get(name, digest) != digest for name, digest in self._proof(definition).items())

    def _effective(self, name: str, definition: Definition | None, record: Record | None) -> Definition:
        """The definition to work with: the given one; where it only adds to the record's, both; else the record's.

        :raises Failure: `definition` when there is neither.
        """
        if record is None:
            if definition is None:
                raise Failure(
                    "definition",
                    f"There is no session {name!r}: none is open, and none is defined.",
                    hint="Define it in the task, in gatehouse_sessions or in a sessions file.",
                )
            return definition
        if definition is None:
            return Definition(name, record.provider, record.options, source="its record")
        cls = provider_class(definition.provider)
        if not _adds_only(cls, definition):
            return definition
        added = {option.name: definition.options.get(option.name) for option in cls.options() if option.secret}
        return Definition(name, record.provider, {**record.options, **added}, definition.source, definition.as_written)

    def _made(self, definition: Definition) -> Provider:
        secrets.add(*(value for value in _secret_values(definition) if isinstance(value, str)))
        cls = provider_class(definition.provider)
        return cls(definition, self.store, clock=self.clock, sleep=self.sleep, say=self.say)

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

    @contextlib.contextmanager
    def _lock(self, name: str) -> t.Iterator[None]:
        """The lock of a name. Somebody who waits is told so."""
        notice = f"Waiting for another process that works on session {name!r}."
        with self.store.lock(name, waiting=lambda: self.say(notice)):
            yield

    @contextlib.contextmanager
    def _flight(self, name: str, definition: Definition | None, operation: str) -> t.Iterator[None]:
        """The lock of a name for work that many want at once. Who waited for a flight that failed fails as it did.

        :param operation: flights of another operation, or of another definition, tell nothing about this one.
        :raises Failure: the one of the flight that was waited for.
        """
        note = ("flight", name, operation, *sorted(self._proof(definition).values()), *_codes(definition))
        before = self.store.recall(*note)
        with self._lock(name):
            last = self.store.recall(*note)
            if last.get("id") != before.get("id"):
                raise Failure.from_dict(last["failure"])
            try:
                yield
            except Failure as failure:
                with contextlib.suppress(Failure):  # the failure of the work says more than one to note it
                    self._note_failure(note, failure)
                raise

    def _note_failure(self, note: tuple[str, ...], failure: Failure) -> None:
        facts = {"id": os.urandom(8).hex(), "failure": secrets.hide(failure.as_dict())}
        with self.store.lock(self.store.note_key(*note)):
            self.store.remember(facts, *note)

    def _guarded(self, provider: Provider, definition: Definition, operation: t.Callable[[], T]) -> T:
        """Something that proves who one is, unless the service has refused the same secret (promise 4).

        :raises Failure: `credentials_rejected` without asking the service.
        """
        options = [option.name for option in provider.options() if option.proof]
        given = {name: str(definition.get(name)) for name in options if definition.options.get(name)}
        window = float(definition.get("retry_rejected_after"))
        rejections = Rejections(self.store, provider.transport.origin, provider.account(), window, self.clock)
        if not self.force:
            rejections.check(given)
        try:
            result = operation()
        except Failure as failure:
            if failure.kind == "credentials_rejected":
                refused = failure.rejected or provider.needed
                rejections.add({name: value for name, value in given.items() if name in refused}, failure)
            raise
        rejections.clear()
        return result

    def _usable(self, record: Record, definition: Definition | None, min_ttl: float) -> bool:
        fresh = record.fresh(self.clock()) and not self._proof_changed(record, definition)
        if fresh and record.lifetime is not None and record.lifetime < min_ttl:
            raise Failure(
                "definition",
                f"min_ttl is {min_ttl:.0f} seconds, but {record.origin} gives tokens of {record.lifetime:.0f} seconds.",
                hint="Ask for less.",
            )
        return fresh and record.fresh(self.clock(), min_ttl)

    def _usable_now(self, name: str, definition: Definition | None, record: Record | None) -> Record:
        """Whatever it takes: complete, refresh or open."""
        effective = self._effective(name, definition, record)
        if record is not None and record.state == PENDING and not record.overdue(self.clock()):
            return self._completed(record, self._made(effective))
        if record is None or not record.renewable or self._proof_changed(record, definition):
            return self._opened(effective, record)
        provider = self._made(effective)
        try:
            if "refresh" in provider.capabilities:
                return self._refreshed(record, provider)
        except Failure as failure:
            if failure.kind != "authentication_needed":
                raise
            return self._opened(effective, self.find(name), failure)
        return self._opened(effective, record)

    def _renewed(self, name: str, definition: Definition | None, stale: int) -> Record:
        """Newer tokens than those of revision `stale`: another process's, else our own."""
        with self._flight(name, definition, "ensure"):
            record = self.find(name, definition)
            if record is not None and record.revision != stale and record.fresh(self.clock()):
                return record
            return self._usable_now(name, definition, record)

    def _with_retry(
        self,
        record: Record,
        definition: Definition | None,
        operation: t.Callable[[Provider, Record], T],
        stale: t.Callable[[T], bool],
        renew: t.Callable[[Record], Record],
    ) -> tuple[T, Record]:
        for _attempt in range(ATTEMPTS - 1):
            try:
                result = operation(self.provider(record, definition), record)
                if not stale(result):
                    return result, record
            except Failure as failure:
                if failure.http_code != 401:
                    raise
            if self.check_mode:
                raise NotInCheckMode(record.name)
            record = renew(record)
        return operation(self.provider(record, definition), record), record

    def _opened(self, definition: Definition, old: Record | None, why: Failure | None = None) -> Record:
        """Sign in, save, complete. The session that the record had before is signed out afterwards."""
        provider = self._made(definition)
        missing = [option for option in provider.needed if not definition.options.get(option)]
        if missing:
            raise _cannot_open(definition, old, missing, why)
        if why is not None:
            self.warn(f"{why.message} Signed in again.")
        blank = self._blank(definition, provider, old)
        self._ready_to_save(blank)
        with deferred():
            grant = self._guarded(provider, definition, provider.open)
            grant = replace(grant, data={**(grant.data or {}), "login_requests": provider.transport.sent})
            record = self._saved(blank, grant, provider)
        tally.add(tally.OPENED)
        if old is not None and old.tokens and why is None:
            self._signed_out(old, self.provider(old, definition))
        return self._completed(record, provider) if record.state == PENDING else record

    def _blank(self, definition: Definition, provider: Provider, old: Record | None) -> Record:
        """A record without tokens, to be granted some: what the definition says, and the revision to replace."""
        options = {option.name: definition.get(option.name) for option in provider.options() if not option.secret}
        options["url"] = provider.url_of(definition)
        return Record(
            name=definition.name,
            provider=provider.name,
            origin=provider.transport.origin,
            account=provider.account(),
            proof=self._proof(definition),
            revision=old.revision if old else 0,
            options={key: value for key, value in options.items() if value is not None},
            opened_at=self.clock(),
            seen=(self._fingerprint(definition),) if definition.as_written is not None else (),
        )

    def _ready_to_save(self, record: Record) -> None:
        """Prove that the store can be written, before something is sent that would be wasted otherwise.

        :raises Failure: `store`.
        """
        self.store.update({"signing_in_at": self.clock()}, "sign-in", record.name)

    def _saved(self, record: Record, grant: Grant, orphan: Provider | None = None) -> Record:
        """Save what an operation changed, before anything uses it (promise 2).

        :param orphan: the provider that closes the session again when it cannot be saved.
        """
        granted = record.granted(grant, self.clock())
        granted = replace(granted, headers=self.headers(granted))
        secrets.add(*granted.tokens.values())
        try:
            return self.store.write(granted, expected=record.revision)
        except Failure:
            if orphan is not None:
                self._signed_out(granted, orphan)
            raise

    def _completed(self, record: Record, provider: Provider) -> Record:
        try:
            with deferred():
                grant = self._guarded(provider, provider.definition, lambda: provider.complete(record))
                return self._saved(record, grant)
        except Failure as failure:
            if failure.session_gone:
                self.store.delete(record.name)
            raise

    def _refreshed(self, record: Record, provider: Provider) -> Record:
        """One refresh. That it was sent is on disk before, so that a lost answer can be explained later (promise 2)."""
        interrupted = record.refresh_sent_at
        record = self.store.write(replace(record, refresh_sent_at=self.clock()), expected=record.revision)
        try:
            with deferred():
                record = self._saved(record, provider.refresh(record))
            tally.add(tally.REFRESHED)
            return record
        except Failure as failure:
            if failure.session_gone:
                self.store.write(record.ended(), expected=record.revision)
                failure.message = _ending(record, failure, interrupted)
            elif not _ambiguous(failure):
                self.store.write(replace(record, refresh_sent_at=interrupted), expected=record.revision)
            raise

    def _redeemed(
        self,
        definition: Definition,
        old: Record | None,
        selector: str,
        parent: str = "",
        account: str = "",
        data: t.Mapping[str, t.Any] | None = None,
    ) -> Record:
        provider = self._made(definition)
        blank = self._blank(definition, provider, old)
        blank = replace(blank, parent=parent, account=account or blank.account, data=dict(data or {}))
        self._ready_to_save(blank)
        with deferred():
            grant, payload = provider.redeem(selector)
            if payload:
                grant = replace(grant, tokens={**(grant.tokens or {}), "payload": payload})
            return self._saved(blank, grant, provider)

    def _elevation(self, name: str, definition: Definition | None, wanted: bool) -> Outcome:
        before = self.find(name, definition)
        state = ACTIVE if wanted else LOCKED
        open_already = before is not None and before.fresh(self.clock())
        if before is not None and open_already and self.provider(before, definition).elevated(before) == wanted:
            return Outcome(False, before, before)
        if self.check_mode:
            return Outcome(True, before, replace(before or self._predicted(name, definition, None), state=state))
        with self._lock(name):
            record = self.find(name, definition)
            if record is None or not self._usable(record, definition, 0):
                record = self._usable_now(name, definition, record)
            if self.provider(record, definition).elevated(record) != wanted:
                grant, record = self._with_retry(
                    record,
                    definition,
                    self._unlocked if wanted else lambda provider, found: provider.lock(found),
                    lambda result: False,
                    lambda old: self._usable_now(name, definition, old),
                )
                record = self._saved(record, grant)
        return Outcome(True, before, record)

    def _unlocked(self, provider: Provider, record: Record) -> Grant:
        return self._guarded(provider, provider.definition, lambda: provider.unlock(record))

    # Ending

    def _close(self, record: Record, definition: Definition | None) -> None:
        """Sign out. A stale token is refreshed first, else the service would keep a session that nobody holds."""
        if not record.tokens:
            return
        provider = self.provider(record, definition)
        if record.state != PENDING and not record.fresh(self.clock()) and "refresh" in provider.capabilities:
            try:
                record = self._refreshed(record, provider)
            except Failure as failure:
                if failure.kind != "authentication_needed":
                    raise
                return
        provider.close(record)

    def _signed_out(self, record: Record, provider: Provider) -> None:
        """Sign out a session that nobody will hold; that it fails is worth a warning, no more."""
        try:
            provider.close(record)
        except Failure as failure:
            self.warn(f"A session of {record.name!r} could not be signed out: {failure.message}")

    def _end_children(self, parent: str) -> None:
        for name in self.store.names():
            try:
                with self._lock(name):
                    record = self.store.read(name)
                    if record is not None and record.parent == parent and not record.data.get("independent"):
                        self.store.write(record.ended(), expected=record.revision)
            except Failure as failure:
                self.warn(f"Session {name!r} was not looked at: {failure.message}")

    def _predicted(self, name: str, definition: Definition | None, record: Record | None) -> Record:
        """What a record would be, as far as that can be known without asking the service."""
        effective = self._effective(name, definition, record)
        if record is not None and record.state == ACTIVE:
            return record
        provider = self._made(effective)
        return replace(record or self._blank(effective, provider, None), state=ACTIVE)


def _adds_only(cls: type[Provider], definition: Definition) -> bool:
    """Whether a definition says nothing of who one is, and so only adds to a session (a one-time code, say).

    What comes from the environment is there for every definition, and says nothing about this one.
    """
    return not any(
        definition.written(option.name)
        for option in cls.options()
        if option.identity and definition.written(option.name) != os.environ.get(option.env or "-")
    )


def _identity(cls: type[Provider], definition: Definition) -> dict[str, str]:
    """The options that say who one is: all of them with defaults, or the given ones where a definition only adds."""
    options = {option.name: str(definition.get(option.name) or "") for option in cls.options() if option.identity}
    if _adds_only(cls, definition):
        return {name: value for name, value in options.items() if value}
    return {**options, "url": cls.url_of(definition)}


def _secret_values(definition: Definition) -> t.Iterator[t.Any]:
    for option in provider_class(definition.provider).options():
        if option.secret:
            yield definition.options.get(option.name)


def _codes(definition: Definition | None) -> list[str]:
    """The secrets of a definition that are meant for one use, as written."""
    if definition is None:
        return []
    options = provider_class(definition.provider).options()
    return [str(definition.written(option.name)) for option in options if option.secret and not option.proof]


def _ambiguous(failure: Failure) -> bool:
    """Whether a failed refresh may have rotated the tokens all the same."""
    if failure.http_code is None:
        return failure.sent
    refused = 400 <= failure.http_code < 500 and failure.http_code != 408
    return not refused and failure.http_code != 503


def _ending(record: Record, failure: Failure, interrupted: float | None) -> str:
    if interrupted is None:
        return f"The service has ended session {record.name!r} ({failure.message})."
    return (
        f"A refresh of session {record.name!r}, sent at {timestamp(interrupted)}, got no answer: "
        "the service has changed the tokens, and the new ones never arrived."
    )


def _cannot_open(definition: Definition, old: Record | None, missing: t.Sequence[str], why: Failure | None) -> Failure:
    reason = why.message if why else f"Session {definition.name!r} is not open."
    if old is not None and old.parent:
        hint = f"Fork it again from {old.parent!r} with gatehouse.api.session_fork."
    else:
        hint = "Give the definition in the task, in gatehouse_sessions or in a sessions file."
    return Failure(
        "authentication_needed",
        f"{reason} To sign in, {definition.source} lacks {' and '.join(missing)}.",
        http_code=why.http_code if why else None,
        api_code=why.api_code if why else None,
        hint=hint,
    )
