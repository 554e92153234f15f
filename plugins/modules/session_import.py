#!/usr/bin/python
# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_import
short_description: Ensure an API session from a selector
version_added: 0.1.0
author:
  - gatehouse.api contributors (@gatehouse)
description:
  - Redeems the selector that M(gatehouse.api.session_fork) returned, on the control node or on the managed host, and
    keeps the child session under a name. If a session of that name is open, it stays and the selector is not spent.
  - Without a selector, O(user_code=true) begins the other way round. The service gives a code, somebody who is signed
    in approves it, and the next run of the same task finishes.
extends_documentation_fragment:
  - gatehouse.api.attributes
  - gatehouse.api.store
  - gatehouse.api.providers
options:
  name:
    description: Name of the session to make.
    type: str
    required: true
  selector:
    description: The selector. It works once.
    type: str
  payload_key:
    description: Key of a sealed payload, as M(gatehouse.api.session_fork) returned it.
    type: str
  user_code:
    description: Ask the service for a code that a signed-in session approves, instead of redeeming O(selector).
    type: bool
    default: false
  return_payload:
    description:
      - Also return the payload that the parent gave, as RV(payload). The whole result is then hidden from output, as
        with C(no_log), but can be registered.
    type: bool
    default: false
seealso:
  - module: gatehouse.api.session_fork
"""

EXAMPLES = r"""
- name: Redeem a selector on the managed host
  gatehouse.api.session_import:
    name: mail-child
    selector: "{{ fork.selector }}"
    proton:
      url: "{{ proton_url }}"
    run_on: target

- name: Begin with a code
  gatehouse.api.session_import:
    name: mail-kiosk
    user_code: true
    proton:
      url: "{{ proton_url }}"
  register: kiosk

- name: Approve it as a signed-in session
  gatehouse.api.session_fork:
    parent: mail
    user_code: "{{ kiosk.user_code }}"

- name: Finish
  gatehouse.api.session_import:
    name: mail-kiosk
    user_code: true
"""

RETURN = r"""
session:
  description: The session's facts, as M(gatehouse.api.session) returns them.
  returned: success
  type: dict
  sample: {name: mail-child, provider: proton, state: active}
user_code:
  description: The code to approve with M(gatehouse.api.session_fork).
  returned: when O(user_code=true) and nobody has approved it yet
  type: str
  sample: "12345678"
payload:
  description: What the parent gave to the child. V(null) if nothing.
  returned: when O(return_payload=true)
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
from ansible_collections.gatehouse.api.plugins.module_utils._session.task import Task, outcome_result, run_module

ARGUMENTS = Arguments(
    (
        Option("name", "Name of the session.", required=True),
        Option("selector", "The selector.", secret=True),
        Option("payload_key", "Key of a sealed payload.", secret=True),
        Option("user_code", "Whether to begin with a code.", type="bool", default=False),
        Option("return_payload", "Whether to return the payload.", type="bool", default=False),
    ),
    rules={"required_if": [("user_code", False, ("selector",))]},
)


def mints(params: t.Mapping[str, t.Any]) -> bool:
    """The result carries the payload when asked to."""
    return bool(params["return_payload"])


def run(task: Task) -> dict[str, t.Any]:
    """Redeem the selector, or begin or continue with a code."""
    params = task.params
    client, definition = task.client(), task.definition(params["name"])
    outcome = client.imported(params["name"], definition, params["selector"] or "")
    result = outcome_result(outcome)
    if outcome.after is not None and outcome.after.data.get("user_code"):
        result["user_code"] = outcome.after.data["user_code"]
    if params["return_payload"]:
        result["payload"] = _payload(
            outcome.after.tokens.get("payload") if outcome.after else None, params["payload_key"]
        )
    return result


def _payload(payload: str | None, key: str | None) -> str | None:
    if payload and key:
        from ansible_collections.gatehouse.api.plugins.module_utils._session.crypto.payload import unseal

        payload = unseal(payload, key)
    if payload:
        secrets.register(payload)
    return payload


def main() -> None:
    run_module(run, mints, AnsibleModule(ARGUMENTS.spec(), supports_check_mode=True, **ARGUMENTS.rules))


if __name__ == "__main__":
    main()
