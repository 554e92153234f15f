# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the unit tests of the plugins share. The collection is importable only once pytest has been configured."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.harness import Sandbox
from tests.unit.plugins.children import Child

if TYPE_CHECKING:
    from tests.unit.plugins.scene import PasswordsScene, Scene

pytest.register_assert_rewrite(
    "tests.unit.plugins.module_utils._session.stores.contract",
    "tests.unit.plugins.module_utils._session.providers.contract",
    "tests.unit.plugins.provider_scene",
    "tests.unit.plugins.scene",
)

NewChild = Callable[..., Child]


@pytest.fixture(autouse=True)
def _clean_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget other tests' secrets and the developer's settings."""
    from ansible_collections.gatehouse.api.plugins.module_utils._session import secrets

    monkeypatch.setattr(secrets, "_in_play", set())
    for name in list(os.environ):
        if name.startswith("GATEHOUSE_") or name.lower().endswith("_proxy") or name.endswith("_CA_BUNDLE"):
            monkeypatch.delenv(name)


@pytest.fixture
def new_child() -> Iterator[NewChild]:
    """Return a maker of child processes, all ended with the test."""
    children: list[Child] = []

    def make(work: Callable[..., Any], *args: Any, method: str = "fork") -> Child:
        children.append(Child(work, *args, method=method))
        return children[-1]

    yield make
    for child in children:
        child.close()


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    """Return the one sandbox process of this test process."""
    with Sandbox.start("proton") as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """Return the sandbox with nothing in it."""
    running_sandbox.reset("proton")
    return running_sandbox


@pytest.fixture(scope="session")
def running_passwords() -> Iterator[Sandbox]:
    """Return the one sandbox process of Nextcloud Passwords of this test process."""
    with Sandbox.start("nextcloud_passwords") as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def passwords(running_passwords: Sandbox, tmp_path: Path) -> PasswordsScene:
    """Return a fresh sandbox of Nextcloud Passwords, an empty store and a clock."""
    from tests.unit.plugins.scene import PasswordsScene

    running_passwords.reset("nextcloud_passwords")
    return PasswordsScene(running_passwords, tmp_path / "sessions")


@pytest.fixture
def scene(sandbox: Sandbox, tmp_path: Path) -> Scene:
    """Return a fresh sandbox, an empty store and a clock."""
    from tests.unit.plugins.scene import Scene

    return Scene(sandbox, tmp_path / "sessions")
