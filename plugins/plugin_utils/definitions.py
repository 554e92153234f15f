# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Where definitions are found: the variable `gatehouse_sessions`, then sessions files."""

from __future__ import annotations

import difflib
import os
import re
import typing as t

from ansible.errors import AnsibleError, AnsibleFileNotFound
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition, Pointer
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import argument_spec
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import PROVIDERS, provider_class
from ansible_collections.gatehouse.api.plugins.plugin_utils.origins import place_of
from ansible_collections.gatehouse.api.plugins.plugin_utils.plain import plain
from ansible_collections.gatehouse.api.plugins.plugin_utils.written import (
    FILE_VARIABLE,
    VARIABLE,
    in_variable,
    more_files,
    sessions_file,
    state_of_files,
    written,
)


class Definitions:
    """The definitions that a task or lookup can see.

    :param variables: the host's variables.
    :param templar: templates the one definition that is asked for, and no other.
    :param loader: reads sessions files, vaulted ones too.
    """

    def __init__(self, variables: t.Mapping[str, t.Any] | None, templar: t.Any, loader: t.Any) -> None:
        self._variables = variables or {}
        self._templar = templar
        self._loader = loader

    def find(self, name: str) -> Definition | None:
        """The definition of a name; None when nothing defines it.

        :raises Failure: `definition` when it is malformed.
        """
        try:
            defined = in_variable(self._variables, self._templar, name)
        except TypeError as exc:
            raise Failure(
                "definition", f"The variable {VARIABLE} is no mapping of session names to definitions."
            ) from exc
        if defined is not None:
            return parse(name, defined, f"the variable {VARIABLE}", as_written=defined)
        found = self._in_files(name)
        if found is None:
            return None
        path, definition = found
        as_written = state_of_files(self._loader.get_basedir())
        return parse(name, definition, path, os.path.dirname(path), as_written)

    def _in_files(self, name: str) -> tuple[str, t.Any] | None:
        """The file that defines a session, and how. Further files come before the one that is searched for."""
        found: dict[str, tuple[str, t.Any]] = {}
        for variable, path in more_files().items():
            listed = self._read(path, variable)
            if name in listed:
                found[variable] = path, listed[name]
        if len(found) > 1:
            raise Failure(
                "definition",
                f"Session {name!r} is defined in several files: those that {' and '.join(found)} name.",
                hint="Give one of them another name.",
            )
        if found:
            return next(iter(found.values()))
        last = sessions_file(self._loader.get_basedir())
        listed = {} if last is None else self._read(last)
        return (last, listed[name]) if last is not None and name in listed else None

    def written(self, name: str) -> t.Any:
        """What stands for the definition of a name, unread."""
        return written(self._variables, self._templar, self._loader.get_basedir(), name)

    def _read(self, path: str, variable: str = FILE_VARIABLE) -> t.Mapping[str, t.Any]:
        if not os.path.isfile(path):
            raise Failure("definition", f"{variable} names {path}, which is no file.")
        problem = ""
        try:
            listed = self._loader.load_from_file(path)
        except AnsibleFileNotFound:
            problem = "cannot be read"
        except AnsibleError as exc:
            problem = f"cannot be used: {_reason(exc)}"
        except RecursionError:
            problem = "is nested too deeply"
        if problem:  # not inside the except: the chain of exceptions would show the file's lines
            raise Failure("definition", f"The sessions file {path} {problem}.")
        if listed is None:
            return {}
        if not isinstance(listed, t.Mapping):
            raise Failure("definition", f"The sessions file {path} is no mapping of session names to definitions.")
        return listed


def parse(name: str, written: t.Any, source: str, directory: str = "", as_written: t.Any = None) -> Definition:
    """A definition from what was written.

    :param written: a mapping of one provider to its options; an option may be a pointer.
    :param source: where it stands, for messages.
    :param directory: where relative paths of `{file: PATH}` begin.
    :param as_written: by what it is known again, unless who one is stands elsewhere.
    :raises Failure: `definition`, naming the option and the place.
    """
    where = f"session {name!r} in {source}"
    if not isinstance(written, t.Mapping) or len(written) != 1:
        count = f"{len(written)} keys" if isinstance(written, t.Mapping) else "no mapping"
        raise Failure("definition", f"The definition of {where} has {count}; it takes exactly one provider.")
    provider = str(next(iter(written)))
    if provider not in PROVIDERS:
        raise Failure("definition", f"{where[0].upper()}{where[1:]} names {_unknown('provider', provider, PROVIDERS)}")
    options = written[provider] or {}
    if not isinstance(options, t.Mapping):
        raise Failure("definition", f"The options of {provider} for {where} are no mapping.")
    table = provider_class(provider).options()
    types = {known.name: known.type for known in table}
    check_written(provider, options, source)
    pointers: dict[str, Pointer] = {}
    values: dict[str, t.Any] = {}
    for key, value in options.items():
        option = str(key)
        if option not in {known.name for known in table}:
            known_names = [known.name for known in table]
            raise Failure("definition", f"{where[0].upper()}{where[1:]} has {_unknown('option', option, known_names)}")
        if isinstance(value, t.Mapping) and types[option] != "dict":
            pointers[option] = _pointer(value, f"{option} of {where}", directory)
        else:
            found = _plain(value, f"{option} of {where}")
            if found is not None and found != "":  # AWX injects unset inputs as empty texts
                values[option] = found
    elsewhere = [option.name for option in table if option.identity and option.name in pointers]
    options = {**_validated(table, values, where), **pointers}
    return Definition(name, provider, options, source, None if elsewhere else as_written)


def check_written(provider: str, options: t.Any, source: str) -> None:
    """Look at a provider's options as they are written, while the line of each key is known.

    :raises Failure: `definition`, with the line.
    """
    for option in provider_class(provider).options() if isinstance(options, t.Mapping) else ():
        if option.check is not None and options.get(option.name) is not None:
            option.check(options[option.name], source, place_of)


def cleaned(options: t.Any) -> t.Any:
    """A provider's options as a task gives them, without the empty ones."""
    if not isinstance(options, t.Mapping):
        return options
    return {key: value for key, value in options.items() if value is not None and value != ""}


def _plain(value: t.Any, where: str) -> t.Any:
    try:
        return plain(value)
    except RecursionError:
        problem = "is nested too deeply"
    except AnsibleError as exc:
        problem = f"cannot be decrypted: {_reason(exc)}"
    raise Failure("definition", f"{where} {problem}.")


def _validated(table: t.Any, values: dict[str, t.Any], where: str) -> dict[str, t.Any]:
    outcome = ArgumentSpecValidator(argument_spec(table)).validate(values)
    if outcome.error_messages:
        problem = remove_values(outcome.error_messages[0], outcome._no_log_values)
        raise Failure("definition", f"{where[0].upper()}{where[1:]}: {problem}.")
    return t.cast("dict[str, t.Any]", outcome.validated_parameters)


def _pointer(written: t.Mapping[str, t.Any], where: str, directory: str) -> Pointer:
    kinds = ("env", "file", "keyring")
    if len(written) != 1 or next(iter(written)) not in kinds:
        raise Failure(
            "definition",
            f"{where} is a mapping.",
            hint="Write {env: NAME}, {file: PATH} or {keyring: [SERVICE, USER]}.",
        )
    kind, place = next(iter(written.items()))
    parts = [plain(part) for part in place] if isinstance(place, (list, tuple)) else [plain(place)]
    if len(parts) != (2 if kind == "keyring" else 1) or not all(isinstance(part, str) and part for part in parts):
        raise Failure("definition", f"{where}: {kind} takes {'two texts' if kind == 'keyring' else 'one text'}.")
    if kind == "file":
        parts = [os.path.join(directory, os.path.expanduser(parts[0]))]
    return Pointer(str(kind), tuple(parts), where)


def _unknown(noun: str, given: str, known: t.Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(given, names, 1)
    return f"the unknown {noun} {given!r}" + (
        f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(names)}."
    )


def _reason(exc: BaseException) -> str:
    """The line of a YAML error, or the first line of another; never an excerpt, which could show a secret."""
    seen: BaseException | None = exc
    while seen is not None:
        mark = getattr(seen, "problem_mark", None)
        if mark is not None:
            return f"line {mark.line + 1}, column {mark.column + 1} is no YAML that it could have"
        seen = getattr(seen, "orig_exc", None) or seen.__cause__
    return re.split(r"[\n.]", str(exc))[0]
