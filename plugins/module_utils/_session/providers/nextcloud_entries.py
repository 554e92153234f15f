# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""What Nextcloud Passwords does with entries (Nextcloud Passwords page, sections 7 and 8)."""

from __future__ import annotations

import abc
import json
import typing as t
from dataclasses import replace
from urllib.parse import urlsplit

from ..credential import UUID, Credential, Query, path_of
from ..crypto import cse
from ..errors import Failure
from ..transport import IMPATIENT, READ, Patience
from ..vault import Raw, Vault
from .keeper import Keeper

if t.TYPE_CHECKING:
    from ..record import Record

ROOT = "00000000-0000-0000-0000-000000000000"
DETAILS = {"password": "model+tag-ids", "folder": "model", "tag": "model"}
TAG_COLOR = "#0082c9"
FIELDS = ("label", "username", "password", "url", "notes")
"""Fields of a Credential that have the same name here."""
GENERATED = {"limit": 60, "seconds": 60.0}
"""Section 4.2: passwords that the service makes."""
HASH_LENGTH, ENCRYPT = "user.password.security.hash", "user.encryption.cse"


class NextcloudEntries(Keeper):
    """The half of the provider that knows passwords, folders and tags."""

    @abc.abstractmethod
    def call(
        self, action: str, record: Record, *, body: t.Any = None, method: str = "", patience: Patience = IMPATIENT
    ) -> t.Any:
        """One call as an open session."""

    @abc.abstractmethod
    def pace(self, what: str, limit: t.Mapping[str, t.Any]) -> None:
        """Wait so that the service need not refuse."""

    # Reading

    def fetch(self, record: Record, kind: str) -> list[dict[str, t.Any]]:
        """Section 8.1: all visible objects of a kind, as they come."""
        listed = self.call(f"{kind}/list", record, body={"details": DETAILS[kind]}, patience=READ)
        if not isinstance(listed, list) or not all(_whole(kind, item) for item in listed):
            raise self.lacking(f"list of {kind}s")
        return [_flat(item) for item in listed]

    def unlock_keys(self, record: Record) -> dict[str, t.Any]:
        """Section 7.1."""
        sealed = record.data.get("keychain")
        if not sealed:
            return {}
        master_password = self.secret("master_password")
        if not master_password:
            raise Failure(
                "authentication_needed",
                f"The entries of session {record.name!r} are encrypted, and {self.definition.source} has no "
                "master_password to open them.",
                hint="Define the session in gatehouse_sessions or in a sessions file. (The keychain that the session "
                "was opened with is kept for cache_ttl seconds only.)",
            )
        return cse.unlock(sealed, master_password).as_dict()

    def search(self, query: Query, vault: Vault) -> tuple[list[Raw], list[Failure]]:
        """Section 8.7. Only what the query compares is decrypted."""
        found: list[Raw] = []
        unread: list[Failure] = []
        listed = vault.items("password")
        wanted = {id_.lower() for id_ in query.ids()}
        if wanted:
            listed = [raw for raw in listed if {raw["id"].lower()} == wanted]
            query = replace(query, id="", term="" if UUID.fullmatch(query.term) else query.term)
        for raw in listed:
            try:
                if self._matches(query, raw, vault):
                    found.append(raw)
            except Failure as failure:
                if failure.kind != "crypto":
                    raise
                unread.append(failure)
        return found, unread

    def _matches(self, query: Query, raw: Raw, vault: Vault) -> bool:
        keychain = _keychain(vault)
        label = _opened(raw, "label", keychain) if query.term or query.label else ""
        below = bool(label) and query.term.endswith(f"/{label}")  # labels, too, may have slashes
        folder = query.term[: -len(label) - 1] if below else ""
        return (
            (not query.label or label == query.label)
            and (query.username is None or _opened(raw, "username", keychain) == query.username)
            and (not query.url or _same_url(_opened(raw, "url", keychain), query.url, query.host))
            and (
                not query.term or label == query.term or (below and self._path(raw["folder"], vault) == path_of(folder))
            )
            and (query.folder is None or self._path(raw["folder"], vault) == path_of(query.folder))
            and (not query.tag or query.tag in self._tags(raw, vault))
        )

    def credential(self, raw: Raw, vault: Vault) -> Credential:
        """An entry, decrypted.

        :raises Failure: `crypto`, with its id and label.
        """
        plain = cse.fields_of(raw, cse.FIELDS["password"], _keychain(vault)).get
        return Credential(
            id=raw["id"],
            label=str(plain("label") or ""),
            username=str(plain("username") or ""),
            password=str(plain("password") or ""),
            url=str(plain("url") or ""),
            notes=str(plain("notes") or ""),
            folder=self._path(raw["folder"], vault),
            tags=tuple(sorted(self._tags(raw, vault))),
            custom_fields=_custom_fields(plain("customFields")),
            favorite=bool(raw.get("favorite")),
            revision=str(raw.get("revision", "")),
            raw=raw,
        )

    def kept(self, found: t.Iterable[Raw], vault: Vault) -> dict[str, list[Raw]]:
        """Of all objects those that are needed to make credentials of some entries."""
        entries = list(found)
        folders = _folders(vault) if any(raw["folder"] != ROOT for raw in entries) else {}
        chain: dict[str, Raw] = {}
        for raw in entries:
            place = raw["folder"]
            while place in folders and place not in chain:
                chain[place] = folders[place]
                place = folders[place]["parent"]
        wanted = {tag for raw in entries for tag in raw.get("tags") or ()}
        tags = [raw for raw in vault.items("tag") if raw["id"] in wanted] if wanted else []
        return {"folder": list(chain.values()), "tag": tags}

    def _path(self, folder: str, vault: Vault) -> str:
        """A folder's path. One that is not listed (hidden, or in the trash) stands for itself by its id."""
        return "" if folder == ROOT else vault.once("path", folder, lambda: self._walked(folder, vault))

    def _walked(self, folder: str, vault: Vault) -> str:
        folders = _folders(vault)
        labels: list[str] = []
        seen: set[str] = set()
        while folder != ROOT:
            if folder not in folders or folder in seen:
                return "/".join([folder, *reversed(labels)])
            seen.add(folder)
            labels.append(_label(folders[folder], vault) or folder)
            folder = folders[folder]["parent"]
        return "/".join(reversed(labels))

    def _tags(self, raw: Raw, vault: Vault) -> list[str]:
        ids = raw.get("tags")
        if not ids:
            return []
        tags = vault.once("tags", "", lambda: {tag["id"]: tag for tag in vault.items("tag")})
        return [
            vault.once("tag", id_, lambda id_=id_: _label(tags[id_], vault) or id_)  # type: ignore[misc]
            for id_ in ids
            if id_ in tags
        ]

    # Writing

    def folder_id(self, path: str, vault: Vault) -> str:
        """The id of a folder; empty when there is none.

        :raises Failure: `conflict` when several folders have this path.
        """
        if not path:
            return ROOT
        ids = [raw["id"] for raw in vault.items("folder") if self._path(raw["id"], vault) == path]
        return _only(ids, f"folders {path!r}")

    def tag_id(self, label: str, vault: Vault) -> str:
        """The id of a tag; empty when there is none.

        :raises Failure: `conflict` when several tags have this label.
        """
        ids = [raw["id"] for raw in vault.items("tag") if _label(raw, vault) == label]
        return _only(ids, f"tags {label!r}")

    def make_folder(self, record: Record, label: str, parent: str, vault: Vault) -> str:
        """A new folder's id."""
        values = {"label": label}
        sent = {**self._scheme("folder", record, values, vault), "parent": parent, "hidden": False, "favorite": False}
        return self._made(self.call("folder/create", record, body=sent))

    def make_tag(self, record: Record, label: str, vault: Vault) -> str:
        """A new tag's id."""
        values = {"label": label, "color": TAG_COLOR}
        sent = {**self._scheme("tag", record, values, vault), "hidden": False, "favorite": False}
        return self._made(self.call("tag/create", record, body=sent))

    def create(self, record: Record, wanted: t.Mapping[str, t.Any], vault: Vault) -> str:
        """Section 8.4. A new entry's id.

        :param wanted: fields of a Credential; `folder` and `tags` are ids here.
        """
        values = {name: wanted.get(name) or "" for name in FIELDS}
        values["customFields"] = _written(wanted.get("custom_fields") or ())
        sent = self._scheme("password", record, values, vault)
        place = {"folder": wanted.get("folder", ROOT), "favorite": bool(wanted.get("favorite")), "hidden": False}
        return self._made(self.call("password/create", record, body={**sent, **place, "tags": wanted.get("tags", [])}))

    def check_change(self, found: Credential) -> None:
        """Section 8.4: an update of what is not editable succeeds, and changes nothing."""
        if found.raw.get("editable") is False:
            raise Failure(
                "missing_scope",
                f"Credential {found.label!r} ({found.id}) was shared with this account for reading only.",
                hint="Ask its owner.",
            )

    def change(self, record: Record, found: Credential, wanted: t.Mapping[str, t.Any], vault: Vault) -> str:
        """Section 8.4: an update replaces all, so all is sent; an entry that has changed meanwhile is a conflict.

        :param wanted: as for `create`; what is left out stays.
        """
        self.check_change(found)
        changes = {name: wanted[name] or "" for name in FIELDS if name in wanted}
        if "custom_fields" in wanted:
            changes["customFields"] = _written(wanted["custom_fields"])
        sent = cse.updated("password", found.raw, changes, _keychain(vault), self._settings(record)[HASH_LENGTH])
        body = {
            **{name: sent[name] for name in (*cse.FIELDS["password"], "cseType", "cseKey", "hash") if name in sent},
            "id": found.id,
            "revision": found.revision,
            "folder": wanted.get("folder", found.raw["folder"]),
            "favorite": bool(wanted.get("favorite", found.favorite)),
            "hidden": bool(found.raw.get("hidden")),
            "edited": 0 if "password" in changes else found.raw.get("edited", 0),
        }
        if "tags" in wanted:
            body["tags"] = wanted["tags"] or [""]
        self.call("password/update", record, body=body, method="PATCH")
        return found.id

    def remove(self, record: Record, found: Credential, purge: bool) -> None:
        """Section 8.6: into the trash; with `purge`, out of it, too."""
        reply = self.call("password/delete", record, body={"id": found.id, "revision": found.revision}, method="DELETE")
        self._made(reply)
        if purge and "revision" in reply:
            body = {"id": found.id, "revision": reply["revision"]}
            self._made(self.call("password/delete", record, body=body, method="DELETE"))

    def show(self, record: Record, id_: str) -> dict[str, t.Any]:
        """One entry, as it comes."""
        raw = self.call("password/show", record, body={"id": id_, "details": DETAILS["password"]}, patience=READ)
        if not _whole("password", raw):
            raise self.lacking("password")
        return _flat(raw)

    def generate(self, record: Record, strength: int, numbers: bool, special: bool) -> str:
        """Section 8.8."""
        self.pace("service/password", GENERATED)
        body = {"strength": strength, "numbers": numbers, "special": special}
        reply = self.call("service/password", record, body=body, patience=READ)
        password = reply.get("password") if isinstance(reply, dict) else None
        if not isinstance(password, str) or not password:
            raise self.lacking("password")
        return password

    def _scheme(self, kind: str, record: Record, values: dict[str, t.Any], vault: Vault) -> dict[str, t.Any]:
        """Section 7.2: new objects are encrypted where the account has a keychain, unless the user said otherwise."""
        keychain = _keychain(vault)
        settings = self._settings(record)
        if keychain is None or not settings[ENCRYPT]:
            return {**values, "cseType": cse.NONE, "cseKey": ""}
        return cse.encrypted(kind, values, keychain, settings[HASH_LENGTH])

    def _settings(self, record: Record) -> dict[str, int]:
        found = self.call("settings/get", record, body=[HASH_LENGTH, ENCRYPT], patience=READ)
        known = {HASH_LENGTH: cse.HASH, ENCRYPT: 1}
        if not isinstance(found, dict):
            return known
        return {**known, **{name: value for name, value in found.items() if name in known and isinstance(value, int)}}

    def _made(self, reply: t.Any) -> str:
        made = reply.get("id") if isinstance(reply, dict) else None
        if not isinstance(made, str) or not UUID.fullmatch(made):
            raise self.lacking("id")
        return made


def _whole(kind: str, raw: t.Any) -> bool:
    """Whether an object has what is used of it without being looked at again."""
    texts = {"password": ("id", "folder", "cseType"), "folder": ("id", "parent", "cseType"), "tag": ("id", "cseType")}
    if not isinstance(raw, dict) or not all(isinstance(raw.get(name), str) for name in texts[kind]):
        return False
    tags = raw.get("tags", [])
    return isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)


def _flat(raw: Raw) -> dict[str, t.Any]:
    """An object without what may be nested in it: nothing of that is used, and it may be nested too deep to be kept."""
    return {name: value for name, value in raw.items() if name == "tags" or not isinstance(value, (dict, list))}


def _label(raw: Raw, vault: Vault) -> str:
    """The label of a folder or tag; empty when it cannot be read: what lies in it or wears it still can."""
    try:
        return _opened(raw, "label", _keychain(vault))
    except Failure as failure:
        if failure.kind != "crypto":
            raise
        return ""


def _folders(vault: Vault) -> dict[str, Raw]:
    return vault.once("folders", "", lambda: {raw["id"]: raw for raw in vault.items("folder")})


def _keychain(vault: Vault) -> cse.Keychain | None:
    return vault.once("keychain", "", lambda: cse.Keychain.from_dict(vault.keys()) if vault.keys() else None)


def _opened(raw: Raw, name: str, keychain: cse.Keychain | None) -> str:
    return str(cse.fields_of(raw, (name,), keychain).get(name) or "")


def _custom_fields(text: t.Any) -> tuple[dict[str, str], ...]:
    """Section 8.2: a JSON text; the server takes anything, so what is none of it counts as no fields."""
    if not text:
        return ()
    names = ("label", "type", "value")
    try:
        listed = json.loads(text)
        return tuple(
            {name: str(item.get(name, "")) for name in names}
            for item in (listed if isinstance(listed, list) else [])
            if isinstance(item, dict)
        )
    except (ValueError, TypeError, RecursionError):
        return ()


def _written(custom_fields: t.Iterable[t.Mapping[str, str]]) -> str:
    listed = [dict(item) for item in custom_fields]
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":")) if listed else ""


def _same_url(found: str, wanted: str, host: bool) -> bool:
    if not host:
        return found == wanted
    return bool(_host(found)) and _host(found) == (_host(wanted) or wanted.lower())


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _only(ids: t.Sequence[str], what: str) -> str:
    if len(ids) > 1:
        raise Failure("conflict", f"There are several {what}: {', '.join(sorted(ids))}.", hint="Rename one of them.")
    return ids[0] if ids else ""
