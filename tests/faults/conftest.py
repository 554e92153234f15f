# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox, one clock and one warm server of actors for all tests here."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.clock import PLACE, SharedClock
from tests.faults.near import NearSandbox
from tests.sandbox.harness import Sandbox

if TYPE_CHECKING:
    from tests.faults.scene import Scene
    from tests.faults.subjects import Provider, Store


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long versions of the tests in tests/faults")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only(*providers): run it for these providers alone, whose rules it is about")


@pytest.fixture(scope="session")
def soak(pytestconfig: pytest.Config) -> bool:
    """Whether to run the long versions."""
    return bool(pytestconfig.getoption("--soak", default=False))


@pytest.fixture(scope="session")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedClock]:
    """Return the clock that all actors live by."""
    for name in list(os.environ):
        if name.startswith("GATEHOUSE_") or name.lower().endswith("_proxy") or name.endswith("_CA_BUNDLE"):
            del os.environ[name]
    os.environ[PLACE] = str(tmp_path_factory.mktemp("clock") / "offset")
    multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.faults.preload"])
    yield SharedClock(os.environ[PLACE])
    del os.environ[PLACE]


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    """Return the one sandbox process of this test process."""
    from tests.faults.subjects import PROVIDERS

    services = {provider.service for provider in PROVIDERS.values() if not provider.why_not()}
    with NearSandbox.start(*sorted(services)) as sandbox:
        yield sandbox
        # Processes that are killed in the middle of TLS make asyncio complain; the sandbox itself must not.
        assert "tests/sandbox" not in sandbox.errors()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what takes a scene once for every provider and store, for every operation of a provider if it takes one."""
    from tests.faults import operations
    from tests.faults.subjects import PROVIDERS, STORES

    only = metafunc.definition.get_closest_marker("only")
    providers = [PROVIDERS[name] for name in only.args] if only else list(PROVIDERS.values())
    if "operation" in metafunc.fixturenames:
        found = [
            pytest.param(provider, operation, id=f"{provider.name}-{operation}", marks=_marks(provider))
            for provider in providers
            for operation in operations.of(provider)
        ]
        metafunc.parametrize(("provider", "operation"), found, scope="session")
    elif "provider" in metafunc.fixturenames:
        named = [pytest.param(provider, id=provider.name, marks=_marks(provider)) for provider in providers]
        metafunc.parametrize("provider", named, scope="session")
    if "store" in metafunc.fixturenames:
        stores = [pytest.param(store, id=name, marks=_marks(store)) for name, store in STORES.items()]
        metafunc.parametrize("store", stores, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a store does not take part in."""
    soak = bool(config.getoption("--soak", default=False))
    items[:] = [item for item in items if _tried(item, soak)]


def _tried(item: pytest.Item, soak: bool) -> bool:
    given = item.callspec.params if hasattr(item, "callspec") else {}
    if "store" not in given or "provider" not in given:
        return True
    test = f"{item.path.stem}::{getattr(item, 'originalname', '')}"
    return bool(given["store"].tried(given["provider"].name, test, str(given.get("operation", "")), soak))


def _marks(subject: Provider | Store) -> list[pytest.MarkDecorator]:
    why = subject.why_not()
    return [pytest.mark.skip(reason=why)] if why else []


@pytest.fixture
def scene(provider: Provider, store: Store, running_sandbox: Sandbox, clock: SharedClock, tmp_path: Path) -> Scene:
    """Return a fresh sandbox, an empty store and real time."""
    from tests.faults.scene import Scene

    store.start()
    return Scene(provider, store, running_sandbox, clock, tmp_path)
