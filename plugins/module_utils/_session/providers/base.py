# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The contract of a provider: what knows one API's protocol."""

from __future__ import annotations

import abc
import re
import time
import typing as t
from dataclasses import dataclass, field, fields, replace
from urllib.parse import urlsplit

from ..definition import Definition
from ..errors import Failure
from ..holdback import Holdback
from ..options import COMMON, Option, merged
from ..record import Grant, Record
from ..stores.sealed import SealedStore
from ..transport import Network, Reply, Transport, origin_of


@dataclass(frozen=True)
class ForkRequest:
    """What a child session should be.

    :param client_id: the id of the client that will use the child; empty for the parent's own.
    :param payload: text handed to the child.
    :param independent: whether the child outlives its parent.
    :param user_code: the code that a waiting child shows, instead of a new selector.
    :param lifetime: seconds that the child lives at most; None for what the service gives.
    :param addresses: where the child may be used from.
    :param access_only: whether the child gets the access token alone, and cannot be refreshed.
    :param scopes: what the child may do; empty for all that its parent may.
    """

    client_id: str = ""
    payload: str | None = field(default=None, repr=False)
    independent: bool = False
    user_code: str = ""
    lifetime: float | None = None
    addresses: tuple[str, ...] = ()
    access_only: bool = False
    scopes: tuple[str, ...] = ()

    def given(self) -> set[str]:
        """What is said of the child beside that there should be one."""
        return {item.name for item in fields(self) if getattr(self, item.name) != item.default}


class Provider(abc.ABC):
    """One API's protocol. A subclass declares itself and implements the operations that its API has.

    Operations never touch the store's records: they return a Grant, and the client saves it before anything uses it.

    :param definition: the session's definition, or what its record keeps of it.
    :param store: for notes (facts that outlive a record), never for records.
    :param say: shows a line to the user, for waits that somebody would notice.
    """

    name: t.ClassVar[str]
    title: t.ClassVar[str]
    default_url: t.ClassVar[str] = ""
    needed: t.ClassVar[tuple[str, ...]] = ()
    """Options without which `open` cannot work."""
    capabilities: t.ClassVar[frozenset[str]] = frozenset()
    """Of: credentials, fork, import, lock, refresh, revoke, sessions, user_code, verification."""
    fork_options: t.ClassVar[frozenset[str]] = frozenset()
    """The fields of a ForkRequest that mean something to this API."""
    refresh_proof: t.ClassVar[tuple[str, ...]] = ()
    """Options whose secrets a refresh sends, too, so that a refused one is not sent again (promise 4)."""
    closes_stale: t.ClassVar[bool] = False
    """Whether a session can be signed out although its token is stale."""
    children_end: t.ClassVar[bool] = True
    """Whether the service ends dependent children with their parent."""
    filters: t.ClassVar[tuple[str, ...]] = ()
    """What the service's own list of sessions can be filtered by."""
    attempts: t.ClassVar[int | None] = None
    """How many refused secrets make the service lock the account; None when it does not say."""
    instead: t.ClassVar[t.Mapping[str, str]] = {}
    """What to do in place of an operation that this API does not have."""
    stale_codes: t.ClassVar[frozenset[int]] = frozenset({401})
    """HTTP statuses by which the service says that it does not know the session's token (any more)."""
    repeats: t.ClassVar[int] = 2
    """How often a request is repeated at most, each time with newer tokens, when the service says they are stale."""
    own_options: t.ClassVar[tuple[Option, ...]] = ()
    known_pins: t.ClassVar[t.Mapping[str, tuple[str, ...]]] = {}
    """TLS pins by host, checked unless the definition brings its own."""

    def __init__(
        self,
        definition: Definition,
        store: SealedStore,
        *,
        clock: t.Callable[[], float] = time.time,
        sleep: t.Callable[[float], None] = time.sleep,
        say: t.Callable[[str], None] = lambda message: None,
    ) -> None:
        self.definition = definition
        self.store = store
        self.clock = clock
        self.sleep = sleep
        self.say = say
        self.learned: Grant | None = None
        """What replies told of the session beside their answers, for the client to save."""
        network = self.network()
        self.transport = Transport(network, Holdback(store, origin_of(network.base_url), clock, sleep, say))

    @classmethod
    def options(cls) -> tuple[Option, ...]:
        """The whole option table: the common options and the provider's own."""
        return merged(COMMON, cls.own_options)

    @classmethod
    def url_of(cls, definition: Definition) -> str:
        """The base URL, without trailing slash.

        :raises Failure: `definition` when there is none.
        """
        url = str(definition.get("url") or cls.default_url).rstrip("/")
        if not url:
            raise Failure("definition", f"Session {definition.name!r} has no url (see {definition.source}).")
        return url

    def network(self) -> Network:
        """How to reach the service.

        :raises Failure: `definition` for plain http that was not asked for, or a pin that is no pin.
        """
        url = self.url_of(self.definition)
        self.check_scheme(url)
        pins = tuple(self.definition.get("tls_pins") or self.known_pins.get(urlsplit(url).hostname or "", ()))
        for pin in pins:
            if not re.fullmatch(r"[A-Za-z0-9+/]{43}=", pin):
                raise Failure("definition", f"{pin!r} in tls_pins is not the base64 of a SHA-256 digest.")
        return Network(
            base_url=url,
            verify=bool(self.definition.get("validate_certs")),
            ca_path=self.definition.get("ca_path"),
            pins=pins,
            timeout=float(self.definition.get("timeout")),
            max_wait=float(self.definition.get("max_wait")),
        )

    def account(self) -> str:
        """The account that the definition names; empty when it names none."""
        return str(self.definition.get("username") or "")

    # Operations. Those without a body here are what every API has.

    @abc.abstractmethod
    def open(self) -> Grant:
        """Sign in. A grant in state pending is continued by `complete`.

        :raises Failure: of any kind.
        """

    def complete(self, record: Record) -> Grant:
        """Continue a pending session: give the second factor, poll, redeem.

        :raises Failure: `two_factor_needed` and the like when something is missing; with `session_gone` when the
            service dropped the session.
        """
        raise self.unsupported("complete")

    def missing(self) -> list[str]:
        """The options that `open` cannot do without, and that the definition lacks."""
        return [name for name in self.needed if not self.definition.options.get(name)]

    def stale(self, failure: Failure) -> bool:
        """Whether a failure says that the session's tokens are no longer good: then it is worth another try."""
        return failure.http_code in self.stale_codes

    def cautions(self) -> list[str]:
        """What the user is told whenever this definition signs in: one sentence each."""
        return []

    def refreshable(self, record: Record) -> bool:
        """Whether there is something to refresh; else the session is opened anew."""
        return "refresh" in self.capabilities

    def rotates(self, record: Record) -> bool:
        """Whether a refresh changes the tokens, so that an answer that never arrived loses them."""
        return True

    def refresh(self, record: Record) -> Grant:
        """New tokens for old ones.

        :raises Failure: with `session_gone` when the service refused the refresh token.
        """
        raise self.unsupported("refresh")

    @abc.abstractmethod
    def close(self, record: Record) -> None:
        """Sign out. That the service no longer knows the session is a success."""

    @abc.abstractmethod
    def headers(self, record: Record) -> dict[str, str]:
        """The headers that make a request one of this session."""

    @abc.abstractmethod
    def failure(self, reply: Reply, record: Record | None = None) -> Failure:
        """What an unsuccessful reply means."""

    def succeeded(self, reply: Reply) -> bool:
        """Whether a reply is a success by the API's own rules."""
        return reply.ok

    def learn(self, reply: Reply, record: Record) -> None:
        """Take from a reply, whatever was asked, what it tells of the session: a newer token, that it is gone.

        Sets `learned` where there is something to save.
        """
        self.learned = None

    def lock(self, record: Record) -> Grant:
        """Give up the elevated rights."""
        raise self.unsupported("lock")

    def unlock(self, record: Record) -> Grant:
        """Get the elevated rights back."""
        raise self.unsupported("lock")

    def elevated(self, record: Record) -> bool:
        """Whether the session holds the elevated rights that `lock` gives up."""
        raise self.unsupported("lock")

    def fork(self, record: Record, request: ForkRequest) -> str:
        """Mint a child. Returns its selector."""
        raise self.unsupported("fork")

    def fork_rotates(self, record: Record, request: ForkRequest) -> bool:
        """Whether minting a child changes the parent's own tokens; `learned` then has them."""
        return False

    def child_options(self, client_id: str) -> dict[str, t.Any]:
        """What a child of this session must have different in its options."""
        return {}

    def redeem(self, selector: str) -> tuple[Grant, str | None]:
        """Make a selector a session. Returns it and the payload that its parent gave it.

        :raises Failure: of any kind.
        """
        raise self.unsupported("import")

    def ask_user_code(self) -> Grant:
        """Begin an import that a parent approves by a code. Returns a pending grant with `user_code` in its data."""
        raise self.unsupported("user_code")

    def sessions(self, record: Record, filters: t.Mapping[str, t.Any] | None = None) -> list[dict[str, t.Any]]:
        """The account's sessions, as the service lists them.

        :param filters: only those that match; keys are of `filters` of this class.
        """
        raise self.unsupported("sessions")

    def revoke(self, record: Record, uid: str) -> None:
        """End another session of the account by its uid."""
        raise self.unsupported("sessions")

    def request_code(self, record: Record | None, *, address: str = "", phone: str = "", method: str = "") -> None:
        """Have a verification code sent.

        :param record: the session that waits for it, if there is one.
        :param address: e-mail address to send it to, where one is chosen.
        :param phone: phone number to send it to, where one is chosen.
        :param method: way to send it, where the account knows the destination.
        """
        raise self.unsupported("verification")

    def answer(self, method: str, token: str, keep: bool = True) -> bool:
        """Keep an answer to a verification for the requests to come (or only look). Returns whether it is a new one."""
        raise self.unsupported("verification")

    # What providers say and ask in the same way

    def secret(self, option: str) -> str | None:
        """An option's value as text; None when it is not given.

        :raises Failure: `definition` when it points to where there is nothing.
        """
        value = self.definition.get(option)
        return str(value) if value else None

    def transport_to(self, url: str) -> Transport:
        """A transport to another host of the service than the API's.

        :raises Failure: `definition` for plain http that was not asked for.
        """
        url = url.rstrip("/")
        self.check_scheme(url)
        holdback = Holdback(self.store, origin_of(url), self.clock, self.sleep, self.say)
        return Transport(replace(self.transport.network, base_url=url), holdback)

    def check_scheme(self, url: str) -> None:
        """Refuse a URL of plain http, unless the definition asks for it.

        :raises Failure: `definition`.
        """
        if origin_of(url).startswith("http://") and not self.definition.get("allow_plain_http"):
            raise Failure(
                "definition",
                f"{url} is plain http: everybody on the way could read the session's tokens.",
                hint="Use https, or say allow_plain_http: true.",
            )

    def lacking(self, what: str) -> Failure:
        """The failure of a reply that lacks something."""
        return Failure("unexpected_response", f"{self.transport.origin} sent a reply without a usable {what}.")

    def unsupported(self, operation: str) -> Failure:
        """The failure of an operation that this API does not have."""
        offered = ", ".join(sorted(self.capabilities)) or "opening and closing only"
        hint = self.instead.get(operation) or f"It offers: {offered}."
        return Failure("unsupported", f"{self.title} has no {operation}.", hint=hint)
