# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Option tables, and the argument specs made of them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.gatehouse.api.plugins.module_utils._session import libraries
from ansible_collections.gatehouse.api.plugins.module_utils._session.arguments import RUN_ON, STORE, Arguments
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import (
    COMMON,
    Option,
    argument_spec,
    env_fallback,
    merged,
)
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import PROVIDERS, provider_class


def validated(options: tuple[Option, ...], given: dict[str, Any]) -> dict[str, Any]:
    outcome = ArgumentSpecValidator(argument_spec(options)).validate(given)
    assert not outcome.error_messages
    parameters: dict[str, Any] = outcome.validated_parameters
    return parameters


def test_an_option_says_only_what_it_has() -> None:
    assert Option("a", "Help.").spec() == {"type": "str", "no_log": False}


def test_an_option_says_all_it_has() -> None:
    option = Option("a", "Help.", "list", secret=True, default=["x"], choices=("x", "y"), elements="str", required=True)
    assert option.spec() == {
        "type": "list",
        "no_log": True,
        "default": ["x"],
        "choices": ["x", "y"],
        "elements": "str",
        "required": True,
    }


@pytest.mark.parametrize("default", [False, 0, 0.0, ""])
def test_a_default_may_be_false(default: Any) -> None:
    assert Option("a", "Help.", default=default).spec()["default"] == default


def test_the_environment_is_read_when_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    options = (Option("a", "Help.", env="GATEHOUSE_A"), Option("b", "Help.", env="GATEHOUSE_B"))
    monkeypatch.setenv("GATEHOUSE_A", "from the environment")
    assert validated(options, {}) == {"a": "from the environment", "b": None}
    assert validated(options, {"a": "given"})["a"] == "given"


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWX injects inputs that nobody filled in as empty texts."""
    monkeypatch.setenv("GATEHOUSE_A", "")
    assert validated((Option("a", "Help.", env="GATEHOUSE_A"),), {}) == {"a": None}
    monkeypatch.setenv("GATEHOUSE_B", "b")
    assert env_fallback("GATEHOUSE_A", "GATEHOUSE_B") == "b"


def test_a_later_table_replaces_an_option_and_keeps_its_place() -> None:
    tables = merged((Option("a", "1"), Option("b", "1")), (Option("a", "2"), Option("c", "2")))
    assert [(option.name, option.help) for option in tables] == [("a", "2"), ("b", "1"), ("c", "2")]


def test_a_module_has_its_own_options_the_store_and_every_provider() -> None:
    spec = Arguments((Option("name", "Help.", required=True),)).spec()
    assert set(spec) == {"name", "store", "store_key", "run_on", *PROVIDERS}
    assert spec["store_key"]["no_log"] is True
    assert spec["proton"]["options"]["password"]["no_log"] is True
    assert spec["run_on"]["choices"] == ["controller", "target"]


def test_only_the_providers_that_a_task_names_are_looked_into() -> None:
    assert Arguments(()).spec(providers=())["proton"] == {"type": "dict", "no_log": False}
    assert "username" in Arguments(()).spec(providers=("proton",))["proton"]["options"]


def test_a_module_without_a_definition_has_no_provider() -> None:
    assert set(Arguments((), definition=False).spec()) == {option.name for option in (*STORE, RUN_ON)}


def test_the_common_options_are_safe_by_default() -> None:
    defaults = {option.name: option.default for option in COMMON}
    assert defaults["validate_certs"] is True
    assert defaults["allow_plain_http"] is False
    assert defaults["timeout"] == 30.0
    assert defaults["max_wait"] == 60.0
    assert (defaults["url"], defaults["ca_path"], defaults["tls_pins"]) == (None, None, None)


@pytest.mark.parametrize("name", ["", "nope", "Proton", "__class__"])
def test_an_unknown_provider_is_a_definition_failure(name: str) -> None:
    with pytest.raises(Failure, match="no provider") as caught:
        provider_class(name)
    assert caught.value.kind == "definition"
    assert "proton" in caught.value.hint


def test_an_optional_library_is_needed_by_its_pip_name() -> None:
    with pytest.raises(Failure, match="needs the Python library some-package") as caught:
        libraries.need("a_module_that_is_not_there", "some-package", "This")
    assert caught.value.kind == "unsupported"
    assert caught.value.hint.endswith(" -m pip install some-package")
    assert libraries.need("inspect", "inspect", "This") is inspect
