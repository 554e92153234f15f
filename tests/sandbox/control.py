# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control routes: what tests use to arm faults, move the clock and read the journal."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from .faults import BadFault
from .service import BadSettings, Service

PREFIX = "/_sandbox"


def control_routes(service: Service) -> list[Route]:
    """Every control route of one service."""
    table: list[tuple[str, str, Callable[[Any, Request], Any]]] = [
        ("GET", "journal", lambda _body, request: service.journal.entries(int(request.query_params.get("since", 0)))),
        ("POST", "faults", lambda body, _request: _arm(service, body)),
        ("GET", "faults", lambda _body, _request: {"armed": service.faults.armed(), "held": service.faults.waiting()}),
        ("DELETE", "faults", lambda _body, _request: _done(service.faults.clear)),
        ("POST", "release", lambda _body, _request: {"released": service.faults.release()}),
        ("POST", "clock", lambda body, _request: _clock(service, body)),
        ("POST", "settings", lambda body, _request: service.change_settings(body)),
        ("GET", "settings", lambda _body, _request: service.change_settings({})),
        ("POST", "act", lambda body, _request: {"result": service.act(body.pop("do"), body)}),
        ("GET", "state", lambda _body, _request: _state(service)),
        ("POST", "reset", lambda _body, _request: _done(service.reset)),
        ("GET", "codes", lambda _body, _request: service.codes()),
        ("GET", "canaries", lambda _body, _request: _canaries(service)),
        ("GET", "routes", lambda _body, _request: _routes(service)),
    ]
    return [Route(f"{PREFIX}/{name}", _endpoint(work), methods=[method]) for method, name, work in table]


def _endpoint(work: Callable[[Any, Request], Any]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def answer(request: Request) -> JSONResponse:
        raw = await request.body()
        try:
            return JSONResponse(work(json.loads(raw) if raw else {}, request))
        except (BadFault, BadSettings, KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)

    return answer


def _arm(service: Service, body: Any) -> dict[str, Any]:
    wanted = body if isinstance(body, list) else [body]
    return {"armed": [service.faults.arm(fault, service.routes()).number for fault in wanted]}


def _clock(service: Service, body: Any) -> dict[str, Any]:
    service.clock.jump(float(body["seconds"]))
    service.moved()
    return {"now": service.clock.now(), "offset": service.clock.offset}


def _state(service: Service) -> dict[str, Any]:
    return {"clock_offset": service.clock.offset, "faults": service.faults.armed(), **service.state()}


def _canaries(service: Service) -> dict[str, Any]:
    return {"secrets": service.secrets(), "uids": service.canaries.identifiers()}


def _routes(service: Service) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for operation in service.operations():
        found.setdefault(operation.name, []).extend(f"{operation.method} {path}" for path in operation.paths)
    return found


def _done(work: Callable[[], None]) -> dict[str, Any]:
    work()
    return {"done": True}
