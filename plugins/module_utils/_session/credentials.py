# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The credentials that a session gives access to: found, made, changed and removed."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, replace

from . import secrets
from .cache import KEYS, Cache
from .credential import Credential, Query, path_of
from .errors import Failure
from .flights import Flights
from .providers.keeper import Keeper
from .vault import Vault

if t.TYPE_CHECKING:
    from .client import Client
    from .definition import Definition
    from .record import Record
    from .vault import Raw

T = t.TypeVar("T")

MOST_NAMED = 4
"""How many of several hits a message names."""

MOST_CACHED = 50
"""How many hits of one query are kept beside the lists; more are found in the lists again."""


@dataclass(frozen=True)
class Found:
    """The answer to a query.

    :param credentials: the hits.
    :param unread: the failures of entries that could not be decrypted; they may have been hits.
    :param damaged: those of them that are hits.
    """

    credentials: tuple[Credential, ...]
    unread: tuple[Failure, ...] = ()
    damaged: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Change:
    """What became of a credential.

    :param changed: whether it was changed (or would be, in check mode).
    :param before: as it was found; None when there was none.
    :param after: as it is now (or would be); None when there is none.
    :param fields: the fields that differ.
    """

    changed: bool
    before: Credential | None
    after: Credential | None
    fields: tuple[str, ...] = ()


class Credentials:
    """The credentials of one session.

    :param client: the client, for its store and its way to use a session.
    :param name: the session's name.
    :param definition: how to open it.
    :param ttl: seconds that what was fetched is used again; None for what the definition says.
    """

    def __init__(self, client: Client, name: str, definition: Definition | None, ttl: float | None = None) -> None:
        self._client = client
        self._name = name
        self._definition = definition
        self._ttl = ttl
        self._flights = Flights(client.store, client.say)

    # Reading

    def search(self, query: Query) -> Found:
        """What a query asks for. Fetched once for all workers, and kept for the cache's time.

        :raises NotInCheckMode: when the session would have to be opened first, in check mode.
        :raises Failure: of any kind.
        """
        provider, cache = self._ready()
        found = self._hit(provider, cache, query)
        if found is None:
            with self._flights.flight(self._name, "credentials", *query.parts(), key=cache.key):
                found = self._hit(provider, cache, query)
                if found is None:
                    found = self._fetched(provider, self._vault(cache), cache, query)
        return found

    def one(self, query: Query) -> Credential | None:
        """The one credential that a query asks for; None when there is none.

        :raises Failure: `conflict` when there are several, with their ids; `crypto` when it cannot be decrypted.
        """
        return _in_play(_only(self.search(query), query))

    def _ready(self) -> tuple[Keeper, Cache]:
        record = self._client.usable(self._name, self._definition)
        provider = self._client.provider(record, self._definition)
        if not isinstance(provider, Keeper):
            raise provider.unsupported("credentials")
        return provider, Cache.of(self._client.store, record, self._client.clock, self._ttl)

    def _hit(self, provider: Keeper, cache: Cache, query: Query) -> Found | None:
        """The answer to a query that somebody has asked before."""
        kept, keys = cache.get("query", *query.parts()), cache.of_definition.get(KEYS)
        if kept is None or keys is None:
            return None
        vault = Vault(lambda kind: kept["objects"].get(kind, []), lambda: keys)
        unread = [Failure.from_dict(failure) for failure in kept["unread"]]
        return _opened(provider, kept["found"], vault, unread)

    def _fetched(self, provider: Keeper, vault: Vault, cache: Cache, query: Query) -> Found:
        raw, unread = provider.search(query, vault)
        vault.keys()  # also where nothing was decrypted: it is what a hit looks for
        if len(raw) <= MOST_CACHED:
            failures = [failure.as_dict() for failure in unread]
            kept = {"found": raw, "objects": provider.kept(raw, vault), "unread": failures}
            cache.put(kept, "query", *query.parts())
        return _opened(provider, raw, vault, unread)

    def _vault(self, cache: Cache, fresh: bool = False) -> Vault:
        """The account's objects: from the cache, else from the service.

        :param fresh: from the service in any case.
        """

        def fetch(kind: str) -> list[dict[str, t.Any]]:
            listed = None if fresh else cache.get("list", kind)
            if listed is None:
                listed = self._use(lambda provider, record: provider.fetch(record, kind))
                cache.put(listed, "list", kind)
            return t.cast("list[dict[str, t.Any]]", listed)

        def unlock() -> t.Mapping[str, t.Any]:
            keys = cache.of_definition.get(KEYS)
            if keys is None:
                keys = self._use(lambda provider, record: provider.unlock_keys(record))
                cache.of_definition.put(keys, KEYS)
            return t.cast("t.Mapping[str, t.Any]", keys)

        return Vault(fetch, unlock)

    def _use(self, operation: t.Callable[[Keeper, Record], T]) -> T:
        return self._client.use(
            self._name, self._definition, lambda provider, record: operation(t.cast(Keeper, provider), record)
        )[0]

    # Changing

    def present(
        self,
        query: Query,
        wanted: t.Mapping[str, t.Any],
        *,
        generate: t.Callable[[Keeper, Record], str] | None = None,
        update_password: bool = True,
        create_folders: bool = False,
        create_tags: bool = False,
    ) -> Change:
        """A credential with these fields. Looked up at the service, whatever the cache holds.

        :param query: which one: by id, or by label and what else is given.
        :param wanted: fields of a Credential that are to be so; `folder` is a path, `tags` are labels.
        :param generate: makes the password where one is needed and none is wanted.
        :param update_password: whether the password of an existing credential is changed.
        :param create_folders: whether missing folders are made.
        :param create_tags: whether missing tags are made.
        :raises Failure: `conflict` when several match, or when it was changed meanwhile; nothing is then overwritten.
        """
        with self._changing() as (cache, vault):
            provider, _cache = self._ready()
            before = _in_play(_only(_opened(provider, *_searched(provider, query, vault)), query))
            if before is None and query.id:
                raise Failure("definition", f"There is no credential with the id {query.id}.")
            wanted = dict(wanted)
            if wanted.get("folder") is not None:
                wanted["folder"] = path_of(wanted["folder"])
            if before is not None and not update_password:
                wanted.pop("password", None)
            making = generate is not None and "password" not in wanted and (before is None or update_password)
            if generate is not None and making:
                wanted["password"] = "" if self._client.check_mode else self._use(generate)
                secrets.add(wanted["password"])
            after = _changed(before, wanted)
            fields = tuple(
                name
                for name in wanted
                if before is None
                or (making and name == "password")  # also where neither the old nor the new one is known here
                or (name not in provider.write_only and getattr(before, name) != getattr(after, name))
            )
            if not fields:
                return Change(False, before, before)
            if before is None and not (wanted.get("label") and ("password" in wanted)):
                raise Failure(
                    "definition",
                    f"There is no credential {query}, and to make it takes a label and a password.",
                    hint="To change the label, folder or username of one that is there, give its id.",
                )
            if before is not None:
                provider.check_change(before)
            place = self._place(provider, wanted, vault, create_folders, create_tags)
            if self._client.check_mode:
                return Change(True, before, after, fields)
            cache.drop_fetched()
            sent = {name: wanted[name] for name in fields} if before is not None else dict(wanted)
            sent.update({name: ids for name, ids in place().items() if name in sent})
            if before is None:
                made = self._use(lambda provider, record: provider.create(record, sent, vault))
            else:
                made = self._use(lambda provider, record: provider.change(record, before, sent, vault))
            return Change(True, before, self._stored(made, wanted, vault.keys), fields)

    def absent(self, query: Query, purge: bool = False) -> Change:
        """No such credential.

        :param purge: also take it out of the service's trash.
        :raises Failure: `conflict` when several match.
        """
        with self._changing() as (cache, vault):
            provider, _cache = self._ready()
            before = _in_play(_only(_opened(provider, *_searched(provider, query, vault)), query))
            if before is not None and not self._client.check_mode:
                cache.drop_fetched()
                self._use(lambda provider, record: provider.remove(record, before, purge))
            return Change(before is not None, before, None)

    @contextlib.contextmanager
    def _changing(self) -> t.Iterator[tuple[Cache, Vault]]:
        """One change at a time, with what the service has now."""
        _provider, cache = self._ready()
        with self._flights.lock(self._name, cache.key):
            yield cache, self._vault(cache, fresh=True)

    def _place(
        self, provider: Keeper, wanted: t.Mapping[str, t.Any], vault: Vault, create_folders: bool, create_tags: bool
    ) -> t.Callable[[], dict[str, t.Any]]:
        """The ids of the folder and the tags that are wanted, or what makes them.

        :raises Failure: `definition` when one is missing that is not to be made. Nothing has been changed then.
        """
        path = wanted.get("folder")
        tags = wanted.get("tags")
        known_tags = {label: provider.tag_id(label, vault) for label in tags or ()}
        missing = [f"tag {label!r}" for label, found in known_tags.items() if not found and not create_tags]
        if path is not None and not provider.folder_id(path, vault) and not create_folders:
            missing.insert(0, f"folder {path!r}")
        if missing:
            raise Failure(
                "definition",
                f"There is no {' and no '.join(missing)}.",
                hint="Make it, or set create_folders or create_tags.",
            )

        def ids() -> dict[str, t.Any]:
            found: dict[str, t.Any] = {}
            if path is not None:
                found["folder"] = self._folder(provider, path, vault)
            if tags is not None:
                found["tags"] = [
                    id_ or self._use(lambda provider, record, label=label: provider.make_tag(record, label, vault))  # type: ignore[misc]
                    for label, id_ in known_tags.items()
                ]
            return found

        return ids

    def _folder(self, provider: Keeper, path: str, vault: Vault) -> str:
        """The id of a folder, made with those above it where they are missing."""
        labels = path.split("/") if path else []
        missing: list[str] = []
        while not (parent := provider.folder_id("/".join(labels), vault)) and labels:  # a label may have a slash, too
            missing.insert(0, labels.pop())
        for label in missing:
            parent = self._use(
                lambda provider, record, label=label, parent=parent: provider.make_folder(record, label, parent, vault)  # type: ignore[misc]
            )
        return parent

    def _stored(
        self, id_: str, wanted: t.Mapping[str, t.Any], keys: t.Callable[[], t.Mapping[str, t.Any]]
    ) -> Credential:
        """The credential as the service has it now.

        :param keys: gets the keys that it was written with.
        :raises Failure: `unexpected_response` when that is not what was wanted.
        """
        _provider, cache = self._ready()
        vault = Vault(self._vault(cache, fresh=True).items, keys)
        raw, provider = self._use(lambda provider, record: (provider.show(record, id_), provider))
        stored = provider.credential(raw, vault)
        different = [
            name
            for name, value in wanted.items()
            if getattr(stored, name) != _normal(name, value)
            and name not in provider.write_only
            and (value or name != "password")  # else the service has made one
        ]
        if different:
            raise Failure(
                "unexpected_response",
                f"Credential {stored.label!r} ({id_}) was written, but the service has stored another "
                f"{' and '.join(different)}.",
            )
        return stored


def _searched(provider: Keeper, query: Query, vault: Vault) -> tuple[list[Raw], Vault, list[Failure]]:
    raw, unread = provider.search(query, vault)
    return raw, vault, unread


def _opened(provider: Keeper, raw: t.Iterable[Raw], vault: Vault, unread: t.Sequence[Failure]) -> Found:
    """Decrypt the hits; those that cannot be are told, and the others still come."""
    credentials: list[Credential] = []
    damaged: list[Failure] = []
    for item in raw:
        try:
            credential = provider.credential(item, vault)
        except Failure as failure:
            if failure.kind != "crypto":
                raise
            damaged.append(failure)
            continue
        credentials.append(credential)
    return Found(tuple(credentials), (*unread, *damaged), tuple(damaged))


def _only(found: Found, query: Query) -> Credential | None:
    if len(found.credentials) > 1:
        listed = ", ".join(f"{item.id} ({item.label[:30]!r})" for item in found.credentials[:MOST_NAMED])
        listed += ", ..." * (len(found.credentials) > MOST_NAMED)
        raise Failure(
            "conflict",
            f"{len(found.credentials)} credentials match {query}: {listed}.",
            hint="Ask for one by its id, or say more: username, folder, url or tag.",
        )
    if found.damaged:
        raise found.damaged[0]
    if not found.credentials and query.ids() and found.unread:
        raise found.unread[0]
    return found.credentials[0] if found.credentials else None


def _in_play(credential: Credential | None) -> Credential | None:
    """A credential whose secrets are hidden from now on."""
    if credential is not None:
        secrets.add(*credential.secrets())
    return credential


def _changed(before: Credential | None, wanted: t.Mapping[str, t.Any]) -> Credential:
    values = {name: _normal(name, value) for name, value in wanted.items()}
    return replace(before or Credential(id="", label=""), **values)


def _normal(name: str, value: t.Any) -> t.Any:
    """A wanted value as a Credential has it."""
    if name == "tags":
        return tuple(sorted(set(value)))
    if name == "custom_fields":
        return tuple({key: str(item.get(key, "")) for key in ("label", "type", "value")} for item in value)
    if name == "folder":
        return path_of(value)
    return value
