# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hides secrets: in every form under which they may leave this process."""

from __future__ import annotations

import base64
import json
import random
import string
import sys
import types
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets

SECRET = 'p@ss/w"rd\\ +ünï&=?'
HIDDEN = secrets.HIDDEN


@pytest.fixture
def secret() -> str:
    """Return a secret in play."""
    secrets.add(SECRET)
    return SECRET


def test_nothing_is_hidden_before_it_is_a_secret() -> None:
    assert secrets.hide(SECRET) == SECRET


@pytest.mark.parametrize(
    "around", ["{}", "before {} after", "{}{}", "'{}'", "\n{}\n", "Bearer {}", "https://x/?t={}&u=1"]
)
def test_the_text_itself_is_hidden(secret: str, around: str) -> None:
    hidden = secrets.hide(around.replace("{}", secret))
    assert hidden == around.replace("{}", HIDDEN)


@pytest.mark.parametrize("prefix", ["", "u", "us", "use", "user", "user:"])
@pytest.mark.parametrize("suffix", ["", "s", "su", "suf"])
def test_base64_is_hidden_at_every_offset(secret: str, prefix: str, suffix: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        shown = secrets.hide(f"Basic {encode((prefix + secret + suffix).encode()).decode()}")
        assert HIDDEN in shown
        inner = base64.b64encode(secret.encode())[4:-4].decode()
        assert inner not in shown
        assert len(shown) < len("Basic ") + len(HIDDEN) + 18


@pytest.mark.parametrize("encode", [quote, quote_plus, lambda text: quote(text, safe="")])
def test_url_encoding_is_hidden(secret: str, encode: Any) -> None:
    assert HIDDEN in secrets.hide(f"https://example.com/?token={encode(secret)}")
    assert "w%22rd" not in secrets.hide(f"https://example.com/?token={encode(secret)}")


@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_json_escapes_are_hidden(secret: str, ensure_ascii: bool) -> None:
    shown = secrets.hide(json.dumps({"token": secret}, ensure_ascii=ensure_ascii))
    assert shown == '{"token": "' + HIDDEN + '"}'


def test_python_repr_is_hidden(secret: str) -> None:
    assert "ünï" not in secrets.hide(repr({"token": secret}))


def test_every_nesting_is_searched_and_keeps_its_shape(secret: str) -> None:
    value = {"a": [secret, {"b": (secret, 7, None, True, 1.5)}], secret: {"c": f"x{secret}"}, "d": {}}
    assert secrets.hide(value) == {
        "a": [HIDDEN, {"b": [HIDDEN, 7, None, True, 1.5]}],
        HIDDEN: {"c": f"x{HIDDEN}"},
        "d": {},
    }


def test_other_types_come_back_as_they_are(secret: str) -> None:
    thing = object()
    for value in (7, 1.5, None, True, thing):
        assert secrets.hide(value) is value


def test_two_keys_that_become_one_lose_nothing_else(secret: str) -> None:
    secrets.add("another-secret")
    assert secrets.hide({secret: 1, "another-secret": 2, "c": 3})["c"] == 3


def test_a_longer_secret_is_hidden_before_a_shorter_one_inside_it() -> None:
    secrets.add("token", "token-with-more")
    assert secrets.hide("token-with-more") == HIDDEN


def test_the_stars_themselves_are_never_searched() -> None:
    secrets.add("****")
    assert set(secrets.hide("a****b")) <= set("a*b")


@pytest.mark.parametrize("text", ["", "a", "abc"])
def test_short_texts_are_not_replaced(text: str) -> None:
    secrets.add(text)
    assert secrets.hide("abc aaa") == "abc aaa"


def test_what_is_no_text_is_no_secret() -> None:
    secrets.add(None, 12345, b"bytes-secret", ["list-secret"])
    assert secrets.hide("None 12345 bytes-secret list-secret") == "None 12345 bytes-secret list-secret"


def test_further_secrets_are_hidden_once_only() -> None:
    assert secrets.hide("a token-1 b", ["token-1"]) == f"a {HIDDEN} b"
    assert secrets.hide("a token-1 b") == "a token-1 b"


@pytest.mark.parametrize("odd", ["lone \udcff byte", "lone \ud800 half", "nul \0 nul", "\U0001f511" * 4])
def test_odd_characters_are_hidden_as_well(odd: str) -> None:
    """An environment variable that is no UTF-8 comes as lone surrogates."""
    secrets.add(odd)
    assert secrets.hide(f"a {odd} b") == f"a {HIDDEN} b"


def test_ansible_is_told_where_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    api = types.ModuleType("ansible.module_utils.secrets")
    api.register_secret = told.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ansible.module_utils.secrets", api)
    secrets.register("minted-token", "")
    assert told == ["minted-token"]
    assert secrets.hide("minted-token") == HIDDEN


def test_an_older_ansible_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ansible.module_utils.secrets", None)
    secrets.register("minted-token")
    assert secrets.hide("minted-token") == HIDDEN


@pytest.mark.parametrize("seed", range(60))
def test_no_secret_survives_whatever_is_built_around_it(seed: int) -> None:
    """A seeded sample; the property itself is in test_secrets_properties.py."""
    pick = random.Random(seed)  # noqa: S311 (no secret)
    characters = string.printable + "äöü€\U0001f511"
    secret = "".join(pick.choice(characters) for _character in range(pick.randint(8, 40)))
    prefix, suffix = ("".join(pick.choice(characters) for _character in range(pick.randint(0, 9))) for _side in "ab")
    whole = prefix + secret + suffix
    forms = [whole, json.dumps(whole), quote(whole), quote_plus(whole), base64.b64encode(whole.encode()).decode()]
    needles = [
        secret,
        json.dumps(secret)[1:-1],
        quote(secret, safe=""),
        base64.b64encode(secret.encode())[4:-4].decode(),
    ]
    secrets.add(secret)
    shown = json.dumps(secrets.hide({"list": forms, whole: {"deep": [(form,) for form in forms]}}), ensure_ascii=False)
    for needle in needles:
        if len(needle) >= 8:
            assert needle not in shown


@pytest.mark.parametrize("word", ["changed", "failed", "message", "kind"])
def test_a_secret_that_is_a_word_of_ours_spoils_no_result(word: str) -> None:
    secrets.add(word)
    result = {"failed": True, "failure": {"kind": f"it is {word}", "message": "said"}, "msg": f"<{word}>"}
    hidden = secrets.hide_result(result)
    assert set(hidden) == set(result)
    assert set(hidden["failure"]) == {"kind", "message"}
    assert hidden["msg"] == "<********>"
    assert word not in hidden["failure"]["kind"]


def test_a_secret_that_a_service_uses_as_a_key_is_hidden_there() -> None:
    secrets.add("canary-key")
    hidden = secrets.hide_result({"json": {"canary-key": {"canary-key": 1}}, "failure": {"hint": ""}})
    assert hidden == {"json": {"********": {"********": 1}}, "failure": {"hint": ""}}


def test_a_result_without_secrets_comes_back_as_it_is() -> None:
    secrets.add("canary-absent")
    result = {"changed": False, "session": {"name": "mail"}}
    assert secrets.hide_result(result) is result
