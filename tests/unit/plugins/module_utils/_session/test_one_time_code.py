# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One-time codes: the right ones, and never one twice."""

from __future__ import annotations

import base64
import multiprocessing
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyotp
import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.one_time_code import STEP, next_code
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore
from tests.unit.plugins.children import Child, Pipe

SECRET = base64.b32encode(b"12345678901234567890").decode("ascii")  # RFC 6238, appendix B
ORIGIN, ACCOUNT = "https://api.example.com", "alice"
# The table of RFC 6238, appendix B: six digits instead of eight, which are the last ones.
PUBLISHED = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.naps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.naps.append(seconds)
        self.now += seconds


def sealed(directory: Path) -> SealedStore:
    return SealedStore(FileStore(str(directory)))


def code(directory: Path, clock: Clock, secret: str = SECRET, account: str = ACCOUNT, origin: str = ORIGIN) -> str:
    return next_code(sealed(directory), origin, account, secret, clock, clock.sleep)


@pytest.mark.parametrize(("now", "expected"), PUBLISHED)
def test_the_code_is_that_of_rfc_6238(tmp_path: Path, now: int, expected: str) -> None:
    assert code(tmp_path / "s", Clock(now)) == expected


@pytest.mark.parametrize("secret", [f" {SECRET[:4]} {SECRET[4:]}\n", SECRET.lower()])
def test_a_secret_may_be_written_with_spaces_and_small_letters(tmp_path: Path, secret: str) -> None:
    assert code(tmp_path / "s", Clock(59), secret) == "287082"


def test_a_step_is_used_once_also_by_another_object_of_the_store(tmp_path: Path) -> None:
    clock = Clock(1_700_000_001.5)
    codes = [code(tmp_path / "s", clock) for _time in range(3)]
    assert len(set(codes)) == 3
    step = 1_700_000_001.5 // STEP * STEP
    assert clock.naps == [step + STEP - 1_700_000_001.5, STEP]
    assert clock.now == step + 2 * STEP


def test_waiting_goes_on_when_sleep_ends_early(tmp_path: Path) -> None:
    clock = Clock(1_700_000_000)
    first = code(tmp_path / "s", clock)
    real = clock.sleep

    def short(seconds: float) -> None:
        real(min(seconds, 4.0))

    assert next_code(sealed(tmp_path / "s"), ORIGIN, ACCOUNT, SECRET, clock, short) != first
    assert len(clock.naps) > 1


def test_a_new_step_does_not_wait(tmp_path: Path) -> None:
    clock = Clock(1_700_000_000)
    code(tmp_path / "s", clock)
    clock.now += STEP
    code(tmp_path / "s", clock)
    assert clock.naps == []


def test_another_account_or_service_has_steps_of_its_own(tmp_path: Path) -> None:
    clock = Clock(1_700_000_000)
    code(tmp_path / "s", clock)
    code(tmp_path / "s", clock, account="bob")
    code(tmp_path / "s", clock, origin="https://other.example.com")
    assert clock.naps == []


@pytest.mark.parametrize("back", [STEP, 3 * STEP, 3600, 10 * 365 * 86400])
def test_a_clock_that_was_set_back_is_not_waited_for(tmp_path: Path, back: int) -> None:
    clock = Clock(1_700_000_000)
    code(tmp_path / "s", clock)
    clock.now -= back
    code(tmp_path / "s", clock)
    assert sum(clock.naps) <= 2 * STEP


@pytest.mark.parametrize("secret", ["not base32!", "01890189", "é", "A"])
def test_a_secret_that_is_none_is_a_definition_failure(tmp_path: Path, secret: str) -> None:
    with pytest.raises(Failure, match="totp_secret") as caught:
        code(tmp_path / "s", Clock(59), secret)
    assert caught.value.kind == "definition"
    assert secret not in str(caught.value)


def test_a_bad_secret_uses_up_no_step(tmp_path: Path) -> None:
    clock = Clock(1_700_000_000)
    with pytest.raises(Failure):
        code(tmp_path / "s", clock, "not base32!")
    code(tmp_path / "s", clock)
    assert clock.naps == []


def test_nothing_of_it_is_readable_on_disk(tmp_path: Path) -> None:
    found = code(tmp_path / "s", Clock(59))
    for path in (tmp_path / "s").iterdir():
        content = path.read_bytes() + path.name.encode()
        for text in (found, SECRET, ACCOUNT, ORIGIN):
            assert text.encode() not in content


def test_a_code_is_a_secret_from_then_on(tmp_path: Path) -> None:
    from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets

    found = code(tmp_path / "s", Clock(59))
    assert secrets.hide(f"the code {found}") == f"the code {secrets.HIDDEN}"


def test_a_missing_library_is_said_with_the_pip_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyotp", None)
    with pytest.raises(Failure) as caught:
        code(tmp_path / "s", Clock(59))
    assert caught.value.kind == "unsupported"
    assert caught.value.hint.endswith("-m pip install pyotp")


class SharedClock:
    """A clock of several processes; the one that holds the lock moves it by sleeping."""

    def __init__(self, moment: Any) -> None:
        self.moment = moment

    def __call__(self) -> float:
        return float(self.moment.value)

    def sleep(self, seconds: float) -> None:
        self.moment.value += seconds


def in_child(pipe: Pipe, directory: Path, moment: Any) -> str:
    pipe.say()
    pipe.hear()
    clock = SharedClock(moment)
    return next_code(sealed(directory), ORIGIN, ACCOUNT, SECRET, clock, clock.sleep)


def test_processes_that_ask_at_once_get_different_codes(tmp_path: Path, new_child: Callable[..., Child]) -> None:
    moment = multiprocessing.get_context("fork").Value("d", 1_700_000_000.0)
    children = [new_child(in_child, tmp_path / "s", moment) for _number in range(6)]
    for child in children:
        child.hear()
    for child in children:
        child.say()
    found = sorted(child.hear() for child in children)
    first = 1_700_000_000 // STEP
    assert found == sorted(pyotp.TOTP(SECRET).at((first + number) * STEP) for number in range(6))
