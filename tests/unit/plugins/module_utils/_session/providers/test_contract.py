# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every provider of the registry keeps the contract; every module says what it takes."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import env_fallback
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import PROVIDERS
from tests.unit.plugins.module_utils._session.providers.contract import ProviderContract

PACKAGE = "ansible_collections.gatehouse.api.plugins"
PLUGINS = Path(__file__).resolve().parents[6] / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("[a-z]*.py"))


class TestProton(ProviderContract):
    name: ClassVar[str] = "proton"


class TestNextcloudPasswords(ProviderContract):
    name: ClassVar[str] = "nextcloud_passwords"


class TestTanium(ProviderContract):
    name: ClassVar[str] = "tanium"


class TestRicloud(ProviderContract):
    name: ClassVar[str] = "ricloud"


class TestAkiflow(ProviderContract):
    name: ClassVar[str] = "akiflow"


class TestHttp(ProviderContract):
    name: ClassVar[str] = "http"

    def definition(self, **options: Any) -> Definition:
        """One that signs in: a given token is used without asking anybody."""
        return super().definition(**{"token": None, **options})


class TestOAuth2(ProviderContract):
    name: ClassVar[str] = "oauth2"


def test_every_provider_of_the_registry_is_checked() -> None:
    checked = {subclass.name for subclass in ProviderContract.__subclasses__()}
    assert checked == set(PROVIDERS)


def documentation(name: str) -> dict[str, Any]:
    path = PLUGINS / "modules" / f"{name}.py"
    found: dict[str, Any] = get_docstring(
        str(path), fragment_loader, is_module=True, collection_name="gatehouse.api", plugin_type="module"
    )[0]
    return found


def module(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.modules.{name}")


def said(option: dict[str, Any], nested: str) -> dict[str, Any]:
    """What an option's documentation or spec says, in one form."""
    return {
        "type": option.get("type", "str"),
        "default": option.get("default"),
        "choices": list(option.get("choices") or ()),
        "elements": option.get("elements"),
        "required": bool(option.get("required", False)),
        "options": {key: said(value, nested) for key, value in (option.get(nested) or {}).items()},
    }


def test_there_are_the_modules_of_the_design() -> None:
    designed = {"session", "session_info", "session_fork", "session_import", "session_verification", "request"}
    designed |= {"credential", "credential_info"}
    assert designed <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_documents_what_it_takes(name: str) -> None:
    spec, options = module(name).ARGUMENTS.spec(), documentation(name)["options"]
    assert {key: said(value, "options") for key, value in spec.items()} == {
        key: said(value, "suboptions") for key, value in options.items()
    }


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_check_mode_and_diff(name: str) -> None:
    attributes = documentation(name)["attributes"]
    assert attributes["check_mode"]["support"] == "full"
    assert attributes["diff_mode"]["support"] == "full"
    assert attributes["action_group"]["membership"] == ["gatehouse.api.all"]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_an_action_plugin_of_its_name(name: str) -> None:
    action = importlib.import_module(f"{PACKAGE}.action.{name}")
    assert action.ActionModule.module is module(name)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_in_the_action_group(name: str) -> None:
    import yaml

    runtime = yaml.safe_load((PLUGINS.parent / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert name in str(runtime["action_groups"]["all"])


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_of_each_option_whether_it_is_hidden(name: str) -> None:
    def check(spec: dict[str, Any]) -> None:
        for key, value in spec.items():
            if "options" in value:
                check(value["options"])
            else:
                assert isinstance(value["no_log"], bool), key
                a_text = value["type"] == "str" and not value.get("choices")
                assert value["no_log"] or not a_text or not re.search("password|secret|selector", key), key

    check(module(name).ARGUMENTS.spec())


@pytest.mark.parametrize("name", MODULES)
def test_a_module_names_the_variables_that_it_reads(name: str) -> None:
    options = documentation(name)["options"]

    def check(spec: dict[str, Any], documented: dict[str, Any]) -> None:
        for key, value in spec.items():
            description = str(documented[key]["description"])
            if "fallback" in value:
                function, variables = value["fallback"]
                assert function is env_fallback
                assert all(f"E({variable})" in description for variable in variables), key
            else:
                assert "E(" not in description, key
            check(value.get("options", {}), documented[key].get("suboptions") or {})

    check(module(name).ARGUMENTS.spec(), options)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_documented_in_full(name: str) -> None:
    found = documentation(name)
    source = (PLUGINS / "modules" / f"{name}.py").read_text(encoding="utf-8")
    assert found["module"] == name
    assert found["short_description"]
    assert found["version_added"]
    assert "EXAMPLES = " in source
    assert "RETURN = " in source
    for word in ("run", "mints", "main"):
        assert hasattr(module(name), word)


def test_every_action_plugin_has_a_module() -> None:
    assert sorted(path.stem for path in (PLUGINS / "action").glob("[a-z]*.py")) == MODULES
