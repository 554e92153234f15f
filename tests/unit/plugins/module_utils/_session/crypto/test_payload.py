# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fork's payload, sealed: only its own key opens it, and not when it was changed."""

from __future__ import annotations

import base64
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ansible_collections.gatehouse.api.plugins.module_utils._session.crypto.payload import seal, unseal
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure


def refused(sealed: Any, key: Any) -> None:
    with pytest.raises(Failure) as caught:
        unseal(sealed, key)
    assert caught.value.kind == "crypto"


@pytest.mark.parametrize("payload", ["", "text", '{"type":"default"}', "ünïcödé \U0001f511", "x" * 100_000])
def test_what_was_sealed_opens_again(payload: str) -> None:
    sealed, key = seal(payload)
    assert unseal(sealed, key) == payload


def test_the_payload_does_not_show_in_what_was_sealed() -> None:
    sealed, _key = seal("a rather long payload")
    assert b"payload" not in base64.b64decode(sealed)


def test_each_payload_has_a_key_and_a_nonce_of_its_own() -> None:
    (first, key), (second, other) = seal("same"), seal("same")
    assert key != other
    assert base64.b64decode(first)[:12] != base64.b64decode(second)[:12]


def test_the_form_is_version_3_of_the_official_clients() -> None:
    sealed, key = seal("payload")
    raw = base64.b64decode(sealed)
    assert AESGCM(base64.b64decode(key)).decrypt(raw[:12], raw[12:], b"fork") == b"payload"


def test_another_key_does_not_open_it() -> None:
    refused(seal("payload")[0], seal("payload")[1])


def test_a_flipped_bit_anywhere_is_noticed() -> None:
    sealed, key = seal("payload")
    raw = base64.b64decode(sealed)
    for at in range(len(raw)):
        refused(base64.b64encode(raw[:at] + bytes((raw[at] ^ 1,)) + raw[at + 1 :]).decode("ascii"), key)


@pytest.mark.parametrize("sealed", ["", "AAAA", "not base64!", "é", None, 7, {}])
def test_a_payload_that_is_none_is_refused(sealed: Any) -> None:
    refused(sealed, seal("")[1])


@pytest.mark.parametrize("key", ["", "AAAA", "not base64!", "é", None, 7])
def test_a_key_that_is_none_is_refused(key: Any) -> None:
    refused(seal("payload")[0], key)


def test_content_that_is_no_text_is_refused() -> None:
    key = bytes(32)
    sealed = bytes(12) + AESGCM(key).encrypt(bytes(12), b"\xff\xfe", b"fork")
    refused(base64.b64encode(sealed).decode("ascii"), base64.b64encode(key).decode("ascii"))


def test_a_missing_library_is_said_with_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(Failure) as caught:
        seal("payload")
    assert caught.value.kind == "unsupported"
    assert caught.value.hint.endswith("-m pip install cryptography")
