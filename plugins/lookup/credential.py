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
      C(cache_ttl), which also says how long the unlocked keychain is kept.
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

from ansible.plugins.lookup import LookupBase

from ansible_collections.gatehouse.api.plugins.plugin_utils import bytecode


class LookupModule(LookupBase):
    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        """See DOCUMENTATION."""
        self.set_options(var_options=variables, direct=kwargs)
        bytecode.install()  # for what every worker imports now
        from ansible_collections.gatehouse.api.plugins.plugin_utils.credential_lookup import CredentialLookup

        return CredentialLookup(self.get_option, self._templar, self._loader, variables or {}).found(terms)
