#!/usr/bin/python
# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: credential
short_description: Ensure one credential that a session gives access to
version_added: 0.1.0
author:
  - gatehouse.api contributors (@gatehouse)
description:
  - Makes, changes and removes a credential, such as an entry of a password manager. Fields that are not given stay as
    they are; an empty text empties one.
  - A credential is found by O(id), or by O(label) with O(folder) and O(username) where these are given. If several
    match, nothing is changed and the task fails with their ids.
  - It is always looked up at the service. If it was changed by somebody else between that and the change, the task
    fails with C(failure.kind) C(conflict), and nothing is overwritten.
  - Results and diffs say which credential and which fields changed, never their secrets.
extends_documentation_fragment:
  - gatehouse.api.attributes
  - gatehouse.api.store
  - gatehouse.api.providers
options:
  session:
    description: Name of the session.
    type: str
    required: true
  state:
    description:
      - V(present) makes the credential if there is none, and else changes the fields that differ.
      - V(absent) removes it.
    type: str
    choices: [present, absent]
    default: present
  id:
    description: The service's id of the credential. Any other option is then a field to change.
    type: str
  label:
    description: Its name. Needed to make one.
    type: str
  folder:
    description:
      - Path of the folder that it lies in. The labels are joined by C(/), and an empty one is the top.
      - Without O(id), only a credential in this folder is looked for. If not set, in any folder.
    type: str
  username:
    description:
      - The account that it is for.
      - Without O(id), only a credential with this username is looked for.
    type: str
  password:
    description: The secret itself. Needed to make one, unless O(generate) is given.
    type: str
  url:
    description: Where it is used.
    type: str
  notes:
    description: Free text.
    type: str
  custom_fields:
    description: Further fields. They replace those that it has.
    type: list
    elements: dict
    suboptions:
      label:
        description: Name of the field.
        type: str
        required: true
      type:
        description: Type of the field.
        type: str
        choices: [text, secret, email, url, file, data]
        default: text
      value:
        description: Value of the field.
        type: str
        required: true
  tags:
    description: Labels of its tags. They replace those that it has. An empty list removes all.
    type: list
    elements: str
  favorite:
    description: Whether it is marked as a favorite.
    type: bool
  generate:
    description: Make a password where one is needed and O(password) is not given. See O(update_password).
    type: dict
    suboptions:
      by:
        description: V(service) asks the service's own generator, V(local) makes it on this machine.
        type: str
        choices: [service, local]
        default: service
      strength:
        description: With O(generate.by=service), how long and complex it is, from 0 to 4.
        type: int
        default: 4
      length:
        description: With O(generate.by=local), how many characters it has, at least 8.
        type: int
        default: 32
      numbers:
        description: Whether it may have digits.
        type: bool
        default: true
      special:
        description: Whether it may have characters that are neither letters nor digits.
        type: bool
        default: true
  update_password:
    description:
      - V(always) changes the password of an existing credential if it differs from O(password). With O(generate) it
        makes a new one in each run, which is how to rotate it.
      - V(on_create) only sets it when the credential is made.
      - If not set, V(always) for O(password), and V(on_create) for O(generate).
    type: str
    choices: [always, on_create]
  create_folders:
    description: Whether to make missing folders of O(folder).
    type: bool
    default: false
  create_tags:
    description: Whether to make missing tags of O(tags).
    type: bool
    default: false
  purge:
    description: With O(state=absent), whether to remove it for good where the service has a trash.
    type: bool
    default: false
  force:
    description: Send a secret although the service refused it a short while ago.
    type: bool
    default: false
notes:
  - In check mode the session must be open already. If it is not, the task is skipped, because signing in is a change.
seealso:
  - module: gatehouse.api.credential_info
  - plugin: gatehouse.api.credential
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: A credential with a password that is made once
  gatehouse.api.credential:
    session: vault
    label: root
    folder: databases/{{ inventory_hostname }}
    username: root
    url: https://db.example.com
    generate:
      by: local
      length: 40
    create_folders: true

- name: A new password in each run
  gatehouse.api.credential:
    session: vault
    label: root
    folder: databases/{{ inventory_hostname }}
    generate:
      by: service
    update_password: always

- name: Tags and a further field
  gatehouse.api.credential:
    session: vault
    label: root
    folder: databases/{{ inventory_hostname }}
    tags: [production]
    create_tags: true
    custom_fields:
      - label: Rotated by
        value: Ansible

- name: Into the trash
  gatehouse.api.credential:
    session: vault
    label: root
    folder: databases/{{ inventory_hostname }}
    state: absent
"""

RETURN = r"""
credential:
  description: Which credential it is, without its secrets. Empty when there is none.
  returned: success
  type: dict
  contains:
    id: {description: The service's id., type: str, returned: always, sample: 5f7c0c2e-7c0c-4f5c-9d6e-0d7a3f1b2c4d}
    label: {description: Its name., type: str, returned: always, sample: root}
    username: {description: The account that it is for., type: str, returned: always, sample: root}
    url: {description: Where it is used., type: str, returned: always, sample: "https://db.example.com"}
    folder: {description: Path of its folder., type: str, returned: always, sample: databases/db01}
    tags: {description: Labels of its tags., type: list, elements: str, returned: always, sample: [production]}
    favorite: {description: Whether it is a favorite., type: bool, returned: always, sample: false}
    revision:
      description: The service's mark of this version.
      type: str
      returned: always
      sample: 0a4f2b86-4a3e-4d5b-8c57-95a8a1f1b6d2
fields:
  description: The fields that were changed.
  returned: changed
  type: list
  elements: str
  sample: [password]
failure:
  description: Why the task failed. See M(gatehouse.api.session) for its keys.
  returned: failure
  type: dict
  sample: {kind: conflict, message: 2 credentials match., http_code: null, hint: Ask for one by its id.}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.arguments import Arguments
from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import SECRET_FIELDS, Credential, Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.generator import generator
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import Option
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import NotInCheckMode
from ansible_collections.gatehouse.api.plugins.module_utils._session.task import Task, run_module

FIELDS = ("label", "folder", "username", "password", "url", "notes", "custom_fields", "tags", "favorite")

ARGUMENTS = Arguments(
    (
        Option("session", "Name of the session.", required=True),
        Option("state", "What to ensure.", default="present", choices=("present", "absent")),
        Option("id", "The service's id."),
        Option("label", "Its name."),
        Option("folder", "Path of its folder."),
        Option("username", "The account that it is for."),
        Option("password", "The secret itself.", secret=True),
        Option("url", "Where it is used."),
        Option("notes", "Free text.", secret=True),
        Option(
            "custom_fields",
            "Further fields.",
            type="list",
            elements="dict",
            options=(
                Option("label", "Name of the field.", required=True),
                Option(
                    "type",
                    "Type of the field.",
                    default="text",
                    choices=("text", "secret", "email", "url", "file", "data"),
                ),
                Option("value", "Value of the field.", secret=True, required=True),
            ),
        ),
        Option("tags", "Labels of its tags.", type="list", elements="str"),
        Option("favorite", "Whether it is a favorite.", type="bool"),
        Option(
            "generate",
            "Make a password.",
            type="dict",
            options=(
                Option("by", "Who makes it.", default="service", choices=("service", "local")),
                Option("strength", "How long and complex it is.", type="int", default=4),
                Option("length", "How many characters it has.", type="int", default=32),
                Option("numbers", "Whether it may have digits.", type="bool", default=True),
                Option("special", "Whether it may have other characters.", type="bool", default=True),
            ),
        ),
        Option("update_password", "When to set the password.", choices=("always", "on_create")),
        Option("create_folders", "Whether to make missing folders.", type="bool", default=False),
        Option("create_tags", "Whether to make missing tags.", type="bool", default=False),
        Option("purge", "Whether to remove it for good.", type="bool", default=False),
        Option("force", "Whether to send a refused secret again.", type="bool", default=False),
    ),
    rules={"required_one_of": [("id", "label")], "mutually_exclusive": [("password", "generate")]},
    empty=("folder", "username", "url", "notes"),
)


def mints(params: t.Mapping[str, t.Any]) -> bool:
    """The result carries no secret."""
    return False


def run(task: Task) -> dict[str, t.Any]:
    """Ensure the credential."""
    from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Credentials

    params, name = task.params, task.params["session"]
    secrets.add(params["password"], params["notes"], *(item["value"] for item in params["custom_fields"] or ()))
    credentials = Credentials(task.client(), name, task.definition(name))
    query = Query(id=params["id"]) if params["id"] else _query(params)
    try:
        if params["state"] == "absent":
            change = credentials.absent(query, params["purge"])
        else:
            change = credentials.present(
                query,
                {field: params[field] for field in FIELDS if params[field] is not None},
                generate=generator(params["generate"]) if params["generate"] else None,
                update_password=_updates(params),
                create_folders=params["create_folders"],
                create_tags=params["create_tags"],
            )
    except NotInCheckMode as unlooked:
        return {"changed": False, "skipped": True, "msg": unlooked.message}
    found = change.after or change.before
    result: dict[str, t.Any] = {"changed": change.changed, "credential": found.facts() if found else {}}
    if change.changed:
        result["fields"] = list(change.fields)
        result["diff"] = {
            "before": _shown(change.before, change.fields, ""),
            "after": _shown(change.after, change.fields, " (changed)"),
        }
    return result


def _query(params: t.Mapping[str, t.Any]) -> Query:
    return Query(label=params["label"], folder=params["folder"], username=params["username"])


def _updates(params: t.Mapping[str, t.Any]) -> bool:
    return bool((params["update_password"] or ("on_create" if params["generate"] else "always")) == "always")


def _shown(credential: Credential | None, fields: t.Collection[str], mark: str) -> dict[str, t.Any]:
    """A side of the diff: secrets as asterisks, and without what the service makes up, so that check mode can tell."""
    if credential is None:
        return {}
    shown = {name: value for name, value in credential.facts().items() if name not in ("id", "revision")}
    hidden = {name: secrets.HIDDEN + mark for name in sorted(SECRET_FIELDS) if name in fields}
    return {**shown, **hidden}


def main() -> None:
    run_module(run, mints, AnsibleModule(ARGUMENTS.spec(), supports_check_mode=True, **ARGUMENTS.rules))


if __name__ == "__main__":
    main()
