# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ricloud service of the sandbox, proved with the real client `ricloud` from PyPI."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, fingerprint

from .driven import Driven
from .real_client import RealClientError

RICLOUD = "ricloud"


class Client:
    """The real client, aimed at the sandbox with the key `main`."""

    def __init__(self, driven: Driven, sandbox: Sandbox) -> None:
        self.driven = driven
        self.sandbox = sandbox
        self.aim()

    def aim(self, key: str = "main", await_for: str = "0", plain: bool = True) -> None:
        """Another key, another patience."""
        url = self.sandbox.plain_url(RICLOUD) if plain else self.sandbox.url(RICLOUD)
        token = self.sandbox.account(RICLOUD, key)["token"]
        self.driven.ask("aim", url=url, token=token, await_for=await_for)

    def do(self, what: str, **wanted: Any) -> Any:
        """Ask the driver."""
        return self.driven.ask(what, **wanted)

    def login(self, name: str = "carol", keep: str = "session", **payload: str) -> Any:
        """Get or create the user, create a session."""
        account = self.sandbox.account(RICLOUD, name)
        self.do("create", resource="User", fields={"identifier": "ricloud-py"}, keep="user")
        source = {"user": "@user", "type": account["type"]}
        if "identifier" in account:
            source["identifier"] = account["identifier"]
        sent = {**({"password": account["password"]} if "password" in account else {}), **payload}
        return self.do("create", resource="Session", fields={"source": source, "payload": sent}, keep=keep)

    def settled(self, name: str = "carol", **payload: str) -> tuple[str, str | None]:
        """Log in and retrieve until it is final; the sandbox settles at the second retrieval."""
        session = self.login(name, **payload)
        assert session["state"] == "pending"
        assert self.do("call", name="session", member="refresh")["state"] == "pending"
        final = self.do("call", name="session", member="refresh")
        return final["state"], final["error"]


@pytest.fixture(scope="module")
def _running() -> Iterator[Sandbox]:
    with Sandbox.start(RICLOUD) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture(scope="module")
def _driven(_running: Sandbox) -> Iterator[Driven]:
    with Driven("ricloud_driver.py", REQUESTS_CA_BUNDLE=_running.ca_file) as driven:
        yield driven


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """Return the running sandbox, with nothing in it."""
    _running.reset(RICLOUD)
    return _running


@pytest.fixture
def client(_driven: Driven, sandbox: Sandbox) -> Client:
    """Return the real client."""
    return Client(_driven, sandbox)


def refused(client: Client, kind: str, status: int | None, **wanted: Any) -> RealClientError:
    with pytest.raises(RealClientError) as caught:
        client.do(**wanted)
    assert (caught.value.kind, caught.value.code) == (kind, status)
    return caught.value


def user(client: Client, identifier: str = "someone") -> Any:
    return client.do("create", resource="User", fields={"identifier": identifier})


def test_user_is_created_once(client: Client, sandbox: Sandbox) -> None:
    assert user(client) == user(client)
    assert [entry["status"] for entry in sandbox.journal(RICLOUD)] == [201, 200]


@pytest.mark.parametrize("plain", [True, False])
def test_on_the_wire(client: Client, sandbox: Sandbox, plain: bool) -> None:
    client.aim(plain=plain)
    user(client)
    (entry,) = sandbox.journal(RICLOUD)
    assert entry["scheme"] == ("http" if plain else "https")
    assert entry["headers"]["user-agent"] == "ricloud-py/3.2.0"
    assert entry["headers"]["ricloud-await"] == "0"
    assert "content-type" not in entry["headers"]
    assert entry["account"] == "main"


@pytest.mark.parametrize("name", ["bob", "carol"])
def test_login(client: Client, sandbox: Sandbox, name: str) -> None:
    sandbox.act(RICLOUD, "second_factor", account=name, needed=False)
    assert client.settled(name) == ("active", None)
    assert client.do("types", name="session") == ["Session", "Source"]


def test_await(client: Client) -> None:
    client.aim(await_for="10")
    assert client.login()["state"] == "active"


def test_wrong_password(client: Client) -> None:
    assert client.settled("carol", password="wrong") == ("failed", "invalid-credentials")


def test_a_password_that_is_not_ascii(client: Client) -> None:
    """The old client hands a text to its HTTP library; below urllib3 2 that goes out in Latin-1, and is not JSON."""
    with pytest.raises(RealClientError, match="error:invalid-body"):
        client.login("alice")


def test_second_factor(client: Client, sandbox: Sandbox) -> None:
    assert client.settled("bob") == ("failed", "code-required")
    codes = sandbox.codes(RICLOUD)
    assert codes["sent"] == {"bob": 1}
    assert client.settled("bob", code="000") == ("failed", "code-required")
    assert client.settled("bob", code=codes["codes"]["bob"]) == ("active", None)


def test_relay(client: Client, sandbox: Sandbox) -> None:
    assert client.settled("dave", code="000") == ("failed", "code-invalid")
    assert client.settled("dave", code=sandbox.codes(RICLOUD)["pairing"]["dave"]) == ("active", None)


def test_retrieve_and_delete(client: Client, sandbox: Sandbox) -> None:
    made = client.login()
    client.settled()
    gone = client.do("call", name="session", member="delete")
    assert (gone["state"], gone["error"]) == ("expired", "organisation")
    found = client.do("retrieve", resource="Session", id=gone["id"])
    assert found == gone
    assert client.do("delete", resource="Session", id=made["id"])["state"] == "expired"
    refused(client, "RequestError", 404, what="retrieve", resource="Session", id="se0")


def test_list_and_filters(client: Client, sandbox: Sandbox) -> None:
    client.aim(await_for="10")
    client.login(keep="first")
    carol = client.login()
    client.do("call", name="first", member="delete")
    listed = client.do("listed", resource="Session", params={"state": "active"})
    assert [item["id"] for item in listed["data"]] == [carol["id"]]
    assert (listed["has_more"], listed["total_count"]) == (False, 1)
    latest = client.do("listed", resource="Session", params={"source": carol["source"]["id"], "limit": 1})
    assert [item["id"] for item in latest["data"]] == [carol["id"]]
    older = client.do("listed", resource="Session", params={"after_id": carol["id"]})
    assert [item["state"] for item in older["data"]] == ["expired"]
    assert client.do("listed", resource="Session", params={"state": "failed"})["data"] == []


def test_filters_by_resource_and_date(client: Client, sandbox: Sandbox) -> None:
    sandbox.settings(RICLOUD, whole_seconds=True)
    made = client.login()
    date = "date:" + made["date_created"].replace("Z", "+00:00")
    listed = client.do("listed", resource="Session", params={"user": "@user", "date_created": date})
    assert [item["id"] for item in listed["data"]] == [made["id"]]
    query = sandbox.journal(RICLOUD)[-1]["query"]
    assert query == {"user": str(made["user"]), "date_created": made["date_created"]}


def test_guessed_operators_are_refused(client: Client, sandbox: Sandbox) -> None:
    wanted = {"resource": "Session", "params": {"date_created[gte]": "2026-01-01"}}
    error = refused(client, "RequestError", 400, what="listed", **wanted)
    assert "invalid-parameter" in error.message


def test_refused_creation(client: Client) -> None:
    wanted = {"resource": "Session", "fields": {"source": {"type": "mocks.mock"}, "payload": {"password": "x"}}}
    error = refused(client, "RequestError", 400, what="create", **wanted)
    assert "error:invalid-parameter" in error.message
    assert '"source"' in error.message


@pytest.mark.parametrize(("name", "status"), [("deactivated", 401), ("blocked", 403), ("expired", 401)])
def test_dead_keys(client: Client, sandbox: Sandbox, name: str, status: int) -> None:
    sandbox.settings(RICLOUD, dead_key_status=status)
    client.aim(name)
    refused(client, "RequestError", status, what="retrieve", resource="Organisation")


def test_missing_scope(client: Client) -> None:
    client.aim("reader")
    assert client.do("listed", resource="User", params={})["data"] == []
    error = refused(client, "RequestError", 403, what="create", resource="User", fields={"identifier": "x"})
    assert "missing-scope" in error.message


def test_organisation(client: Client, sandbox: Sandbox) -> None:
    assert client.do("retrieve", resource="Organisation")["state"] == "active"
    sandbox.settings(RICLOUD, odd_resource=True)
    refused(client, "TypeError", None, what="retrieve", resource="Organisation", keep="odd")


def test_keys(client: Client, sandbox: Sandbox) -> None:
    """Pitfall P2: the helpers of the old client nest one level too deep, and lose the new token."""
    assert set(client.do("current_key")) == {"attrs"}
    refused(client, "ValueError", None, what="rotate", id=1)
    entry = sandbox.journal(RICLOUD)[-1]
    assert (entry["route"], entry["outcome"]) == ("key_rotate", "ok")
    refused(client, "RequestError", 401, what="current_key")
    (main,) = [key for key in sandbox.state(RICLOUD)["keys"] if key["name"] == "main"]
    assert main["token"] == entry["fingerprints"]["answered"]
    assert main["token"] != fingerprint(sandbox.account(RICLOUD, "main")["token"])


def test_polls(client: Client) -> None:
    client.aim(await_for="10")
    client.login()
    fields = {"session": "@session", "payload": {"data_types": ["x"]}}
    assert client.do("create", resource="Poll", fields=fields, keep="poll")["state"] == "processing"
    assert client.do("call", name="poll", member="refresh")["state"] == "completed"
    client.do("call", name="session", member="delete")
    error = refused(client, "RequestError", 400, what="create", resource="Poll", fields=fields)
    assert "session-expired" in error.message


@pytest.mark.parametrize("when", ["before", "after"])
def test_blind_retries(client: Client, sandbox: Sandbox, when: str) -> None:
    """Pitfall P1: one creation becomes four."""
    sandbox.fault(RICLOUD, "html", route="session_create", status=502, count=3, when=when)
    client.login("bob")
    made = 4 if when == "after" else 1
    assert sandbox.routes(RICLOUD)["session_create"] == 4
    assert sandbox.codes(RICLOUD)["sent"] == {"bob": made}
    assert sandbox.state(RICLOUD)["states"] == {"pending": made}


def test_no_retry_of_refusals(client: Client, sandbox: Sandbox) -> None:
    sandbox.fault(RICLOUD, "status", status=429, count=1)
    refused(client, "RequestError", 429, what="listed", resource="User", params={})
    sandbox.fault(RICLOUD, "status", status=503, count=4)
    refused(client, "ServerError", 503, what="listed", resource="User", params={})
    assert len(sandbox.journal(RICLOUD)) == 5


def test_the_connection_is_lost_after_the_work(client: Client, sandbox: Sandbox) -> None:
    sandbox.fault(RICLOUD, "drop_after", route="session_create")
    client.login("bob")
    assert sandbox.codes(RICLOUD)["sent"] == {"bob": 2}
    assert len(sandbox.state(RICLOUD)["sessions"]) == 2


@pytest.mark.parametrize("kind", ["empty", "html", "not_utf8"])
def test_what_the_client_cannot_digest(client: Client, sandbox: Sandbox, kind: str) -> None:
    sandbox.fault(RICLOUD, kind, status=404 if kind == "html" else 200)
    with pytest.raises(RealClientError) as caught:
        client.do("listed", resource="User", params={})
    assert caught.value.kind in ("JSONDecodeError", "UnicodeDecodeError")


def test_webhook(client: Client, sandbox: Sandbox) -> None:
    client.aim(await_for="10")
    client.login()
    sandbox.act(RICLOUD, "expire", reason="service")
    (event,) = client.do("listed", resource="Event", params={"type": "session"})["data"]
    assert (event["action"], event["data"]["error"]) == ("expired", "service")
    delivery = sandbox.act(RICLOUD, "webhook")
    secret = sandbox.account(RICLOUD, "webhook")["secret"]
    wanted = {"header": delivery["headers"]["Ricloud-Signature"], "body": delivery["body"]}
    assert client.do("verify", secret=secret, **wanted) == ""
    assert client.do("verify", secret="other", **wanted) == "InvalidSignature"
    assert client.do("verify", secret=secret, **{**wanted, "body": "{}"}) == "InvalidSignature"


def test_command_line(sandbox: Sandbox, tmp_path: Path) -> None:
    """The second factor as the vendor's own tool does it, with the code typed on stdin."""
    python = os.environ.get("GATEHOUSE_CONFORMANCE_PYTHON") or sys.executable
    account = sandbox.account(RICLOUD, "bob")
    sandbox.settings(RICLOUD, settle_seconds=0)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "RICLOUD_URL": sandbox.plain_url(RICLOUD),
        "RICLOUD_TOKEN": sandbox.account(RICLOUD, "main")["token"],
    }
    arguments = ["icloud", "session", "create", account["identifier"], "--icloud-password", account["password"]]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen([python, "-m", "ricloud", *arguments], env=env, cwd=tmp_path, **pipes) as process:
        assert process.stdout is not None
        printed = b""
        while b"received code" not in printed:
            part = os.read(process.stdout.fileno(), 65536)
            assert part, printed
            printed += part
        code = sandbox.codes(RICLOUD)["codes"]["bob"]
        printed += process.communicate(f"{code}\n".encode(), timeout=60)[0]
    assert process.returncode == 0, printed
    assert sandbox.state(RICLOUD)["states"] == {"failed": 1, "active": 1}


def test_no_secret_of_the_real_client_in_the_journal(client: Client, sandbox: Sandbox) -> None:
    client.settled("bob")
    client.settled("bob", code=sandbox.codes(RICLOUD)["codes"]["bob"])
    client.do("listed", resource="Key", params={})
    told = repr(sandbox.journal(RICLOUD))
    assert [canary for canary in sandbox.canaries(RICLOUD) if canary in told] == []
    assert sandbox.state(RICLOUD)["misplaced"] == []
