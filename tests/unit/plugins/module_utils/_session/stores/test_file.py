# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file store: the contract of all stores, and what only files can get wrong."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import stores
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.base import Entry, Store
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.module_utils._session.stores.contract import SharedStoreContract, write_for_ever
from tests.unit.plugins.scene import files

OTHER_USER = 12345
RECORD = Record("cloud", "proton", "https://api.example.com", "alice", revision=1)
NewChild = Callable[..., Child]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return where the store is; not made yet."""
    return tmp_path / "state" / "sessions"


@pytest.fixture
def store(directory: Path) -> FileStore:
    """Return the store, with one entry."""
    store = FileStore(str(directory))
    store.write("cloud", Entry(1, b"content"), 0)
    with store.lock("cloud"):
        pass
    return store


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def one_sentence(failure: Failure, path: Path | str) -> None:
    assert failure.kind == "store"
    assert str(path) in failure.message
    assert failure.message.endswith(".")
    assert "\n" not in str(failure)


def every_use(store: FileStore) -> Iterator[Callable[[], Any]]:
    """Whatever one can do with a store."""

    def lock() -> None:
        with store.lock("cloud", 0.0):
            pass

    yield lambda: store.read("cloud")
    yield lambda: store.write("cloud", Entry(2, b"new"), 1)
    yield lambda: store.delete("cloud")
    yield lambda: list(store.keys())
    yield store.key_file
    yield lock


def all_refused(store: FileStore, path: Path) -> None:
    for use in every_use(store):
        with pytest.raises(Failure) as caught:
            use()
        one_sentence(caught.value, path)


def refused(path: Path, use: Callable[[], Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        use()
    one_sentence(caught.value, path)
    return caught.value


class TestFileStore(SharedStoreContract):
    @pytest.fixture
    def make(self, directory: Path) -> Callable[[], Store]:
        """Return what opens the same directory again."""
        return lambda: FileStore(str(directory))


# Modes


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277])
def test_everything_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    place = tmp_path / "sessions"
    before = os.umask(umask)
    try:
        sealed = SealedStore(FileStore(str(place)))
        with sealed.lock("cloud"):
            sealed.write(RECORD, 0)
    finally:
        os.umask(before)
    assert mode(place) == 0o700 & ~(umask & 0o700 if umask == 0o277 else 0)
    names = files(place)
    assert len(names) == 3
    assert {mode(place / name) & 0o177 for name in names} == {0}


def test_parents_are_made_as_usual(directory: Path, store: FileStore) -> None:
    assert mode(directory) == 0o700
    assert directory.parent.is_dir()


@pytest.mark.parametrize("wide", [0o701, 0o710, 0o704, 0o750, 0o755, 0o777, 0o1777])
def test_a_directory_that_others_can_enter_is_refused(directory: Path, store: FileStore, wide: int) -> None:
    directory.chmod(wide)
    all_refused(store, directory)
    directory.chmod(0o700)
    assert store.read("cloud") == Entry(1, b"content")


@pytest.mark.parametrize("wide", [0o604, 0o640, 0o644, 0o660, 0o666])
def test_a_file_that_others_can_read_is_refused_with_what_to_do(directory: Path, store: FileStore, wide: int) -> None:
    path = directory / "cloud.session"
    path.chmod(wide)
    failure = refused(path, lambda: store.read("cloud"))
    assert f"{wide:04o}" in failure.message
    assert f"chmod 0600 {path}" in failure.hint
    refused(path, lambda: store.write("cloud", Entry(2, b"new"), 1))
    path.chmod(0o600)
    assert store.read("cloud") == Entry(1, b"content")


@as_root
def test_a_directory_of_another_user_is_refused(directory: Path, store: FileStore) -> None:
    os.chown(directory, OTHER_USER, -1)
    all_refused(store, directory)


@as_root
def test_a_file_of_another_user_is_refused(directory: Path, store: FileStore) -> None:
    os.chown(directory / "cloud.session", OTHER_USER, -1)
    assert str(OTHER_USER) in refused(directory / "cloud.session", lambda: store.read("cloud")).message


@as_root
def test_a_lock_file_of_another_user_is_refused(directory: Path, store: FileStore) -> None:
    os.chown(directory / "cloud.lock", OTHER_USER, -1)

    def lock() -> None:
        with store.lock("cloud", 0.0):
            pass

    refused(directory / "cloud.lock", lock)


# Symbolic links and other things in the place of files


def test_a_directory_that_is_a_link_is_refused(tmp_path: Path, directory: Path, store: FileStore) -> None:
    link = tmp_path / "link"
    link.symlink_to(directory)
    all_refused(FileStore(str(link)), link)


def test_a_dangling_link_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    all_refused(FileStore(str(link)), link)
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_is_a_link_is_refused(tmp_path: Path, directory: Path, store: FileStore) -> None:
    aside = tmp_path / "aside"
    (directory / "cloud.session").rename(aside)
    (directory / "cloud.session").symlink_to(aside)
    assert "link" in refused(directory / "cloud.session", lambda: store.read("cloud")).message
    refused(directory / "cloud.session", lambda: store.write("cloud", Entry(2, b"new"), 1))


def test_a_lock_file_that_is_a_link_is_refused(tmp_path: Path, directory: Path, store: FileStore) -> None:
    (directory / "cloud.lock").unlink()
    (directory / "cloud.lock").symlink_to(tmp_path / "target")

    def lock() -> None:
        with store.lock("cloud", 0.0):
            pass

    refused(directory / "cloud.lock", lock)
    assert not (tmp_path / "target").exists()


def test_a_directory_in_place_of_a_file_is_refused(directory: Path, store: FileStore) -> None:
    (directory / "other.session").mkdir(mode=0o700)
    refused(directory / "other.session", lambda: store.read("other"))
    refused(directory / "other.session", lambda: store.delete("other"))


def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(
    directory: Path, store: FileStore, new_child: NewChild
) -> None:
    os.mkfifo(directory / "other.session", 0o600)
    child = new_child(_read_kind, store, "other")
    child_heard = child.hear() if _answers(child) else "it hangs"
    assert child_heard == "store"


def _read_kind(pipe: Pipe, store: FileStore, key: str) -> str:
    try:
        store.read(key)
    except Failure as failure:
        return failure.kind
    return "read"


def _answers(child: Child, seconds: float = 2.0) -> bool:
    return bool(child._pipe.poll(seconds))


def test_a_file_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    path.write_text("")
    path.chmod(0o600)
    all_refused(FileStore(str(path)), path)


def test_a_file_in_place_of_a_parent_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = FileStore(str(tmp_path / "file" / "sessions"))
    refused(tmp_path / "file" / "sessions", lambda: store.write("cloud", Entry(1, b""), 0))


# Damage


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"GHS1", b"GHS1\0\0\0", b"garbage" * 100, b"GHS2" + bytes(40), b"{}", b"\0" * 12, b"ghs1" + bytes(8)],
)
def test_a_damaged_file_is_a_store_failure(directory: Path, store: FileStore, content: bytes) -> None:
    (directory / "cloud.session").write_bytes(content)
    failure = refused(directory / "cloud.session", lambda: store.read("cloud"))
    assert "damaged" in failure.message
    with pytest.raises(Failure):
        store.write("cloud", Entry(2, b"new"), 1)
    assert (directory / "cloud.session").read_bytes() == content, "what was damaged was overwritten"
    assert store.delete("cloud") is True
    assert store.read("cloud") is None


def test_a_huge_file_is_not_read_whole(directory: Path, store: FileStore) -> None:
    with (directory / "cloud.session").open("r+b") as stream:
        stream.truncate(1 << 34)
    with pytest.raises(Failure) as caught:
        SealedStore(store).read("cloud")
    assert caught.value.kind == "store"


def test_files_that_are_none_of_ours_do_no_harm(directory: Path, store: FileStore) -> None:
    for name in (".new-leftover", "notes.txt", "cloud.session.bak", "key.123.new"):
        (directory / name).write_bytes(b"leftover")
    assert list(store.keys()) == ["cloud"]
    store.write("cloud", Entry(2, b"new"), 1)
    assert store.read("cloud") == Entry(2, b"new")


@pytest.mark.parametrize("name", ["%FF.session", "%.session", "%zz.session", "UPPER.session", "a b.session"])
def test_a_file_whose_name_is_no_key_does_no_harm(directory: Path, store: FileStore, name: str) -> None:
    (directory / name).write_bytes(b"leftover")
    assert "cloud" in list(store.keys())


def test_what_a_killed_writer_left_does_no_harm(directory: Path, store: FileStore, new_child: NewChild) -> None:
    for _time in range(5):
        entry = store.read("cloud")
        assert entry is not None
        writer = new_child(write_for_ever, store, "cloud", entry.revision)
        writer.hear()
        writer.kill()
    (directory / ".new-abcdef").write_bytes(b"half of an ent")
    entry = store.read("cloud")
    assert entry is not None
    store.write("cloud", Entry(entry.revision + 1, b"next"), entry.revision)
    assert list(store.keys()) == ["cloud"]


# Failing calls


@pytest.mark.parametrize("call", ["fsync", "rename"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
def test_a_failed_call_leaves_the_old_record_and_nothing_else(
    directory: Path, store: FileStore, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    before = files(directory)

    def fail(*_args: Any, **_keywords: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        failure = refused(directory / "cloud.session", lambda: store.write("cloud", Entry(2, b"new"), 1))
    assert os.strerror(number) in failure.message
    assert store.read("cloud") == Entry(1, b"content")
    assert files(directory) == before


def test_a_full_disk_while_writing_leaves_the_old_record(
    directory: Path, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fdopen

    def short(descriptor: int, *args: Any, **keywords: Any) -> Any:
        stream = real(descriptor, *args, **keywords)
        if "w" in str(args):
            stream.close()
            return real(os.open("/dev/full", os.O_WRONLY), *args, **keywords)
        return stream

    before = files(directory)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", short)
        refused(directory / "cloud.session", lambda: store.write("cloud", Entry(2, b"new"), 1))
    assert store.read("cloud") == Entry(1, b"content")
    assert files(directory) == before


def test_an_interrupt_while_writing_leaves_no_temporary_file(
    directory: Path, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(directory)

    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            store.write("cloud", Entry(2, b"new"), 1)
    assert store.read("cloud") == Entry(1, b"content")
    assert files(directory) == before


def test_an_entry_is_on_disk_before_it_has_its_name(
    directory: Path, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written aside, fsynced, renamed, directory fsynced: in this order."""
    happened: list[str] = []
    for name in ("fsync", "rename"):
        real = getattr(os, name)

        def noted(*args: Any, name: str = name, real: Any = real) -> Any:
            kind = "directory" if name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode) else "file"
            happened.append(f"{name} {kind}")
            return real(*args)

        monkeypatch.setattr(os, name, noted)
    store.write("cloud", Entry(2, b"new"), 1)
    assert happened == ["fsync file", "rename file", "fsync directory"]


def test_a_key_too_long_for_a_file_name_is_a_definition_failure(store: FileStore) -> None:
    with pytest.raises(Failure) as caught:
        store.read("\U0001f511" * 128)
    assert caught.value.kind == "definition"


# Places


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_directory_can_be_named(tmp_path: Path, form: str) -> None:
    assert open_store(form.format(tmp_path / "s"), "k" * 20).store.place == str(tmp_path / "s")


def test_a_directory_in_the_home_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_store("~/s", "k" * 20).store.place == str(tmp_path / "s")


@pytest.mark.parametrize("place", [None, "", "file"])
def test_the_default_is_the_users_state_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str | None
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert open_store(place, "k" * 20).store.place == f"{tmp_path}/.local/state/gatehouse.api/sessions"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert open_store(place, "k" * 20).store.place == f"{tmp_path}/state/gatehouse.api/sessions"


@pytest.mark.parametrize("place", ["files", "relative/path", "http://x", "file:relative", "file://host/x", ".", " "])
def test_what_names_no_store_is_a_definition_failure(place: str) -> None:
    with pytest.raises(Failure, match="no store") as caught:
        open_store(place)
    assert caught.value.kind == "definition"


def test_opening_touches_nothing(tmp_path: Path) -> None:
    open_store(str(tmp_path / "s"))
    assert files(tmp_path) == []
    assert stores.DEFAULT == "file"
