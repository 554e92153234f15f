# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider oauth2 against real authorization servers: npm oidc-provider and django-oauth-toolkit."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import Outcome
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.oauth import browser
from tests.oauth.servers import OAuthServer, OidcProvider, Toolkit
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.scene import OAuthScene

NewChild = Callable[..., Child]
OPENID = ["openid", "profile", "email"]
MACHINES = ("cc-basic", "cc-post", "cc-jwt", "cc-jwt-es256", "cc-secret-jwt", "cc-mtls", "cc-mtls-self")


@pytest.fixture
def scene(oidc_provider: OidcProvider, tmp_path: Path) -> OAuthScene:
    """Return oidc-provider with nothing in it, an empty store and a clock."""
    return OAuthScene(oidc_provider, tmp_path / "sessions")


@pytest.fixture
def django(toolkit: Toolkit, tmp_path: Path) -> OAuthScene:
    """Return the same with django-oauth-toolkit."""
    return OAuthScene(toolkit, tmp_path / "sessions")


def after(outcome: Outcome) -> Record:
    assert outcome.after is not None
    return outcome.after


def opened(scene: OAuthScene, definition: Definition) -> Record:
    return after(scene.client().ensure("cloud", definition))


def refused(kind: str, use: Callable[[], Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        use()
    assert caught.value.kind == kind, caught.value
    assert "\n" not in str(caught.value)
    return caught.value


def stored(scene: OAuthScene) -> Record:
    record = scene.store().read("cloud")
    assert record is not None
    return record


def seeded(scene: OAuthScene, account: str = "web", **options: Any) -> Definition:
    """A definition that begins with a refresh token that somebody got elsewhere."""
    token = browser.seed(scene.server, account)["refresh_token"]
    return scene.definition(account, grant="refresh_token", refresh_token=token, **options)


def toolkits(server: OAuthServer) -> dict[str, str]:
    """What django-oauth-toolkit has, and does not announce."""
    names = ("introspection", "revocation", "device_authorization")
    return {f"{name}_endpoint": server.endpoint(name) for name in names}


# Grants that need nobody


@pytest.mark.parametrize("account", MACHINES)
def test_a_client_of_every_kind_gets_a_token_by_itself(scene: OAuthScene, account: str) -> None:
    definition = scene.definition(account)
    record = opened(scene, definition)
    assert scene.api(record, definition) == 200
    assert record.lifetime == pytest.approx(3600, abs=3)
    assert (record.state, record.account, record.facts()["details"]["grant"]) == (
        "active",
        account,
        "client_credentials",
    )
    assert scene.server.counts() == {"discovery": 1, "token": 1, "resource": 1}
    assert scene.client().ensure("cloud", definition).changed is False
    assert scene.server.counts()["token"] == 1


@pytest.mark.parametrize("account", ["cc-basic", "cc-post"])
def test_the_server_of_awx_gives_one_as_well(django: OAuthScene, account: str) -> None:
    definition = django.definition(account, scopes=["read"])
    record = opened(django, definition)
    assert (django.api(record, definition), record.scopes) == (200, ("read",))


def test_a_bound_token_is_of_no_use_without_the_certificate(scene: OAuthScene) -> None:
    definition = scene.definition("cc-mtls")
    record = opened(scene, definition)
    assert scene.api(record, scene.definition("cc-mtls", client_cert="", client_key="")) == 401


def test_a_signed_assertion_of_somebody_who_is_trusted(scene: OAuthScene) -> None:
    server = scene.server
    assert isinstance(server, OidcProvider)
    definition = scene.definition(
        "bearer",
        client_auth="client_secret_basic",
        private_key=server.trusted_key.pem(),
        private_key_id=server.trusted_key.public()["kid"],
        assertion_issuer=server.TRUSTED_ISSUER,
        subject="alice",
    )
    record = opened(scene, definition)
    assert (scene.api(record, definition), record.account) == (200, "alice")
    assert scene.tokens() == {"urn:ietf:params:oauth:grant-type:jwt-bearer": 1}


def test_an_assertion_says_what_it_is_for(scene: OAuthScene) -> None:
    """Also the scopes, which some servers look for there."""
    assert isinstance(scene.server, OidcProvider)
    key = scene.server.trusted_key
    options = {"private_key": key.pem(), "private_key_id": "key-1", "scopes": ["read", "write"]}
    provider = scene.provider("bearer", **options, assertion_issuer="https://issuer.example.com", subject="alice")
    head, body, _signature = provider._assertion().split(".")
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, body))
    assert (header["alg"], header["kid"]) == ("RS256", "key-1")
    assert (claims["iss"], claims["sub"], claims["scope"]) == ("https://issuer.example.com", "alice", "read write")
    assert (claims["aud"], claims["exp"] - claims["iat"]) == (scene.server.endpoint("token"), 300)


def test_a_token_is_exchanged_for_another(scene: OAuthScene) -> None:
    subject = browser.seed(scene.server, "web")["access_token"]
    definition = scene.definition("exchange", subject_token=subject, scopes=["read"])
    record = opened(scene, definition)
    assert (scene.api(record, definition), record.scopes) == (200, ("read",))
    assert record.tokens["access_token"] != subject


def test_the_password_of_a_user_is_taken_and_warned_about(django: OAuthScene) -> None:
    definition = django.definition("password", username="alice", password=django.server.users["alice"])
    record = opened(django, definition)
    assert (django.api(record, definition), record.account) == (200, "alice")
    assert [line for line in django.warnings if "grant password" in line]


def test_resources_make_the_token_one_for_them(scene: OAuthScene) -> None:
    server = scene.server
    assert isinstance(server, OidcProvider)
    own = opened(scene, scene.definition(resources=[server.jwt_resource], scopes=["read"]))
    assert own.tokens["access_token"].count(".") == 2
    assert own.uid  # the token's own id
    other = scene.definition(name="other", resources=[server.other_resource], scopes=["read"])
    record = after(scene.client().ensure("other", other))
    assert scene.api(record, other) == 401


# Rejected secrets (promise 4)


@pytest.mark.parametrize(
    ("account", "wrong"),
    [("cc-basic", "client_secret"), ("cc-post", "client_secret"), ("cc-secret-jwt", "client_secret")],
)
def test_a_wrong_client_secret_is_sent_once(scene: OAuthScene, account: str, wrong: str) -> None:
    definition = scene.definition(account, **{wrong: "canary-wrong" * 4})
    for _time in range(3):
        failure = refused("credentials_rejected", lambda: opened(scene, definition))
        assert failure.api_code == "invalid_client"
    assert scene.server.counts()["token"] == 1
    assert opened(scene, scene.definition(account)).state == "active"


def test_a_wrong_private_key_is_sent_once(scene: OAuthScene) -> None:
    other = scene.server.clients["cc-jwt"].key
    assert other is not None
    assert isinstance(scene.server, OidcProvider)
    definition = scene.definition("cc-jwt", private_key=scene.server.trusted_key.pem())
    for _time in range(2):
        refused("credentials_rejected", lambda: opened(scene, definition))
    assert scene.server.counts()["token"] == 1


def test_a_wrong_password_is_sent_once(django: OAuthScene) -> None:
    definition = django.definition("password", username="alice", password="canary-wrong")
    for _time in range(3):
        failure = refused("credentials_rejected", lambda: opened(django, definition))
        assert "password" in failure.hint
    assert django.server.counts()["token"] == 1


def test_a_client_whose_secret_is_refused_at_a_refresh_is_not_sent_again(scene: OAuthScene) -> None:
    definition = seeded(scene)
    opened(scene, definition)
    before = scene.server.counts()["token"]
    answered(scene, {"error": "invalid_client"}, 401, route="token")
    for _time in range(3):
        refused("credentials_rejected", lambda: scene.client().refreshed("cloud", definition))
    assert scene.server.counts()["token"] == before + 1
    assert scene.live() == 1


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"resources": ["https://unknown.example.com/"]}, "definition", "invalid_target"),
        ({"grant": "device_code"}, "definition", "not allowed"),
    ],
)
def test_what_the_server_does_not_give_is_said(
    scene: OAuthScene, options: dict[str, Any], kind: str, said: str
) -> None:
    failure = refused(kind, lambda: opened(scene, scene.definition(**options)))
    assert said in str(failure)


def test_a_scope_that_the_server_does_not_know_is_said(django: OAuthScene) -> None:
    failure = refused("definition", lambda: opened(django, django.definition("cc-basic", scopes=["nonsense"])))
    assert failure.api_code == "invalid_scope"


# Somebody signs in: device code


def approving(scene: OAuthScene, approve: Callable[..., Any], naps: int = 1) -> Callable[[float], None]:
    """In place of sleeping, the person does it."""

    def sleep(seconds: float) -> None:
        scene.naps.append(seconds)
        scene.offset += seconds
        if len(scene.naps) == naps:
            login = stored(scene).data["login"]
            approve(scene.server, (login["verification_uri"], login["user_code"]))

    return sleep


def test_a_device_code_is_shown_and_waited_for(scene: OAuthScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "sleep", approving(scene, browser.approve_device, naps=2))
    definition = scene.definition("device", scopes=OPENID)
    record = opened(scene, definition)
    assert (record.state, record.account, scene.api(record, definition)) == ("active", "alice", 200)
    assert record.facts()["details"]["claims"]["sub"] == "alice"
    first, last = scene.said
    assert first.startswith("Session 'cloud': to sign in, open https://")
    assert "and enter the code" in first
    assert last == "Session 'cloud': signed in."
    assert scene.naps == [1.0, 1.0]  # as the server wants it
    assert record.data["login"] is None


def test_waiting_long_is_told_now_and_then(scene: OAuthScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "sleep", approving(scene, browser.approve_device, naps=65))
    opened(scene, scene.definition("device", scopes=OPENID))
    assert [line for line in scene.said if "still waiting" in line] == [
        "Session 'cloud': still waiting, 270 seconds at most.",
        "Session 'cloud': still waiting, 240 seconds at most.",
    ]


def test_who_asks_too_fast_asks_slower(scene: OAuthScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "sleep", approving(scene, browser.approve_device, naps=2))
    scene.server.slow_down()
    opened(scene, scene.definition("device", scopes=OPENID))
    assert scene.naps == [6.0, 6.0]


def test_a_job_need_not_wait_and_the_next_one_goes_on(scene: OAuthScene) -> None:
    definition = scene.definition("device", scopes=OPENID, wait=0.0)
    failure = refused("authentication_needed", lambda: opened(scene, definition))
    login = stored(scene).data["login"]
    assert failure.methods == ("device_code",)
    assert login["user_code"] in failure.message
    assert login["verification_uri"] in failure.message
    assert login["device_code"] not in str(failure)
    refused("authentication_needed", lambda: opened(scene, definition))
    assert stored(scene).data["login"]["user_code"] == login["user_code"]  # still the same one
    browser.approve_device(scene.server, login["complete_uri"])
    assert opened(scene, definition).state == "active"
    assert scene.server.counts()["device_authorization"] == 1


def test_a_server_that_refuses_with_success_is_understood(scene: OAuthScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "sleep", approving(scene, browser.approve_device, naps=2))
    answered(scene, {"error": "authorization_pending"}, 200, route="token")
    assert opened(scene, scene.definition("device", scopes=OPENID)).state == "active"


def test_who_says_no_ends_it(scene: OAuthScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "sleep", approving(scene, browser.deny_device))
    failure = refused("authentication_needed", lambda: opened(scene, scene.definition("device", scopes=OPENID)))
    assert failure.api_code == "access_denied"
    assert scene.store().read("cloud") is None


def test_a_code_that_nobody_used_is_replaced_by_a_new_one(scene: OAuthScene) -> None:
    definition = scene.definition("device", scopes=OPENID, wait=0.0)
    refused("authentication_needed", lambda: opened(scene, definition))
    before = stored(scene).data["login"]["user_code"]
    scene.server.expire("device_codes")
    refused("authentication_needed", lambda: opened(scene, definition))
    assert stored(scene).data["login"]["user_code"] != before
    assert [line for line in scene.warnings if line.endswith("in time. A new login has begun.")]


def test_the_device_of_the_other_server(django: OAuthScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django, "sleep", approving(django, browser.approve_device))
    definition = django.definition("device", scopes=["read"], **toolkits(django.server))
    assert django.api(opened(django, definition), definition) == 200


# Somebody signs in: authorization code


def visited(scene: OAuthScene, definition: Definition, user: str = "alice", **how: Any) -> str:
    """Begin a login, and be the person with the browser. Returns the URL that the browser is sent to."""
    failure = refused("authentication_needed", lambda: opened(scene, definition))
    url = stored(scene).data["login"]["url"]
    assert f"open {url}" in failure.message
    assert failure.methods == ("authorization_code",)
    return browser.authorize(scene.server, url, user, **how)


@pytest.mark.parametrize("account", ["web", "public", "web-es256"])
def test_a_code_comes_by_the_browser(scene: OAuthScene, account: str) -> None:
    redirect = scene.server.clients[account].redirect_uri
    definition = scene.definition(account, redirect_uri=redirect, scopes=OPENID)
    back = visited(scene, definition)
    given = scene.definition(account, redirect_uri=redirect, scopes=OPENID, code=back)
    record = opened(scene, given)
    assert (record.state, record.account, scene.api(record, given)) == ("active", "alice", 200)
    assert record.scopes == tuple(OPENID)
    assert scene.server.counts()["jwks"] == 1
    assert scene.server.counts()["discovery"] == 1
    assert opened(scene, given).revision == record.revision  # the code is not spent again


def test_the_code_alone_is_enough_and_adds_to_the_session(django: OAuthScene) -> None:
    redirect = django.server.clients["web"].redirect_uri
    definition = django.definition("web", redirect_uri=redirect, scopes=["openid", "read"], **toolkits(django.server))
    code = parse_qs(urlsplit(visited(django, definition)).query)["code"][0]
    only = django.definition("web", redirect_uri=redirect, scopes=["openid", "read"], code=code)
    record = opened(django, only)
    assert django.api(record, only) == 200


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda url: url.replace("state=", "state=x"), "definition"),
        (lambda url: url + "&iss=https%3A%2F%2Fevil.example.com", "crypto"),
        (lambda url: url.replace("code=", "code=x"), "credentials_rejected"),
    ],
)
def test_a_url_that_is_not_the_one_that_was_asked_for_is_refused(
    scene: OAuthScene, spoil: Callable[[str], str], kind: str
) -> None:
    options = {"redirect_uri": scene.server.clients["web"].redirect_uri, "scopes": OPENID}
    back = visited(scene, scene.definition("web", **options))
    back = "&".join(part for part in back.split("&") if not part.startswith("iss="))
    refused(kind, lambda: opened(scene, scene.definition("web", **options, code=spoil(back))))
    assert scene.tokens() == {}


def test_who_refuses_in_the_browser_is_understood(scene: OAuthScene) -> None:
    options = {"redirect_uri": scene.server.clients["web"].redirect_uri, "scopes": OPENID}
    back = visited(scene, scene.definition("web", **options), allow=False)
    failure = refused("authentication_needed", lambda: opened(scene, scene.definition("web", **options, code=back)))
    assert failure.api_code == "access_denied"
    assert scene.store().read("cloud") is None


# The account (OpenID Connect)


def spoiled(scene: OAuthScene, **expected: Any) -> None:
    """Let the login that waits be one with other expectations."""
    record = stored(scene)
    data = {**record.data, "login": {**record.data["login"], **expected}}
    scene.store().write(replace(record, data=data, revision=record.revision + 1), expected=record.revision)


def test_an_id_token_with_another_nonce_is_not_trusted(scene: OAuthScene) -> None:
    options = {"redirect_uri": scene.server.clients["web"].redirect_uri, "scopes": OPENID}
    back = visited(scene, scene.definition("web", **options))
    spoiled(scene, nonce="canary-other")
    failure = refused("crypto", lambda: opened(scene, scene.definition("web", **options, code=back)))
    assert "nonce" in failure.message
    assert not stored(scene).tokens


@pytest.mark.parametrize("what", ["no_keys", "other_key"])
def test_an_id_token_that_the_server_did_not_sign_is_not_trusted(scene: OAuthScene, what: str) -> None:
    assert isinstance(scene.server, OidcProvider)
    keys = [] if what == "no_keys" else [scene.server.trusted_key.public()]
    options = {"redirect_uri": scene.server.clients["web"].redirect_uri, "scopes": OPENID}
    back = visited(scene, scene.definition("web", **options))
    scene.server.fault(route="jwks", status=200, body={"keys": keys}, headers={"Content-Type": "application/json"})
    refused("crypto", lambda: opened(scene, scene.definition("web", **options, code=back)))
    assert not stored(scene).tokens


# Refresh (promises 2 and 3)


def test_rotation_keeps_the_grant_alive(scene: OAuthScene) -> None:
    definition = seeded(scene)
    first = opened(scene, definition)
    for _time in range(3):
        second = after(scene.client().refreshed("cloud", definition))
        assert second.tokens["refresh_token"] != first.tokens["refresh_token"]
        assert second.tokens["access_token"] != first.tokens["access_token"]
        first = second
    assert (scene.live(), scene.api(first, definition)) == (1, 200)


def test_a_seed_is_used_once(scene: OAuthScene) -> None:
    definition = seeded(scene)
    opened(scene, definition)
    scene.store().delete("cloud")
    before = scene.server.counts()["token"]
    failure = refused("authentication_needed", lambda: opened(scene, definition))
    assert "a refresh_token that was not used yet" in failure.message
    assert (scene.server.counts()["token"], scene.live()) == (before, 1)


def refreshing(pipe: Pipe, scene: OAuthScene, definition: Definition) -> tuple[str, bool]:
    pipe.say("ready")
    pipe.hear()
    outcome = scene.client().ensure("cloud", definition)
    return after(outcome).tokens["access_token"], outcome.changed


def test_sixty_four_processes_at_expiry_make_one_refresh_and_the_grant_lives(
    scene: OAuthScene, new_child: NewChild
) -> None:
    definition = seeded(scene)
    record = opened(scene, definition)
    scene.server.expire("access_tokens")
    scene.pass_time(3600)
    before = scene.tokens()["refresh_token"]
    children = [new_child(refreshing, scene, definition) for _number in range(64)]
    for child in children:
        assert child.hear() == "ready"
    for child in children:
        child.say()
    results = [child.hear() for child in children]
    assert len({token for token, _changed in results}) == 1
    assert sum(changed for _token, changed in results) == 1
    assert scene.tokens()["refresh_token"] == before + 1
    assert scene.server.token_requests(accepted=False) == {}
    latest = stored(scene)
    assert latest.tokens["access_token"] != record.tokens["access_token"]
    assert (scene.live(), scene.api(latest, definition)) == (1, 200)


def test_a_family_that_was_revoked_is_explained(scene: OAuthScene) -> None:
    definition = seeded(scene)
    opened(scene, definition)
    scene.server.revoke()
    failure = refused("authentication_needed", lambda: scene.client().refreshed("cloud", definition))
    assert "was used already" in failure.message or "ended session" in failure.message
    assert stored(scene).state == "expired"
    assert not stored(scene).tokens


def test_a_family_that_was_revoked_is_recovered_where_the_grant_needs_nobody(django: OAuthScene) -> None:
    definition = django.definition("password", username="alice", password=django.server.users["alice"])
    opened(django, definition)
    django.server.revoke()
    record = after(django.client().refreshed("cloud", definition))
    assert django.api(record, definition) == 200
    (line,) = [line for line in django.warnings if "Signed in again" in line]
    assert "has ended session 'cloud'" in line


def test_a_family_that_was_revoked_begins_a_new_login_where_somebody_is_needed(
    scene: OAuthScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene, "sleep", approving(scene, browser.approve_device))
    definition = scene.definition("device", scopes=OPENID)
    opened(scene, definition)
    scene.server.revoke()
    again = scene.definition("device", scopes=OPENID, wait=0.0)
    failure = refused("authentication_needed", lambda: scene.client().refreshed("cloud", again))
    assert failure.methods == ("device_code",)
    assert stored(scene).state == "pending"
    assert [line for line in scene.warnings if "refused the session's refresh token" in line]


def test_an_answer_that_never_arrived_is_explained(scene: OAuthScene) -> None:
    definition = seeded(scene)
    opened(scene, definition)
    scene.server.fault("drop_after", route="token")
    refused("not_reachable", lambda: scene.client().refreshed("cloud", definition))
    failure = refused("authentication_needed", lambda: scene.client().ensure("cloud", definition))
    assert "got no answer" in failure.message


def test_a_server_that_keeps_the_refresh_token_keeps_it_here(scene: OAuthScene) -> None:
    definition = seeded(scene)
    record = opened(scene, definition)
    body = {"access_token": "canary-new", "token_type": "Bearer", "expires_in": 60}
    scene.server.fault(route="token", status=200, body=body, headers={"Content-Type": "application/json"})
    second = after(scene.client().refreshed("cloud", definition))
    assert second.tokens == {"access_token": "canary-new", "refresh_token": record.tokens["refresh_token"]}
    assert second.lifetime == 60


def test_without_a_refresh_token_a_new_token_is_got_and_the_old_one_left_alone(scene: OAuthScene) -> None:
    definition = scene.definition()
    first = opened(scene, definition)
    second = after(scene.client().refreshed("cloud", definition))
    assert scene.tokens() == {"client_credentials": 2}
    assert "revocation" not in scene.server.counts()
    assert (scene.api(first, definition), scene.api(second, definition)) == (200, 200)
    assert scene.warnings == []


def test_a_refresh_by_the_name_alone_says_what_it_lacks(scene: OAuthScene) -> None:
    opened(scene, seeded(scene))
    before = scene.server.counts()["token"]
    failure = refused("authentication_needed", lambda: scene.client().refreshed("cloud"))
    assert "client_secret" in failure.message
    assert (scene.server.counts()["token"], scene.live()) == (before, 1)


def test_a_public_client_refreshes_by_the_name_alone(scene: OAuthScene) -> None:
    record = opened(scene, seeded(scene, "public"))
    second = after(scene.client().refreshed("cloud"))
    assert second.tokens["refresh_token"] != record.tokens["refresh_token"]


def test_a_token_that_the_api_does_not_know_is_renewed_once(scene: OAuthScene) -> None:
    definition = seeded(scene)
    opened(scene, definition)
    scene.server.expire("access_tokens")
    status, _record = scene.client().use(
        "cloud",
        definition,
        lambda provider, found: provider.transport.send("GET", "/api", headers=provider.headers(found)).status,
        stale=lambda provider, found: found == 401,
    )
    assert status == 200
    assert scene.tokens()["refresh_token"] == 2


# Looking, and closing


def test_the_server_says_what_it_knows_of_the_token(scene: OAuthScene) -> None:
    definition = seeded(scene)
    opened(scene, definition)
    (found,) = scene.client().remote_sessions("cloud", definition)
    assert (found["active"], found["client_id"], found["sub"]) == (True, "web", "alice")
    scene.server.revoke()
    (found,) = scene.client().remote_sessions("cloud", definition)
    assert found["active"] is False


@pytest.mark.parametrize("account", ["web", "public"])
def test_closing_revokes_the_refresh_token_first(scene: OAuthScene, account: str) -> None:
    definition = seeded(scene, account)
    record = opened(scene, definition)
    assert scene.client().absent("cloud", definition).changed is True
    assert scene.live() == 0
    assert scene.api(record, definition) == 401
    assert scene.server.counts()["revocation"] == 2


def test_closing_needs_no_new_token(scene: OAuthScene) -> None:
    definition = seeded(scene)
    opened(scene, definition)
    scene.pass_time(4000)
    before = scene.tokens()
    scene.client().absent("cloud", definition)
    assert (scene.live(), scene.tokens()) == (0, before)


def test_a_server_that_revokes_nothing_is_said_so(django: OAuthScene) -> None:
    definition = django.definition("cc-basic")
    opened(django, definition)
    assert django.client().absent("cloud", definition).changed is True
    assert [line for line in django.said if "revokes no tokens" in line]


def test_it_revokes_where_it_is_told(django: OAuthScene) -> None:
    definition = django.definition("cc-basic", **toolkits(django.server))
    record = opened(django, definition)
    django.client().absent("cloud", definition)
    assert django.api(record, definition) == 401


# Children


def test_a_child_with_fewer_scopes_leaves_the_parent_alive(scene: OAuthScene) -> None:
    definition = seeded(scene)
    parent = opened(scene, definition)
    request = ForkRequest(scopes=("read",))
    child = after(scene.client().forked("child", "cloud", definition, request))
    assert (child.scopes, child.parent, scene.api(child)) == (("read",), "cloud", 200)
    assert "refresh_token" not in child.tokens
    now = stored(scene)
    assert now.tokens["access_token"] == parent.tokens["access_token"]
    assert now.tokens["refresh_token"] != parent.tokens["refresh_token"]  # it was rotated, and is saved
    assert after(scene.client().refreshed("cloud", definition)).state == "active"
    assert scene.client().forked("child", "cloud", definition, request).changed is False


def test_a_fork_whose_answer_was_lost_is_explained_at_the_parent(scene: OAuthScene) -> None:
    definition = seeded(scene)
    opened(scene, definition)
    scene.server.fault("drop_after", route="token")
    request = ForkRequest(scopes=("read",))
    refused("not_reachable", lambda: scene.client().forked("child", "cloud", definition, request))
    assert stored(scene).refresh_sent_at is not None
    failure = refused("authentication_needed", lambda: scene.client().ensure("cloud", definition))
    assert "got no answer" in failure.message


@pytest.mark.parametrize("lost", [True, False], ids=["answer lost", "revoked"])
def test_a_fork_of_a_parent_that_is_over_signs_in_again(scene: OAuthScene, lost: bool) -> None:
    definition = scene.definition(
        "password-public",
        grant="password",
        username="alice",
        password=scene.server.users["alice"],
        scopes=["read", "write"],
    )
    opened(scene, definition)
    request = ForkRequest(scopes=("read",))
    if lost:
        scene.server.fault("drop_after", route="token")
        refused("not_reachable", lambda: scene.client().forked("child", "cloud", definition, request))
    else:
        scene.server.revoke()
    child = after(scene.client().forked("child", "cloud", definition, request))
    assert (child.scopes, scene.api(child), scene.api(stored(scene))) == (("read",), 200, 200)
    assert scene.live() == 1
    said = "got no answer" if lost else "has ended session 'cloud'"
    assert [line for line in scene.warnings if said in line and "Signed in again." in line]
    scene.server.revoke()
    failure = refused("authentication_needed", lambda: scene.client().selector("cloud", None, request))
    assert "has ended session 'cloud'" in failure.message
    assert "lacks password" in failure.message


def test_a_child_by_token_exchange(scene: OAuthScene) -> None:
    subject = browser.seed(scene.server, "web")["access_token"]
    definition = scene.definition("exchange", subject_token=subject)
    parent = opened(scene, definition)
    child = after(scene.client().forked("child", "cloud", definition, ForkRequest(scopes=("read",))))
    assert (child.scopes, scene.api(child)) == (("read",), 200)
    assert stored(scene).revision == parent.revision


@pytest.mark.parametrize("account", ["web", "public"])
def test_closing_a_child_that_shares_the_grant_leaves_the_parent_alive(scene: OAuthScene, account: str) -> None:
    definition = seeded(scene, account)
    opened(scene, definition)
    scene.client().forked("child", "cloud", definition, ForkRequest(scopes=("read",)))
    assert scene.client().absent("child").changed is True
    assert [line for line in scene.said if "'child' is forgotten here: revoking its token would end its parent" in line]
    assert (scene.live(), scene.api(stored(scene), definition)) == (1, 200)
    scene.client().forked("child", "cloud", definition, ForkRequest(scopes=("read",)))
    scene.client().absent("cloud", definition)
    assert scene.warnings == []
    assert scene.live() == 0


def test_a_child_by_exchange_is_closed_without_what_its_client_proves_itself_with(scene: OAuthScene) -> None:
    definition = scene.definition("exchange", subject_token=browser.seed(scene.server, "web")["access_token"])
    opened(scene, definition)
    scene.client().forked("child", "cloud", definition, ForkRequest(scopes=("read",)))
    assert scene.client().absent("child").changed is True
    assert [line for line in scene.said if "'child' is forgotten here: revoking takes the client_secret" in line]


def test_a_selector_is_redeemed_elsewhere(scene: OAuthScene, tmp_path: Path) -> None:
    definition = seeded(scene)
    opened(scene, definition)
    selector = scene.client().selector("cloud", definition, ForkRequest(scopes=("read",)))
    elsewhere = OAuthScene(scene.server, tmp_path / "elsewhere")
    place = scene.definition("public")
    child = after(elsewhere.client().imported("child", place, selector))
    assert (child.scopes, elsewhere.api(child, place)) == (("read",), 200)


@pytest.mark.parametrize(
    "selector", ["", "x", "e30=", "eyJ0b2tlbnMiOiB7fSwgImV4cGlyZXNfYXQiOiBudWxsLCAic2NvcGUiOiAiIn0="]
)
def test_a_selector_that_is_none_is_refused(scene: OAuthScene, selector: str) -> None:
    provider = scene.provider()
    refused("definition", lambda: provider.redeem(selector))


def test_a_client_with_nothing_to_refresh_has_no_children(django: OAuthScene) -> None:
    definition = django.definition("cc-basic")
    opened(django, definition)
    refused("unsupported", lambda: django.client().forked("child", "cloud", definition, ForkRequest()))


# Discovery


def test_metadata_is_asked_for_once_an_hour(scene: OAuthScene) -> None:
    definition = scene.definition()
    opened(scene, definition)
    scene.client().refreshed("cloud", definition)
    assert scene.server.counts()["discovery"] == 1
    scene.pass_time(3601)
    scene.client().ensure("cloud", definition)
    assert scene.server.counts()["discovery"] == 2


def test_endpoints_can_be_given_instead(scene: OAuthScene) -> None:
    definition = scene.definition(issuer=None, token_endpoint=scene.server.endpoint("token"))
    assert scene.api(opened(scene, definition), definition) == 200
    assert "discovery" not in scene.server.counts()


def answered(scene: OAuthScene, body: Any, status: int = 200, route: str = "discovery", count: int = 1) -> None:
    scene.server.fault(route=route, status=status, count=count, body=body, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"issuer": "https://evil.example.com", "token_endpoint": "https://evil.example.com/token"}, 200, "definition"),
        ({"token_endpoint": "https://evil.example.com/token"}, 200, "definition"),
        ([], 200, "definition"),
        ("no json", 200, "definition"),
        ({}, 404, "definition"),
        ({}, 500, "not_available"),
        ({}, 503, "not_available"),
        ({}, 429, "rate_limited"),
    ],
)
def test_metadata_that_is_none_is_refused_before_anything_is_sent(
    scene: OAuthScene, body: Any, status: int, kind: str
) -> None:
    answered(scene, body, status, count=5)
    refused(kind, lambda: opened(scene, scene.definition(max_wait=0.0)))
    assert "token" not in scene.server.counts()


def test_metadata_that_lack_the_token_endpoint_are_asked_for_again(scene: OAuthScene) -> None:
    answered(scene, {"issuer": scene.server.issuer})
    refused("unsupported", lambda: opened(scene, scene.definition()))
    assert opened(scene, scene.definition()).state == "active"


def test_an_endpoint_of_plain_http_gets_no_secret(scene: OAuthScene) -> None:
    body = {"issuer": scene.server.issuer, "token_endpoint": "http://127.0.0.1:9/token"}
    answered(scene, body)
    failure = refused("definition", lambda: opened(scene, scene.definition()))
    assert "plain http" in failure.message


# What a server may say (promise 7)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_grant"}, "authentication_needed"),
        (400, {"error": "invalid_request"}, "definition"),
        (400, {"error": "unauthorized_client"}, "definition"),
        (400, {"error": "unsupported_grant_type"}, "definition"),
        (400, {"error": "interaction_required"}, "authentication_needed"),
        (401, {"error": "invalid_client"}, "credentials_rejected"),
        (403, {}, "missing_scope"),
        (429, {}, "rate_limited"),
        (500, {"error": "server_error"}, "not_available"),
        (502, "<html>", "not_available"),
        (503, {"error": "temporarily_unavailable"}, "not_available"),
        (302, {}, "unexpected_response"),
        (200, {}, "unexpected_response"),
        (200, [], "unexpected_response"),
        (200, "text", "unexpected_response"),
        (200, {"error": "server_error"}, "not_available"),
        (200, {"access_token": ""}, "unexpected_response"),
        (200, {"access_token": "a b"}, "unexpected_response"),
        (200, {"access_token": ["x"]}, "unexpected_response"),
        (200, {"access_token": "x", "refresh_token": 1}, "unexpected_response"),
        (200, {"access_token": "x", "token_type": "DPoP"}, "unsupported"),
        (400, {"error": ["invalid_grant"]}, "unexpected_response"),
        (400, {"error": "odd\nerror", "error_description": {"x": 1}}, "unexpected_response"),
    ],
)
def test_whatever_the_token_endpoint_says_has_a_kind(scene: OAuthScene, status: int, body: Any, kind: str) -> None:
    answered(scene, body, status, route="token", count=3)
    failure = refused(kind, lambda: opened(scene, scene.definition(max_wait=0.0)))
    assert failure.message
    assert scene.store().read("cloud") is None


@pytest.mark.parametrize("expires_in", [0, -1, "soon", None, True, 1e300, [], {"a": 1}])
def test_an_expiry_without_sense_is_none(scene: OAuthScene, expires_in: Any) -> None:
    answered(scene, {"access_token": "canary", "token_type": "bearer", "expires_in": expires_in}, route="token")
    assert opened(scene, scene.definition()).lifetime is None


@pytest.mark.parametrize("expires_in", [60, 60.0, "60"])
def test_an_expiry_is_a_number_even_as_text(scene: OAuthScene, expires_in: Any) -> None:
    answered(scene, {"access_token": "canary", "token_type": "bearer", "expires_in": expires_in}, route="token")
    assert opened(scene, scene.definition()).lifetime == 60.0


@pytest.mark.parametrize(
    ("header", "status", "kind"),
    [
        ('Bearer error="invalid_token", error_description="expired"', 401, "authentication_needed"),
        ('Bearer error="insufficient_scope", scope="admin"', 403, "missing_scope"),
        ("Bearer", 401, "authentication_needed"),
    ],
)
def test_what_an_api_says_of_a_token_is_understood(scene: OAuthScene, header: str, status: int, kind: str) -> None:
    provider, record = scene.opened()
    scene.server.fault(route="resource", status=status, headers={"WWW-Authenticate": header}, body="")
    reply = provider.transport.send("GET", "/api", headers=provider.headers(record))
    assert provider.failure(reply, record).kind == kind


# Definitions


@pytest.mark.parametrize(
    ("options", "lacking"),
    [
        ({"issuer": None}, "issuer"),
        ({"client_id": None}, "client_id"),
        ({"client_secret": None, "client_auth": None}, "client_secret"),
        ({"client_auth": "private_key_jwt"}, "private_key"),
        ({"client_auth": "tls_client_auth"}, "client_cert"),
        ({"grant": "password"}, "username"),
        ({"grant": "refresh_token"}, "refresh_token"),
        ({"grant": "token_exchange"}, "subject_token"),
        ({"grant": "jwt_bearer"}, "assertion or private_key"),
    ],
)
def test_what_a_definition_lacks_is_said_and_nothing_is_sent(
    scene: OAuthScene, options: dict[str, Any], lacking: str
) -> None:
    failure = refused("authentication_needed", lambda: opened(scene, scene.definition(**options)))
    assert lacking in failure.message
    assert scene.server.counts() == {}


@pytest.mark.parametrize("key", ["no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_private_key_that_is_none_is_said(scene: OAuthScene, key: str) -> None:
    failure = refused("definition", lambda: opened(scene, scene.definition("cc-jwt", private_key=key)))
    assert "private_key" in failure.message
    assert "token" not in scene.server.counts()


@pytest.mark.parametrize("files", [("/nowhere/cert.pem", None), (None, "/nowhere/key.pem")])
def test_a_certificate_that_is_not_there_is_said(scene: OAuthScene, files: tuple[Any, Any]) -> None:
    own = {name: value for name, value in zip(("client_cert", "client_key"), files, strict=True) if value}
    failure = refused("definition", lambda: opened(scene, scene.definition("cc-mtls", **own)))
    assert "client_cert" in failure.message


def test_a_secret_with_odd_characters_is_encoded_as_the_rfc_has_it(scene: OAuthScene) -> None:
    definition = scene.definition(client_secret="a:b%c d+-_.~/")
    refused("credentials_rejected", lambda: opened(scene, definition))
    provider = scene.provider(client_secret="a:b%c d+-_.~/")
    client = provider._client()
    auth = client.client_auth("client_secret_basic")
    _url, headers, _body = auth.prepare("POST", "https://x", {}, "")
    pair = base64.b64decode(headers["Authorization"].partition(" ")[2]).decode()
    assert pair == "cc-basic:a%3Ab%25c+d%2B-_.~%2F"


# Leaks (promise 5)


def test_no_secret_is_in_any_failure_or_line_or_in_plain_in_the_store(
    scene: OAuthScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene, "sleep", approving(scene, browser.approve_device))
    opened(scene, scene.definition("device", scopes=OPENID))
    said: list[str] = []
    for account in MACHINES:
        definition = scene.definition(account, name=account)
        said.append(json.dumps(after(scene.client().ensure(account, definition)).facts()))
        scene.server.fault(route="token", status=400, body={"error": "invalid_grant"})
        with pytest.raises(Failure) as caught:
            scene.client().refreshed(account, definition)
        said.append(str(caught.value) + repr(caught.value.as_dict()))
    text = "\n".join([*said, *scene.said, *scene.warnings])
    files = b"".join(path.read_bytes() for path in scene.directory.iterdir())
    for canary in scene.server.canaries():
        assert canary not in text
        assert canary.encode() not in files
