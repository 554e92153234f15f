# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider http with recipes of one's own: where things are in replies, what goes out, what is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.plugin_utils.definitions import parse
from tests.sandbox.harness import Sandbox
from tests.unit.plugins.http_scene import VsphereScene
from tests.unit.plugins.provider_scene import refused

TOKEN = "canary-token-0123456789"
RECIPE: dict[str, Any] = {
    "login": {"path": "/api/session", "json": {"user": "{username}", "password": "{password}"}},
    "token": {"json": "/token"},
    "send": {"Authorization": "Bearer {token}"},
}
LOGIN, OTHER = "login", "vms"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """Return the sandbox process of this module."""
    with Sandbox.start("vsphere") as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def scene(running: Sandbox, tmp_path: Path) -> VsphereScene:
    """Return a scene whose service answers what a test says."""
    running.reset("vsphere")
    return VsphereScene(running, tmp_path / "sessions")


def recipe(**changed: Any) -> dict[str, Any]:
    """The recipe with other parts; None leaves one out."""
    return {key: value for key, value in {**RECIPE, **changed}.items() if value is not None}


def opened(scene: VsphereScene, body: Any = None, headers: Any = None, **changed: Any) -> Any:
    """The record of a session whose login was answered so."""
    wanted = {"token": TOKEN} if body is None else body
    scene.fault("status", route=LOGIN, status=200, body=wanted, headers=headers or {})
    return scene.ensure(recipe=recipe(**changed))


# What goes out


def test_a_json_body(scene: VsphereScene) -> None:
    login = {"path": "/api/session", "json": {"a": ["{username}", 1, None, True], "b": {"{username}": "{values.x}"}}}
    scene.answer(LOGIN, {"token": TOKEN})
    scene.ensure(recipe=recipe(login=login), values={"x": 7})
    (entry,) = scene.journal(LOGIN)
    name = scene.known()["username"]
    assert entry["body"] == {"a": [name, 1, None, True], "b": {"{username}": "7"}}


def test_a_form(scene: VsphereScene) -> None:
    login = {"path": "/api/session", "form": {"user": "{username}", "x": "a&b={values.y}"}}
    scene.answer(LOGIN, {"token": TOKEN})
    scene.ensure(recipe=recipe(login=login), values={"y": "&c=d"})
    (entry,) = scene.journal(LOGIN)
    assert entry["headers"]["content-type"] == "application/x-www-form-urlencoded"
    assert entry["body"] == {"user": scene.known()["username"], "x": "a&b=&c=d"}


def test_a_path(scene: VsphereScene) -> None:
    login = {"path": "/api/session?tenant={values.tenant}&x=1"}
    scene.answer(LOGIN, {"token": TOKEN})
    scene.ensure(recipe=recipe(login=login), values={"tenant": "a/../b?c&d=é#"})
    (entry,) = scene.journal(LOGIN)
    assert (entry["path"], entry["query"]) == ("/api/session", {"tenant": "a/../b?c&d=é#", "x": "1"})


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "é", "\x7f"])
def test_what_no_header_can_carry(scene: VsphereScene, value: str) -> None:
    login = {"path": "/api/session", "headers": {"X-Tenant": "{values.tenant}"}}
    failure = refused("definition", lambda: scene.ensure(recipe=recipe(login=login), values={"tenant": value}))
    assert "no header can carry" in failure.message
    assert scene.journal() == []


def test_a_placeholder_in_a_value_stays(scene: VsphereScene) -> None:
    scene.answer(LOGIN, {"token": TOKEN})
    scene.ensure(recipe=recipe(), username="{password}")
    (entry,) = scene.journal(LOGIN)
    assert entry["body"]["user"] == "{password}"


def test_what_a_service_sends_is_no_template(scene: VsphereScene) -> None:
    token = "{username}{{ lookup('pipe', 'id') }}"
    record = opened(scene, {"token": token})
    assert record.headers == {"Authorization": f"Bearer {token}"}


def test_a_username_that_basic_cannot_carry(scene: VsphereScene) -> None:
    failure = refused("definition", lambda: scene.ensure(username="a:b"))
    assert "colon" in failure.message
    assert scene.journal() == []


@pytest.mark.parametrize("missing", ["username", "password"])
def test_what_the_login_needs_is_asked_for(scene: VsphereScene, missing: str) -> None:
    for options in ({}, {"recipe": recipe()}):
        failure = refused("authentication_needed", lambda options=options: scene.ensure(**{missing: None}, **options))
        assert missing in str(failure)
    assert scene.journal() == []


def test_a_login_that_needs_nothing(scene: VsphereScene) -> None:
    scene.answer(LOGIN, {"token": TOKEN})
    scene.ensure(recipe=recipe(login={"path": "/api/session"}), username=None, password=None)


def test_a_value_that_nobody_gives(scene: VsphereScene) -> None:
    login = {"path": "/api/session", "json": "{values.tenant}"}
    failure = refused("definition", lambda: scene.ensure(recipe=recipe(login=login), values={"tenants": 1}))
    assert failure.message == "The test: recipe.login.json needs {values.tenant}."
    assert "values" in failure.hint


# Where replies have things


@pytest.mark.parametrize(
    ("place", "body", "headers"),
    [
        ({"json": "/a/0/b"}, {"a": [{"b": TOKEN}]}, {}),
        ({"json": ["/x", "/y", "/z"]}, {"x": None, "y": TOKEN, "z": "other"}, {}),
        ({"json": ""}, f'"{TOKEN}"', {}),
        ({"text": True}, f" {TOKEN}\n", {}),
        ({"header": "x-token"}, {}, {"X-Token": TOKEN}),
        ({"cookie": "sid"}, {}, {"Set-Cookie": f'sid="{TOKEN}"; Path=/; HttpOnly'}),
    ],
)
def test_a_token_has_many_places(scene: VsphereScene, place: Any, body: Any, headers: Any) -> None:
    record = opened(scene, body, headers, token=place)
    assert record.headers == {"Authorization": f"Bearer {TOKEN}"}
    assert secrets.hide(TOKEN) == secrets.HIDDEN


@pytest.mark.parametrize(
    ("place", "body", "said", "there"),
    [
        ({"json": "/data/token"}, {"data": {"session": "canary-a", "ttl": 5}}, "goes as far as /data", "session, ttl"),
        ({"json": "/token"}, {"Token": "canary-a"}, "finds nothing at /token", "Token"),
        ({"json": "/token"}, {"token": None}, "finds nothing at /token", "token"),
        ({"json": "/token"}, {"token": {"x": "canary-a"}}, "finds no text at /token", "x"),
        ({"json": "/token"}, {"token": True}, "finds no text at /token", "nothing else"),
        ({"json": ["/a", "/b/c"]}, {"b": {"d": "canary-a"}}, "/a or /b/c", "d"),
        ({"json": "/token"}, ["canary-a"], "finds nothing", "nothing else"),
        ({"json": "/token"}, {str(number): 1 for number in range(30)}, "finds nothing", "11, ..."),
        ({"header": "X-Token"}, {"token": "canary-a"}, "in the headers", "content-type"),
        ({"cookie": "sid"}, {"token": "canary-a"}, "in the cookies", "nothing else"),
        ({"text": True}, "", "the reply is empty", "nothing else"),
    ],
)
def test_a_place_where_nothing_is(scene: VsphereScene, place: Any, body: Any, said: str, there: str) -> None:
    failure = refused("definition", lambda: opened(scene, body, token=place))
    assert failure.message.startswith("The test: recipe.token.")
    assert said in failure.message
    assert there in failure.hint
    assert "canary" not in str(failure)


def test_a_place_where_nothing_is_in_a_file_is_named_by_its_line(scene: VsphereScene, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yml"
    text = yaml.safe_dump(recipe(token={"json": "/nothing/here"}), sort_keys=False)
    path.write_text(text, encoding="utf-8")
    scene.answer(LOGIN, {"token": TOKEN})
    failure = refused("definition", lambda: scene.ensure(recipe_file=str(path)))
    line = text.splitlines().index("  json: /nothing/here") + 1
    assert failure.message.startswith(f"Line {line} of {path}: token.json finds nothing at /nothing/here")


@pytest.mark.parametrize("body", ["<html>canary</html>", "", "\x00"])
def test_a_page_is_no_wrong_recipe(scene: VsphereScene, body: str) -> None:
    failure = refused("unexpected_response", lambda: opened(scene, body))
    assert "no JSON" in failure.message
    assert "canary" not in str(failure)


@pytest.mark.parametrize("token", ["a\r\nX: y", "x" * 20000, "a\tb", "\u2028"])
def test_a_token_that_is_unusable(scene: VsphereScene, token: str) -> None:
    refused("unexpected_response", lambda: opened(scene, {"token": token}))


def test_a_token_that_no_header_can_carry(scene: VsphereScene) -> None:
    refused("definition", lambda: opened(scene, {"token": "tökén"}))


def test_more_can_be_kept(scene: VsphereScene) -> None:
    record = opened(
        scene,
        {"token": TOKEN, "csrf": "canary-csrf-value", "n": 5},
        keep={"csrf": {"json": "/csrf"}, "number": {"json": "/n"}},
        send={"Cookie": "sid={token}", "X-CSRF": "{csrf}/{number}"},
    )
    assert record.headers == {"Cookie": f"sid={TOKEN}", "X-CSRF": "canary-csrf-value/5"}
    assert secrets.hide("canary-csrf-value") == secrets.HIDDEN
    assert "canary" not in repr(record.facts())


@pytest.mark.parametrize(
    ("body", "changed", "lifetime"),
    [
        ({}, {}, None),
        ({}, {"lifetime": 60}, 60),
        ({"ttl": 90}, {"expires_in": {"json": "/ttl"}}, 90),
        ({"ttl": "90.5"}, {"expires_in": {"json": "/ttl"}, "lifetime": 5}, 90.5),
        ({"ttl": None}, {"expires_in": {"json": "/ttl"}, "lifetime": 5}, 5),
        ({"ttl": None}, {"expires_at": {"json": "/ttl"}}, None),
    ],
)
def test_how_long_a_token_lives(scene: VsphereScene, body: Any, changed: Any, lifetime: float | None) -> None:
    assert opened(scene, {"token": TOKEN, **body}, **changed).lifetime == lifetime


@pytest.mark.parametrize("shape", ["seconds", "milliseconds", "Z", "+02:00", "fraction", "none"])
def test_when_a_token_dies(scene: VsphereScene, shape: str) -> None:
    import datetime

    end = int(scene.now()) + 5000
    moment = datetime.datetime.fromtimestamp(end, datetime.timezone.utc)
    zone = datetime.timezone(datetime.timedelta(hours=2))
    said: Any = {
        "seconds": end,
        "milliseconds": end * 1000,
        "Z": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "+02:00": moment.astimezone(zone).isoformat(),
        "fraction": moment.strftime("%Y-%m-%dT%H:%M:%S.123456789Z"),
        "none": moment.strftime("%Y-%m-%d %H:%M:%S"),
    }[shape]
    record = opened(scene, {"token": TOKEN, "end": said}, expires_at={"json": "/end"})
    assert record.lifetime == pytest.approx(5000, abs=3)


@pytest.mark.parametrize("said", ["soon", "-1", -5, 0, "1970-01-01T00:00:00Z", "NaN", 1e300, "2026-13-01"])
@pytest.mark.parametrize("kind", ["expires_in", "expires_at"])
def test_an_expiry_that_is_none(scene: VsphereScene, said: Any, kind: str) -> None:
    failure = refused(
        "unexpected_response", lambda: opened(scene, {"token": TOKEN, "x": said}, **{kind: {"json": "/x"}})
    )
    assert f"recipe.{kind}.json" in failure.message


# Refreshing

REFRESH = {
    "refresh": {"path": "/api/vcenter/vm", "method": "GET", "headers": {"X-Refresh": "{refresh_token}"}},
    "refresh_token": {"json": "/refresh"},
    "expires_in": {"json": "/ttl"},
    "uid": {"json": "/id"},
}
FIRST = {"token": TOKEN, "refresh": "canary-refresh-1", "ttl": 600, "id": "session-1"}


def test_a_token_is_refreshed(scene: VsphereScene) -> None:
    record = opened(scene, FIRST, **REFRESH)
    assert record.lifetime == 600
    scene.pass_time(590)
    scene.answer(OTHER, {"token": "canary-token-2", "refresh": "canary-refresh-2", "ttl": 700})
    again = scene.ensure(recipe=recipe(**REFRESH))
    assert (again.tokens["access_token"], again.tokens["refresh_token"]) == ("canary-token-2", "canary-refresh-2")
    assert (again.uid, again.lifetime) == ("session-1", 700)
    (entry,) = scene.journal(OTHER)
    assert "authorization" not in entry["headers"]
    scene.pass_time(690)
    scene.answer(OTHER, {"token": "canary-token-3", "ttl": 700})
    assert scene.ensure(recipe=recipe(**REFRESH)).tokens["refresh_token"] == "canary-refresh-2"
    assert len(scene.journal(LOGIN)) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refresh_that_is_refused_signs_in_again(scene: VsphereScene, status: int) -> None:
    opened(scene, FIRST, **REFRESH)
    scene.pass_time(590)
    scene.fault("status", route=OTHER, status=status)
    assert opened(scene, {**FIRST, "token": "canary-token-4"}, **REFRESH).tokens["access_token"] == "canary-token-4"
    assert len(scene.warnings) == 1


def test_a_refresh_that_failed_for_another_reason_does_not(scene: VsphereScene) -> None:
    opened(scene, FIRST, **REFRESH)
    scene.pass_time(590)
    scene.fault("status", route=OTHER, status=500)
    refused("not_available", lambda: scene.ensure(recipe=recipe(**REFRESH)))
    assert len(scene.journal(LOGIN)) == 1


def test_a_refresh_whose_answer_was_lost_is_explained(scene: VsphereScene) -> None:
    opened(scene, FIRST, **REFRESH)
    scene.pass_time(590)
    scene.fault("drop_before", route=OTHER)
    refused("not_reachable", lambda: scene.ensure(recipe=recipe(**REFRESH)))
    scene.fault("status", route=OTHER, status=401)
    opened(scene, {**FIRST, "token": "canary-token-6"}, **REFRESH)
    (warning,) = scene.warnings
    assert "got no answer" in warning


def test_a_session_with_an_end_is_kept_alive_until_then(scene: VsphereScene) -> None:
    keepalive = {"path": "/api/vcenter/vm", "after": 100}
    parts = {"keepalive": keepalive, "expires_in": {"json": "/ttl"}}
    assert opened(scene, {"token": TOKEN, "ttl": 250}, **parts).lifetime == 100
    for passed, left in ((95, 100), (100, 55)):
        scene.pass_time(passed)
        scene.answer(OTHER, {})
        assert scene.ensure(recipe=recipe(**parts)).lifetime == pytest.approx(left, abs=3)
    scene.pass_time(50)
    assert opened(scene, {"token": "canary-token-5"}, **parts).tokens["access_token"] == "canary-token-5"
    assert scene.warnings == []


# Failures by the recipe's own rules


@pytest.mark.parametrize(
    ("failure", "body", "kind"),
    [
        ({"when": "/error"}, {"error": "x", "token": TOKEN}, "unexpected_response"),
        ({"unless": "/ok"}, {"ok": False, "token": TOKEN}, "unexpected_response"),
        (
            {"when": "/error", "says": "/error", "rules": [{"kind": "conflict", "says": ["*twice*"]}]},
            {"error": "You did it twice."},
            "conflict",
        ),
        (
            {"when": "/error", "code": "/error", "rules": [{"kind": "rate_limited", "code": [7]}]},
            {"error": 7},
            "rate_limited",
        ),
        (
            {"when": "/error", "code": "/error", "rules": [{"kind": "conflict", "status": [400], "code": ["7"]}]},
            {"error": 7},
            "unexpected_response",
        ),
        (
            {"when": "/error", "rules": [{"kind": "authentication_needed", "status": [200]}]},
            {"error": 7},
            "credentials_rejected",
        ),
        (
            {"when": "/error", "rules": [{"kind": "two_factor_needed", "status": [200]}]},
            {"error": 7},
            "two_factor_needed",
        ),
    ],
)
def test_a_failure_is_what_the_recipe_says(scene: VsphereScene, failure: Any, body: Any, kind: str) -> None:
    found = refused(kind, lambda: opened(scene, body, failure=failure))
    assert found.http_code == 200


@pytest.mark.parametrize("body", [{"error": None, "token": TOKEN}, {"error": False, "token": TOKEN}, {"token": TOKEN}])
def test_an_empty_error_is_none(scene: VsphereScene, body: Any) -> None:
    assert opened(scene, body, failure={"when": "/error"})


def test_what_the_service_says_is_cut_and_printable(scene: VsphereScene) -> None:
    body = {"error": {"text": "a\n\u202e" + "x" * 5000, "code": ["\x1b[31m"]}}
    parts = {"when": "/error", "says": "/error/text", "code": "/error/code"}
    failure = refused("unexpected_response", lambda: opened(scene, body, failure=parts))
    assert len(failure.message) < 500


def test_statuses_of_a_success(scene: VsphereScene) -> None:
    login = {**RECIPE["login"], "status": [201]}
    refused("unexpected_response", lambda: opened(scene, login=login))


# Which recipe


@pytest.mark.parametrize("options", [{}, {"recipe": RECIPE, "recipe_name": "vsphere"}])
def test_exactly_one_recipe(scene: VsphereScene, options: Any) -> None:
    failure = refused("definition", lambda: scene.ensure(**{"recipe_name": None, **options}))
    assert "recipe_file" in failure.hint


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"login: ["])
def test_a_file_that_is_no_recipe(scene: VsphereScene, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "recipe.yml"
    if content is not None:
        path.write_bytes(content)
    assert str(path) in refused("definition", lambda: scene.ensure(recipe_file=str(path))).message


def test_a_file_is_read_again_when_it_has_changed(scene: VsphereScene, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yml"
    path.write_text("login: {pth: /x}", encoding="utf-8")
    refused("definition", lambda: scene.ensure(recipe_file=str(path)))
    path.write_text(yaml.safe_dump(RECIPE), encoding="utf-8")
    scene.answer(LOGIN, {"token": TOKEN})
    assert scene.ensure(recipe_file=str(path))
    os.unlink(path)
    refused("definition", lambda: scene.client().absent("cloud"))


# Where passwords go


@pytest.mark.parametrize("url", ["http://elsewhere.example/login", "https://elsewhere.example/login", "https://u@x/y"])
def test_a_url_of_another_origin(scene: VsphereScene, tmp_path: Path, url: str) -> None:
    path = tmp_path / "recipe.yml"
    path.write_text(yaml.safe_dump(recipe(login={"path": url}), sort_keys=False), encoding="utf-8")
    failure = refused("definition", lambda: scene.ensure(recipe_file=str(path)))
    assert failure.message.startswith(f"Line 2 of {path}: login.path is ")
    assert ("plain http" in failure.message) is url.startswith("http://")
    assert scene.journal() == []


def test_a_url_of_this_origin(scene: VsphereScene) -> None:
    login = {**RECIPE["login"], "path": scene.sandbox.url("vsphere") + "/api/session?x=1"}
    assert opened(scene, login=login)


def test_plain_http_is_refused_with_the_place_of_the_url(scene: VsphereScene) -> None:
    failure = refused("definition", lambda: scene.ensure(url=scene.sandbox.plain_url("vsphere")))
    assert failure.message.endswith("(url of session 'cloud' in the test).")
    assert scene.ensure(url=scene.sandbox.plain_url("vsphere"), allow_plain_http=True)


@pytest.mark.parametrize("uid", ["https://elsewhere.example/x", "//elsewhere.example/x", "http://127.0.0.1/x"])
def test_an_id_that_leads_elsewhere_is_not_followed(scene: VsphereScene, uid: str) -> None:
    parts = {"uid": {"json": "/id"}, "logout": {"path": "{uid}"}}
    opened(scene, {"token": TOKEN, "id": uid}, **parts)
    refused("definition", lambda: scene.client().absent("cloud", scene.definition(recipe=recipe(**parts))))
    assert len(scene.journal()) == 1


def test_an_id_in_a_path_is_one_part_of_it(scene: VsphereScene) -> None:
    parts = {"uid": {"json": "/id"}, "logout": {"path": "/api/vcenter/vm/{uid}"}}
    opened(scene, {"token": TOKEN, "id": "../../session?x"}, **parts)
    scene.fault("status", route="*", status=204)
    scene.client().absent("cloud", scene.definition(recipe=recipe(**parts)))
    assert scene.journal()[-1]["path"].startswith("/api/vcenter/vm/")


def test_without_a_logout_a_session_is_only_forgotten(scene: VsphereScene) -> None:
    opened(scene)
    scene.client().absent("cloud")
    assert (scene.gone(), len(scene.journal())) == (True, 1)


# Definitions


def test_a_definition_with_a_recipe_inside() -> None:
    options = {"url": "https://api.example.com", "values": {"tenant": "x"}, "recipe": RECIPE, "password": {"env": "X"}}
    definition = parse("cloud", {"http": options}, "/etc/sessions.yml")
    assert definition.get("values") == {"tenant": "x"}
    assert definition.get("recipe")["token"]["json"] == "/token"
    assert str(definition.options["password"]) == "env:X"


def test_a_sessions_file_names_the_line_of_a_wrong_key(tmp_path: Path) -> None:
    path = tmp_path / "sessions.yml"
    text = yaml.safe_dump(
        {"cloud": {"http": {"url": "https://x", "recipe": recipe(send={"X": "{token}"})}}}, sort_keys=False
    )
    path.write_text(text.replace("token:", "tokn:"), encoding="utf-8")
    listed = DataLoader().load_from_file(str(path))
    with pytest.raises(Failure) as caught:
        parse("cloud", listed["cloud"], str(path))
    line = text.splitlines().index("      token:") + 1
    assert caught.value.message == (f"Line {line} of {path}: recipe has the unknown key 'tokn'; did you mean 'token'?")
