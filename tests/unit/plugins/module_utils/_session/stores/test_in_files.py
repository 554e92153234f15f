# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`@PATH` as `store` or `store_key`: a file has what is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store

KEY = "canary-store-key-0123456789"


def test_a_file_has_the_place_and_another_the_key(tmp_path: Path) -> None:
    (tmp_path / "place").write_text(f"{tmp_path}/store\n", encoding="utf-8")
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="utf-8")
    named = (f"@{tmp_path}/place", f"@{tmp_path}/key")
    found = open_store(*named)
    assert found.store.place == f"{tmp_path}/store"
    assert found.key == open_store(f"{tmp_path}/store", KEY).key
    assert found.named == named  # so that whoever notes it notes no secret
    assert KEY not in secrets.hide(f"it is {KEY}")


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_file_that_says_nothing_is_said(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    for option, given in (("store", (f"@{path}", KEY)), ("store_key", (f"{tmp_path}/store", f"@{path}"))):
        with pytest.raises(Failure) as caught:
            open_store(*given)
        assert caught.value.kind == "definition"
        assert caught.value.message.startswith(f"{option} points to the file {path}, which cannot be used: ")


def test_a_place_in_the_home(home: Path) -> None:
    (home / "key").write_text(KEY, encoding="utf-8")
    assert open_store(str(home / "store"), "@~/key").key == open_store(str(home / "store"), KEY).key
