# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The contract of a provider whose sessions give access to credentials."""

from __future__ import annotations

import abc
import typing as t

from .base import Provider

if t.TYPE_CHECKING:
    from ..credential import Credential, Query
    from ..errors import Failure
    from ..record import Record
    from ..vault import Raw, Vault


class Keeper(Provider):
    """A provider whose API keeps credentials: reading them is what each has, changing them what some have."""

    write_only: t.ClassVar[frozenset[str]] = frozenset()
    """Fields of a credential that the service does not give back as they were given."""

    @abc.abstractmethod
    def fetch(self, record: Record, kind: str) -> list[dict[str, t.Any]]:
        """All objects of a kind, as the service sends them. The kinds are the provider's own."""

    def unlock_keys(self, record: Record) -> dict[str, t.Any]:
        """The keys that open what `fetch` gives, as JSON takes them; empty where nothing is encrypted.

        :raises Failure: `authentication_needed` when the definition lacks what unlocks them.
        """
        return {}

    @abc.abstractmethod
    def search(self, query: Query, vault: Vault) -> tuple[list[Raw], list[Failure]]:
        """The objects that a query asks for, and the failures of those that could not be looked into."""

    @abc.abstractmethod
    def kept(self, found: t.Iterable[Raw], vault: Vault) -> dict[str, list[Raw]]:
        """Of all other objects, by kind, those that `credential` needs for some of them."""

    @abc.abstractmethod
    def credential(self, raw: Raw, vault: Vault) -> Credential:
        """One object, decrypted.

        :raises Failure: `crypto`, with its id, and its label if that can be read.
        """

    @abc.abstractmethod
    def show(self, record: Record, id_: str) -> dict[str, t.Any]:
        """One object as the service sends it now."""

    def create(self, record: Record, wanted: t.Mapping[str, t.Any], vault: Vault) -> str:
        """Make a credential. Returns its id.

        :param wanted: fields of a Credential; `folder` and `tags` are ids.
        """
        raise self.unsupported("creating credentials")

    def check_change(self, found: Credential) -> None:
        """Look whether a credential can be changed at all, without asking the service.

        :raises Failure: `missing_scope` when not.
        """
        if type(self).change is Keeper.change:
            raise self.unsupported("changing credentials")

    def change(self, record: Record, found: Credential, wanted: t.Mapping[str, t.Any], vault: Vault) -> str:
        """Change some fields of a credential. Returns its id, which may be another one then.

        :raises Failure: `conflict` when it is no longer the revision that was found.
        """
        raise self.unsupported("changing credentials")

    def remove(self, record: Record, found: Credential, purge: bool) -> None:
        """Remove a credential; with `purge` for good, where the service has a trash."""
        raise self.unsupported("removing credentials")

    def folder_id(self, path: str, vault: Vault) -> str:
        """The id of a folder by its path; empty when there is none."""
        raise self.unsupported("folders")

    def tag_id(self, label: str, vault: Vault) -> str:
        """The id of a tag; empty when there is none."""
        raise self.unsupported("tags")

    def make_folder(self, record: Record, label: str, parent: str, vault: Vault) -> str:
        """Make a folder below another one. Returns its id."""
        raise self.unsupported("folders")

    def make_tag(self, record: Record, label: str, vault: Vault) -> str:
        """Make a tag. Returns its id."""
        raise self.unsupported("tags")

    def generate(self, record: Record, strength: int, numbers: bool, special: bool) -> str:
        """A password that the service makes; empty where it makes one by itself, with the credential."""
        raise self.unsupported("generating passwords")
