# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Tanium service of the sandbox, proved with the real client `pytan3` from PyPI."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, fingerprint

from .driven import Driven
from .real_client import RealClientError

TANIUM = "tanium"
METHODS = ("credentials", "rest_credentials")
INVENTED = "1-1-badwolf"
NARROWED = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soap:Body xmlns:t="urn:TaniumSOAP"><t:tanium_soap_request><command>NewSessionAsExclusiveUserGroup</command>'
    "<object_list><user_group><id>3</id></user_group></object_list></t:tanium_soap_request></soap:Body></soap:Envelope>"
)


class Method:
    """One auth method of the real client."""

    def __init__(self, client: Driven, name: str) -> None:
        self.client = client
        self.name = name

    def __call__(self, member: str) -> Any:
        """Call one of its methods."""
        return self.client.ask("call", name=self.name, member=member)

    def read(self, member: str) -> Any:
        """Read one of its properties."""
        return self.client.ask("read", name=self.name, member=member)

    def do(self, what: str, **wanted: Any) -> Any:
        """Something else of the driver."""
        return self.client.ask(what, name=self.name, **wanted)


class Maker:
    """Makes auth methods for accounts of the sandbox."""

    numbers = itertools.count(1)

    def __init__(self, client: Driven, sandbox: Sandbox) -> None:
        self._client = client
        self._sandbox = sandbox

    def __call__(
        self, method: str = "credentials", account: str = "alice", *, plain: Any = True, **more: Any
    ) -> Method:
        name = f"method-{next(self.numbers)}"
        url = self._sandbox.plain_url(TANIUM) if plain else self._sandbox.url(TANIUM)
        known = self._sandbox.account(TANIUM, account)
        options = {key: known[key] for key in ("username", "password", "domain") if key in known}
        if method == "session_id":
            options = {}
        self._client.ask("new", name=name, method=method, url=url, options={**options, **more})
        return Method(self._client, name)


@pytest.fixture(scope="module")
def _running() -> Iterator[Sandbox]:
    with Sandbox.start(TANIUM) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture(scope="module")
def client(_running: Sandbox) -> Iterator[Driven]:
    with Driven("pytan3_driver.py", REQUESTS_CA_BUNDLE=_running.ca_file) as client:
        yield client


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """Return the running sandbox, with nothing in it."""
    _running.reset(TANIUM)
    return _running


@pytest.fixture
def make(client: Driven, sandbox: Sandbox) -> Maker:
    """Return a maker of auth methods of the real client."""
    return Maker(client, sandbox)


def live(sandbox: Sandbox) -> list[str]:
    return [session["session"] for session in sandbox.state(TANIUM)["sessions"]]


def refused(method: Method, member: str, kind: str) -> RealClientError:
    with pytest.raises(RealClientError) as caught:
        method(member)
    assert caught.value.kind == kind
    return caught.value


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("account", ["alice", "carol"])
def test_login(make: Maker, sandbox: Sandbox, method: str, account: str) -> None:
    auth = make(method, account)
    token = auth("login")
    assert live(sandbox) == [fingerprint(token)]
    assert auth.read("uid") == sandbox.account(TANIUM, account)["uid"]
    assert auth.read("logged_in") is True
    assert sandbox.state(TANIUM)["misplaced"] == []


def test_https(make: Maker, sandbox: Sandbox) -> None:
    auth = make(plain=False)
    auth.do("certify")
    assert set(sandbox.routes(TANIUM)) == {"root"}
    auth("login")
    assert len(live(sandbox)) == 1
    assert {entry["scheme"] for entry in sandbox.journal(TANIUM)} == {"https"}


def test_on_the_wire(make: Maker, sandbox: Sandbox) -> None:
    make()("login")
    (entry,) = sandbox.journal(TANIUM)
    headers = entry["headers"]
    assert headers["username"] == "YWxpY2U="
    assert headers["user-agent"] == "pytan3.HttpClient/3.0.0"
    assert not {"content-type", "domain", "secondary", "session"} & set(headers)
    assert entry["body"] is None
    make("rest_credentials")("login")
    entry = sandbox.journal(TANIUM)[-1]
    assert entry["body"] == {"username": "alice", "password": "********"}
    assert not {"content-type", "session", "username"} & set(entry["headers"])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("account", "options"), [("alice", {"password": "wrong"}), ("carol", {"domain": ""})])
def test_refused_login(make: Maker, sandbox: Sandbox, method: str, account: str, options: dict[str, str]) -> None:
    auth = make(method, account, **options)
    refused(auth, "login", "LoginError")
    assert auth.read("logged_in") is False
    assert live(sandbox) == []


@pytest.mark.parametrize("method", METHODS)
def test_one_time_code(make: Maker, sandbox: Sandbox, method: str) -> None:
    refused(make(method, "bob"), "login", "LoginError")
    auth = make(method, "bob", secondary=sandbox.totp(TANIUM, "bob"))
    auth("login")
    refused(auth, "login", "LoginError")


@pytest.mark.parametrize("method", METHODS)
def test_validate_gives_the_same_string(make: Maker, method: str) -> None:
    auth = make(method)
    token = auth("login")
    assert auth("validate") == token
    assert auth.read("token") == token


@pytest.mark.parametrize("method", METHODS)
def test_validate_adopts_a_replacement(make: Maker, sandbox: Sandbox, method: str) -> None:
    sandbox.settings(TANIUM, replace_on_validate=True)
    auth = make(method)
    old = auth("login")
    fresh = auth("validate")
    assert fresh != old
    assert auth.read("token") == fresh
    assert live(sandbox) == [fingerprint(fresh)]


@pytest.mark.parametrize("method", METHODS)
def test_a_dead_session_is_replaced(make: Maker, sandbox: Sandbox, method: str) -> None:
    auth = make(method)
    old = auth("login")
    auth.do("age", seconds=10)
    sandbox.clock(TANIUM, 301)
    fresh = auth.read("token")
    assert fresh != old
    assert live(sandbox) == [fingerprint(fresh)]


@pytest.mark.parametrize("method", METHODS)
def test_log_in_again_when_it_looks_old(make: Maker, sandbox: Sandbox, method: str) -> None:
    auth = make(method)
    old = auth("login")
    auth.do("age", seconds=296)
    assert auth.read("token") != old
    assert len(live(sandbox)) == 2


def test_validate_extends(make: Maker, sandbox: Sandbox) -> None:
    auth = make()
    token = auth("login")
    for _number in range(3):
        sandbox.clock(TANIUM, 250)
        assert auth("validate") == token


@pytest.mark.parametrize("method", METHODS)
def test_log_out(make: Maker, sandbox: Sandbox, method: str) -> None:
    auth, other = make(method), make(method)
    token, others = auth("login"), other("login")
    assert token != others
    auth("logout")
    assert auth.read("logged_in") is False
    assert live(sandbox) == [fingerprint(others)]
    refused(auth, "logout", "NotLoggedInError")
    auth.do("put", token=token)
    refused(auth, "validate", "InvalidToken")
    refused(auth, "logout", "LogoutError")


def test_log_out_all(make: Maker, sandbox: Sandbox) -> None:
    auth, other, stranger = make(), make("rest_credentials"), make(account="grace")
    for method in (auth, other, stranger):
        method("login")
    auth("logout_all")
    assert sandbox.state(TANIUM)["accounts"] == {"grace": 1}
    refused(other, "validate", "InvalidToken")
    refused(other, "logout", "LogoutError")
    refused(make("rest_credentials"), "logout_all", "NotImplementedError")


def test_an_invented_string(make: Maker) -> None:
    auth = make("session_id", session=INVENTED)
    for member, kind in (("validate", "InvalidToken"), ("logout", "LogoutError"), ("logout_all", "LogoutError")):
        refused(auth, member, kind)
    refused(auth, "login", "NotImplementedError")


def test_a_session_that_was_handed_over(make: Maker, sandbox: Sandbox) -> None:
    token = sandbox.act(TANIUM, "login", account="alice")["session"]
    auth = make("session_id", session=token)
    assert (auth("validate"), auth.read("uid")) == (token, 1)
    auth("logout")
    assert live(sandbox) == []


@pytest.mark.parametrize("status", [401, 403])
def test_both_statuses(make: Maker, sandbox: Sandbox, status: int) -> None:
    sandbox.settings(TANIUM, login_error_status=status, dead_session_status=status)
    refused(make(password="wrong"), "login", "LoginError")
    refused(make("session_id", session=INVENTED), "validate", "InvalidToken")


def test_version(make: Maker, sandbox: Sandbox) -> None:
    auth = make()
    assert auth.do("version") == "7.3.314.3641"
    sandbox.settings(TANIUM, server_version="7.5.2.3503")
    assert auth.do("version") == "7.5.2.3503"
    make("rest_credentials")("login")
    for settings in ({"server_version": "7.2.314.3181"}, {"console": "404"}, {"console": "html"}):
        sandbox.settings(TANIUM, **settings)
        with pytest.raises(RealClientError) as caught:
            make("rest_credentials")
        assert caught.value.kind == "VersionMismatchError"
    assert auth.do("version") == ""
    make("rest_credentials", ver_check=False)("login")


@pytest.mark.parametrize("api", ["rest", "soap"])
def test_objects(make: Maker, sandbox: Sandbox, api: str) -> None:
    auth = make()
    user = auth.do("get", kind="User", api=api, fields={"id": 1})
    user = user.get("user", user)
    assert (user["name"], user["active_session_count"]) == ("alice", 1)
    for fields, kind in (({"id": 99}, "ObjectNotFoundError"), ({"name": "All Computers"}, "ObjectExistsError")):
        with pytest.raises(RealClientError) as caught:
            auth.do(
                "get" if "id" in fields else "add", kind="User" if "id" in fields else "Group", api=api, fields=fields
            )
        assert caught.value.kind == kind
    auth.do("add", kind="Group", api=api, fields={"name": f"fresh {api}"})
    assert "content-type" not in sandbox.journal(TANIUM)[-1]["headers"]
    assert len(live(sandbox)) == 1


def test_info(make: Maker) -> None:
    assert make().do("info")["Diagnostics"]["User"] == "alice"


def test_a_transient_error(make: Maker, sandbox: Sandbox) -> None:
    auth = make()
    sandbox.fault(TANIUM, "status", route="user", status=404, error="404 SensorNotFound")
    with pytest.raises(RealClientError) as caught:
        auth.do("get", kind="User", api="rest", fields={"id": 1})
    assert caught.value.kind == "ObjectNotFoundError"
    assert auth.do("get", kind="User", api="rest", fields={"id": 1})["name"] == "alice"


def test_soap_hands_over_another_string(make: Maker, sandbox: Sandbox) -> None:
    auth = make()
    old = auth("login")
    sandbox.settings(TANIUM, replace_on_soap=True)
    auth.do("get", kind="User", api="soap", fields={"id": 1})
    fresh = auth.read("token")
    assert fresh != old
    assert live(sandbox) == [fingerprint(fresh)]
    assert auth("validate") == fresh


@pytest.mark.parametrize("place", ["missing", "late"])
def test_soap_without_a_string_at_its_place(make: Maker, sandbox: Sandbox, place: str) -> None:
    sandbox.settings(TANIUM, soap_session=place)
    auth = make()
    token = auth("login")
    auth.do("get", kind="User", api="soap", fields={"id": 1})
    assert auth.read("token") == token


def test_one_exclusive_group(make: Maker, sandbox: Sandbox) -> None:
    auth = make(account="grace")
    auth("login")
    reply = auth.do("soap", body=NARROWED)
    child = make("session_id", session=reply.split("<session>")[1].split("</session>")[0])
    assert child.do("info")["Diagnostics"]["ExclusiveUserGroup"] == 3
    assert auth.do("info")["Diagnostics"]["ExclusiveUserGroup"] is None
    assert len(live(sandbox)) == 2


def test_api_tokens_break_the_old_client(make: Maker, sandbox: Sandbox) -> None:
    """Pitfall P3: on the wire all is well."""
    token = sandbox.account(TANIUM, "erin")["api_token"]
    auth = make("session_id", session=token)
    assert auth.do("get", kind="User", api="rest", fields={"id": 5})["name"] == "erin"
    sandbox.settings(TANIUM, tokens_on_auth=True)
    refused(auth, "validate", "ValueError")
    assert (sandbox.journal(TANIUM)[-1]["route"], sandbox.journal(TANIUM)[-1]["outcome"]) == ("auth", "ok")


def test_the_encrypted_store(make: Maker, client: Driven, sandbox: Sandbox) -> None:
    auth = make(plain=False)
    text = auth.do("stored", copy="stored", secret="canary-store-secret")
    assert text.startswith("::CCC::")
    stored = Method(client, "stored")
    token = stored.read("token")
    assert live(sandbox) == [fingerprint(token)]


@pytest.mark.parametrize(("kind", "opened"), [("drop_before", 0), ("drop_after", 1)])
def test_broken_connections(make: Maker, sandbox: Sandbox, kind: str, opened: int) -> None:
    auth = make()
    sandbox.fault(TANIUM, kind, route="auth")
    refused(auth, "login", "ConnectionError")
    assert len(live(sandbox)) == opened
    auth("login")


def test_half_a_reply_is_adopted(make: Maker, sandbox: Sandbox) -> None:
    """The old client does not compare lengths, and its pattern tolerates what is left of the string."""
    auth = make()
    sandbox.fault(TANIUM, "truncate", route="auth")
    assert fingerprint(auth("login")) not in live(sandbox)
    refused(auth, "validate", "InvalidToken")


def test_no_secret_of_the_real_client_in_the_journal(make: Maker, sandbox: Sandbox) -> None:
    for method in METHODS:
        auth = make(method)
        auth("login")
        auth("validate")
        auth.do("get", kind="User", api="soap", fields={"id": 1})
        auth("logout")
    told = repr(sandbox.journal(TANIUM))
    assert [canary for canary in sandbox.canaries(TANIUM) if canary in told] == []
    assert sandbox.state(TANIUM)["misplaced"] == []
