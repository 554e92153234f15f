# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The end of a run: its own sessions are closed, and what killed runs have left behind."""

from __future__ import annotations

import typing as t

from ansible_collections.gatehouse.api.plugins.module_utils._session import runs
from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store

Say = t.Callable[[str], None]


def closed(run: runs.Run, warn: Say, say: Say) -> list[str]:
    """Close what this run used alone, and what nobody uses any more in the same stores.

    :param run: the run that ends.
    :param warn: told of what could not be closed.
    :returns: the names of the sessions that were closed.
    """
    noted = runs.noted()
    runs.forget()
    done = []
    for facts in noted:
        definition = Definition(facts["name"], facts["provider"], facts["options"], source="this run")
        done += _closed(_client(facts, warn, say), facts["name"], definition, run, warn)
    for facts in {(facts["store"], facts["store_key"]): facts for facts in noted}.values():
        client = _client(facts, warn, say)
        for name in _abandoned(client):
            done += _closed(client, name, None, run, warn)
    return done


def _client(facts: t.Mapping[str, t.Any], warn: Say, say: Say) -> Client:
    return Client(open_store(facts["store"], facts["store_key"]), warn=warn, say=say)


def _closed(client: Client, name: str, definition: Definition | None, run: runs.Run, warn: Say) -> list[str]:
    try:
        return [name] if client.absent(name, definition, lease=run.id).changed else []
    except Failure as failure:
        warn(f"Session {name!r} could not be closed at the end: {failure}")
        return []


def _abandoned(client: Client) -> list[str]:
    """The sessions for runs alone whose runs are all over."""
    found = []
    for name in client.names():
        try:
            record = client.find(name)
        except Failure:  # sealed with another key, or damaged: not ours to judge
            continue
        leases = record.data.get("leases") if record is not None else None
        if leases and not runs.held(leases, client.clock()):
            found.append(name)
    return found
