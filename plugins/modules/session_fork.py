#!/usr/bin/python
# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_fork
short_description: Ensure a child of an API session
version_added: 0.1.0
author:
  - gatehouse.api contributors (@gatehouse)
description:
  - Mints a child session from an open one, without the parent's password. With O(name) the child is kept in the same
    store. Without it, the task returns a selector that redeems once with M(gatehouse.api.session_import), such as on a
    managed host.
extends_documentation_fragment:
  - gatehouse.api.attributes
  - gatehouse.api.store
  - gatehouse.api.providers
options:
  parent:
    description: Name of the session to fork. It is opened if it is not open and its definition is known.
    type: str
    required: true
  name:
    description:
      - Name of the child. If it is open already, nothing happens.
      - If not set, RV(selector) is returned. The whole result is then hidden from output, as with C(no_log), but can be
        registered.
    type: str
  child_client_id:
    description: Id of the client that uses the child, such as V(windows-vpn). If not set, the parent's own.
    type: str
  payload:
    description: Text that the child gets when it is imported.
    type: str
  seal_payload:
    description:
      - Seal O(payload) with a one-time key, which is returned as RV(payload_key), so that the service cannot read it.
    type: bool
    default: false
  independent:
    description: Whether the child lives on when its parent is closed.
    type: bool
    default: false
  user_code:
    description: Code that a waiting child shows (see M(gatehouse.api.session_import)). Approves that child.
    type: str
  lifetime:
    description: Seconds that the child lives at most, where the provider can limit that.
    type: float
  addresses:
    description: Addresses or networks that the child may be used from, where the provider can limit that.
    type: list
    elements: str
  access_only:
    description: Give the child the access token alone, so that it cannot be refreshed, where the provider has that.
    type: bool
    default: false
  scopes:
    description: What the child may do. If not set, all that its parent may, where the provider has scopes.
    type: list
    elements: str
seealso:
  - module: gatehouse.api.session_import
"""

EXAMPLES = r"""
- name: A child session of its own name
  gatehouse.api.session_fork:
    parent: mail
    name: mail-reader

- name: A selector for a managed host
  gatehouse.api.session_fork:
    parent: mail
    child_client_id: windows-vpn
    payload: "{{ configuration_key }}"
    seal_payload: true
  register: fork

- name: The managed host's own child session
  gatehouse.api.session_import:
    name: mail-child
    selector: "{{ fork.selector }}"
    payload_key: "{{ fork.payload_key }}"
    proton:
      url: "{{ proton_url }}"
      appversion: windows-vpn@4.0.0
    run_on: target
"""

RETURN = r"""
session:
  description: The child's facts, as M(gatehouse.api.session) returns them.
  returned: when O(name) is given
  type: dict
  sample: {name: mail-reader, provider: proton, state: active, parent: mail}
selector:
  description: The one-time handle that redeems the child. Whoever has it has the child.
  returned: when neither O(name) nor O(user_code) is given
  type: str
  sample: "..."
payload_key:
  description: The key that opens the sealed payload, base64.
  returned: when O(seal_payload=true)
  type: str
  sample: "..."
failure:
  description: Why the task failed. See M(gatehouse.api.session) for its keys.
  returned: failure
  type: dict
  sample: {kind: authentication_needed, message: Session mail is not open., http_code: null, hint: Open it first.}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.arguments import Arguments
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import Option
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.task import Task, outcome_result, run_module

ARGUMENTS = Arguments(
    (
        Option("parent", "Session to fork.", required=True),
        Option("name", "Name of the child."),
        Option("child_client_id", "Id of the child's client."),
        Option("payload", "Text for the child.", secret=True),
        Option("seal_payload", "Whether to seal the payload.", type="bool", default=False),
        Option("independent", "Whether the child outlives its parent.", type="bool", default=False),
        Option("user_code", "Code that a waiting child shows."),
        Option("lifetime", "Seconds that the child lives at most.", type="float"),
        Option("addresses", "Where the child may be used from.", type="list", elements="str"),
        Option("access_only", "Whether the child cannot be refreshed.", type="bool", default=False),
        Option("scopes", "What the child may do.", type="list", elements="str"),
    ),
    rules={
        "mutually_exclusive": [("name", "user_code"), ("name", "seal_payload")],
        "required_if": [("seal_payload", True, ("payload",))],
    },
)


def mints(params: t.Mapping[str, t.Any]) -> bool:
    """The result carries a selector, or the key of a payload."""
    return bool(not (params["name"] or params["user_code"]) or params["seal_payload"])


def run(task: Task) -> dict[str, t.Any]:
    """Ensure the child, or hand out a selector."""
    params = task.params
    client, definition = task.client(), task.definition(params["parent"])
    payload, key = params["payload"], ""
    if params["seal_payload"]:
        from ansible_collections.gatehouse.api.plugins.module_utils._session.crypto.payload import seal

        payload, key = seal(payload)
    request = ForkRequest(
        client_id=params["child_client_id"] or "",
        payload=payload,
        independent=params["independent"],
        user_code=params["user_code"] or "",
        lifetime=params["lifetime"],
        addresses=tuple(params["addresses"] or ()),
        access_only=params["access_only"],
        scopes=tuple(params["scopes"] or ()),
    )
    if params["name"]:
        return outcome_result(client.forked(params["name"], params["parent"], definition, request))
    if task.check_mode:
        return {"changed": True}
    selector = client.selector(params["parent"], definition, request)
    result: dict[str, t.Any] = {"changed": True}
    if not params["user_code"]:
        result["selector"] = selector
    if key:
        result["payload_key"] = key
    secrets.register(selector, key)
    return result


def main() -> None:
    run_module(run, mints, AnsibleModule(ARGUMENTS.spec(), supports_check_mode=True, **ARGUMENTS.rules))


if __name__ == "__main__":
    main()
