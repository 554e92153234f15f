# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials of a session: found once for all workers, kept for a while, changed without surprises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import Credential, Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Change, Credentials, Found
from ansible_collections.gatehouse.api.plugins.module_utils._session.crypto import cse
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.generator import generator
from ansible_collections.gatehouse.api.plugins.module_utils._session.outcome import NotInCheckMode
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.scene import PasswordsScene, Scene, files

NewChild = Callable[..., Child]
WEB, DB = Query(label="web server"), Query(label="database")
NEW = Query(label="new")
WANTED = {"label": "new", "password": "canary-new"}
LISTS = ("password_list", "folder_list", "tag_list")


def failed(kind: str, operation: Callable[[], Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        operation()
    assert caught.value.kind == kind, caught.value
    assert caught.value.message
    return caught.value


def searched(scene: PasswordsScene, query: Query, account: str = "", **how: Any) -> Found:
    return scene.credentials(account, **how).search(query)


def labels(found: Found) -> list[str]:
    return sorted(item.label for item in found.credentials)


def present(scene: PasswordsScene, query: Query, wanted: dict[str, Any], account: str = "", **how: Any) -> Change:
    return scene.credentials(account).present(query, wanted, **how)


def fetched(scene: PasswordsScene) -> dict[str, int]:
    """How often each list was fetched."""
    return {route: count for route, count in scene.routes().items() if route in LISTS}


def writes(scene: PasswordsScene) -> list[str]:
    verbs = ("create", "update", "delete", "restore")
    return [route for route in scene.sequence() if route.rpartition("_")[2] in verbs]


def opened(scene: PasswordsScene) -> str:
    """All that can be read in the store by who has its key, notes too."""
    store = scene.store()
    keys = [key for key in store.store.keys() if key.startswith("~")]
    entries = [(key, store.store.read(key)) for key in keys]
    return " ".join(str(store._opened(key, entry)) for key, entry in entries if entry is not None)


def long_passwords(scene: PasswordsScene, account: str) -> list[str]:
    """The passwords of an account that are long enough not to occur by chance."""
    found = [item["password"] for item in scene.held(account).values() if len(item["password"]) > 5]
    assert found
    return found


def kept(scene: PasswordsScene) -> list[str]:
    """The files of the cache."""
    return [name for name in files(scene.directory) if "cache-" in name and name.endswith(".session")]


# One flight (promise 1)


def search_in_child(pipe: Pipe, scene: PasswordsScene, query: Query, account: str) -> Any:
    pipe.say("ready")
    pipe.hear()
    try:
        return [item.password for item in searched(scene, query, account).credentials]
    except Failure as failure:
        return failure.kind, failure.message


def all_at_once(new_child: NewChild, number: int, work: Callable[..., Any], *args: Any) -> list[Any]:
    children = [new_child(work, *args) for _child in range(number)]
    for child in children:
        assert child.hear() == "ready"
    for child in children:
        child.say()
    return [child.hear() for child in children]


@pytest.mark.parametrize("account", ["carol", "alice"])
def test_many_processes_that_ask_the_same_make_one_list(
    passwords: PasswordsScene, new_child: NewChild, account: str
) -> None:
    id_ = next(iter(passwords.held(account)))
    found = all_at_once(new_child, 12, search_in_child, passwords, Query(id=id_), account)
    assert found == [[passwords.held(account)[id_]["password"]]] * 12
    assert passwords.routes()["password_list"] == 1
    assert passwords.routes()["session_request"] == 1
    assert passwords.routes().get("session_open", 0) <= 1
    assert max(passwords.routes().values()) == 1


def test_many_processes_that_ask_different_things_make_one_list(passwords: PasswordsScene, new_child: NewChild) -> None:
    queries = [
        WEB,
        DB,
        Query(folder="servers"),
        Query(tag="critical"),
        Query(url="web.example.com", host=True),
        Query(),
    ]
    children = [new_child(search_in_child, passwords, query, "") for query in queries]
    for child in children:
        assert child.hear() == "ready"
    for child in children:
        child.say()
    assert all(isinstance(child.hear(), list) for child in children)
    assert fetched(passwords) == dict.fromkeys(LISTS, 1)


def test_who_comes_while_a_list_is_on_its_way_waits_for_it(passwords: PasswordsScene, new_child: NewChild) -> None:
    passwords.fault("hold", route="password_list")
    children = [new_child(search_in_child, passwords, WEB, "") for _number in range(4)]
    for child in children:
        child.hear()
        child.say()
    while not passwords.sandbox.held(passwords.service):
        assert all(child.silent() for child in children)
    assert passwords.sandbox.release(passwords.service) == 1
    assert {str(child.hear()) for child in children} == {"['canary-carol-web-server']"}
    assert passwords.routes()["password_list"] == 1


def waiting_in_child(pipe: Pipe, scene: PasswordsScene) -> Any:
    """Says that it waits only when it waits for somebody: so the test knows that the flight was joined."""
    client = scene.client()
    client._flights._say = lambda line: pipe.say("waits")
    credentials = scene.credentials()
    credentials._client.say = lambda line: pipe.say("waits")
    credentials._flights._say = lambda line: pipe.say("waits")
    pipe.say("ready")
    try:
        return labels(credentials.search(WEB))
    except Failure as failure:
        return failure.kind


def test_who_waits_for_a_list_that_fails_fails_as_it_did(passwords: PasswordsScene, new_child: NewChild) -> None:
    passwords.client().ensure("cloud", passwords.definition())
    passwords.fault("hold", route="password_list")
    passwords.fault("drop_before", route="password_list", count=None)
    first = new_child(search_in_child, passwords, WEB, "")
    assert first.hear() == "ready"
    first.say()
    while not passwords.sandbox.held(passwords.service):
        assert first.silent()
    others = [new_child(waiting_in_child, passwords) for _number in range(3)]
    for child in others:
        assert child.hear() == "ready"
        assert child.hear() == "waits"
    passwords.sandbox.release(passwords.service)
    assert first.hear()[0] == "not_reachable"
    assert [child.hear() for child in others] == ["not_reachable"] * 3
    assert passwords.routes()["password_list"] == 1


def test_a_failure_is_shared_only_by_those_who_waited(passwords: PasswordsScene) -> None:
    passwords.fault("status", route="password_list", status=500)
    failed("not_available", lambda: searched(passwords, WEB))
    assert labels(searched(passwords, WEB)) == ["web server"]


# The cache


def test_what_was_fetched_is_used_again_for_its_time(passwords: PasswordsScene) -> None:
    for _time in range(3):
        assert labels(searched(passwords, WEB)) == ["web server"]
    assert labels(searched(passwords, DB)) == ["database"]
    assert fetched(passwords) == dict.fromkeys(LISTS, 1)
    passwords.pass_time(299)
    searched(passwords, WEB)
    assert fetched(passwords) == dict.fromkeys(LISTS, 1)
    passwords.pass_time(2)
    searched(passwords, WEB)
    assert fetched(passwords) == dict.fromkeys(LISTS, 2)


def test_a_clock_that_was_set_back_does_not_keep_it_longer(passwords: PasswordsScene) -> None:
    searched(passwords, WEB)
    passwords.offset -= 3600
    searched(passwords, WEB)
    assert passwords.routes()["password_list"] == 2


def test_who_asks_may_want_it_fresher(passwords: PasswordsScene) -> None:
    searched(passwords, WEB)
    passwords.pass_time(20)
    searched(passwords, WEB, ttl=30)
    assert passwords.routes()["password_list"] == 1
    searched(passwords, WEB, ttl=10)
    assert passwords.routes()["password_list"] == 2
    searched(passwords, WEB, ttl=0)
    assert passwords.routes()["password_list"] == 3


def test_lists_are_fetched_only_where_they_are_needed(passwords: PasswordsScene) -> None:
    assert labels(searched(passwords, Query(label="shared entry"))) == ["shared entry"]
    assert fetched(passwords) == {"password_list": 1}


def test_the_cache_is_sealed(passwords: PasswordsScene) -> None:
    searched(passwords, Query())
    assert kept(passwords)
    content = b"".join(path.read_bytes() for path in passwords.directory.iterdir())
    for text in ("canary", "web server", "critical", "servers", "deploy"):
        assert text.encode() not in content


def test_with_no_time_nothing_is_kept(passwords: PasswordsScene) -> None:
    """Neither entries nor the unlocked keychain, not even sealed."""
    for account, name in (("carol", "cloud"), ("alice", "other")):
        definition = passwords.definition(account, name, cache_ttl=0.0)
        assert Credentials(passwords.client(), name, definition).search(Query()).credentials
    text = opened(passwords)
    assert kept(passwords) == []
    for account in ("carol", "alice"):
        assert not any(secret in text for secret in long_passwords(passwords, account))
    record = passwords.store().read("other")
    assert record is not None
    keys = cse.unlock(record.data["keychain"], passwords.login("alice")["master_password"]).as_dict()["keys"]
    assert keys
    assert not any(key in text or key in str(record) for key in keys.values())


def test_what_is_kept_is_encrypted_as_it_came(passwords: PasswordsScene) -> None:
    """The lists hold ciphertext; only the keychain beside them opens it."""
    searched(passwords, Query(), "alice")
    text = opened(passwords)
    assert kept(passwords)
    assert not any(secret in text for secret in long_passwords(passwords, "alice"))


@pytest.mark.parametrize("how", ["closed", "opened again", "created", "changed", "removed"])
def test_the_cache_is_dropped_when_it_is_no_longer_true(passwords: PasswordsScene, how: str) -> None:
    searched(passwords, WEB)
    before = set(kept(passwords))
    uses: dict[str, Callable[[], Any]] = {
        "closed": lambda: passwords.client().absent("cloud", passwords.definition()),
        "opened again": lambda: passwords.client().ensure(
            "cloud",
            passwords.definition(password=passwords.sandbox.account(passwords.service, "carol")["second_app_password"]),
        ),
        "created": lambda: present(passwords, NEW, WANTED),
        "changed": lambda: present(passwords, WEB, {"username": "changed"}),
        "removed": lambda: passwords.credentials().absent(WEB),
    }
    uses[how]()
    texts = opened(passwords)
    if how in ("closed", "opened again"):
        assert kept(passwords) == []
        assert "canary-carol-web-server" not in texts
    else:
        assert set(kept(passwords)) != before
        wanted = {"created": ["database", "new"], "changed": ["database"], "removed": ["database"]}[how]
        assert set(wanted) <= set(labels(searched(passwords, Query())))
        found = searched(passwords, WEB).credentials
        assert [item.username for item in found] == {"created": ["deploy"], "changed": ["changed"], "removed": []}[how]


def test_a_change_is_seen_by_a_worker_that_had_asked_before(passwords: PasswordsScene) -> None:
    worker = passwords.credentials()
    assert worker.one(NEW) is None
    present(passwords, NEW, WANTED)
    found = worker.one(NEW)
    assert found is not None
    assert found.password == "canary-new"


def test_the_keychain_is_unlocked_once(passwords: PasswordsScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the login. It costs 64 MiB and a tenth of a second."""
    passwords.client().ensure("cloud", passwords.definition("alice"))

    def unlocked(*args: Any) -> Any:
        raise AssertionError("it was unlocked again")

    monkeypatch.setattr(cse, "unlock", unlocked)
    for query in (Query(), Query(label="x"), Query(tag="y")):
        searched(passwords, query, "alice")


def test_without_the_master_password_the_cache_is_enough(passwords: PasswordsScene) -> None:
    passwords.client().ensure("cloud", passwords.definition("alice"))
    found = passwords.credentials("alice", master_password="").search(Query())
    assert len(found.credentials) == 2


@pytest.mark.parametrize("before", [[], [Query()]], ids=["nothing fetched", "fetched"])
def test_without_the_master_password_and_the_cache_it_is_asked_for(
    passwords: PasswordsScene, before: list[Query]
) -> None:
    passwords.client().ensure("cloud", passwords.definition("alice"))
    for query in before:
        searched(passwords, query, "alice")
    passwords.pass_time(301)
    failure = failed("authentication_needed", lambda: searched(passwords, Query(), "alice", master_password=""))
    assert "master_password" in failure.message
    assert "gatehouse_sessions" in failure.hint
    assert len(searched(passwords, Query(), "alice").credentials) == 2


def test_more_hits_than_are_kept_are_found_again(passwords: PasswordsScene) -> None:
    passwords.act("seed", passwords=60)
    for _time in range(2):
        assert len(searched(passwords, Query(username="")).credentials) == 0
        assert len(searched(passwords, Query()).credentials) == 64
    assert passwords.routes()["password_list"] == 1


def test_a_thousand_questions_leave_no_thousand_lock_files(passwords: PasswordsScene) -> None:
    def locks() -> int:
        return len([name for name in files(passwords.directory) if name.endswith(".lock")])

    for number in range(5):
        searched(passwords, Query(label=f"no such {number}"))
    before = locks()
    for number in range(5, 40):
        searched(passwords, Query(label=f"no such {number}"))
    assert locks() == before


def test_a_provider_without_credentials_says_so(scene: Scene) -> None:
    credentials = Credentials(scene.client(), "cloud", scene.definition())
    failure = failed("unsupported", lambda: credentials.search(WEB))
    assert failure.message == "Proton has no credentials."


# Ensuring that one is there (promise 6)


def test_what_is_as_wanted_is_not_written(passwords: PasswordsScene) -> None:
    wanted = {"label": "database", "username": "deploy", "folder": "/servers/databases/", "tags": [], "favorite": False}
    for _time in range(2):
        change = present(passwords, DB, wanted)
        assert (change.changed, change.fields) == (False, ())
        assert change.before == change.after
    assert writes(passwords) == []


def test_the_second_run_changes_nothing(passwords: PasswordsScene) -> None:
    wanted = {**WANTED, "folder": "a/b", "tags": ["one"], "custom_fields": [{"label": "k", "value": "canary-v"}]}
    first = present(passwords, NEW, wanted, create_folders=True, create_tags=True)
    assert first.changed
    assert set(first.fields) == set(wanted)
    before = len(writes(passwords))
    second = present(passwords, NEW, wanted, create_folders=True, create_tags=True)
    assert not second.changed
    assert second.after == first.after
    assert len(writes(passwords)) == before


def test_it_is_looked_up_at_the_service_whatever_the_cache_holds(passwords: PasswordsScene) -> None:
    assert searched(passwords, NEW).credentials == ()
    passwords.act("create", label="new", password="canary-new")
    assert not present(passwords, NEW, WANTED).changed


def test_only_what_differs_is_said_to_have_changed(passwords: PasswordsScene) -> None:
    change = present(passwords, WEB, {"label": "web server", "username": "other", "password": "canary-other"})
    assert change.fields == ("username", "password")
    assert change.before is not None
    assert change.after is not None
    assert (change.before.username, change.after.username) == ("deploy", "other")
    assert change.after.revision != change.before.revision


@pytest.mark.parametrize("wanted", [{}, {"label": "new"}, {"label": "new", "username": "u"}, {"password": "canary"}])
def test_to_make_one_takes_a_label_and_a_password(passwords: PasswordsScene, wanted: dict[str, str]) -> None:
    failed("definition", lambda: present(passwords, NEW, {"favorite": True, **wanted}))
    assert writes(passwords) == []


def test_an_id_that_is_not_there_is_not_made(passwords: PasswordsScene) -> None:
    query = Query(id="00000000-0000-4000-8000-000000000000")
    assert query.id in failed("definition", lambda: present(passwords, query, WANTED)).message
    assert writes(passwords) == []


def test_an_entry_that_is_shared_for_reading_is_refused_before_anything_is_sent(passwords: PasswordsScene) -> None:
    query = Query(label="received entry")
    failure = failed("missing_scope", lambda: present(passwords, query, {"password": "canary-new"}, "carol"))
    assert "received entry" in failure.message
    assert writes(passwords) == []
    assert present(passwords, query, {"label": "received entry"}, "carol").changed is False


def test_several_that_match_are_a_conflict(passwords: PasswordsScene) -> None:
    passwords.act("create", label="database", password="canary-2")
    failed("conflict", lambda: present(passwords, DB, {"username": "changed"}))
    assert writes(passwords) == []


@pytest.mark.parametrize(("missing", "option"), [({"folder": "a/b"}, "folder"), ({"tags": ["t"]}, "tag")])
def test_a_missing_folder_or_tag_is_made_only_when_asked_for(
    passwords: PasswordsScene, missing: dict[str, Any], option: str
) -> None:
    failure = failed("definition", lambda: present(passwords, NEW, {**WANTED, **missing}))
    assert option in failure.message
    assert f"create_{option}s" in failure.hint
    assert writes(passwords) == []
    assert present(passwords, NEW, {**WANTED, **missing}, **{f"create_{option}s": True}).changed


def test_only_the_missing_part_of_a_path_is_made(passwords: PasswordsScene) -> None:
    present(passwords, NEW, {**WANTED, "folder": "servers/databases/new/deep"}, create_folders=True)
    assert writes(passwords).count("folder_create") == 2
    folders = {item["label"]: item for item in passwords.held(kind="folder").values()}
    assert folders["new"]["parent"] == folders["databases"]["id"]
    assert folders["deep"]["parent"] == folders["new"]["id"]


def test_what_is_stored_elsewhere_is_noticed(passwords: PasswordsScene, new_child: NewChild) -> None:
    """Section 8.4: a folder that is gone is replaced by the top one, without a word."""
    passwords.fault("hold", route="password_create")
    child = new_child(present_in_child, passwords, {**WANTED, "folder": "servers"})
    while not passwords.sandbox.held(passwords.service):
        assert child.silent()
    passwords.act("remove", id=passwords.id_of("servers", kind="folder"))
    passwords.sandbox.release(passwords.service)
    kind, message = child.hear()
    assert kind == "unexpected_response"
    assert "folder" in message


def present_in_child(pipe: Pipe, scene: PasswordsScene, wanted: dict[str, Any]) -> Any:
    try:
        return present(scene, Query(label=wanted["label"]), wanted).fields
    except Failure as failure:
        return failure.kind, failure.message


@pytest.mark.parametrize("what", ["change", "remove"])
def test_an_entry_that_changed_between_reading_and_writing_is_not_overwritten(
    passwords: PasswordsScene, new_child: NewChild, what: str
) -> None:
    id_ = passwords.id_of("database")
    passwords.fault("hold", route="password_update")
    child = new_child(present_in_child, passwords, {"label": "database", "password": "canary-ours"})
    while not passwords.sandbox.held(passwords.service):
        assert child.silent()
    passwords.act(what, id=id_, **({"password": "canary-theirs"} if what == "change" else {}))
    passwords.sandbox.release(passwords.service)
    kind, _message = child.hear()
    if what == "change":
        assert kind == "conflict"
        assert passwords.held()[id_]["password"] == "canary-theirs"
        assert present(passwords, DB, {"password": "canary-ours"}).changed
    else:
        assert kind == "definition"


def test_processes_that_make_the_same_entry_make_one(passwords: PasswordsScene, new_child: NewChild) -> None:
    """The service has no unique labels; the lock of the session's credentials has to do."""
    passwords.client().ensure("cloud", passwords.definition())
    children = [new_child(present_in_child, passwords, {**WANTED, "folder": "servers"}) for _number in range(6)]
    found = [child.hear() for child in children]
    assert sorted(map(len, found)) == [0, 0, 0, 0, 0, 3]
    assert writes(passwords) == ["password_create"]


def test_a_write_that_was_not_taken_is_repeated_once_in_a_new_session(passwords: PasswordsScene) -> None:
    """412 says that nothing was done."""
    passwords.client().ensure("cloud", passwords.definition("dave"))
    passwords.fault("session_lost", route="password_create")
    assert present(passwords, NEW, WANTED, "dave").changed
    assert writes(passwords) == ["password_create"] * 2
    assert len([item for item in passwords.held("dave").values() if item["label"] == "new"]) == 1


def test_a_write_whose_answer_was_lost_is_not_repeated(passwords: PasswordsScene) -> None:
    """It would make a second one; the next run finds the first."""
    passwords.fault("drop_after", route="password_create")
    failed("not_reachable", lambda: present(passwords, NEW, WANTED))
    assert writes(passwords) == ["password_create"]
    assert not present(passwords, NEW, WANTED).changed


# Passwords that are made


def rules(**given: Any) -> Any:
    return generator({"by": "local", "strength": 4, "length": 32, "numbers": True, "special": True, **given})


def test_a_password_is_made_here(passwords: PasswordsScene) -> None:
    change = present(passwords, NEW, {"label": "new"}, generate=rules(length=40))
    assert change.after is not None
    assert len(change.after.password) == 40
    assert passwords.held()[change.after.id]["password"] == change.after.password
    assert "service_password" not in passwords.routes()


def test_a_password_is_made_by_the_service(passwords: PasswordsScene) -> None:
    change = present(passwords, NEW, {"label": "new"}, generate=rules(by="service", strength=2))
    assert change.after is not None
    assert change.after.password.count("Canary") == 3
    (body,) = (entry["body"] for entry in passwords.journal("service_password"))
    assert set(body) == {"strength", "numbers", "special"}


def test_a_password_is_made_once_unless_it_is_to_be_changed(passwords: PasswordsScene) -> None:
    first = present(passwords, NEW, {"label": "new"}, generate=rules(), update_password=False)
    second = present(passwords, NEW, {"label": "new"}, generate=rules(), update_password=False)
    third = present(passwords, NEW, {"label": "new"}, generate=rules())
    assert (first.changed, second.changed, third.changed) == (True, False, True)
    assert first.after is not None
    assert third.after is not None
    assert third.fields == ("password",)
    assert first.after.password != third.after.password


def test_a_password_that_is_only_for_the_beginning_is_not_changed(passwords: PasswordsScene) -> None:
    assert not present(passwords, DB, {"password": "canary-other"}, update_password=False).changed
    change = present(passwords, DB, {"password": "canary-other", "username": "u"}, update_password=False)
    assert change.fields == ("username",)
    assert passwords.held()[passwords.id_of("database")]["password"] == "canary-carol-database"


def test_a_password_that_is_too_short_is_not_made(passwords: PasswordsScene) -> None:
    failed("definition", lambda: rules(length=7))


# Check mode


CHECK = {"check_mode": True}


def checked(scene: PasswordsScene, use: Callable[[Any], Any]) -> Any:
    """Something done in check mode, which must not change anything."""
    before = {kind: scene.held(kind=kind) for kind in ("password", "folder", "tag")}
    result = use(scene.credentials(client=CHECK))
    assert before == {kind: scene.held(kind=kind) for kind in before}
    assert writes(scene) == []
    return result


def test_check_mode_does_not_open_a_session(passwords: PasswordsScene) -> None:
    for use in (
        lambda credentials: credentials.search(Query()),
        lambda credentials: credentials.present(NEW, WANTED),
        lambda credentials: credentials.absent(DB),
    ):
        with pytest.raises(NotInCheckMode):
            use(passwords.credentials(client=CHECK))
    assert passwords.journal() == []


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (NEW, {**WANTED, "folder": "a/b", "tags": ["t"]}),
        (DB, {"password": "canary-other", "folder": ""}),
        (DB, {"username": "deploy"}),
    ],
    ids=["make", "change", "nothing"],
)
def test_check_mode_predicts_what_the_run_does(passwords: PasswordsScene, query: Query, wanted: dict[str, Any]) -> None:
    passwords.client().ensure("cloud", passwords.definition())
    how = {"create_folders": True, "create_tags": True}
    predicted = checked(passwords, lambda credentials: credentials.present(query, wanted, **how))
    done = present(passwords, query, wanted, **how)
    assert (predicted.changed, predicted.fields) == (done.changed, done.fields)
    assert _facts(predicted.after) == _facts(done.after)


def _facts(credential: Credential | None) -> dict[str, Any]:
    assert credential is not None
    return {name: value for name, value in credential.as_dict().items() if name not in ("id", "revision")}


@pytest.mark.parametrize("by", ["local", "service"])
def test_check_mode_makes_no_password(passwords: PasswordsScene, by: str) -> None:
    passwords.client().ensure("cloud", passwords.definition())
    for query, how in ((NEW, {}), (DB, {}), (DB, {"update_password": False})):
        change = checked(
            passwords,
            lambda it, query=query, how=how: it.present(query, {"label": query.label}, generate=rules(by=by), **how),
        )
        assert change.changed is not bool(how)
    assert "service_password" not in passwords.routes()


@pytest.mark.parametrize(
    ("wanted", "kind"), [({"folder": "no such"}, "definition"), ({"tags": ["no such"]}, "definition")], ids=str
)
def test_check_mode_fails_as_the_run_would(passwords: PasswordsScene, wanted: dict[str, Any], kind: str) -> None:
    passwords.client().ensure("cloud", passwords.definition())
    failed(kind, lambda: passwords.credentials(client=CHECK).present(NEW, {**WANTED, **wanted}))
    failed("missing_scope", lambda: passwords.credentials(client=CHECK).present(
        Query(label="received entry"), {"password": "canary-new"}))  # fmt: skip


def test_check_mode_removes_nothing(passwords: PasswordsScene) -> None:
    passwords.client().ensure("cloud", passwords.definition())
    assert checked(passwords, lambda credentials: credentials.absent(DB, purge=True)).changed
    assert not checked(passwords, lambda credentials: credentials.absent(NEW)).changed


def test_check_mode_keeps_nothing_of_a_session_that_it_finds_dead(passwords: PasswordsScene) -> None:
    passwords.client().ensure("cloud", passwords.definition("dave"))
    passwords.act("drop_sessions", "dave")
    with pytest.raises(NotInCheckMode):
        passwords.credentials("dave", client=CHECK).search(Query())
    record = passwords.store().read("cloud")
    assert record is not None
    assert record.tokens


# Values


def test_a_field_is_told_by_its_name_or_by_that_of_a_custom_field(passwords: PasswordsScene) -> None:
    found = passwords.credentials().one(WEB)
    assert found is not None
    assert found.value("username") == "deploy"
    assert found.value("api key") == "canary-carol-custom"
    failure = failed("definition", lambda: found.value("no such"))
    assert "api key" in failure.hint
    assert "canary" not in str(failure)


def test_facts_hold_no_secret(passwords: PasswordsScene) -> None:
    found = passwords.credentials().one(WEB)
    assert found is not None
    assert "canary" not in str(found.facts())
    assert "canary" not in repr(found)
    assert {"password", "notes", "custom_fields"} == set(found.as_dict()) - set(found.facts())


def test_a_custom_field_that_is_there_twice_is_not_chosen() -> None:
    fields = ({"label": "k", "type": "text", "value": "1"}, {"label": "k", "type": "text", "value": "2"})
    failed("definition", lambda: Credential("1", "one", custom_fields=fields).value("k"))


def test_questions_are_told_apart_and_said() -> None:
    queries = [Query(), Query("a"), Query(label="a"), Query(folder=""), Query(folder="a"), Query(url="a", host=True)]
    queries += [Query(url="a"), Query(username=""), Query(username="a"), Query(tag="a"), Query(id="a")]
    assert len({query.parts() for query in queries}) == len(queries)
    assert all(str(query) for query in queries)
