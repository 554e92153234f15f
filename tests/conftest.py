# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test directory shares: the importable collection, a temporary HOME, the ansible-core versions."""

from __future__ import annotations

import os
import shutil
import tempfile
import zlib
from pathlib import Path

import pytest

from tests.tools import environments
from tests.tools.paths import NAME, NAMESPACE, ROOT

# Set by the test tools, not by the developer.
KEPT_SETTINGS = ("ANSIBLE_COLLECTIONS_PATH", "GATEHOUSE_CONFORMANCE_PYTHON")

_collections = pytest.StashKey[Path]()

pytest_plugins = ["tests.oauth.fixtures", "tests.redis.fixtures"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cores",
        choices=("newest", "all", "every"),
        default="newest",
        help="ansible-core versions for tests that take the fixture core: the newest; all that make setup installed, "
        "the older ones in turn, test by test; or every one for every test",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the working tree importable as ansible_collections.gatehouse.api, here and in child processes."""
    collections = Path(tempfile.mkdtemp(prefix="gatehouse-collections-"))
    config.stash[_collections] = collections
    link = collections / "ansible_collections" / NAMESPACE / NAME
    link.parent.mkdir(parents=True)
    link.symlink_to(ROOT, target_is_directory=True)
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
    try:
        from ansible.plugins.loader import init_plugin_loader
    except ImportError:
        return  # not every environment has ansible-core: the conformance checks bring their own libraries
    init_plugin_loader([str(collections)])


def pytest_unconfigure(config: pytest.Config) -> None:
    collections = config.stash.get(_collections, None)
    if collections:
        shutil.rmtree(collections, ignore_errors=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes the fixture core with the newest ansible-core and with older ones, as --cores asks for."""
    if "core" not in metafunc.fixturenames:
        return
    cores = environments.available_cores()
    if not cores:
        raise pytest.UsageError("no ansible-core environment is installed: run make setup")
    *older, newest = cores
    wanted = metafunc.config.getoption("--cores")
    if wanted == "all" and older:
        turn = zlib.crc32(metafunc.definition.nodeid.encode()) % (2 * len(older))  # every other test
        cores = [*older[turn : turn + 1], newest]
    elif wanted == "newest":
        cores = [newest]
    metafunc.parametrize("core", cores, ids=[f"core-{core.minor}" for core in cores], scope="session")


@pytest.fixture(scope="session")
def collections_path(pytestconfig: pytest.Config) -> Path:
    """Return the directory to give as ANSIBLE_COLLECTIONS_PATH: it holds the working tree, as it is now."""
    return pytestconfig.stash[_collections]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a HOME of its own, and none of the developer's own settings."""
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    for name in list(os.environ):
        if name.startswith(("GATEHOUSE_", "XDG_", "ANSIBLE_")) and name not in KEPT_SETTINGS:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(path))
    return path
