# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One service as one ASGI application: its operations by path, and the control routes beside them."""

from __future__ import annotations

from starlette.routing import Route, Router

from .control import control_routes
from .exchange import Operation
from .pipeline import Endpoint
from .service import Service


def application(service: Service) -> Router:
    """The ASGI application of a service."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in service.operations():
        for path in operation.paths:
            by_path.setdefault(path, {})[operation.method] = operation
    routes = [Route(path, Endpoint(service, found), methods=None) for path, found in by_path.items()]
    return Router([*control_routes(service), *routes], default=Endpoint(service, {}), redirect_slashes=False)
