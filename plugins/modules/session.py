#!/usr/bin/python
# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session
short_description: Ensure one API session
version_added: 0.1.0
author:
  - gatehouse.api contributors (@gatehouse)
description:
  - Opens an API session under a name, keeps it, and closes it. However many workers, hosts and tasks ask for the
    session at once, the service sees one login or one refresh.
  - Results carry the session's name and facts, never its tokens, unless O(return_tokens=true).
extends_documentation_fragment:
  - gatehouse.api.attributes
  - gatehouse.api.store
  - gatehouse.api.providers
options:
  name:
    description: Name of the session. 1 to 128 printable characters.
    type: str
    required: true
  state:
    description:
      - V(present) opens the session if it is not open, and refreshes or reopens it if its token is stale.
      - V(refreshed) gets new tokens in any case.
      - V(locked) gives up the elevated rights of the session, V(unlocked) gets them back.
      - V(absent) signs the session out and forgets it.
    type: str
    choices: [present, refreshed, locked, unlocked, absent]
    default: present
  min_ttl:
    description: Seconds that the session's token must live at least from now on.
    type: float
    default: 0.0
  revoke:
    description:
      - With O(state=absent), ends other sessions of the same account instead of this one, by their C(uid) as
        M(gatehouse.api.session_info) lists them. V(others) stands for all but this one.
    type: list
    elements: str
  force:
    description:
      - Send a secret although the service refused it a short while ago.
      - With O(state=absent), forget the session even if the service cannot be asked to end it.
    type: bool
    default: false
  return_tokens:
    description:
      - Also return the session's tokens as RV(tokens). The whole result is then hidden from output, as with C(no_log),
        but can be registered.
    type: bool
    default: false
seealso:
  - module: gatehouse.api.session_info
  - module: gatehouse.api.request
  - plugin: gatehouse.api.session
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: One session for the whole play
  gatehouse.api.session:
    name: mail
    proton:
      username: "{{ proton_username }}"
      password: "{{ proton_password }}"
      totp_secret: "{{ proton_totp_secret }}"

- name: A token that lives ten minutes at least
  gatehouse.api.session:
    name: mail
    min_ttl: 600

- name: New tokens in any case
  gatehouse.api.session:
    name: mail
    state: refreshed

- name: Give up the elevated rights
  gatehouse.api.session:
    name: mail
    state: locked

- name: End all other sessions of the account
  gatehouse.api.session:
    name: mail
    state: absent
    revoke: [others]

- name: Sign out
  gatehouse.api.session:
    name: mail
    state: absent
"""

RETURN = r"""
session:
  description: The session's facts. Empty when there is none.
  returned: success
  type: dict
  contains:
    name: {description: Its name., type: str, returned: always, sample: mail}
    provider: {description: Its provider., type: str, returned: always, sample: proton}
    origin: {description: Where its tokens belong., type: str, returned: always, sample: "https://mail.proton.me"}
    account: {description: The account., type: str, returned: always, sample: automation}
    state:
      description: One of C(pending), C(active), C(locked), C(expired) and C(failed).
      type: str
      returned: always
      sample: active
    uid: {description: The service's own id of the session., type: str, returned: always, sample: 7gq6xk2w}
    scopes: {description: What it may do., type: list, elements: str, returned: always, sample: [full, self, user]}
    opened_at: {description: When it was opened., type: str, returned: always, sample: "2026-11-22T17:45:00Z"}
    expires_at:
      description: When its token expires. V(null) if the service did not say.
      type: str
      returned: always
      sample: "2026-11-23T17:45:00Z"
    revision: {description: How often it has changed., type: int, returned: always, sample: 2}
    parent: {description: The session that it was forked from., type: str, returned: always, sample: null}
    details:
      description: What the provider says beside that, without secrets. See the guide of the provider.
      type: dict
      returned: always
      sample: {}
revoked:
  description: The uids of the sessions that were ended.
  returned: when O(revoke) is given
  type: list
  elements: str
  sample: [3kj2n4vq]
tokens:
  description: The session's tokens, by name.
  returned: when O(return_tokens=true)
  type: dict
  sample: {access_token: "...", refresh_token: "..."}
failure:
  description: Why the task failed.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - One of C(authentication_needed), C(credentials_rejected), C(two_factor_needed), C(human_verification_needed),
          C(missing_scope), C(locked), C(rate_limited), C(not_reachable), C(not_available), C(unexpected_response),
          C(crypto), C(unsupported), C(conflict), C(store) and C(definition).
      type: str
      returned: always
      sample: credentials_rejected
    message: {description: What is wrong., type: str, returned: always, sample: Proton refused the password.}
    http_code: {description: HTTP status of the reply., type: int, returned: always, sample: 422}
    api_code: {description: The service's own code., type: raw, returned: always, sample: 8002}
    retry_after: {description: Seconds after which to try again., type: float, returned: always, sample: 30.0}
    methods: {description: Ways to answer., type: list, elements: str, returned: always, sample: [totp]}
    hint: {description: What to do., type: str, returned: always, sample: Check username and password.}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gatehouse.api.plugins.module_utils._session.arguments import Arguments
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import Option
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import Outcome
from ansible_collections.gatehouse.api.plugins.module_utils._session.task import Task, outcome_result, run_module

ARGUMENTS = Arguments(
    (
        Option("name", "Name of the session.", required=True),
        Option(
            "state",
            "What to ensure.",
            default="present",
            choices=("present", "refreshed", "locked", "unlocked", "absent"),
        ),
        Option("min_ttl", "Seconds that the token must live.", type="float", default=0.0),
        Option("revoke", "Other sessions to end.", type="list", elements="str"),
        Option(
            "force",
            "Whether to send a refused secret again, and to forget a session that cannot be ended.",
            type="bool",
            default=False,
        ),
        Option("return_tokens", "Whether to return the tokens.", type="bool", default=False),
    )
)


def mints(params: t.Mapping[str, t.Any]) -> bool:
    """The result carries tokens when asked to."""
    return bool(params["return_tokens"])


def run(task: Task) -> dict[str, t.Any]:
    """Ensure the session's state."""
    name, state = task.params["name"], task.params["state"]
    record = task.open_already(name, task.params["min_ttl"]) if state == "present" else None
    if record is not None and not task.params["revoke"]:
        return outcome_result(Outcome(False, record, record), task.params["return_tokens"])
    client, definition = task.client(), task.definition(name)
    if task.params["revoke"]:
        if state != "absent":
            raise Failure("definition", "revoke goes with state: absent.", hint="Add state: absent.")
        revoked = client.revoked(name, definition, task.params["revoke"])
        return {"changed": bool(revoked), "revoked": revoked}
    if state == "present":
        outcome = client.ensure(name, definition, task.params["min_ttl"], searched=task.written(name))
    else:
        ensure = {
            "refreshed": client.refreshed,
            "locked": client.locked,
            "unlocked": client.unlocked,
            "absent": client.absent,
        }
        outcome = ensure[state](name, definition)
    return outcome_result(outcome, task.params["return_tokens"])


def main() -> None:
    run_module(run, mints, AnsibleModule(ARGUMENTS.spec(), supports_check_mode=True, **ARGUMENTS.rules))


if __name__ == "__main__":
    main()
