# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords, folders and tags (Nextcloud Passwords protocol page, section 8)."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox
from tests.sandbox.passwords_probe import PROVIDER as NEXTCLOUD
from tests.sandbox.passwords_probe import PasswordsProbe

from .conftest import NewPasswordsProbe
from .test_nextcloud_sessions import error

ROOT_FOLDER = "00000000-0000-0000-0000-000000000000"
NOWHERE = "11111111-2222-4333-8444-555555555555"
NOT_FOUND = (404, 404, "Resource not found")
OUTDATED = "Outdated revision id"
SHA1 = "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"  # of the word password
KINDS = ("password", "folder", "tag")
NEW: dict[str, dict[str, Any]] = {
    "password": {"password": "password", "label": "new"},
    "folder": {"label": "new"},
    "tag": {"label": "new", "color": "#00ff00"},
}


@pytest.fixture
def carol(new_passwords: NewPasswordsProbe) -> PasswordsProbe:
    """Return a client of carol, who has no master password."""
    return new_passwords("carol")


def labels(found: list[dict[str, Any]]) -> set[str]:
    return {item["label"] for item in found}


def by_label(probe: PasswordsProbe, label: str, kind: str = "password") -> dict[str, Any]:
    (found,) = [item for item in probe.get(f"{kind}/list") if item["label"] == label]
    return dict(found)


def create(probe: PasswordsProbe, kind: str = "password", **fields: Any) -> str:
    answer = probe.api("POST", f"{kind}/create", {**NEW[kind], **fields})
    assert answer.status == 201, answer.raw
    assert set(answer.body) == {"id", "revision"}
    return str(answer.body["id"])


def show(probe: PasswordsProbe, identifier: str, kind: str = "password", details: str = "model") -> dict[str, Any]:
    return dict(probe.post(f"{kind}/show", id=identifier, details=details))


def update(probe: PasswordsProbe, identifier: str, kind: str = "password", **fields: Any) -> Any:
    return probe.api("PATCH", f"{kind}/update", {"id": identifier, **NEW[kind], **fields})


# Lists


def test_list_by_both_verbs(carol: PasswordsProbe) -> None:
    assert carol.get("password/list") == carol.post("password/list")
    assert labels(carol.get("password/list")) == {"web server", "database", "received entry", "shared entry"}
    assert labels(carol.get("folder/list")) == {"servers", "databases"}
    assert labels(carol.get("tag/list")) == {"critical"}


def test_order_and_types_of_fields(carol: PasswordsProbe) -> None:
    entry = by_label(carol, "web server")
    assert list(entry) == [
        *("id", "created", "updated", "edited", "share", "shared", "revision", "label", "username", "password"),
        *("notes", "customFields", "url", "status", "statusCode", "hash", "folder", "cseKey", "cseType", "sseType"),
        *("hidden", "trashed", "favorite", "editable", "client"),
    ]
    assert (entry["cseKey"], entry["cseType"], entry["sseType"]) == ("", "none", "SSEv1r2")
    assert (entry["status"], entry["statusCode"], entry["share"], entry["favorite"]) == (0, "GOOD", None, True)
    folder, tag = by_label(carol, "servers", "folder"), by_label(carol, "critical", "tag")
    common = ["cseKey", "cseType", "sseType", "hidden", "trashed", "favorite", "client"]
    assert list(folder) == ["id", "created", "updated", "edited", "revision", "label", "parent", *common]
    assert list(tag) == ["id", "created", "updated", "edited", "revision", "label", "color", *common]


def test_php_escapes(carol: PasswordsProbe) -> None:
    create(carol, label="a/b \u20ac \U0001f510", url="https://x.example.com/")
    raw = carol.api("GET", "password/list").raw
    assert raw.isascii()
    assert rb"a\/b \u20ac \ud83d\udd10" in raw
    assert rb"https:\/\/x.example.com\/" in raw
    assert "a/b \u20ac \U0001f510" in labels(json.loads(raw))


def test_levels(carol: PasswordsProbe) -> None:
    entry = by_label(carol, "web server")
    folder, tag = by_label(carol, "servers", "folder"), by_label(carol, "critical", "tag")
    below = by_label(carol, "databases", "folder")
    assert show(carol, entry["id"], details="id") == {"id": entry["id"], "revision": entry["revision"]}
    assert show(carol, entry["id"], details="model+nonsense") == entry
    told = show(carol, entry["id"], details="folder+tags+shares+revisions")
    assert set(told) == {"id", "revision", "folder", "tags", "shares", "revisions"}
    assert (told["folder"], told["tags"], told["shares"]) == (folder, [tag], [])
    (revision,) = told["revisions"]
    assert (revision["id"], revision["label"], revision["cseType"]) == (entry["revision"], "web server", "none")
    assert show(carol, entry["id"], details="model+tag-ids")["tags"] == [tag["id"]]
    told = show(carol, folder["id"], "folder", "model+parent+folders+passwords")
    assert (told["folders"], told["passwords"], told["parent"]["label"]) == ([below], [entry], "Home")
    told = show(carol, folder["id"], "folder", "folder-ids+password-ids+parent")
    assert (told["folders"], told["passwords"]) == ([below["id"]], [entry["id"]])
    told = show(carol, tag["id"], "tag", "passwords+password-tags")
    assert [password["tags"] for password in told["passwords"]] == [[tag]]
    assert show(carol, tag["id"], "tag", "password-ids")["passwords"] == [entry["id"]]


def test_a_bare_plus_in_the_query_is_a_space(carol: PasswordsProbe) -> None:
    assert set(carol.get("password/list?details=model+tag-ids")[0]) == {"id", "revision"}
    assert "tags" in carol.get("password/list?details=model%2Btag-ids")[0]


def test_root_folder(carol: PasswordsProbe) -> None:
    told = show(carol, ROOT_FOLDER, "folder", "model+folder-ids")
    assert (told["id"], told["label"], len(told["folders"])) == (ROOT_FOLDER, "Home", 1)
    assert ROOT_FOLDER not in {folder["id"] for folder in carol.get("folder/list")}
    answer = carol.api("POST", "folder/show", {})
    assert (answer.status, answer.raw) == (400, b"")
    for answer in (
        update(carol, ROOT_FOLDER, "folder"),
        carol.api("DELETE", "folder/delete", {"id": ROOT_FOLDER}),
        carol.api("PATCH", "folder/restore", {"id": ROOT_FOLDER}),
    ):
        assert error(answer) == (422, "7c8efc3c", "Can not edit base folder")


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_ids(carol: PasswordsProbe, new_passwords: NewPasswordsProbe, kind: str) -> None:
    foreign = create(new_passwords("dave", opened=True), kind)
    for identifier in (NOWHERE, "malformed", foreign):
        assert error(carol.api("POST", f"{kind}/show", {"id": identifier})) == NOT_FOUND
        assert error(update(carol, identifier, kind)) == NOT_FOUND
        assert error(carol.api("DELETE", f"{kind}/delete", {"id": identifier})) == NOT_FOUND
        assert error(carol.api("PATCH", f"{kind}/restore", {"id": identifier})) == NOT_FOUND


# Parameters


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("password/create", {"label": "x"}),
        ("password/create", {"label": "x", "password": None}),
        ("password/create", {"label": "x", "password": 5}),
        ("password/create", {"label": 5, "password": "x"}),
        ("password/create", {"label": "x", "password": "x", "customFields": []}),
        ("password/create", {"label": "x", "password": "x", "tags": "tag"}),
        ("password/create", {"label": "x", "password": "x", "folder": 1}),
        ("folder/create", {}),
        ("tag/create", {"label": "x"}),
        ("password/show", {}),
        ("password/find", {"criteria": "trashed"}),
        ("password/list", {"details": 5}),
    ],
)
def test_missing_or_mistyped_parameters(carol: PasswordsProbe, path: str, body: dict[str, Any]) -> None:
    before = carol.get("password/list")
    answer = carol.api("POST", path, body)
    assert (answer.status, answer.raw) == (400, b"")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-api-session"] == carol.session
    assert carol.get("password/list") == before


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        (b'{"password":"p","label":"x"}', "application/json", 201),
        (b'{"password":"p","label":"x"', "application/json", 400),
        (b'{"password":"p","label":"x"}', "text/plain", 400),
        (b"password=p&label=x", "application/x-www-form-urlencoded", 201),
        (b"password=p", "application/json", 400),
    ],
)
def test_bodies(carol: PasswordsProbe, raw: bytes, content_type: str, status: int) -> None:
    answer = carol.api("POST", "password/create", raw, {"Content-Type": content_type})
    assert answer.status == status
    if status == 400:
        assert answer.raw == b""


def test_parameters_in_the_query(carol: PasswordsProbe) -> None:
    assert carol.api("POST", "password/create?label=queried&password=p").status == 201
    entry = by_label(carol, "queried")
    changed = carol.api("PATCH", f"password/update?id={entry['id']}&label=again&password=p")
    assert changed.status == 200
    assert carol.api("DELETE", f"password/delete?id={entry['id']}").status == 200


def test_favorite_in_forms(carol: PasswordsProbe) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for text, expected in {"false": False, "False": True, "0": False, "": False, "true": True}.items():
        raw = f"password=p&label=form{text}&favorite={text}&tags[]={''}".encode()
        answer = carol.api("POST", "password/create", raw, form)
        assert show(carol, answer.body["id"])["favorite"] is expected


def test_null_is_the_default(carol: PasswordsProbe) -> None:
    entry = show(carol, create(carol, username=None, folder=None, tags=None, favorite=None, edited=None))
    assert (entry["username"], entry["folder"], entry["favorite"]) == ("", ROOT_FOLDER, False)


# Create


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("password", {"label": ""}, ("7c31eb4d", 'Field "label" can not be empty')),
        ("password", {"label": "0"}, ("7c31eb4d", 'Field "label" can not be empty')),
        ("password", {"password": ""}, ("2cf30fe7", 'Field "password" can not be empty')),
        ("password", {"password": "0"}, ("2cf30fe7", 'Field "password" can not be empty')),
        ("folder", {"label": ""}, ("7c31eb4d", 'Field "label" can not be empty')),
        ("tag", {"label": "0"}, ("7c31eb4d", 'Field "label" can not be empty')),
        ("tag", {"color": ""}, ("2aff026c", 'Field "color" can not be empty')),
    ],
)
def test_empty_fields(carol: PasswordsProbe, kind: str, fields: dict[str, Any], expected: tuple[str, str]) -> None:
    assert error(carol.api("POST", f"{kind}/create", {**NEW[kind], **fields})) == (400, *expected)


def test_create_without_a_label(carol: PasswordsProbe) -> None:
    assert error(carol.api("POST", "password/create", {"password": "x"}))[1] == "7c31eb4d"


def test_create_is_not_idempotent(carol: PasswordsProbe) -> None:
    first, second = create(carol, label=" "), create(carol, label=" ")
    assert first != second
    assert len([entry for entry in carol.get("password/list") if entry["label"] == " "]) == 2


def test_what_create_stores(carol: PasswordsProbe) -> None:
    folder, tag = by_label(carol, "databases", "folder"), by_label(carol, "critical", "tag")
    sent = {"username": "u", "url": "ftp://x", "notes": "n", "customFields": "not json", "favorite": True}
    identifier = create(carol, **sent, folder=folder["id"], tags=[tag["id"], tag["id"]], hash="f" * 40)
    entry = show(carol, identifier, details="model+tag-ids")
    assert {name: entry[name] for name in sent} == sent
    assert (entry["folder"], entry["tags"], entry["hash"]) == (folder["id"], [tag["id"]], SHA1)
    assert (entry["client"], entry["editable"], entry["trashed"]) == ("automation", True, False)
    assert abs(entry["edited"] - time.time()) < 60
    assert entry["created"] == entry["updated"]


def test_equal_passwords(carol: PasswordsProbe) -> None:
    first, second = create(carol), create(carol)
    assert {show(carol, name)["statusCode"] for name in (first, second)} == {"DUPLICATE"}


def test_unknown_folder_and_tag(carol: PasswordsProbe) -> None:
    for folder in (NOWHERE, "malformed"):
        assert show(carol, create(carol, folder=folder))["folder"] == ROOT_FOLDER
    assert error(carol.api("POST", "password/create", {**NEW["password"], "tags": [NOWHERE]})) == (
        400,
        "57b4fe05",
        "Tag does not exist",
    )


def test_hidden_and_trashed_folders(carol: PasswordsProbe) -> None:
    hidden, trashed = create(carol, "folder", hidden=True), create(carol, "folder")
    carol.api("DELETE", "folder/delete", {"id": trashed})
    assert show(carol, create(carol, folder=hidden))["folder"] == ROOT_FOLDER
    assert show(carol, create(carol, folder=hidden, hidden=True))["folder"] == hidden
    assert show(carol, create(carol, folder=trashed))["folder"] == trashed


@pytest.mark.parametrize("kind", KINDS)
def test_edited_at_create(carol: PasswordsProbe, kind: str) -> None:
    now = int(time.time())
    assert show(carol, create(carol, kind, edited=1_500_000_000), kind)["edited"] == 1_500_000_000
    for sent in (0, now + 3 * 3600):
        assert abs(show(carol, create(carol, kind, edited=sent), kind)["edited"] - now) < 60
    assert show(carol, create(carol, kind, edited=now + 3600), kind)["edited"] == now + 3600


def test_breach_check_out_of_reach(carol: PasswordsProbe, nextcloud: Sandbox) -> None:
    entry = by_label(carol, "web server")
    nextcloud.settings(NEXTCLOUD, breach_check_works=False)
    assert error(carol.api("POST", "password/create", NEW["password"])) == (503, 0, "Unable to complete request")
    assert error(update(carol, entry["id"], password="other"))[0] == 503
    assert update(carol, entry["id"], password=entry["password"]).status == 200
    assert create(carol, "folder")


# Update


def test_update_replaces_the_object(carol: PasswordsProbe) -> None:
    entry = by_label(carol, "web server")
    assert entry["username"]
    answer = update(carol, entry["id"], password="changed", label="renamed")
    assert set(answer.body) == {"id", "revision"}
    told = show(carol, entry["id"], details="model+tag-ids")
    assert told["revision"] == answer.body["revision"] != entry["revision"]
    assert (told["password"], told["label"]) == ("changed", "renamed")
    assert [told[name] for name in ("username", "url", "notes", "customFields", "folder")] == [*[""] * 4, ROOT_FOLDER]
    assert (told["hidden"], told["favorite"], told["cseType"], told["cseKey"]) == (False, False, "none", "")
    assert told["tags"] == [by_label(carol, "critical", "tag")["id"]]
    assert told["created"] == entry["created"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_update_is_a_revision(carol: PasswordsProbe, kind: str) -> None:
    identifier = create(carol, kind)
    first = show(carol, identifier, kind)["revision"]
    second = update(carol, identifier, kind, revision=first).body["revision"]
    assert second != first
    assert error(update(carol, identifier, kind, revision=first)) == (409, "9c5d2ad8", OUTDATED)
    assert error(update(carol, identifier, kind, revision=NOWHERE)) == (409, "9c5d2ad8", OUTDATED)
    assert show(carol, identifier, kind)["revision"] == second
    assert update(carol, identifier, kind).status == 200
    assert len(show(carol, identifier, kind, "revisions")["revisions"]) == 3


def test_a_refused_update_changes_nothing(carol: PasswordsProbe) -> None:
    entry = by_label(carol, "database")
    assert error(update(carol, entry["id"], revision=NOWHERE))[0] == 409
    assert error(update(carol, entry["id"], label=""))[1] == "7c31eb4d"
    assert show(carol, entry["id"]) == entry


def test_tags_at_update(carol: PasswordsProbe) -> None:
    first, second = by_label(carol, "critical", "tag")["id"], create(carol, "tag")
    identifier = create(carol, tags=[first])

    def tags() -> list[str]:
        return list(show(carol, identifier, details="tag-ids")["tags"])

    for sent, expected in ((None, [first]), ([], [first]), ([second], [second]), ([""], [])):
        assert update(carol, identifier, tags=sent).status == 200
        assert tags() == expected
    before = show(carol, identifier)["revision"]
    answer = update(carol, identifier, label="stored all the same", tags=[NOWHERE])
    assert error(answer) == (400, "57b4fe05", "Tag does not exist")
    told = show(carol, identifier)
    assert told["revision"] != before
    assert told["label"] == "stored all the same"


def test_folders_at_update(carol: PasswordsProbe) -> None:
    servers, databases = (by_label(carol, label, "folder")["id"] for label in ("servers", "databases"))
    identifier = create(carol, folder=servers)
    update(carol, identifier, folder=databases)
    assert show(carol, identifier)["folder"] == databases
    update(carol, identifier, folder=NOWHERE)
    assert show(carol, identifier)["folder"] == ROOT_FOLDER
    update(carol, databases, "folder", parent=databases)
    assert show(carol, databases, "folder")["parent"] == ROOT_FOLDER
    update(carol, servers, "folder", parent=databases)
    update(carol, databases, "folder", parent=servers)
    assert show(carol, databases, "folder")["parent"] == servers
    assert carol.api("GET", "folder/list").status == 200


def test_edited_at_update(carol: PasswordsProbe) -> None:
    old = 1_500_000_000
    identifier = create(carol, edited=old)
    for sent, password, expected in (
        (0, "password", old),
        (old + 5, "password", old + 5),
        (old + 5, "changed", None),
        (0, "changed twice", None),
        (old + 9, "changed again", old + 9),
    ):
        assert update(carol, identifier, edited=sent, password=password).status == 200
        edited = show(carol, identifier)["edited"]
        assert edited == expected if expected else abs(edited - time.time()) < 60


def test_what_was_received_stays(carol: PasswordsProbe) -> None:
    entry = by_label(carol, "received entry")
    assert entry["editable"] is False
    servers = by_label(carol, "servers", "folder")["id"]
    sent = {"username": "x", "url": "x", "notes": "x", "customFields": "[]", "folder": servers, "favorite": True}
    assert update(carol, entry["id"], **sent, edited=5).status == 200
    told = show(carol, entry["id"])
    kept = ("password", "label", "username", "url", "notes", "customFields", "hash", "edited")
    assert {name: told[name] for name in kept} == {name: entry[name] for name in kept}
    assert (told["folder"], told["favorite"]) == (servers, True)
    assert error(update(carol, entry["id"], cseType="CSEv1r1", cseKey="k"))[1] == "4e8162e6"
    assert error(update(carol, entry["id"], hidden=True)) == (400, "7269e742", "Shared entity can not be hidden")


def test_update_of_what_is_in_the_trash(carol: PasswordsProbe) -> None:
    identifier = create(carol)
    carol.api("DELETE", "password/delete", {"id": identifier})
    assert update(carol, identifier, label="changed").status == 200
    assert show(carol, identifier)["trashed"] is True


# Delete and restore


@pytest.mark.parametrize("kind", KINDS)
def test_delete_three_times(carol: PasswordsProbe, kind: str) -> None:
    identifier = create(carol, kind)
    first = show(carol, identifier, kind)["revision"]
    answer = carol.api("DELETE", f"{kind}/delete", {"id": identifier, "revision": NOWHERE})
    assert set(answer.body) == {"id", "revision"}
    assert answer.body["revision"] != first
    assert show(carol, identifier, kind)["trashed"] is True
    assert identifier not in {item["id"] for item in carol.get(f"{kind}/list")}
    stale = carol.api("DELETE", f"{kind}/delete", {"id": identifier, "revision": first})
    assert error(stale) == (400, "9c5d2ad8", OUTDATED)
    last = carol.api("DELETE", f"{kind}/delete", {"id": identifier, "revision": answer.body["revision"]})
    assert last.body == {"id": identifier}
    assert error(carol.api("DELETE", f"{kind}/delete", {"id": identifier})) == NOT_FOUND


@pytest.mark.parametrize("kind", KINDS)
def test_restore(carol: PasswordsProbe, kind: str) -> None:
    identifier = create(carol, kind)
    first = show(carol, identifier, kind)["revision"]
    assert carol.api("PATCH", f"{kind}/restore", {"id": identifier}).body == {"id": identifier, "revision": first}
    trashed = carol.api("DELETE", f"{kind}/delete", {"id": identifier}).body["revision"]
    restored = carol.api("PATCH", f"{kind}/restore", {"id": identifier}).body["revision"]
    assert restored not in (first, trashed)
    assert show(carol, identifier, kind)["trashed"] is False
    update(carol, identifier, kind, label="second")
    back = carol.api("PATCH", f"{kind}/restore", {"id": identifier, "revision": first})
    assert back.body["revision"] not in (first, restored)
    assert show(carol, identifier, kind)["label"] == "new"


def test_restore_of_wrong_revisions(carol: PasswordsProbe) -> None:
    identifier, foreign = create(carol), by_label(carol, "database")["revision"]
    answer = carol.api("PATCH", "password/restore", {"id": identifier, "revision": foreign})
    assert error(answer) == (400, "f281915e", "Invalid revision id")
    assert error(carol.api("PATCH", "password/restore", {"id": identifier, "revision": NOWHERE})) == NOT_FOUND


def test_a_trashed_folder_suspends_what_is_in_it(carol: PasswordsProbe) -> None:
    servers, entry = by_label(carol, "servers", "folder"), by_label(carol, "database")
    carol.api("DELETE", "folder/delete", {"id": servers["id"]})
    assert labels(carol.get("folder/list")) == set()
    assert labels(carol.get("password/list")) == {"received entry", "shared entry"}
    assert labels(carol.post("password/find", criteria={"trashed": True})) == {"trashed entry"}
    assert labels(carol.post("folder/find", criteria={"trashed": True})) == {"servers"}
    assert show(carol, entry["id"])["trashed"] is False
    carol.api("PATCH", "folder/restore", {"id": servers["id"]})
    assert "database" in labels(carol.get("password/list"))


def test_deleting_a_folder_for_good_takes_all_with_it(carol: PasswordsProbe, nextcloud: Sandbox) -> None:
    servers, entry = by_label(carol, "servers", "folder"), by_label(carol, "database")
    for _number in range(2):
        carol.api("DELETE", "folder/delete", {"id": servers["id"]})
    assert error(carol.api("POST", "password/show", {"id": entry["id"]})) == NOT_FOUND
    assert nextcloud.state(NEXTCLOUD)["objects"]["carol"] == {"password": 4, "folder": 0, "tag": 1}


def test_deleting_a_tag_takes_it_off(carol: PasswordsProbe) -> None:
    entry, tag = by_label(carol, "web server"), by_label(carol, "critical", "tag")
    carol.api("DELETE", "tag/delete", {"id": tag["id"]})
    assert show(carol, entry["id"], details="tag-ids")["tags"] == []
    carol.api("PATCH", "tag/restore", {"id": tag["id"]})
    assert show(carol, entry["id"], details="tag-ids")["tags"] == [tag["id"]]
    for _number in range(2):
        carol.api("DELETE", "tag/delete", {"id": tag["id"]})
    assert show(carol, entry["id"], details="tag-ids")["tags"] == []


def test_hidden_objects_are_only_shown(carol: PasswordsProbe, nextcloud: Sandbox) -> None:
    (hidden,) = [item for item in nextcloud.act(NEXTCLOUD, "read", account="carol") if item["hidden"]]
    assert hidden["label"] not in labels(carol.get("password/list"))
    assert hidden["label"] not in labels(carol.post("password/find"))
    assert show(carol, hidden["id"])["label"] == "hidden entry"


# Find


def test_find(carol: PasswordsProbe) -> None:
    everything = {"web server", "database", "received entry", "shared entry"}
    servers = by_label(carol, "servers", "folder")["id"]

    def found(kind: str = "password", **criteria: Any) -> set[str]:
        return labels(carol.post(f"{kind}/find", criteria=criteria))

    assert labels(carol.post("password/find")) == everything
    assert found(trashed=True) == found(trashed="true") == found(trashed=["eq", True]) == {"trashed entry"}
    assert found(trashed=False) == everything
    assert found(favorite=True) == {"web server"}
    assert found(favorite=["ne", True]) == everything - {"web server"}
    assert found(cseType="none", status=0) == everything
    assert found(cseType="CSEv1r1") == set()
    assert found(status="0") == set()
    assert found(created=["gt", 1_000_000_000]) == everything
    assert found(created=["gt", "1000000000"]) == set()
    assert found(updated=["lt", 1_000_000_000]) == set()
    assert found("folder", parent=servers) == {"databases"}
    assert found("tag", favorite=False) == {"critical"}
    assert set(carol.post("password/find", details="id")[0]) == {"id", "revision"}


@pytest.mark.parametrize(
    ("kind", "criteria", "expected"),
    [
        ("password", {"label": "x"}, ("9c01ff52", "Illegal field in search criteria: label")),
        ("password", {"folder": "x"}, ("db824eaa", "Illegal field in search criteria: folder")),
        ("password", {"hidden": True}, ("8c52e71b", "Illegal field in search criteria: hidden")),
        ("folder", {"label": "x"}, ("9c01ff52", "Illegal field in search criteria: label")),
        ("tag", {"status": 0}, (None, "Illegal field in search criteria: status")),
        ("password", {"status": ["xx", 0]}, ("4b4f1d64", "Illegal operator in search criteria: xx")),
    ],
)
def test_illegal_criteria(
    carol: PasswordsProbe, kind: str, criteria: dict[str, Any], expected: tuple[str | None, str]
) -> None:
    status, identifier, message = error(carol.api("POST", f"{kind}/find", {"criteria": criteria}))
    assert (status, message) == (400, expected[1])
    assert identifier == (expected[0] or identifier)
