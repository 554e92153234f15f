# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What anybody pays who asks Redis from a lookup: a GET, with a client that is kept."""

from __future__ import annotations

import os
import typing as t

import redis
from ansible.plugins.lookup import LookupBase

client = redis.Redis.from_url(os.environ["BENCH_REDIS_URL"])


class LookupModule(LookupBase):
    def run(self, terms: list[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[t.Any]:
        return [client.get(os.environ["BENCH_REDIS_KEY"]) is not None]
