# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fast path: reads what is open, fresh and known with one look at one file, and leaves all else to the client."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import tally, warm
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import STATES, Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import Key, SealedStore
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.scene import Scene

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

NewChild = Callable[..., Child]
NAME = "cloud"
WRITTEN = {"proton": {"username": "alice", "password": "canary-password"}}
PHRASE = "a pass phrase that is long enough"


class Place:
    """A file store with one record in it."""

    def __init__(self, directory: Path, key: str = "") -> None:
        self.directory = directory
        self.key = key
        self.store = SealedStore(FileStore(str(directory)), Key.from_text(key) if key else None)
        self.path = directory / f"{NAME}.session"

    def keep(self, **changes: Any) -> Record:
        """Keep a record of a session that is open, fresh and defined by WRITTEN, but for the changes."""
        now = time.time()
        record = Record(
            NAME,
            "proton",
            "https://api.example.com",
            tokens={"access_token": "canary-access", "refresh_token": "canary-refresh"},
            headers={"Authorization": "Bearer canary-access"},
            scopes=("full", "self"),
            issued_at=now,
            expires_at=now + 3600,
            revision=1,
            seen=(warm.fingerprint(self.store.key.secret, WRITTEN),),
        )
        record = replace(record, **changes)
        self.path.unlink(missing_ok=True)
        return self.store.write(record, expected=0)

    def read(  # pylint: disable=dangerous-default-value
        self, written: Any = WRITTEN, min_ttl: float = 0.0, name: Any = NAME
    ) -> dict[str, Any] | None:
        """What the fast path finds."""
        return warm.record_of(str(self.directory), self.key, name, written, min_ttl)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a store with the record of an open session."""
    found = Place(tmp_path / "sessions")
    found.keep()
    return found


def as_json(record: Record) -> Any:
    return json.loads(json.dumps(record.as_dict()))


# What it finds


@pytest.mark.parametrize("key", ["", PHRASE, base64.b64encode(bytes(range(32))).decode("ascii")])
def test_an_open_session_is_found_whole(tmp_path: Path, key: str) -> None:
    place = Place(tmp_path / "sessions", key)
    record = place.keep()
    assert place.read() == as_json(record)


@pytest.mark.parametrize("changes", [{}, {"state": "locked"}, {"expires_at": None}, {"parent": "other"}])
def test_every_usable_session_is_found(place: Place, changes: dict[str, Any]) -> None:
    assert place.read() is not None
    assert as_json(place.keep(**changes)) == place.read()


def test_what_the_client_opened_is_found_and_works(scene: Scene) -> None:
    written = {"proton": {"username": "alice"}}
    definition = replace(scene.definition(), as_written=written)
    opened = scene.client().ensure(NAME, definition).after
    assert opened is not None
    sent = len(scene.journal())
    found = warm.record_of(str(scene.directory), "", NAME, written, 0.0)
    assert found == as_json(opened)
    assert len(scene.journal()) == sent
    listed, _record = scene.client().use(NAME, definition, lambda provider, record: provider.sessions(record))
    assert [item["uid"] for item in listed] == [found["uid"]]
    assert scene.journal()[-1]["headers"]["authorization"]
    assert found["headers"] == scene.client().headers(opened, definition)


def test_where_nothing_defines_the_session_whoever_opened_it_will_do(place: Place) -> None:
    record = place.keep(seen=())
    assert place.read(None) == as_json(record)
    assert place.read() is None


def test_a_newer_record_is_found_at_once(place: Place) -> None:
    record = place.store.read(NAME)
    assert record is not None
    assert place.read() is not None
    place.store.write(replace(record, revision=2, tokens={"access_token": "newer"}), expected=1)
    assert (place.read() or {})["tokens"] == {"access_token": "newer"}
    place.store.delete(NAME)
    assert place.read() is None


def writes(pipe: Pipe, place: Place, record: Record) -> None:
    pipe.say("ready")
    for revision in range(2, 200):
        newer = replace(record, revision=revision, tokens={"access_token": f"token-{revision}" * 500})
        place.store.write(newer, expected=revision - 1)


def test_a_record_is_found_whole_while_others_write(place: Place, new_child: NewChild) -> None:
    child = new_child(writes, place, place.keep(tokens={"access_token": "token-1" * 500}))
    child.hear()
    revisions = set()
    while child.silent():
        found = place.read()
        assert found is not None
        assert found["tokens"] == {"access_token": f"token-{found['revision']}" * 500}
        revisions.add(found["revision"])
    child.hear()
    assert len(revisions) > 1


def test_a_use_is_counted_with_the_requests_that_it_saved(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    files: list[int] = []
    monkeypatch.setattr(tally, "_files", files)
    tally.begin()
    place.keep(data={"login_requests": 3})
    assert place.read() is not None
    assert place.read(min_ttl=7200) is None
    assert tally.total() == ({tally.REUSED: 1}, 3)
    os.close(files[0])


# What it leaves to the client


@pytest.mark.parametrize("state", sorted(set(STATES) - {"active", "locked"}))
def test_a_session_that_is_not_open_is_not_found(place: Place, state: str) -> None:
    place.keep(state=state)
    assert place.read() is None


@pytest.mark.parametrize(
    "changes",
    [
        {"tokens": {}},
        {"refresh_sent_at": 1.0},
        {"refresh_sent_at": 0.0},
        {"expires_at": 1.0},
        {"seen": ()},
        {"seen": ("0" * 64,)},
    ],
    ids=str,
)
def test_what_the_client_must_look_at_is_not_found(place: Place, changes: dict[str, Any]) -> None:
    place.keep(**changes)
    assert place.read() is None


def test_a_token_that_would_not_survive_the_journey_is_not_found(place: Place) -> None:
    now = time.time()
    place.keep(issued_at=now - 3600, expires_at=now + warm.LEEWAY - 1)
    assert place.read() is None
    place.keep(issued_at=now - 3600, expires_at=now + warm.LEEWAY + 60)
    assert place.read() is not None
    assert place.read(min_ttl=warm.LEEWAY + 61) is None


def test_another_definition_does_not_find_the_session(place: Place) -> None:
    for other in (
        {"proton": {"username": "alice", "password": "canary-other"}},
        {"proton": {"username": "bob", "password": "canary-password"}},
        {"other": WRITTEN["proton"]},
        {**WRITTEN, "more": 1},
        ["sessions.yml", 1, 2, 3],
        {},
        "",
    ):
        assert place.read(other) is None
    assert place.read({"proton": dict(reversed(WRITTEN["proton"].items()))}) is not None


def test_another_environment_does_not_find_the_session(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A definition takes what it does not say from there."""
    monkeypatch.setenv("GATEHOUSE_PROTON_PASSWORD", "another")
    assert place.read(dict(WRITTEN)) is None
    monkeypatch.delenv("GATEHOUSE_PROTON_PASSWORD")
    monkeypatch.setenv("OTHER", "another")
    assert place.read(dict(WRITTEN)) is not None


@pytest.mark.parametrize("name", ["GATEHOUSE_SESSIONS_FILE_PROTON", "GATEHOUSE_STORE", "GATEHOUSE_STORE_KEY"])
def test_what_each_job_has_under_another_name_does_not_matter(
    place: Place, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What these files hold is said by how the definition is written, or is of the store."""
    place.keep()
    warm._last.clear()
    monkeypatch.setenv(name, "/runner/env/tmp0123")
    assert place.read() is not None


def test_place_and_key_may_stand_in_files(place: Place, tmp_path: Path) -> None:
    record = place.keep()
    (tmp_path / "place").write_text(f"{place.directory}\n", encoding="utf-8")
    (tmp_path / "key").write_text(place.key, encoding="utf-8")
    key = f"@{tmp_path}/key" if place.key else ""
    assert warm.record_of(f"@{tmp_path}/place", key, NAME, WRITTEN, 0.0) == as_json(record)
    assert warm.record_of(f"@{tmp_path}/missing", key, NAME, WRITTEN, 0.0) is None


def test_a_fingerprint_tells_nothing_without_the_key() -> None:
    found = {warm.fingerprint(bytes([number]) * 32, dict(WRITTEN)) for number in range(8)}
    assert len(found) == 8
    assert not [text for text in found if "canary" in text or "alice" in text]


@pytest.mark.parametrize("name", ["other", "", "../cloud", "Cloud", "~rejected", "\udcff", "x" * 5000, "a/b", None, 7])
def test_another_name_finds_nothing(place: Place, name: Any) -> None:
    assert place.read(name=name) is None


def test_a_record_under_another_name_than_its_own_is_not_found(place: Place) -> None:
    place.path.rename(place.directory / "other.session")
    assert place.read(name="other") is None


def test_a_note_is_no_session(place: Place) -> None:
    place.store.update({"issued_at": 0}, "hold", "https://api.example.com")
    key = place.store.note_key("hold", "https://api.example.com")
    assert (place.directory / warm.file_name(key)).exists()
    assert place.read(None, name=key) is None


def test_a_changed_file_is_not_found(place: Place) -> None:
    whole = place.path.read_bytes()
    for at in [*range(4), *range(12, len(whole), 7), len(whole) - 1]:  # between them is the revision, read by the store
        place.path.write_bytes(whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :])
        assert place.read() is None
    for size in range(0, len(whole), 11):
        place.path.write_bytes(whole[:size])
        assert place.read() is None
    place.path.write_bytes(whole + b"\0")
    assert place.read() is None
    place.path.write_bytes(whole)
    assert place.read() is not None


@pytest.mark.parametrize("key", ["another pass phrase, long enough", "short", base64.b64encode(bytes(32)).decode()])
def test_another_key_opens_nothing(place: Place, key: str) -> None:
    assert warm.record_of(str(place.directory), key, NAME, WRITTEN, 0.0) is None


@pytest.mark.parametrize("content", [None, b"", b"short", b"\xff" * 44])
def test_a_store_without_its_key_finds_nothing(tmp_path: Path, content: bytes | None) -> None:
    place = Place(tmp_path / "sessions")
    place.keep()
    (place.directory / "key").unlink()
    if content is not None:
        (place.directory / "key").touch(0o600)
        (place.directory / "key").write_bytes(content)
    assert place.read() is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o606])
@pytest.mark.parametrize("what", ["record", "key"])
def test_a_file_that_others_may_use_is_not_read(tmp_path: Path, mode: int, what: str) -> None:
    place = Place(tmp_path / "sessions")
    place.keep()
    path = place.path if what == "record" else place.directory / "key"
    path.chmod(mode)
    assert place.read() is None
    path.chmod(0o600)
    assert place.read() is not None


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o701, 0o777])
def test_a_directory_that_others_may_use_is_not_read(place: Place, mode: int) -> None:
    place.directory.chmod(mode)
    assert place.read() is None
    place.directory.chmod(0o700)
    assert place.read() is not None


def test_links_are_not_followed(place: Place, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(place.directory)
    assert warm.record_of(str(tmp_path / "link"), "", NAME, WRITTEN, 0.0) is None
    place.path.rename(tmp_path / "moved")
    place.path.symlink_to(tmp_path / "moved")
    assert place.read() is None


def as_pipe(path: Path) -> None:
    os.mkfifo(path, 0o600)


def as_directory(path: Path) -> None:
    path.mkdir(0o700)


def as_hole(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(warm.LARGEST + 1)
    path.chmod(0o600)


@pytest.mark.parametrize("make", [as_pipe, as_directory, as_hole])
def test_what_is_no_file_of_a_record_is_neither_read_nor_waited_for(place: Place, make: Any) -> None:
    place.path.unlink()
    make(place.path)
    assert place.read() is None


@pytest.mark.parametrize(
    "where", ["redis://localhost", "file://elsewhere/x", "memory", "sessions", "keyring", "~no-one/x"]
)
def test_another_kind_of_store_is_left_to_the_client(place: Place, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.directory.parent)
    assert warm.record_of(where, "", NAME, WRITTEN, 0.0) is None


@pytest.mark.parametrize(
    "written",
    [{1, 2}, object(), b"bytes", {1: "a", "b": 2}, float("nan")],
    ids=["set", "object", "bytes", "mixed keys", "nan"],
)
def test_a_definition_that_json_does_not_take_is_left_to_the_client(place: Place, written: Any) -> None:
    assert place.read(written) is None


def test_a_record_too_large_for_the_store_is_not_read(place: Place) -> None:
    place.keep(data={"text": "x" * warm.LARGEST})
    assert place.read() is None


# Agreement with the store


@pytest.mark.parametrize("where", [None, "", "file", "file:///srv/sessions", "/srv/sessions", "~/sessions", "~/a/../b"])
@pytest.mark.parametrize("state", ["", "/srv/state"])
def test_it_looks_where_the_store_is(
    where: str | None, state: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state)
    store = open_store(where).store
    assert isinstance(store, FileStore)
    assert warm.directory_of(where) == store.directory


@settings(max_examples=300, deadline=None, database=None)
@given(keys=st.lists(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12), unique=True))
def test_every_name_has_a_file_of_its_own_below_the_directory(keys: list[str]) -> None:
    """Also where a file system takes capitals for small letters."""
    names = [warm.file_name(key) for key in keys]
    assert len({name.lower() for name in names}) == len(keys)
    for name in names:
        assert name.isascii()
        assert name.isprintable()
        assert "/" not in name
        assert not name.startswith(".")
        assert name.endswith(warm.SUFFIX)


@pytest.mark.parametrize("text", ["", "x" * 19, "é" * 19, "c2hvcnQ=", base64.b64encode(bytes(12)).decode()])
def test_a_key_too_short_to_keep_anything_is_none(text: str) -> None:
    assert warm.key_of(text) is None


def test_keys_of_every_form_are_32_bytes_and_their_own() -> None:
    raw = bytes(range(32))
    encoded = base64.b64encode(raw).decode("ascii")
    assert warm.key_of(encoded) == warm.key_of(f" {encoded}\n") == raw
    found = [warm.key_of(text) for text in ("x" * 20, "x" * 21, "é" * 20, encoded[:-1], "a b" * 7)]
    assert len(set(found)) == 5
    assert all(key is not None and len(key) == 32 for key in found)


# What it costs

LOOK = """
import importlib.util, json, sys
directory, path, package = sys.argv[1:]
name = package + ".warm"
spec = importlib.util.spec_from_file_location(name, path)
warm = importlib.util.module_from_spec(spec)
sys.modules[name] = warm
spec.loader.exec_module(warm)
written = json.load(sys.stdin)
first = warm.record_of(directory, "", "cloud", written, 0.0)
events = []
sys.addaudithook(lambda event, args: events.append([event, str(args[0]) if args else ""]))
again = warm.record_of(directory, "", "cloud", written, 0.0)
seen = list(events)
modules = sorted(sys.modules)
print(json.dumps({"found": [first, again], "events": seen, "modules": modules}))
"""


@pytest.fixture
def looked(place: Place) -> dict[str, Any]:
    """Return what a process of its own, which loads the file as the lookup does, found and did."""
    package = warm.__name__.rpartition(".")[0]
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(place.directory), str(warm.__file__), package],
        input=json.dumps(WRITTEN),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    record = place.store.read(NAME)
    assert record is not None
    assert found["found"] == [as_json(record)] * 2
    return found


def test_it_imports_neither_this_collection_nor_anything_heavy(looked: dict[str, Any]) -> None:
    heavy = {"requests", "urllib3", "keyring", "redis", "bcrypt", "pysequoia", "nacl", "yaml", "ansible", "pyotp"}
    roots = {name.partition(".")[0] for name in looked["modules"]}
    assert not roots & heavy
    assert [name for name in looked["modules"] if name.startswith("ansible_collections")] == [warm.__name__]


def test_it_reads_one_file_and_nothing_else(looked: dict[str, Any], place: Place) -> None:
    telling = ("open", "socket", "subprocess", "os.", "shutil", "tempfile", "import", "fcntl")
    done = [event for event in looked["events"] if event[0].startswith(telling)]
    assert done == [["open", str(place.path)]]
