# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The option tables: written once per provider, read by argument specs, definitions and tests."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .rejections import WINDOW

PlaceOf = t.Callable[[t.Any], "tuple[str, int] | None"]


@dataclass(frozen=True)
class Option:
    """One option.

    :param name: its name in YAML.
    :param help: one sentence.
    :param type: an argument spec type.
    :param secret: hidden everywhere, never stored in a record's options.
    :param identity: says who one is; a record made with another value is a conflict.
    :param proof: a lasting secret that proves who one is; another value means signing in again.
    :param default: value when the option is not given.
    :param env: environment variable read when the option is not given.
    :param choices: the values it may have.
    :param elements: type of a list's elements.
    :param required: whether a task must give it.
    :param options: those of a dict, or of each dict in a list.
    :param check: looks at a value as it is written, before Ansible validates it: only then can a failure name the line.
        Given the value, where it is written, and what tells file and line of a key (None when nobody knows).
    """

    name: str
    help: str
    type: str = "str"
    secret: bool = False
    identity: bool = False
    proof: bool = False
    default: t.Any = None
    env: str = ""
    choices: tuple[str, ...] = ()
    elements: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    check: t.Callable[[t.Any, str, PlaceOf], t.Any] | None = None

    def spec(self) -> dict[str, t.Any]:
        """This option in an Ansible argument spec. `no_log` is always said, else Ansible guesses by name."""
        spec: dict[str, t.Any] = {"type": self.type, "no_log": self.secret}
        if self.default is not None:
            spec["default"] = self.default
        if self.choices:
            spec["choices"] = list(self.choices)
        if self.elements:
            spec["elements"] = self.elements
        if self.required:
            spec["required"] = True
        if self.options:
            spec["options"] = argument_spec(self.options)
        if self.env:
            spec["fallback"] = (env_fallback, [self.env])
        return spec


def env_fallback(*names: str) -> str:
    """The first of these environment variables that is not empty (AWX injects unset inputs as empty texts)."""
    import os

    from ansible.module_utils.common.parameters import env_fallback as fallback

    return str(fallback(*[name for name in names if os.environ.get(name)]))


def argument_spec(options: t.Iterable[Option]) -> dict[str, dict[str, t.Any]]:
    """An Ansible argument spec of these options."""
    return {option.name: option.spec() for option in options}


COMMON: tuple[Option, ...] = (
    Option("url", "Base URL of the service.", identity=True),
    Option("validate_certs", "Whether to verify the service's TLS certificate.", type="bool", default=True),
    Option("ca_path", "File with the CA certificates to trust instead of the system's.", type="path"),
    Option(
        "tls_pins",
        "Accept only these keys: base64 of SHA-256 over the certificate's SubjectPublicKeyInfo.",
        type="list",
        elements="str",
    ),
    Option("allow_plain_http", "Whether an http URL is accepted.", type="bool", default=False),
    Option("timeout", "Seconds to wait for a connection, and for a whole reply.", type="float", default=30.0),
    Option("max_wait", "Seconds to wait in all when the service asks to come back later.", type="float", default=60.0),
    Option("lifetime", "How long the session lives.", default="kept", choices=("kept", "run")),
    Option(
        "retry_rejected_after",
        "Seconds before a secret that the service refused is sent again.",
        type="float",
        default=WINDOW,
    ),
)
"""Options that every provider has; a provider may set another default by naming the option again."""


def merged(*tables: t.Iterable[Option]) -> tuple[Option, ...]:
    """Several tables as one; a later option replaces an earlier one of the same name."""
    by_name = {option.name: option for table in tables for option in table}
    return tuple(by_name.values())
