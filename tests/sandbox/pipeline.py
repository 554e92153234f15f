# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of one request: journal, faults, gate, work, faults again, wire."""

from __future__ import annotations

import traceback

from starlette.types import Receive, Scope, Send

from .exchange import Call, Operation, Refusal, Reply
from .faults import Fault, Plan
from .journal import Entry
from .service import Service
from .spoil import replacement, spoiled
from .wire import Wire

UNKNOWN_ROUTE = "unknown"
_NOT_DONE = "not done"


class Endpoint:
    """The operations behind one path, as an ASGI application."""

    def __init__(self, service: Service, operations: dict[str, Operation]) -> None:
        self._service = service
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        wire = Wire(scope, receive, send)
        call = await wire.call()
        if call is None:
            return
        operation = self._operations.get(call.method)
        if operation is None:
            missing = (405, "Method not allowed") if self._operations else (404, "Path not found")
            await _unknown(self._service, call, wire, *missing)
            return
        entry = self._service.journal.open(call, self._service.route_of(call, operation))
        try:
            await _exchange(self._service, operation, call, wire, entry)
        except Exception:  # noqa: BLE001 (a bug of the sandbox must be seen, and must not hang the client)
            traceback.print_exc()
            reply = self._service.refused(Refusal(500, 500, "The sandbox itself failed"))
            _close(self._service, entry, call, reply, "sandbox error")
            await wire.reply(reply, self._service.clock.http_date())


async def _unknown(service: Service, call: Call, wire: Wire, status: int, error: str) -> None:
    entry = service.journal.open(call, UNKNOWN_ROUTE)
    reply = service.refused(Refusal(status, status, error))
    _close(service, entry, call, reply, f"refused: {error}")
    await wire.reply(reply, service.clock.http_date())


async def _exchange(service: Service, operation: Operation, call: Call, wire: Wire, entry: Entry) -> None:
    plan = service.faults.take(entry.route)
    entry.fault = plan.kind() or None
    await plan.pause(after=False)
    reply = _instead(service, plan, after=False)
    if plan.kind() == "drop_before":
        _close(service, entry, call, None, "fault: drop_before")
        await wire.drop()
        return
    if reply is None:
        reply = await _work(service, operation, call, plan)
        entry.work = f"refused: {reply.refused}" if reply.refused else "ok"
        reply = _instead(service, plan, after=True) or _spoil(service, plan.fault, call, reply)
    await plan.pause(after=True)
    await _answer(service, entry, call, plan, reply, wire)


async def _answer(service: Service, entry: Entry, call: Call, plan: Plan, reply: Reply, wire: Wire) -> None:
    outcome = f"fault: {plan.kind()}" if plan.fault else entry.work
    date = service.clock.http_date()
    if plan.kind() == "drop_after":
        _close(service, entry, call, None, outcome)
        await wire.drop()
        return
    _close(service, entry, call, reply, outcome)
    if plan.kind() == "truncate":
        await wire.truncate(reply, date)
    else:
        await wire.reply(reply, date)


async def _work(service: Service, operation: Operation, call: Call, plan: Plan) -> Reply:
    guards = service.guards()
    try:
        service.gate(call, operation)
        for fault in plan.guards:
            if guards[fault.kind](fault, call):
                service.faults.satisfied(fault)
        return await operation.handler(call)
    except Refusal as refusal:
        return service.refused(refusal)


def _instead(service: Service, plan: Plan, *, after: bool) -> Reply | None:
    if plan.fault is None or plan.fault.when_after() is not after:
        return None
    return replacement(plan.fault, service.error_body)


def _spoil(service: Service, fault: Fault | None, call: Call, reply: Reply) -> Reply:
    if fault is None:
        return reply
    mutation = service.mutations().get(fault.kind)
    if mutation is None:
        return spoiled(fault, call, reply)
    return reply if reply.refused else mutation(fault, reply)


def _close(service: Service, entry: Entry, call: Call, reply: Reply | None, outcome: str) -> None:
    service.journal.close(
        entry,
        call,
        status=reply.status if reply else None,
        code=service.api_code(reply) if reply else None,
        outcome=outcome,
    )
