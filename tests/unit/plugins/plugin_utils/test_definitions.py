# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where definitions are found, and what is said of one that is malformed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from ansible import constants
from ansible.parsing.dataloader import DataLoader

from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition, Pointer
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.plugin_utils.definitions import Definitions, cleaned, parse
from ansible_collections.gatehouse.api.plugins.plugin_utils.written import (
    FILE_NAME,
    FILE_VARIABLE,
    MORE_FILES,
    VARIABLE,
    sessions_file,
    state_of_files,
)

Templar = Callable[..., Any]
Load = Callable[[str], Any]
SOURCE = "/etc/sessions.yml"
MINIMAL = "cloud:\n  proton:\n    username: alice\n"


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "CONFIG_FILE", None)


def found(loader: DataLoader, templar: Templar, variables: dict[str, Any], name: str = "cloud") -> Definition | None:
    return Definitions(variables, templar(variables), loader).find(name)


def refused(use: Callable[[], Any]) -> str:
    with pytest.raises(Failure) as caught:
        use()
    assert caught.value.kind == "definition"
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)
    return str(caught.value)


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# Places


def test_nothing_defines_it(loader: DataLoader, templar: Templar) -> None:
    assert found(loader, templar, {}) is None


def test_the_variable_defines_it(loader: DataLoader, templar: Templar, load: Load) -> None:
    variables = load(f"{VARIABLE}:\n{indent(MINIMAL, '  ')}")
    definition = found(loader, templar, variables)
    assert definition is not None
    assert (definition.name, definition.provider, definition.get("username")) == ("cloud", "proton", "alice")
    assert definition.get("timeout") == 30.0
    assert VARIABLE in definition.source
    assert found(loader, templar, variables, "other") is None


def test_only_the_definition_that_is_asked_for_is_templated(loader: DataLoader, templar: Templar, load: Load) -> None:
    variables = load(
        f"{VARIABLE}:\n"
        "  cloud: {proton: {username: '{{ who }}', password: '{{ lookup(\"env\", \"HOME\") }}'}}\n"
        "  broken: {proton: {username: '{{ undefined_variable }}'}}\n"
        "who: alice\n"
    )
    definition = found(loader, templar, variables)
    assert definition is not None
    assert definition.get("username") == "alice"
    assert definition.get("username").__class__ is str
    assert definition.get("password").endswith("/home")


def test_the_whole_variable_may_be_an_expression(loader: DataLoader, templar: Templar, load: Load) -> None:
    variables = load(f"{VARIABLE}: '{{{{ defined_elsewhere }}}}'\ndefined_elsewhere:\n{indent(MINIMAL, '  ')}")
    assert found(loader, templar, variables) is not None


@pytest.mark.parametrize("value", ["[1, 2]", "7", "text", "[]"])
def test_a_variable_of_another_type_is_said(loader: DataLoader, templar: Templar, load: Load, value: str) -> None:
    variables = load(f"{VARIABLE}: {value}\n")
    assert VARIABLE in refused(lambda: found(loader, templar, variables))


def test_the_variable_comes_before_the_file(loader: DataLoader, templar: Templar, load: Load) -> None:
    written(Path(loader.get_basedir()) / FILE_NAME, "cloud: {proton: {username: file}}\nother: {proton: {username: b}}")
    variables = load(f"{VARIABLE}: {{cloud: {{proton: {{username: variable}}}}}}\n")
    first, second = found(loader, templar, variables), found(loader, templar, variables, "other")
    assert first is not None
    assert second is not None
    assert (first.get("username"), second.get("username")) == ("variable", "b")


def test_the_files_are_looked_for_in_order(
    loader: DataLoader, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    playbooks = loader.get_basedir()
    assert sessions_file(playbooks) is None
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    places = [
        written(tmp_path / "xdg" / "gatehouse.api" / FILE_NAME, ""),
        written(Path(playbooks) / FILE_NAME, ""),
        written(tmp_path / "cfg" / FILE_NAME, ""),
        written(tmp_path / "named.yml", ""),
    ]
    monkeypatch.setattr(constants, "CONFIG_FILE", str(tmp_path / "cfg" / "ansible.cfg"))
    monkeypatch.setenv(FILE_VARIABLE, str(places[-1]))
    assert sessions_file(playbooks) == str(places.pop())
    monkeypatch.delenv(FILE_VARIABLE)
    while places:
        expected = places.pop()
        assert sessions_file(playbooks) == str(expected)
        expected.unlink()
    written(home / ".config" / "gatehouse.api" / FILE_NAME, "")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert sessions_file(playbooks) == str(home / ".config" / "gatehouse.api" / FILE_NAME)


@pytest.mark.parametrize("name", ["missing.yml", "."])
def test_a_named_file_that_is_none_is_said(
    loader: DataLoader, templar: Templar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / name))
    assert FILE_VARIABLE in refused(lambda: found(loader, templar, {}))


def test_an_empty_variable_names_no_file(loader: DataLoader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE_VARIABLE, "")
    assert sessions_file(loader.get_basedir()) is None


def test_further_files_define_sessions_too_and_come_first(
    loader: DataLoader, templar: Templar, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(Path(loader.get_basedir()) / FILE_NAME, "cloud: {proton: {username: a}}\nmail: {proton: {username: b}}")
    for name, text in (("ONE", "cloud: {proton: {username: c}}"), ("TWO", '{"ours": {"proton": {"username": "d"}}}')):
        monkeypatch.setenv(MORE_FILES + name, str(written(tmp_path / name, text)))
    monkeypatch.setenv(MORE_FILES + "EMPTY", "")
    known = {name: found(loader, templar, {}, name) for name in ("cloud", "mail", "ours", "none")}
    assert {name: one and one.get("username") for name, one in known.items()} == {
        "cloud": "c",
        "mail": "b",
        "ours": "d",
        "none": None,
    }
    variables = load(f"{VARIABLE}: {{cloud: {{proton: {{username: e}}}}}}\n")
    first = found(loader, templar, variables)
    assert first is not None
    assert first.get("username") == "e"


def test_a_session_in_two_further_files_is_refused(
    loader: DataLoader, templar: Templar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ONE", "TWO"):
        monkeypatch.setenv(MORE_FILES + name, str(written(tmp_path / name, MINIMAL)))
    text = refused(lambda: found(loader, templar, {}))
    assert f"{MORE_FILES}ONE and {MORE_FILES}TWO" in text
    assert found(loader, templar, {}, "other") is None


def test_a_further_file_that_is_none_is_said(
    loader: DataLoader, templar: Templar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{MORE_FILES}PROTON", str(tmp_path / "missing"))
    assert f"{MORE_FILES}PROTON names " in refused(lambda: found(loader, templar, {}))
    with pytest.raises(OSError, match="missing"):
        state_of_files(loader.get_basedir())


def test_a_further_file_is_known_again_by_its_content(
    loader: DataLoader, templar: Templar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each job of AWX gets it under another name."""

    def state(name: str, text: str) -> Any:
        monkeypatch.setenv(f"{MORE_FILES}PROTON", str(written(tmp_path / name, text)))
        definition = found(loader, templar, {})
        assert definition is not None
        assert definition.as_written == state_of_files(loader.get_basedir())
        return definition.as_written

    first = state("one", MINIMAL)
    assert state("two", MINIMAL) == first
    assert state("three", MINIMAL + " ") != first
    assert state("elsewhere/one", MINIMAL) != first  # relative paths in it lead elsewhere
    written(Path(loader.get_basedir()) / FILE_NAME, "")
    assert state("four", MINIMAL) != first


# Files


def test_a_file_may_be_vaulted_as_a_whole(loader: DataLoader, templar: Templar, vaulted: Callable[..., str]) -> None:
    written(Path(loader.get_basedir()) / FILE_NAME, vaulted(MINIMAL))
    definition = found(loader, templar, {})
    assert definition is not None
    assert definition.get("username") == "alice"


def test_a_value_in_a_file_may_be_vaulted(loader: DataLoader, templar: Templar, vaulted: Callable[..., str]) -> None:
    secret = indent(vaulted("canary-password"), "        ")
    written(Path(loader.get_basedir()) / FILE_NAME, f"{MINIMAL}    password: !vault |\n{secret}")
    definition = found(loader, templar, {})
    assert definition is not None
    assert definition.get("password") == "canary-password"
    assert definition.get("password").__class__ is str


def test_a_file_is_not_templated(loader: DataLoader, templar: Templar) -> None:
    written(Path(loader.get_basedir()) / FILE_NAME, "cloud: {proton: {username: '{{ who }}'}}")
    definition = found(loader, templar, {"who": "alice"})
    assert definition is not None
    assert definition.get("username") == "{{ who }}"


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n"])
def test_an_empty_file_defines_nothing(loader: DataLoader, templar: Templar, text: str) -> None:
    written(Path(loader.get_basedir()) / FILE_NAME, text)
    assert found(loader, templar, {}) is None


@pytest.mark.parametrize(
    "text",
    [
        "- canary\n",
        "canary\n",
        "cloud: {proton: {password: canary\n",
        "cloud:\n\tproton: canary\n",
        "a: canary: b\n",
        "cloud: !unknown canary\n",
        "$ANSIBLE_VAULT;1.1;AES256\ncanary\n",
        "\x00canary",
    ],
)
def test_a_malformed_file_is_said_without_its_content(loader: DataLoader, templar: Templar, text: str) -> None:
    path = written(Path(loader.get_basedir()) / FILE_NAME, text)
    assert str(path) in refused(lambda: found(loader, templar, {}))


def test_a_file_that_is_no_text_is_said(loader: DataLoader, templar: Templar) -> None:
    path = Path(loader.get_basedir()) / FILE_NAME
    path.write_bytes(b"cloud: \xff\xfe canary\n")
    assert str(path) in refused(lambda: found(loader, templar, {}))


def test_a_file_vaulted_with_another_password_is_said(
    loader: DataLoader, templar: Templar, vaulted: Callable[..., str]
) -> None:
    path = written(Path(loader.get_basedir()) / FILE_NAME, vaulted(MINIMAL, b"another password"))
    assert str(path) in refused(lambda: found(loader, templar, {}))


# One definition


@pytest.mark.parametrize(
    "value", [None, "text", 7, [], {}, {"proton": {}, "other": {}}, {"proton": {}, "name": "cloud"}]
)
def test_a_definition_takes_exactly_one_provider(value: Any) -> None:
    assert "exactly one provider" in refused(lambda: parse("cloud", value, SOURCE))


@pytest.mark.parametrize(
    ("provider", "guess"),
    [("protn", "did you mean 'proton'"), ("xyz", "there are: akiflow, http, nextcloud_passwords")],
)
def test_an_unknown_provider_is_said_with_a_guess(provider: str, guess: str) -> None:
    assert guess in refused(lambda: parse("cloud", {provider: {}}, SOURCE))


@pytest.mark.parametrize(("option", "guess"), [("usrname", "'username'"), ("xyzzy", "there are: ")])
def test_an_unknown_option_is_said_with_a_guess(option: str, guess: str) -> None:
    text = refused(lambda: parse("cloud", {"proton": {option: "canary"}}, SOURCE))
    assert guess in text
    assert "'cloud'" in text
    assert SOURCE in text


@pytest.mark.parametrize("options", ["canary", 7, ["canary"], True])
def test_options_that_are_no_mapping_are_said(options: Any) -> None:
    assert "no mapping" in refused(lambda: parse("cloud", {"proton": options}, SOURCE))


@pytest.mark.parametrize("options", [None, {}])
def test_a_provider_without_options_has_its_defaults(options: Any) -> None:
    assert parse("cloud", {"proton": options}, SOURCE).get("appversion") == "linux-vpn@4.0.0"


@pytest.mark.parametrize(
    ("option", "value"),
    [("timeout", "soon"), ("validate_certs", "perhaps"), ("api_paths", "other"), ("max_wait", [])],
)
def test_a_value_of_another_type_is_said(option: str, value: Any) -> None:
    text = refused(lambda: parse("cloud", {"proton": {option: value}}, SOURCE))
    assert option in text
    assert SOURCE in text


def test_a_secret_of_another_type_is_said_without_itself() -> None:
    definition = parse("cloud", {"proton": {"password": 12345678}}, SOURCE)
    assert definition.get("password") == "12345678"
    refused(lambda: parse("cloud", {"proton": {"password": "canary-secret", "timeout": "canary-secret"}}, SOURCE))


def test_empty_values_count_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_PROTON_USERNAME", "from environment")
    definition = parse("cloud", {"proton": {"username": "", "appversion": None, "timeout": ""}}, SOURCE)
    assert definition.get("username") == "from environment"
    assert definition.get("appversion") == "linux-vpn@4.0.0"
    assert cleaned({"a": "", "b": None, "c": 0, "d": False, "e": "x"}) == {"c": 0, "d": False, "e": "x"}
    assert cleaned("text") == "text"


def test_values_become_those_of_the_table() -> None:
    definition = parse("cloud", {"proton": {"timeout": "5", "validate_certs": "no", "tls_pins": "a,b"}}, SOURCE)
    assert definition.get("timeout") == 5.0
    assert definition.get("validate_certs") is False
    assert definition.get("tls_pins") == ["a", "b"]


# Pointers


def test_a_value_may_stand_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_USER", "alice")
    written(tmp_path / "password", "canary-password\n")
    definition = parse(
        "cloud",
        {"proton": {"username": {"env": "CLOUD_USER"}, "password": {"file": "password"}}},
        SOURCE,
        str(tmp_path),
    )
    assert isinstance(definition.options["password"], Pointer)
    assert (definition.get("username"), definition.get("password")) == ("alice", "canary-password")


def test_a_path_may_be_absolute_or_in_the_home(tmp_path: Path, home: Path) -> None:
    written(tmp_path / "password", "absolute")
    written(home / "password", "home")
    for path, expected in ((str(tmp_path / "password"), "absolute"), ("~/password", "home")):
        assert parse("cloud", {"proton": {"password": {"file": path}}}, SOURCE, "/nowhere").get("password") == expected


def test_a_keyring_takes_a_service_and_a_user() -> None:
    pointer = parse("cloud", {"proton": {"password": {"keyring": ["s", "u"]}}}, SOURCE).options["password"]
    assert (pointer.kind, pointer.place) == ("keyring", ("s", "u"))


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"env": "A", "file": "b"},
        {"vault": "canary"},
        {"env": ""},
        {"env": None},
        {"env": 7},
        {"env": ["A", "B"]},
        {"file": []},
        {"file": {}},
        {"keyring": "s"},
        {"keyring": ["s"]},
        {"keyring": ["s", "u", "x"]},
        {"keyring": ["s", ""]},
        {"keyring": ["s", 7]},
    ],
)
def test_a_malformed_pointer_is_said(value: Any) -> None:
    text = refused(lambda: parse("cloud", {"proton": {"password": value}}, SOURCE))
    assert "password of session 'cloud'" in text


def test_a_pointer_to_nothing_is_said_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUD_PASSWORD", raising=False)
    definition = parse("cloud", {"proton": {"password": {"env": "CLOUD_PASSWORD"}}}, SOURCE)
    assert "CLOUD_PASSWORD" in refused(lambda: definition.get("password"))
