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
MORE_FILES = f"{FILE_VARIABLE}_"
"""What the names of variables begin with that name further sessions files: each AWX credential brings one."""
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


def more_files() -> dict[str, str]:
    """Further sessions files, by the environment variables that name them."""
    named = {name: path for name, path in sorted(os.environ.items()) if name.startswith(MORE_FILES) and path}
    return {name: os.path.abspath(os.path.expanduser(path)) for name, path in named.items()}


def written(variables: t.Mapping[str, t.Any], templar: t.Any, playbook_directory: str, name: str) -> t.Any:
    """What stands for a name's definition: its text in the variable, else the sessions files and their state.

    :returns: something that json takes, or None where nothing can define the session.
    :raises TypeError, OSError: when it cannot be said.
    """
    found = in_variable(variables, templar, name)
    if found is not None:
        return found
    return state_of_files(playbook_directory)


def state_of_files(playbook_directory: str) -> t.Any:
    """By what the sessions files are known to be unchanged; None where there is none.

    :raises OSError: when one cannot be read.
    """
    path = sessions_file(playbook_directory)
    state = None if path is None else state_of(path)
    more = more_files().values()
    return [*map(_content_of, more), state] if more else state


def _content_of(path: str) -> list[str]:
    """A file that each job gets anew, under another name: what is in it tells whether it is the same."""
    with open(path, encoding="utf-8", errors="replace") as stream:
        return [os.path.dirname(path), stream.read()]


def state_of(path: str) -> list[t.Any]:
    """By what a file is known to be unchanged."""
    state = os.stat(path)
    return [path, state.st_mtime_ns, state.st_size, state.st_ino]
