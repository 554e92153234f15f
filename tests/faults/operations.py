# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client does with a session, each as one piece of work that can be killed, disturbed and done again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.gatehouse.api.plugins.module_utils._session.cache import Cache
from ansible_collections.gatehouse.api.plugins.module_utils._session.call import Call, called
from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Credentials
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from tests.sandbox.harness import SandboxError, fingerprint

if TYPE_CHECKING:
    from tests.faults.scene import Scene
    from tests.faults.subjects import Provider

CLOUD = "cloud"
CHILD = "child"


@dataclass
class Facts:
    """What an operation is about beside the session's definition; and what it gave beside a record.

    :param path: something to ask with GET.
    :param child: what a child shall be.
    """

    path: str
    child: ForkRequest = field(default_factory=ForkRequest)
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
    :param needs: what a provider must be able to do.
    :param arrange: makes the situation in which it is asked for.
    :param session: the name that it changes.
    :param opened: whether a session is open when it begins, whose loss would have to be explained.
    :param second_factor: whether it is done by an account with one-time codes.
    :param bare: whether its definition says only where the service is.
    :param undefined: whether it works without a definition.
    :param ends: whether no session is left when it is done.
    :param finish: the operation by which another process finishes it; itself if empty.
    :param check: what is wrong at the service when it is done, beside its sessions.
    :param again: whether its arrangement can be made again in a world where it was done.
    :param gives: whether it makes a session for somebody else, which no record here will know.
    :param silent: whether a success says nothing, so that no reply can be told from one that does.
    :param lost: whether the service made something for it that nobody will ever know; the next try has to say so.
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
    gives: bool = False
    silent: bool = False
    finish: str = ""
    check: Callable[[Scene], Iterator[str]] = lambda scene: iter(())
    lost: Callable[[Scene], bool] = lambda scene: False

    def __str__(self) -> str:
        return self.name


def _opened(scene: Scene) -> Arranged:
    scene.done("open")
    return {}


def _stale(scene: Scene) -> Arranged:
    scene.done("open")
    scene.grow_stale()
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


def _with_another(scene: Scene) -> Arranged:
    """A session of the account beside ours: a child, where there are children."""
    scene.done("open")
    if not scene.provider.another(scene.sandbox):
        _childless(scene)
        scene.done("fork")
    return {}


LABEL, FOLDER, TAG = "put under faults", "faults/below", "faulty"


def _held(scene: Scene) -> list[dict[str, Any]]:
    """The entries of ours at the service, decrypted."""
    listed = scene.sandbox.act(scene.provider.service, "read", account=scene.provider.account)
    return [item for item in listed if item["label"] == LABEL]


def _without_entry(scene: Scene) -> Arranged:
    """A session, nothing in its cache, and no entry, folder or tag of ours at the service."""
    scene.done("open")
    record = scene.records()[CLOUD]
    Cache.of(scene.opened(), record).drop()
    place = {"provider": scene.provider.service, "account": scene.provider.account}
    for kind in ("password", "tag", "folder"):
        for item in scene.sandbox.act(do="read", kind=kind, **place):
            if item["label"] in (LABEL, TAG, *FOLDER.split("/")):
                with contextlib.suppress(SandboxError):  # it went with the folder that it was in
                    scene.sandbox.act(do="remove", id=item["id"], **place)
    return {}


def _with_entry(scene: Scene) -> Arranged:
    _without_entry(scene)
    fields = {"label": LABEL, "username": "before", "password": "canary-under-faults", "notes": "n"}
    scene.sandbox.act(scene.provider.service, "create", account=scene.provider.account, **fields)
    return {}


def _read(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    found = Credentials(client, CLOUD, definition).search(Query(label=LABEL))
    facts.value = ",".join(item.username for item in found.credentials)
    return client.find(CLOUD)


def _made(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    Credentials(client, CLOUD, definition).present(
        Query(label=LABEL),
        {"label": LABEL, "username": "made", "folder": FOLDER, "tags": [TAG]},
        generate=lambda provider, record: provider.generate(record, 4, True, True),
        update_password=False,
        create_folders=True,
        create_tags=True,
    )
    return client.find(CLOUD)


def _edited(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    Credentials(client, CLOUD, definition).present(Query(label=LABEL), {"username": "after"})
    return client.find(CLOUD)


def _removed(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    Credentials(client, CLOUD, definition).absent(Query(label=LABEL))
    return client.find(CLOUD)


def _one_made(scene: Scene) -> Iterator[str]:
    found = _held(scene)
    if len(found) != 1:
        yield f"{len(found)} entries were made"
    for kind, wanted in (("folder", FOLDER.split("/")), ("tag", [TAG])):
        listed = scene.sandbox.act(scene.provider.service, "read", account=scene.provider.account, kind=kind)
        labels = sorted(item["label"] for item in listed if item["label"] in wanted)
        if labels != sorted(wanted):
            yield f"there are the {kind}s {labels}"
    if found and (not found[0]["tags"] or found[0]["username"] != "made" or found[0]["cseType"] == "none"):
        yield f"the entry is not as wanted: {found[0]}"


def _one_edited(scene: Scene) -> Iterator[str]:
    found = _held(scene)
    if [item["username"] for item in found] != ["after"]:
        yield f"the entry was not changed: {found}"
    elif (found[0]["password"], found[0]["notes"]) != ("canary-under-faults", "n") or found[0]["cseType"] == "none":
        yield f"the entry has lost something: {found}"


def _one_trashed(scene: Scene) -> Iterator[str]:
    if [item["trashed"] for item in _held(scene)] != [True]:
        yield f"the entry is not in the trash: {_held(scene)}"


# API tokens, which are credentials whose values their service makes, and shows once.


def _tokens(scene: Scene) -> set[str]:
    """The API tokens of ours at the service."""
    tokens = scene.sandbox.state(scene.provider.service)["tokens"]
    return {token["token"] for token in tokens if token["notes"] == LABEL}


def _known_tokens(scene: Scene) -> set[str]:
    """The values of API tokens that the store has."""
    record = scene.records()[CLOUD]
    noted = scene.opened().recall("api-tokens", record.origin, record.account)
    return {fingerprint(value) for value in noted.get("values", {}).values()}


def _without_token(scene: Scene) -> Arranged:
    scene.done("open")
    Cache.of(scene.opened(), scene.records()[CLOUD]).drop()
    scene.sandbox.act(scene.provider.service, "revoke_tokens", account=scene.provider.account)
    return {}


def _with_token(scene: Scene) -> Arranged:
    _without_token(scene)
    scene.done("mint token")
    return {}


def _token_minted(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    address = {"label": "trusted_ip_addresses", "type": "data", "value": "127.0.0.0/8"}
    Credentials(client, CLOUD, definition).present(
        Query(label=LABEL),
        {"label": LABEL, "custom_fields": (address,)},
        generate=lambda provider, record: provider.generate(record, 4, True, True),
        update_password=False,
    )
    return client.find(CLOUD)


def _token_rotated(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    Credentials(client, CLOUD, definition).present(
        Query(label=LABEL), {}, generate=lambda provider, record: provider.generate(record, 4, True, True)
    )
    return client.find(CLOUD)


def _one_token(scene: Scene) -> Iterator[str]:
    if len(_tokens(scene)) != 1:
        yield f"there are {len(_tokens(scene))} API tokens"


def _one_token_known(scene: Scene) -> Iterator[str]:
    yield from _one_token(scene)
    if _token_lost(scene):
        yield "nobody knows the API token"


def _token_lost(scene: Scene) -> bool:
    return not _tokens(scene) <= _known_tokens(scene)


def _no_token(scene: Scene) -> Iterator[str]:
    if _tokens(scene):
        yield "the API token is still there"


def _called(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    return called(client, CLOUD, definition, Call(facts.path))[1]


def _changed(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    return called(client, CLOUD, definition, Call(facts.path, "POST", body={"a": 1}))[1]


def _revoked(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    client.revoked(CLOUD, definition, ["others"])
    return client.find(CLOUD)


def _selected(client: Client, definition: Definition | None, facts: Facts) -> Record | None:
    facts.value = client.selector(CLOUD, definition, facts.child)
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
        lambda client, definition, facts: client.forked(CHILD, CLOUD, definition, facts.child).after,
        needs="fork",
        arrange=_childless,
        session=CHILD,
        opened=True,
        undefined=True,
        again=True,
    ),
    Operation(
        "selector", _selected, needs="fork", arrange=_opened, opened=True, undefined=True, again=True, gives=True
    ),
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
    Operation("revoke", _revoked, needs="sessions", arrange=_with_another, opened=True, undefined=True, again=True),
    Operation("read credentials", _read, needs="credentials", arrange=_with_entry, opened=True, again=True),
    Operation(
        "make credential",
        _made,
        needs="credentials",
        arrange=_without_entry,
        opened=True,
        again=True,
        check=_one_made,
    ),
    Operation(
        "change credential",
        _edited,
        needs="credentials",
        arrange=_with_entry,
        opened=True,
        again=True,
        check=_one_edited,
    ),
    Operation(
        "remove credential",
        _removed,
        needs="credentials",
        arrange=_with_entry,
        opened=True,
        again=True,
        check=_one_trashed,
    ),
    Operation("read tokens", _read, needs="tokens", arrange=_with_token, opened=True, again=True),
    Operation(
        "mint token",
        _token_minted,
        needs="tokens",
        arrange=_without_token,
        opened=True,
        again=True,
        check=_one_token,
    ),
    Operation(
        "rotate token",
        _token_rotated,
        needs="tokens",
        arrange=_with_token,
        opened=True,
        again=True,
        check=_one_token_known,
        lost=_token_lost,
    ),
    Operation(
        "revoke token",
        _removed,
        needs="tokens",
        arrange=_with_token,
        opened=True,
        again=True,
        check=_no_token,
        silent=True,
    ),
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
    able = provider.able()
    return [
        operation
        for operation in ALL
        if (not operation.needs or operation.needs in able) and (not operation.second_factor or provider.second_factor)
    ]
