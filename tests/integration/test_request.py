# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calling an API as a session: what is sent, what comes back, and where tokens never go."""

from __future__ import annotations

from tests.integration.playing import Player
from tests.sandbox.harness import Sandbox


def test_methods_bodies_params_and_headers(play: Player, sandbox: Sandbox) -> None:
    run = play(
        """
        - name: get
          gatehouse.api.request:
            session: mail
            path: /core/v4/echo/some/where
            params: {Page: 2, Label: [a, b], Text: "ä & ö"}
            headers: {X-Own: "yes", X-Number: 5}
            proton: "{{ alice }}"
        - name: post json
          gatehouse.api.request:
            session: mail
            path: /core/v4/echo
            method: POST
            body: {Name: "{{ 'templated' }}", Number: 3, List: [1, {Deep: true}], Nothing: null}
            status_code: [200, 201]
        - name: post form
          gatehouse.api.request:
            session: mail
            path: /core/v4/echo
            method: POST
            body_format: form-urlencoded
            body: {a: "1 2", b: [x, y]}
        - name: post text
          gatehouse.api.request:
            session: mail
            path: /core/v4/echo
            method: PUT
            body_format: raw
            body: "some text"
            headers: {Content-Type: text/plain}
        - name: whole url
          gatehouse.api.request: {session: mail, path: "{{ place.url }}/core/v4/echo", return_content: true}
        - name: page
          gatehouse.api.request: {session: mail, path: /verify}
        - name: head
          gatehouse.api.request: {session: mail, path: /core/v4/echo, method: HEAD, status_code: [405]}
        - name: delete
          gatehouse.api.request: {session: mail, path: /core/v4/echo, method: DELETE}
        """
    )
    echo = run["get"]["json"]
    assert (echo["Method"], echo["Path"]) == ("GET", "/core/v4/echo/some/where")
    assert echo["Query"] == {"Page": "2", "Label": ["a", "b"], "Text": "ä & ö"}
    assert (echo["Headers"]["x-own"], echo["Headers"]["x-number"]) == ("yes", "5")
    assert "content" not in run["get"]
    assert run["get"]["headers"]["content-type"] == "application/json"
    assert run["get"]["url"].startswith(f"{sandbox.url('proton')}/core/v4/echo/some/where")
    assert run["post json"]["json"]["Json"] == {
        "Name": "templated",
        "Number": 3,
        "List": [1, {"Deep": True}],
        "Nothing": None,
    }
    assert run["post json"]["json"]["Headers"]["content-type"] == "application/json"
    assert run["post form"]["json"]["Form"] == {"a": "1 2", "b": ["x", "y"]}
    assert run["post text"]["json"]["Text"] == "some text"
    assert run["post text"]["json"]["Headers"]["content-type"] == "text/plain"
    assert run["whole url"]["content"].startswith("{")
    assert run["whole url"]["json"]["Method"] == "GET"
    assert "json" not in run["page"]
    assert "<html>" in run["page"]["content"]
    assert (run["head"]["status"], run["head"]["content"]) == (405, "")
    assert run.changed() == {
        "get": False,
        "post json": True,
        "post form": True,
        "post text": True,
        "whole url": False,
        "page": False,
        "head": False,
        "delete": True,
    }
    assert not any("set-cookie" in run[task]["headers"] for task in run.changed())


def test_the_sessions_own_tokens_are_cut_out(play: Player, sandbox: Sandbox) -> None:
    run = play(
        """
        - name: leak
          gatehouse.api.request: {session: mail, path: /core/v4/leak, return_content: true, proton: "{{ alice }}"}
          register: leak
        - name: written
          ansible.builtin.copy: {content: "{{ leak | to_json }}", dest: "{{ playbook_dir }}/leak.json", mode: "0600"}
        """,
        "-vvv",
    )
    assert run["leak"]["json"]["Debug"]["AccessToken"] == "********"
    assert run["leak"]["json"]["Text"] == "token=********;"
    assert run["leak"]["json"]["Debug"]["Deep"]["List"][0]["Value"] == "Bearer ********"
    written = (play.directory / "leak.json").read_text(encoding="utf-8")
    for secret in sandbox.canaries("proton"):
        assert secret not in written
        assert secret not in run.output


def test_a_401_is_one_refresh_and_the_request_again(play_newest: Player, sandbox: Sandbox) -> None:
    play_newest('- gatehouse.api.session: {name: mail, proton: "{{ alice }}"}')
    sandbox.clock("proton", 90000)
    run = play_newest(
        """
        - name: post
          gatehouse.api.request: {session: mail, path: /core/v4/echo, method: POST, body: {Once: 1}}
        - name: get
          gatehouse.api.request: {session: mail, path: /users}
        """
    )
    assert run["post"]["json"]["Json"] == {"Once": 1}
    sent = [(entry["route"], entry["status"]) for entry in sandbox.journal("proton")]
    assert sent[2:] == [("echo", 401), ("refresh", 200), ("echo", 200), ("users", 200)]


def test_a_401_that_does_not_end(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "status", route="users", status=401, count=None)
    run = play_newest(
        """
        - name: refused
          gatehouse.api.request: {session: mail, path: /users, proton: "{{ alice }}"}
          ignore_errors: true
        - name: expected
          gatehouse.api.request: {session: mail, path: /users, status_code: [401]}
        """
    )
    assert run.failure("refused", "authentication_needed")["http_code"] == 401
    assert run["expected"]["status"] == 401
    assert sandbox.routes("proton")["users"] == 4
    assert sandbox.routes("proton")["refresh"] <= 2
    assert sandbox.routes("proton")["auth"] == 1


def test_tokens_go_to_their_own_origin_only(play_newest: Player, sandbox: Sandbox) -> None:
    port = sandbox.url("proton").rpartition(":")[2]
    run = play_newest(
        """
        - name: redirect
          gatehouse.api.request: {session: mail, path: /core/v4/redirect/same, proton: "{{ alice }}"}
        - name: redirect elsewhere
          gatehouse.api.request: {session: mail, path: /core/v4/redirect/other}
          ignore_errors: true
        - name: redirect elsewhere, looked at
          gatehouse.api.request:
            {session: mail, path: /core/v4/redirect/other, follow_redirects: none, status_code: [302]}
        - name: path elsewhere
          gatehouse.api.request: {session: mail, path: "{{ item }}"}
          loop: "{{ elsewhere }}"
          ignore_errors: true
        - name: own header
          gatehouse.api.request: {session: mail, path: /users, headers: "{{ item }}"}
          loop: [{Authorization: Basic eDp5}, {authorization: x}, {X-PM-UID: other}, {x-pm-appversion: linux-vpn@1.0.0}]
          ignore_errors: true
        """,
        elsewhere=[
            f"{sandbox.plain_url('proton')}/users",
            f"https://localhost:{port}/users",
            f"https://127.0.0.1:{port}@example.com/users",
            f"https://user@127.0.0.1:{port}/users",
            "users",
            "@example.com/",
            "/users /x",
            "\\\\example.com",
        ],
    )
    assert run["redirect"]["json"]["Path"] == "/core/v4/echo"
    assert run["redirect"]["url"].endswith("/core/v4/echo")
    assert run.failure("redirect elsewhere", "unexpected_response")["http_code"] == 302
    looked = run["redirect elsewhere, looked at"]
    assert looked["headers"]["location"].startswith(sandbox.plain_url("proton"))
    assert [item["failure"]["kind"] for item in run["path elsewhere"]["results"]] == ["definition"] * 8
    assert [item["failure"]["kind"] for item in run["own header"]["results"]] == ["definition"] * 4
    journal = sandbox.journal("proton")
    assert {entry["scheme"] for entry in journal} == {"https"}
    assert {entry["headers"]["host"] for entry in journal} == {f"127.0.0.1:{port}"}


def test_a_redirect_to_another_host(play_newest: Player, sandbox: Sandbox) -> None:
    port = sandbox.url("proton").rpartition(":")[2]
    sandbox.fault("proton", "redirect", route="users", location=f"https://localhost:{port}/users")
    sandbox.fault("proton", "redirect", route="users", location="/users", count=None)
    run = play_newest(
        """
        - name: elsewhere
          gatehouse.api.request: {session: mail, path: /users, proton: "{{ alice }}"}
          ignore_errors: true
        - name: round and round
          gatehouse.api.request: {session: mail, path: /users}
          ignore_errors: true
        """
    )
    run.failure("elsewhere", "unexpected_response")
    run.failure("round and round", "unexpected_response")
    assert sandbox.routes("proton")["users"] == 7


def test_a_redirect_of_what_changes_is_not_followed(play_newest: Player, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "redirect", route="echo", location="/core/v4/echo", status=307)
    run = play_newest(
        """
        - name: post
          gatehouse.api.request:
            {session: mail, path: /core/v4/echo, method: POST, body: {A: 1}, proton: "{{ alice }}"}
          ignore_errors: true
        """
    )
    assert run.failure("post")["http_code"] == 307
    assert sandbox.routes("proton")["echo"] == 1


def test_statuses(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: open
          gatehouse.api.session: {name: mail, proton: "{{ alice }}"}
        - name: lock
          gatehouse.api.session: {name: mail, state: locked}
        - name: missing scope
          gatehouse.api.request: {session: mail, path: /core/v4/keys/salts}
          ignore_errors: true
        - name: missing scope, expected
          gatehouse.api.request: {session: mail, path: /core/v4/keys/salts, status_code: [403]}
        - name: not there
          gatehouse.api.request: {session: mail, path: /core/v4/nothing}
          ignore_errors: true
        - name: there, but not expected
          gatehouse.api.request: {session: mail, path: /users, status_code: [204]}
          ignore_errors: true
        """
    )
    failure = run.failure("missing scope", "missing_scope")
    assert (failure["http_code"], failure["api_code"]) == (403, 9101)
    assert "locked" in failure["hint"]
    assert run["missing scope, expected"]["json"]["Code"] == 9101
    assert run.failure("not there")["http_code"] == 404
    assert run.failure("there, but not expected", "unexpected_response")["http_code"] == 200


def test_waiting_when_told_to(play_newest: Player, sandbox: Sandbox) -> None:
    """Ordinary calls obey Retry-After within max_wait; what changes is repeated only if it was certainly not done."""
    busy = {"retry-after": "0"}
    sandbox.fault("proton", "status", route="users", status=429, headers=busy)
    sandbox.fault("proton", "status", route="users", status=503, headers=busy)
    sandbox.fault("proton", "status", route="users", status=502, after=3)
    sandbox.fault("proton", "status", route="echo", status=502)
    sandbox.fault("proton", "status", route="salts", status=429, code=2028, headers={"Retry-After": "3600"})
    run = play_newest(
        """
        - name: in a moment
          gatehouse.api.request: {session: mail, path: /users, proton: "{{ alice }}"}
        - name: at once
          gatehouse.api.request: {session: mail, path: /users}
        - name: perhaps done
          gatehouse.api.request: {session: mail, path: /core/v4/echo, method: POST, body: {}}
          ignore_errors: true
        - name: in an hour
          gatehouse.api.request: {session: mail, path: /core/v4/keys/salts}
          ignore_errors: true
        - name: within the hour
          gatehouse.api.request: {session: mail, path: /users}
          ignore_errors: true
        """
    )
    assert run.failure("perhaps done", "not_available")["http_code"] == 502
    failure = run.failure("in an hour", "rate_limited")
    assert (failure["http_code"], failure["api_code"], failure["retry_after"]) == (429, 2028, 3600.0)
    run.failure("within the hour", "rate_limited")
    assert [entry["status"] for entry in sandbox.journal("proton", route="users")] == [429, 503, 200, 502, 200]
    assert sandbox.routes("proton")["echo"] == 1
    assert sandbox.routes("proton")["salts"] == 1


def test_check_mode(play: Player, sandbox: Sandbox) -> None:
    requests = """
        - name: get
          gatehouse.api.request: {session: mail, path: /users, proton: "{{ alice }}"}
        - name: post
          gatehouse.api.request: {session: mail, path: /core/v4/echo, method: POST, body: {}, proton: "{{ alice }}"}
        """
    closed = play(requests, "--check")
    assert sandbox.journal("proton") == []
    assert closed.changed() == {"get": False, "post": True}
    play('- gatehouse.api.session: {name: mail, proton: "{{ alice }}"}')
    opened = play(requests, "--check")
    assert opened.changed() == {"get": False, "post": True}
    assert opened["get"]["json"]["User"]["Name"] == "alice"
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "users": 1}


def test_check_mode_refreshes_nothing(play_newest: Player, sandbox: Sandbox) -> None:
    play_newest('- gatehouse.api.session: {name: mail, proton: "{{ alice }}"}')
    sandbox.clock("proton", 90000)
    run = play_newest(
        """
        - name: get
          gatehouse.api.request: {session: mail, path: /users}
          ignore_errors: true
        """,
        "--check",
    )
    assert run.changed() == {"get": False}
    assert "refresh" not in sandbox.routes("proton")


def test_a_closed_session_is_opened_by_its_first_request(play_newest: Player, sandbox: Sandbox) -> None:
    run = play_newest(
        """
        - name: unknown
          gatehouse.api.request: {session: mail, path: /users}
          ignore_errors: true
        - name: defined
          gatehouse.api.request: {session: mail, path: /users}
          vars:
            gatehouse_sessions: {mail: {proton: "{{ alice }}"}}
        """
    )
    run.failure("unknown", "definition")
    assert run["defined"]["json"]["User"]["Name"] == "alice"
    assert sandbox.routes("proton") == {"auth_info": 1, "auth": 1, "users": 1}
