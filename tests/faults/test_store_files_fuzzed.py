# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever lies in a store's files: a record that was once written, none, or a Failure of kind store."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.gatehouse.api.plugins.module_utils._session.cache import KEYS, Cache
from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Credentials
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from tests.faults import figures

EXAMPLES = 200
SOAK_EXAMPLES = 20_000
NOTE = ("hold", "https://example.com")
SECRET = "fuzzed-access-token"
NOWHERE = "https://127.0.0.1:1"
ENTRY = {"id": "1", "folder": "f", "cseType": "none", "label": "entry", "password": "fuzzed-password", "tags": ["t"]}
VAULT = "vault"
NAMES = ("cloud", "Ärger/2", "other", VAULT)
ASKED = (Query(), Query(label="entry"), Query(tag="none"))


def _record(name: str) -> Record:
    now = time.time()
    if name == VAULT:
        return Record(
            name=name,
            provider="nextcloud_passwords",
            origin=NOWHERE,
            account="carol",
            revision=1,
            tokens={"access_token": SECRET, "password": "fuzzed-app-password"},
            opened_at=now,
            issued_at=now,
            expires_at=now + 3600,
            options={"url": NOWHERE, "username": "carol", "cache_ttl": 3600.0, "timeout": 5.0, "max_wait": 0.0},
        )
    return Record(
        name=name,
        provider="proton",
        origin="https://example.com",
        revision=1,
        tokens={"access_token": SECRET, "refresh_token": "fuzzed-refresh-token"},
        uid="uid",
        issued_at=now,
        expires_at=now + 3600,
        options={"url": "https://example.com"},
    )


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Return a store with a few records and a note."""
    directory = tmp_path / "good"
    store = SealedStore(FileStore(str(directory)))
    for name in NAMES:
        store.write(_record(name), 0)
    with store.lock(store.note_key(*NOTE)):
        store.remember({"until": 0.0}, *NOTE)
    cache = Cache.of(store, _read(store, VAULT))
    cache.put([ENTRY], "list", "password")
    cache.put([{"id": "f", "parent": "none", "cseType": "none", "label": "folder"}], "list", "folder")
    cache.put([{"id": "t", "cseType": "none", "label": "tag"}], "list", "tag")
    cache.put({}, KEYS)
    for query in ASKED:
        Credentials(Client(store), VAULT, None).search(query)
    return directory


def _read(store: SealedStore, name: str) -> Record:
    record = store.read(name)
    assert record is not None
    return record


@st.composite
def damage(draw: st.DrawFn) -> Callable[[bytes, bytes], bytes]:
    """A change of a file's content, given that of another file too."""
    kind = draw(st.sampled_from(["flip", "flip", "cut", "grow", "swap", "random", "header", "zero"]))
    place, bit, more = draw(st.integers(0, 400)), draw(st.integers(0, 7)), draw(st.binary(max_size=60))

    def change(content: bytes, other: bytes) -> bytes:
        at = place % (len(content) + 1)
        if kind == "flip":
            return content[:at] + bytes(byte ^ 1 << bit for byte in content[at : at + 1]) + content[at + 1 :]
        if kind == "header":
            return content[:4] + more[:8].ljust(8, b"\0") + content[12:]
        made = {
            "cut": content[:at],
            "grow": content + more,
            "swap": other,
            "random": more,
            "zero": bytes(len(content)),
        }
        return made[kind]

    return change


def _used(directory: Path) -> Iterator[str]:
    """Use everything in the store; what is found, or which kinds of failure."""
    for name in (*NAMES, "absent"):
        yield from _tried(lambda name=name: SealedStore(FileStore(str(directory))).read(name), name)  # type: ignore[misc]
        client = Client(SealedStore(FileStore(str(directory))))
        yield from _tried(lambda name=name, client=client: client.ensure(name).after, name)  # type: ignore[misc]
    for query in ASKED:
        client = Client(SealedStore(FileStore(str(directory))))
        yield from _tried(lambda query=query, client=client: _labels(client, query), VAULT)  # type: ignore[misc]
    yield from _tried(lambda: SealedStore(FileStore(str(directory))).recall(*NOTE), "the note")
    yield from _tried(lambda: SealedStore(FileStore(str(directory))).names(), "the names")


def _labels(client: Client, query: Query) -> None:
    """Read from the cache: there is nobody to be asked."""
    found = Credentials(client, VAULT, None).search(query)
    assert [item.label for item in found.credentials] == ([] if query.tag else ["entry"])


def _tried(work: Callable[[], Any], name: str) -> Iterator[str]:
    try:
        found = work()
    except Failure as failure:
        found = failure
    if isinstance(found, Failure):
        assert SECRET not in str(found)
        assert str(found).isprintable()
        undefined = found.kind == "definition" and found.message.startswith("There is no session")
        assert found.kind == "store" or undefined, f"{name}: {found}"
        yield found.kind
    elif isinstance(found, Record):
        assert found.name == name
        assert found.tokens["access_token"] == SECRET


def _holds(examples: int, soak: bool) -> Any:
    return settings(
        max_examples=examples,
        derandomize=not soak,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.timeout(3600)
def test_damaged_files(good: Path, tmp_path: Path, soak: bool) -> None:
    """One file of the store, changed in any way; the others stay usable unless it was the key."""
    files = sorted(path.name for path in good.iterdir() if not path.name.endswith(".lock"))
    contents = {name: (good / name).read_bytes() for name in files}
    bad = tmp_path / "bad"
    shutil.copytree(good, bad)

    @_holds(SOAK_EXAMPLES if soak else EXAMPLES, soak)
    @given(st.sampled_from(files), st.sampled_from(files), damage())
    def hold(name: str, other: str, change: Callable[[bytes, bytes], bytes]) -> None:
        try:
            (bad / name).write_bytes(change(contents[name], contents[other]))
            kinds = list(_used(bad))
            if (bad / name).read_bytes() == contents[name]:
                assert kinds == ["definition"]  # of the absent one alone
        finally:
            (bad / name).write_bytes(contents[name])
        figures.add("fuzzed store files")

    hold()
    assert list(_used(bad)) == ["definition"]


@pytest.mark.timeout(3600)
def test_foreign_files(good: Path, soak: bool) -> None:
    """Files that others put there, whatever their names, disturb nobody."""
    letters = st.one_of(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=30),
        st.from_regex(r"\A[%0-9A-Fa-f~.]{1,12}\Z"),
    )

    @_holds((SOAK_EXAMPLES if soak else EXAMPLES) // 4, soak)
    @given(letters, st.sampled_from(["", ".session", ".lock", ".new"]), st.binary(max_size=40))
    def hold(stem: str, suffix: str, content: bytes) -> None:
        path = good / (stem + suffix)
        if stem in (".", "..") or path.exists():
            return
        try:
            path.write_bytes(content)
        except OSError:
            return  # no name for this file system
        try:
            path.chmod(0o600)
            assert set(_used(good)) <= {"definition", "store"}
            assert set(NAMES) <= set(SealedStore(FileStore(str(good))).names())
        finally:
            path.unlink()
        figures.add("foreign store files")

    hold()


@pytest.mark.parametrize("name", ["cloud.session", "key", "cloud.lock"])
def test_directories_where_files_should_be(good: Path, name: str) -> None:
    (good / name).unlink(missing_ok=True)
    (good / name).mkdir(mode=0o700)
    assert "store" in set(_used(good)) or name == "cloud.lock"


def test_a_name_of_raw_bytes(good: Path) -> None:
    """Names of files are bytes, and need not be text."""
    path = os.fsencode(str(good)) + b"/\xff\xfe.session"
    try:
        with open(path, "wb") as stream:
            stream.write(b"x")
    except OSError:
        pytest.skip("this file system wants text")
    assert set(_used(good)) == {"definition"}
    assert set(NAMES) <= set(SealedStore(FileStore(str(good))).names())


def test_the_key_is_made_while_another_process_uses_it(tmp_path: Path) -> None:
    """Two processes at a store that has never been used: the second one's key and record come in between."""
    directory = tmp_path / "new"

    class Late(FileStore):
        def keys(self) -> Iterator[str]:
            SealedStore(FileStore(str(directory))).write(_record("other"), 0)
            return super().keys()

    store = SealedStore(Late(str(directory)))
    store.write(_record("cloud"), 0)
    assert SealedStore(FileStore(str(directory))).names() == ["cloud", "other"]
