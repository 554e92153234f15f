# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Zabbix frontend: JSON-RPC at /api_jsonrpc.php, as the API's manual has it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ..canaries import fingerprint
from ..exchange import Call, Operation, Refusal, Reply
from ._recipes.tokens import Held, TokenService

PATH = "/api_jsonrpc.php"
INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, PARSE, APPLICATION = -32600, -32601, -32602, -32700, -32500
_TITLES = {
    INVALID_REQUEST: "Invalid request.",
    NO_METHOD: "Method not found.",
    INVALID_PARAMS: "Invalid params.",
    PARSE: "Parse error",
    APPLICATION: "Application error.",
}
_TYPES = ("application/json-rpc", "application/json", "application/jsonrequest")
_OPEN = ("user.login", "user.checkauthentication", "apiinfo.version")
REFUSED = "Incorrect user name or password or account is temporarily blocked."
TERMINATED = "Session terminated, re-login, please."


@dataclass(frozen=True)
class ZabbixSettings:
    """Times are in seconds; 0 is never. `idle_seconds` is the users' auto-logout, `login_block` how long an account is
    blocked after `login_attempts` failed logins."""

    version: str = "7.0.5"
    idle_seconds: int = 900
    login_attempts: int = 5
    login_block: int = 30


class ApiError(Exception):
    """An error of the API: HTTP 200 all the same."""

    def __init__(self, code: int, data: str) -> None:
        super().__init__(data)
        self.code = code
        self.data = data


class ZabbixService(TokenService):
    """A frontend with two hosts."""

    name = "zabbix"
    settings_type = ZabbixSettings
    secret_keys: ClassVar[frozenset[str]] = frozenset({"sessionid", "auth"})
    headers: ClassVar[frozenset[str]] = frozenset({"authorization"})
    bodies: ClassVar[frozenset[str]] = frozenset({"rpc"})

    def operations(self) -> tuple[Operation, ...]:
        """One route; `work` in the journal tells the methods apart by `fingerprints.method`."""
        return (Operation("rpc", "POST", (PATH,), self._rpc),)

    def error_body(self, status: int, code: int, error: str, details: Any) -> dict[str, Any]:
        """Nothing but JSON-RPC comes as JSON; this is what a proxy in front says."""
        return {"error": error}

    async def _rpc(self, call: Call) -> Reply:
        if call.media_type() not in _TYPES:
            raise Refusal(412, 412, "Precondition Failed", reason="wrong content type")
        request: Any = call.json()
        number = request.get("id") if isinstance(request, dict) else None
        try:
            return Reply(200, {"jsonrpc": "2.0", "result": self._called(call, request), "id": number})
        except ApiError as error:
            told = {"code": error.code, "message": _TITLES[error.code], "data": error.data}
            return Reply(200, {"jsonrpc": "2.0", "error": told, "id": number}, refused=error.data)

    def _called(self, call: Call, request: Any) -> Any:
        if call.json() is None:
            raise ApiError(PARSE, "Invalid JSON. An error occurred on the server while parsing the JSON text.")
        if (
            not isinstance(request, dict)
            or request.get("jsonrpc") != "2.0"
            or not isinstance(request.get("method"), str)
        ):
            raise ApiError(INVALID_REQUEST, 'Invalid parameter "/": incorrect syntax near "request".')
        method, params = request["method"].lower(), request.get("params")
        call.notes["method"] = method
        if not isinstance(params, (dict, list)):
            raise ApiError(INVALID_REQUEST, 'Invalid parameter "/params": an array or object is expected.')
        if "auth" in request and self._version() >= (7, 2):
            raise ApiError(INVALID_REQUEST, 'Invalid parameter "/": unexpected parameter "auth".')
        header = call.header("authorization")
        token = header.removeprefix("Bearer ") if header.startswith("Bearer ") else request.get("auth")
        methods = self._methods()
        if method not in methods:
            raise ApiError(NO_METHOD, f'Incorrect method "{request["method"]}".')
        if method in _OPEN:
            if token is not None:
                text = f'The "{request["method"]}" method must be called without authorization header.'
                raise ApiError(INVALID_PARAMS, text)
            return methods[method](call, params, None)
        if not token:
            raise ApiError(INVALID_PARAMS, "Not authorized.")
        held = self.known(call, str(token))
        if held is None:
            raise ApiError(INVALID_PARAMS, TERMINATED)
        return methods[method](call, params, held)

    def _methods(self) -> dict[str, Callable[[Call, Any, Any], Any]]:
        return {
            "apiinfo.version": lambda call, params, held: self.settings.version,
            "user.login": self._login_method,
            "user.logout": self._logout_method,
            "user.checkauthentication": self._check_method,
            "host.get": self._hosts,
            "host.delete": self._host_deleted,
        }

    def _login_method(self, call: Call, params: Any, held: None) -> Any:
        if not isinstance(params, dict) or not {"username", "password"} <= set(params):
            raise ApiError(INVALID_PARAMS, 'Invalid parameter "/": the parameter "username" is missing.')
        if unknown := sorted(set(params) - {"username", "password", "userData"}):
            raise ApiError(INVALID_PARAMS, f'Invalid parameter "/": unexpected parameter "{unknown[0]}".')
        settings = self.settings
        account = self.right(params["username"], params["password"], settings.login_attempts, settings.login_block)
        if not account:
            raise ApiError(APPLICATION, REFUSED)
        made = self.hold(account, secrets.token_hex(16))
        call.account, call.notes["answered"] = account, fingerprint(made.token)
        return {"sessionid": made.token, "username": account} if params.get("userData") else made.token

    def _logout_method(self, call: Call, params: Any, held: Held) -> bool:
        if params:
            raise ApiError(INVALID_PARAMS, 'Invalid parameter "/": should be empty.')
        del self.held[held.id]
        return True

    def _check_method(self, call: Call, params: Any, nobody: None) -> Any:
        if not isinstance(params, dict) or len({"sessionid", "token"} & set(params)) != 1:
            raise ApiError(INVALID_PARAMS, "Session ID or token is expected.")
        token = str(params.get("sessionid") or params.get("token"))
        before = {held.token: held.used for held in self.held.values()}
        held = self.known(call, token)
        if held is None:
            raise ApiError(INVALID_PARAMS, TERMINATED)
        if params.get("extend", True) is False:
            held.used = before[token]
        return {"userid": str(held.id), "username": held.account, "sessionid": held.token}

    def _hosts(self, call: Call, params: Any, held: Held) -> list[dict[str, Any]]:
        return [{"hostid": str(number), "host": f"web{number}"} for number in (1, 2)]

    def _host_deleted(self, call: Call, params: Any, held: Held) -> dict[str, Any]:
        if held.account == "carol":
            raise ApiError(APPLICATION, 'No permissions to call "host.delete".')
        return {"hostids": list(params)}

    def _version(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.settings.version.split(".")[:2])


SERVICE = ZabbixService
