# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain values of what the running ansible-core hands over."""

from __future__ import annotations

import json
from collections.abc import Callable
from textwrap import indent
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.gatehouse.api.plugins.plugin_utils.plain import plain

Load = Callable[[str], Any]


def types_of(value: Any) -> set[type]:
    if isinstance(value, dict):
        return {dict} | {found for pair in value.items() for item in pair for found in types_of(item)}
    if isinstance(value, list):
        return {list} | {found for item in value for found in types_of(item)}
    return {type(value)}


def test_what_yaml_brought_becomes_plain(load: Load) -> None:
    value = plain(load("a: text\nb: [1, 2.5, true, null, 'é']\nc: {d: {e: f}}\n"))
    assert value == {"a": "text", "b": [1, 2.5, True, None, "é"], "c": {"d": {"e": "f"}}}
    assert types_of(value) <= {dict, list, str, int, float, bool, type(None)}


def test_an_unsafe_text_becomes_plain(load: Load) -> None:
    value = plain(load("a: !unsafe '{{ not_templated }}'\n"))
    assert value == {"a": "{{ not_templated }}"}
    assert types_of(value) == {dict, str}
    wrapped = plain(wrap_var({"a": ["{{ x }}"]}))
    assert wrapped == {"a": ["{{ x }}"]}
    assert types_of(wrapped) == {dict, list, str}


def test_a_vaulted_text_is_decrypted(load: Load, vaulted: Callable[[str], str]) -> None:
    value = plain(load("a: !vault |\n" + indent(vaulted("canary-secret"), "  ")))
    assert value == {"a": "canary-secret"}
    assert types_of(value) == {dict, str}
    assert json.dumps(value) == '{"a": "canary-secret"}'


def test_a_vaulted_text_of_another_password_is_an_error(load: Load, vaulted: Callable[..., str]) -> None:
    text = "a: !vault |\n" + indent(vaulted("canary-secret", b"another password"), "  ")
    with pytest.raises(AnsibleError):
        plain(load(text))


@pytest.mark.parametrize("value", [None, True, False, 0, 7, 1.5, b"bytes"])
def test_other_plain_values_stay(value: Any) -> None:
    assert plain(value) is value or plain(value) == value


def test_tuples_and_sets_become_lists() -> None:
    assert plain(("a", {"b"})) == ["a", ["b"]]


def test_a_key_becomes_plain_too(load: Load) -> None:
    assert {type(key) for key in plain(load("{a: 1, 2: b}"))} == {str, int}
