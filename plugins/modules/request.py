#!/usr/bin/python
# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: request
short_description: Call an API as a session
version_added: 0.1.0
author:
  - gatehouse.api contributors (@gatehouse)
description:
  - Sends one HTTP request with the tokens of a session, which never enter a variable. The session is opened, refreshed
    or reopened as needed. When the service says that the token is stale, it is renewed once for all workers, and the
    request is repeated.
  - Like M(ansible.builtin.uri), with a session instead of credentials and headers.
  - Tokens of the session are removed from what is returned.
extends_documentation_fragment:
  - gatehouse.api.attributes
  - gatehouse.api.store
  - gatehouse.api.providers
options:
  session:
    description: Name of the session.
    type: str
    required: true
  path:
    description:
      - Path below the session's base URL, beginning with C(/). A whole URL is accepted if it is of the session's own
        origin. Tokens go nowhere else.
    type: str
    required: true
  method:
    description: HTTP method.
    type: str
    choices: [GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE]
    default: GET
  params:
    description: Query parameters.
    type: dict
  headers:
    description: Further headers.
    type: dict
  body:
    description: Body of the request. Mappings and lists are encoded as O(body_format) says.
    type: raw
  body_format:
    description: How to encode O(body).
    type: str
    choices: [json, form-urlencoded, raw]
    default: json
  status_code:
    description:
      - HTTP statuses that are a success. If not set, all from 200 to 299 whose body the API does not call a failure.
    type: list
    elements: int
  return_content:
    description: Whether to return the body as RV(content), even if it is JSON.
    type: bool
    default: false
  follow_redirects:
    description:
      - V(safe) follows redirects of GET and HEAD within the session's own origin, five at most. V(none) follows none.
    type: str
    choices: [safe, none]
    default: safe
notes:
  - In check mode, GET, HEAD and OPTIONS are sent if the session is open and fresh. Other requests are not sent.
seealso:
  - module: ansible.builtin.uri
"""

EXAMPLES = r"""
- name: Who am I
  gatehouse.api.request:
    session: mail
    path: /core/v4/users
  register: me

- name: Create something
  gatehouse.api.request:
    session: mail
    path: /core/v4/echo
    method: POST
    body:
      Name: example
    status_code: [200, 201]
"""

RETURN = r"""
status:
  description: HTTP status.
  returned: when a request was sent
  type: int
  sample: 200
json:
  description: The body, if it is JSON.
  returned: when the body is JSON
  type: raw
  sample: {Code: 1000}
content:
  description: The body as text.
  returned: when O(return_content=true), or when the body is not JSON
  type: str
  sample: "..."
headers:
  description: The reply's headers by lower-case name, without cookies.
  returned: when a request was sent
  type: dict
  sample: {content-type: application/json}
url:
  description: Where the reply came from.
  returned: when a request was sent
  type: str
  sample: https://mail.proton.me/api/core/v4/users
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
from ansible_collections.gatehouse.api.plugins.module_utils._session.call import Call, called
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import Option
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import NotInCheckMode
from ansible_collections.gatehouse.api.plugins.module_utils._session.task import Task, run_module

ARGUMENTS = Arguments(
    (
        Option("session", "Name of the session.", required=True),
        Option("path", "Path below the base URL.", required=True),
        Option(
            "method",
            "HTTP method.",
            default="GET",
            choices=("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"),
        ),
        Option("params", "Query parameters.", type="dict"),
        Option("headers", "Further headers.", type="dict"),
        Option("body", "Body.", type="raw"),
        Option("body_format", "How to encode the body.", default="json", choices=("json", "form-urlencoded", "raw")),
        Option("status_code", "Statuses that are a success.", type="list", elements="int"),
        Option("return_content", "Whether to return the body as text.", type="bool", default=False),
        Option("follow_redirects", "Which redirects to follow.", default="safe", choices=("safe", "none")),
    )
)


def mints(params: t.Mapping[str, t.Any]) -> bool:
    """The session's tokens are removed from the result."""
    return False


def run(task: Task) -> dict[str, t.Any]:
    """Send the request, unless check mode forbids it."""
    params, name = task.params, task.params["session"]
    client, definition = task.client(), task.definition(name)
    call = Call(
        path=params["path"],
        method=params["method"],
        params=params["params"],
        headers=params["headers"] or {},
        body=params["body"],
        body_format=params["body_format"],
        status_code=tuple(params["status_code"] or ()),
        follow_redirects=params["follow_redirects"] == "safe",
    )
    if task.check_mode and call.changes:
        return {"changed": True, "msg": "Not sent in check mode."}
    try:
        reply, record = called(client, name, definition, call)
    except NotInCheckMode as unsent:
        return {"changed": False, "skipped": True, "msg": unsent.message}
    result: dict[str, t.Any] = {
        "changed": call.changes,
        "status": reply.status,
        "url": reply.url,
        "headers": {key: value for key, value in reply.headers.items() if key != "set-cookie"},
    }
    decoded = reply.json(default=call)
    if decoded is not call:
        result["json"] = decoded
    if decoded is call or params["return_content"]:
        result["content"] = reply.body.decode("utf-8", "replace")
    return secrets.hide_result(result, record.tokens.values())


def main() -> None:
    run_module(run, mints, AnsibleModule(ARGUMENTS.spec(), supports_check_mode=True, **ARGUMENTS.rules))


if __name__ == "__main__":
    main()
