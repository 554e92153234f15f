#!/usr/bin/python
# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_verification
short_description: Ask for and answer a verification by a human
version_added: 0.1.0
author:
  - gatehouse.api contributors (@gatehouse)
description:
  - When a task fails with C(failure.kind) C(human_verification_needed) or C(two_factor_needed), C(failure.methods) says
    how to answer, and C(failure.hint) where. This module has a code sent, or keeps the answer. The next task of the
    session uses it.
extends_documentation_fragment:
  - gatehouse.api.attributes
  - gatehouse.api.store
  - gatehouse.api.providers
options:
  session:
    description: Name of the session that is to be opened or used.
    type: str
    required: true
  address:
    description: Have a code sent to this e-mail address.
    type: str
  phone:
    description: Have a code sent to this phone number.
    type: str
  method:
    description:
      - How the verification is answered, one of C(failure.methods), such as V(captcha), V(email) or V(sms).
      - Without O(token), have a code sent in this way, where the service knows the destination by itself.
    type: str
  token:
    description: The answer. The solution of the captcha, or the code that was sent.
    type: str
seealso:
  - module: gatehouse.api.session
"""

EXAMPLES = r"""
- name: Have a code sent
  gatehouse.api.session_verification:
    session: mail
    address: operator@example.com
    proton:
      username: "{{ proton_username }}"

- name: Give the answer
  gatehouse.api.session_verification:
    session: mail
    method: email
    token: "{{ verification_code }}"
    proton:
      username: "{{ proton_username }}"
"""

RETURN = r"""
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
from ansible_collections.gatehouse.api.plugins.module_utils._session.task import Task, run_module

ARGUMENTS = Arguments(
    (
        Option("session", "Name of the session.", required=True),
        Option("address", "E-mail address to send a code to."),
        Option("phone", "Phone number to send a code to."),
        Option("method", "How the verification was answered."),
        Option("token", "The answer.", secret=True),
    ),
    rules={
        "mutually_exclusive": [("address", "phone", "method")],
        "required_one_of": [("address", "phone", "method")],
        "required_by": {"token": ("method",)},
    },
)


def mints(params: t.Mapping[str, t.Any]) -> bool:
    """The result carries no secret."""
    return False


def run(task: Task) -> dict[str, t.Any]:
    """Have a code sent, or keep the answer."""
    params, name = task.params, task.params["session"]
    client, definition = task.client(), task.definition(name)
    if params["token"]:
        secrets.add(params["token"])
        return {"changed": client.answered(name, definition, params["method"], params["token"])}
    ways = {way: params[way] or "" for way in ("address", "phone", "method")}
    client.request_code(name, definition, **ways)
    return {"changed": True}


def main() -> None:
    run_module(run, mints, AnsibleModule(ARGUMENTS.spec(), supports_check_mode=True, **ARGUMENTS.rules))


if __name__ == "__main__":
    main()
