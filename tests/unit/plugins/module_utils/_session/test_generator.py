# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords that are made here."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import generator as made_by
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure

RULES = {"by": "local", "strength": 4, "length": 32, "numbers": True, "special": True}


def made(**rules: Any) -> str:
    make: Callable[..., str] = made_by.generator({**RULES, **rules})
    return make(None, None)


@pytest.mark.parametrize("numbers", [False, True])
@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("length", [8, 12, 200])
def test_each_class_is_there_and_no_other(length: int, numbers: bool, special: bool) -> None:
    wanted = [string.ascii_lowercase, string.ascii_uppercase]
    wanted += [string.digits] * numbers + [made_by.SPECIAL] * special
    for _time in range(50):
        password = made(length=length, numbers=numbers, special=special)
        assert len(password) == length
        assert all(set(password) & set(characters) for characters in wanted)
        assert set(password) <= set("".join(wanted))


def test_no_two_are_the_same() -> None:
    assert len({made() for _time in range(100)}) == 100


def test_every_character_comes_up() -> None:
    seen = set("".join(made(length=200) for _time in range(100)))
    assert seen == set(string.ascii_letters + string.digits + made_by.SPECIAL)


@pytest.mark.parametrize("length", [7, 1, 0, -5])
def test_what_is_too_short_is_a_definition_failure(length: int) -> None:
    with pytest.raises(Failure, match="too short") as caught:
        made(length=length)
    assert caught.value.kind == "definition"


def test_the_service_is_told_the_rules_of_its_own() -> None:
    class Service:
        def generate(self, record: str, strength: int, numbers: bool, special: bool) -> str:
            return f"{record} {strength} {numbers} {special}"

    make: Callable[..., str] = made_by.generator({**RULES, "by": "service", "length": 1, "special": False})
    assert make(Service(), "record") == "record 4 True False"


def test_special_characters_need_no_quoting() -> None:
    """In shells, YAML and INI files alike."""
    assert not set(made_by.SPECIAL) & set("'\"\\$`;&|<>(){}[]*^ \t")
