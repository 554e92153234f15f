# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The challenge PWDv1r1: every computed value, and what is refused before anything is computed."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session.crypto import challenge
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from tests.unit.plugins.module_utils._session.crypto.passwords_vectors import VECTORS

if TYPE_CHECKING:
    from tests.unit.plugins.children import Pipe
    from tests.unit.plugins.conftest import NewChild

CHALLENGES = [pytest.param(entry, id=entry["name"]) for entry in VECTORS["challenges"]]
RULES = VECTORS["challenge_length_rules"]
REFUSED = [pytest.param(entry, id=entry["name"]) for entry in RULES if entry["rejected"]]
ACCEPTED = [pytest.param(entry, id=entry["name"]) for entry in RULES if not entry["rejected"]]
GOOD: dict[str, Any] = VECTORS["challenges"][0]
SALTS: list[str] = GOOD["salts"]
PASSWORD: str = GOOD["password"]


def sent(salts: Any = SALTS, **changes: Any) -> dict[str, Any]:
    return {"salts": salts, "type": "PWDv1r1", **changes}


def refused(kind: str, given: Any, password: str = PASSWORD) -> Failure:
    with pytest.raises(Failure) as caught:
        challenge.solution(given, password)
    assert caught.value.kind == kind
    assert password not in str(caught.value)
    return caught.value


def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is still right has computed nothing."""
    for name in [name for name in sys.modules if name == "nacl" or name.startswith("nacl.")]:
        monkeypatch.setitem(sys.modules, name, None)


def test_there_is_something_to_check() -> None:
    assert (len(CHALLENGES), len(REFUSED), len(ACCEPTED)) == (6, 3, 1)


@pytest.mark.parametrize("entry", CHALLENGES)
def test_the_solution_is_the_computed_one(entry: dict[str, Any]) -> None:
    assert challenge.solution(sent(entry["salts"], type=entry["type"]), entry["password"]) == entry["solution"]


def test_a_new_challenge_is_solved_by_the_secret_that_it_was_made_with() -> None:
    made = VECTORS["challenge_create"]
    assert challenge.solution(sent(made["salts"]), made["password"]) == made["secret"]


@pytest.mark.parametrize("entry", REFUSED)
def test_a_password_outside_the_length_rule_is_refused_before_anything_is_computed(
    entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_library(monkeypatch)
    assert entry["reason"] in refused("definition", sent(), entry["password"]).message
    with pytest.raises(Failure, match=entry["reason"]) as caught:
        challenge.check_password(entry["password"])
    assert caught.value.kind == "definition"


@pytest.mark.parametrize("entry", [*CHALLENGES, *ACCEPTED])
def test_a_password_inside_the_length_rule_is_accepted(entry: dict[str, Any]) -> None:
    challenge.check_password(entry["password"])


@pytest.mark.parametrize("password", ["", "\udcff" * 12, "lone \ud83d in here"], ids=["empty", "surrogates", "half"])
def test_an_odd_password_is_refused(password: str) -> None:
    with pytest.raises(Failure) as caught:
        challenge.solution(sent(), password)
    assert caught.value.kind == "definition"


@pytest.mark.parametrize("kind", ["PWDv2r1", "pwdv1r1", "", None, 7, ["PWDv1r1"], "X" * 10_000])
def test_another_type_of_challenge_is_unsupported(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    without_library(monkeypatch)
    failure = refused("unsupported", sent(type=kind))
    assert "PWDv1r1" in failure.message
    assert len(failure.message) < 200


@pytest.mark.parametrize("given", [None, [], "PWDv1r1", 7, {}])
def test_what_is_no_challenge_is_unsupported(given: Any) -> None:
    refused("unsupported", given)


@pytest.mark.parametrize(
    "salts",
    [
        None,
        7,
        "",
        {},
        [],
        SALTS[:2],
        [*SALTS, SALTS[2]],
        [SALTS[0][:-2], SALTS[1], SALTS[2]],
        [SALTS[0], SALTS[1][:-2], SALTS[2]],
        [SALTS[0], SALTS[1] + "00", SALTS[2]],
        [SALTS[0], SALTS[1], SALTS[2][:-2]],
        [SALTS[0], SALTS[1], SALTS[2] + "00"],
        [SALTS[0][:-1], SALTS[1], SALTS[2]],
        [SALTS[0], SALTS[1], "x" * 32],
        [SALTS[0], None, SALTS[2]],
        [bytes(256), bytes(64), bytes(16)],
    ],
)
def test_salts_of_another_form_are_refused(salts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    without_library(monkeypatch)
    assert "salts" in refused("crypto", sent(salts)).message


@pytest.mark.parametrize("which", range(3))
def test_every_salt_counts(which: int) -> None:
    salts = list(SALTS)
    salts[which] = salts[which][:-1] + ("0" if salts[which][-1] != "0" else "1")
    assert challenge.solution(sent(salts), PASSWORD) != GOOD["solution"]


def test_a_missing_library_is_said_with_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    without_library(monkeypatch)
    assert refused("unsupported", sent()).hint == f"Install it: {sys.executable} -m pip install PyNaCl"


def solved_in_little_memory(pipe: Pipe) -> str:
    challenge.solution(sent(), PASSWORD)  # what is loaded and allocated once is there now
    in_use = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + 32 * 1024 * 1024, resource.RLIM_INFINITY))
    try:
        challenge.solution(sent(), PASSWORD)
    except Failure as failure:
        return str(failure)
    return "solved"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and tells its memory in Linux's way")
def test_too_little_memory_is_no_traceback(new_child: NewChild) -> None:
    said = new_child(solved_in_little_memory).hear()
    assert "64 MiB" in said
    assert said.endswith("[crypto]")
