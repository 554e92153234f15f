# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sealed records: unreadable on disk, tied to their name, opened by their key only."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Grant, Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import base, file, sealed
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.base import Entry
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import Key, SealedStore
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.scene import files

NewChild = Callable[..., Child]
TOKENS = {"access_token": "canary-access", "refresh_token": "canary-refresh"}
RECORD = Record("cloud", "proton", "https://api.example.com", "alice").granted(
    Grant(tokens=TOKENS, uid="canary-uid", scopes=("full",), lifetime=3600.0, data={"note": "canary-data"}), 1000.0
)
PHRASE = "correct horse battery staple"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return the store's directory; not made yet."""
    return tmp_path / "sessions"


def opened(directory: Path, key: str | None = None) -> SealedStore:
    return SealedStore(FileStore(str(directory)), Key.from_text(key) if key else None)


@pytest.fixture
def store(directory: Path) -> SealedStore:
    """Return a store with one record."""
    store = opened(directory)
    store.write(RECORD, 0)
    return store


def refused(use: Callable[[], Any], kind: str = "store") -> Failure:
    with pytest.raises(Failure) as caught:
        use()
    assert caught.value.kind == kind
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)
    return caught.value


def test_what_was_sealed_opens_again(directory: Path, store: SealedStore) -> None:
    assert opened(directory).read("cloud") == RECORD
    assert opened(directory).names() == ["cloud"]
    assert opened(directory).read("other") is None


def test_nothing_is_readable_on_disk(directory: Path, store: SealedStore) -> None:
    store.update({"value": "canary-note"}, "totp", "https://api.example.com", "alice")
    content = b"".join((directory / name).read_bytes() + name.encode() for name in files(directory))
    for text in ("canary", "alice", "example.com", "proton", "access_token"):
        for form in (text, base64.b64encode(text.encode()).decode()):
            assert form.encode() not in content


def test_two_seals_of_one_record_differ(directory: Path, store: SealedStore) -> None:
    before = (directory / "cloud.session").read_bytes()
    store.delete("cloud")
    store.write(RECORD, 0)
    assert (directory / "cloud.session").read_bytes()[12:24] != before[12:24]


def test_compare_and_swap_is_the_stores(directory: Path, store: SealedStore) -> None:
    newer = RECORD.granted(Grant(), 2000.0)
    store.write(newer, 1)
    refused(lambda: opened(directory).write(newer, 1), "conflict")
    assert store.read("cloud") == newer
    assert store.delete("cloud") is True
    assert store.delete("cloud") is False


# Damage and deceit


def test_another_key_opens_nothing(directory: Path, store: SealedStore) -> None:
    failure = refused(lambda: opened(directory, PHRASE).read("cloud"))
    assert "another key" in failure.message
    assert str(directory) in failure.message
    assert opened(directory).read("cloud") == RECORD


def test_a_record_moved_to_another_name_does_not_open(directory: Path, store: SealedStore) -> None:
    shutil.copy(directory / "cloud.session", directory / "other.session")
    refused(lambda: store.read("other"))
    shutil.copy(directory / "cloud.session", directory / "%43loud.session")
    refused(lambda: store.read("Cloud"))


def test_a_note_moved_to_a_records_name_does_not_open(directory: Path, store: SealedStore) -> None:
    store.update({"name": "other"}, "totp", "a")
    note = next(name for name in files(directory) if name.startswith("%7E") and name.endswith(".session"))
    shutil.copy(directory / note, directory / "other.session")
    refused(lambda: store.read("other"))


def test_a_record_of_an_older_revision_with_a_newer_header_does_not_open(directory: Path, store: SealedStore) -> None:
    content = bytearray((directory / "cloud.session").read_bytes())
    content[11] += 1
    (directory / "cloud.session").write_bytes(content)
    refused(lambda: store.read("cloud"))


def test_a_flipped_bit_anywhere_is_a_store_failure(directory: Path, store: SealedStore) -> None:
    content = (directory / "cloud.session").read_bytes()
    for at in range(len(content)):
        (directory / "cloud.session").write_bytes(
            content[:at] + bytes((content[at] ^ 1 << at % 8,)) + content[at + 1 :]
        )
        refused(lambda: store.read("cloud"))


def test_a_file_cut_anywhere_is_a_store_failure(directory: Path, store: SealedStore) -> None:
    content = (directory / "cloud.session").read_bytes()
    for size in range(len(content)):
        (directory / "cloud.session").write_bytes(content[:size])
        refused(lambda: store.read("cloud"))


@pytest.mark.parametrize("facts", [{}, [], "text", None, 7, {"name": "cloud"}, {"name": "cloud", "revision": 1}])
def test_sealed_content_that_is_no_record_is_a_store_failure(store: SealedStore, facts: Any) -> None:
    store.store.write("odd", Entry(1, store._sealed("odd", facts)), 0)
    refused(lambda: store.read("odd"))


@pytest.mark.parametrize("facts", [[], "text", None, 7])
def test_a_note_that_is_no_mapping_is_a_store_failure(store: SealedStore, facts: Any) -> None:
    key = store.note_key("totp", "a")
    store.store.write(key, Entry(1, store._sealed(key, facts)), 0)
    refused(lambda: store.recall("totp", "a"))


def test_a_record_under_another_name_than_its_own_is_a_store_failure(store: SealedStore) -> None:
    store.store.write("other", Entry(1, store._sealed("other", RECORD.as_dict())), 0)
    refused(lambda: store.read("other"))


# Keys


def test_a_key_is_base64_of_32_bytes(directory: Path) -> None:
    raw = bytes(range(32))
    for text in (base64.b64encode(raw).decode(), f" {base64.b64encode(raw).decode()}\n"):
        assert Key.from_text(text).secret == raw


@pytest.mark.parametrize("phrase", [PHRASE, "x" * 20, "ünïcödé pass phrase!", "A" * 43, "!" * 1000])
def test_a_key_may_be_a_pass_phrase(directory: Path, phrase: str) -> None:
    opened(directory, phrase).write(RECORD, 0)
    assert opened(directory, phrase).read("cloud") == RECORD
    refused(lambda: opened(directory, phrase + "x").read("cloud"))
    assert "key" not in files(directory), "a given key needs no key file"


@pytest.mark.parametrize("text", ["", "brief", "x" * 19, base64.b64encode(bytes(8)).decode()])
def test_a_key_too_short_is_a_definition_failure(text: str) -> None:
    failure = refused(lambda: Key.from_text(text), "definition")
    assert "too short" in failure.message
    assert "os.urandom(32)" in failure.hint
    assert not text or text not in failure.message


def test_a_key_does_not_show() -> None:
    assert "canary" not in repr(Key.from_text("canary" * 10))
    assert repr(Key(b"canary-secret-of-32-bytes-length")) == "Key()"


def test_a_digest_is_of_its_key_purpose_and_parts() -> None:
    key, other = Key.from_text(PHRASE), Key.from_text(PHRASE + "x")
    assert key.digest("note", "a", "b") == Key.from_text(PHRASE).digest("note", "a", "b")
    digests = [
        key.digest("note", "a", "b"),
        key.digest("proof", "a", "b"),
        key.digest("note", "ab"),
        key.digest("note", "a", "b", ""),
        key.digest("note", "b", "a"),
        other.digest("note", "a", "b"),
    ]
    assert len(set(digests)) == len(digests)


def test_the_key_file_is_made_once_and_used_again(directory: Path, store: SealedStore) -> None:
    content = (directory / "key").read_bytes()
    assert len(base64.b64decode(content, validate=True)) == 32
    assert (directory / "key").stat().st_mode & 0o777 == 0o600
    opened(directory).write(Record("other", "proton", "o", revision=1), 0)
    assert (directory / "key").read_bytes() == content
    assert files(directory) == ["cloud.session", "key", "other.session"]


def use_key(pipe: Pipe, directory: Path, number: int) -> bytes:
    pipe.say("ready")
    pipe.hear()
    store = opened(directory)
    store.write(Record(f"record-{number}", "proton", "o", revision=1), 0)
    return store.key.secret


def test_racing_processes_make_one_key_file(directory: Path, new_child: NewChild) -> None:
    children = [new_child(use_key, directory, number) for number in range(8)]
    for child in children:
        child.hear()
    for child in children:
        child.say()
    assert len({child.hear() for child in children}) == 1
    assert files(directory) == ["key", *(f"record-{number}.session" for number in range(8))]
    for number in range(8):
        assert opened(directory).read(f"record-{number}") is not None


def test_a_lost_key_file_is_said_and_not_replaced(directory: Path, store: SealedStore) -> None:
    (directory / "key").unlink()
    for use in (lambda: opened(directory).read("cloud"), lambda: opened(directory).write(RECORD, 1)):
        failure = refused(use)
        assert str(directory / "key") in failure.message
        assert failure.hint
    assert files(directory) == ["cloud.session"]


def test_a_key_file_that_others_can_read_is_refused(directory: Path, store: SealedStore) -> None:
    (directory / "key").chmod(0o644)
    failure = refused(lambda: opened(directory).read("cloud"))
    assert str(directory / "key") in failure.message


def test_a_key_file_that_is_a_link_is_refused(tmp_path: Path, directory: Path, store: SealedStore) -> None:
    (directory / "key").rename(tmp_path / "aside")
    (directory / "key").symlink_to(tmp_path / "aside")
    refused(lambda: opened(directory).read("cloud"))


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe" * 5])
def test_a_damaged_key_file_is_said(directory: Path, store: SealedStore, content: bytes) -> None:
    (directory / "key").write_bytes(content)
    with pytest.raises(Failure) as caught:
        opened(directory).read("cloud")
    assert str(directory / "key") in str(caught.value), "it does not say which key is meant"


def test_a_failed_write_of_the_key_leaves_nothing(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        refused(lambda: opened(directory).write(RECORD, 0))
    assert files(directory) == []
    opened(directory).write(RECORD, 0)


def test_what_a_killed_key_maker_left_does_no_harm(directory: Path) -> None:
    """Process ids come back: a file of the same name may be there from a process that was killed."""
    directory.mkdir(mode=0o700)
    (directory / f"key.{os.getpid()}.new").write_bytes(b"half")
    opened(directory).write(RECORD, 0)
    assert opened(directory).read("cloud") == RECORD


def test_a_store_without_a_key_file_needs_a_key(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileStore, "key_file", lambda self: None)
    failure = refused(lambda: opened(directory).read("cloud") or opened(directory).key, "definition")
    assert "GATEHOUSE_STORE_KEY" in failure.hint


# Notes


def test_a_note_is_kept_changed_and_forgotten(directory: Path, store: SealedStore) -> None:
    assert store.recall("totp", "a") == {}
    store.update({"step": 1, "other": "x"}, "totp", "a")
    store.update({"step": 2}, "totp", "a")
    assert opened(directory).recall("totp", "a") == {"step": 2, "other": "x"}
    assert store.recall("totp", "b") == {}
    assert store.recall("other", "a") == {}
    store.forget("totp", "a")
    assert store.recall("totp", "a") == {}


def test_a_note_is_no_record(store: SealedStore) -> None:
    store.update({"step": 1}, "totp", "a")
    assert store.names() == ["cloud"]


def test_a_notes_key_tells_nothing(store: SealedStore) -> None:
    key = store.note_key("totp", "https://api.example.com", "alice")
    assert key.startswith("~totp-")
    assert "alice" not in key
    assert key != opened(Path(store.store.place), PHRASE).note_key("totp", "https://api.example.com", "alice")


def test_an_updated_note_loses_nothing_between_processes(directory: Path, new_child: NewChild) -> None:
    children = [new_child(add_fact, directory, number) for number in range(6)]
    for child in children:
        child.hear()
    for child in children:
        child.say()
    for child in children:
        child.hear()
    assert opened(directory).recall("note", "a") == {str(number): number for number in range(6)}


def add_fact(pipe: Pipe, directory: Path, number: int) -> None:
    pipe.say("ready")
    pipe.hear()
    opened(directory).update({str(number): number}, "note", "a")


def test_the_modules_know_only_what_is_below_them() -> None:
    """Imports point downward: a store knows no client, no provider, no transport."""
    for module in (base, file, sealed):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        for above in ("client", "providers", "transport"):
            assert f"from ..{above}" not in source
