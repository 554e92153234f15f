# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Runs a module's own function in the worker, on the control node; or, asked to, the module on the managed host."""

from __future__ import annotations

import contextlib
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.arguments import Arguments
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import PROVIDERS
from ansible_collections.gatehouse.api.plugins.module_utils._session.task import Task, failed_result
from ansible_collections.gatehouse.api.plugins.plugin_utils import bytecode
from ansible_collections.gatehouse.api.plugins.plugin_utils.definitions import (
    Definitions,
    check_written,
    cleaned,
)
from ansible_collections.gatehouse.api.plugins.plugin_utils.plain import plain
from ansible_collections.gatehouse.api.plugins.plugin_utils.saying import said
from ansible_collections.gatehouse.api.plugins.plugin_utils.settings import SETTINGS, setting

display = Display()

# Ansible imports this in the main process, before it forks. OpenSSL looks for its cipher at the first use, for two
# milliseconds; workers inherit what it found.
with contextlib.suppress(ImportError):  # who needs it says so, with the pip line
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    AESGCM(bytes(32)).encrypt(bytes(12), b"", None)


class Module(t.Protocol):
    """What an action plugin needs of its module's file."""

    ARGUMENTS: Arguments

    def run(self, task: Task) -> dict[str, t.Any]:
        """Do the work."""

    def mints(self, params: t.Mapping[str, t.Any]) -> bool:
        """Whether the result carries a secret on purpose."""


class SessionAction(ActionBase):
    """An action plugin of one module; a subclass names it in `module`."""

    module: Module

    TRANSFERS_FILES = False
    _supports_async = False
    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        bytecode.install()
        try:
            given = self._given(variables)
            params = self._validated(given)
            definitions = Definitions(variables, self._templar, self._loader)
            if params["run_on"] == "target":
                result.update(self._on_target(given, params, definitions, variables))
            else:
                find, written = definitions.find, definitions.written
                task = Task(params, self._task.check_mode, find, written, display.warning, said)
                result.update(self.module.run(task))
        except Failure as failure:
            result.update(failed_result(failure))
            return result
        if self.module.mints(params):
            result["_ansible_no_log"] = True
            return result
        return secrets.hide_result(result)

    def _given(self, variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The task's arguments without the empty ones, and the settings that it leaves to others."""
        args = plain(self._task.args)
        if self.module.ARGUMENTS.definition:
            for name in PROVIDERS:
                check_written(name, self._task.args.get(name), "the task")
            args.update({name: cleaned(args[name]) for name in PROVIDERS if name in args})
        args = {key: value for key, value in args.items() if value != "" or key in self.module.ARGUMENTS.empty}
        for name in SETTINGS:
            if args.get(name) is None:
                args[name] = setting(name, variables, self._templar)
        return t.cast("dict[str, t.Any]", args)

    def _validated(self, args: dict[str, t.Any]) -> dict[str, t.Any]:
        arguments = self.module.ARGUMENTS
        outcome = ArgumentSpecValidator(arguments.spec(providers=args), **arguments.rules).validate(args)
        if outcome.error_messages:
            hidden = outcome._no_log_values
            raise Failure("definition", str(remove_values(outcome.error_messages[0], hidden)) + ".")
        return t.cast("dict[str, t.Any]", outcome.validated_parameters)

    def _on_target(
        self,
        given: dict[str, t.Any],
        params: dict[str, t.Any],
        definitions: Definitions,
        variables: dict[str, t.Any],
    ) -> dict[str, t.Any]:
        """The module on the managed host, with its own store there. It gets its definition with its arguments."""
        args = {key: value for key, value in given.items() if value is not None and key not in SETTINGS}
        args.update({name: self._task.args[name] for name in SETTINGS if self._task.args.get(name)})
        name = params.get("name") or params.get("session") or params.get("parent")
        if name and self.module.ARGUMENTS.definition and not any(provider in args for provider in PROVIDERS):
            definition = definitions.find(name)
            if definition is not None:
                args[definition.provider] = {
                    key: definition.get(key) for key, value in definition.options.items() if value is not None
                }
        return t.cast(
            "dict[str, t.Any]",
            self._execute_module(
                module_name=f"gatehouse.api.{self._task.action.rpartition('.')[2]}",
                module_args=args,
                task_vars=variables,
            ),
        )
