# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for all tests: one process of each server for a session, as at its fresh start for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.oauth.servers import OidcProvider, Server, Toolkit

__all__ = ["oidc_provider", "running_oidc_provider", "running_toolkit", "toolkit"]


def _running(server: Server) -> Iterator[Server]:
    if why := server.why_not():
        pytest.skip(f"{type(server).__name__}: {why}")
    with server:
        yield server
        log = server.log()
        assert "Traceback" not in log, log
        assert "    at " not in log, log


@pytest.fixture(scope="session")
def running_oidc_provider() -> Iterator[OidcProvider]:
    """Return the process of oidc-provider; tests take `oidc_provider`."""
    yield from _running(OidcProvider())


@pytest.fixture(scope="session")
def running_toolkit() -> Iterator[Toolkit]:
    """Return the process of django-oauth-toolkit; tests take `toolkit`."""
    yield from _running(Toolkit())


@pytest.fixture
def oidc_provider(running_oidc_provider: OidcProvider) -> OidcProvider:
    """Return oidc-provider, with nothing in it."""
    running_oidc_provider.reset()
    return running_oidc_provider


@pytest.fixture
def toolkit(running_toolkit: Toolkit) -> Toolkit:
    """Return django-oauth-toolkit, with nothing in it."""
    running_toolkit.reset()
    return running_toolkit
