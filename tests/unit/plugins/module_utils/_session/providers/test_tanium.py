# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tanium against the sandbox: sessions that die when idle, API tokens that are shown once."""

from __future__ import annotations

import base64
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Credentials
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.tanium import Tanium
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import ACTIVE, EXPIRED, Grant
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from tests.sandbox.harness import Sandbox, fingerprint
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.provider_scene import (
    STATUSES,
    TaniumScene,
    after,
    all_at_once,
    ensure_in_child,
    fresh,
    holds_against,
    killed,
    refused,
    running,
    spoilt,
)

NewChild = Callable[..., Child]
ECHO = "/api/v2/echo"
SURFACES = ("auth", "rest")
DAY = 86400.0
LOOPBACK = "127.0.0.0/8"
SOAP = (
    '<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    '<t:tanium_soap_request xmlns:t="urn:TaniumSOAP"><command>GetObject</command><object_list><user><id>1</id></user>'
    "</object_list></t:tanium_soap_request></soap:Body></soap:Envelope>"
)


@pytest.fixture(scope="module")
def running_tanium() -> Iterator[Sandbox]:
    """Return the sandbox process of this module."""
    yield from running("tanium")


@pytest.fixture
def scene(running_tanium: Sandbox, tmp_path: Path) -> TaniumScene:
    """Return a scene where nothing has happened yet."""
    made: TaniumScene = fresh(running_tanium, "tanium", tmp_path)
    return made


def operations(scene: TaniumScene) -> list[str]:
    """What was asked of `/auth`."""
    return [entry["fingerprints"]["operation"] for entry in scene.journal("auth")]


def soap(scene: TaniumScene) -> None:
    scene.call("/soap", method="POST", body=SOAP, body_format="raw")


# Signing in


@pytest.mark.parametrize(("surface", "route"), [("auth", "auth"), ("rest", "session_login")])
def test_a_login_asks_for_the_version_and_signs_in(scene: TaniumScene, surface: str, route: str) -> None:
    record = scene.ensure(surface=surface)
    assert scene.sequence() == ["console", route]
    assert (record.state, record.account, record.lifetime) == (ACTIVE, "alice", 295.0)
    assert record.data["details"] == {"platform_version": "7.3.314.3641", "session": "own"}
    assert [session["session"] for session in scene.state()["sessions"]] == [fingerprint(record.tokens["access_token"])]
    assert scene.state()["misplaced"] == []


def test_name_and_password_go_out_as_base64_and_nothing_empty_with_them(scene: TaniumScene) -> None:
    scene.ensure()
    (login,) = scene.journal("auth")
    assert login["headers"]["username"] == base64.b64encode(b"alice").decode()
    assert {"domain", "secondary", "session", "logout"}.isdisjoint(login["headers"])


@pytest.mark.parametrize("surface", SURFACES)
def test_the_domain_goes_with_the_name(scene: TaniumScene, surface: str) -> None:
    assert scene.ensure("carol", surface=surface).account == "carol"
    other = scene.definition("carol", name="other", surface=surface, domain="elsewhere")
    refused("credentials_rejected", lambda: scene.client().ensure("other", other))


@pytest.mark.parametrize("surface", SURFACES)
def test_a_second_input_goes_with_the_password(scene: TaniumScene, surface: str) -> None:
    refused("credentials_rejected", lambda: scene.ensure("bob", surface=surface, force=True))
    given_code = scene.sandbox.totp("tanium", "bob")
    client = scene.client(force=True)
    assert after(client.ensure("cloud", scene.definition("bob", surface=surface, secondary=given_code))).tokens


@pytest.mark.parametrize("surface", SURFACES)
def test_no_one_time_code_is_sent_twice(scene: TaniumScene, surface: str) -> None:
    options = {"surface": surface, "totp_secret": scene.known("bob")["totp_secret"]}
    for name in ("one", "two", "three"):
        scene.client().ensure(name, scene.definition("bob", name=name, **options))
    assert scene.live() == 3
    assert len(scene.naps) == 2


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_refused_login_is_said_whatever_its_status(scene: TaniumScene, surface: str, status: int) -> None:
    scene.settings(login_error_status=status)
    failure = refused("credentials_rejected", lambda: scene.ensure(surface=surface, password="wrong"))
    assert failure.http_code == status
    assert scene.live() == 0


def test_a_wrong_password_of_many_processes_is_sent_once(scene: TaniumScene, new_child: NewChild) -> None:
    wrong = scene.definition("carol", password="wrong")
    found = all_at_once(new_child, 8, ensure_in_child, scene, wrong)
    assert {kind for kind, _tokens in found} == {"credentials_rejected"}
    assert scene.state()["wrong_passwords"] == {"carol": 1}
    assert scene.state()["locked"] == []


def test_sixteen_processes_make_one_login(scene: TaniumScene, new_child: NewChild) -> None:
    found = all_at_once(new_child, 16, ensure_in_child, scene, scene.definition())
    assert len({tokens["access_token"] for _kind, tokens in found}) == 1
    assert scene.routes() == {"console": 1, "auth": 1}


@pytest.mark.parametrize("option", ["domain", "secondary", "session", "api_token"])
@pytest.mark.parametrize("value", ["a\r\nlogout: 1", "ü", "\0"])
def test_what_no_header_can_carry_is_a_definition_failure(scene: TaniumScene, option: str, value: str) -> None:
    refused("definition", lambda: scene.ensure(**{option: value}))
    assert scene.journal() == []


def test_an_api_token_that_is_none_is_a_definition_failure(scene: TaniumScene) -> None:
    refused("definition", lambda: scene.ensure(**scene.token_only("1-2-abc")))
    assert scene.journal() == []


def test_one_of_three_ways_to_sign_in_is_enough(scene: TaniumScene) -> None:
    assert scene.provider().missing() == []
    assert scene.provider(username=None, password=None).missing() == ["username", "password"]
    assert scene.provider(password=None).missing() == ["password"]
    assert scene.provider(username=None, password=None, session="1-1-x").missing() == []
    assert scene.provider(username=None, password=None, api_token="token-x").missing() == []


# A session given


def handed_over(scene: TaniumScene, account: str = "alice") -> str:
    return str(scene.act("login", account=account)["session"])


@pytest.mark.parametrize("surface", SURFACES)
def test_a_given_session_is_proved_and_used(scene: TaniumScene, surface: str) -> None:
    session = handed_over(scene)
    record = scene.ensure(session=session, surface=surface)
    assert record.tokens == {"access_token": session}
    assert record.data["details"]["session"] == "given"
    assert scene.live() == 1
    assert scene.sequence() == ["console", {"auth": "auth", "rest": "session_validate"}[surface]]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("status", [401, 403])
def test_a_given_session_that_has_ended_is_never_signed_in_again(scene: TaniumScene, surface: str, status: int) -> None:
    scene.settings(dead_session_status=status)
    options = {"session": handed_over(scene), "surface": surface}
    scene.act("drop_sessions", account="alice")
    assert "cannot be renewed" in refused("authentication_needed", lambda: scene.ensure(**options)).hint
    options["session"] = handed_over(scene)
    scene.ensure(**options)
    scene.pass_time(400)
    assert "cannot be renewed" in refused("authentication_needed", lambda: scene.ensure(**options)).hint
    assert scene.live() == 0
    assert "login" not in operations(scene)
    assert "session_login" not in scene.routes()


@pytest.mark.parametrize("status", [500, 503])
def test_a_given_session_outlives_a_service_that_is_down(scene: TaniumScene, status: int) -> None:
    session = handed_over(scene)
    scene.fault("status", route="auth", status=status, headers={"Retry-After": "999"})
    refused("not_available", lambda: scene.ensure(session=session))
    scene.pass_time(1000 if status == 503 else 0)
    session = handed_over(scene)
    scene.ensure(session=session)
    scene.pass_time(280)
    tries = {500: 1, 503: 3}[status]
    scene.fault("status", route="auth", status=status, headers={"Retry-After": "1"}, count=tries)
    refused("not_available", lambda: scene.ensure(session=session))
    assert scene.stored().tokens == {"access_token": session}
    assert scene.ensure(session=session).tokens == {"access_token": session}


# An API token given


def token(scene: TaniumScene, account: str = "alice", **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = scene.act("create_token", account=account, **options)
    return found


def test_an_api_token_needs_no_login(scene: TaniumScene) -> None:
    record = scene.ensure(**scene.token_only(scene.known("erin")["api_token"]))
    assert scene.sequence() == ["console", "server_info"]
    assert record.expires_at is None
    assert record.data["details"]["session"] == "API token"
    assert scene.call(ECHO).ok


def test_the_expiry_of_an_api_token_is_known_by_its_id(scene: TaniumScene) -> None:
    record = scene.ensure(**scene.token_only(scene.known("erin")["api_token"], 1))
    assert scene.sequence() == ["console", "token_read"]
    assert record.lifetime == pytest.approx(7 * DAY, abs=5)
    assert record.data["details"]["api_token_id"] == "1"


def test_an_expired_api_token_is_refused_and_not_sent_again(scene: TaniumScene) -> None:
    made = token(scene, days=1)
    definition = scene.token_only(made["token_string"], made["id"])
    scene.ensure(**definition)
    scene.pass_time(DAY + 1)
    failure = refused("credentials_rejected", lambda: scene.ensure(**definition))
    assert "expired" in failure.hint
    asked = len(scene.journal())
    refused("credentials_rejected", lambda: scene.ensure(**definition))
    assert len(scene.journal()) == asked


def test_an_api_token_is_rotated_in_time_and_the_old_definition_goes_on(scene: TaniumScene) -> None:
    made = token(scene, days=2)
    definition = scene.token_only(made["token_string"], made["id"], rotate_before=DAY)
    assert scene.ensure(**definition).lifetime == pytest.approx(DAY, abs=5)
    scene.pass_time(DAY + 1)
    record = scene.ensure(**definition)
    assert scene.routes()["token_rotate"] == 1
    assert record.tokens["access_token"] != made["token_string"]
    assert record.data["details"]["api_token_id"] != str(made["id"])
    assert scene.ensure(**definition).tokens == record.tokens
    assert scene.call(ECHO, scene.definition(**definition)).ok
    other = scene.definition(name="other", **definition)
    assert after(scene.client().ensure("other", other)).tokens == record.tokens
    assert scene.routes()["token_rotate"] == 1
    scene.tells_no_secret(record.facts(), str(other))


def test_a_rotation_whose_answer_was_lost_is_explained(scene: TaniumScene) -> None:
    made = token(scene, days=2)
    definition = scene.token_only(made["token_string"], made["id"], rotate_before=DAY)
    scene.ensure(**definition)
    scene.pass_time(DAY + 1)
    scene.fault("drop_after", route="token_rotate")
    refused("not_reachable", lambda: scene.ensure(**definition))
    failure = refused("credentials_rejected", lambda: scene.ensure(**definition))
    assert "never arrived" in failure.message
    assert scene.routes()["token_rotate"] == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_rotation_that_did_not_happen_is_not_blamed_later(scene: TaniumScene, status: int) -> None:
    made = token(scene, days=2)
    definition = scene.token_only(made["token_string"], made["id"], rotate_before=DAY)
    scene.ensure(**definition)
    scene.pass_time(DAY + 1)
    scene.fault("status", route="token_rotate", status=status, headers={"Retry-After": "0"})
    with pytest.raises(Failure):
        scene.ensure(**definition)
    scene.act("revoke_tokens", account="alice")
    failure = refused("credentials_rejected", lambda: scene.ensure(**definition))
    assert "never arrived" not in failure.message


def test_an_untrusted_address_is_among_the_reasons(scene: TaniumScene) -> None:
    scene.settings(peer_address="198.51.100.7")
    definition = scene.token_only(scene.known("erin")["api_token"])
    assert "address" in refused("credentials_rejected", lambda: scene.ensure(**definition)).hint
    refused("credentials_rejected", lambda: scene.ensure(**definition))
    assert scene.routes()["server_info"] == 1


def test_a_token_that_was_rotated_behind_our_back_is_refused_once(scene: TaniumScene) -> None:
    definition = scene.token_only(scene.known("erin")["api_token"], 1)
    scene.ensure(**definition)
    scene.act("rotate_token", account="erin", id=1)
    refused("credentials_rejected", lambda: scene.call(ECHO, scene.definition(**definition)))
    assert scene.routes() == {"console": 1, "token_read": 2, "echo": 1}
    refused("credentials_rejected", lambda: scene.ensure(**definition))
    assert scene.routes()["token_read"] == 2


def test_a_given_token_is_never_revoked(scene: TaniumScene) -> None:
    definition = scene.definition(**scene.token_only(scene.known("erin")["api_token"], 1))
    scene.client().ensure("cloud", definition)
    assert scene.client().absent("cloud", definition).changed
    assert [item["account"] for item in scene.state()["tokens"]] == ["erin"]


# The idle rule


@pytest.mark.parametrize("surface", SURFACES)
def test_a_late_use_is_preceded_by_a_look(scene: TaniumScene, surface: str) -> None:
    first = scene.ensure(surface=surface)
    scene.pass_time(250)
    assert scene.ensure(surface=surface).revision == first.revision
    scene.pass_time(40)
    second = scene.ensure(surface=surface)
    assert second.tokens == first.tokens
    assert second.revision > first.revision
    assert scene.routes().get("session_validate", 0) + operations(scene).count("validate") == 1
    scene.pass_time(250)
    assert scene.ensure(surface=surface).revision == second.revision


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("status", [401, 403])
def test_a_session_that_died_idle_is_signed_in_again_once(scene: TaniumScene, surface: str, status: int) -> None:
    scene.settings(dead_session_status=status)
    first = scene.ensure(surface=surface)
    scene.pass_time(400)
    second = scene.ensure(surface=surface)
    assert second.tokens != first.tokens
    logins = scene.routes().get("session_login", 0) + operations(scene).count("login")
    assert logins == 2
    assert scene.live() == 1
    assert "Signed in again" in scene.warnings[-1]


def test_many_late_processes_look_once(scene: TaniumScene, new_child: NewChild) -> None:
    scene.ensure()
    scene.pass_time(290)
    all_at_once(new_child, 8, ensure_in_child, scene, scene.definition())
    assert operations(scene) == ["login", "validate"]


@pytest.mark.parametrize("surface", SURFACES)
def test_a_replacement_from_a_look_is_saved_before_it_is_used(scene: TaniumScene, surface: str) -> None:
    first = scene.ensure(surface=surface)
    scene.settings(replace_on_validate=True)
    scene.pass_time(290)
    second = scene.ensure(surface=surface)
    assert second.tokens != first.tokens
    assert scene.stored().tokens == second.tokens
    assert scene.call(ECHO).ok
    assert scene.live() == 1


def test_a_session_in_a_soap_reply_takes_the_place_of_the_one_sent(scene: TaniumScene) -> None:
    first = scene.ensure()
    scene.settings(replace_on_soap=True)
    soap(scene)
    second = scene.stored()
    assert second.tokens != first.tokens
    soap(scene)
    assert scene.call(ECHO).ok
    assert scene.live() == 1
    assert operations(scene) == ["login"]


@pytest.mark.parametrize("place", ["missing", "late"])
def test_a_soap_reply_that_shows_no_session_leaves_ours(scene: TaniumScene, place: str) -> None:
    first = scene.ensure()
    scene.settings(soap_session=place)
    soap(scene)
    assert scene.stored() == first


@pytest.mark.parametrize(
    "said", ["", "no session", "1-2-" + "x" * 600, "token-x", "<b>", "1-2-a b", "1-2-\u00fc", "1-2-\x01"]
)
def test_what_cannot_be_a_session_is_not_learned(scene: TaniumScene, said: str) -> None:
    first = scene.ensure()
    scene.answer("soap", f"<session>{said}</session>")
    soap(scene)
    assert scene.stored().tokens == first.tokens


def test_what_another_address_says_is_not_learned(scene: TaniumScene) -> None:
    first = scene.ensure()
    scene.answer("echo", "<session>1-2-abc</session>")
    scene.call(ECHO)
    assert scene.stored().tokens == first.tokens


def test_a_soap_reply_never_takes_the_place_of_an_api_token(scene: TaniumScene) -> None:
    scene.ensure(**scene.token_only(scene.known("erin")["api_token"]))
    scene.answer("soap", "<session>1-2-abc</session>")
    soap(scene)
    assert scene.stored().tokens == {"access_token": scene.known("erin")["api_token"]}


# 401 and 403


@pytest.mark.parametrize("status", [401, 403])
def test_a_dead_session_costs_one_look_one_login_and_one_repetition(scene: TaniumScene, status: int) -> None:
    scene.settings(dead_session_status=status)
    scene.ensure()
    scene.act("drop_sessions", account="alice")
    assert scene.call(ECHO, scene.definition()).ok
    assert scene.routes()["echo"] == 2
    assert operations(scene) == ["login", "validate", "login"]


@pytest.mark.parametrize(("status", "kind"), [(401, "authentication_needed"), (403, "missing_scope")])
def test_a_lacking_permission_costs_one_look_and_one_repetition(scene: TaniumScene, status: int, kind: str) -> None:
    scene.settings(missing_permission_status=status)
    scene.ensure("dave")
    refused(kind, lambda: scene.call("/api/v2/api_tokens", scene.definition("dave")))
    assert scene.routes()["token_list"] == 2
    assert operations(scene) == ["login", "validate"]
    assert scene.stored().tokens


def test_a_session_that_always_seems_dead_ends_in_a_failure(scene: TaniumScene) -> None:
    scene.ensure()
    scene.fault("status", route="echo", status=401, count=None)
    refused("authentication_needed", lambda: scene.call(ECHO, scene.definition()))
    assert scene.routes()["echo"] == 2


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (404, "UserNotFound", "definition"),
        (400, "GroupNotUnique\nan object of this name already exists", "conflict"),
        (400, "400 Bad Request: it already\nexists", "conflict"),
        (400, "invalid", "unexpected_response"),
        (429, "slow down", "rate_limited"),
        (500, "broken", "not_available"),
    ],
)
def test_what_the_service_says_is_understood(scene: TaniumScene, status: int, text: str, kind: str) -> None:
    scene.ensure()
    scene.answer("echo", {"text": text}, status=status, count=3)
    assert refused(kind, lambda: scene.call(ECHO)).http_code == status


# Signing out


@pytest.mark.parametrize("surface", SURFACES)
def test_signing_out_ends_this_session_alone(scene: TaniumScene, surface: str) -> None:
    handed_over(scene)
    scene.ensure(surface=surface)
    assert scene.client().absent("cloud", scene.definition(surface=surface)).changed
    assert scene.live() == 1
    assert scene.gone()


@pytest.mark.parametrize("surface", SURFACES)
def test_signing_out_can_end_all_sessions_of_the_user(scene: TaniumScene, surface: str) -> None:
    handed_over(scene)
    handed_over(scene, "bob")
    definition = scene.definition(surface=surface, logout_all=True)
    scene.client().ensure("cloud", definition)
    scene.client().absent("cloud", definition)
    assert scene.state()["accounts"] == {"bob": 1}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("status", [401, 403])
def test_a_session_that_the_service_does_not_know_is_closed(scene: TaniumScene, surface: str, status: int) -> None:
    scene.settings(dead_session_status=status)
    scene.ensure(surface=surface)
    scene.act("drop_sessions", account="alice")
    assert scene.client().absent("cloud").changed
    assert scene.gone()


def test_a_session_that_cannot_be_signed_out_is_kept(scene: TaniumScene) -> None:
    scene.ensure()
    scene.fault("status", route="auth", status=500)
    refused("not_available", lambda: scene.client().absent("cloud"))
    assert scene.stored().tokens


def test_another_password_signs_in_anew_and_ends_the_old_session(scene: TaniumScene) -> None:
    scene.ensure()
    scene.act("change_password", account="alice", password="canary-new-password")
    scene.ensure(password="canary-new-password")
    assert scene.live() == 1
    assert operations(scene) == ["login", "login", "logout"]


def test_the_same_session_given_with_another_secret_beside_is_not_signed_out(scene: TaniumScene) -> None:
    session = handed_over(scene)
    scene.ensure(session=session, password="one")
    scene.ensure(session=session, password="two")
    assert scene.call(ECHO).ok


# Versions


@pytest.mark.parametrize("console", ["404", "html"])
@pytest.mark.parametrize("surface", SURFACES)
def test_an_unknown_version_is_not_too_old(scene: TaniumScene, console: str, surface: str) -> None:
    scene.settings(console=console)
    record = scene.ensure(surface=surface, version_min="7.5")
    assert record.data["details"]["platform_version"] == ""


@pytest.mark.parametrize(
    ("version", "options", "good"),
    [
        ("7.3.314.3641", {"version_min": "7.3.314.3409"}, True),
        ("7.5.2.3503", {"version_min": "7.3.314.3409"}, True),
        ("7.2.314.3181", {"version_min": "7.3.314.3409"}, False),
        ("7.3", {"version_min": "7.3.314.3409"}, False),
        ("7.10.0.1", {"version_min": "7.9"}, True),
        ("7.5.2.3503", {"version_max": "7.5"}, True),
        ("7.6.0.1", {"version_max": "7.5"}, False),
        ("7.3.314.3408", {"surface": "rest"}, False),
        ("7.3.314.3409", {"surface": "rest"}, True),
        ("7.2.314.3181", {"surface": "auth"}, True),
    ],
)
def test_a_version_is_compared_by_its_numbers(
    scene: TaniumScene, version: str, options: dict[str, str], good: bool
) -> None:
    scene.settings(server_version=version)
    if good:
        assert scene.ensure(**options).data["details"]["platform_version"] == version
    else:
        assert version in refused("unsupported", lambda: scene.ensure(**options)).message
        assert scene.sequence() == ["console"]


@pytest.mark.parametrize("said", ["9" * 5000 + ".1", "7", "seven.three", "7.3\r\nX: y", "", 7.3, None, ["7.3"]])
def test_a_version_that_is_none_is_unknown(scene: TaniumScene, said: Any) -> None:
    scene.answer("console", {"serverVersion": said})
    assert scene.ensure(version_min="7.5").data["details"]["platform_version"] == ""


@pytest.mark.parametrize("option", ["version_min", "version_max"])
@pytest.mark.parametrize("value", ["seven", "7.", "7.3-1", "9" * 5000])
def test_a_limit_that_is_no_version_is_a_definition_failure(scene: TaniumScene, option: str, value: str) -> None:
    refused("definition", lambda: scene.ensure(**{option: value}))
    assert scene.journal() == []


# API tokens as credentials

WANTED: dict[str, Any] = {
    "label": "reporting",
    "custom_fields": [
        {"label": "trusted_ip_addresses", "type": "data", "value": LOOPBACK},
        {"label": "expire_in_days", "type": "data", "value": "14"},
    ],
}


def generate(provider: Any, record: Any) -> str:
    return str(provider.generate(record, 1, True, True))


def present(scene: TaniumScene, update: bool = False, **options: Any) -> Any:
    return scene.credentials(**options).present(
        Query(label="reporting"), dict(WANTED), generate=generate, update_password=update
    )


def value(scene: TaniumScene, **options: Any) -> str:
    found = scene.credentials(**options).one(Query(label="reporting"))
    assert found is not None
    return found.password


def present_in_child(pipe: Pipe, scene: TaniumScene, update: bool) -> None:
    pipe.say(os.getpid())
    present(scene, update)


def test_tokens_of_others_are_listed_without_their_values(scene: TaniumScene) -> None:
    made = token(scene, notes="from the Console")
    (found,) = scene.credentials().search(Query()).credentials
    assert (found.id, found.label, found.password) == (str(made["id"]), "from the Console", "")
    assert found.value("trusted_ip_addresses") == LOOPBACK
    scene.tells_no_secret(found.as_dict())


def test_a_minted_token_is_kept_and_works(scene: TaniumScene) -> None:
    change = present(scene)
    assert (change.changed, change.before) == (True, None)
    minted = value(scene)
    assert minted.startswith("token-")
    (seen,) = scene.state()["tokens"][1:]
    assert (seen["notes"], seen["expire_in_days"], seen["token"]) == ("reporting", 14, fingerprint(minted))
    other = scene.definition(name="other", **scene.token_only(minted, change.after.id))
    assert after(scene.client().ensure("other", other)).state == ACTIVE


def test_a_token_that_is_there_is_not_minted_again(scene: TaniumScene) -> None:
    present(scene)
    before = value(scene)
    assert not present(scene).changed
    assert value(scene) == before
    assert scene.routes()["token_create"] == 1


def test_a_new_value_is_a_rotation(scene: TaniumScene) -> None:
    present(scene)
    before = value(scene)
    change = present(scene, update=True)
    assert change.changed
    assert value(scene) != before
    assert scene.routes()["token_rotate"] == 1
    assert len(scene.state()["tokens"]) == 2


def test_a_lost_answer_to_a_rotation_is_explained_afterwards(scene: TaniumScene) -> None:
    present(scene)
    scene.fault("drop_after", route="token_rotate")
    refused("not_reachable", lambda: present(scene, update=True))
    assert scene.routes()["token_rotate"] == 1
    failure = refused("unsupported", lambda: present(scene, update=True))
    assert "got no answer" in failure.message
    assert failure.hint
    assert scene.routes()["token_rotate"] == 1


@pytest.mark.parametrize(("route", "update"), [("token_create", False), ("token_rotate", True)])
def test_a_signal_waits_until_a_token_is_kept(
    scene: TaniumScene, new_child: NewChild, route: str, update: bool
) -> None:
    if update:
        present(scene)
    scene.ensure()
    scene.fault("hold", route=route, when="after")
    child = new_child(present_in_child, scene, update)
    pid = child.hear()
    while not scene.sandbox.held("tanium"):
        assert child.silent()
    os.kill(pid, signal.SIGTERM)
    scene.sandbox.release("tanium")
    assert child.ended() == -signal.SIGTERM
    assert fingerprint(value(scene)) == scene.state()["tokens"][-1]["token"]


def test_nothing_is_minted_that_cannot_be_kept(scene: TaniumScene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.ensure()

    def full(self: SealedStore, values: Any, *note: str) -> None:
        raise Failure("store", f"no room for {note[0]}")

    monkeypatch.setattr(SealedStore, "update", full)
    refused("store", lambda: scene.provider().mint(scene.stored(), "reporting", 7, [LOOPBACK]))
    assert "token_create" not in scene.routes()


def test_a_lost_answer_to_a_mint_is_explained_when_its_value_is_needed(scene: TaniumScene) -> None:
    scene.fault("drop_after", route="token_create")
    refused("not_reachable", lambda: present(scene))
    failure = refused("unsupported", lambda: present(scene, update=True))
    assert "a new API token" in failure.message
    assert "got no answer" in failure.message


def test_a_definition_with_the_old_value_follows_a_rotation_here(scene: TaniumScene) -> None:
    made = present(scene).after
    old = scene.definition(name="other", **scene.token_only(value(scene), made.id, username="alice"))
    scene.client().ensure("other", old)
    made_now = present(scene, update=True).after.id
    _result, record = scene.client().use("other", old, lambda provider, found: provider.show(found, made_now))
    assert record.tokens["access_token"] == value(scene)
    assert scene.routes()["token_rotate"] == 1


def test_a_token_that_was_not_minted_here_is_not_rotated(scene: TaniumScene) -> None:
    token(scene, notes="reporting")
    assert "not minted here" in refused("unsupported", lambda: present(scene, update=True)).message
    assert "token_rotate" not in scene.routes()


def test_a_revoked_token_is_gone_here_and_there(scene: TaniumScene) -> None:
    present(scene)
    assert scene.credentials().absent(Query(label="reporting")).changed
    assert not scene.credentials().absent(Query(label="reporting")).changed
    assert [item["account"] for item in scene.state()["tokens"]] == ["erin"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "status", "status": 401}, "authentication_needed"),
        ({"kind": "html", "status": 200}, "unexpected_response"),
    ],
)
def test_a_token_that_is_still_there_is_not_called_revoked(
    scene: TaniumScene, fault: dict[str, Any], kind: str
) -> None:
    """401 may be said of the session that asks; a page is no answer."""
    present(scene)
    scene.fault(**fault, route="token_revoke", count=None)
    refused(kind, lambda: scene.credentials().absent(Query(label="reporting")))
    scene.sandbox.clear_faults("tanium")
    assert scene.credentials().absent(Query(label="reporting")).changed
    assert [item["account"] for item in scene.state()["tokens"]] == ["erin"]


def test_a_mint_whose_answer_is_lost_is_not_repeated(scene: TaniumScene) -> None:
    scene.fault("drop_after", route="token_create")
    refused("not_reachable", lambda: present(scene))
    assert scene.routes()["token_create"] == 1


@pytest.mark.parametrize("query", [Query(url="https://x"), Query(tag="x"), Query(folder="x"), Query(username="alice")])
def test_a_token_has_an_id_and_a_label_alone(scene: TaniumScene, query: Query) -> None:
    refused("definition", lambda: scene.credentials().search(query))


def test_a_token_is_found_by_id_and_by_label(scene: TaniumScene) -> None:
    made = [token(scene, notes=notes) for notes in ("one", "two", "two")]
    search = scene.credentials().search
    assert [item.label for item in search(Query(term="one")).credentials] == ["one"]
    assert [item.id for item in search(Query(term=str(made[1]["id"]))).credentials] == [str(made[1]["id"])]
    assert len(search(Query(label="two")).credentials) == 2
    assert search(Query(id=str(made[0]["id"]), label="two")).credentials == ()
    assert search(Query(term="three")).credentials == ()


def test_a_value_of_ones_own_is_a_definition_failure(scene: TaniumScene) -> None:
    wanted = {**WANTED, "password": "token-mine"}
    refused("definition", lambda: scene.credentials().present(Query(label="reporting"), wanted))
    assert "token_create" not in scene.routes()


@pytest.mark.parametrize("days", ["0", "x", "-1", "1.5", "99999"])
def test_days_that_are_none_are_a_definition_failure(scene: TaniumScene, days: str) -> None:
    fields = [
        {**field, "value": days} if field["label"] == "expire_in_days" else field for field in WANTED["custom_fields"]
    ]
    wanted = {"label": "reporting", "custom_fields": fields}
    refused("definition", lambda: scene.credentials().present(Query(label="reporting"), wanted, generate=generate))
    assert "token_create" not in scene.routes()


# Children

HERE = ForkRequest(lifetime=3 * DAY, addresses=(LOOPBACK,))


def test_a_child_is_a_token_with_addresses_and_a_life(scene: TaniumScene) -> None:
    record = after(scene.client().forked("child", "cloud", scene.definition(), HERE))
    assert record.tokens["access_token"].startswith("token-")
    assert record.parent == "cloud"
    assert record.lifetime == pytest.approx(3 * DAY, abs=5)
    (seen,) = scene.state()["tokens"][1:]
    assert (seen["expire_in_days"], seen["trusted_ip_addresses"]) == (3, LOOPBACK)
    assert not scene.client().forked("child", "cloud", scene.definition(), HERE).changed


def test_a_child_without_addresses_is_a_definition_failure(scene: TaniumScene) -> None:
    request = ForkRequest(lifetime=DAY)
    refused("definition", lambda: scene.client().forked("child", "cloud", scene.definition(), request))
    assert "token_create" not in scene.routes()


@pytest.mark.parametrize("extra", [{"payload": "x"}, {"client_id": "x"}, {"user_code": "x"}, {"access_only": True}])
def test_a_child_cannot_be_what_tanium_does_not_know(scene: TaniumScene, extra: dict[str, Any]) -> None:
    request = ForkRequest(addresses=(LOOPBACK,), **extra)
    failure = refused("unsupported", lambda: scene.client().forked("child", "cloud", scene.definition(), request))
    assert next(iter(extra)) in failure.message
    assert Tanium.fork_options == {"lifetime", "addresses", "independent"}


def test_a_child_is_revoked_with_its_parent(scene: TaniumScene) -> None:
    scene.client().forked("child", "cloud", scene.definition(), HERE)
    scene.client().absent("cloud", scene.definition())
    assert [item["account"] for item in scene.state()["tokens"]] == ["erin"]
    child = scene.stored("child")
    assert (child.state, dict(child.tokens)) == (EXPIRED, {})
    assert scene.warnings == []


def test_an_independent_child_outlives_its_parent(scene: TaniumScene) -> None:
    request = ForkRequest(addresses=(LOOPBACK,), independent=True)
    scene.client().forked("child", "cloud", scene.definition(), request)
    scene.client().absent("cloud", scene.definition())
    assert len(scene.state()["tokens"]) == 2
    assert scene.client().absent("child").changed
    assert [item["account"] for item in scene.state()["tokens"]] == ["erin"]


def test_a_child_that_has_expired_is_not_signed_in_by_itself(scene: TaniumScene) -> None:
    scene.client().forked("child", "cloud", scene.definition(), HERE)
    scene.pass_time(4 * DAY)
    with pytest.raises(Failure) as caught:
        scene.client().ensure("child")
    assert caught.value.kind in ("authentication_needed", "credentials_rejected")
    assert operations(scene).count("login") == 1


def test_a_given_token_is_imported(scene: TaniumScene) -> None:
    given_token = scene.known("erin")["api_token"]
    bare = scene.definition(**scene.token_only("token-none", api_token=None))
    record = after(scene.client().imported("cloud", bare, given_token))
    assert record.expires_at is None
    assert scene.call(ECHO).ok
    known = after(scene.client().imported("known", scene.definition(name="known"), f"1:{given_token}"))
    assert known.lifetime == pytest.approx(7 * DAY, abs=5)


@pytest.mark.parametrize(
    "selector", ["x", "token-", "1:x", "a b:token-x", "../x:token-x", ":token-x", "1-2-abc", "token-x y"]
)
def test_what_is_no_token_is_not_imported(scene: TaniumScene, selector: str) -> None:
    refused("definition", lambda: scene.client().imported("cloud", scene.definition(), selector))
    assert scene.gone()


# What is told, and what is not


def test_what_is_told_of_a_session_holds_no_secret(scene: TaniumScene) -> None:
    own = scene.ensure()
    given_one = after(scene.client().ensure("given", scene.definition(name="given", session=handed_over(scene))))
    child = after(scene.client().forked("child", "cloud", scene.definition(), HERE))
    scene.tells_no_secret(own.facts(), given_one.facts(), child.facts(), dict(child.options))


def test_only_a_rotation_under_way_loses_a_token(scene: TaniumScene) -> None:
    provider, record = scene.opened()
    assert not provider.rotates(record)
    made = token(scene)
    provider, record = scene.opened(**scene.token_only(made["token_string"], made["id"]))
    assert not provider.rotates(record)
    scene.fault("drop_after", route="token_rotate")
    refused("not_reachable", lambda: provider.rotate(made["token_string"], str(made["id"])))
    assert provider.rotates(record)


@pytest.mark.parametrize(("status", "stale"), [(401, True), (403, True), (404, False), (500, False), (None, False)])
def test_401_and_403_say_that_a_session_may_be_dead(scene: TaniumScene, status: int | None, stale: bool) -> None:
    assert scene.provider().stale(Failure("not_available", "x", http_code=status)) is stale


@pytest.mark.parametrize("operation", ["sessions", "lock"])
def test_what_tanium_lacks_is_said_with_what_to_do_instead(scene: TaniumScene, operation: str) -> None:
    assert scene.provider().unsupported(operation).hint == Tanium.instead[operation]


def test_a_process_killed_during_a_login_leaves_nothing_in_the_way(scene: TaniumScene, new_child: NewChild) -> None:
    killed(new_child, scene, "auth", scene.definition())
    assert scene.ensure().state == ACTIVE


# Whatever a reply holds


def mint(scene: TaniumScene) -> None:
    present(scene)


def rotating(scene: TaniumScene) -> None:
    made = token(scene, days=1)
    scene.ensure(**scene.token_only(made["token_string"], made["id"], rotate_before=2 * DAY))
    scene.client().refreshed("cloud")


def closing(scene: TaniumScene) -> None:
    scene.client().absent("cloud", scene.definition(surface="rest"))


TOKEN = {"id": 7, "token_string": "token-abc", "notes": "reporting", "expiration": "2030-01-01T00:00:00Z"}
FUZZED: dict[str, tuple[dict[str, Any], Callable[[TaniumScene], Any], Any]] = {
    "console": (
        {},
        lambda scene: scene.client().ensure("other", scene.definition(name="other")),
        {"serverVersion": "7.5.1"},
    ),
    "auth": ({}, lambda scene: scene.client().refreshed("cloud", scene.definition()), {"data": {"session": "1-2-abc"}}),
    "session_login": (
        {},
        lambda scene: scene.client().ensure("other", scene.definition(name="other", surface="rest")),
        {"data": {"session": "1-2-abc"}},
    ),
    "session_validate": (
        {},
        lambda scene: scene.client().refreshed("cloud", scene.definition(surface="rest")),
        {"data": {"session": "1-2-abc"}},
    ),
    "session_logout": ({"surface": "rest"}, closing, {"data": {}}),
    "token_read": ({}, rotating, {"data": TOKEN}),
    "token_rotate": ({}, rotating, {"data": TOKEN}),
    "token_list": ({}, lambda scene: scene.credentials().search(Query()), {"data": [TOKEN]}),
    "token_create": ({}, mint, {"data": TOKEN}),
    "server_info": (
        {},
        lambda scene: scene.client().imported("other", scene.definition(name="other"), "token-x"),
        {"data": {}},
    ),
    "soap": ({}, soap, "<session>1-2-abc</session>"),
    "echo": ({}, lambda scene: scene.call(ECHO), {"data": {"text": "x"}}),
}


@pytest.mark.parametrize("route", FUZZED)
def test_whatever_a_reply_holds_it_is_a_result_or_a_failure(
    running_tanium: Sandbox, tmp_path: Path, route: str
) -> None:
    numbers = iter(range(1_000_000))
    options, use, whole = FUZZED[route]

    @settings(max_examples=12, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(spoilt(whole), st.one_of(st.just(200), st.sampled_from(STATUSES)))
    def hold(body: Any, status: int) -> None:
        scene = fresh(running_tanium, "tanium", tmp_path / str(next(numbers)))
        scene.ensure(**options)
        holds_against(scene, use, route, body, status)

    hold()


def test_a_grant_of_garbage_is_none(scene: TaniumScene) -> None:
    """Only what fits a header is taken for a session."""
    for body in ("", "x", "1-2", "1-2-", "a-b-c", "1-2-" + "x" * 600, "1-2-a\r\nX: y", "1-2-a b"):
        scene.answer("auth", body)
        refused("unexpected_response", scene.provider().open)
    assert isinstance(scene.provider().open(), Grant)
    assert isinstance(scene.credentials(), Credentials)
