# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists: filters, pages (ricloud protocol page, 4 and 8, rules 6 and 10)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.harness import Sandbox
from tests.sandbox.ricloud_probe import PROVIDER as RICLOUD
from tests.sandbox.ricloud_probe import RicloudProbe

from .conftest import NewRicloudProbe
from .test_ricloud_keys import refused


def seeded(ricloud: Sandbox, count: int, **more: Any) -> list[str]:
    """Newest first."""
    made = [ricloud.act(RICLOUD, "create_session", account="alice", **more)["id"] for _number in range(count)]
    return made[::-1]


def walked(probe: RicloudProbe, path: str) -> list[str]:
    found: list[str] = []
    page = probe.get(path)
    while True:
        found += [item["id"] for item in page["data"]]
        if not page["has_more"]:
            return found
        page = probe.get(f"{path}&after_id={found[-1]}")


def test_nothing(new_ricloud: NewRicloudProbe) -> None:
    empty = {"resource": "list", "data": [], "has_more": False, "total_count": 0, "url": "/sessions"}
    assert new_ricloud().get("/sessions") == empty


def test_newest_first_and_ten(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ids = seeded(ricloud, 12)
    page = new_ricloud().get("/sessions")
    assert [item["id"] for item in page["data"]] == ids[:10]
    assert (page["has_more"], page["total_count"], page["resource"]) == (True, 12, "list")
    assert {item["resource"] for item in page["data"]} == {"session"}


@pytest.mark.parametrize("limit", [1, 4, 5, 1000])
def test_walk(new_ricloud: NewRicloudProbe, ricloud: Sandbox, limit: int) -> None:
    ids = seeded(ricloud, 5)
    assert walked(new_ricloud(), f"/sessions?limit={limit}") == ids


def test_cursors(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ids, probe = seeded(ricloud, 5), new_ricloud()
    assert probe.ids(f"/sessions?after_id={ids[1]}") == ids[2:]
    assert probe.ids(f"/sessions?before_id={ids[3]}") == ids[:3]
    assert probe.ids(f"/sessions?after_id={ids[0]}&before_id={ids[3]}") == ids[1:3]
    page = probe.get(f"/sessions?after_id={ids[0]}&before_id={ids[4]}&limit=2")
    assert (len(page["data"]), page["has_more"], page["total_count"]) == (2, True, 5)
    assert not probe.get(f"/sessions?after_id={ids[2]}&limit=2")["has_more"]


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "ten", "", "1.0"])
def test_wrong_limits(new_ricloud: NewRicloudProbe, limit: str) -> None:
    answer = new_ricloud().request("GET", f"/sessions?limit={limit}")
    refused(answer, 400, "invalid-parameter")
    assert list(answer.body["params"]) == ["limit"]


@pytest.mark.parametrize("name", ["after_id", "before_id"])
def test_wrong_cursors(new_ricloud: NewRicloudProbe, name: str) -> None:
    answer = new_ricloud().request("GET", f"/sessions?{name}=se0")
    refused(answer, 400, "invalid-parameter")
    assert list(answer.body["params"]) == [name]


def test_filters(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    probe = new_ricloud()
    act = {"key": "second", "user": "one"}
    mine = ricloud.act(RICLOUD, "create_session", account="alice", **act)
    over = ricloud.act(RICLOUD, "create_session", account="carol", user="two", state="expired")
    for name in ("user", "key"):
        assert probe.ids(f"/sessions?{name}={mine[name]}") == [mine["id"]]
    assert probe.ids(f"/sessions?source={over['source']['id']}") == [over["id"]]
    assert probe.ids("/sessions?state=expired") == [over["id"]]
    assert probe.ids(f"/sessions?date_created={mine['date_created']}") == [mine["id"]]
    assert probe.ids(f"/sessions?date_expired={over['date_expired']}") == [over["id"]]
    offset = quote(mine["date_created"].replace("Z", "+00:00"))
    assert probe.ids(f"/sessions?date_created={offset}") == [mine["id"]]
    assert probe.ids(f"/sessions?state=active&user={over['user']}") == []
    assert probe.get("/sessions?state=active")["total_count"] == 1
    assert probe.ids(f"/sessions?source={mine['source']['id']}&state=active&limit=1") == [mine["id"]]


def test_dates_in_whole_seconds(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ricloud.settings(RICLOUD, whole_seconds=True)
    made = ricloud.act(RICLOUD, "create_session", account="alice")
    assert new_ricloud().ids(f"/sessions?date_created={made['date_created']}") == [made["id"]]


@pytest.mark.parametrize(
    "query",
    [
        "date_created[gte]=2026-01-01",
        "date_created%5Bgte%5D=2026-01-01",
        "date_created__gte=2026-01-01",
        "identifier=alice@sandbox.test",
        "page=2",
        "state=active&state=failed",
        "state=odd",
        "state=",
        "date_created=yesterday",
        "date_expired=",
    ],
)
@pytest.mark.parametrize("count", [0, 1])
def test_wrong_parameters(new_ricloud: NewRicloudProbe, ricloud: Sandbox, query: str, count: int) -> None:
    seeded(ricloud, count)
    answer = new_ricloud().request("GET", f"/sessions?{query}")
    refused(answer, 400, "invalid-parameter")
    assert len(answer.body["params"]) == 1


def test_lenient_mode(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    ids = seeded(ricloud, 2)
    ricloud.settings(RICLOUD, strict_parameters=False)
    assert new_ricloud().ids("/sessions?date_created[gte]=2099-01-01&page=7") == ids


def test_only_ones_own(new_ricloud: NewRicloudProbe, ricloud: Sandbox) -> None:
    seeded(ricloud, 1)
    theirs = seeded(ricloud, 1, key="stranger")
    assert new_ricloud("stranger").ids("/sessions") == theirs
    assert new_ricloud().request("GET", f"/sessions?after_id={theirs[0]}").status == 400
