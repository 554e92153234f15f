# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client does with a session, each as one piece of work that can be killed, disturbed and done again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.gatehouse.api.plugins.module_utils._session.call import Call, called
from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record

if TYPE_CHECKING:
    from tests.faults.scene import Scene
    from tests.faults.subjects import Provider

CLOUD = "cloud"
CHILD = "child"


@dataclass
class Facts:
    """What an operation is about beside the session's definition; and what it gave beside a record.

    :param path: something to ask with GET.
    """

    path: str
    selector: str = ""
    value: str = ""


Run = Callable[[Client, "Definition | None", Facts], "Record | None"]
Arranged = dict[str, str]


def _nothing(scene: Scene) -> Arranged:
    return {}


@dataclass(frozen=True)
class Operation:
    """One operation of a client.

    :param run: does it; given the definition of its session and what `arrange` made.
    :param needs: the capability that a provider must have.
    :param arrange: makes the situation in which it is asked for.
    :param session: the name that it changes.
    :param opened: whether a session is open when it begins, whose loss would have to be explained.
    :param second_factor: whether it is done by an account with one-time codes.
    :param bare: whether its definition says only where the service is.
    :param undefined: whether it works without a definition.
    :param ends: whether no session is left when it is done.
    :param finish: the operation by which another process finishes it; itself if empty.
    :param again: whether its arrangement can be made again in a world where it was done.
    """

    name: str
    run: Run
    needs: str = ""
    arrange: Callable[[Scene], Arranged] = _nothing
    session: str = CLOUD
    opened: bool = False
    second_factor: bool = False
    bare: bool = False
    undefined: bool = False
    ends: bool = False
    again: bool = False
    finish: str = ""

    def __str__(self) -> str:
        return self.name


def _opened(scene: Scene) -> Arranged:
    scene.done("open")
    return {}


def _stale(scene: Scene) -> Arranged:
    scene.done("open")
    scene.pass_time(scene.provider.lifetime + 60)
    return {}


def _forgotten(scene: Scene) -> Arranged:
    """The service has ended the session, and nobody here knows."""
    _stale(scene)
    scene.forget()
    return {}


def _locked(scene: Scene) -> Arranged:
    scene.done("open")
    scene.done("lock")
    return {}


def _childless(scene: Scene) -> Arranged:
    scene.done("open")
    scene.opened().delete(CHILD)
    return {}


def _selector(scene: Scene) -> Arranged:
    _childless(scene)
    return {"selector": scene.done("selector").value}


def _with_child(scene: Scene) -> Arranged:
    _childless(scene)
    scene.done("fork")
    return {}


def _called(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    return called(client, CLOUD, definition, Call(facts.path))[1]


def _changed(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    return called(client, CLOUD, definition, Call(facts.path, "POST", body={"a": 1}))[1]


def _revoked(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    client.revoked(CLOUD, definition, ["others"])
    return client.find(CLOUD)


def _selected(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    facts.value = client.selector(CLOUD, definition, ForkRequest())
    return client.find(CLOUD)


ALL: tuple[Operation, ...] = (
    Operation("open", lambda client, definition, facts: client.ensure(CLOUD, definition).after),
    Operation(
        "open with code", lambda client, definition, facts: client.ensure(CLOUD, definition).after, second_factor=True
    ),
    Operation(
        "refresh",
        lambda client, definition, facts: client.ensure(CLOUD, definition).after,
        needs="refresh",
        arrange=_stale,
        opened=True,
        undefined=True,
        again=True,
    ),
    Operation(
        "renew",
        lambda client, definition, facts: client.refreshed(CLOUD, definition).after,
        needs="refresh",
        arrange=_opened,
        opened=True,
        undefined=True,
        again=True,
        finish="open",
    ),
    Operation(
        "open again",
        lambda client, definition, facts: client.ensure(CLOUD, definition).after,
        needs="refresh",
        arrange=_forgotten,
    ),
    Operation(
        "fork",
        lambda client, definition, facts: client.forked(CHILD, CLOUD, definition, ForkRequest()).after,
        needs="fork",
        arrange=_childless,
        session=CHILD,
        opened=True,
        undefined=True,
        again=True,
    ),
    Operation("selector", _selected, needs="fork", arrange=_opened, opened=True, undefined=True, again=True),
    Operation(
        "import",
        lambda client, definition, facts: client.imported(CHILD, definition, facts.selector).after,
        needs="import",
        arrange=_selector,
        session=CHILD,
        bare=True,
        again=True,
    ),
    Operation(
        "lock",
        lambda client, definition, facts: client.locked(CLOUD, definition).after,
        needs="lock",
        arrange=_opened,
        opened=True,
        undefined=True,
    ),
    Operation(
        "unlock",
        lambda client, definition, facts: client.unlocked(CLOUD, definition).after,
        needs="lock",
        arrange=_locked,
        opened=True,
    ),
    Operation("request", _called, arrange=_stale, opened=True, undefined=True, again=True),
    Operation("change", _changed, arrange=_opened, opened=True, undefined=True, again=True),
    Operation("revoke", _revoked, needs="sessions", arrange=_with_child, opened=True, undefined=True, again=True),
    Operation(
        "close",
        lambda client, definition, facts: client.absent(CLOUD, definition).after,
        arrange=_opened,
        opened=True,
        undefined=True,
        ends=True,
    ),
)
BY_NAME = {operation.name: operation for operation in ALL}


def of(provider: Provider) -> list[Operation]:
    """The operations that a provider has."""
    capabilities = provider_class(provider.name).capabilities
    return [
        operation
        for operation in ALL
        if (not operation.needs or operation.needs in capabilities)
        and (not operation.second_factor or provider.second_factor)
    ]
