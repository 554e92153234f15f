# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: credential
short_description: Credentials that an API session gives access to
version_added: 0.1.0
author: gatehouse.api contributors (@gatehouse)
description: >-
  Returns credentials, such as entries of a password manager. The session is opened as needed, and the credentials are
  fetched, once for all workers and hosts. Several matches are an error that lists their ids. What it returns is secret,
  so use C(no_log) where a task would show it. In check mode a session that is not open is not opened, and the lookup
  warns and returns placeholders. See also M(gatehouse.api.credential_info).
options:
  _terms:
    description: >-
      Ids, labels, or paths of a folder with a label, joined by C(/). Without any, the one credential that the options
      select.
  session:
    description: Name of the session.
    required: true
    vars: [{name: gatehouse_session}]
    env: [{name: GATEHOUSE_SESSION}]
    ini: [{section: gatehouse, key: session}]
  field:
    description: >-
      Return this one field, or the custom field with this label, instead of all. The fields are C(id), C(label),
      C(username), C(password), C(url), C(notes), C(folder), C(tags), C(custom_fields), C(favorite) and C(revision).
  username:
    description: Only credentials for this account.
  folder:
    description: Only credentials in the folder with this path. An empty path is the top.
  url:
    description: Only credentials with this URL.
  match_host:
    description: Compare O(url) by its host alone.
    type: bool
    default: false
  tag:
    description: Only credentials with this tag.
  default:
    description: Return this where there is no match.
    type: raw
  on_missing:
    description: What to do where there is no match and no O(default). V(skip) and V(warn) leave the term out.
    choices: [error, warn, skip]
    default: error
  cache_ttl:
    description: >-
      Seconds for which what was fetched before may be used. V(0) asks the service. If not set, the session's own
      C(cache_ttl).
    type: float
  store:
    description: Where records live. See M(gatehouse.api.session).
    vars: [{name: gatehouse_store}]
    env: [{name: GATEHOUSE_STORE}]
    ini: [{section: gatehouse, key: store}]
  store_key:
    description: Key that seals the records. See M(gatehouse.api.session).
    vars: [{name: gatehouse_store_key}]
    env: [{name: GATEHOUSE_STORE_KEY}]
    ini: [{section: gatehouse, key: store_key}]
"""

EXAMPLES = r"""
- name: The password of a database
  ansible.builtin.copy:
    content: |
      [client]
      password = {{ lookup('gatehouse.api.credential', path, session='vault').password }}
    dest: "{{ configuration }}"
    mode: "0600"
  vars:
    path: databases/{{ inventory_hostname }}/root
  no_log: true

- name: One field, by the host of its URL
  ansible.builtin.set_fact:
    token: "{{ lookup('gatehouse.api.credential', url='db.example.com', match_host=true, field='password') }}"
  vars:
    gatehouse_session: vault
  no_log: true

- name: Something else where there is none
  ansible.builtin.set_fact:
    token: "{{ lookup('gatehouse.api.credential', 'not/there', session='vault', field='password', default='') }}"
  no_log: true
"""

RETURN = r"""
_raw:
  description:
    - For each term a mapping with all fields of the credential, or the one that O(field) names.
  type: list
  elements: raw
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.gatehouse.api.plugins.plugin_utils import bytecode  # noqa: F401  # isort: skip
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

display = Display()


class LookupModule(LookupBase):
    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        """See DOCUMENTATION."""
        self.set_options(var_options=variables, direct=kwargs)
        self._variables = variables or {}
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
        client = Client(store, check_mode=check_mode, warn=display.warning, say=display.display)
        definition = Definitions(self._variables, self._templar, self._loader).find(name)
        credentials = Credentials(client, name, definition, self.get_option("cache_ttl"))
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
        if self.get_option("default") is not None:
            return [self.get_option("default")]
        problem = f"There is no credential {query} in session {self._setting('session')!r}."
        if self.get_option("on_missing") == "error":
            raise Failure("definition", problem, hint="Give a default, or on_missing='skip', if it may be missing.")
        if self.get_option("on_missing") == "warn":
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
            host=self.get_option("match_host"),
            tag=self._given("tag") or "",
            **given,
        )
        if query == Query():
            raise Failure("definition", "The lookup is not told which credential.", hint="Give a term, or url or tag.")
        return query

    def _setting(self, name: str) -> t.Any:
        """An option that a variable may give: those are not templated yet."""
        value = self.get_option(name)
        return plain(self._templar.template(value) if isinstance(value, str) and "{{" in value else value)

    def _given(self, name: str) -> t.Any:
        return plain(self.get_option(name))

    def _placeholder(self) -> t.Any:
        """What stands for a credential in check mode."""
        values = Credential(id="", label="").as_dict()
        values = {name: "CHECK_MODE" if value == "" else value for name, value in values.items()}
        field = self._given("field")
        return values.get(field, "CHECK_MODE") if field else values
