# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redfish service: sessions of DMTF DSP0266 (section on session login), errors of the Base message registry."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ..canaries import fingerprint
from ..exchange import Call, Operation, Refusal, Reply
from ._recipes.tokens import Held, TokenService

ROOT = "/redfish/v1"
SESSIONS = f"{ROOT}/SessionService/Sessions"
REGISTRY = "Base.1.18"
_MESSAGES = {
    400: "GeneralError",
    401: "NoValidSession",
    403: "InsufficientPrivilege",
    404: "ResourceMissingAtURI",
    405: "OperationNotAllowed",
    503: "ServiceTemporarilyUnavailable",
}


@dataclass(frozen=True)
class RedfishSettings:
    """Times are in seconds; 0 is never, or no limit.

    `idle_seconds` is SessionTimeout. `location` is what Location says: path, url, or foreign (of another host).
    `limit_status` and `refused_status` differ between vendors.
    """

    idle_seconds: int = 1800
    session_limit: int = 8
    limit_status: int = 503
    refused_status: int = 401
    lockout_threshold: int = 0
    lockout_seconds: int = 300
    delete_status: int = 204
    location: str = "path"


class Missing(Refusal):
    """A refusal with a message of the registry."""

    def __init__(self, status: int, message: str, text: str, reason: str = "") -> None:
        super().__init__(status, status, text, reason=reason or text, details={"id": message})


class RedfishService(TokenService):
    """A management controller with one system."""

    name = "redfish"
    settings_type = RedfishSettings
    secret_headers: ClassVar[frozenset[str]] = frozenset({"x-auth-token"})
    headers: ClassVar[frozenset[str]] = frozenset({"x-auth-token", "authorization"})

    def operations(self) -> tuple[Operation, ...]:
        """The service root, sessions, and one system."""
        return (
            Operation("versions", "GET", ("/redfish",), _open(lambda call: {"v1": f"{ROOT}/"})),
            Operation("root", "GET", (ROOT, f"{ROOT}/"), _open(lambda call: self._root())),
            Operation("session_service", "GET", (f"{ROOT}/SessionService",), self._needing(self._service)),
            Operation("login", "POST", (SESSIONS, f"{SESSIONS}/Members"), _open(self._login_request)),
            Operation("session_list", "GET", (SESSIONS,), self._needing(self._listed)),
            Operation("session_read", "GET", (f"{SESSIONS}/{{id}}",), self._needing(self._read)),
            Operation("logout", "DELETE", (f"{SESSIONS}/{{id}}",), self._needing(self._deleted)),
            Operation("systems", "GET", (f"{ROOT}/Systems",), self._needing(self._systems)),
            Operation("system", "GET", (f"{ROOT}/Systems/1",), self._needing(self._system)),
            Operation("system_change", "PATCH", (f"{ROOT}/Systems/1",), self._needing(self._system_changed)),
        )

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """An error with its extended information."""
        named = details.get("id") if isinstance(details, dict) else None
        identifier = f"{REGISTRY}.{named or _MESSAGES.get(status, 'GeneralError')}"
        info = {
            "@odata.type": "#Message.v1_1_2.Message",
            "MessageId": identifier,
            "Message": error,
            "Severity": "Critical",
        }
        text = "See @Message.ExtendedInfo for more information."
        return {"error": {"code": f"{REGISTRY}.GeneralError", "message": text, "@Message.ExtendedInfo": [info]}}

    def _root(self) -> dict[str, Any]:
        return {
            "@odata.id": f"{ROOT}/",
            "@odata.type": "#ServiceRoot.v1_15_0.ServiceRoot",
            "Id": "RootService",
            "Name": "Root Service",
            "RedfishVersion": "1.18.0",
            "Systems": {"@odata.id": f"{ROOT}/Systems"},
            "SessionService": {"@odata.id": f"{ROOT}/SessionService"},
            "Links": {"Sessions": {"@odata.id": SESSIONS}},
        }

    def _service(self, call: Call, held: Held) -> dict[str, Any]:
        return {
            "@odata.id": f"{ROOT}/SessionService",
            "Id": "SessionService",
            "Name": "Session Service",
            "ServiceEnabled": True,
            "SessionTimeout": self.settings.idle_seconds,
            "Sessions": {"@odata.id": SESSIONS},
        }

    def _login_request(self, call: Call) -> Reply:
        body, settings = call.body(), self.settings
        for name in ("UserName", "Password"):
            if not isinstance(body.get(name), str):
                raise Missing(
                    400, "CreateFailedMissingReqProperties", f"The create operation failed: {name} is missing."
                )
        account = self.right(body["UserName"], body["Password"], settings.lockout_threshold, settings.lockout_seconds)
        if not account:
            text = "While accessing the resource, the service received an authorization error."
            raise Missing(settings.refused_status, "ResourceAtUriUnauthorized", text, "wrong username or password")
        if self.full():
            text = "The session establishment failed due to the number of simultaneous sessions exceeding the limit."
            raise Missing(settings.limit_status, "SessionLimitExceeded", text)
        held = self.hold(account)
        call.account, call.notes["answered"] = account, fingerprint(held.token)
        path = f"{SESSIONS}/{held.id}"
        base = {"path": "", "url": self.url, "foreign": "https://bmc.invalid"}[settings.location]
        return Reply(201, self._session(held), headers=(("Location", base + path), ("X-Auth-Token", held.token)))

    def _session(self, held: Held) -> dict[str, Any]:
        return {
            "@odata.id": f"{SESSIONS}/{held.id}",
            "@odata.type": "#Session.v1_7_1.Session",
            "Id": str(held.id),
            "Name": "User Session",
            "UserName": held.account,
            "Password": None,
        }

    def _listed(self, call: Call, held: Held) -> dict[str, Any]:
        members = [{"@odata.id": f"{SESSIONS}/{other.id}"} for other in self.held.values() if self.lives(other)]
        return {
            "@odata.id": SESSIONS,
            "Name": "Session Collection",
            "Members@odata.count": len(members),
            "Members": members,
        }

    def _one(self, call: Call) -> Held:
        number = call.params["id"]
        found = self.held.get(int(number)) if number.isdecimal() else None
        if found is None or not self.lives(found):
            raise Missing(404, "ResourceMissingAtURI", f"The resource at the URI '{call.path}' was not found.")
        return found

    def _read(self, call: Call, held: Held) -> dict[str, Any]:
        return self._session(self._one(call))

    def _deleted(self, call: Call, held: Held) -> Reply:
        found = self._one(call)
        if found.account != held.account and held.account == "carol":
            raise Missing(403, "InsufficientPrivilege", "There are insufficient privileges for the account.")
        del self.held[found.id]
        status = self.settings.delete_status
        return Reply(status, None if status == 204 else {"@odata.id": call.path})

    def _systems(self, call: Call, held: Held) -> dict[str, Any]:
        return {
            "@odata.id": f"{ROOT}/Systems",
            "Members": [{"@odata.id": f"{ROOT}/Systems/1"}],
            "Members@odata.count": 1,
        }

    def _system(self, call: Call, held: Held) -> dict[str, Any]:
        return {"@odata.id": f"{ROOT}/Systems/1", "Id": "1", "Name": "System", "PowerState": "On"}

    def _system_changed(self, call: Call, held: Held) -> dict[str, Any]:
        if held.account == "carol":
            raise Missing(403, "InsufficientPrivilege", "There are insufficient privileges for the account.")
        return {
            **self._system(call, held),
            **{name: call.body()[name] for name in ("AssetTag",) if name in call.body()},
        }

    def _needing(self, work: Callable[[Call, Held], Any]) -> Callable[[Call], Any]:
        """Everything else needs a session, or HTTP Basic with each request."""

        async def handler(call: Call) -> Reply:
            found = work(call, self._caller(call))
            return found if isinstance(found, Reply) else Reply(200, found)

        return handler

    def _caller(self, call: Call) -> Held:
        token, basic = call.header("x-auth-token"), call.header("authorization")
        held = self.known(call, token) if token else None
        if held is None and not token and basic.startswith("Basic "):
            held = self._basic(basic.removeprefix("Basic "))
        if held is None:
            reason = "unknown session" if token else "no session"
            raise Missing(
                401, "NoValidSession", "There is no valid session established with the implementation.", reason
            )
        return held

    def _basic(self, encoded: str) -> Held | None:
        try:
            username, _colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        account = self.right(username, password)
        now = self.clock.now()
        return Held(0, account, "", "", now, now) if account else None


def _open(work: Callable[[Call], Any]) -> Callable[[Call], Any]:
    async def handler(call: Call) -> Reply:
        found = work(call)
        return found if isinstance(found, Reply) else Reply(200, found)

    return handler


SERVICE = RedfishService
