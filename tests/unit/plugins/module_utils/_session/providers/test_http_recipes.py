# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider http with each shipped recipe: opened, used, kept alive, opened again, closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.http import Http
from ansible_collections.gatehouse.api.plugins.module_utils._session.recipes import RECIPES
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import ACTIVE
from tests.sandbox.harness import Sandbox
from tests.unit.plugins.children import Child
from tests.unit.plugins.http_scene import SCENES, SERVICES, HttpScene, NetboxScene, RedfishScene, ZabbixScene, rpc
from tests.unit.plugins.provider_scene import (
    STATUSES,
    VALUES,
    all_at_once,
    ensure_in_child,
    holds_against,
    refused,
    spoilt,
)

NewChild = Callable[..., Child]
KEPT_ALIVE = ("redfish", "vsphere", "zabbix")


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """Return one sandbox process of all services."""
    with Sandbox.start(*SERVICES) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


Make = Callable[[str], Any]


@pytest.fixture
def make(running: Sandbox, tmp_path: Path) -> Make:
    """Return a maker of scenes where nothing has happened yet."""

    def made(recipe: str) -> HttpScene:
        kind = SCENES[recipe]
        running.reset(kind.service)
        if recipe == "netbox_v2":
            running.settings("netbox", version="4.6.1", v1_tokens=False)
        return kind(running, tmp_path / "sessions")

    return made


@pytest.fixture(params=list(RECIPES))
def scene(request: pytest.FixtureRequest, make: Make) -> HttpScene:
    """Return a scene of each shipped recipe."""
    found: HttpScene = make(request.param)
    return found


@pytest.fixture(params=KEPT_ALIVE)
def idle(request: pytest.FixtureRequest, make: Make) -> HttpScene:
    """Return a scene of each service that ends idle sessions."""
    found: HttpScene = make(request.param)
    return found


@pytest.fixture
def redfish(make: Make) -> RedfishScene:
    found: RedfishScene = make("redfish")
    return found


@pytest.fixture
def zabbix(make: Make) -> ZabbixScene:
    found: ZabbixScene = make("zabbix")
    return found


@pytest.fixture
def netbox(make: Make) -> NetboxScene:
    found: NetboxScene = make("netbox")
    return found


def test_every_shipped_recipe_has_a_scene() -> None:
    assert set(SCENES) == set(RECIPES)
    assert {option.choices for option in Http.own_options if option.name == "recipe_name"} == {tuple(RECIPES)}


# A session's life


def test_a_session_is_opened_used_and_closed(scene: HttpScene) -> None:
    record = scene.ensure()
    assert (record.state, record.account, scene.live()) == (ACTIVE, scene.known()["username"], 1)
    assert scene.use()
    assert scene.client().absent("cloud", scene.definition()).changed
    assert scene.gone()
    assert scene.live() == 0
    state = scene.state()
    assert (state["logins"], state["misplaced"]) == (1, [])
    scene.tells_no_secret(record.facts(), dict(record.options), scene.said, scene.warnings)


def test_a_second_use_asks_for_nothing(scene: HttpScene) -> None:
    scene.ensure()
    before = len(scene.journal())
    assert not scene.client().ensure("cloud", scene.definition()).changed
    assert len(scene.journal()) == before


def test_a_session_is_found_by_its_name_alone(scene: HttpScene) -> None:
    scene.ensure()
    assert scene.call(**scene.used).ok
    scene.client().absent("cloud")
    assert scene.live() == 0


def test_a_name_never_changes_its_account(scene: HttpScene) -> None:
    scene.ensure()
    assert "bob" in refused("conflict", lambda: scene.ensure("bob")).message


def test_another_password_signs_in_anew(scene: HttpScene) -> None:
    scene.ensure()
    scene.act("change_password", account="alice", password="canary-new-password")
    record = scene.ensure(password="canary-new-password")
    assert record.revision > 1
    assert scene.state()["logins"] == 2


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_a_wrong_password_is_sent_once(scene: HttpScene, name: str) -> None:
    wanted = {"username": scene.known()["username"].replace("alice", name), "password": "canary-wrong"}
    for _attempt in range(3):
        failure = refused("credentials_rejected", lambda: scene.ensure(**wanted))
        assert name in failure.message
    assert len(scene.journal()) == 1
    scene.tells_no_secret(str(failure), failure.as_dict())


def test_a_wrong_password_of_many_processes_is_sent_once(scene: HttpScene, new_child: NewChild) -> None:
    found = all_at_once(new_child, 5, ensure_in_child, scene, scene.definition(password="canary-wrong"))
    assert {kind for kind, _tokens in found} == {"credentials_rejected"}
    assert len(scene.journal()) == 1


def test_many_processes_open_one_session(scene: HttpScene, new_child: NewChild) -> None:
    found = all_at_once(new_child, 8, ensure_in_child, scene, scene.definition())
    assert {kind for kind, _tokens in found} == {"open"}
    assert scene.state()["logins"] == 1


def test_a_session_that_the_service_forgot_is_opened_again(scene: HttpScene) -> None:
    scene.ensure()
    scene.act("drop_sessions")
    assert scene.use(scene.definition())
    assert (scene.live(), scene.state()["logins"]) == (1, 2)


def test_a_session_that_the_service_forgot_is_closed_quietly(scene: HttpScene) -> None:
    scene.ensure()
    scene.act("drop_sessions")
    scene.client().absent("cloud", scene.definition())
    assert scene.gone()


def test_a_lacking_right_is_no_ended_session(scene: HttpScene) -> None:
    scene.ensure("carol")
    refused("missing_scope", lambda: scene.call(definition=scene.definition("carol"), **scene.denied))
    assert scene.state()["logins"] == 1


def test_a_failed_logout_keeps_the_record(scene: HttpScene) -> None:
    scene.ensure()
    scene.fault("status", route="rpc" if scene.service == "zabbix" else "logout", status=500)
    refused("not_available", lambda: scene.client().absent("cloud", scene.definition()))
    assert not scene.gone()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, "rate_limited"), (503, "not_available"), (500, "not_available"), (302, "unexpected_response")],
)
def test_a_service_that_is_busy_is_no_wrong_password(scene: HttpScene, status: int, kind: str) -> None:
    headers = {"Retry-After": "600"} if status in (429, 503) else {"Location": "https://elsewhere.invalid/"}
    scene.fault("status", route="*", status=status, headers=headers)
    failure = refused(kind, scene.ensure)
    assert failure.http_code == status
    assert failure.retry_after == (600 if status in (429, 503) else None)
    assert len(scene.journal()) == 1


@pytest.mark.parametrize("name", RECIPES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_the_service_answers(make: Make, name: str, data: st.DataObject) -> None:
    scene = make(name)
    whole = {"error": {"code": 1, "data": "x"}, "result": "t", "token": "t", "key": "k", "id": 1, "expires": None}
    body, status = data.draw(spoilt(whole) | VALUES), data.draw(st.sampled_from(STATUSES))
    scene.directory = scene.directory / str(id(data))
    holds_against(scene, lambda one: one.ensure(), "*", body, status)
    if scene.gone():
        scene.sandbox.reset(scene.service)


# Idle sessions


def test_an_idle_session_is_kept_alive(idle: HttpScene) -> None:
    record = idle.ensure()
    assert record.lifetime == 240.0
    idle.pass_time(230)
    again = idle.ensure()
    assert (again.tokens, idle.state()["logins"], len(idle.journal())) == (record.tokens, 1, 2)
    assert again.revision > record.revision
    idle.pass_time(230)
    assert idle.use(idle.definition())
    assert idle.state()["logins"] == 1
    assert idle.warnings == []


def test_a_session_that_was_idle_for_too_long_is_opened_again(idle: HttpScene) -> None:
    idle.ensure()
    idle.pass_time(10**6)
    assert idle.use(idle.definition())
    assert (idle.state()["logins"], idle.live()) == (2, 1)
    assert len(idle.warnings) == 1


def test_refreshing_on_purpose_keeps_the_token(idle: HttpScene) -> None:
    record = idle.ensure()
    outcome = idle.client().refreshed("cloud", idle.definition())
    assert outcome.changed
    assert outcome.after is not None
    assert outcome.after.tokens == record.tokens


def test_a_keepalive_that_got_no_answer_loses_nothing(idle: HttpScene) -> None:
    record = idle.ensure()
    idle.pass_time(230)
    idle.fault("drop_before", count=None)
    refused("not_reachable", idle.ensure)
    idle.sandbox.clear_faults(idle.service)
    assert idle.ensure().tokens == record.tokens
    assert idle.state()["logins"] == 1


@pytest.mark.parametrize("status", [401, 404, 410])
def test_a_keepalive_that_finds_no_session_opens_one(redfish: RedfishScene, status: int) -> None:
    redfish.ensure()
    redfish.pass_time(230)
    redfish.fault("status", route="session_read", status=status)
    assert redfish.ensure().state == ACTIVE
    assert redfish.state()["logins"] == 2
    assert "got no answer" not in redfish.warnings[0]


# Redfish


@pytest.mark.parametrize("location", ["path", "url"])
def test_the_place_of_a_session_is_a_url_of_the_service(redfish: RedfishScene, location: str) -> None:
    redfish.settings(location=location)
    record = redfish.ensure()
    assert record.uid == f"{redfish.sandbox.url('redfish')}/redfish/v1/SessionService/Sessions/1"


def test_the_place_of_a_session_is_nowhere_else(redfish: RedfishScene) -> None:
    redfish.settings(location="foreign")
    failure = refused("unexpected_response", redfish.ensure)
    assert "origin" in failure.message
    assert "invalid" not in failure.message


@pytest.mark.parametrize("status", [400, 403, 503])
def test_a_controller_without_a_free_session_is_no_wrong_password(redfish: RedfishScene, status: int) -> None:
    redfish.settings(session_limit=1, limit_status=status)
    redfish.act("login", account="bob")
    failure = refused("not_available", redfish.ensure)
    assert str(failure.api_code).endswith("SessionLimitExceeded")
    redfish.act("drop_sessions")
    if status == 503:  # nobody is asked for a while after that
        redfish.pass_time(120)
    assert redfish.ensure().state == ACTIVE


# Zabbix


def test_zabbix_says_no_with_http_200(zabbix: ZabbixScene) -> None:
    failure = refused("credentials_rejected", lambda: zabbix.ensure(password="canary-wrong"))
    assert (failure.http_code, failure.api_code) == (200, "-32500")
    assert "temporarily blocked" in failure.message


def test_zabbix_blocks_an_account_for_a_while(zabbix: ZabbixScene) -> None:
    for number in range(5):
        refused("credentials_rejected", lambda number=number: zabbix.ensure(password=f"canary-wrong-{number}"))
    refused("credentials_rejected", zabbix.ensure)
    zabbix.pass_time(31)
    refused("credentials_rejected", zabbix.ensure)  # that password is not sent again so soon
    assert zabbix.client(force=True).ensure("cloud", zabbix.definition()).changed


@pytest.mark.parametrize("method", ["no.method", "host.get.more"])
def test_a_wrong_method_of_zabbix_is_a_definition_failure(zabbix: ZabbixScene, method: str) -> None:
    failure = refused("definition", lambda: zabbix.call(definition=zabbix.definition(), **rpc(method)))
    assert failure.api_code == "-32601"


def test_zabbix_is_asked_without_header_where_it_wants_that(zabbix: ZabbixScene) -> None:
    zabbix.ensure()
    zabbix.pass_time(230)
    zabbix.ensure()
    zabbix.client().absent("cloud")
    assert zabbix.methods() == ["user.login", "user.checkauthentication", "user.logout"]
    assert [entry["outcome"] for entry in zabbix.journal()] == ["ok"] * 3


@pytest.mark.parametrize("version", ["6.4.0", "7.4.1"])
def test_versions_of_zabbix(zabbix: ZabbixScene, version: str) -> None:
    zabbix.settings(version=version)
    assert len(zabbix.use(zabbix.definition())["result"]) == 2


# NetBox


@pytest.mark.parametrize("version", ["3.7.8", "4.2.9", "4.5.0"])
def test_versions_of_netbox(netbox: NetboxScene, version: str) -> None:
    netbox.settings(version=version)
    record = netbox.ensure()
    assert record.uid == "1"
    assert netbox.use()["count"] == 1


def test_a_netbox_that_has_no_such_tokens_any_more(netbox: NetboxScene) -> None:
    netbox.settings(version="5.0.0", v1_tokens=False)
    refused("unexpected_response", netbox.ensure)
    assert netbox.live() == 0


def test_a_token_that_expires_is_made_anew(netbox: NetboxScene) -> None:
    netbox.settings(token_seconds=3600)
    record = netbox.ensure()
    assert record.lifetime == pytest.approx(3600, abs=5)
    netbox.pass_time(3590)
    assert netbox.ensure().tokens != record.tokens
    assert netbox.warnings == []


# A given token


def test_a_given_token_is_used_and_never_revoked(scene: HttpScene) -> None:
    made = scene.ensure()
    token = made.tokens["access_token"]
    if scene.recipe == "netbox_v2":
        refused("definition", lambda: scene.client().ensure("given", scene.definition(name="given", token=token)))
        return
    definition = scene.definition(name="given", token=token, password=None)
    before = scene.state()["logins"]
    record = scene.client().ensure("given", definition).after
    assert record is not None
    assert (record.tokens["access_token"], record.lifetime) == (token, None)
    scene.pass_time(200)
    assert not scene.client().ensure("given", definition).changed
    scene.client().absent("given", definition)
    assert (scene.live(), scene.state()["logins"]) == (1, before)


@pytest.mark.parametrize("name", ["redfish", "vsphere", "zabbix", "netbox"])
def test_a_dead_given_token_is_sent_once(make: Make, name: str) -> None:
    scene = make(name)
    definition = scene.definition(token="canary-dead-token-0123456789", password=None)
    for _attempt in range(3):
        failure = refused("credentials_rejected", lambda: scene.use(definition))
        assert "token" in failure.hint
    assert len(scene.journal()) == 1


@pytest.mark.parametrize("name", ["redfish", "vsphere", "zabbix", "netbox"])
def test_a_given_token_is_not_refreshed(make: Make, name: str) -> None:
    scene = make(name)
    definition = scene.definition(token="canary-some-token-0123456789", password=None)
    scene.client().ensure("cloud", definition)
    outcome = scene.client().refreshed("cloud", definition).after
    assert outcome is not None
    assert outcome.tokens["access_token"] == "canary-some-token-0123456789"
    assert scene.journal() == []


# Secrets


def test_the_tokens_are_hidden(scene: HttpScene) -> None:
    record = scene.ensure()
    for value in record.tokens.values():
        assert secrets.hide(f"x {value} x") == "x ******** x"
    journal = repr(scene.journal())
    assert not [secret for secret in scene.sandbox.canaries(scene.service) if len(secret) > 6 and secret in journal]
    for path in scene.directory.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [value for value in record.tokens.values() if value.encode() in content]
