# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# mypy: disable-error-code="import-not-found, import-untyped"
"""The journal of requests, faults in front of the toolkit, and what else tests may see and do."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from django.http import HttpResponse

from tests.oauth.toolkit.project import SETTINGS

ROUTES = {
    "/o/.well-known/jwks.json": "jwks",
    "/o/authorize/": "authorization",
    "/o/device-authorization/": "device_authorization",
    "/o/introspect/": "introspection",
    "/o/revoke_token/": "revocation",
    "/o/token/": "token",
    "/o/userinfo/": "userinfo",
    "/login/": "interaction",
    "/oob": "oob",
}
PREFIXES = {"/api": "resource", "/o/.well-known/": "discovery", "/o/device": "device"}
SECRETS = ("access_token", "device_code", "id_token", "refresh_token")
LONG_AGO = datetime(2000, 1, 1, tzinfo=timezone.utc)

_journal: list[dict[str, Any]] = []
_faults: list[dict[str, Any]] = []
_canaries: set[str] = set()
_defaults: dict[str, Any] = {}
_settings: dict[str, Any] = {}
_lock = threading.Lock()


def begin(settings: dict[str, Any]) -> None:
    _defaults.update(settings)
    _settings.update(settings)


class Journal:
    """Middleware."""

    def __init__(self, get_response: Callable[[Any], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        route = _route(request.path)
        entry: dict[str, Any] = {"method": request.method, "path": request.path, "route": route}
        with _lock:
            entry["sequence"] = len(_journal) + 1
            _journal.append(entry)
            fault = _armed(route)
        kind = fault["kind"] if fault else None
        if kind:
            entry["fault"] = kind
        if kind in ("answer", "drop_before"):
            assert fault is not None
            response = _answer(fault)
        else:
            response = self._get_response(request)
        found = _content(response)
        with _lock:
            _canaries.update(str(found[name]) for name in SECRETS if found.get(name))
        entry.update(
            status=None if kind in ("drop_before", "drop_after") else response.status_code,
            grant_type=request.POST.get("grant_type"),
            client=_client(request),
            error=found.get("error"),
            done=kind not in ("answer", "drop_before") and response.status_code < 400,
        )
        if kind in ("drop_before", "drop_after"):
            with contextlib.suppress(OSError):
                request.environ["gatehouse.connection"].shutdown(socket.SHUT_RDWR)
        return response


def _route(path: str) -> str:
    if path in ROUTES:
        return ROUTES[path]
    return next((route for prefix, route in PREFIXES.items() if path.startswith(prefix)), "other")


def _armed(route: str) -> dict[str, Any] | None:
    fault = next((one for one in _faults if one["route"] in ("*", route)), None)
    if fault:
        fault["count"] -= 1
        if not fault["count"]:
            _faults.remove(fault)
    return fault


def _answer(fault: dict[str, Any]) -> HttpResponse:
    body = fault.get("body", "")
    if isinstance(body, str):
        return HttpResponse(body, status=fault.get("status", 500), headers=fault.get("headers"))
    kind = "application/json"
    return HttpResponse(json.dumps(body), kind, status=fault.get("status", 500), headers=fault.get("headers"))


def _content(response: HttpResponse) -> dict[str, Any]:
    if not str(response.get("Content-Type", "")).startswith("application/json"):
        return {}
    found = json.loads(response.content or b"{}")
    return found if isinstance(found, dict) else {}


def _client(request: Any) -> str | None:
    scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        with contextlib.suppress(ValueError):
            return base64.b64decode(value).decode().partition(":")[0]
    client: str | None = request.POST.get("client_id")
    return client


def do(deed: str, given: dict[str, Any]) -> Any:
    """One control request."""
    from django.db import connections

    try:
        return DEEDS[deed](**given)
    finally:
        connections.close_all()


def _state() -> dict[str, int]:
    from django.contrib.sessions.models import Session
    from django.utils.timezone import now
    from oauth2_provider import models

    refresh = models.get_refresh_token_model().objects.filter(revoked=None)
    device = models.get_device_grant_model()
    return {
        "grants": refresh.values("token_family").distinct().count(),
        "sessions": Session.objects.count(),
        "access_tokens": models.get_access_token_model().objects.filter(expires__gt=now()).count(),
        "refresh_tokens": refresh.count(),
        "device_codes": device.objects.filter(expires__gt=now()).exclude(status=device.EXPIRED).count(),
    }


def _change(**wanted: Any) -> dict[str, Any]:
    from oauth2_provider.settings import oauth2_settings

    for name, value in wanted.items():
        setattr(oauth2_settings, SETTINGS[name], value)
        _settings[name] = value
    return _settings


def _fault(kind: str, route: str = "*", count: int = 1, **more: Any) -> None:
    with _lock:
        _faults.append({"kind": kind, "route": route, "count": count, **more})


def _expire(kind: str) -> int:
    from oauth2_provider import models

    if kind == "refresh_tokens":  # they have no time of their own; what is left of an access token counts
        tokens = models.get_refresh_token_model().objects.filter(revoked=None)
        return int(models.get_access_token_model().objects.filter(refresh_token__in=tokens).update(expires=LONG_AGO))
    model = {"access_tokens": models.get_access_token_model, "device_codes": models.get_device_grant_model}[kind]()
    if kind == "access_tokens":
        # just over, or the refresh tokens would be over, too
        from django.utils.timezone import now

        return int(model.objects.filter(expires__gt=now()).update(expires=now()))
    return int(model.objects.update(expires=LONG_AGO))


def _revoke(client: str | None = None, user: str | None = None) -> int:
    from oauth2_provider import models

    wanted: dict[str, str] = {}
    if client is not None:
        wanted["application__client_id"] = client
    if user is not None:
        wanted["user__username"] = user
    tokens = models.get_refresh_token_model().objects.filter(revoked=None, **wanted)
    families = {token.token_family for token in tokens}
    for token in tokens:
        token.revoke()
    models.get_access_token_model().objects.filter(**wanted).delete()
    return len(families)


def _reset() -> None:
    from django.contrib.sessions.models import Session
    from oauth2_provider import models

    names = ("refresh_token", "access_token", "id_token", "grant", "device_grant")
    for model in (*(getattr(models, f"get_{name}_model")() for name in names), Session):
        model.objects.all().delete()
    with _lock:
        _journal.clear()
        _faults.clear()
    _change(**_defaults)


DEEDS: dict[str, Callable[..., Any]] = {
    "GET journal": lambda: list(_journal),
    "GET canaries": lambda: sorted(_canaries),
    "GET state": _state,
    "GET settings": lambda: _settings,
    "POST settings": _change,
    "POST fault": _fault,
    "POST expire": _expire,
    "POST revoke": _revoke,
    "POST reset": _reset,
}
