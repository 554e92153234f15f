# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Akiflow service of the sandbox, proved with the real client `akiflow` from PyPI (protocol page, section 10)."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, fingerprint

from .driven import Driven
from .real_client import RealClientError

AKIFLOW = "akiflow"
EMAIL = "alice@sandbox.test"
CLIENT_ID = "a3f1c7d2-5b64-4c0e-9d2b-7a8e1f60c935"


class Client:
    """The real client, aimed at the sandbox over TLS."""

    def __init__(self, driven: Driven, sandbox: Sandbox) -> None:
        self.driven = driven
        self.sandbox = sandbox
        self.aim(sandbox.url(AKIFLOW))

    def aim(self, url: str) -> None:
        """Another address."""
        self.driven.ask("aim", url=url)

    def new(self, **options: Any) -> dict[str, Any]:
        """A client object."""
        held: dict[str, Any] = self.driven.ask("new", name="it", **options)
        return held

    def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        """A method of the client object."""
        return self.driven.ask("call", name="it", method=method, arguments=arguments, options=options)

    def held(self) -> dict[str, Any]:
        """Its tokens."""
        held: dict[str, Any] = self.driven.ask("held", name="it")
        return held

    def seeded(self, **options: Any) -> dict[str, Any]:
        """A client object with a pair from elsewhere."""
        pair = self.sandbox.act(AKIFLOW, "login", account="alice")
        return self.new(access_token=pair["access_token"], refresh_token=pair["refresh_token"], **options)


@pytest.fixture(scope="module")
def _running() -> Iterator[Sandbox]:
    with Sandbox.start(AKIFLOW) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture(scope="module")
def _driven(_running: Sandbox) -> Iterator[Driven]:
    with Driven("akiflow_driver.py", SSL_CERT_FILE=_running.ca_file) as driven:
        yield driven


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """Return the running sandbox, with nothing in it."""
    _running.reset(AKIFLOW)
    return _running


@pytest.fixture
def client(_driven: Driven, sandbox: Sandbox) -> Client:
    """Return the real client."""
    return Client(_driven, sandbox)


@contextlib.contextmanager
def failing(kind: str, message: str = "", status: int | None = None) -> Iterator[None]:
    with pytest.raises(RealClientError) as caught:
        yield
    assert caught.value.kind == kind
    assert message in caught.value.message
    assert caught.value.code == status


def steps(sandbox: Sandbox) -> list[tuple[str, int]]:
    return [(entry["route"], entry["status"]) for entry in sandbox.journal(AKIFLOW)]


LOGIN = [("csrf_cookie", 204), ("login", 200), ("code", 200), ("me", 200)]
REFRESH = [("csrf_cookie", 204), ("refresh", 200)]


# Login (sections 3 and 4)


@pytest.mark.parametrize("plain", [True, False])
def test_log_in_function(client: Client, sandbox: Sandbox, plain: bool) -> None:
    client.aim(sandbox.plain_url(AKIFLOW) if plain else sandbox.url(AKIFLOW))
    tokens = client.driven.ask("sign_in", email=EMAIL)
    assert set(tokens) == {"access_token", "refresh_token", "expires_in", "client_id"}
    assert tokens["expires_in"] == 1800
    assert uuid.UUID(tokens["client_id"]).version == 4
    assert steps(sandbox) == LOGIN
    (pair,) = sandbox.state(AKIFLOW)["pairs"]
    assert pair["refresh"] == fingerprint(tokens["refresh_token"])


def test_client_from_an_address(client: Client, sandbox: Sandbox) -> None:
    held = client.new(email=EMAIL, client_id=CLIENT_ID)
    assert held["client_id"] == CLIENT_ID
    assert [task["title"] for task in client.call("task.list")["data"]] == ["Water the plants"]
    assert steps(sandbox) == [*LOGIN, ("tasks_list", 200)]


def test_client_from_nothing_asks_for_the_address(client: Client, sandbox: Sandbox) -> None:
    client.new(typed_email=EMAIL)
    assert steps(sandbox) == LOGIN


def test_an_address_wins_over_a_refresh_token(client: Client, sandbox: Sandbox) -> None:
    pair = sandbox.act(AKIFLOW, "login", account="alice")
    held = client.new(email=EMAIL, refresh_token=pair["refresh_token"])
    assert held["refresh"] != pair["refresh_token"]
    assert steps(sandbox) == LOGIN


@pytest.mark.parametrize(("status", "kind"), [(200, "AuthError"), (422, "HTTPStatusError")])
def test_wrong_code(client: Client, sandbox: Sandbox, status: int, kind: str) -> None:
    sandbox.settings(AKIFLOW, wrong_code_status=status)
    with failing(kind, "Invalid code: wrong code." if status == 200 else "422", None if status == 200 else 422):
        client.driven.ask("sign_in", email=EMAIL, code="12345")
    assert sandbox.state(AKIFLOW)["wrong_codes"]["alice"] == 1
    assert sandbox.state(AKIFLOW)["pairs"] == []


def test_no_code(client: Client, sandbox: Sandbox) -> None:
    with failing("AuthError", "No code provided"):
        client.driven.ask("sign_in", email=EMAIL, code="  ")
    assert steps(sandbox) == LOGIN[:2]


def test_refused_addresses(client: Client, sandbox: Sandbox) -> None:
    with failing("AuthError", "Login request failed: This account cannot sign in."):
        client.driven.ask("sign_in", email="carol@sandbox.test")
    with failing("HTTPStatusError", "422", 422):
        client.driven.ask("sign_in", email="no address")
    assert sandbox.codes(AKIFLOW)["sent"] == []


def test_throttle(client: Client, sandbox: Sandbox) -> None:
    sandbox.settings(AKIFLOW, max_mails=1)
    client.driven.ask("sign_in", email=EMAIL)
    with failing("HTTPStatusError", "429", 429):
        client.driven.ask("sign_in", email=EMAIL)


def test_odd_cookies(client: Client, sandbox: Sandbox) -> None:
    for variant, kind in (("none", "AuthError"), ("foreign", "AuthError"), ("two", "CookieConflict")):
        sandbox.settings(AKIFLOW, xsrf_cookie=variant)
        with failing(kind):
            client.driven.ask("sign_in", email=EMAIL)
    assert set(sandbox.routes(AKIFLOW)) == {"csrf_cookie"}


def test_a_relative_redirect_breaks_it(client: Client, sandbox: Sandbox) -> None:
    sandbox.settings(AKIFLOW, redirect_relative=True)
    with failing("ValueError", "unknown url type: '/auth/"):
        client.driven.ask("sign_in", email=EMAIL)


def test_pages(client: Client, sandbox: Sandbox) -> None:
    sandbox.fault(AKIFLOW, "login_page", route="login")
    with failing("JSONDecodeError"):
        client.driven.ask("sign_in", email=EMAIL)
    sandbox.fault(AKIFLOW, "front_end", route="login")
    with failing("HTTPStatusError", "403", 403):
        client.driven.ask("sign_in", email=EMAIL)


@pytest.mark.parametrize("answered", [True, False])
def test_terminal(sandbox: Sandbox, answered: bool) -> None:
    """Address and code by standard input; without a terminal it has none."""
    url = sandbox.plain_url(AKIFLOW)
    program = (
        "import sys, akiflow, akiflow.auth, akiflow.client\n"
        "akiflow.auth.WEB_BASE = akiflow.client.API_BASE = sys.argv[1]\n"
        "print(len(akiflow.Akiflow().task.list()['data']))"
    )
    python = os.environ.get("GATEHOUSE_CONFORMANCE_PYTHON") or sys.executable
    with subprocess.Popen(
        [python, "-u", "-c", program, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(f"{EMAIL}\n".encode())
        process.stdin.flush()
        told = b""
        while not told.endswith(f"sent to {EMAIL}: ".encode()):
            told += (byte := process.stdout.read(1))
            assert byte, process.stderr.read().decode()
        if answered:
            process.stdin.write(f"{sandbox.codes(AKIFLOW)['current']['alice']}\n".encode())
        process.stdin.close()
        rest, errors = process.stdout.read().decode(), process.stderr.read().decode()
    if answered:
        assert (process.returncode, rest.splitlines()[-1]) == (0, "1")
    else:
        assert process.returncode == 1
        assert "EOFError" in errors


# Refresh (sections 5 and 6)


def test_client_from_a_refresh_token(client: Client, sandbox: Sandbox) -> None:
    pair = sandbox.act(AKIFLOW, "login", account="alice")
    held = client.new(refresh_token=pair["refresh_token"])
    assert held["refresh"] != pair["refresh_token"]
    assert client.call("label.list")["data"] == []
    assert steps(sandbox) == [*REFRESH, ("labels_list", 200)]


def test_client_from_a_pair(client: Client, sandbox: Sandbox) -> None:
    client.seeded()
    client.call("task.list")
    assert steps(sandbox) == [("tasks_list", 200)]


@pytest.mark.parametrize("how", ["clock", "deed"])
def test_refresh_on_401(client: Client, sandbox: Sandbox, how: str) -> None:
    before = client.seeded(client_id=CLIENT_ID)
    client.call("task.list")
    if how == "clock":
        sandbox.clock(AKIFLOW, 1801)
    else:
        sandbox.act(AKIFLOW, "expire_access", account="alice")
    assert len(client.call("task.list")["data"]) == 1
    after = client.held()
    assert after["client_id"] == CLIENT_ID
    assert {after["access"], after["refresh"]}.isdisjoint({before["access"], before["refresh"]})
    assert steps(sandbox) == [("tasks_list", 200), ("tasks_list", 401), *REFRESH, ("tasks_list", 200)]
    (pair,) = sandbox.state(AKIFLOW)["pairs"]
    assert (pair["client_id"], pair["generation"]) == (CLIENT_ID, 1)


def test_no_refresh_when_told_not_to(client: Client, sandbox: Sandbox) -> None:
    client.seeded(auto_refresh=False)
    sandbox.act(AKIFLOW, "expire_access", account="alice")
    with failing("TokenExpiredError", "Unauthenticated.", 401):
        client.call("task.list")
    assert steps(sandbox) == [("tasks_list", 401)]


@pytest.mark.parametrize("status", [401, 400])
def test_a_reused_refresh_token_is_refused(client: Client, sandbox: Sandbox, status: int) -> None:
    sandbox.settings(AKIFLOW, dead_refresh_status=status)
    pair = sandbox.act(AKIFLOW, "login", account="alice")
    first = client.driven.ask("refreshed", refresh_token=pair["refresh_token"])
    with failing("HTTPStatusError", str(status), status):
        client.driven.ask("refreshed", refresh_token=pair["refresh_token"])
    assert [record["refresh"] for record in sandbox.state(AKIFLOW)["reused"]] == [fingerprint(pair["refresh_token"])]
    second = client.driven.ask("refreshed", refresh_token=first["refresh_token"], client_id=first["client_id"])
    assert second["client_id"] == first["client_id"]


def test_two_holders_destroy_each_other(client: Client, sandbox: Sandbox) -> None:
    """Pitfall 1."""
    client.seeded()
    sandbox.act(AKIFLOW, "refresh", account="alice")
    with failing("HTTPStatusError", "401", 401):
        client.call("task.list")
    assert len(sandbox.state(AKIFLOW)["reused"]) == 1


def test_reuse_may_kill_the_family(client: Client, sandbox: Sandbox) -> None:
    sandbox.settings(AKIFLOW, revoke_on_reuse=True)
    pair = sandbox.act(AKIFLOW, "login", account="alice")
    client.new(refresh_token=pair["refresh_token"])
    with failing("HTTPStatusError", "401", 401):
        client.driven.ask("refreshed", refresh_token=pair["refresh_token"])
    with failing("HTTPStatusError", "401", 401):
        client.call("task.list")


@pytest.mark.parametrize("kind", ["drop_after", "status"])
def test_a_lost_reply_loses_the_session(client: Client, sandbox: Sandbox, kind: str) -> None:
    """Section 7: the client cannot know."""
    client.seeded()
    sandbox.act(AKIFLOW, "expire_access", account="alice")
    options = {"status": 500, "when": "after"} if kind == "status" else {}
    sandbox.fault(AKIFLOW, kind, route="refresh", **options)
    with failing(
        "HTTPStatusError" if kind == "status" else "RemoteProtocolError", "", 500 if kind == "status" else None
    ):
        client.call("task.list")
    with failing("HTTPStatusError", "401", 401):
        client.call("task.list")


def test_wrong_oauth_client(client: Client, sandbox: Sandbox) -> None:
    pair = sandbox.act(AKIFLOW, "login", account="alice")
    with failing("HTTPStatusError", "401", 401):
        client.driven.ask("refreshed", refresh_token=pair["refresh_token"], oauth_client_id="11")
    assert client.driven.ask("refreshed", refresh_token=pair["refresh_token"])["expires_in"] == 1800


# The API (section 6)


def test_tasks(client: Client, sandbox: Sandbox) -> None:
    client.seeded()
    task = client.call("task.create", "Buy groceries", priority=1)
    assert (task["title"], task["priority"], task["done"]) == ("Buy groceries", 1, False)
    assert client.call("task.update", task["id"], title="Buy bread")["priority"] == 1
    assert client.call("task.done", task["id"])["done"] is True
    assert client.call("task.delete", task["id"])["trashed_at"]
    stored = sandbox.act(AKIFLOW, "read", account="alice")
    assert [item["title"] for item in stored] == ["Water the plants", "Buy bread"]


def test_labels_and_sync(client: Client, sandbox: Sandbox) -> None:
    client.seeded()
    label = client.call("label.create", "Work")
    task = client.call("task.create", "Write", label="Work")
    assert task["listId"] == label["id"]
    cursor = client.call("task.list")["sync_token"]
    assert client.call("task.list", sync_token=cursor)["data"] == []
    sandbox.act(AKIFLOW, "seed", account="alice", tasks=1)
    assert len(client.call("task.list", sync_token=cursor)["data"]) == 1
    with failing("APIError", "Invalid sync token.", 400):
        client.call("task.list", sync_token="unknown")


@pytest.mark.parametrize(
    ("kind", "options", "error", "status"),
    [
        ("status", {"status": 503}, "APIError", 503),
        ("status", {"status": 429, "headers": {"Retry-After": "1"}}, "APIError", 429),
        ("html", {"status": 200}, "JSONDecodeError", None),
        ("empty", {"status": 200}, "JSONDecodeError", None),
        ("front_end", {}, "APIError", 403),
    ],
)
def test_faults(
    client: Client, sandbox: Sandbox, kind: str, options: dict[str, Any], error: str, status: int | None
) -> None:
    client.seeded()
    sandbox.fault(AKIFLOW, kind, route="tasks_list", **options)
    with failing(error, "", status):
        client.call("task.list")
    assert len(client.call("task.list")["data"]) == 1


def test_exceptions(client: Client) -> None:
    errors = client.driven.ask("errors")
    assert "APIError" in errors["TokenExpiredError"]
    assert all("AkiflowError" in bases for bases in errors.values())


def test_what_it_sends(client: Client, sandbox: Sandbox) -> None:
    """The headers of section 6, and none of the web host's."""
    client.new(email=EMAIL, client_id=CLIENT_ID)
    client.call("task.list")
    by_route = {entry["route"]: entry for entry in sandbox.journal(AKIFLOW)}
    api, login = by_route["tasks_list"]["headers"], by_route["login"]["headers"]
    assert (api["akiflow-platform"], api["akiflow-version"]) == ("web", "2.69.3")
    assert (api["akiflow-client-id"], api["accept"]) == (CLIENT_ID, "application/json")
    assert {"cookie", "x-xsrf-token"}.isdisjoint(api)
    assert {"cookie", "x-xsrf-token"} <= set(login)
    assert "akiflow-client-id" not in login
    assert by_route["login"]["body"] == {"email": EMAIL, "remember": True}
