# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Where a definition is written: found without looking into it, because warm lookups do no more than that."""

from __future__ import annotations

import os
import typing as t

from ansible import constants

VARIABLE = "gatehouse_sessions"
FILE_VARIABLE = "GATEHOUSE_SESSIONS_FILE"
FILE_NAME = "sessions.yml"


def in_variable(variables: t.Mapping[str, t.Any], templar: t.Any, name: str) -> t.Any:
    """What the variable `gatehouse_sessions` says of a name, templated; None when nothing.

    :raises TypeError: when the variable is no mapping.
    """
    listed = variables.get(VARIABLE)
    if isinstance(listed, str):  # an expression for the whole variable
        listed = templar.template(listed)
    if listed is None:
        return None
    if not isinstance(listed, t.Mapping):
        raise TypeError(VARIABLE)
    return templar.template(listed[name]) if name in listed else None


def sessions_file(playbook_directory: str) -> str | None:
    """The sessions file: the one that GATEHOUSE_SESSIONS_FILE names, else the first `sessions.yml` beside ansible.cfg,
    beside the playbook, or in the user's configuration directory."""
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return os.path.abspath(os.path.expanduser(named))
    configuration = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    places = [
        os.path.dirname(constants.CONFIG_FILE) if constants.CONFIG_FILE else None,
        playbook_directory,
        os.path.join(configuration, "gatehouse.api"),
    ]
    for place in places:
        path = os.path.join(os.path.abspath(place), FILE_NAME) if place else ""
        if path and os.path.isfile(path):
            return path
    return None


def written(variables: t.Mapping[str, t.Any], templar: t.Any, playbook_directory: str, name: str) -> t.Any:
    """What stands for a name's definition: its text in the variable, else which sessions file there is, in what state.

    :returns: something that json takes, or None where nothing can define the session.
    :raises TypeError, OSError: when it cannot be said.
    """
    found = in_variable(variables, templar, name)
    if found is not None:
        return found
    path = sessions_file(playbook_directory)
    return None if path is None else state_of(path)


def state_of(path: str) -> list[t.Any]:
    """By what a file is known to be unchanged."""
    state = os.stat(path)
    return [path, state.st_mtime_ns, state.st_size, state.st_ino]
