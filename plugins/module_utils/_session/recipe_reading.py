# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.
"""Reading recipes: from YAML, line by line, or from a mapping of a task or definition."""

from __future__ import annotations

import difflib
import json
import re
import typing as t

from .errors import Failure
from .libraries import need
from .options import Option, PlaceOf
from .recipe import NOTHING, Node, Place, Recipe, Request, Rule, Spot, Text, sendable
from .recipe_schema import SCHEMA

LONGEST = 65536  # characters of a recipe
DEEPEST = 20  # levels of nesting
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_NOT_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "proxy-authorization"})
_NAMES = frozenset({"username", "password", "token", "refresh_token", "access_token", "uid", "values", "payload"})


def from_yaml(text: str, source: str) -> Recipe:
    """A recipe from YAML text.

    :param source: the file, or what the text is otherwise.
    :raises Failure: `definition`, with the line.
    """
    known = f"{source}\0{text}"
    if known not in _read:
        _read[known] = _Reader().recipe(_Yaml(source).composed(text))
    return _read[known]


def from_mapping(written: t.Any, source: str, place_of: PlaceOf = lambda key: None, path: str = "recipe") -> Recipe:
    """A recipe from a mapping in a task or definition. What was read before of the same content is known by its lines.

    :param place_of: file and line of a key, where that is known.
    :raises Failure: `definition`, with the line, or where that is not known the key.
    """
    root = _node(written, Spot(path, source), place_of)
    known = json.dumps(_settled(root.plain(), SCHEMA), sort_keys=True, default=str)
    if known not in _read:
        _read[known] = _Reader().recipe(root)
    return _read[known]


_read: dict[str, Recipe] = {}


def _settled(value: t.Any, schema: t.Sequence[Option]) -> t.Any:
    """What was written, and what Ansible's validator makes of it with its defaults, are the same then."""
    if not isinstance(value, dict):
        return value
    found = {}
    for option in schema:
        item = value.get(option.name)
        if isinstance(item, list) and option.options:
            item = [_settled(one, option.options) for one in item]
        elif option.options:
            item = _settled(item, option.options)
        elif option.type == "float" and isinstance(item, (int, float)):
            item = float(item)
        if item is not None and (option.default is None or item != option.default):
            found[option.name] = item
    return {**found, **{key: item for key, item in value.items() if key not in {option.name for option in schema}}}


def _node(value: t.Any, spot: Spot, place_of: PlaceOf, depth: int = 0) -> Node:
    """A mapping as nodes."""
    if depth > DEEPEST:
        raise spot.failure("is nested too deeply.")
    if isinstance(value, t.Mapping):
        found: dict[str, Node] = {}
        for key, item in value.items():
            found["".join(str(key))] = _node(item, _below(spot, "".join(str(key)), place_of(key)), place_of, depth + 1)
        return Node(found, spot)
    if isinstance(value, (list, tuple)):
        items = [_node(item, _below(spot, str(number), None), place_of, depth + 1) for number, item in enumerate(value)]
        return Node(items, spot)
    if isinstance(value, str):
        return Node("".join(value), spot)
    return Node(value, spot)


def _below(spot: Spot, key: str, place: tuple[str, int] | None) -> Spot:
    path = f"{spot.path}.{key}" if spot.path else key
    return Spot(path, spot.source, *(place or (spot.file, spot.line)))


class _Yaml:
    """YAML text as nodes: plain values, no anchors, no tags, no key twice."""

    def __init__(self, source: str) -> None:
        self._yaml = need("yaml", "PyYAML", f"Reading {source}")
        self._source = source
        self._loader: t.Any = None

    def composed(self, text: str) -> Node:
        """The whole document."""
        if len(text) > LONGEST:
            raise Failure("definition", f"{self._source} has more than {LONGEST} characters, which is no recipe.")
        try:
            self._loader = self._loader_type()(text)
            root = self._loader.get_single_node()
            if root is None:
                raise self._refused(None, "has no recipe: it is empty")
            return self._node(root, Spot("", self._source, self._source, 1), 0)
        except self._yaml.YAMLError as exc:
            mark = getattr(exc, "problem_mark", None)
            said = getattr(exc, "problem", None) or getattr(exc, "reason", None) or "it cannot be read"
            problem = self._refused(mark, f"is no YAML that it could have: {said}")
        except RecursionError:
            problem = Failure("definition", f"{self._source} is nested too deeply.")
        raise problem  # not inside the except: a chain of exceptions would show the text

    def _loader_type(self) -> t.Any:
        yaml, refused = self._yaml, self._refused
        base: t.Any = yaml.SafeLoader

        class Loader(base):
            """Refuses what a recipe must not have before anything is made of it."""

            def compose_node(self, parent: t.Any, index: t.Any) -> t.Any:
                event = self.peek_event()
                if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                    raise refused(event.start_mark, "has an anchor or alias, which a recipe must not have")
                if getattr(event, "tag", None) not in (None, "!"):
                    raise refused(event.start_mark, f"has the tag {event.tag}, and a recipe has none")
                return super().compose_node(parent, index)

        return Loader

    def _refused(self, mark: t.Any, problem: str) -> Failure:
        return Failure("definition", f"Line {mark.line + 1 if mark else 1} of {self._source} {problem}.")

    def _node(self, node: t.Any, spot: Spot, depth: int) -> Node:
        if depth > DEEPEST:
            raise self._refused(node.start_mark, "is nested too deeply")
        if isinstance(node, self._yaml.MappingNode):
            return Node(dict(self._items(node, spot, depth)), spot)
        if isinstance(node, self._yaml.SequenceNode):
            items = enumerate(node.value)
            return Node([self._node(item, self._at(item, spot, str(i)), depth + 1) for i, item in items], spot)
        plain = node.tag.rpartition(":")[2] in ("int", "float", "bool", "null")
        try:
            return Node(self._loader.construct_object(node) if plain else node.value, spot)
        except (ValueError, OverflowError):
            raise self._refused(node.start_mark, "has a number that is none") from None

    def _items(self, node: t.Any, spot: Spot, depth: int) -> t.Iterator[tuple[str, Node]]:
        known = set()
        for key, item in node.value:
            if not isinstance(key, self._yaml.ScalarNode):
                raise self._refused(key.start_mark, "has a key that is no text; quote what holds a placeholder")
            if key.value in known:
                raise self._refused(key.start_mark, f"has the key {key.value!r} for a second time")
            known.add(key.value)
            yield key.value, self._node(item, self._at(key, spot, key.value), depth + 1)

    def _at(self, node: t.Any, spot: Spot, key: str) -> Spot:
        return _below(spot, key, (self._source, node.start_mark.line + 1))


# What it means


class _Reader:
    """Makes a recipe of nodes, by the schema."""

    def recipe(self, root: Node) -> Recipe:
        self._against(root, SCHEMA)
        parts: dict[str, Node] = root.value
        login = self._request(parts["login"], basic=True)
        failure: dict[str, Node] = parts["failure"].value if "failure" in parts else {}
        later = {name: self._request(parts[name], as_session=name != "refresh") for name in _LATER if name in parts}
        keep = {name: self._place(node) for name, node in self._named(parts.get("keep"), "keep").items()}
        keepalive, logout = parts.get("keepalive"), parts.get("logout")

        def place(name: str) -> Place | None:
            return self._place(parts[name]) if name in parts else None

        def pointer(name: str) -> str | None:
            return self._pointer(failure[name]) if name in failure else None

        recipe = Recipe(
            source=root.spot.source,
            login=login,
            token=self._place(parts["token"]),
            uid=place("uid"),
            refresh_token=place("refresh_token"),
            expires_in=place("expires_in"),
            expires_at=place("expires_at"),
            keep=keep,
            lifetime=self._seconds(parts.get("lifetime")),
            send=self._headers(parts["send"]),
            refresh=later.get("refresh"),
            keepalive=later.get("keepalive"),
            after=self._seconds(keepalive.value["after"]) if keepalive else None,
            logout=later.get("logout"),
            gone=self._numbers(logout.value.get("gone")) if logout else (),
            rules=tuple(self._rule(node) for node in failure["rules"].value) if "rules" in failure else (),
            when=pointer("when"),
            unless=pointer("unless"),
            code=pointer("code"),
            says=pointer("says"),
        )
        self._check(recipe, parts)
        return recipe

    def _check(self, recipe: Recipe, parts: t.Mapping[str, Node]) -> None:
        """What makes sense only together."""
        if recipe.refresh and recipe.keepalive:
            raise parts["keepalive"].spot.failure("is one too many beside refresh, which keeps a session alive, too.")
        if recipe.expires_in and recipe.expires_at:
            raise parts["expires_at"].spot.failure("says the same as expires_in: keep one.")
        kept = [name for name in ("uid", "refresh_token") if name in parts] + list(recipe.keep)
        for text in recipe.login.texts():
            self._known(text, ("username", "password"), "the login")
        for request in filter(None, (recipe.refresh, recipe.keepalive, recipe.logout)):
            for text in request.texts():
                self._known(text, ("username", "token", *kept), "a session")
        for text in recipe.send.values():
            self._known(text, ("username", "token", *(name for name in kept if name != "refresh_token")), "a session")
        if not any("token" in text.names for text in recipe.send.values()):
            raise parts["send"].spot.failure("sends no {token}, so that no request would be one of the session.")
        if "refresh_token" in parts and not any(
            "refresh_token" in text.names for text in (recipe.refresh.texts() if recipe.refresh else ())
        ):
            raise parts["refresh_token"].spot.failure("is taken from the reply, and no refresh sends it.")

    def _known(self, text: Text, names: t.Collection[str], what: str) -> None:
        for name in text.names:
            if name not in names and not name.startswith("values."):
                there = ", ".join(f"{{{known}}}" for known in (*names, "values.NAME"))
                raise text.spot.failure(
                    f"has the placeholder {{{name}}}, which {what} does not have; there are: {there}."
                )

    def _against(self, node: Node, schema: t.Sequence[Option]) -> None:
        """Known keys of known types, and those that must be there."""
        if not isinstance(node.value, dict):
            raise _top(node.spot).failure("is no mapping.")
        known = {option.name: option for option in schema}
        for key, item in list(node.value.items()):
            if key not in known:
                raise _top(node.spot, item.spot).failure(f"has the unknown key {key!r}; {_nearest(key, known)}")
            if item.value is None:  # Ansible's validator fills in what was not given
                del node.value[key]
                continue
            self._typed(item, known[key])
        for name in (option.name for option in schema if option.required and option.name not in node.value):
            raise _top(node.spot).failure(f"lacks {name}.")

    def _typed(self, item: Node, option: Option) -> None:
        value = item.value
        if option.type == "list":
            if not isinstance(value, list) or not value:
                raise item.spot.failure("is no list with something in it.", "Write it in brackets: [one, two].")
            for one in value:
                self._typed(one, Option(option.name, "", option.elements, options=option.options))
        elif option.type == "dict":
            if not isinstance(value, dict) or not value:
                raise item.spot.failure("is no mapping with something in it.")
            if option.options:
                self._against(item, option.options)
        elif option.type != "raw" and not _IS[option.type](value):
            raise item.spot.failure(f"is no {_SAID[option.type]}.", _QUOTE if isinstance(value, dict) else "")
        if option.choices and value not in option.choices:
            raise item.spot.failure(f"is {value!r}, which is none of: {', '.join(option.choices)}.")

    def _request(self, node: Node, basic: bool = False, as_session: bool = False) -> Request:
        parts: dict[str, Node] = node.value
        if "json" in parts and "form" in parts:
            raise parts["form"].spot.failure("is a second body beside json: keep one.")
        method = parts["method"].value if "method" in parts else _METHOD.get(node.spot.path.rpartition(".")[2], "POST")
        sends = parts["as_session"].value if "as_session" in parts else as_session
        return Request(
            path=self._path(parts["path"]),
            method=method,
            headers=self._headers(parts["headers"]) if "headers" in parts else {},
            json=_with_texts(parts["json"]) if "json" in parts else NOTHING,
            form={key: self._text(item) for key, item in parts["form"].value.items()} if "form" in parts else None,
            status=self._numbers(parts.get("status")),
            basic=bool(basic and "basic" in parts and parts["basic"].value),
            as_session=sends,
            spot=node.spot,
        )

    def _path(self, node: Node) -> Text:
        text = Text(node.value, node.spot)
        if text.alone or re.fullmatch(r"(/|https?://[^/\s]+/?)[^\s\\\x00-\x1f#]*", text.text):
            return text
        raise node.spot.failure("is no path: it begins with / and has no white space.")

    def _headers(self, node: Node) -> dict[str, Text]:
        found: dict[str, Text] = {}
        for name, item in node.value.items():
            if not _HEADER.fullmatch(name) or name.lower() in _NOT_OURS:
                raise item.spot.failure("is no header that a recipe may send.")
            text = self._text(item)
            if not sendable(text.text):
                raise item.spot.failure("has characters that no header can carry.")
            found[name] = text
        return found

    def _text(self, node: Node) -> Text:
        if isinstance(node.value, (dict, list)) or node.value is None or isinstance(node.value, bool):
            raise node.spot.failure("is no text.", _QUOTE)
        return Text(str(node.value), node.spot)

    def _named(self, node: Node | None, what: str) -> dict[str, Node]:
        found: dict[str, Node] = node.value if node else {}
        for name, item in found.items():
            if not re.fullmatch(r"[a-z_][a-z0-9_]{0,40}", name) or name in _NAMES:
                raise item.spot.failure(
                    f"is no name for something to {what}: lower case letters, and none of the others."
                )
            self._typed(item, _PLACE)
        return found

    def _place(self, node: Node) -> Place:
        parts: dict[str, Node] = node.value
        if len(parts) != 1:
            raise node.spot.failure(f"has {len(parts)} of header, cookie, json and text; it takes exactly one.")
        kind, item = next(iter(parts.items()))
        if kind == "json":
            listed = item.value if isinstance(item.value, list) else [item]
            if not listed:
                raise item.spot.failure("is no list with something in it.")
            return Place(kind, tuple(self._pointer(one) for one in listed), item.spot)
        if kind == "text":
            if item.value is not True:
                raise item.spot.failure("takes true, and nothing else.")
            return Place(kind, (), item.spot)
        if not _HEADER.fullmatch(item.value):
            raise item.spot.failure(f"is no name of a {kind}.")
        return Place(kind, (item.value,), item.spot)

    def _pointer(self, node: Node) -> str:
        value = node.value
        if not isinstance(value, str) or (value and not value.startswith("/")) or re.search(r"~(?![01])", value):
            raise node.spot.failure(
                "is no JSON pointer.", 'Write it like /data/token; "" is the whole reply (RFC 6901).'
            )
        return value

    def _rule(self, node: Node) -> Rule:
        parts: dict[str, Node] = node.value
        if not set(parts) - {"kind"}:
            raise node.spot.failure("lacks a condition: status, code or says.")
        texts = {name: parts[name].plain() if name in parts else [] for name in ("code", "says")}
        for name, listed in texts.items():
            if not all(_IS["str"](item) or _IS["int"](item) for item in listed):
                raise parts[name].spot.failure("is no list of texts and numbers.")
        code, says = (tuple(str(item) for item in texts[name]) for name in ("code", "says"))
        return Rule(parts["kind"].value, self._numbers(parts.get("status")), code, says)

    def _numbers(self, node: Node | None) -> tuple[int, ...]:
        if node is None:
            return ()
        for item in node.value:
            if not 100 <= item.value <= 599:
                raise item.spot.failure("is no HTTP status.")
        return tuple(item.value for item in node.value)

    def _seconds(self, node: Node | None) -> float | None:
        if node is None:
            return None
        if not 0 < node.value < 10**9:
            raise node.spot.failure("is no number of seconds above 0.")
        return float(node.value)


_LATER = ("refresh", "keepalive", "logout")
_METHOD = {"keepalive": "GET", "logout": "DELETE"}
_QUOTE = "Put a text with a placeholder in quotes: YAML takes the braces for a mapping."
_PLACE = next(option for option in SCHEMA if option.name == "token")
_SAID = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
_IS: dict[str, t.Callable[[t.Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
}


def _top(spot: Spot, line: Spot | None = None) -> Spot:
    """A place with a path to name, which the whole recipe of a file has not."""
    at = line or spot
    return Spot(spot.path or "the recipe", spot.source, at.file, at.line)


def _nearest(key: str, known: t.Collection[str]) -> str:
    near = difflib.get_close_matches(key, list(known), 1)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}."


def _with_texts(node: Node) -> t.Any:
    """A JSON body whose texts are Texts; its keys stay as they are."""
    if isinstance(node.value, dict):
        return {key: _with_texts(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [_with_texts(item) for item in node.value]
    if isinstance(node.value, float) and not abs(node.value) < float("inf"):
        raise node.spot.failure("is no number that JSON has.")
    return Text(node.value, node.spot) if isinstance(node.value, str) else node.value
