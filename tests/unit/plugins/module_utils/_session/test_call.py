# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call as a session: what is sent, what is repeated, what is followed, and what is a success. Against the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.call import LONGEST_CHAIN, Call, called
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import NotInCheckMode
from ansible_collections.gatehouse.api.plugins.module_utils._session.transport import Reply
from tests.unit.plugins.scene import Scene

ECHO = "/core/v4/echo"
AWAY = [301, 302, 303, 307, 308]
UNKNOWN: Any = {"Code": 2011, "Error": "made up"}


@pytest.fixture
def opened(scene: Scene) -> Scene:
    """Return a scene in which the session cloud is open."""
    scene.client().ensure("cloud", scene.definition())
    return scene


def sent(scene: Scene, path: str = ECHO, **options: Any) -> Reply:
    return called(scene.client(), "cloud", None, Call(path, **options))[0]


def echo(scene: Scene, path: str = ECHO, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = sent(scene, path, **options).json()
    return found


def refused(kind: str, scene: Scene, path: str = ECHO, **options: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        sent(scene, path, **options)
    assert caught.value.kind == kind, caught.value
    return caught.value


def times(scene: Scene, route: str) -> int:
    return scene.routes().get(route, 0)


# What is sent


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_call_is_made_as_the_session(opened: Scene, method: str) -> None:
    reply, record = called(opened.client(), "cloud", None, Call(f"{ECHO}/some/where", method=method))
    assert reply.json()["Method"] == method
    assert reply.json()["Path"] == f"{ECHO}/some/where"
    assert record == opened.store().read("cloud")
    assert opened.journal("echo")[-1]["account"] == "alice"


def test_parameters_are_added_to_those_of_the_path(opened: Scene) -> None:
    query = echo(opened, f"{ECHO}?a=1", params={"Label": ["x", "y"], "Text": "ä & ö", "None": None})["Query"]
    assert query == {"a": "1", "Label": ["x", "y"], "Text": "ä & ö"}


@pytest.mark.parametrize("body", [{"Name": "ü", "List": [1, None]}, [1, 2], "text", 0, False, {}, []], ids=repr)
def test_a_body_is_json(opened: Scene, body: Any) -> None:
    found = echo(opened, method="POST", body=body)
    assert found["Json"] == body
    assert found["Headers"]["content-type"] == "application/json"


def test_no_body_is_no_body(opened: Scene) -> None:
    found = echo(opened, method="POST")
    assert found["Size"] == 0
    assert "content-type" not in found["Headers"]


def test_a_form_is_encoded_as_one(opened: Scene) -> None:
    found = echo(opened, method="POST", body={"a": "1 2", "b": ["x", "ü"]}, body_format="form-urlencoded")
    assert found["Form"] == {"a": "1 2", "b": ["x", "ü"]}
    assert found["Headers"]["content-type"] == "application/x-www-form-urlencoded"


def test_a_raw_body_is_sent_as_it_is(opened: Scene) -> None:
    found = echo(opened, method="PUT", body="äöü\n", body_format="raw", headers={"Content-Type": "text/plain"})
    assert (found["Text"], found["Size"]) == ("äöü\n", 7)
    assert found["Headers"]["content-type"] == "text/plain"


@pytest.mark.parametrize("spelling", ["Content-Type", "content-type", "CONTENT-TYPE"])
@pytest.mark.parametrize(
    ("body_format", "wanted"),
    [("json", "application/vnd.api+json"), ("form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8")],
)
def test_a_content_type_that_was_asked_for_is_kept(opened: Scene, spelling: str, body_format: str, wanted: str) -> None:
    found = echo(opened, method="POST", body={"a": "b"}, body_format=body_format, headers={spelling: wanted})
    assert found["Headers"]["content-type"] == wanted


def test_further_headers_are_sent_as_text(opened: Scene) -> None:
    found = echo(opened, headers={"X-Own": "yes", "X-Number": 5})["Headers"]
    assert (found["x-own"], found["x-number"]) == ("yes", "5")


@pytest.mark.parametrize("name", ["User-Agent", "user-agent"])
def test_another_user_agent_may_be_given(opened: Scene, name: str) -> None:
    assert echo(opened, headers={name: "Mine/1.0"})["Headers"]["user-agent"] == "Mine/1.0"


@pytest.mark.parametrize("name", ["Authorization", "authorization", "X-PM-UID", "x-pm-appversion"])
def test_a_header_of_the_session_is_refused_before_anything_is_sent(opened: Scene, name: str) -> None:
    before = len(opened.journal())
    assert name.lower() in refused("definition", opened, headers={name: "mine"}).message.lower()
    assert len(opened.journal()) == before


def test_a_call_shows_neither_headers_nor_body() -> None:
    shown = repr(Call(ECHO, headers={"X-Secret": "canary-header"}, body={"password": "canary-body"}))
    assert ECHO in shown
    assert "canary" not in shown


@pytest.mark.parametrize(
    ("method", "changes"),
    [("GET", False), ("HEAD", False), ("OPTIONS", False), ("POST", True), ("PUT", True), ("PATCH", True)],
)
def test_what_changes_things_is_told_by_the_method(method: str, changes: bool) -> None:
    assert Call(ECHO, method=method).changes is changes


# What is repeated


@pytest.mark.parametrize("status", [408, 502])
def test_what_reads_is_repeated_when_it_may_not_have_been_done(opened: Scene, status: int) -> None:
    opened.fault("status", route="echo", status=status, count=2)
    assert echo(opened)["Method"] == "GET"
    assert times(opened, "echo") == 3


@pytest.mark.parametrize("status", [408, 500, 502])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_changes_is_not_repeated_when_it_may_have_been_done(opened: Scene, method: str, status: int) -> None:
    opened.fault("status", route="echo", status=status)
    assert refused("not_available", opened, method=method).http_code == status
    assert times(opened, "echo") == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_says_when_to_come_back_is_asked_then(opened: Scene, method: str, status: int) -> None:
    opened.fault("status", route="echo", status=status, headers={"Retry-After": "7"})
    assert echo(opened, method=method)["Method"] == method
    assert times(opened, "echo") == 2
    assert 6.0 <= sum(opened.naps) <= 8.0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stale_token_is_renewed_once_and_the_call_made_again(opened: Scene, method: str) -> None:
    opened.sandbox.clock("proton", 90_000)
    assert echo(opened, method=method, body={"Once": 1})["Json"] == {"Once": 1}
    assert opened.sequence()[2:] == ["echo", "refresh", "echo"]


def test_a_401_that_was_asked_for_renews_nothing(opened: Scene) -> None:
    opened.fault("status", route="users", status=401)
    assert sent(opened, "/users", status_code=(200, 401)).status == 401
    assert times(opened, "refresh") == 0


def test_check_mode_neither_opens_nor_renews_for_a_call(scene: Scene) -> None:
    client = scene.client(check_mode=True)
    with pytest.raises(NotInCheckMode):
        called(client, "cloud", scene.definition(), Call(ECHO))
    assert scene.journal() == []


# What is followed


@pytest.mark.parametrize("status", AWAY)
def test_a_redirect_within_the_origin_is_followed(opened: Scene, status: int) -> None:
    opened.fault("redirect", route="users", status=status, location=f"{ECHO}/there?x=1")
    reply = sent(opened, "/users", params={"y": "2"})
    assert (reply.json()["Path"], reply.json()["Query"]) == (f"{ECHO}/there", {"x": "1"})
    assert reply.url.endswith(f"{ECHO}/there?x=1")


@pytest.mark.parametrize("location", ["there", "./there", "../echo/there", "?there=1", "//{host}/core/v4/echo/there"])
def test_a_relative_redirect_starts_where_it_came_from(opened: Scene, location: str) -> None:
    host = opened.sandbox.url("proton").partition("://")[2]
    opened.fault("redirect", route="echo", location=location.format(host=host))
    found = echo(opened, f"{ECHO}/here")
    assert "there" in found["Path"] + str(found["Query"])


@pytest.mark.parametrize("space", [" ", "%20"])
def test_a_redirect_with_a_space_is_followed(opened: Scene, space: str) -> None:
    """Many services do not encode what they put there."""
    opened.fault("redirect", route="users", location=f"{ECHO}/a{space}b?q=c{space}d")
    found = echo(opened, "/users")
    assert (found["Path"], found["Query"]) == (f"{ECHO}/a b", {"q": "c d"})


def test_a_chain_of_redirects_has_an_end(opened: Scene) -> None:
    opened.fault("redirect", route="users", location="/users", count=None)
    assert "redirected" in refused("unexpected_response", opened, "/users").message
    assert times(opened, "users") == LONGEST_CHAIN + 1


def test_a_chain_of_the_longest_length_is_followed(opened: Scene) -> None:
    opened.fault("redirect", route="users", location="/users", count=LONGEST_CHAIN)
    assert sent(opened, "/users").json()["User"]["Name"] == "alice"


@pytest.mark.parametrize(
    "location",
    [
        "{plain}/core/v4/echo",
        "https://localhost:{port}/core/v4/echo",
        "//localhost:{port}/core/v4/echo",
        "https://127.0.0.1:{port}@example.com/",
        "https://user:word@127.0.0.1:{port}/core/v4/echo",
        "https://127.0.0.1:1/",
        "ftp://127.0.0.1:{port}/",
        "https://[::1",
        "https://127.0.0.1:{port}\\@example.com/",
        "javascript:alert(1)",
    ],
)
def test_a_redirect_to_another_origin_is_refused_and_nothing_sent_there(opened: Scene, location: str) -> None:
    place = {"plain": opened.sandbox.plain_url("proton"), "port": opened.sandbox.url("proton").rpartition(":")[2]}
    opened.fault("redirect", route="users", location=location.format(**place))
    failure = refused("unexpected_response", opened, "/users")
    assert failure.http_code == 302
    assert "origin" in failure.message
    assert opened.sequence()[2:] == ["users"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_of_what_changes_is_not_followed(opened: Scene, method: str, status: int) -> None:
    opened.fault("redirect", route="echo", status=status, location=ECHO)
    assert refused("unexpected_response", opened, method=method).http_code == status
    assert times(opened, "echo") == 1


def test_a_redirect_can_be_looked_at(opened: Scene) -> None:
    opened.fault("redirect", route="users", location="https://example.com/")
    reply = sent(opened, "/users", follow_redirects=False, status_code=(302,))
    assert (reply.status, reply.header("Location")) == (302, "https://example.com/")
    assert times(opened, "users") == 1


# What is a success


def test_a_reply_that_the_api_calls_a_failure_is_one(opened: Scene) -> None:
    opened.answer("users", UNKNOWN)
    assert refused("unexpected_response", opened, "/users").api_code == 2011


def test_a_status_that_was_asked_for_is_a_success_whatever_the_api_says(opened: Scene) -> None:
    opened.answer("users", UNKNOWN, status=422)
    assert sent(opened, "/users", status_code=(200, 422)).json() == UNKNOWN


def test_a_status_that_was_not_asked_for_is_a_failure(opened: Scene) -> None:
    assert refused("unexpected_response", opened, "/users", status_code=(204,)).http_code == 200


def test_what_is_no_answer_of_the_api_is_judged_by_its_status(opened: Scene) -> None:
    assert b"<html>" in sent(opened, "/verify").body
    opened.answer("users", [1, 2])
    assert sent(opened, "/users").json() == [1, 2]
    assert refused("unexpected_response", opened, "/core/v4/nothing").http_code == 404


def test_a_failure_tells_what_the_service_said(opened: Scene) -> None:
    opened.client().locked("cloud")
    failure = refused("missing_scope", opened, "/core/v4/keys/salts")
    assert (failure.http_code, failure.api_code) == (403, 9101)


def test_a_call_opens_the_session_that_its_definition_defines(scene: Scene) -> None:
    reply, record = called(scene.client(), "cloud", scene.definition(), Call(ECHO))
    assert reply.ok
    assert scene.routes() == {"auth_info": 1, "auth": 1, "echo": 1}
    assert record.tokens
    with pytest.raises(Failure) as caught:
        called(scene.client(), "cloud", replace(scene.definition("bob"), name="cloud"), Call(ECHO))
    assert caught.value.kind == "conflict"
