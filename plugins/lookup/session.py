# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

# Every worker parses this, node by node: it says each thing once, and the rest is in the module's documentation.
DOCUMENTATION = r"""
name: session
short_description: Tokens and facts of an API session
version_added: 0.1.0
author: gatehouse.api contributors (@gatehouse)
description: >-
  Returns what a request as a session needs, for tools that cannot use M(gatehouse.api.request). The session is opened
  or refreshed as needed, once for all workers and hosts. A warm lookup reads one file. What it returns is secret, so
  use C(no_log) where a task would show it. In check mode a session that is not open is not opened, and the lookup
  warns and returns placeholders. See also M(gatehouse.api.session).
options:
  _terms:
    description: Names of sessions.
    required: true
  field:
    description: Return this one field instead of all.
    choices: [name, token, headers, uid, scopes, expires_at]
  min_ttl:
    description: Seconds that the token must live at least from now on.
    type: float
    default: 0.0
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
- name: A configuration file with a token
  ansible.builtin.copy:
    content: |
      url = {{ proton_url }}
      token = {{ lookup('gatehouse.api.session', 'mail').token }}
    dest: "{{ configuration }}"
    mode: "0600"
  no_log: true

- name: Headers for another tool
  ansible.builtin.uri:
    url: "{{ proton_url }}/core/v4/users"
    ca_path: "{{ proton_ca }}"
    headers: "{{ lookup('gatehouse.api.session', 'mail', field='headers') }}"
  no_log: true
"""

RETURN = r"""
_raw:
  description:
    - For each name a mapping with the session's C(name), C(token), C(headers), C(uid), C(scopes) and C(expires_at), or
      the one field that O(field) names.
  type: list
  elements: raw
"""

import os
import sys
import typing as t
from importlib.util import module_from_spec, spec_from_file_location

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

if t.TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

try:
    from ansible.module_utils.secrets import register_secret
except ImportError:  # ansible-core before 2.22
    register_secret = None

display = Display()


def _cached(name: str) -> t.Any:
    """A module of this collection, imported in the way of plugins: with cached bytecode.

    Ansible's loader of collections compiles what is imported by its name from source, in every worker anew. For the
    same reason, what only a cold lookup needs is imported when one is cold.
    """
    full = f"ansible_collections.gatehouse.api.plugins.{name}"
    if full not in sys.modules:
        place = os.path.join(os.path.dirname(os.path.dirname(__file__)), *name.split("."))
        spec = t.cast("ModuleSpec", spec_from_file_location(full, f"{place}.py"))
        sys.modules[full] = module_from_spec(spec)
        t.cast("Loader", spec.loader).exec_module(sys.modules[full])
    return sys.modules[full]


warm = _cached("module_utils._session.warm")
written = _cached("plugin_utils.written").written

# The variables of the last lookup, and what they say of sessions: templating costs more than all the rest.
_known: list[t.Any] = [None, {}]


class LookupModule(LookupBase):
    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        """See DOCUMENTATION."""
        self.set_options(var_options=variables, direct=kwargs)
        self._variables = variables or {}
        found = [self._warm(term) or self._cold(term) for term in terms]
        field = self.get_option("field")
        return [facts[field] for facts in found] if field else found

    def _warm(self, name: t.Any) -> dict[str, t.Any] | None:
        """The facts of a session that is open, fresh and known; None when somebody must look closer."""
        try:
            place, key = self._setting("store"), self._setting("store_key")
            record = warm.record_of(place, key, name, self._written(name), self.get_option("min_ttl"))
        except (AttributeError, TypeError, OSError):
            return None
        return None if record is None else _facts(record)

    def _setting(self, name: str) -> t.Any:
        """An option that a variable may give: those are not templated."""
        value = self.get_option(name)
        return self._templar.template(value) if value and "{{" in value else value

    def _written(self, name: str) -> t.Any:
        if _known[0] is not self._variables:
            _known[:] = [self._variables, {}]
        if name not in _known[1]:
            _known[1][name] = written(self._variables, self._templar, self._loader.get_basedir(), name)
        return _known[1][name]

    def _cold(self, term: t.Any) -> dict[str, t.Any]:
        """The facts of a session after whatever it takes."""
        from ansible_collections.gatehouse.api.plugins.plugin_utils import bytecode

        bytecode.install()
        from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
        from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
        from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import check_name
        from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
        from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store
        from ansible_collections.gatehouse.api.plugins.plugin_utils.definitions import Definitions
        from ansible_collections.gatehouse.api.plugins.plugin_utils.plain import plain
        from ansible_collections.gatehouse.api.plugins.plugin_utils.saying import said

        check_mode = bool(self._variables.get("ansible_check_mode"))
        problem = ""
        try:
            name = check_name(term)
            store = open_store(plain(self._setting("store")), plain(self._setting("store_key")))
            client = Client(store, check_mode=check_mode, warn=display.warning, say=said)
            definition = Definitions(self._variables, self._templar, self._loader).find(name)
            outcome = client.ensure(name, definition, self.get_option("min_ttl"), searched=self._written(name))
            if outcome.after is None or (outcome.changed and check_mode):
                display.warning(f"Check mode: session {name!r} is not open; the lookup returns placeholders.")
                return {**_PLACEHOLDERS, "name": name}
            return _facts({**outcome.after.as_dict(), "headers": client.headers(outcome.after, definition)})
        except Failure as failure:
            problem = str(secrets.hide(str(failure)))
        # Not inside the except: ansible-core shows the files that a chain of exceptions comes from, secrets and all.
        raise AnsibleError(problem)


_PLACEHOLDERS: dict[str, t.Any] = {
    "token": "CHECK_MODE",
    "headers": {},
    "uid": "",
    "scopes": [],
    "expires_at": None,
}


def _facts(record: dict[str, t.Any]) -> dict[str, t.Any]:
    token = record["tokens"].get("access_token", "")
    if register_secret is not None:
        for secret in (*record["tokens"].values(), record["headers"].get("Authorization")):
            if secret:
                register_secret(secret)
    return {
        "name": record["name"],
        "token": token,
        "headers": record["headers"],
        "uid": record["uid"],
        "scopes": list(record["scopes"]),
        "expires_at": warm.timestamp(record["expires_at"]),
    }
