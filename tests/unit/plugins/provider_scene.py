# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes of Tanium, ricloud and Akiflow, and what their tests have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from ansible_collections.gatehouse.api.plugins.module_utils._session.call import Call, called
from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Credentials
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import KINDS, Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import Outcome
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.transport import Reply
from tests.sandbox.harness import Sandbox
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.scene import Scene

NewChild = Callable[..., Child]
STATUSES = (200, 201, 204, 302, 400, 401, 403, 404, 409, 419, 422, 429, 500, 502, 503)


class ProviderScene(Scene):
    """A scene with what tests of a whole provider want beside."""

    def act(self, do: str, **arguments: Any) -> Any:
        """Something that happens at the service behind everybody's back."""
        return self.sandbox.act(self.service, do, **arguments)

    def settings(self, **wanted: Any) -> None:
        """Change switches of the service."""
        self.sandbox.settings(self.service, **wanted)

    def state(self) -> dict[str, Any]:
        """What the service knows, without secrets."""
        return self.sandbox.state(self.service)

    def codes(self) -> dict[str, Any]:
        """What a person would read."""
        return self.sandbox.codes(self.service)

    def known(self, account: str = "") -> dict[str, Any]:
        """What tests may know of an account."""
        return self.sandbox.account(self.service, account or self.account)

    def ensure(self, account: str = "", **options: Any) -> Record:
        """The open session of an account, by a client of its own."""
        return after(self.client().ensure("cloud", self.definition(account, **options)))

    def call(self, path: str, definition: Definition | None = None, **options: Any) -> Reply:
        """A request as the session."""
        return called(self.client(), "cloud", definition, Call(path, **options))[0]

    def credentials(self, account: str = "", ttl: float | None = 0, **options: Any) -> Credentials:
        """The credentials of an account's session."""
        return Credentials(self.client(), "cloud", self.definition(account, **options), ttl)

    def stored(self, name: str = "cloud") -> Record:
        """The record as the store has it."""
        record = self.store().read(name)
        assert record is not None
        return record

    def gone(self, name: str = "cloud") -> bool:
        """Whether the store has no such record."""
        return self.store().read(name) is None

    def tells_no_secret(self, *told: Any) -> None:
        """What is shown holds nothing that the service would call a secret."""
        text = json.dumps(told, ensure_ascii=False, default=str)
        assert not [secret for secret in self.sandbox.canaries(self.service) if len(secret) > 6 and secret in text]


class TaniumScene(ProviderScene):
    """Tanium; alice is an ordinary user."""

    service = "tanium"

    def login(self, account: str) -> dict[str, Any]:
        known = self.known(account)
        wanted = {"username": known["username"], "password": known.get("password"), "domain": known.get("domain")}
        return {name: value for name, value in wanted.items() if value is not None}

    def token_only(self, token: str, id_: Any = None, **options: Any) -> dict[str, Any]:
        """The options of a definition that has an API token alone."""
        named = None if id_ is None else str(id_)
        bare = {"username": None, "password": None, "domain": None}
        return {**bare, "api_token": token, "api_token_id": named, **options}


class RicloudScene(ProviderScene):
    """ricloud; alice's source asks for no second factor, bob's does."""

    service = "ricloud"

    def login(self, account: str) -> dict[str, Any]:
        known = self.known(account)
        return {
            "token": self.known("main")["token"],
            "user": "somebody",
            "source_type": known["type"],
            "source_identifier": known["identifier"],
            "password": known["password"],
        }

    def sent(self, account: str = "bob") -> int:
        """How many codes the third party has sent to an account."""
        return int(self.codes()["sent"].get(account, 0))

    def code(self, account: str = "bob") -> str:
        """The last one of them."""
        return str(self.codes()["codes"][account])


class AkiflowScene(ProviderScene):
    """Akiflow: who reads the mail, signs in."""

    service = "akiflow"

    def login(self, account: str) -> dict[str, Any]:
        return {"web_url": self.sandbox.url(self.service), "email": self.known(account)["email"]}

    def code(self, account: str = "") -> str:
        """The newest code that was sent."""
        return str(self.codes()["current"][account or self.account])

    def wrong_code(self, account: str = "", number: int = 1) -> str:
        """Another one than the newest."""
        return f"{(int(self.code(account)) + number) % 1_000_000:06d}"

    def begun(self, account: str = "", **options: Any) -> None:
        """The first phase of a login: the code is on its way."""
        refused("two_factor_needed", lambda: self.ensure(account, **options))

    def signed_in(self, account: str = "", **options: Any) -> Record:
        """Both phases."""
        self.begun(account, **options)
        return self.ensure(account, code=self.code(account), **options)

    def seeded(self, account: str = "", **options: Any) -> Definition:
        """A definition with nothing but a refresh token from elsewhere, and no session yet."""
        token = self.act("login", account=account or self.account)["refresh_token"]
        return self.definition(account, **{"email": None, "refresh_token": token, **options})


SCENES: Mapping[str, type[ProviderScene]] = {made.service: made for made in (TaniumScene, RicloudScene, AkiflowScene)}


def running(service: str) -> Iterator[Sandbox]:
    """The one sandbox process of a service; a test module makes a fixture of it."""
    with Sandbox.start(service) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


def fresh(sandbox: Sandbox, service: str, directory: Path) -> Any:
    """A scene where nothing has happened yet."""
    sandbox.reset(service)
    return SCENES[service](sandbox, directory / "sessions")


def after(outcome: Outcome) -> Record:
    """The record that an outcome leaves."""
    assert outcome.after is not None
    return outcome.after


def refused(kind: str, use: Callable[[], Any]) -> Failure:
    """The failure of a kind that something ends with; fit for one line."""
    with pytest.raises(Failure) as caught:
        use()
    assert caught.value.kind == kind, caught.value
    assert str(caught.value).isprintable()
    return caught.value


def all_at_once(new_child: NewChild, number: int, work: Callable[..., Any], *args: Any) -> list[Any]:
    """What many processes say that begin together."""
    children = [new_child(work, *args) for _child in range(number)]
    for child in children:
        assert child.hear() == "ready"
    for child in children:
        child.say()
    return [child.hear() for child in children]


def ensure_in_child(pipe: Pipe, scene: Scene, definition: Definition | None) -> tuple[str, dict[str, str]]:
    """One of many that want a session: how it ends, and with which tokens."""
    pipe.say("ready")
    pipe.hear()
    try:
        return "open", dict(after(scene.client().ensure("cloud", definition)).tokens)
    except Failure as failure:
        return failure.kind, {}


def killed(new_child: NewChild, scene: ProviderScene, route: str, definition: Definition | None) -> None:
    """A process that is killed when the service has done the work, and before its answer arrives."""
    scene.fault("hold", route=route, when="after")
    child = new_child(ensure_in_child, scene, definition)
    assert child.hear() == "ready"
    child.say()
    while not scene.sandbox.held(scene.service):
        assert child.silent()
    child.kill()
    scene.sandbox.release(scene.service)


# Whatever a reply holds

ODD = [
    "",
    " ",
    "\0",
    "\ud800",
    "a\r\nX: y",
    "²",
    "active",
    "pending",
    "http://[",
    "/x y",
    "token-x",
    "1-1-x",
    "9" * 5000,
]
_LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(ODD),
)
VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def spoilt(draw: st.DrawFn, whole: Any) -> Any:
    """A reply as it should be, with something else in some of its places; or something else altogether."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(VALUES)
    if isinstance(whole, dict) and whole:
        chosen = draw(st.sets(st.sampled_from(sorted(whole)), min_size=1, max_size=2))
        return {name: draw(spoilt(value)) if name in chosen else value for name, value in whole.items()}
    if isinstance(whole, list) and whole:
        return [draw(spoilt(item)) for item in whole]
    return whole if kind > 7 else draw(VALUES)


def holds_against(scene: Any, use: Callable[[Any], Any], route: str, body: Any, status: int) -> None:
    """Whatever a route answers, again and again: a result, or a Failure that can be shown."""
    text = body.encode("utf-8", "replace").decode("utf-8") if isinstance(body, str) else body
    scene.fault("status", route=route, status=status, body=text, count=None)
    failure: Failure | None = None
    try:
        use(scene)
    except Failure as raised:
        failure = raised
    scene.sandbox.clear_faults(scene.service)
    if failure is not None:
        assert failure.kind in KINDS
        assert 0 < len(failure.message) < 1000
        assert str(failure).isprintable()
    record = scene.store().read("cloud")
    if record is not None:
        assert json.dumps(record.facts())
