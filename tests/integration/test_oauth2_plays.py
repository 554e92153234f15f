# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays with the provider oauth2 against real authorization servers: npm oidc-provider and django-oauth-toolkit."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.integration.playing import Player, Run
from tests.integration.test_leaks import Processes, Searched, failed
from tests.integration.test_one_flight import LOCAL
from tests.oauth import browser
from tests.oauth.servers import OAuthServer, OidcProvider, Toolkit
from tests.tools.paths import ROOT
from tests.unit.plugins.scene import CLIENT_AUTH, GRANTS

PAGE = ROOT / "docs" / "providers" / "oauth2.md"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
OPENID = ["openid", "profile", "email"]
PLACE = (
    r"open (?P<uri>https://\S+) and enter the code (?P<code>[A-Z0-9-]+)(?: \(or open (?P<complete>https://\S+)\))?\."
)
OPEN = """
- name: open
  gatehouse.api.session: {name: api}
"""
CALL = """
- name: call
  gatehouse.api.request: {session: api, path: /api/things}
"""


def definition(server: OAuthServer, account: str, **more: Any) -> dict[str, Any]:
    """A whole definition of a client of the server. None or "" as a value leaves an option out."""
    known = server.clients[account]
    given: dict[str, Any] = {
        "url": server.url,
        "issuer": server.issuer,
        "ca_path": server.ca_file,
        "client_id": known.client_id,
        "client_secret": known.secret,
        "client_auth": CLIENT_AUTH.get(known.auth, known.auth),
        "grant": GRANTS[known.grants[0]],
        **more,
    }
    if known.key:
        given["private_key"] = known.key.pem()
    if known.certificate:
        given["client_cert"], given["client_key"] = str(known.certificate.file), str(known.certificate.key_file)
    if isinstance(server, Toolkit):  # it has more than its discovery tells
        given |= {f"{name}_endpoint": server.endpoint(name) for name in ("device_authorization", "revocation")}
    return {"oauth2": {name: value for name, value in given.items() if value not in (None, "")}}


def seeded(server: OAuthServer, account: str = "web", **more: Any) -> dict[str, Any]:
    """A definition that begins with a refresh token which somebody got elsewhere."""
    token = browser.seed(server, account)["refresh_token"]
    return definition(server, account, grant="refresh_token", refresh_token=token, **more)


def defined(play: Player, options: dict[str, Any]) -> None:
    """Define the session api for the plays to come."""
    play.vars["gatehouse_sessions"] = {"api": options}


def crowd(play: Player, tasks: str, hosts: int) -> Run:
    """Run tasks on many hosts at once."""
    lines = "".join(f"host{number:02}\n" for number in range(hosts))
    play.write("hosts.ini", f"[all:vars]\n{LOCAL}\n[all]\n{lines}")
    run = play(tasks, "-i", "hosts.ini", "--forks", "20", hosts="all", rc=None)
    assert len(run.stats) == hosts
    return run


def well(run: Run) -> bool:
    """Whether no host failed."""
    return not any(stats["failures"] or stats["unreachable"] for stats in run.stats.values())


def said(output: str) -> list[str]:
    """The lines that the provider showed, each on its own."""
    return [line for line in output.splitlines() if line.startswith("Session 'api': ")]


class Person:
    """Reads the output of a play that runs, and does what it says as soon as a line fits.

    :param cue: what that line is like.
    :param act: given what the provider told.
    :param name: of the session.
    """

    def __init__(self, play: Player, cue: str, act: Callable[[re.Match[str]], None], name: str = "api") -> None:
        self._name = name
        self._output = play.directory / f"output-{play.runs + 1}.txt"
        self._cue = re.compile(cue, re.MULTILINE)
        self._act = act
        self.acted = 0

    def __call__(self, pid: int) -> None:
        text = self._output.read_text(encoding="utf-8")
        if not self.acted and self._cue.search(text):
            told = re.search(f"^Session '{self._name}': to sign in, {PLACE}$", text, re.MULTILINE)
            assert told, text
            self.acted = pid
            self._act(told)


def attended(play: Player, tasks: str, person: Person, hosts: int = 1) -> Run:
    """Run tasks while a person looks. Python shows lines at once to a terminal, to a file only if it is told to."""
    given = play.write("vars.yml", yaml.safe_dump(play.vars))
    book = [{"hosts": "all", "gather_facts": False, "vars_files": [str(given)], "tasks": yaml.safe_load(tasks)}]
    play.write("hosts.ini", f"[all:vars]\n{LOCAL}\n[all]\n" + "".join(f"host{number}\n" for number in range(hosts)))
    return play.playbook(yaml.safe_dump(book, sort_keys=False), "-i", "hosts.ini", env={}, watch=person)


# Grants that need nobody


def test_thirty_hosts_and_one_token_request(play_newest: Player, oidc_provider: OidcProvider) -> None:
    defined(play_newest, definition(oidc_provider, "cc-basic", scopes=["read"]))
    run = crowd(play_newest, OPEN + CALL, 30)
    assert well(run)
    assert sum(bool(facts["changed"]) for facts in run.on("open").values()) == 1
    assert {facts["json"]["client_id"] for facts in run.on("call").values()} == {"cc-basic"}
    assert oidc_provider.counts() == {"discovery": 1, "token": 1, "resource": 30}
    again = crowd(play_newest, OPEN + CALL, 3)
    assert well(again)
    assert again.changed("open") == {"open": False}
    assert oidc_provider.counts() == {"discovery": 1, "token": 1, "resource": 33}


def test_one_session_from_its_opening_to_its_end(play: Player, oidc_provider: OidcProvider) -> None:
    """Also: a lookup hands its headers to another tool; check mode predicts, and asks nobody."""
    defined(play, definition(oidc_provider, "cc-post"))
    close = "gatehouse.api.session: {name: api, state: absent}"
    run = play(
        f"""
        - name: predicted
          gatehouse.api.session: {{name: api}}
          check_mode: true
        {OPEN.replace(chr(10), chr(10) + " " * 8)}
        - name: again
          gatehouse.api.session: {{name: api}}
        - name: headers
          ansible.builtin.uri:
            url: {oidc_provider.resource("/things")}
            ca_path: {oidc_provider.ca_file}
            headers: "{{{{ lookup('gatehouse.api.session', 'api', field='headers') }}}}"
            return_content: true
          no_log: true
        - name: close
          {close}
        - name: close again
          {close}
        """,
        play={"vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}},
    )
    assert run.changed("predicted", "open", "again", "close", "close again") == {
        "predicted": True,
        "open": True,
        "again": False,
        "close": True,
        "close again": False,
    }
    assert run["open"]["session"]["details"]["grant"] == "client_credentials"
    assert oidc_provider.counts() == {"discovery": 1, "token": 1, "resource": 1, "revocation": 1}
    assert [entry["status"] for entry in oidc_provider.journal("resource")] == [200]
    assert oidc_provider.state()["access_tokens"] == 0
    assert play.records() == []


@pytest.mark.parametrize("account", ["cc-jwt", "cc-jwt-es256", "cc-mtls"])
def test_a_client_that_has_a_key_in_place_of_a_secret(
    play_newest: Player, oidc_provider: OidcProvider, account: str
) -> None:
    defined(play_newest, definition(oidc_provider, account))
    assert play_newest(CALL)["call"]["json"]["client_id"] == account
    assert oidc_provider.counts() == {"discovery": 1, "token": 1, "resource": 1}


def test_an_assertion_of_somebody_who_is_trusted(play_newest: Player, oidc_provider: OidcProvider) -> None:
    key = oidc_provider.trusted_key
    options = {"private_key": key.pem(), "private_key_id": key.kid, "assertion_issuer": oidc_provider.TRUSTED_ISSUER}
    defined(play_newest, definition(oidc_provider, "bearer", subject="alice", **options))
    run = play_newest(OPEN + CALL)
    assert (run["open"]["session"]["account"], run["call"]["json"]["sub"]) == ("alice", "alice")


def test_a_wrong_client_secret_is_sent_once(play_newest: Player, oidc_provider: OidcProvider) -> None:
    wrong = "canary-wrong-client-secret"
    defined(play_newest, definition(oidc_provider, "cc-basic", client_secret=wrong))
    run = crowd(play_newest, OPEN, 20)
    assert len(run.on("open")) == 20
    assert {facts["failure"]["kind"] for facts in run.on("open").values()} == {"credentials_rejected"}
    assert {facts["failure"]["api_code"] for facts in run.on("open").values()} == {"invalid_client"}
    assert oidc_provider.counts()["token"] == 1
    assert wrong not in run.output
    defined(play_newest, definition(oidc_provider, "cc-basic"))
    assert play_newest(OPEN)["open"]["session"]["state"] == "active"


# Somebody signs in: device code


def test_a_person_reads_the_code_and_the_play_goes_on(play: Player, oidc_provider: OidcProvider) -> None:
    defined(play, definition(oidc_provider, "device", scopes=OPENID))
    person = Person(
        play,
        "^Session 'api': to sign in, ",
        lambda told: browser.approve_device(oidc_provider, (told["uri"], told["code"])),
    )
    run = attended(play, OPEN + CALL, person)
    assert person.acted
    first, last = said(run.output)
    told = re.fullmatch(f"Session 'api': to sign in, {PLACE}", first)
    assert told
    assert told["uri"] == f"{oidc_provider.issuer}/device"
    assert told["complete"] == f"{told['uri']}?user_code={told['code']}"
    assert last == "Session 'api': signed in."
    assert (run["open"]["session"]["account"], run["call"]["json"]["sub"]) == ("alice", "alice")
    assert run["open"]["session"]["details"]["claims"]["sub"] == "alice"
    counts = oidc_provider.counts()
    assert (counts["discovery"], counts["device_authorization"], counts["jwks"]) == (1, 1, 1)
    assert oidc_provider.token_requests(accepted=True) == {DEVICE_CODE: 1}
    again = play(OPEN + CALL)
    assert again.changed("open") == {"open": False}
    assert said(again.output) == []


def test_several_hosts_show_one_code(play_newest: Player, oidc_provider: OidcProvider) -> None:
    defined(play_newest, definition(oidc_provider, "device", scopes=OPENID))
    person = Person(
        play_newest,
        "^Session 'api': to sign in, ",
        lambda told: browser.approve_device(oidc_provider, str(told["complete"])),
    )
    run = attended(play_newest, OPEN, person, hosts=3)
    assert len(said(run.output)) == 2
    assert sum(bool(facts["changed"]) for facts in run.on("open").values()) == 1
    assert oidc_provider.counts()["device_authorization"] == 1


def test_a_person_who_says_no_ends_the_play(play_newest: Player, oidc_provider: OidcProvider) -> None:
    defined(play_newest, definition(oidc_provider, "device", scopes=OPENID))
    person = Person(
        play_newest,
        "^Session 'api': to sign in, ",
        lambda told: browser.deny_device(oidc_provider, (told["uri"], told["code"])),
    )
    run = attended(play_newest, OPEN.rstrip() + "\n  ignore_errors: true\n", person)
    failure = run.failure("open", "authentication_needed")
    assert failure["api_code"] == "access_denied"
    assert "somebody said no" in failure["message"]
    assert play_newest.records() == []


@pytest.mark.parametrize("which", ["oidc_provider", "toolkit"])
def test_a_job_does_not_wait_and_the_next_one_goes_on(
    play_newest: Player, request: pytest.FixtureRequest, which: str
) -> None:
    """As in AWX: the first job fails with what to do, somebody does it, the second job has the session."""
    server: OAuthServer = request.getfixturevalue(which)
    defined(play_newest, definition(server, "device", scopes=["openid", "read"], wait=0))
    first = play_newest(OPEN, rc=2)
    failure = first.failure("open", "authentication_needed")
    assert failure["methods"] == ["device_code"]
    told = re.search(f"Session 'api' waits for somebody to sign in: {PLACE}$", failure["message"])
    assert told
    assert "run the task again" in failure["hint"]
    assert [
        facts["state"] for facts in play_newest("- name: info\n  gatehouse.api.session_info:")["info"]["sessions"]
    ] == ["pending"]
    browser.approve_device(server, (told["uri"], told["code"]))
    second = play_newest(OPEN + CALL)
    assert (second.changed("open"), second["call"]["json"]["sub"]) == ({"open": True}, "alice")
    assert server.counts()["device_authorization"] == 1


# Somebody signs in: authorization code


@pytest.mark.parametrize("which", ["oidc_provider", "toolkit"])
def test_a_code_of_the_browser_in_two_plays(play_newest: Player, request: pytest.FixtureRequest, which: str) -> None:
    server: OAuthServer = request.getfixturevalue(which)
    options = {"redirect_uri": server.clients["web"].redirect_uri, "scopes": ["openid", "read"]}
    defined(play_newest, definition(server, "web", **options, code="{{ came_back | default('') }}"))
    failure = play_newest(OPEN, rc=2).failure("open", "authentication_needed")
    assert failure["methods"] == ["authorization_code"]
    assert "as code" in failure["hint"]
    url = failure["message"].rpartition(" open ")[2]
    assert url.startswith(server.endpoint("authorization"))
    back = browser.authorize(server, url)
    second = play_newest(OPEN + CALL, came_back=back)
    assert (second.changed("open"), second["call"]["json"]["sub"]) == ({"open": True}, "alice")
    assert back.partition("code=")[2].partition("&")[0] not in second.output
    assert play_newest(OPEN, came_back=back).changed("open") == {"open": False}
    assert server.token_requests() == {"authorization_code": 1}


# Expiry, rotation, revocation


def test_twenty_hosts_refresh_once_and_the_grant_lives(play_newest: Player, oidc_provider: OidcProvider) -> None:
    """The server rotates: a second refresh with the same token would end everything."""
    defined(play_newest, seeded(oidc_provider))
    assert well(crowd(play_newest, CALL, 20))
    for count in (2, 3):
        oidc_provider.expire()
        assert well(crowd(play_newest, CALL, 20))
        assert oidc_provider.token_requests(accepted=True)["refresh_token"] == count
    assert oidc_provider.token_requests(accepted=False) == {}
    state = oidc_provider.state()
    assert (state["grants"], state["access_tokens"], state["refresh_tokens"]) == (1, 1, 1)


def test_a_token_that_is_known_to_be_old_is_not_tried(play_newest: Player, oidc_provider: OidcProvider) -> None:
    oidc_provider.settings(access_token_ttl=1)
    defined(play_newest, seeded(oidc_provider))
    play_newest(OPEN)
    deadline = time.monotonic() + 60
    while oidc_provider.state()["access_tokens"]:
        assert time.monotonic() < deadline
    oidc_provider.settings(access_token_ttl=3600)
    assert well(crowd(play_newest, OPEN + CALL, 20))
    assert oidc_provider.token_requests() == {"authorization_code": 1, "refresh_token": 2}
    assert {entry["status"] for entry in oidc_provider.journal("resource")} == {200}


def test_client_credentials_are_used_again_by_themselves(play_newest: Player, toolkit: Toolkit) -> None:
    defined(play_newest, definition(toolkit, "cc-basic", scopes=["read"]))
    play_newest(CALL)
    toolkit.revoke()
    assert toolkit.state()["access_tokens"] == 0
    run = crowd(play_newest, CALL, 20)
    assert well(run)
    assert toolkit.token_requests() == {"client_credentials": 2}


def test_a_device_that_was_signed_out_is_explained_and_begins_again(
    play_newest: Player, oidc_provider: OidcProvider
) -> None:
    defined(play_newest, definition(oidc_provider, "device", scopes=OPENID, wait=0))
    failure = play_newest(OPEN, rc=2).failure("open")
    told = re.search(PLACE, failure["message"])
    assert told
    browser.approve_device(oidc_provider, str(told["complete"]))
    play_newest(OPEN)
    assert oidc_provider.revoke(user="alice") == 1
    run = play_newest(CALL, rc=2)
    failure = run.failure("call", "authentication_needed")
    assert failure["methods"] == ["device_code"]
    told = re.search(PLACE, failure["message"])
    assert told
    assert "The service has ended session 'api'" in run.output
    assert "refused the session's refresh token (invalid_grant" in run.output
    assert "A new login has begun." in run.output
    browser.approve_device(oidc_provider, str(told["complete"]))
    assert play_newest(CALL)["call"]["json"]["sub"] == "alice"


def test_a_seed_that_was_revoked_is_explained_where_nobody_can_sign_in(
    play_newest: Player, oidc_provider: OidcProvider
) -> None:
    defined(play_newest, seeded(oidc_provider))
    play_newest(CALL)
    oidc_provider.revoke()
    for _time in range(2):
        failure = play_newest(CALL, rc=2).failure("call", "authentication_needed")
        assert "a refresh_token that was not used yet" in failure["message"]
    assert oidc_provider.token_requests(accepted=False) == {"refresh_token": 1}


# Looking, forking, closing


@pytest.mark.parametrize("account", ["public", "web"])
def test_the_server_is_asked_of_the_token(play_newest: Player, oidc_provider: OidcProvider, account: str) -> None:
    defined(play_newest, seeded(oidc_provider, account))
    run = play_newest(OPEN + "- name: info\n  gatehouse.api.session_info: {name: api, remote: true}\n")
    (found,) = run["info"]["remote_sessions"]
    assert (found["active"], found["client_id"], found["sub"]) == (True, account, "alice")
    assert found["scope"].split() == run["open"]["session"]["scopes"]


def test_a_child_with_fewer_scopes_by_a_refresh(play_newest: Player, oidc_provider: OidcProvider) -> None:
    defined(play_newest, seeded(oidc_provider))
    run = play_newest(
        OPEN
        + """
- name: fork
  gatehouse.api.session_fork: {parent: api, name: kid, scopes: [read]}
- name: fork again
  gatehouse.api.session_fork: {parent: api, name: kid, scopes: [read]}
- name: use
  gatehouse.api.request: {session: kid, path: /api/things}
- name: refresh
  gatehouse.api.session: {name: api, state: refreshed}
- name: still
  gatehouse.api.request: {session: api, path: /api/things}
"""
    )
    assert run.changed("fork", "fork again") == {"fork": True, "fork again": False}
    kid = run["fork"]["session"]
    assert (kid["scopes"], kid["parent"], kid["details"]["grant"]) == (["read"], "api", "fork")
    assert run["use"]["json"]["scope"] == "read"
    assert set(run["still"]["json"]["scope"].split()) == {"openid", "read", "write"}
    assert oidc_provider.token_requests(accepted=False) == {}


def test_a_child_for_another_audience_by_an_exchange(play_newest: Player, oidc_provider: OidcProvider) -> None:
    subject = browser.seed(oidc_provider, "web")["access_token"]
    defined(play_newest, definition(oidc_provider, "exchange", subject_token=subject))
    run = play_newest(
        OPEN
        + f"""
- name: fork
  gatehouse.api.session_fork:
    parent: api
    name: kid
    child_client_id: {oidc_provider.jwt_resource}
    scopes: [read]
- name: use
  gatehouse.api.request: {{session: kid, path: /api/things}}
"""
    )
    assert run["fork"]["session"]["scopes"] == ["read"]
    assert run["use"]["json"]["sub"] == "alice"
    assert oidc_provider.token_requests(accepted=True)[EXCHANGE] == 2


def test_closing_revokes(play_newest: Player, oidc_provider: OidcProvider) -> None:
    defined(play_newest, seeded(oidc_provider))
    run = play_newest(
        OPEN
        + """
- name: headers
  ansible.builtin.set_fact:
    kept: "{{ lookup('gatehouse.api.session', 'api', field='headers') }}"
  no_log: true
- name: close
  gatehouse.api.session: {name: api, state: absent}
- name: close again
  gatehouse.api.session: {name: api, state: absent}
"""
        + f"""
- name: after
  ansible.builtin.uri:
    url: {oidc_provider.resource()}
    ca_path: {oidc_provider.ca_file}
    headers: "{{{{ kept }}}}"
    status_code: 401
  no_log: true
""",
        play={"vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}},
    )
    assert run.changed("close", "close again") == {"close": True, "close again": False}
    assert [entry["status"] for entry in oidc_provider.journal("revocation")] == [200, 200]
    assert oidc_provider.state()["grants"] == 0
    assert play_newest.records() == []


# Secrets (promise 5)

EVERYTHING = """
- name: wrong secret
  gatehouse.api.session: {name: wrong, oauth2: "{{ machine | combine({'client_secret': given}) }}"}
  ignore_errors: true
- name: misplaced
  gatehouse.api.session: {name: misplaced, oauth2: "{{ machine | combine({'timeout': machine.client_secret}) }}"}
  ignore_errors: true
- name: machine
  gatehouse.api.session: {name: machine, oauth2: "{{ machine }}"}
- name: key
  gatehouse.api.session: {name: key, oauth2: "{{ key }}"}
- name: certificate
  gatehouse.api.session: {name: certificate, oauth2: "{{ certificate }}"}
- name: no certificate
  gatehouse.api.session: {name: broken, oauth2: "{{ key | combine({'private_key': key.private_key[:-90]}) }}"}
  ignore_errors: true
- name: device
  gatehouse.api.session: {name: device, oauth2: "{{ device }}"}
  ignore_errors: true
- name: browser
  gatehouse.api.session: {name: browser, oauth2: "{{ web }}"}
  ignore_errors: true
- name: wrong code
  gatehouse.api.session: {name: browser, oauth2: "{{ web | combine({'code': given}) }}"}
  ignore_errors: true
- name: open
  gatehouse.api.session: {name: api, oauth2: "{{ seed }}"}
- name: refresh
  gatehouse.api.session: {name: api, state: refreshed, oauth2: "{{ seed }}"}
- name: call
  gatehouse.api.request: {session: api, path: /api/things, oauth2: "{{ seed }}"}
- name: lost answer
  gatehouse.api.session: {name: public, state: refreshed, oauth2: "{{ public }}"}
- name: fork
  gatehouse.api.session_fork: {parent: api, name: kid, scopes: [read], oauth2: "{{ seed }}"}
- name: select
  gatehouse.api.session_fork: {parent: api, scopes: [read], oauth2: "{{ seed }}"}
  register: selected
- name: import
  gatehouse.api.session_import: {name: kid2, selector: "{{ selected.selector }}", oauth2: "{{ place }}"}
- name: exchange
  gatehouse.api.session: {name: exchange, oauth2: "{{ exchange }}"}
- name: exchange of nonsense
  gatehouse.api.session: {name: nonsense, oauth2: "{{ exchange | combine({'subject_token': given}) }}"}
  ignore_errors: true
- name: tokens
  gatehouse.api.session: {name: api, return_tokens: true, oauth2: "{{ seed }}"}
  register: tokens
- name: lookup
  ansible.builtin.set_fact:
    account: "{{ lookup('gatehouse.api.session', 'public').uid }}"
- name: info
  gatehouse.api.session_info:
- name: remote
  gatehouse.api.session_info: {name: public, remote: true}
- name: registered
  ansible.builtin.assert:
    that: tokens.tokens.refresh_token | length > 20
- name: close
  gatehouse.api.session: {name: machine, state: absent, oauth2: "{{ machine }}"}
"""


def test_no_secret_is_shown_or_kept_in_plain(play_newest: Player, oidc_provider: OidcProvider) -> None:
    server, play = oidc_provider, play_newest
    redirect = {"redirect_uri": server.clients["web"].redirect_uri, "scopes": OPENID}
    whole = {
        "machine": definition(server, "cc-basic"),
        "key": definition(server, "cc-jwt"),
        "certificate": definition(server, "cc-mtls"),
        "device": definition(server, "device", scopes=OPENID, wait=0),
        "web": definition(server, "web", **redirect),
        "seed": seeded(server),
        "public": seeded(server, "public"),
        "exchange": definition(server, "exchange", subject_token=browser.seed(server, "web")["access_token"]),
        "place": definition(server, "public"),
    }
    wrong = "canary-given-wrong-secret-O1"
    given = {name: options["oauth2"] for name, options in whole.items()}
    play.write("vars.yml", yaml.safe_dump({**given, "given": wrong}))
    book = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": ["vars.yml"],
        "tasks": yaml.safe_load(EVERYTHING),
    }
    processes = Processes()
    run = play.playbook(yaml.safe_dump([book], sort_keys=False), "-vvvvv", "--diff", rc=None, watch=processes.look)
    secrets = [*server.canaries(), wrong]
    secrets += [line for line in given["key"]["private_key"].splitlines() if "-----" not in line and len(line) > 20]
    searched = Searched(secrets)
    searched("the output", run.output.encode())
    for path in play.directory.glob("results-*.jsonl"):
        searched("the results", path.read_bytes())
    searched.below(play.home)
    for arguments in processes.arguments:
        searched("the arguments of a process", arguments)
    for environment in processes.environments:
        searched("the environment of a process", environment)
    assert not searched.found
    assert run.rc == 0, run.output[-3000:]
    assert failed(run) == {
        "wrong secret",
        "misplaced",
        "no certificate",
        "device",
        "browser",
        "wrong code",
        "exchange of nonsense",
    }
    assert len(secrets) > 60
    assert len(processes.environments) > 1


# The guide


def of_the_guide(grant: str, server: OidcProvider) -> str:
    """The playbook that the guide shows for a grant, at a server and with clients that exist."""
    found = re.findall(rf"<!-- play {grant}: run by .*? -->\n```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(found) == 1
    text = str(found[0])
    there = {
        "https://sso.example.com/realms/main": server.issuer,
        "https://api.example.com": server.url,
        "client_id: inventory-sync": "client_id: cc-basic",
        "client_id: ansible-cli": "client_id: device",
        "client_id: ansible-web": "client_id: web",
    }
    for shown, real in there.items():
        text = text.replace(shown, real)
    assert "example.com" not in text
    return text


@pytest.mark.parametrize("grant", ["client_credentials", "device_code", "authorization_code"])
def test_what_the_guide_shows_works(play_newest: Player, oidc_provider: OidcProvider, grant: str) -> None:
    play = play_newest
    secret = oidc_provider.clients[{"authorization_code": "web"}.get(grant, "cc-basic")].secret
    variables = play.write("given.yml", yaml.safe_dump({"vault_client_secret": secret}))
    play.write("hosts.ini", f"[all:vars]\n{LOCAL}\n[all]\none\ntwo\nthree\n")
    args = ["-i", "hosts.ini", "-e", f"@{variables}"]
    play.env = {
        "REQUESTS_CA_BUNDLE": oidc_provider.ca_file,
    }
    text = of_the_guide(grant, oidc_provider)
    if grant == "device_code":
        person = Person(
            play, "to sign in, ", lambda told: browser.approve_device(oidc_provider, str(told["complete"])), name="me"
        )
        play.playbook(text, *args, watch=person)
        assert person.acted
    elif grant == "authorization_code":
        failure = play.playbook(text, *args, rc=2).failure("Act as that person", "authentication_needed")
        back = browser.authorize(oidc_provider, failure["message"].rpartition(" open ")[2])
        play.playbook(text, *args, "-e", f'came_back="{back}"')
    else:
        assert well(play.playbook(text, *args))
    again = play.playbook(text, *args)
    assert well(again)
    assert not any(again.changed().values())
    assert sum(oidc_provider.token_requests(accepted=True).values()) == 1
    assert not [secret[:9] for secret in oidc_provider.canaries() if secret in again.output]
