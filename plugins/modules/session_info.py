#!/usr/bin/python
# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_info
short_description: Read facts about API sessions
version_added: 0.1.0
author:
  - gatehouse.api contributors (@gatehouse)
description:
  - Returns the facts of one session or of all sessions in the store, or of the account's sessions as the service lists
    them. Never changes anything, neither here nor at the service.
extends_documentation_fragment:
  - gatehouse.api.attributes
  - gatehouse.api.store
options:
  name:
    description: Name of one session. If not set, all sessions of the store are returned.
    type: str
  remote:
    description:
      - Ask the service for the sessions of the account of O(name). That session must be open and fresh.
    type: bool
    default: false
  filters:
    description: With O(remote=true), only sessions that match, by what the provider can filter by. See its guide.
    type: dict
seealso:
  - module: gatehouse.api.session
"""

EXAMPLES = r"""
- name: All sessions in the store
  gatehouse.api.session_info:
  register: kept

- name: One session
  gatehouse.api.session_info:
    name: mail
  register: mail

- name: Everything that is signed in to the account
  gatehouse.api.session_info:
    name: mail
    remote: true
  register: account
"""

RETURN = r"""
sessions:
  description: The facts of each session, as M(gatehouse.api.session) returns them. Empty when there is none.
  returned: success
  type: list
  elements: dict
  sample: [{name: mail, provider: proton, state: active}]
remote_sessions:
  description: The account's sessions as the service lists them. The keys depend on the provider.
  returned: when O(remote=true)
  type: list
  elements: dict
  sample: [{uid: 7gq6xk2w, client_id: linux-vpn, current: true}]
failure:
  description: Why the task failed. See M(gatehouse.api.session) for its keys.
  returned: failure
  type: dict
  sample: {kind: authentication_needed, message: Session mail is not open., http_code: null, hint: Open it first.}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gatehouse.api.plugins.module_utils._session.arguments import Arguments
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import Option
from ansible_collections.gatehouse.api.plugins.module_utils._session.task import Task, run_module

ARGUMENTS = Arguments(
    (
        Option("name", "Name of one session."),
        Option("remote", "Whether to ask the service.", type="bool", default=False),
        Option("filters", "Only sessions that match.", type="dict"),
    ),
    definition=False,
    rules={"required_if": [("remote", True, ("name",))], "required_by": {"filters": ("remote",)}},
)


def mints(params: t.Mapping[str, t.Any]) -> bool:
    """The result carries no secret."""
    return False


def run(task: Task) -> dict[str, t.Any]:
    """Look, and change nothing."""
    client, name = task.client(), task.params["name"]
    records = [client.find(found) for found in ([name] if name else client.names())]
    result: dict[str, t.Any] = {"changed": False, "sessions": [record.facts() for record in records if record]}
    if task.params["remote"]:
        result["remote_sessions"] = client.remote_sessions(name, task.definition(name), task.params["filters"])
    return result


def main() -> None:
    run_module(run, mints, AnsibleModule(ARGUMENTS.spec(), supports_check_mode=True, **ARGUMENTS.rules))


if __name__ == "__main__":
    main()
