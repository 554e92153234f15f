# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""One task, wherever it runs: its parameters in, its result out."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from . import secrets, warm
from .definition import Definition, check_name
from .errors import Failure
from .providers import PROVIDERS
from .record import Record

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from .client import Client
    from .outcome import Outcome


@dataclass(frozen=True)
class Task:
    """What a module's `run` gets.

    :param params: validated parameters.
    :param check_mode: whether nothing may be changed.
    :param defined: finds a definition by name where the task itself gives none; None when there is none.
    :param written: what stands for such a definition, unread (see warm.py).
    :param warn: shows a warning to the user.
    :param say: shows a line to the user.
    """

    params: t.Mapping[str, t.Any] = field(repr=False)
    check_mode: bool = False
    defined: t.Callable[[str], Definition | None] = lambda name: None
    written: t.Callable[[str], t.Any] = lambda name: None
    warn: t.Callable[[str], None] = lambda message: None
    say: t.Callable[[str], None] = lambda message: None

    def client(self) -> Client:
        """The client, imported when there is work for it."""
        from .client import Client
        from .stores import open_store

        store = open_store(self.params.get("store"), self.params.get("store_key"))
        force = bool(self.params.get("force"))
        return Client(store, check_mode=self.check_mode, force=force, warn=self.warn, say=self.say)

    def open_already(self, name: str, min_ttl: float) -> Record | None:
        """The record of a session that is open, fresh and known; None when the client must look closer."""
        given = {provider: self.params[provider] for provider in PROVIDERS if self.params.get(provider) is not None}
        try:
            as_written = given or self.written(name)
        except (OSError, TypeError):
            return None
        found = warm.record_of(self.params.get("store"), self.params.get("store_key"), name, as_written, min_ttl)
        try:
            return None if found is None else Record.from_dict(found)
        except (TypeError, ValueError):  # the client says what is wrong with it
            return None

    def definition(self, name: str) -> Definition | None:
        """The definition of a name: the task's own, else the one that was written elsewhere.

        :raises Failure: `definition` for two providers at once, or a malformed definition.
        """
        given = [provider for provider in PROVIDERS if self.params.get(provider) is not None]
        if len(given) > 1:
            raise Failure(
                "definition", f"Session {name!r} has {len(given)} providers: {', '.join(given)}.", hint="Keep one."
            )
        if given:
            options = self.params[given[0]]
            return Definition(check_name(name), given[0], options, as_written={given[0]: options})
        return self.defined(check_name(name))


Run = t.Callable[[Task], "dict[str, t.Any]"]


def outcome_result(outcome: Outcome, return_tokens: bool = False) -> dict[str, t.Any]:
    """The result of a task that ensures a session: whether it changed, its facts, a diff of them.

    :param return_tokens: also its tokens, said out loud.
    """
    before, after = _facts(outcome.before), _facts(outcome.after)
    result: dict[str, t.Any] = {"changed": outcome.changed, "session": after or before}
    if outcome.changed:
        result["diff"] = {"before": before, "after": after}
    if return_tokens and outcome.after is not None:
        secrets.register(*outcome.after.tokens.values())
        result["tokens"] = dict(outcome.after.tokens)
    return result


def failed_result(failure: Failure) -> dict[str, t.Any]:
    """The result of a task that failed: one sentence, and the failure with its kind (promise 7)."""
    return secrets.hide_result({"failed": True, "msg": str(failure), "failure": failure.as_dict()})


def run_module(run: Run, mints: t.Callable[[t.Mapping[str, t.Any]], bool], module: AnsibleModule) -> None:
    """Run a task as an ordinary module on a managed host. The controller gave it its definition.

    :param mints: whether the result carries a secret on purpose; else all secrets are hidden in it.
    """
    from .stores.redis_url import passwords_in

    module.no_log_values.update(passwords_in(module.params.get("store") or ""))
    try:
        result = run(Task(module.params, module.check_mode, warn=module.warn))
        if not mints(module.params):
            result = secrets.hide_result(result)
    except Failure as failure:
        result = failed_result(failure)
    if result.get("failed"):  # not inside the except: fail_json would add the traceback
        module.fail_json(**result)
    module.exit_json(**result)


def _facts(record: Record | None) -> dict[str, t.Any]:
    return record.facts() if record else {}
