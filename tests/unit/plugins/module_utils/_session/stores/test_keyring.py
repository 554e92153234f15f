# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keyring store: the contract with a real Secret Service and with a keyring of short texts; keys kept in it."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring as library
import keyring.backends.fail
import keyring.backends.null
import keyring.core
import keyring.errors
import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import stores, warm
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import keyring as keyring_store
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import keyring_key, open_store
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.base import Entry, Store
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.keyring import KeyringStore
from tests.keyrings.counting_ring import Ring
from tests.keyrings.secret_service import MISSING, SecretService, installed
from tests.unit.plugins.children import Child, Pipe
from tests.unit.plugins.module_utils._session.stores.contract import SharedStoreContract, write_for_ever

RECORD = Record("cloud", "proton", "https://api.example.com", "alice", revision=1, tokens={"access_token": "canary"})
NewChild = Callable[..., Child]
WAYS_OUT = ("Secret Service", "keyrings.cryptfile", "GATEHOUSE_STORE_KEY")


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of keys and contents, and keyring looks anew for its backend."""
    monkeypatch.setattr(keyring_key, "_known", {})
    monkeypatch.setattr(keyring_store, "_known", {})
    monkeypatch.setattr(stores, "_opened", {})
    monkeypatch.setattr(warm, "_ciphers", {})
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory of a keyring that counts."""
    directory = tmp_path / "ring"
    directory.mkdir()
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.keyrings.counting_ring.Ring")
    monkeypatch.setenv("TESTS_RING", str(directory))
    return directory


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where this user's state is."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture(scope="session")
def secret_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretService]:
    if not installed():
        pytest.skip(MISSING)
    with SecretService(tmp_path_factory.mktemp("secret-service")) as service:
        yield service


@pytest.fixture
def real(secret_service: SecretService, monkeypatch: pytest.MonkeyPatch) -> SecretService:
    """Return a Secret Service that this process and its children use."""
    for name, value in secret_service.env.items():
        monkeypatch.setenv(name, value)
    return secret_service


def asked(ring: Path) -> list[str]:
    """What the keyring was asked for, by user name."""
    path = ring / "asked"
    return [line.split(" ", 1)[1] for line in path.read_text().splitlines()] if path.exists() else []


def items(ring: Path) -> int:
    return sum(path.name.startswith("item") for path in ring.iterdir())


def forgetful(monkeypatch: pytest.MonkeyPatch, directory: Path) -> Callable[[], Store]:
    """What opens the store again as another process would: without what this one knows."""

    def make() -> Store:
        keyring_store._known.clear()
        return KeyringStore(str(directory))

    return make


@pytest.mark.usefixtures("real")
class TestSecretService(SharedStoreContract):
    @pytest.fixture
    def make(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Store]:
        """Return what opens the same keyring again."""
        return forgetful(monkeypatch, tmp_path / "state" / "keyring")


@pytest.mark.usefixtures("ring")
class TestKeyringOfShortTexts(SharedStoreContract):
    @pytest.fixture
    def make(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Store]:
        """Return what opens the same keyring again; it takes what the one of Windows does."""
        monkeypatch.setenv("TESTS_RING_LIMIT", "1280")
        return forgetful(monkeypatch, tmp_path / "state" / "keyring")


# What is in the keyring, and what beside it


def test_records_are_in_the_keyring_and_nothing_of_them_beside_it(ring: Path, home: Path) -> None:
    open_store("keyring").write(RECORD, 0)
    assert open_store("keyring").read("cloud") == RECORD
    place = home / "gatehouse.api" / "keyring"
    assert sorted(path.name for path in place.iterdir()) == ["%7Ekey.lock", "cloud.session"]
    assert len((place / "cloud.session").read_bytes()) < 100
    assert place.stat().st_mode & 0o777 == 0o700
    assert b"canary" not in b"".join(path.read_bytes() for path in (*ring.iterdir(), *place.iterdir()))
    assert items(ring) == 2  # the key, the record


def test_nothing_stays_in_the_keyring_of_what_was_replaced_or_removed(
    ring: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTS_RING_LIMIT", "1280")
    store = KeyringStore(str(tmp_path / "index"))
    for revision, size in enumerate([10, 5000, 20, 9000, 3000], 1):
        store.write("cloud", Entry(revision, b"x" * size), revision - 1)
    assert items(ring) == -(-4000 // (1024 - 17))
    store.delete("cloud")
    assert items(ring) == 0


def test_what_a_killed_writer_left_is_gone_with_the_next_changes(
    ring: Path, tmp_path: Path, new_child: NewChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTS_RING_LIMIT", "1280")
    store = KeyringStore(str(tmp_path / "index"))
    store.write("cloud", Entry(699, b"first"), 0)
    revision = 699
    for _time in range(5):
        writer = new_child(write_for_ever, store, "cloud", revision)
        writer.hear()
        while (found := store.read("cloud")) is None or found.revision <= revision:
            pass
        writer.kill()
        found = store.read("cloud")
        assert found is not None
        revision = found.revision
    for expected in (revision, revision + 1):
        store.write("cloud", Entry(expected + 1, b"small"), expected)
    assert items(ring) == 1


def test_a_reader_looks_again_when_a_writer_was_faster(ring: Path, tmp_path: Path) -> None:
    store, other = KeyringStore(str(tmp_path / "index")), KeyringStore(str(tmp_path / "index"))
    store.write("cloud", Entry(1, b"one"), 0)
    keyring_store._known.clear()
    indexed, raced = store._indexed, []

    def late(key: str) -> Any:
        found = indexed(key)
        if not raced:
            raced.append(True)
            other.write("cloud", Entry(2, b"two"), 1)
            other.write("cloud", Entry(3, b"three"), 2)
            keyring_store._known.clear()
        return found

    store._indexed = late  # type: ignore[method-assign]
    assert store.read("cloud") == Entry(3, b"three")


def test_a_keyring_that_has_lost_a_record_is_a_store_failure(ring: Path, tmp_path: Path) -> None:
    store = KeyringStore(str(tmp_path / "index"))
    store.write("cloud", Entry(1, b"content"), 0)
    keyring_store._known.clear()
    next(path for path in ring.iterdir() if path.name.startswith("item")).unlink()
    with pytest.raises(Failure, match="does not have") as caught:
        store.read("cloud")
    assert caught.value.kind == "store"
    assert store.delete("cloud") is True
    assert store.read("cloud") is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"slot": 0}', b"\xff", b'{"a": 1}'])
def test_a_damaged_index_is_a_store_failure(ring: Path, tmp_path: Path, content: bytes) -> None:
    store = KeyringStore(str(tmp_path / "index"))
    store.write("cloud", Entry(1, b"content"), 0)
    (tmp_path / "index" / "cloud.session").write_bytes(warm.HEADER.pack(warm.MAGIC, 1) + content)
    with pytest.raises(Failure, match="damaged"):
        store.read("cloud")


def test_damage_in_the_keyring_is_a_store_failure(ring: Path, tmp_path: Path) -> None:
    store = KeyringStore(str(tmp_path / "index"))
    store.write("cloud", Entry(1, b"content"), 0)
    keyring_store._known.clear()
    path = next(path for path in ring.iterdir() if path.name.startswith("item"))
    path.write_text(path.read_text() + "!")
    with pytest.raises(Failure, match="does not have"):
        store.read("cloud")


# How often it is asked


def test_a_content_is_asked_for_once_until_it_changes(ring: Path, tmp_path: Path) -> None:
    store = KeyringStore(str(tmp_path / "index"))
    store.write("cloud", Entry(1, b"one"), 0)
    keyring_store._known.clear()
    (ring / "asked").unlink(missing_ok=True)
    for _time in range(5):
        assert store.read("cloud") == Entry(1, b"one")
    assert len(asked(ring)) == 1


def test_workers_inherit_what_the_main_process_has_read(ring: Path, home: Path, new_child: NewChild) -> None:
    store = open_store("keyring")
    store.write(RECORD, 0)
    written = {"proton": {"username": "alice"}}
    seen = warm.fingerprint(store.key.secret, written)
    store.write(Record(**{**RECORD.__dict__, "revision": 2, "seen": (seen,)}), 1)
    store.update({"fact": 1}, "note")
    keyring_store._known.clear()
    keyring_key._known.clear()
    (ring / "asked").unlink()
    open_store("keyring").key.digest("any")
    KeyringStore(str(home / "gatehouse.api" / "keyring")).preload()
    assert len(asked(ring)) == 2  # the key, the record; notes are left alone
    for _time in range(3):
        child = new_child(_warm, written)
        assert child.hear() == {"access_token": "canary"}
    assert len(asked(ring)) == 2


def test_without_that_each_worker_asks_once(ring: Path, home: Path, new_child: NewChild) -> None:
    open_store("keyring").write(RECORD, 0)
    keyring_store._known.clear()
    keyring_key._known.clear()
    (ring / "asked").unlink()
    for count in (1, 2, 3):
        assert new_child(_warm, None).hear() == {"access_token": "canary"}
        assert len(asked(ring)) == 2 * count


def _warm(pipe: Pipe, written: Any) -> Any:
    found = [warm.record_of("keyring", "", "cloud", written, 0.0) for _time in range(3)]
    return found[2] and found[2]["tokens"]


# The key of another store


@pytest.mark.usefixtures("home")
def test_the_key_of_a_file_store_is_in_the_keyring(ring: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "sessions")
    open_store(place, "keyring").write(RECORD, 0)
    assert not (tmp_path / "sessions" / "key").exists()
    keyring_key._known.clear()
    assert open_store(place, "keyring").read("cloud") == RECORD
    found = warm.record_of(place, "keyring", "cloud", None, 0.0)
    assert found is not None
    assert found["tokens"] == RECORD.tokens
    text = library.get_password("gatehouse.api", f"key of {place}")
    assert text is not None
    assert len(base64.b64decode(text)) == 32
    assert open_store(place, text).read("cloud") == RECORD
    with pytest.raises(Failure, match="key file"):
        open_store(place).read("cloud")


@pytest.mark.usefixtures("ring")
def test_racing_processes_make_one_key(tmp_path: Path, new_child: NewChild) -> None:
    place = str(tmp_path / "sessions")
    children = [new_child(_first, place, number) for number in range(6)]
    for child in children:
        child.hear()
    for child in children:
        child.say()
    assert len({child.hear() for child in children}) == 1
    assert open_store(place, "keyring").names() == [f"session{number}" for number in range(6)]


def _first(pipe: Pipe, place: str, number: int) -> bytes:
    pipe.say("ready")
    pipe.hear()
    store = open_store(place, "keyring")
    store.write(Record(f"session{number}", "proton", "o", revision=1), 0)
    return store.key.secret


def test_a_lost_key_is_said_and_not_replaced(ring: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "sessions")
    open_store(place, "keyring").write(RECORD, 0)
    keyring_key._known.clear()
    library.delete_password("gatehouse.api", f"key of {place}")
    with pytest.raises(Failure, match="holds records, but the OS keyring has no key") as caught:
        open_store(place, "keyring").key.digest("any")
    assert caught.value.kind == "store"
    assert f"keyring set gatehouse.api 'key of {place}'" in caught.value.hint


@pytest.mark.usefixtures("ring")
def test_a_key_for_redis_is_never_made_but_taken(tmp_path: Path) -> None:
    url = "redis://alice:canary@cache/2"
    with pytest.raises(Failure, match="has no key for redis://cache:6379/2") as caught:
        open_store(url, "keyring").key.digest("any")
    assert caught.value.kind == "definition"
    assert "canary" not in str(caught.value)
    library.set_password("gatehouse.api", "key of redis://cache:6379/2", "x" * 20)
    assert open_store(url, "keyring").key.secret == warm.key_of("x" * 20)
    library.set_password("gatehouse.api", "key of redis://cache:6379/3", "short")
    with pytest.raises(Failure, match="too short"):
        open_store("redis://cache/3", "keyring").key.digest("any")


# No keyring


HEADLESS = """
import sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store
try:
    open_store(sys.argv[2], sys.argv[3]).key
except Failure as failure:
    print(failure.kind, failure)
"""


@pytest.mark.parametrize("named", [("keyring", ""), ("file", "keyring")])
def test_a_machine_without_a_keyring_gets_three_ways_out(
    tmp_path: Path, collections_path: Path, named: tuple[str, str]
) -> None:
    env = {"HOME": str(tmp_path), "PATH": os.defpath}
    done = subprocess.run(
        [sys.executable, "-c", HEADLESS, str(collections_path), *named],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("store This machine has no OS keyring that this user can reach. ")
    assert all(way in done.stdout for way in WAYS_OUT)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


class Broken(Ring):
    """Fails in the way of some backend."""

    error: Exception = RuntimeError()

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (keyring.errors.KeyringLocked("Failed to unlock the collection!"), "is locked."),
        (keyring.errors.InitError("no bus"), "cannot be used: no bus."),
        (RuntimeError("first line\nsecond line"), "cannot be used: first line."),
        (TimeoutError(), "cannot be used: TimeoutError."),
    ],
)
@pytest.mark.usefixtures("home")
def test_each_error_of_a_backend_is_one_sentence(error: Exception, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Broken()
    backend.error = error
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)
    with pytest.raises(Failure) as caught:
        open_store("keyring").key.digest("any")
    assert caught.value.kind == "store"
    assert caught.value.message == f"The OS keyring {said}"
    assert all(way in caught.value.hint for way in WAYS_OUT)


@pytest.mark.usefixtures("home")
def test_a_keyring_that_keeps_nothing_is_found_out_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", keyring.backends.null.Keyring())
    with pytest.raises(Failure, match="keeps nothing"):
        open_store("keyring").key.digest("any")


@pytest.mark.usefixtures("ring")
def test_texts_that_are_too_long_in_any_size_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = KeyringStore(str(tmp_path / "index"))
    store.write("cloud", Entry(1, b"content"), 0)
    monkeypatch.setenv("TESTS_RING_LIMIT", "20")
    with pytest.raises(Failure, match="too long"):
        store.write("cloud", Entry(2, b"x" * 100), 1)
    assert store.read("cloud") == Entry(1, b"content")


def test_the_library_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(Failure, match="-m pip install keyring") as caught:
        open_store("keyring").key.digest("any")
    assert caught.value.kind == "unsupported"
