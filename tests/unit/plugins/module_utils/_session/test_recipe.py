# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recipes: what they mean, and what is said of one that is wrong: one sentence, with the right line."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gatehouse.api.plugins.module_utils._session import recipe_reading
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import argument_spec
from ansible_collections.gatehouse.api.plugins.module_utils._session.pointers import at_pointer, like, seen
from ansible_collections.gatehouse.api.plugins.module_utils._session.recipe import NOTHING, Recipe, Spot, Text
from ansible_collections.gatehouse.api.plugins.module_utils._session.recipe_reading import from_mapping, from_yaml
from ansible_collections.gatehouse.api.plugins.module_utils._session.recipe_schema import SCHEMA
from ansible_collections.gatehouse.api.plugins.module_utils._session.recipes import RECIPES

FILE = "/etc/recipe.yml"
GOOD = """\
login:
  path: /login
  json:
    user: "{username}"
    password: "{password}"
token:
  json: /token
send:
  Authorization: Bearer {token}
logout:
  path: /logout
"""


def read(text: str) -> Recipe:
    return from_yaml(textwrap.dedent(text), FILE)


def refused(text: str) -> Failure:
    with pytest.raises(Failure) as caught:
        from_yaml(text, FILE)
    failure = caught.value
    assert failure.kind == "definition"
    assert str(failure).isprintable()
    assert len(failure.message) < 400
    assert FILE in failure.message
    return failure


def with_line(old: str, new: str, text: str = GOOD) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


# What a recipe means


def test_a_recipe() -> None:
    recipe = read(GOOD)
    assert (recipe.login.method, recipe.login.path.text, recipe.login.as_session) == ("POST", "/login", False)
    assert recipe.login.json["user"].text == "{username}"
    assert (recipe.token.kind, recipe.token.names) == ("json", ("/token",))
    assert recipe.send["Authorization"].names == ["token"]
    assert recipe.logout is not None
    assert (recipe.logout.method, recipe.logout.as_session, recipe.logout.json) == ("DELETE", True, NOTHING)
    assert (recipe.refresh, recipe.keepalive, recipe.uid, recipe.rules, recipe.gone) == (None, None, None, (), ())


@pytest.mark.parametrize("name", RECIPES)
def test_a_shipped_recipe_is_one(name: str) -> None:
    recipe = from_yaml(RECIPES[name](), name)
    assert recipe.logout is not None
    assert from_mapping(yaml.safe_load(RECIPES[name]()), "the task").send.keys() == recipe.send.keys()


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_the_validator_of_ansible(name: str) -> None:
    """It fills in every option with None or its default; the recipe is the same, and its lines are still known."""
    written = yaml.safe_load(RECIPES[name]())
    recipe = from_mapping(written, "the task", lambda key: ("play.yml", 7))
    spec = {"recipe": {"type": "dict", "options": argument_spec(SCHEMA)}}
    outcome = ArgumentSpecValidator(spec).validate({"recipe": written})
    assert outcome.error_messages == []
    assert from_mapping(outcome.validated_parameters["recipe"], "its record") is recipe
    recipe_reading._read.clear()
    again = from_mapping(outcome.validated_parameters["recipe"], "its record")
    assert [text.text for text in again.texts()] == [text.text for text in recipe.texts()]
    assert (again.rules, again.token.names, again.after) == (recipe.rules, recipe.token.names, recipe.after)


def test_what_differs_in_a_body_alone_is_another_recipe() -> None:
    one, two = yaml.safe_load(GOOD), yaml.safe_load(GOOD)
    one["login"]["json"]["version"], two["login"]["json"]["version"] = 1, "1"
    first, second = (from_mapping(written, "the task") for written in (one, two))
    assert (first.login.json["version"], second.login.json["version"].text) == (1, "1")


# Placeholders


def filled(text: str, **values: str) -> str:
    return Text(text, Spot("x", FILE)).filled(values)


def test_placeholders_are_filled_in_once() -> None:
    assert filled("{a}-{b}", a="{b}", b="{a}") == "{b}-{a}"
    assert filled("{a}", a="{{ lookup('pipe', 'id') }}") == "{{ lookup('pipe', 'id') }}"
    assert filled("{values.x} {y}", **{"values.x": "1", "y": "{values.x}"}) == "1 {values.x}"


@pytest.mark.parametrize("text", ["{}", "{ a }", "{A}", "{a.b.c}", "{a!r}", "{a:>9}", "{0}", "%s", "$a", "{a"])
def test_nothing_else_is_a_placeholder(text: str) -> None:
    assert filled(text, a="x") == text


@given(st.text(), st.text())
def test_a_value_arrives_as_it_is(before: str, value: str) -> None:
    text = Text("[{a}]", Spot("x", FILE))
    assert text.filled({"a": value, "b": before}) == f"[{value}]"


# What is wrong, and on which line

BAD = [
    ("an unknown key", with_line("  path: /login", "  pth: /login"), 2, "did you mean 'path'?"),
    ("an unknown key at the top", GOOD + "tokn: x\n", 12, "did you mean 'token'?"),
    ("an unknown key that is like none", GOOD + "qqqqqq: x\n", 12, "there are: login, token"),
    (
        "an unknown key far inside",
        GOOD + "failure:\n  rules:\n    - kind: conflict\n      statuses: [1]\n",
        15,
        "'status'?",
    ),
    ("no path", with_line("  path: /login\n", ""), 1, "login lacks path"),
    ("no token", with_line("token:\n  json: /token\n", ""), 1, "lacks token"),
    ("no send", with_line("send:\n  Authorization: Bearer {token}\n", ""), 1, "lacks send"),
    ("a login that is a text", with_line("logout:\n  path: /logout", "logout: /logout"), 10, "no mapping"),
    ("a relative path", with_line("/login", "login"), 2, "no path"),
    ("a path with a space", with_line("/login", "/log in"), 2, "no path"),
    ("a path with a fragment", with_line("/login", "/login#x"), 2, "no path"),
    ("a path without quotes", with_line("  path: /logout", "  path: {uid}"), 11, "is no text"),
    ("another scheme", with_line("/login", "ftp://example.com/login"), 2, "no path"),
    ("an unknown method", with_line("  path: /logout", "  path: /logout\n  method: BURN"), 12, "none of: GET"),
    (
        "a status that is none",
        with_line("  path: /logout", "  path: /logout\n  gone: [404, 4040]"),
        12,
        "no HTTP status",
    ),
    ("a status that is a text", with_line("  path: /logout", "  path: /logout\n  gone: ['404']"), 12, "whole number"),
    ("a status that is no list", with_line("  path: /logout", "  path: /logout\n  gone: 404"), 12, "no list"),
    ("an empty list", with_line("  path: /logout", "  path: /logout\n  gone: []"), 12, "no list"),
    ("true for a number", with_line("  path: /logout", "  path: /logout\n  gone: [true]"), 12, "whole number"),
    ("two bodies", with_line("  path: /login\n", "  path: /login\n  form: {a: b}\n"), 3, "second body"),
    ("a body with a wrong placeholder", with_line('"{username}"', '"{user}"'), 4, "placeholder {user}"),
    ("a password outside the login", with_line("Bearer {token}", "Bearer {token} {password}"), 9, "{password}"),
    ("a token in the login", with_line('"{password}"', '"{token}"'), 5, "{token}, which the login does not have"),
    ("a uid that nobody takes", with_line("/logout", "'/logout/{uid}'"), 11, "{uid}"),
    ("a header without a token", with_line("Bearer {token}", "Bearer x"), 8, "sends no {token}"),
    ("a header without quotes", with_line("Bearer {token}", "{token}"), 9, "quotes"),
    ("a header that is no header", with_line("Authorization:", "Auth orization:"), 9, "no header"),
    ("a header that is not ours", with_line("Authorization:", "Host:"), 9, "no header"),
    ("a header with a line break", with_line("Bearer {token}", '"a\\r\\nX: {token}"'), 9, "no header can carry"),
    ("a header that is not ASCII", with_line("Bearer {token}", "'é {token}'"), 9, "no header can carry"),
    ("two places", with_line("  json: /token", "  json: /token\n  header: X"), 6, "has 2 of"),
    ("no place", with_line("token:\n  json: /token", "token: {}"), 6, "no mapping with something"),
    ("a pointer that is none", with_line("json: /token", "json: token"), 7, "no JSON pointer"),
    ("a pointer with a wrong escape", with_line("json: /token", "json: /a~2"), 7, "no JSON pointer"),
    ("a pointer that is a number", with_line("json: /token", "json: 5"), 7, "no JSON pointer"),
    ("a list of pointers with a wrong one", with_line("json: /token", "json: [/a, b]"), 7, "no JSON pointer"),
    ("text that is false", with_line("json: /token", "text: false"), 7, "takes true"),
    ("a header's name that is none", with_line("json: /token", "header: 'a b'"), 7, "no name of a header"),
    ("a lifetime of nothing", GOOD + "lifetime: 0\n", 12, "above 0"),
    ("a lifetime that is a text", GOOD + "lifetime: soon\n", 12, "is no number"),
    ("a keepalive without after", GOOD + "keepalive:\n  path: /x\n", 12, "lacks after"),
    (
        "keepalive and refresh",
        GOOD + "refresh:\n  path: /r\nkeepalive:\n  path: /k\n  after: 9\n",
        14,
        "one too many beside refresh",
    ),
    ("two kinds of expiry", GOOD + "expires_in: {json: /a}\nexpires_at: {json: /b}\n", 13, "the same as expires_in"),
    ("a refresh token without use", GOOD + "refresh_token: {json: /r}\n", 12, "no refresh sends it"),
    ("a kept thing with a known name", GOOD + "keep:\n  token: {json: /t}\n", 13, "no name"),
    ("a kept thing with a capital", GOOD + "keep:\n  Csrf: {json: /t}\n", 13, "no name"),
    ("a kept thing without a place", GOOD + "keep:\n  csrf: /t\n", 13, "no mapping"),
    ("an unknown kind", GOOD + "failure:\n  rules:\n  - {kind: broken, status: [400]}\n", 14, "none of"),
    ("a rule without a condition", GOOD + "failure:\n  rules:\n  - kind: conflict\n", 14, "lacks a condition"),
    ("a rule without a kind", GOOD + "failure:\n  rules:\n  - status: [400]\n", 14, "lacks kind"),
    ("rules that are no list", GOOD + "failure:\n  rules: {kind: conflict}\n", 13, "no list"),
    (
        "a code that is a mapping",
        GOOD + "failure:\n  rules:\n  - {kind: conflict, code: [{a: 1}]}\n",
        14,
        "texts and numbers",
    ),
    ("a key twice", GOOD + "send:\n  X: '{token}'\n", 12, "second time"),
    ("an anchor", with_line("token:\n", "token: &a\n"), 6, "anchor"),
    ("an alias", GOOD + "uid: *a\n", 12, "anchor"),
    ("a tag", with_line("json: /token", "json: !!python/object/apply:os.system [id]"), 7, "tag"),
    ("a vault", with_line("json: /token", "json: !vault abc"), 7, "tag"),
    ("a template", with_line("path: /login", "path: {{ path }}"), 2, "quote"),
    ("a tabulator", with_line("  path: /login", "\tpath: /login"), 2, "no YAML"),
    ("an open bracket", with_line("/token", "[/token"), 8, "no YAML"),
    ("two documents", GOOD + "---\na: b\n", 12, "no YAML"),
    ("nothing", "", 1, "empty"),
    ("a list", "- a\n", 1, "the recipe is no mapping"),
    ("a text", "hello\n", 1, "the recipe is no mapping"),
    ("a merge key", with_line("  path: /logout", "  path: /logout\n  <<: {a: 1}"), 12, "unknown key '<<'"),
    ("infinity", with_line('    user: "{username}"', "    user: .inf"), 4, "no number that JSON has"),
]


@pytest.mark.parametrize(("text", "line", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, said: str) -> None:
    failure = refused(text)
    assert f"ine {line} of {FILE}" in failure.message, failure
    assert said in str(failure), failure
    assert failure.message.endswith((".", "?")), failure


@pytest.mark.parametrize("text", ["[" * 5000, "a: " * 50 + "b", "x" * 70000, "\0", "\ud800", "a: [" + "{b: " * 25])
def test_what_is_no_recipe_at_all(text: str) -> None:
    refused(text)


@given(st.text(alphabet="abclogintoken:{}[]\"'-,&*!|>%@` \n/~0123", max_size=60))
def test_whatever_is_written(text: str) -> None:
    failure: Failure | None = None
    try:
        from_yaml(text, FILE)
    except Failure as raised:
        failure = raised
    if failure is not None:
        assert failure.kind == "definition"
        assert str(failure).isprintable()


def test_a_mapping_names_the_line_where_it_is_known() -> None:
    written = yaml.safe_load(GOOD)
    written["login"]["jsn"] = written["login"].pop("json")
    lines = {"jsn": 23, "login": 20}
    with pytest.raises(Failure) as caught:
        from_mapping(written, "the task", lambda key: ("play.yml", lines[key]) if key in lines else None)
    assert caught.value.message == "Line 23 of play.yml: recipe.login has the unknown key 'jsn'; did you mean 'json'?"


def test_a_mapping_names_the_key_where_no_line_is_known() -> None:
    written: dict[str, Any] = yaml.safe_load(GOOD)
    written["logout"]["path"] = "logout"
    with pytest.raises(Failure, match=r"The task: recipe\.logout\.path is no path"):
        from_mapping(written, "the task")


@pytest.mark.parametrize("written", [None, [], "text", 7, {}, {"login": None}, {"login": {}}, {1: 2}])
def test_a_mapping_that_is_none(written: Any) -> None:
    with pytest.raises(Failure) as caught:
        from_mapping(written, "the task")
    assert caught.value.kind == "definition"


def test_a_mapping_that_holds_itself() -> None:
    written: dict[str, Any] = yaml.safe_load(GOOD)
    written["login"]["json"] = written
    with pytest.raises(Failure, match="nested too deeply"):
        from_mapping(written, "the task")


# Pointers and patterns

DOCUMENT = {"foo": ["bar", {"x": 1}], "~1": 3, "": 0, "a/b": 1, "m~n": 8, "c%d": 2, "null": None, " ": 7}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", {"x": 1}]),
        ("/foo/0", "bar"),
        ("/foo/1/x", 1),
        ("/", 0),
        ("/a~1b", 1),
        ("/m~0n", 8),
        ("/~01", 3),
        ("/c%d", 2),
        ("/ ", 7),
        ("/foo/2", None),
        ("/foo/-", None),
        ("/foo/01", None),
        ("/foo/-1", None),
        ("/foo/0/0", None),
        ("/nothing/here", None),
        ("/null/x", None),
    ],
)
def test_a_pointer(pointer: str, value: Any) -> None:
    assert at_pointer(DOCUMENT, pointer) == value


@pytest.mark.parametrize("document", [None, 5, "text", [], True])
def test_a_pointer_into_something_else(document: Any) -> None:
    assert at_pointer(document, "/a") is None
    assert seen(document, "/a") == ("", [])


def test_how_far_a_pointer_leads() -> None:
    assert seen({"data": {"session": {"id": 1, "key": 2}}}, "/data/session/token") == ("/data/session", ["id", "key"])


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("abc*", "abcd", True),
        ("*bcd", "abcd", True),
        ("*b*", "abcd", True),
        ("a*d", "abcd", True),
        ("a*a", "a", False),
        ("*ab*ab*", "ab", False),
        ("*", "", True),
        ("", "", True),
        ("", "x", False),
        ("a?c", "abc", False),
        ("[a]*", "abc", False),
        ("a*b*c", "axbxc", True),
        ("a*b*c", "axcxb", False),
    ],
)
def test_a_pattern(pattern: str, text: str, fits: bool) -> None:
    assert like(pattern, text) is fits


def test_a_pattern_takes_no_time() -> None:
    assert not like("*a" * 50 + "b", "a" * 100_000)
