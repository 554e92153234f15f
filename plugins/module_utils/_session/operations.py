# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What changes one session: signing in, refreshing, completing, redeeming, signing out.

Whoever calls this holds the lock of the session's name. Each operation saves what it was granted before anything uses
it (promise 2).
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import replace

from . import identity, runs, secrets, tally
from .cache import KEYS, Cache
from .definition import Definition
from .errors import Failure
from .providers import provider_class
from .record import PENDING, Grant, Record
from .rejections import Rejections
from .signals import deferred
from .warm import timestamp

if t.TYPE_CHECKING:
    from .providers.base import Provider
    from .stores.sealed import SealedStore

T = t.TypeVar("T")


class Operations:
    """The operations over one store.

    :param force: send a secret again that the service refused.
    :param warn: told what a user should know although nothing failed.
    :param say: shows a line to the user, for waits that somebody would notice.
    """

    def __init__(
        self,
        store: SealedStore,
        *,
        force: bool = False,
        warn: t.Callable[[str], None] = lambda message: None,
        say: t.Callable[[str], None] = lambda message: None,
        clock: t.Callable[[], float] = time.time,
        sleep: t.Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._force = force
        self._warn = warn
        self._say = say
        self._clock = clock
        self._sleep = sleep

    def made(self, definition: Definition) -> Provider:
        """The provider of a definition. Its secrets are hidden from then on."""
        secrets.add(*(value for value in identity.secret_values(definition) if isinstance(value, str)))
        cls = provider_class(definition.provider)
        return cls(definition, self._store, clock=self._clock, sleep=self._sleep, say=self._say)

    def provider(self, record: Record, definition: Definition | None = None) -> Provider:
        """The provider of a record, for what it knows about its API."""
        return self.made(identity.effective(record.name, definition, record))

    def _guarded(self, provider: Provider, definition: Definition, operation: t.Callable[[], T]) -> T:
        """Something that proves who one is, unless the service has refused the same secret (promise 4).

        :raises Failure: `credentials_rejected` without asking the service.
        """
        options = [option.name for option in provider.options() if option.proof]
        given = {name: str(definition.get(name)) for name in options if definition.options.get(name)}
        rejections = self._rejections(provider, definition)
        if not self._force:
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

    def _rejections(self, provider: Provider, definition: Definition) -> Rejections:
        window = float(definition.get("retry_rejected_after"))
        place = (provider.transport.origin, provider.account())
        return Rejections(self._store, *place, window, self._clock, provider.attempts)

    def refused(self, provider: Provider, record: Record, failure: Failure) -> None:
        """Remember a secret that the service refused in the middle of a session (promise 4)."""
        known = {name: record.tokens.get(name) or provider.definition.get(name) for name in failure.rejected}
        given = {name: str(value) for name, value in known.items() if value}
        self._rejections(provider, provider.definition).add(given, failure)

    def learned(self, record: Record, grant: Grant) -> None:
        """Save what a reply told of a session, unless the session has changed since."""
        current = self._store.read(record.name)
        if current is not None and current.revision == record.revision:
            self.saved(current, grant)

    def usable(self, record: Record, definition: Definition | None, min_ttl: float) -> bool:
        """Whether a session does as it is, for `min_ttl` seconds more.

        :raises Failure: `definition` when the service gives no token that lives so long.
        """
        fresh = record.fresh(self._clock()) and not identity.proof_changed(self._store.key, record, definition)
        if fresh and record.lifetime is not None and record.lifetime < min_ttl:
            raise Failure(
                "definition",
                f"min_ttl is {min_ttl:.0f} seconds, but {record.origin} gives tokens of {record.lifetime:.0f} seconds.",
                hint="Ask for less.",
            )
        return fresh and record.fresh(self._clock(), min_ttl)

    def usable_now(self, name: str, definition: Definition | None, record: Record | None) -> Record:
        """Whatever it takes: complete, refresh or open."""
        effective = identity.effective(name, definition, record)
        if record is not None and record.state == PENDING and not record.overdue(self._clock()):
            try:
                return self.completed(record, self.made(effective))
            except Failure as failure:
                if failure.kind != "authentication_needed" or not failure.session_gone or failure.rejected:
                    raise
                return self._opened(effective, None, failure)  # a login of an earlier run, which the service dropped
        if record is None or not record.renewable or identity.proof_changed(self._store.key, record, definition):
            return self._opened(effective, record)
        provider = self.made(effective)
        if not provider.refreshable(record):
            return self._opened(effective, record, again=True)
        try:
            return self.refreshed(record, provider)
        except Failure as failure:
            if failure.kind != "authentication_needed":
                raise
            return self._opened(effective, self._store.read(name), failure)

    def _opened(
        self, definition: Definition, old: Record | None, why: Failure | None = None, again: bool = False
    ) -> Record:
        """Sign in, save, complete. The session that the record had before is signed out afterwards.

        :param why: the failure of a refresh, if that is the reason.
        :param again: the session is the same, only its token is new: others may still be using the old one.
        """
        provider = self.made(definition)
        missing = provider.missing()
        if missing:
            raise _cannot_open(definition, old, missing, why)
        for caution in provider.cautions():
            self._warn(caution)
        blank = self.blank(definition, provider, old)
        self._ready_to_save(blank)
        if "credentials" in provider.capabilities:
            Cache.of(self._store, blank, self._clock).drop()  # that of an earlier opening is of no use any more
        ending = "Signing in again failed, too."
        try:
            with deferred():
                grant = self._guarded(provider, definition, provider.open)
                grant = replace(grant, data={**(grant.data or {}), "login_requests": provider.transport.sent})
                record = self.saved(blank, grant, provider)
            ending = "A new login has begun." if record.state == PENDING else "Signed in again."
        finally:
            if why is not None:
                self._warn(f"{why.message} {ending}")
        tally.add(tally.OPENED)
        if old is not None and old.tokens and why is None and not again and not _same_session(old, record):
            self._signed_out(old, self.provider(old, definition))
        return self.completed(record, provider) if record.state == PENDING else record

    def blank(self, definition: Definition, provider: Provider, old: Record | None) -> Record:
        """A record without tokens, to be granted some: what the definition says, and the revision to replace."""
        options = {option.name: definition.get(option.name) for option in provider.options() if not option.secret}
        options["url"] = provider.url_of(definition)
        return Record(
            name=definition.name,
            provider=provider.name,
            origin=provider.transport.origin,
            account=provider.account(),
            proof=identity.proof(self._store.key, definition),
            revision=old.revision if old else 0,
            data=self._leases(definition, old),
            options={key: value for key, value in options.items() if value is not None},
            opened_at=self._clock(),
            seen=tuple(filter(None, [identity.fingerprint(self._store.key, definition.as_written)])),
        )

    def _leases(self, definition: Definition, old: Record | None) -> dict[str, t.Any]:
        """What a new record says of the runs that it is for, if it is for runs alone."""
        if definition.get("lifetime") != "run":
            return {}
        run = runs.current()
        if run is None:
            self._warn(
                f"Session {definition.name!r} has lifetime: run, and nobody will close it at the end: that takes the "
                "callback gatehouse.api.sessions (see its documentation)."
            )
            return {"leases": {}}
        self._noted(definition)
        others = runs.held((old.data.get("leases") if old else None) or {}, self._clock())
        return {"leases": {**others, run.id: run.lease(self._clock())}}

    def leased(self, record: Record, definition: Definition) -> Record:
        """A record of a session for runs alone, with the lease of this one, and without those of runs that are over."""
        run = runs.current()
        if run is None or "leases" not in record.data or runs.leased(record.data, run):
            return record
        self._noted(definition)
        leases = {**runs.held(record.data["leases"], self._clock()), run.id: run.lease(self._clock())}
        return self._store.write(replace(record, data={**record.data, "leases": leases}), expected=record.revision)

    def _noted(self, definition: Definition) -> None:
        """Tell the main process what closing this session takes."""
        options = {name: definition.get(name) for name, value in definition.options.items() if value is not None}
        facts = {"name": definition.name, "provider": definition.provider, "options": options}
        runs.note({**facts, "store": self._store.named[0], "store_key": self._store.named[1]})

    def _ready_to_save(self, record: Record) -> None:
        """Prove that the store can be written, before something is sent that would be wasted otherwise.

        :raises Failure: `store`.
        """
        self._store.update({"signing_in_at": self._clock()}, "sign-in", record.name)

    def saved(self, record: Record, grant: Grant, orphan: Provider | None = None) -> Record:
        """Save what an operation changed, before anything uses it (promise 2).

        :param orphan: the provider that closes the session again when it cannot be saved.
        """
        granted = record.granted(grant, self._clock())
        granted = replace(granted, headers=self.provider(granted).headers(granted))
        secrets.add(*granted.tokens.values())
        try:
            self._store.write(granted, expected=record.revision)
        except Failure:
            if orphan is not None:
                self._signed_out(granted, orphan)
            raise
        if grant.unlocked:
            Cache.of(self._store, granted, self._clock).put(grant.unlocked, KEYS)
        return granted

    def completed(self, record: Record, provider: Provider) -> Record:
        """Continue a pending session; one that the service dropped is forgotten."""
        try:
            with deferred():
                grant = self._guarded(provider, provider.definition, lambda: provider.complete(record))
                return self.saved(record, grant)
        except Failure as failure:
            if failure.session_gone:
                self._store.delete(record.name)
            elif provider.learned is not None:
                self.learned(record, provider.learned)
            raise

    def refreshed(self, record: Record, provider: Provider) -> Record:
        """One refresh."""
        record = self._spending(record, provider, provider.refresh)
        tally.add(tally.REFRESHED)
        return record

    def forked(self, record: Record, provider: Provider, mint: t.Callable[[Record], str]) -> str:
        """Mint a child by an operation that also changes the parent's own tokens. Returns its selector.

        A parent that turns out to be over is opened again first, as by a refresh.
        """
        selector = ""

        def rotated(found: Record) -> Grant:
            nonlocal selector
            selector = mint(found)
            grant, provider.learned = provider.learned, None
            return grant or Grant()

        try:
            self._spending(record, provider, rotated)
        except Failure as failure:
            if failure.kind != "authentication_needed" or not failure.session_gone:
                raise
            parent = self._opened(provider.definition, self._store.read(record.name), failure)
            self._spending(parent, provider, rotated)
        return selector

    def _spending(self, record: Record, provider: Provider, operation: t.Callable[[Record], Grant]) -> Record:
        """Something that spends the record's tokens, and its new ones saved.

        That it was sent is on disk before, so that a lost answer can be explained later (promise 2).
        """
        sent = {name: provider.secret(name) or "" for name in provider.refresh_proof}
        if not self._force:
            self._rejections(provider, provider.definition).check({name: sent[name] for name in sent if sent[name]})
        interrupted = record.refresh_sent_at
        record = self._store.write(replace(record, refresh_sent_at=self._clock()), expected=record.revision)
        try:
            with deferred():
                return self.saved(record, operation(record))
        except Failure as failure:
            if failure.kind == "credentials_rejected" and failure.rejected:
                self.refused(provider, record, failure)
            if failure.session_gone:
                self._store.write(record.ended(), expected=record.revision)
                failure.message = _ending(record, failure, interrupted if provider.rotates(record) else None)
            elif not _ambiguous(failure):
                self._store.write(replace(record, refresh_sent_at=interrupted), expected=record.revision)
            raise

    def redeemed(
        self,
        definition: Definition,
        old: Record | None,
        selector: str,
        parent: str = "",
        account: str = "",
        data: t.Mapping[str, t.Any] | None = None,
    ) -> Record:
        """Make a selector a session, in place of `old`."""
        provider = self.made(definition)
        blank = self.blank(definition, provider, old)
        blank = replace(blank, parent=parent, account=account or blank.account, data={**blank.data, **(data or {})})
        self._ready_to_save(blank)
        with deferred():
            grant, payload = provider.redeem(selector)
            if payload:
                grant = replace(grant, tokens={**(grant.tokens or {}), "payload": payload})
            return self.saved(blank, grant, provider)

    def asked(self, definition: Definition, old: Record | None) -> Record:
        """Begin an import that a parent approves by a code."""
        provider = self.made(definition)
        return self.saved(self.blank(definition, provider, old), provider.ask_user_code())

    def unlocked(self, provider: Provider, record: Record) -> Grant:
        """Prove again who one is, for the elevated rights."""
        return self._guarded(provider, provider.definition, lambda: provider.unlock(record))

    def closed(self, record: Record, definition: Definition | None) -> None:
        """Sign out. A stale token is refreshed first, else the service would keep a session that nobody holds."""
        if not record.tokens:
            return
        provider = self.provider(record, definition)
        stale = record.state != PENDING and not record.fresh(self._clock())
        if stale and not provider.closes_stale and provider.refreshable(record):
            try:
                record = self.refreshed(record, provider)
            except Failure as failure:
                if failure.kind != "authentication_needed" and not failure.session_gone:
                    raise
                return
        provider.close(record)

    def orphaned(self, record: Record) -> None:
        """Sign out a child whose parent is closed, where the service does not do so by itself."""
        provider = self.provider(record)
        if record.tokens and not provider.children_end:
            self._signed_out(record, provider)

    def _signed_out(self, record: Record, provider: Provider) -> None:
        """Sign out a session that nobody will hold; that it fails is worth a warning, no more."""
        try:
            provider.close(record)
        except Failure as failure:
            self._warn(f"A session of {record.name!r} could not be signed out: {failure.message}")


def _same_session(old: Record, new: Record) -> bool:
    """Whether opening again gave the session that was there: one that was adopted, or given."""
    return (bool(old.uid) and old.uid == new.uid) or old.tokens == new.tokens


def _ambiguous(failure: Failure) -> bool:
    """Whether a failed refresh may have rotated the tokens all the same."""
    if failure.http_code is None or not failure.sent:
        return failure.sent
    refused = 400 <= failure.http_code < 500 and failure.http_code != 408
    return not refused and failure.http_code != 503


def _ending(record: Record, failure: Failure, interrupted: float | None) -> str:
    if interrupted is None:
        return f"The service has ended session {record.name!r} ({failure.message.rstrip('.')})."
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
