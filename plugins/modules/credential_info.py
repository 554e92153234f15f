#!/usr/bin/python
# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: credential_info
short_description: Read the credentials that a session gives access to
version_added: 0.1.0
author:
  - gatehouse.api contributors (@gatehouse)
description:
  - Lists credentials, all of them or those that match what is given. Never changes anything.
  - They are fetched once for all workers and hosts, and kept for a while. See O(cache_ttl).
  - Entries that cannot be decrypted are reported as RV(unread), and do not keep the others from being read.
extends_documentation_fragment:
  - gatehouse.api.attributes
  - gatehouse.api.store
  - gatehouse.api.providers
options:
  session:
    description: Name of the session.
    type: str
    required: true
  id:
    description: Only the credential with this id.
    type: str
  label:
    description: Only credentials with this name.
    type: str
  username:
    description: Only credentials for this account.
    type: str
  folder:
    description: Only credentials in the folder with this path. Labels are joined by C(/). An empty path is the top.
    type: str
  url:
    description: Only credentials with this URL.
    type: str
  match_host:
    description: Compare O(url) by its host alone.
    type: bool
    default: false
  tag:
    description: Only credentials with this tag.
    type: str
  return_secrets:
    description:
      - Also return passwords, notes and custom fields. The whole result is then hidden from output, as with C(no_log),
        but can be registered.
    type: bool
    default: false
  cache_ttl:
    description:
      - Seconds for which what was fetched before may be used. V(0) asks the service.
      - If not set, the session's own C(cache_ttl).
    type: float
seealso:
  - module: gatehouse.api.credential
  - plugin: gatehouse.api.credential
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Which credentials are there for production
  gatehouse.api.credential_info:
    session: vault
    tag: production
  register: production

- name: Is there one for this host
  ansible.builtin.assert:
    that: "'databases/' ~ inventory_hostname in production.credentials | map(attribute='folder')"

- name: The secrets, too, for a task that needs them all
  gatehouse.api.credential_info:
    session: vault
    folder: databases/{{ inventory_hostname }}
    return_secrets: true
  register: databases
"""

RETURN = r"""
credentials:
  description: The credentials, sorted by folder, label and id. See M(gatehouse.api.credential) for their keys.
  returned: success
  type: list
  elements: dict
  sample: [{id: 5f7c0c2e-7c0c-4f5c-9d6e-0d7a3f1b2c4d, label: root, username: root, folder: databases/db01}]
unread:
  description: What is wrong with the entries that could not be decrypted. Each names the entry's id.
  returned: success
  type: list
  elements: dict
  sample: []
failure:
  description: Why the task failed. See M(gatehouse.api.session) for its keys.
  returned: failure
  type: dict
  sample: {kind: authentication_needed, message: Session vault is not open., http_code: null, hint: Open it first.}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.arguments import Arguments
from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import Option
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import NotInCheckMode
from ansible_collections.gatehouse.api.plugins.module_utils._session.task import Task, run_module

ARGUMENTS = Arguments(
    (
        Option("session", "Name of the session.", required=True),
        Option("id", "Only this id."),
        Option("label", "Only this name."),
        Option("username", "Only for this account."),
        Option("folder", "Only in this folder."),
        Option("url", "Only with this URL."),
        Option("match_host", "Whether only the URL's host is compared.", type="bool", default=False),
        Option("tag", "Only with this tag."),
        Option("return_secrets", "Whether to return the secrets.", type="bool", default=False),
        Option("cache_ttl", "Seconds for which what was fetched may be used.", type="float"),
    ),
    empty=("folder",),
)


def mints(params: t.Mapping[str, t.Any]) -> bool:
    """The result carries secrets when asked to."""
    return bool(params["return_secrets"])


def run(task: Task) -> dict[str, t.Any]:
    """List the credentials."""
    from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Credentials

    params, name = task.params, task.params["session"]
    credentials = Credentials(task.client(), name, task.definition(name), params["cache_ttl"])
    query = Query(
        id=params["id"] or "",
        label=params["label"] or "",
        username=params["username"],
        folder=params["folder"],
        url=params["url"] or "",
        host=params["match_host"],
        tag=params["tag"] or "",
    )
    try:
        found = credentials.search(query)
    except NotInCheckMode as unlooked:
        return {"changed": False, "skipped": True, "msg": unlooked.message}
    if found.unread:
        task.warn(f"{len(found.unread)} entries of session {name!r} cannot be decrypted; see unread.")
    listed = sorted(found.credentials, key=lambda item: (item.folder, item.label, item.id))
    if params["return_secrets"]:
        secrets.register(*(secret for item in listed for secret in item.secrets() if secret))
    return {
        "changed": False,
        "credentials": [item.as_dict() if params["return_secrets"] else item.facts() for item in listed],
        "unread": [failure.as_dict() for failure in found.unread],
    }


def main() -> None:
    run_module(run, mints, AnsibleModule(ARGUMENTS.spec(), supports_check_mode=True, **ARGUMENTS.rules))


if __name__ == "__main__":
    main()
