# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credential types for AWX fit the option tables, and AWX takes them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ansible_collections.gatehouse.api.plugins.module_utils._session.arguments import STORE
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import Option
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import PROVIDERS, provider_class
from ansible_collections.gatehouse.api.plugins.plugin_utils.definitions import parse
from tests.sandbox.services._awx import rules
from tests.tools.paths import ROOT

AWX = ROOT / "extensions" / "awx"
TYPES = AWX / "credential_types"
ALWAYS_LEFT_OUT = {
    "validate_certs": "what is not ticked is false",
    "allow_plain_http": "a job has no reason to",
    "timeout": "the default will do",
    "max_wait": "the default will do",
    "retry_rejected_after": "the default will do",
}
LEFT_OUT = {
    "akiflow": {
        "code": "it is for one login",
        "code_command": "a program on somebody's machine",
        "platform": "the default will do",
        "version": "the default will do",
        "user_agent": "the default will do",
    },
    "http": {"recipe": "it is no secret, and belongs into the project: recipe_file"},
    "nextcloud_passwords": {"two_factor_code": "it is for one login"},
    "oauth2": {
        "code": "it is for one login",
        "authorization_endpoint": "somebody signs in with a browser",
        "device_authorization_endpoint": "somebody signs in with a browser",
        "authorization_parameters": "somebody signs in with a browser",
        "redirect_uri": "somebody signs in with a browser",
        "wait": "somebody signs in with a browser",
    },
    "proton": {"two_factor_code": "it is for one login", "api_paths": "the default will do"},
    "ricloud": {"code": "it is for one login"},
    "tanium": {"secondary": "it is for one login"},
}
BROWSER = {"device_code", "authorization_code"}
ODD = "canary ß \U0001f511 \"'\\ {{ 7 * 7 }} {% x %} <&> : # \n- second line"


def kind_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((TYPES / f"{name}.yml").read_text(encoding="utf-8"))
    return found


def fields_of(name: str) -> dict[str, dict[str, Any]]:
    return {field["id"]: field for field in kind_of(name)["inputs"]["fields"]}


def options_of(name: str) -> dict[str, Option]:
    options = STORE if name == "store" else provider_class(name).options()
    left = {**ALWAYS_LEFT_OUT, **LEFT_OUT.get(name, {})}
    return {option.name: option for option in options if option.name not in left}


def rendered(template: str, inputs: Mapping[str, Any]) -> str:
    """As AWX renders it: an input that is empty is not there at all."""
    tower = SimpleNamespace(filename=None)
    given = {name: value for name, value in inputs.items() if value not in ("", None)}
    return ImmutableSandboxedEnvironment().from_string(template).render(tower=tower, **given)


def definition_of(name: str, inputs: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    """The session's name and its options, as Ansible reads the file that AWX writes."""
    path = directory / "tmpfile"
    path.write_text(rendered(kind_of(name)["injectors"]["file"]["template"], inputs), encoding="ascii")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        listed = DataLoader().load_from_file(str(path))
    (session,) = listed
    definition = parse(session, listed[session], str(path))
    assert definition.provider == name
    return {"session_name": session, **definition.options}


def test_each_provider_and_the_store_has_a_type() -> None:
    assert {path.stem for path in TYPES.iterdir()} == {*PROVIDERS, "store"}


def test_the_role_knows_all_types() -> None:
    names = sorted([*PROVIDERS, "store"])
    role = ROOT / "roles" / "awx"
    assert yaml.safe_load((role / "defaults/main.yml").read_text(encoding="utf-8"))["awx_types"] == names
    assert yaml.safe_load((role / "vars/main.yml").read_text(encoding="utf-8"))["awx_known"] == names
    specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text(encoding="utf-8"))
    told = specs["argument_specs"]["main"]["options"]["awx_types"]
    assert (told["choices"], told["default"]) == (names, names)


@pytest.mark.parametrize("name", [*PROVIDERS, "store"])
def test_awx_takes_it(name: str) -> None:
    kind = kind_of(name)
    assert set(kind) == {"name", "description", "kind", "inputs", "injectors"}
    assert rules.of_type(kind) == {}
    assert set(kind["inputs"].get("required", [])) <= set(fields_of(name))


@pytest.mark.parametrize("name", [*PROVIDERS, "store"])
def test_it_has_all_options(name: str) -> None:
    """Whoever adds an option to a provider adds an input, or says above why a job does not need it."""
    options, fields = options_of(name), fields_of(name)
    assert set(options) == set(fields) - {"session_name"}
    for option in options.values():
        field = fields[option.name]
        assert field["type"] == ("boolean" if option.type == "bool" else "string"), option.name
        if name != "store":  # whose URL may have a password
            assert bool(field.get("secret")) == option.secret, option.name
        choices = [choice for choice in option.choices if choice not in BROWSER]
        assert sorted(field.get("choices", [])) == sorted(choices), option.name
        if option.default is not None and choices:
            assert field["choices"][0] == option.default  # AWX takes the first where a form says nothing
        assert option.type != "bool" or option.default is False, "what is not ticked is false"


def test_what_is_left_out_is_there_and_no_lasting_secret() -> None:
    for name, left in LEFT_OUT.items():
        options = {option.name: option for option in provider_class(name).options()}
        for option in left:
            assert not (options[option].secret and options[option].proof), f"{option} of {name}"


@pytest.mark.parametrize("name", [*PROVIDERS, "store"])
def test_secrets_go_into_files_alone(name: str) -> None:
    injectors = kind_of(name)["injectors"]
    secret = {field for field, said in fields_of(name).items() if said.get("secret")}
    assert set(injectors) == {"file", "env"}
    for template in injectors["env"].values():
        for field in fields_of(name):
            assert not re.search(rf"\b{field}\b", template.replace(f"tower.filename.{field}", "")), template
    for field in secret:
        assert any(re.search(rf"\b{field}\b", template) for template in injectors["file"].values())


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_type_has_a_variable_of_its_own(name: str) -> None:
    assert list(kind_of(name)["injectors"]["env"]) == [f"GATEHOUSE_SESSIONS_FILE_{name.upper()}"]


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_is_given_arrives(name: str, tmp_path: Path) -> None:
    values: dict[str, Any] = {"session_name": "näme: {{ x }}"}
    expected: dict[str, Any] = dict(values)
    for option in options_of(name).values():
        text, value = _example(option)
        values[option.name], expected[option.name] = text, value
    found = definition_of(name, values, tmp_path)
    assert {option: found[option] for option in expected} == expected


def _example(option: Option) -> tuple[Any, Any]:
    """What somebody types into the form, and what that means."""
    if option.choices:
        choice = [choice for choice in option.choices if choice not in BROWSER][-1]
        return choice, choice
    examples: dict[str, tuple[Any, Any]] = {
        "str": (ODD, ODD),
        "path": ("/etc/pki/ca.pem", "/etc/pki/ca.pem"),
        "bool": (True, True),
        "int": ("1993", 1993),
        "float": ("12.5", 12.5),
        "dict": ('{"tenant": "a b"}', {"tenant": "a b"}),
        "list": ("one,two", ["one", "two"]),
    }
    if option.name in ("scopes", "resources"):
        return "one two:three", ["one", "two:three"]
    return examples[option.type]


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("empty", [{}, "texts"])
def test_what_is_not_given_has_its_default(name: str, empty: Any, tmp_path: Path) -> None:
    inputs = dict.fromkeys(fields_of(name), "") if empty else {}
    found = definition_of(name, inputs, tmp_path)
    plain = parse(name, {name: {}}, "here").options
    assert {option: value or None for option, value in found.items()} == {
        "session_name": name,
        **{option: value or None for option, value in plain.items()},
    }


def test_the_execution_environment_names_this_version() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    text = (AWX / "execution-environment" / "execution-environment.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"gatehouse-api-([0-9][^ ]*)\.tar\.gz", text)) == {version}


def test_the_example_of_a_job_template_is_of_types_that_there_are() -> None:
    example = yaml.safe_load((AWX / "job_template.yml").read_text(encoding="utf-8"))
    (play,) = example
    known = {kind_of(path.stem)["name"] for path in TYPES.iterdir()} | {path.stem for path in TYPES.iterdir()}
    named = [item["type"] for task in play["tasks"] for item in task.get("vars", {}).get("awx_credentials", [])]
    assert named
    assert set(named) <= known
    for task in play["tasks"]:
        for item in task.get("vars", {}).get("awx_credentials", []):
            assert set(item["inputs"]) <= set(fields_of(item["type"]))
