# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What the lookup `credential` does, apart from its options: imported when there is work for it."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.utils.display import Display

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import Credential, Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Credentials
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import check_name
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import NotInCheckMode
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store
from ansible_collections.gatehouse.api.plugins.plugin_utils.definitions import Definitions
from ansible_collections.gatehouse.api.plugins.plugin_utils.plain import plain
from ansible_collections.gatehouse.api.plugins.plugin_utils.saying import said

display = Display()


class CredentialLookup:
    """The work of the lookup.

    :param option: gives an option's value by its name.
    :param variables: the host's variables.
    """

    def __init__(
        self, option: t.Callable[[str], t.Any], templar: t.Any, loader: t.Any, variables: t.Mapping[str, t.Any]
    ) -> None:
        self._option = option
        self._templar = templar
        self._loader = loader
        self._variables = variables

    def found(self, terms: t.Iterable[t.Any]) -> list[t.Any]:
        """What the terms, or without any the options, select.

        :raises ansible.errors.AnsibleError: with the text of a failure.
        """
        problem = ""
        try:
            return self._found([plain(term) for term in terms])
        except Failure as failure:
            problem = str(secrets.hide(str(failure)))
        # Not inside the except: ansible-core shows the files that a chain of exceptions comes from, secrets and all.
        raise AnsibleError(problem)

    def _found(self, terms: list[t.Any]) -> list[t.Any]:
        queries = [self._query(term) for term in terms] or [self._query("")]
        name = check_name(self._setting("session"))
        check_mode = bool(self._variables.get("ansible_check_mode"))
        store = open_store(self._setting("store"), self._setting("store_key"))
        client = Client(store, check_mode=check_mode, warn=display.warning, say=said)
        definition = Definitions(self._variables, self._templar, self._loader).find(name)
        credentials = Credentials(client, name, definition, self._option("cache_ttl"))
        try:
            found = [self._one(credentials, query) for query in queries]
        except NotInCheckMode:
            display.warning(f"Check mode: session {name!r} is not open; the lookup returns placeholders.")
            found = [[self._placeholder()]] * len(queries)
        return [item for items in found for item in items]

    def _one(self, credentials: Credentials, query: Query) -> list[t.Any]:
        """The field or fields of the credential of a query, alone in a list; an empty list to leave it out."""
        credential = credentials.one(query)
        if credential is not None:
            secrets.register(*filter(None, credential.secrets()))
            return [self._fields(credential)]
        if self._option("default") is not None:
            return [self._option("default")]
        problem = f"There is no credential {query} in session {self._setting('session')!r}."
        if self._option("on_missing") == "error":
            raise Failure("definition", problem, hint="Give a default, or on_missing='skip', if it may be missing.")
        if self._option("on_missing") == "warn":
            display.warning(problem)
        return []

    def _fields(self, credential: Credential) -> t.Any:
        field = self._given("field")
        return credential.value(field) if field else credential.as_dict()

    def _query(self, term: t.Any) -> Query:
        if not isinstance(term, str):
            raise Failure("definition", f"{str(term)[:40]!r} is no id, label or path of a credential.")
        given = {name: self._given(name) for name in ("username", "folder")}
        query = Query(
            term=term,
            url=self._given("url") or "",
            host=self._option("match_host"),
            tag=self._given("tag") or "",
            **given,
        )
        if query == Query():
            raise Failure("definition", "The lookup is not told which credential.", hint="Give a term, or url or tag.")
        return query

    def _setting(self, name: str) -> t.Any:
        """An option that a variable may give: those are not templated yet."""
        value = self._option(name)
        return plain(self._templar.template(value) if isinstance(value, str) and "{{" in value else value)

    def _given(self, name: str) -> t.Any:
        return plain(self._option(name))

    def _placeholder(self) -> t.Any:
        """What stands for a credential in check mode."""
        values = Credential(id="", label="").as_dict()
        values = {name: "CHECK_MODE" if value == "" else value for name, value in values.items()}
        field = self._given("field")
        return values.get(field, "CHECK_MODE") if field else values
