# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions: names, and values that stand elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import keyring
import keyring.backend
import keyring.errors
import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import (
    NAME_LIMIT,
    Definition,
    Pointer,
    check_name,
)
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure

WHERE = "password of session 'cloud' in the task"


class FakeKeyring(keyring.backend.KeyringBackend):
    """A keyring of one entry."""

    priority: ClassVar[float] = 1
    broken = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.broken:
            raise keyring.errors.KeyringLocked("it is locked")
        return "canary-from-keyring" if (service, username) == ("gatehouse", "alice") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


@pytest.fixture
def ring() -> Iterator[FakeKeyring]:
    """Return the keyring of this test."""
    before = keyring.get_keyring()
    fake = FakeKeyring()
    keyring.set_keyring(fake)
    yield fake
    keyring.set_keyring(before)


def pointer(kind: str, *place: str) -> Pointer:
    return Pointer(kind, place, WHERE)


def refused(found: Pointer) -> Failure:
    with pytest.raises(Failure) as caught:
        found.resolve()
    assert caught.value.kind == "definition"
    assert WHERE in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    "name", ["cloud", "a", "Mail 2", "ünïcödé \U0001f511", "a/b", "../x", ".hidden", "%41", "a~", "x" * NAME_LIMIT, "0"]
)
def test_a_printable_text_is_a_name(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        " a",
        "a ",
        "a\n",
        "a\nb",
        "a\tb",
        "a\0b",
        "~a",
        "x" * (NAME_LIMIT + 1),
        "\u200b",
        "\u2028",
        "\ud800",
        "\x7f",
    ],
)
def test_another_text_is_none(name: str) -> None:
    with pytest.raises(Failure, match="no session name") as caught:
        check_name(name)
    assert caught.value.kind == "definition"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", [None, 7, True, [], {}, b"cloud", ("cloud",)])
def test_what_is_no_text_is_no_name(name: Any) -> None:
    with pytest.raises(Failure, match="no session name"):
        check_name(name)


def test_a_name_is_a_plain_text() -> None:
    class Tagged(str):
        __slots__ = ()

    assert check_name(Tagged("cloud")).__class__ is str


def test_env_points_to_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_PASSWORD", " canary-env ")
    assert pointer("env", "CLOUD_PASSWORD").resolve() == " canary-env "


@pytest.mark.parametrize("value", [None, ""])
def test_an_unset_or_empty_variable_is_no_value(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("CLOUD_PASSWORD", raising=False)
    if value is not None:
        monkeypatch.setenv("CLOUD_PASSWORD", value)
    assert "env:CLOUD_PASSWORD" in refused(pointer("env", "CLOUD_PASSWORD")).message


@pytest.mark.parametrize("content", ["canary-file", "canary-file\n", "canary-file\r\n"])
def test_file_points_to_a_file_without_its_last_line_end(tmp_path: Path, content: str) -> None:
    path = tmp_path / "password"
    path.write_bytes(content.encode())
    assert pointer("file", str(path)).resolve() == "canary-file"


def test_a_file_may_be_in_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "password").write_text("canary-file ünï", encoding="utf-8")
    assert pointer("file", "~/password").resolve() == "canary-file ünï"


def test_a_missing_file_is_no_value(tmp_path: Path) -> None:
    assert "No such file" in refused(pointer("file", str(tmp_path / "missing"))).message


def test_a_directory_is_no_value(tmp_path: Path) -> None:
    assert "directory" in refused(pointer("file", str(tmp_path))).message


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_an_empty_file_is_no_value(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    refused(pointer("file", str(path)))


def test_a_file_that_is_no_text_is_no_value(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"canary\xff\xfe")
    failure = refused(pointer("file", str(path)))
    assert "UTF-8" in failure.message
    assert "canary" not in failure.message


def test_a_path_that_is_none_is_no_value() -> None:
    refused(pointer("file", "a\0b"))


def test_keyring_points_to_an_entry(ring: FakeKeyring) -> None:
    assert pointer("keyring", "gatehouse", "alice").resolve() == "canary-from-keyring"


def test_a_missing_entry_is_no_value(ring: FakeKeyring) -> None:
    assert "keyring:gatehouse/bob" in refused(pointer("keyring", "gatehouse", "bob")).message


def test_a_locked_keyring_is_said_with_a_way_out(ring: FakeKeyring) -> None:
    ring.broken = True
    failure = refused(pointer("keyring", "gatehouse", "alice"))
    assert "it is locked" in failure.message
    assert "{env: NAME}" in failure.hint


def test_no_keyring_at_all_is_said_with_a_way_out() -> None:
    from keyring.backends import fail

    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        assert refused(pointer("keyring", "gatehouse", "alice")).hint
    finally:
        keyring.set_keyring(before)


def test_a_missing_library_is_said_with_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(Failure) as caught:
        pointer("keyring", "gatehouse", "alice").resolve()
    assert caught.value.kind == "unsupported"
    assert caught.value.hint == f"Install it: {sys.executable} -m pip install keyring"


def test_what_a_pointer_finds_is_a_secret_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_PASSWORD", "canary-env")
    definition = Definition("cloud", "proton", {"password": pointer("env", "CLOUD_PASSWORD"), "username": "alice"})
    assert definition.get("password") == "canary-env"
    assert definition.get("username") == "alice"
    assert definition.get("missing") is None
    assert secrets.hide("canary-env alice") == f"{secrets.HIDDEN} alice"


def test_looking_at_what_is_written_follows_no_pointer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    definition = Definition("cloud", "proton", {"password": pointer("keyring", "gatehouse", "alice"), "username": "a"})
    assert definition.written("password") == "keyring:gatehouse/alice"
    assert definition.written("username") == "a"
    assert definition.written("missing") is None


def test_repr_shows_no_option() -> None:
    assert "canary" not in repr(Definition("cloud", "proton", {"password": "canary"}))
