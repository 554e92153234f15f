# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vCenter Server: sessions of the vSphere Automation API, as its reference has them (/api/session)."""

from __future__ import annotations

import base64
import binascii
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ..canaries import fingerprint
from ..exchange import Call, Operation, Refusal, Reply
from ._recipes.tokens import Held, TokenService

HEADER = "vmware-api-session-id"
_TYPES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "UNAUTHORIZED",
    404: "NOT_FOUND",
    503: "SERVICE_UNAVAILABLE",
}


@dataclass(frozen=True)
class VsphereSettings:
    """Times are in seconds; 0 is never, or no limit. `login_status` was 200 in early versions."""

    idle_seconds: int = 300
    session_limit: int = 550
    login_status: int = 201


class VsphereService(TokenService):
    """A vCenter Server with two virtual machines."""

    name = "vsphere"
    settings_type = VsphereSettings
    domain: ClassVar[str] = "@vsphere.local"
    secret_headers: ClassVar[frozenset[str]] = frozenset({HEADER})
    headers: ClassVar[frozenset[str]] = frozenset({HEADER, "authorization"})
    bodies: ClassVar[frozenset[str]] = frozenset()

    def operations(self) -> tuple[Operation, ...]:
        """Sessions, and virtual machines."""
        return (
            Operation("login", "POST", ("/api/session",), self._login_request),
            Operation("session_read", "GET", ("/api/session",), self._needing(self._read)),
            Operation("logout", "DELETE", ("/api/session",), self._needing(self._deleted)),
            Operation("vms", "GET", ("/api/vcenter/vm",), self._needing(self._vms)),
            Operation("vm_delete", "DELETE", ("/api/vcenter/vm/{vm}",), self._needing(self._vm_deleted)),
        )

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """Std_Errors_Error."""
        kind = _TYPES.get(status, "INTERNAL_SERVER_ERROR")
        message = {"id": f"com.vmware.vapi.std.errors.{kind.lower()}", "default_message": error, "args": []}
        challenge = {"challenge": 'Basic realm="VAPI endpoint"'} if status == 401 else {}
        return {"error_type": kind, "messages": [message], **challenge}

    async def _login_request(self, call: Call) -> Reply:
        account = self._basic(call.header("authorization"))
        if not account:
            raise _unauthenticated("wrong username or password" if call.header("authorization") else "no credentials")
        if self.full():
            raise Refusal(503, 503, f"User session limit of {self.settings.session_limit} sessions reached.")
        held = self.hold(account)
        call.account, call.notes["answered"] = account, fingerprint(held.token)
        return Reply(self.settings.login_status, held.token, headers=((HEADER, held.token),))

    def _basic(self, header: str) -> str:
        try:
            decoded = base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""
        username, _colon, password = decoded.partition(":")
        return self.right(username, password) if header.startswith("Basic ") else ""

    def _read(self, call: Call, held: Held) -> dict[str, Any]:
        return {
            "user": held.account + self.domain,
            "created_time": _moment(held.created),
            "last_accessed_time": _moment(held.used),
        }

    def _deleted(self, call: Call, held: Held) -> Reply:
        del self.held[held.id]
        return Reply(204)

    def _vms(self, call: Call, held: Held) -> list[dict[str, Any]]:
        return [{"vm": f"vm-{number}", "name": f"web{number}", "power_state": "POWERED_ON"} for number in (1, 2)]

    def _vm_deleted(self, call: Call, held: Held) -> Reply:
        if held.account == "carol":
            raise Refusal(403, 403, "User is not authorized to perform this operation.")
        return Reply(204)

    def _needing(self, work: Callable[[Call, Held], Any]) -> Callable[[Call], Any]:
        async def handler(call: Call) -> Reply:
            token = call.header(HEADER)
            held = self.known(call, token) if token else None
            if held is None:
                raise _unauthenticated("unknown session" if token else "no session")
            found = work(call, held)
            return found if isinstance(found, Reply) else Reply(200, found)

        return handler


def _unauthenticated(reason: str) -> Refusal:
    return Refusal(401, 401, "Authentication required.", reason=reason)


def _moment(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat(timespec="milliseconds")


SERVICE = VsphereService
