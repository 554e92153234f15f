# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Redis for all tests of a process, emptied for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.redis.programs import MISSING, program

if TYPE_CHECKING:
    from tests.redis.servers import Server

needs_redis = pytest.mark.skipif(not (program() and program("redis-sentinel")), reason=MISSING)


@pytest.fixture(scope="session")
def running_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the one server of this test process."""
    if program() is None:
        pytest.skip(MISSING)
    from tests.redis.servers import Server  # not every environment has the library

    with Server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(running_redis: Server) -> Server:
    """Return a server with nothing in it."""
    running_redis.client.flushall()
    return running_redis
