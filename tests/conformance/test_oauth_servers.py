# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OAuth 2.0 servers of the tests keep their rules: asked with plain requests and with Authlib, no code of ours."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.oauth.browser import BrowserError, approve_device, authorize, deny_device, seed
from tests.oauth.clients import DEVICE_CODE, JWT_BEARER, TOKEN_EXCHANGE
from tests.oauth.servers import OAuthServer, OidcProvider, ServerError, Toolkit

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
CROWD = 10
BOTH = pytest.mark.parametrize("server", ["oidc_provider", "toolkit"], indirect=True)
SECONDS = 30.0


@pytest.fixture
def server(request: pytest.FixtureRequest) -> OAuthServer:
    """Return one of the two servers."""
    found: OAuthServer = request.getfixturevalue(request.param)
    return found


def post(server: OAuthServer, endpoint: str, client: str, **data: str) -> requests.Response:
    """One request of a client with a secret in the header, or without a secret."""
    known = server.clients[client]
    return requests.post(
        server.endpoint(endpoint),
        data={**data, **({} if known.secret else {"client_id": client})},
        auth=known.basic if known.secret else None,
        verify=server.ca_file,
        timeout=SECONDS,
    )


def token(server: OAuthServer, client: str, grant_type: str, **data: str) -> requests.Response:
    return post(server, "token", client, grant_type=grant_type, **data)


def granted(reply: requests.Response) -> dict[str, Any]:
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def refused(reply: requests.Response, *errors: str) -> None:
    assert reply.status_code in (400, 401), reply.text
    assert reply.json()["error"] in errors


def get(server: OAuthServer, url: str, access_token: str, **more: Any) -> int:
    headers = {"Authorization": f"Bearer {access_token}"}
    return requests.get(url, headers=headers, verify=server.ca_file, timeout=SECONDS, **more).status_code


def works(server: OAuthServer, access_token: str, **more: Any) -> bool:
    status = get(server, server.resource("/things"), access_token, **more)
    assert status in (200, 401)
    return status == 200


def refresh(server: OAuthServer, refresh_token: str, client: str = "web") -> requests.Response:
    return token(server, client, "refresh_token", refresh_token=refresh_token)


def signed_in_claims(server: OAuthServer, id_token: str) -> dict[str, Any]:
    reply = requests.get(server.endpoint("jwks"), verify=server.ca_file, timeout=SECONDS)
    keys = KeySet.import_key_set(reply.json())
    return dict(jwt.decode(id_token, keys, algorithms=["RS256", "ES256"]).claims)


# What both do


@BOTH
def test_discovery(server: OAuthServer) -> None:
    url = f"{server.issuer}/.well-known/openid-configuration"
    found = granted(requests.get(url, verify=server.ca_file, timeout=SECONDS))
    assert found["issuer"] == server.issuer
    for name in ("authorization", "token", "userinfo"):
        assert found[f"{name}_endpoint"] == server.endpoint(name)
    assert found["jwks_uri"] == server.endpoint("jwks")
    assert server.counts() == {"discovery": 1}


@BOTH
def test_client_credentials(server: OAuthServer) -> None:
    found = granted(token(server, "cc-basic", "client_credentials", scope="read"))
    assert (found["token_type"], found["expires_in"], found["scope"]) == ("Bearer", 3600, "read")
    assert "refresh_token" not in found
    assert works(server, found["access_token"])
    assert not works(server, found["access_token"] + "x")
    assert server.state()["access_tokens"] == 1
    assert server.token_requests(accepted=True) == {"client_credentials": 1}
    assert found["access_token"] in server.canaries()


@BOTH
def test_secrets_are_checked_where_they_belong(server: OAuthServer) -> None:
    known = server.clients["cc-post"]
    data = {"grant_type": "client_credentials", "client_id": known.client_id, "client_secret": known.secret}
    url = server.endpoint("token")
    granted(requests.post(url, data=data, verify=server.ca_file, timeout=SECONDS))
    wrong = {**data, "client_secret": known.secret[:-1]}
    refused(requests.post(url, data=wrong, verify=server.ca_file, timeout=SECONDS), "invalid_client")
    basic = {"grant_type": "client_credentials"}
    by_header = requests.post(url, data=basic, auth=("cc-basic", "wrong"), verify=server.ca_file, timeout=SECONDS)
    refused(by_header, "invalid_client")
    assert by_header.status_code == 401
    unknown = requests.post(url, data=basic, auth=("nobody", "wrong"), verify=server.ca_file, timeout=SECONDS)
    refused(unknown, "invalid_client")
    assert server.token_requests(accepted=False) == {"client_credentials": 3}


@BOTH
def test_a_client_has_only_its_own_grants(server: OAuthServer) -> None:
    refused(token(server, "web", "client_credentials"), "invalid_request", "unauthorized_client")
    refused(token(server, "cc-basic", "no-such-grant"), "unsupported_grant_type")


@BOTH
def test_scopes(server: OAuthServer) -> None:
    # oidc-provider leaves out what it does not know, and refuses what a client may not have
    wrong = "admin" if isinstance(server, OidcProvider) else "no-such"
    refused(token(server, "cc-basic", "client_credentials", scope=wrong), "invalid_scope")


@BOTH
@pytest.mark.parametrize("client", ["web", "public"])
def test_authorization_code(server: OAuthServer, client: str) -> None:
    found = seed(server, client)
    assert works(server, found["access_token"])
    assert get(server, server.endpoint("userinfo"), found["access_token"]) == 200
    assert get(server, server.endpoint("userinfo"), "wrong") == 401
    claims = signed_in_claims(server, found["id_token"])
    assert claims["iss"] == server.issuer
    assert claims["aud"] == client
    assert server.state()["refresh_tokens"] == 1
    assert server.state()["grants"] == 1


@BOTH
def test_a_person_may_be_wrong_or_say_no(server: OAuthServer) -> None:
    url, _verifier = question(server, "web")
    with pytest.raises(BrowserError, match="wrong name or password"):
        authorize(server, url, password="wrong")
    answer = parse_qs(urlsplit(authorize(server, url, allow=False)).query)
    assert answer["error"] == ["access_denied"]
    assert answer["state"] == ["here"]


@BOTH
def test_a_code_by_hand(server: OAuthServer) -> None:
    url, verifier = question(server, "public", redirect_uri=server.out_of_band)
    found = authorize(server, url)
    assert found.startswith(server.out_of_band)
    page = requests.get(found, verify=server.ca_file, timeout=SECONDS).text
    code = parse_qs(urlsplit(found).query)["code"][0]
    assert f'<p id="code">{code}</p>' in page
    data = {"code": code, "redirect_uri": server.out_of_band, "code_verifier": verifier}
    granted(token(server, "public", "authorization_code", **data))


@BOTH
def test_pkce(server: OAuthServer) -> None:
    url, verifier = question(server, "web")
    redirect_uri = server.clients["web"].redirect_uri
    code = parse_qs(urlsplit(authorize(server, url)).query)["code"][0]
    data = {"code": code, "redirect_uri": redirect_uri}
    wrong = token(server, "web", "authorization_code", **data, code_verifier=verifier[::-1])
    refused(wrong, "invalid_grant")
    code = parse_qs(urlsplit(authorize(server, url)).query)["code"][0]
    data = {"code": code, "redirect_uri": redirect_uri}
    refused(token(server, "web", "authorization_code", **data), "invalid_grant", "invalid_request")
    without = {"response_type": "code", "client_id": "web", "redirect_uri": redirect_uri, "scope": "read"}
    found = authorize(server, f"{server.endpoint('authorization')}?{urlencode(without)}")
    assert parse_qs(urlsplit(found).query)["error"] == ["invalid_request"]


def question(server: OAuthServer, client: str, *, redirect_uri: str = "") -> tuple[str, str]:
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    wanted = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": redirect_uri or server.clients[client].redirect_uri,
        "scope": "read",
        "state": "here",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{server.endpoint('authorization')}?{urlencode(wanted)}", verifier


@BOTH
@pytest.mark.parametrize("client", ["web", "public"])
def test_a_refresh_token_is_good_for_one_refresh(server: OAuthServer, client: str) -> None:
    first = seed(server, client)
    second = granted(refresh(server, first["refresh_token"], client))
    assert second["refresh_token"] != first["refresh_token"]
    third = granted(refresh(server, second["refresh_token"], client))
    assert works(server, third["access_token"])
    assert server.state()["refresh_tokens"] == 1
    assert server.token_requests(accepted=True) == {"authorization_code": 1, "refresh_token": 2}


@BOTH
def test_a_spent_refresh_token_kills_the_grant(server: OAuthServer) -> None:
    first = seed(server)
    second = granted(refresh(server, first["refresh_token"]))
    refused(refresh(server, first["refresh_token"]), "invalid_grant")
    refused(refresh(server, second["refresh_token"]), "invalid_grant")
    assert not works(server, second["access_token"])
    state = server.state()
    assert (state["refresh_tokens"], state["access_tokens"]) == (0, 0)


@BOTH
def test_of_many_refreshes_at_once_one_succeeds_and_the_grant_is_dead(server: OAuthServer) -> None:
    first = seed(server)
    with ThreadPoolExecutor(CROWD) as pool:
        replies = list(pool.map(lambda _number: refresh(server, first["refresh_token"]), range(CROWD)))
    assert sorted(reply.status_code for reply in replies) == [200] + [400] * (CROWD - 1)
    (winner,) = [reply.json() for reply in replies if reply.status_code == 200]
    refused(refresh(server, winner["refresh_token"]), "invalid_grant")
    assert not works(server, winner["access_token"])
    assert server.state()["refresh_tokens"] == 0


@BOTH
def test_a_refresh_token_belongs_to_its_client(server: OAuthServer) -> None:
    refused(refresh(server, seed(server)["refresh_token"], "public"), "invalid_grant")


@BOTH
@pytest.mark.parametrize("complete", [True, False])
def test_device(server: OAuthServer, complete: bool) -> None:
    asked = granted(post(server, "device_authorization", "device", scope="openid read"))
    assert asked["interval"] == 1
    poll = {"device_code": asked["device_code"]}
    refused(token(server, "device", DEVICE_CODE, **poll), "authorization_pending")
    by_hand = (asked["verification_uri"], asked["user_code"])
    approve_device(server, asked["verification_uri_complete"] if complete else by_hand, "bob")
    found = granted(token(server, "device", DEVICE_CODE, **poll))
    assert works(server, found["access_token"])
    assert works(server, granted(refresh(server, found["refresh_token"], "device"))["access_token"])


@BOTH
def test_a_device_that_is_denied_unknown_or_late(server: OAuthServer) -> None:
    asked = granted(post(server, "device_authorization", "device", scope="read"))
    deny_device(server, asked["verification_uri_complete"])
    refused(token(server, "device", DEVICE_CODE, device_code=asked["device_code"]), "access_denied")
    with pytest.raises(BrowserError):
        approve_device(server, (asked["verification_uri"], "WRONG"))
    server.settings(device_interval=7)
    late = granted(post(server, "device_authorization", "device", scope="read"))
    assert late["interval"] == 7
    server.expire("device_codes")
    with pytest.raises(BrowserError):
        approve_device(server, late["verification_uri_complete"])
    # the toolkit only finds out that a code is over when a person enters it
    if isinstance(server, OidcProvider):
        refused(token(server, "device", DEVICE_CODE, device_code=late["device_code"]), "expired_token")


@BOTH
def test_introspection(server: OAuthServer) -> None:
    found = seed(server)
    active = granted(post(server, "introspection", "web", token=found["access_token"]))
    assert active["active"] is True
    assert active["client_id"] == "web"
    assert set(active["scope"].split()) == {"openid", "read", "write"}
    assert granted(post(server, "introspection", "web", token="unknown"))["active"] is False


@BOTH
def test_revocation(server: OAuthServer) -> None:
    found = seed(server)
    assert post(server, "revocation", "web", token=found["refresh_token"]).status_code == 200
    refused(refresh(server, found["refresh_token"]), "invalid_grant")
    assert not works(server, found["access_token"])
    other = seed(server)
    assert post(server, "revocation", "web", token=other["access_token"]).status_code == 200
    assert not works(server, other["access_token"])


# What tests can do behind the clients' backs


@BOTH
def test_expiry(server: OAuthServer) -> None:
    server.settings(access_token_ttl=120)
    found = seed(server)
    assert found["expires_in"] == 120
    assert server.expire() >= 1
    assert not works(server, found["access_token"])
    again = granted(refresh(server, found["refresh_token"]))
    assert works(server, again["access_token"])
    server.expire("refresh_tokens")
    refused(refresh(server, again["refresh_token"]), "invalid_grant")


@BOTH
def test_somebody_revokes(server: OAuthServer) -> None:
    mine, other = seed(server, user="alice"), seed(server, user="bob")
    assert server.revoke(user="alice") == 1
    refused(refresh(server, mine["refresh_token"]), "invalid_grant")
    assert not works(server, mine["access_token"])
    assert works(server, other["access_token"])
    assert server.revoke(client="public") == 0
    assert server.revoke() == 1
    assert not works(server, other["access_token"])


@BOTH
def test_faults(server: OAuthServer) -> None:
    found = seed(server)
    server.fault(status=503, headers={"Retry-After": "2"}, count=2)
    for _time in range(2):
        reply = refresh(server, found["refresh_token"])
        assert (reply.status_code, reply.headers["Retry-After"]) == (503, "2")
    server.slow_down()
    refused(refresh(server, found["refresh_token"]), "slow_down")
    server.fault("drop_before")
    with pytest.raises(requests.ConnectionError):
        refresh(server, found["refresh_token"])
    found = granted(refresh(server, found["refresh_token"]))
    server.fault("drop_after")
    with pytest.raises(requests.ConnectionError):
        refresh(server, found["refresh_token"])
    refused(refresh(server, found["refresh_token"]), "invalid_grant")
    assert server.token_requests(accepted=True) == {"authorization_code": 1, "refresh_token": 2}
    assert [entry.get("fault") for entry in server.journal("token")] == [
        *(None, "answer", "answer", "answer", "drop_before", None, "drop_after", None)
    ]


@BOTH
def test_reset(server: OAuthServer) -> None:
    found = seed(server)
    server.settings(access_token_ttl=5)
    server.fault()
    server.reset()
    assert server.journal() == []
    assert set(server.state().values()) == {0}
    assert server.settings()["access_token_ttl"] == 3600
    refused(refresh(server, found["refresh_token"]), "invalid_grant")


@BOTH
def test_control_refuses_what_it_does_not_know(server: OAuthServer) -> None:
    for wrong in (
        lambda: server.settings(no_such=1),
        lambda: server.expire("no_such"),
        lambda: server.fault("no_such"),
    ):
        with pytest.raises(ServerError):
            wrong()


@pytest.mark.parametrize("kind", [OidcProvider, Toolkit])
def test_without_tls_and_with_other_settings(kind: type[OAuthServer]) -> None:
    if why := kind.why_not():
        pytest.skip(why)
    with kind(tls=False, access_token_ttl=30) as server:
        assert server.url.startswith("http://127.0.0.1:")
        found = seed(server)
        assert found["expires_in"] == 30
        assert works(server, found["access_token"])
        directory = server.directory
    assert not directory.exists()
    with pytest.raises(ServerError):
        kind(no_such=1)


# oidc-provider alone


@pytest.mark.parametrize("client", ["cc-jwt", "cc-jwt-es256"])
def test_private_key_jwt(oidc_provider: OidcProvider, client: str) -> None:
    server, known = oidc_provider, oidc_provider.clients[client]
    assert known.key is not None
    url = server.endpoint("token")
    method = PrivateKeyJWT(url, alg=known.key.algorithm)
    with OAuth2Session(client, known.key.key, token_endpoint_auth_method=method) as session:
        found = session.fetch_token(url, grant_type="client_credentials", verify=server.ca_file)
    assert works(server, found["access_token"])
    good = assertion(server, client, known.key.key, known.key.algorithm)
    granted(requests.post(url, data=good, verify=server.ca_file, timeout=SECONDS))
    refused(requests.post(url, data=good, verify=server.ca_file, timeout=SECONDS), "invalid_client")
    other = assertion(server, client, ECKey.generate_key("P-256"), "ES256")
    refused(requests.post(url, data=other, verify=server.ca_file, timeout=SECONDS), "invalid_client")
    elsewhere = assertion(server, client, known.key.key, known.key.algorithm, aud="https://other.example.com/token")
    refused(requests.post(url, data=elsewhere, verify=server.ca_file, timeout=SECONDS), "invalid_client")


def assertion(server: OAuthServer, client: str, key: Any, algorithm: str, **claims: Any) -> dict[str, str]:
    now = int(time.time())
    content = {
        "iss": client,
        "sub": client,
        "aud": server.issuer,
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_hex(8),
        **claims,
    }
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode({"alg": algorithm}, content, key),
    }


def test_client_secret_jwt(oidc_provider: OidcProvider) -> None:
    server, known = oidc_provider, oidc_provider.clients["cc-secret-jwt"]
    url = server.endpoint("token")
    with OAuth2Session(known.client_id, known.secret, token_endpoint_auth_method=ClientSecretJWT(url)) as session:
        found = session.fetch_token(url, grant_type="client_credentials", verify=server.ca_file)
    assert works(server, found["access_token"])
    refused(token(server, known.client_id, "client_credentials"), "invalid_client")


@pytest.mark.parametrize("client", ["cc-mtls", "cc-mtls-self"])
def test_mutual_tls(oidc_provider: OidcProvider, client: str) -> None:
    server = oidc_provider
    certificates = {}
    for name in ("cc-mtls", "cc-mtls-self"):
        found = server.clients[name].certificate
        assert found is not None
        certificates[name] = (str(found.file), str(found.key_file))
    mine = certificates.pop(client)
    (theirs,) = certificates.values()

    def ask(cert: tuple[str, str] | None) -> requests.Response:
        data = {"grant_type": "client_credentials", "client_id": client}
        url = server.endpoint("token")
        return requests.post(url, data=data, cert=cert, verify=server.ca_file, timeout=SECONDS)

    refused(ask(None), "invalid_client")
    refused(ask(theirs), "invalid_client")
    access_token = granted(ask(mine))["access_token"]
    assert works(server, access_token, cert=mine)
    assert not works(server, access_token, cert=theirs)
    assert not works(server, access_token)


def test_resource_indicators(oidc_provider: OidcProvider) -> None:
    server = oidc_provider
    own = granted(token(server, "cc-basic", "client_credentials", scope="read", resource=server.jwt_resource))
    assert signed_in_claims(server, own["access_token"])["aud"] == server.jwt_resource
    assert works(server, own["access_token"])
    other = granted(token(server, "cc-basic", "client_credentials", scope="read", resource=server.other_resource))
    assert post(server, "introspection", "cc-basic", token=other["access_token"]).json()["aud"] == server.other_resource
    assert not works(server, other["access_token"])
    unknown = token(server, "cc-basic", "client_credentials", resource="https://unknown.example.com/")
    refused(unknown, "invalid_target")
    person = seed(server, scope="read", resource=server.jwt_resource)
    assert signed_in_claims(server, person["access_token"])["sub"] == "alice"
    again = granted(refresh(server, person["refresh_token"]))
    assert signed_in_claims(server, again["access_token"])["aud"] == server.jwt_resource


def proof(key: ECKey, method: str, url: str, access_token: str = "", nonce: str = "") -> str:
    claims: dict[str, Any] = {"htm": method, "htu": url, "iat": int(time.time()), "jti": secrets.token_hex(8)}
    if access_token:
        claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()).rstrip(b"=").decode()
    if nonce:
        claims["nonce"] = nonce
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key)


def test_dpop(oidc_provider: OidcProvider) -> None:
    server, known = oidc_provider, oidc_provider.clients["dpop"]
    url = server.endpoint("token")
    mine, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    data = {"grant_type": "client_credentials", "scope": "read"}

    def ask(proved: str = "") -> requests.Response:
        headers = {"DPoP": proved} if proved else {}
        return requests.post(url, data=data, auth=known.basic, headers=headers, verify=server.ca_file, timeout=SECONDS)

    def use(scheme: str, proved: str = "") -> int:
        headers = {"Authorization": f"{scheme} {found['access_token']}", **({"DPoP": proved} if proved else {})}
        return requests.get(server.resource(), headers=headers, verify=server.ca_file, timeout=SECONDS).status_code

    refused(ask(), "invalid_grant")
    found = granted(ask(proof(mine, "POST", url)))
    assert found["token_type"] == "DPoP"
    bound = proof(mine, "GET", server.resource(), found["access_token"])
    assert use("DPoP", bound) == 200
    assert use("DPoP", bound) == 401  # a proof is good for one request
    assert use("DPoP") == 401
    assert use("Bearer") == 401
    assert use("DPoP", proof(other, "GET", server.resource(), found["access_token"])) == 401
    assert use("DPoP", proof(mine, "POST", server.resource(), found["access_token"])) == 401

    server.settings(dpop_nonce=True)
    asked = ask(proof(mine, "POST", url))
    refused(asked, "use_dpop_nonce")
    granted(ask(proof(mine, "POST", url, nonce=asked.headers["DPoP-Nonce"])))


def test_jwt_bearer(oidc_provider: OidcProvider) -> None:
    server = oidc_provider

    def ask(key: Any = server.trusted_key, client: str = "bearer", **claims: Any) -> requests.Response:
        now = int(time.time())
        content = {"iss": server.TRUSTED_ISSUER, "sub": "alice", "aud": server.endpoint("token"), "iat": now}
        content.update({"exp": now + 60, "jti": secrets.token_hex(8), **claims})
        header = {"alg": key.algorithm, "kid": server.trusted_key.kid}
        return token(server, client, JWT_BEARER, assertion=jwt.encode(header, content, key.key), scope="read")

    found = granted(ask())
    assert works(server, found["access_token"])
    assert "refresh_token" not in found
    assert works(server, granted(ask(client="bearer-public"))["access_token"])
    jwt_key = server.clients["cc-jwt"].key
    refused(ask(jwt_key), "invalid_grant")
    refused(ask(iss="https://nobody.example.com"), "invalid_grant")
    refused(ask(aud="https://other.example.com"), "invalid_grant")
    refused(ask(sub="mallory"), "invalid_grant")
    refused(ask(exp=int(time.time()) - 1), "invalid_grant")
    granted(ask(jti="once"))
    refused(ask(jti="once"), "invalid_grant")
    refused(token(server, "bearer", JWT_BEARER), "invalid_request")
    assert server.revoke(client="bearer") >= 1
    assert not works(server, found["access_token"])


def test_token_exchange(oidc_provider: OidcProvider) -> None:
    server = oidc_provider
    subject = seed(server)["access_token"]
    ask = {"subject_token": subject, "subject_token_type": ACCESS_TOKEN}
    found = granted(token(server, "exchange", TOKEN_EXCHANGE, **ask, scope="read"))
    assert (found["issued_token_type"], found["token_type"], found["scope"]) == (ACCESS_TOKEN, "Bearer", "read")
    assert works(server, found["access_token"])
    seen = post(server, "introspection", "exchange", token=found["access_token"]).json()
    assert (seen["sub"], seen["client_id"], seen["scope"]) == ("alice", "exchange", "read")
    narrow = granted(token(server, "exchange", TOKEN_EXCHANGE, **ask, audience=server.other_resource))
    assert not works(server, narrow["access_token"])
    signed = granted(token(server, "exchange", TOKEN_EXCHANGE, **ask, resource=server.jwt_resource))
    assert signed_in_claims(server, signed["access_token"])["aud"] == server.jwt_resource
    refused(token(server, "exchange", TOKEN_EXCHANGE, **ask, scope="admin"), "invalid_scope")
    refused(token(server, "exchange", TOKEN_EXCHANGE, **ask, audience="nobody"), "invalid_target")
    refused(token(server, "exchange", TOKEN_EXCHANGE, **{**ask, "subject_token": "unknown"}), "invalid_request")
    refused(token(server, "exchange", TOKEN_EXCHANGE, subject_token=subject), "invalid_request")
    refused(token(server, "web", TOKEN_EXCHANGE, **ask), "invalid_request", "unauthorized_client")


def test_id_tokens_of_another_algorithm(oidc_provider: OidcProvider) -> None:
    found = seed(oidc_provider, "web-es256", scope="openid email")
    header = found["id_token"].split(".")[0]
    assert b"ES256" in base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))
    assert signed_in_claims(oidc_provider, found["id_token"])["sub"] == "alice"


# The grant password: the toolkit's own, and what oidc-provider is given by its extension point


@BOTH
@pytest.mark.parametrize("client", ["password", "password-public"])
def test_password(server: OAuthServer, client: str) -> None:
    data = {"username": "alice", "scope": "read write"}
    found = granted(token(server, client, "password", **data, password=server.users["alice"]))
    assert works(server, found["access_token"])
    again = granted(refresh(server, found["refresh_token"], client))
    assert works(server, again["access_token"])
    refused(token(server, client, "password", **data, password="wrong"), "invalid_grant")
    assert server.token_requests() == {"password": 2, "refresh_token": 1}
