# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Argument specs of the modules, composed from the option tables."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .options import Option, argument_spec
from .providers import PROVIDERS, provider_class

STORE: tuple[Option, ...] = (
    Option("store", "Where records live.", env="GATEHOUSE_STORE"),
    Option("store_key", "Key that seals the records.", secret=True, env="GATEHOUSE_STORE_KEY"),
)
RUN_ON = Option("run_on", "Where the work is done.", default="controller", choices=("controller", "target"))


@dataclass(frozen=True)
class Arguments:
    """The arguments of a module.

    :param own: its own options.
    :param definition: whether it takes a definition, that is a dict of options for each provider.
    :param rules: what else Ansible's validator takes: `required_if` and the like.
    :param empty: options of which an empty text is a value, too; elsewhere it counts as not given.
    """

    own: tuple[Option, ...]
    definition: bool = True
    rules: t.Mapping[str, t.Any] = field(default_factory=dict)
    empty: t.Collection[str] = ()

    def spec(self, providers: t.Collection[str] = tuple(PROVIDERS)) -> dict[str, dict[str, t.Any]]:
        """The argument spec.

        :param providers: the providers whose options are wanted, too; another one's file is not imported.
        """
        spec = argument_spec((*self.own, *STORE, RUN_ON))
        if self.definition:
            for name in PROVIDERS:
                spec[name] = {"type": "dict", "no_log": False}  # its secrets are, one by one
                if name in providers:
                    spec[name]["options"] = argument_spec(provider_class(name).options())
        return spec
