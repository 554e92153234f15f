# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of Nextcloud Passwords (protocol page, sections 7 and 8) against the sandbox."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import Credential, Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Change
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from tests.unit.plugins.scene import PasswordsScene

JUNK: list[Any] = [None, 7, -1.5, True, [], {}, "", "\0", "\ud800", ["x"], {"a": 1}, [[]], [[[]]]]
FIELD = {"label": "api key", "type": "secret", "value": "canary-field"}
NOBODY = "00000000-0000-4000-8000-000000000000"
ROOT = "00000000-0000-0000-0000-000000000000"
DEEP = "[" * 900 + "1" + "]" * 900


def failed(kind: str, operation: Callable[[], Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        operation()
    assert caught.value.kind == kind, caught.value
    assert str(caught.value).isprintable()
    return caught.value


def one(scene: PasswordsScene, account: str = "", **asked: Any) -> Credential:
    found = scene.credentials(account, ttl=0).one(Query(**asked))
    assert found is not None
    return found


def present(scene: PasswordsScene, query: Query, wanted: dict[str, Any], account: str = "", **how: Any) -> Change:
    return scene.credentials(account).present(query, wanted, **how)


def written(scene: PasswordsScene) -> list[dict[str, Any]]:
    """The requests that changed something."""
    verbs = ("create", "update", "delete", "restore")
    return [entry for entry in scene.journal() if entry["route"].rpartition("_")[2] in verbs]


def seen(scene: PasswordsScene) -> Any:
    return scene.sandbox.state(scene.service)["plain_texts_seen"]


# Searching: section 8.7

CAROL = ["database", "received entry", "shared entry", "web server"]


def test_all_that_is_visible_is_found(passwords: PasswordsScene) -> None:
    assert passwords.labels() == CAROL
    passwords.client().absent("cloud", passwords.definition())
    assert len(passwords.labels("alice")) == 2


@pytest.mark.parametrize(
    ("asked", "labels"),
    [
        ({"label": "database"}, ["database"]),
        ({"term": "database"}, ["database"]),
        ({"term": "servers/databases/database"}, ["database"]),
        ({"term": "/servers/databases/database"}, ["database"]),
        ({"term": "servers/database"}, []),
        ({"term": "databases/database"}, []),
        ({"folder": "servers/databases"}, ["database"]),
        ({"folder": "/servers/databases/"}, ["database"]),
        ({"folder": "servers"}, ["web server"]),
        ({"folder": ""}, ["received entry", "shared entry"]),
        ({"folder": "no such"}, []),
        ({"tag": "critical"}, ["web server"]),
        ({"tag": "no such"}, []),
        ({"username": "deploy"}, CAROL),
        ({"username": ""}, []),
        ({"url": "https://web.example.com:8443/"}, ["web server"]),
        ({"url": "https://web.example.com:8443"}, []),
        ({"url": "web.example.com", "host": True}, ["web server"]),
        ({"url": "WEB.example.com", "host": True}, ["web server"]),
        ({"url": "https://web.example.com/other", "host": True}, ["web server"]),
        ({"url": "example.com", "host": True}, []),
        ({"url": "http://[", "host": True}, []),
        ({"label": "web server", "folder": "servers", "tag": "critical", "username": "deploy"}, ["web server"]),
        ({"label": "web server", "folder": "servers/databases"}, []),
        ({"label": "Database"}, []),
        ({"label": "hidden entry"}, []),
        ({"label": "trashed entry"}, []),
    ],
    ids=str,
)
def test_an_entry_is_found_by_what_is_given(
    passwords: PasswordsScene, asked: dict[str, Any], labels: list[str]
) -> None:
    assert passwords.labels(**asked) == labels


@pytest.mark.parametrize("form", ["term", "id"])
def test_an_entry_is_found_by_its_id(passwords: PasswordsScene, form: str) -> None:
    id_ = passwords.id_of("database")
    assert passwords.labels(**{form: id_}) == ["database"]
    assert passwords.labels(**{form: id_.upper()}) == ["database"]
    assert passwords.labels(**{form: NOBODY}) == []
    assert passwords.labels(**{form: passwords.id_of("hidden entry")}) == []


def test_what_is_given_beside_an_id_must_be_so_too(passwords: PasswordsScene) -> None:
    id_ = passwords.id_of("database")
    assert passwords.labels(id=id_, label="database") == ["database"]
    assert passwords.labels(id=id_, label="web server") == []
    assert passwords.labels(id=id_, term=passwords.id_of("web server")) == []
    assert passwords.labels(term=id_, folder="servers") == []


@pytest.mark.parametrize("account", ["carol", "erin"])
def test_an_entry_has_all_that_it_holds(passwords: PasswordsScene, account: str) -> None:
    encrypted = account != "carol"
    if encrypted:
        passwords.settings(two_factor="none")
    folder = passwords.act("create", account, kind="folder", label="a \u20ac")["id"]
    tag = passwords.act("create", account, kind="tag", label="t", color="#ff0000")["id"]
    made = passwords.act(
        "create", account, label="all", username="u", password="canary-all", notes="n\n\u20ac", url="https://x/",
        customFields=json.dumps([FIELD]), folder=folder, tags=[tag], favorite=True,
    )  # fmt: skip
    found = one(passwords, account, label="all")
    assert found.as_dict() == {
        "id": made["id"], "label": "all", "username": "u", "password": "canary-all", "url": "https://x/",
        "notes": "n\n\u20ac", "folder": "a \u20ac", "tags": ["t"], "custom_fields": [FIELD], "favorite": True,
        "revision": made["revision"],
    }  # fmt: skip
    assert (found.raw["cseType"] == "CSEv1r1") is encrypted
    assert passwords.labels(account, folder="a \u20ac", tag="t", url="x", host=True) == ["all"]


def test_encrypted_entries_and_plain_ones_are_found_together(passwords: PasswordsScene) -> None:
    passwords.settings(two_factor="none")
    assert passwords.labels("erin") == ["only entry", "plain entry"]
    assert {one(passwords, "erin", label=label).raw["cseType"] for label in ("only entry", "plain entry")} == {
        "none",
        "CSEv1r1",
    }


def test_the_entries_of_an_older_key_are_read(passwords: PasswordsScene) -> None:
    """Section 7.1: bob has one entry under each of two keys."""
    keys = {raw["cseKey"] for raw in passwords.held("bob").values()}
    assert len(keys) == 2
    assert all(passwords.labels("bob"))
    assert len(passwords.labels("bob")) == 2


def test_folders_that_are_not_listed_stand_for_themselves(passwords: PasswordsScene) -> None:
    """Section 8.7: hidden, in the trash, or of nobody."""
    hidden = passwords.act("create", kind="folder", label="hidden", hidden=True)["id"]
    below = passwords.act("create", kind="folder", label="below", parent=hidden)["id"]
    passwords.act("create", label="in hidden", password="canary-1", folder=hidden)
    passwords.act("create", label="in below", password="canary-2", folder=below)
    assert one(passwords, label="in hidden").folder == hidden
    assert one(passwords, label="in below").folder == f"{hidden}/below"
    assert passwords.labels(folder="hidden") == []


def test_entries_in_a_trashed_folder_are_not_found(passwords: PasswordsScene) -> None:
    passwords.act("trash", id=passwords.id_of("servers", kind="folder"))
    assert passwords.labels() == ["received entry", "shared entry"]


def test_folders_in_a_circle_end_somewhere(passwords: PasswordsScene) -> None:
    first = passwords.act("create", kind="folder", label="first")["id"]
    second = passwords.act("create", kind="folder", label="second", parent=first)["id"]
    passwords.act("overwrite", id=first, parent=second)
    passwords.act("create", label="dizzy", password="canary-1", folder=first)
    assert one(passwords, label="dizzy").folder.startswith(first)
    assert passwords.labels(folder="first/second") == []


def test_several_hits_are_a_conflict_that_names_them(passwords: PasswordsScene) -> None:
    ids = [passwords.act("create", label="twin", username=name, password="canary-1")["id"] for name in ("a", "b")]
    failure = failed("conflict", lambda: passwords.credentials().one(Query(label="twin")))
    assert all(id_ in failure.message for id_ in ids)
    assert "id" in failure.hint
    assert one(passwords, label="twin", username="b").id == ids[1]
    assert "canary" not in str(failure)


def test_nothing_is_found_where_there_is_nothing(passwords: PasswordsScene) -> None:
    assert passwords.credentials().one(Query(label="no such")) is None


@pytest.mark.parametrize(
    "text",
    [
        "no json", "7", "null", '"x"', "{}", "[7, null, []]", DEEP, f'[{{"label": "x", "value": {DEEP}}}]',
        "[" * 100_000,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_custom_fields_that_are_none_are_no_fields(passwords: PasswordsScene, text: str) -> None:
    """Section 8.2: the server stores any text."""
    passwords.act("overwrite", id=passwords.id_of("database"), customFields=text)
    fields = one(passwords, label="database").custom_fields
    assert all(set(field) == {"label", "type", "value"} for field in fields)


# What cannot be read: section 7.2


def damaged(scene: PasswordsScene, how: str) -> str:
    """One unreadable entry beside a good one; its id."""
    scene.settings(two_factor="none")
    id_ = str(scene.act("create", "erin", label="broken", username="u", password="canary-broken")["id"])
    values: dict[str, dict[str, Any]] = {
        "missing key": {"cseKey": NOBODY},
        "unknown type": {"cseType": "CSEv9"},
        "damaged password": {"password": "00" * 60},
        "short password": {"password": "00"},
        "no hex": {"password": "no ciphertext!"},
        "not UTF-8": {"password": "zz"},
        "damaged label": {"label": "00" * 60},
    }
    scene.act("overwrite", "erin", id=id_, **values[how])
    return id_


BROKEN = ["missing key", "unknown type", "damaged password", "short password", "no hex", "damaged label"]


@pytest.mark.parametrize("how", BROKEN)
def test_what_cannot_be_decrypted_is_told_and_the_others_still_come(passwords: PasswordsScene, how: str) -> None:
    id_ = damaged(passwords, how)
    found = passwords.credentials("erin").search(Query())
    assert sorted(item.label for item in found.credentials) == ["only entry", "plain entry"]
    (failure,) = found.unread
    assert failure.kind == "crypto"
    assert id_ in failure.message
    assert ("'broken'" in failure.message) is (how in ("damaged password", "short password", "no hex"))
    assert "canary" not in str(failure)
    again = passwords.credentials("erin").search(Query())
    assert [item.message for item in again.unread] == [failure.message]


@pytest.mark.parametrize("form", ["id", "term"])
@pytest.mark.parametrize("how", BROKEN)
def test_who_asks_for_an_unreadable_entry_by_its_id_is_told(passwords: PasswordsScene, how: str, form: str) -> None:
    id_ = damaged(passwords, how)
    failure = failed("crypto", lambda: passwords.credentials("erin").one(Query(**{form: id_})))
    assert id_ in failure.message


def test_other_entries_are_found_beside_an_unreadable_one(passwords: PasswordsScene) -> None:
    damaged(passwords, "missing key")
    assert passwords.labels("erin", label="only entry") == ["only entry"]


def test_an_entry_whose_password_is_damaged_is_not_replaced_by_another(passwords: PasswordsScene) -> None:
    damaged(passwords, "damaged password")
    wanted = {"label": "broken", "password": "canary-new"}
    failed("crypto", lambda: present(passwords, Query(label="broken"), wanted, "erin"))
    assert written(passwords) == []


@pytest.mark.parametrize("kind", ["folder", "tag"])
def test_a_damaged_folder_or_tag_keeps_no_entry_back(passwords: PasswordsScene, kind: str) -> None:
    passwords.settings(two_factor="none")
    place = passwords.act("create", "erin", kind=kind, label="x", **({"color": "#ff0000"} if kind == "tag" else {}))[
        "id"
    ]
    home = {"folder": place} if kind == "folder" else {"tags": [place]}
    passwords.act("create", "erin", label="inside", password="canary-inside", **home)
    passwords.act("overwrite", "erin", id=place, label="00" * 60)
    found = one(passwords, "erin", label="inside")
    assert (found.folder if kind == "folder" else found.tags) in (place, (place,))
    wanted = {"label": "new", "password": "canary-new", "folder": "y", "tags": ["z"]}
    change = present(passwords, Query(label="new"), wanted, "erin", create_folders=True, create_tags=True)
    assert change.changed


def test_a_damaged_keychain_is_said_when_something_is_to_be_read(passwords: PasswordsScene) -> None:
    passwords.act("set_keychain", "alice", data="00" * 200)
    failure = failed("crypto", lambda: passwords.credentials("alice").search(Query()))
    assert "keychain" in failure.message


# What a list may hold


@pytest.mark.parametrize("body", [None, 7, "x", {}, [7], [None], [[]], [{}], [{"id": "1"}]], ids=repr)
@pytest.mark.parametrize("kind", ["password", "folder", "tag"])
def test_a_list_that_is_none_is_refused(passwords: PasswordsScene, kind: str, body: Any) -> None:
    provider, record = passwords.opened()
    passwords.answer(f"{kind}_list", body)
    failure = failed("unexpected_response", lambda: provider.fetch(record, kind))
    assert kind in failure.message


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize(
    "name",
    ["id", "folder", "cseType", "cseKey", "tags", "label", "password", "username", "url", "notes", "customFields",
     "favorite", "revision", "editable", "hidden", "edited", "more"],
)  # fmt: skip
def test_a_list_may_hold_anything(passwords: PasswordsScene, name: str, junk: Any) -> None:
    good = next(raw for raw in passwords.held().values() if raw["label"] == "database")
    passwords.answer("password_list", json.dumps([{**good, "folder": ROOT, name: junk}]))
    whole = isinstance(junk, str) if name in ("id", "folder", "cseType") else isinstance(junk, list) or name != "tags"
    if not whole or (name == "tags" and any(not isinstance(tag, str) for tag in junk)):
        failed("unexpected_response", lambda: passwords.credentials().search(Query()))
        return
    found = passwords.credentials().search(Query())
    assert len(found.credentials) + len(found.unread) == 1
    assert json.dumps([item.as_dict() for item in found.credentials])


def test_what_is_nested_too_deep_to_be_kept_is_not_kept(passwords: PasswordsScene) -> None:
    good = next(raw for raw in passwords.held().values() if raw["label"] == "database")
    text = json.dumps([{**good, "tags": [], "revisions": "deep"}]).replace('"deep"', DEEP)
    passwords.answer("password_list", text)
    assert [item.label for item in passwords.credentials().search(Query(label="database")).credentials] == ["database"]


# Making and changing: section 8.4


@pytest.mark.parametrize("account", ["carol", "dave", "erin"])
def test_an_entry_is_made_as_the_account_keeps_them(passwords: PasswordsScene, account: str) -> None:
    passwords.settings(two_factor="none")
    wanted = {
        "label": "new", "username": "u", "password": "canary-new", "url": "https://n/", "notes": "n",
        "custom_fields": [FIELD], "folder": "a/b", "tags": ["one", "two"], "favorite": True,
    }  # fmt: skip
    change = present(passwords, Query(label="new"), wanted, account, create_folders=True, create_tags=True)
    assert change.changed
    assert change.before is None
    assert change.after is not None
    stored = passwords.held(account)[change.after.id]
    assert {name: stored[name] for name in ("label", "username", "password", "url", "notes", "favorite")} == {
        name: wanted[name] for name in ("label", "username", "password", "url", "notes", "favorite")
    }
    assert json.loads(stored["customFields"]) == [FIELD]
    assert stored["cseType"] == ("CSEv1r1" if account == "erin" else "none")
    assert stored["hash"] == hashlib.sha1(b"canary-new", usedforsecurity=False).hexdigest()
    folders = {item["label"]: item for item in passwords.held(account, "folder").values()}
    assert stored["folder"] == folders["b"]["id"]
    assert folders["b"]["parent"] == folders["a"]["id"]
    assert folders["b"]["cseType"] == stored["cseType"]
    assert len(stored["tags"]) == 2
    assert seen(passwords) == []
    assert not present(passwords, Query(label="new"), wanted, account).changed


def test_who_said_so_gets_plain_entries_although_there_is_a_keychain(passwords: PasswordsScene) -> None:
    """Section 7.2: the setting user.encryption.cse."""
    passwords.settings(two_factor="none")
    passwords.act("configure", "erin", settings={"user.encryption.cse": 0})
    present(passwords, Query(label="new"), {"label": "new", "password": "canary-new"}, "erin")
    assert passwords.held("erin")[passwords.id_of("new", "erin")]["cseType"] == "none"


@pytest.mark.parametrize("length", [0, 20, 40])
def test_the_hash_is_as_long_as_the_account_wants_it(passwords: PasswordsScene, length: int) -> None:
    passwords.settings(two_factor="none")
    passwords.act("configure", "erin", settings={"user.password.security.hash": length})
    present(passwords, Query(label="new"), {"label": "new", "password": "canary-new"}, "erin")
    (body,) = (entry["body"] for entry in passwords.journal("password_create"))
    whole = hashlib.sha1(b"canary-new", usedforsecurity=False).hexdigest()
    assert passwords.held("erin")[passwords.id_of("new", "erin")]["hash"] == whole[:length]
    assert "cseType" in body


KEPT = ("label", "username", "password", "url", "notes", "customFields", "folder", "favorite", "hidden", "tags")


@pytest.mark.parametrize("account", ["carol", "erin"])
@pytest.mark.parametrize(
    ("wanted", "changes"),
    [
        ({"password": "canary-other"}, {"password": "canary-other"}),
        ({"username": "other"}, {"username": "other"}),
        ({"url": ""}, {"url": ""}),
        ({"notes": "\u20ac"}, {"notes": "\u20ac"}),
        ({"label": "renamed"}, {"label": "renamed"}),
        ({"favorite": False}, {"favorite": False}),
        ({"folder": ""}, {"folder": ROOT}),
        ({"tags": []}, {"tags": []}),
        ({"custom_fields": []}, {"customFields": ""}),
    ],
    ids=str,
)
def test_a_change_keeps_all_other_fields_and_the_scheme(
    passwords: PasswordsScene, account: str, wanted: dict[str, Any], changes: dict[str, Any]
) -> None:
    """Section 8.4: what an update leaves out is erased, so nothing may be left out."""
    passwords.settings(two_factor="none")
    folder = passwords.act("create", account, kind="folder", label="home")["id"]
    tag = passwords.act("create", account, kind="tag", label="t", color="#ff0000")["id"]
    id_ = passwords.act(
        "create", account, label="all", username="u", password="canary-all", notes="n", url="https://x/",
        customFields=json.dumps([{**FIELD, "id": 7}]), folder=folder, tags=[tag], favorite=True,
    )["id"]  # fmt: skip
    before = passwords.held(account)[id_]
    change = present(passwords, Query(id=id_), wanted, account)
    assert change.changed
    assert change.fields == tuple(wanted)
    after = passwords.held(account)[id_]
    assert {name: after[name] for name in KEPT} == {**{name: before[name] for name in KEPT}, **changes}
    assert (after["cseType"], after["revision"]) == (before["cseType"], after["revision"])
    assert after["revision"] != before["revision"]
    assert (after["edited"] == before["edited"]) or "password" in wanted
    assert seen(passwords) == []
    assert not present(passwords, Query(id=id_), wanted, account).changed


def test_an_encrypted_entry_moves_to_the_current_key(passwords: PasswordsScene) -> None:
    """Section 7.1, and never to no key at all."""
    held = passwords.held("bob")
    keys = {raw["cseKey"] for raw in held.values()}
    for id_ in held:
        present(passwords, Query(id=id_), {"username": "changed"}, "bob")
    after = passwords.held("bob")
    assert {raw["cseType"] for raw in after.values()} == {"CSEv1r1"}
    assert len({raw["cseKey"] for raw in after.values()}) == 1
    assert {raw["cseKey"] for raw in after.values()} < keys
    assert all(after[id_]["password"] == held[id_]["password"] for id_ in held)


def test_a_plain_entry_of_an_account_with_a_keychain_stays_plain(passwords: PasswordsScene) -> None:
    passwords.settings(two_factor="none")
    present(passwords, Query(label="plain entry"), {"username": "changed"}, "erin")
    assert passwords.held("erin")[passwords.id_of("plain entry", "erin")]["cseType"] == "none"


def test_a_shared_entry_is_changed_and_stays_plain(passwords: PasswordsScene) -> None:
    assert present(passwords, Query(label="shared entry"), {"username": "changed"}).changed
    assert passwords.held()[passwords.id_of("shared entry")]["username"] == "changed"


def test_an_entry_for_reading_only_is_not_written(passwords: PasswordsScene) -> None:
    """Section 8.4: the update would be answered as if it had worked."""
    failure = failed(
        "missing_scope", lambda: present(passwords, Query(label="received entry"), {"password": "canary-new"})
    )
    assert "reading only" in failure.message
    assert failure.hint
    assert written(passwords) == []
    assert not present(passwords, Query(label="received entry"), {"username": "deploy"}).changed


def test_an_entry_that_lacks_a_field_is_not_written(passwords: PasswordsScene) -> None:
    good = next(raw for raw in passwords.held().values() if raw["label"] == "database")
    passwords.answer("password_list", [{name: value for name, value in good.items() if name != "notes"}])
    failed("unexpected_response", lambda: present(passwords, Query(label="database"), {"username": "changed"}))
    assert written(passwords) == []


@pytest.mark.parametrize("account", ["carol", "erin"])
def test_an_entry_that_somebody_changed_meanwhile_is_not_overwritten(passwords: PasswordsScene, account: str) -> None:
    passwords.settings(two_factor="none")
    id_ = passwords.act("create", account, label="raced", password="canary-raced")["id"]
    provider, record = passwords.opened(account)
    credentials = passwords.credentials(account)
    found = credentials.one(Query(id=id_))
    assert found is not None
    passwords.act("change", account, id=id_, password="canary-theirs")
    vault = credentials._vault(credentials._ready()[1])
    failure = failed("conflict", lambda: provider.change(record, found, {"password": "canary-ours"}, vault))
    assert (failure.http_code, failure.api_code) == (409, "9c5d2ad8")
    assert "changed" in failure.hint
    assert passwords.held(account)[id_]["password"] == "canary-theirs"


@pytest.mark.parametrize("wanted", [{"label": ""}, {"label": "0"}, {"password": ""}, {"password": "0"}], ids=str)
def test_what_the_service_counts_as_empty_is_a_definition_failure(
    passwords: PasswordsScene, wanted: dict[str, str]
) -> None:
    failed("definition", lambda: present(passwords, Query(label="database"), wanted))
    failed("definition", lambda: present(passwords, Query(label="new"), {"label": "new", "password": "x", **wanted}))


def test_text_that_is_none_is_a_definition_failure(passwords: PasswordsScene) -> None:
    passwords.settings(two_factor="none")
    wanted = {"label": "new", "password": "\ud800canary"}
    failed("definition", lambda: present(passwords, Query(label="new"), wanted, "erin"))
    assert written(passwords) == []


@pytest.mark.parametrize(
    ("tags", "after"), [(["one"], ["one"]), (["one", "critical"], ["critical", "one"]), (["one", "one"], ["one"])]
)
def test_tags_are_replaced_by_those_that_are_wanted(
    passwords: PasswordsScene, tags: list[str], after: list[str]
) -> None:
    passwords.act("create", kind="tag", label="one", color="#ff0000")
    change = present(passwords, Query(label="web server"), {"tags": tags})
    assert change.after is not None
    assert list(change.after.tags) == after
    assert one(passwords, label="web server").tags == tuple(after)


def test_tags_that_are_not_mentioned_stay(passwords: PasswordsScene) -> None:
    present(passwords, Query(label="web server"), {"username": "changed"})
    (body,) = (entry["body"] for entry in passwords.journal("password_update"))
    assert "tags" not in body
    assert one(passwords, label="web server").tags == ("critical",)


def test_several_tags_or_folders_of_one_name_are_a_conflict(passwords: PasswordsScene) -> None:
    passwords.act("create", kind="tag", label="critical", color="#ff0000")
    passwords.act("create", kind="folder", label="servers")
    failed("conflict", lambda: present(passwords, Query(label="database"), {"tags": ["critical"]}))
    failed("conflict", lambda: present(passwords, Query(label="database"), {"folder": "servers"}))
    assert written(passwords) == []


def test_a_tag_that_was_removed_meanwhile_is_a_conflict(passwords: PasswordsScene) -> None:
    provider, record = passwords.opened()
    credentials = passwords.credentials()
    found = credentials.one(Query(label="database"))
    assert found is not None
    vault = credentials._vault(credentials._ready()[1])
    failure = failed("conflict", lambda: provider.change(record, found, {"tags": [NOBODY]}, vault))
    assert failure.api_code == "57b4fe05"


@pytest.mark.parametrize("reply", [None, 7, [], {}, {"id": 7}, {"id": ""}, {"id": "x"}, {"id": [NOBODY]}], ids=repr)
@pytest.mark.parametrize("kind", ["password", "folder", "tag"])
def test_an_answer_without_an_id_is_refused(passwords: PasswordsScene, kind: str, reply: Any) -> None:
    passwords.answer(f"{kind}_create", reply, status=201)
    wanted = {"label": "new", "password": "canary-new", "folder": "new", "tags": ["new"]}

    def operation() -> Any:
        return present(passwords, Query(label="new"), wanted, create_folders=True, create_tags=True)

    assert "id" in failed("unexpected_response", operation).message


@pytest.mark.parametrize("reply", JUNK, ids=repr)
def test_an_entry_that_is_shown_as_nonsense_is_refused(passwords: PasswordsScene, reply: Any) -> None:
    passwords.answer("password_show", json.dumps(reply))
    failed("unexpected_response", lambda: present(passwords, Query(label="database"), {"username": "changed"}))


# Generating: section 8.8


@pytest.mark.parametrize(("strength", "words"), [(0, 1), (4, 5), (9, 5)])
def test_the_service_makes_passwords(passwords: PasswordsScene, strength: int, words: int) -> None:
    provider, record = passwords.opened("dave")
    made = provider.generate(record, strength, numbers=True, special=True)
    assert made.count("Canary") == words
    (body,) = (entry["body"] for entry in passwords.journal("service_password"))
    assert set(body) == {"strength", "numbers", "special"}


def test_passwords_are_asked_for_no_faster_than_the_service_makes_them(passwords: PasswordsScene) -> None:
    """Section 4.2: 60 in 60 seconds."""
    provider, record = passwords.opened()
    for number in range(61):
        provider.generate(record, 0, numbers=False, special=False)
        passwords.pass_time(0.1 if number < 60 else 0.0)
    assert {entry["status"] for entry in passwords.journal("service_password")} == {200}
    assert 0 < sum(passwords.naps) <= 61


def test_a_service_that_makes_no_password_is_said(passwords: PasswordsScene) -> None:
    passwords.settings(generator_works=False)
    _provider, record = passwords.opened()
    provider = passwords.provider(max_wait=0.0)
    assert failed("not_available", lambda: provider.generate(record, 4, numbers=True, special=True)).http_code == 503


@pytest.mark.parametrize("reply", [None, 7, [], {}, {"password": None}, {"password": ""}, {"password": [7]}], ids=repr)
def test_a_password_that_is_none_is_refused(passwords: PasswordsScene, reply: Any) -> None:
    provider, record = passwords.opened()
    passwords.answer("service_password", reply)
    failed("unexpected_response", lambda: provider.generate(record, 4, numbers=True, special=True))


# Removing: section 8.6


@pytest.mark.parametrize("purge", [False, True])
def test_a_removed_entry_is_in_the_trash_unless_it_is_purged(passwords: PasswordsScene, purge: bool) -> None:
    id_ = passwords.id_of("database")
    change = passwords.credentials().absent(Query(label="database"), purge)
    assert change.changed
    assert change.before is not None
    assert change.after is None
    held = passwords.held()
    assert (id_ in held) is not purge
    assert purge or held[id_]["trashed"] is True
    assert not passwords.credentials().absent(Query(label="database"), purge).changed
    assert len(written(passwords)) == (2 if purge else 1)


@pytest.mark.parametrize("reply", [None, 7, [], {}, {"id": 7}, {"Code": 1000}, "<html>"], ids=repr)
@pytest.mark.parametrize("earlier", [0, 1])
def test_a_removal_that_is_answered_with_nonsense_is_not_believed(
    passwords: PasswordsScene, earlier: int, reply: Any
) -> None:
    passwords.answer("password_delete", json.dumps(reply), after=earlier)
    failed("unexpected_response", lambda: passwords.credentials().absent(Query(label="database"), purge=True))
    assert passwords.held()[passwords.id_of("database")]["trashed"] is bool(earlier)


def test_what_a_user_has_in_the_trash_is_left_there(passwords: PasswordsScene) -> None:
    id_ = passwords.id_of("trashed entry")
    for query in (Query(label="trashed entry"), Query(id=id_)):
        assert not passwords.credentials().absent(query, purge=True).changed
    assert id_ in passwords.held()
    assert written(passwords) == []


def test_an_entry_that_was_trashed_meanwhile_is_not_removed_for_good(passwords: PasswordsScene) -> None:
    """A delete of what is in the trash is final; the revision says that it is not what was found."""
    provider, record = passwords.opened()
    found = passwords.credentials().one(Query(label="database"))
    assert found is not None
    passwords.act("trash", id=found.id)
    failure = failed("conflict", lambda: provider.remove(record, found, purge=False))
    assert (failure.http_code, failure.api_code) == (400, "9c5d2ad8")
    assert found.id in passwords.held()


def test_what_was_changed_in_the_trash_is_not_purged(passwords: PasswordsScene) -> None:
    provider, record = passwords.opened()
    found = passwords.credentials().one(Query(label="database"))
    assert found is not None
    passwords.answer("password_delete", {"id": found.id, "revision": found.revision}, when="after")
    failed("conflict", lambda: provider.remove(record, found, purge=True))
    assert passwords.held()[found.id]["trashed"] is True


def test_several_hits_are_not_removed(passwords: PasswordsScene) -> None:
    passwords.act("create", label="database", password="canary-1")
    failed("conflict", lambda: passwords.credentials().absent(Query(label="database")))
    assert written(passwords) == []
