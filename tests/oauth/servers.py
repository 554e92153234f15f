# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real OAuth 2.0 servers as tests hold them: start, ask, expire, revoke, stop.

with OidcProvider(access_token_ttl=60) as server:
    server.issuer, server.ca_file, server.clients["web"], server.users["alice"]
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, TypeVar

from tests.oauth import clients
from tests.oauth.clients import Client
from tests.oauth.keys import Keys
from tests.tools import environments, nodes
from tests.tools.paths import ROOT

USERS = ("alice", "bob")
Server = TypeVar("Server", bound="OAuthServer")
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_ASK_SECONDS = 30.0


class ServerError(RuntimeError):
    """The server did not start, or refused a control request."""


class OAuthServer:
    """What both servers have in common. Use it as a context manager, or call `start` and `stop`."""

    DEFAULTS: ClassVar[dict[str, Any]] = {
        "access_token_ttl": 3600,
        "refresh_token_ttl": 14 * 86400,
        "device_interval": 1,
    }

    # by the names of RFC 8414, without "_endpoint"
    PATHS: ClassVar[dict[str, str]] = {}

    def __init__(self, *, tls: bool = True, **settings: Any) -> None:
        unknown = set(settings) - set(self.DEFAULTS)
        if unknown:
            raise ServerError(f"no such setting: {', '.join(sorted(unknown))}")
        self._settings = {**self.DEFAULTS, **settings}
        self._tls = tls
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._owner = os.getpid()
        self.users: dict[str, str] = {name: clients.secret() for name in USERS}
        self.clients: dict[str, Client] = {}
        self.issuer = ""
        self.url = ""
        self.ca_file = ""
        self.log_file = Path()

    # To be said by each server

    @classmethod
    def why_not(cls) -> str:
        """Why it cannot be started now, or nothing."""
        raise NotImplementedError

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _given(self, keys: Keys) -> dict[str, Any]:
        raise NotImplementedError

    # The process

    def start(self) -> None:
        """Start the process and wait until it listens."""
        if why := self.why_not():
            raise ServerError(why)
        self.directory = Path(tempfile.mkdtemp(prefix="gatehouse-oauth-"))
        keys = Keys(self.directory)
        self.ca_file = str(keys.ca_file)
        given = {
            **self._given(keys),
            "settings": self._settings,
            "tls": keys.server() if self._tls else None,
            "users": self.users,
        }
        self.log_file = self.directory / "server.log"
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(given).encode() + b"\n")
            self._process.stdin.flush()
            self._ready = self._ready_line()
        except BaseException:
            self.stop()
            raise
        self._control = self._ready["control"]
        self.issuer = self._ready["issuer"]
        self.url = "/".join(self.issuer.split("/")[:3])

    @property
    def pid(self) -> int:
        return self._process.pid

    def log(self) -> str:
        """What the process wrote to stderr so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """End the process, wait for it and remove its files. A forked child of the owner cannot stop it."""
        if self._owner != os.getpid():
            return
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self: Server) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # What a client has to know

    def resource(self, path: str = "") -> str:
        """The URL of an API that answers 200 for a valid token of any grant, and 401 otherwise."""
        return f"{self.url}/api{path}"

    def endpoint(self, name: str) -> str:
        """The URL of authorization, token, device_authorization, introspection, revocation, userinfo or jwks."""
        return self.issuer + self.PATHS[name]

    @property
    def out_of_band(self) -> str:
        """A redirect URI of every client with a code: a page that shows the code to be copied."""
        return f"{self.url}/oob"

    # What happened

    def journal(self, route: str | None = None) -> list[dict[str, Any]]:
        """Every request in order of arrival; those of one route if wanted. No secret is in it."""
        return [entry for entry in self._ask("GET", "journal") if route in (None, entry["route"])]

    def counts(self) -> dict[str, int]:
        """How often each route was called, as in `{"token": 2, "discovery": 1}`."""
        return dict(Counter(entry["route"] for entry in self.journal()))

    def token_requests(self, *, accepted: bool | None = None) -> dict[str, int]:
        """How often each grant type was asked for; of those the server granted, or refused, if wanted."""
        entries = [entry for entry in self.journal("token") if accepted in (None, entry["done"])]
        return dict(Counter(entry["grant_type"] for entry in entries))

    def state(self) -> dict[str, int]:
        """How many are live: grants, refresh_tokens, access_tokens, device_codes, sessions (of browsers)."""
        return dict(self._ask("GET", "state"))

    def canaries(self) -> list[str]:
        """Every secret ever in play; none may be found in what a client prints or stores."""
        files = [client.key.pem() for client in self.clients.values() if client.key]
        files += [client.certificate.key_file.read_text() for client in self.clients.values() if client.certificate]
        own = [*self.users.values(), *(client.secret for client in self.clients.values() if client.secret), *files]
        return [*own, *self._ask("GET", "canaries")]

    # What shall happen

    def settings(self, **wanted: Any) -> dict[str, Any]:
        """Change settings; all of them come back."""
        return dict(self._ask("POST", "settings", wanted))

    def expire(self, kind: str = "access_tokens") -> int:
        """The time of all access_tokens, refresh_tokens or device_codes is up. JWTs are beyond reach."""
        return int(self._ask("POST", "expire", {"kind": kind}))

    def revoke(self, *, client: str | None = None, user: str | None = None) -> int:
        """Somebody revokes the grants of a client, of a user, or all; how many these were comes back."""
        return int(self._ask("POST", "revoke", {"client": client, "user": user}))

    def fault(
        self,
        kind: str = "answer",
        *,
        route: str = "token",
        count: int = 1,
        status: int = 500,
        headers: dict[str, str] | None = None,
        body: Any = "",
    ) -> None:
        """Arm what something between client and server may do: `answer` in its place, or cut the connection,
        `drop_before` or `drop_after` the server did its work."""
        if kind not in ("answer", "drop_before", "drop_after"):
            raise ServerError(f"no such fault: {kind}")
        answer = {"status": status, "headers": headers or {}, "body": body} if kind == "answer" else {}
        self._ask("POST", "fault", {"kind": kind, "route": route, "count": count, **answer})

    def slow_down(self, count: int = 1) -> None:
        """Let the next token requests be answered as RFC 8628 section 3.5 has it; neither server does so by itself."""
        body = {"error": "slow_down", "error_description": "you are polling too quickly"}
        self.fault(route="token", count=count, status=400, body=body)

    def reset(self) -> None:
        """Back to the fresh start: no token, no grant, no session, no journal, no fault, the first settings."""
        self._ask("POST", "reset")

    def _ask(self, method: str, what: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self._control}/{what}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with self._opener.open(request, timeout=_ASK_SECONDS) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                raise ServerError(f"{method} {what}: {error.read().decode('utf-8', 'replace')}") from None

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}

    def _ready_line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        deadline = time.monotonic() + _START_SECONDS
        line = b""
        while not line.endswith(b"\n"):
            left = max(0.0, deadline - time.monotonic())
            readable, _writable, _failed = select.select([self._process.stdout], [], [], left)
            part = os.read(self._process.stdout.fileno(), 65536) if readable else b""
            if not part:
                raise ServerError(f"{type(self).__name__} did not start: {self.log().strip() or 'no answer in time'}")
            line += part
        found: dict[str, Any] = json.loads(line)
        return found


class OidcProvider(OAuthServer):
    """npm oidc-provider, certified; jwt-bearer, token exchange and password by its extension point (grants.mjs).

    :param relay: the URL of who forwards all requests to `here`: its issuer then.
    """

    DEFAULTS: ClassVar[dict[str, Any]] = {**OAuthServer.DEFAULTS, "device_code_ttl": 600, "dpop_nonce": False}

    PATHS: ClassVar[dict[str, str]] = {
        "authorization": "/auth",
        "device_authorization": "/device/auth",
        "introspection": "/token/introspection",
        "jwks": "/jwks",
        "revocation": "/token/revocation",
        "token": "/token",
        "userinfo": "/me",
    }
    TRUSTED_ISSUER = "https://issuer.example.com"

    def __init__(self, *, relay: str = "", **options: Any) -> None:
        super().__init__(**options)
        self._relay = relay

    @property
    def here(self) -> str:
        """Its own URL, whatever the issuer says."""
        return str(self._ready["here"])

    @classmethod
    def why_not(cls) -> str:
        return nodes.OAUTH.why_not()

    def tokens(self) -> list[dict[str, Any]]:
        """Every live token that is no JWT: kind, and the fingerprints `token` and `grant`."""
        return list(self._ask("GET", "tokens"))

    def clock(self, seconds: float) -> None:
        """Set its clock so many seconds ahead of real time."""
        self._ask("POST", "clock", {"seconds": seconds})

    @property
    def jwt_resource(self) -> str:
        """A resource indicator: the server's own API, whose tokens are JWTs."""
        return self.resource()

    @property
    def other_resource(self) -> str:
        """A resource indicator of somebody else: its tokens are opaque, and no good at the server's own API."""
        return "https://other.example.com/"

    def _command(self) -> list[str]:
        return ["node", str(ROOT / "tests" / "oauth" / "node" / "server.mjs")]

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "GATEHOUSE_OAUTH_NODE": str(nodes.OAUTH.place)}

    def _given(self, keys: Keys) -> dict[str, Any]:
        self.clients = {client.client_id: client for client in clients.for_provider(keys)}
        self.trusted_key = keys.rsa("trusted-issuer")
        signing = [keys.rsa("signing-rs256"), keys.ec("signing-es256")]
        return {
            "issuer": self._relay,
            "clients": [clients.registration(client) for client in self.clients.values()],
            "jwks": {"keys": [key.private() for key in signing]},
            "publicKeys": {"keys": [key.public() for key in signing]},
            "resources": {"{issuer}/api": "jwt", self.other_resource: "opaque"},
            "trusted": {"issuer": self.TRUSTED_ISSUER, "jwks": {"keys": [self.trusted_key.public()]}},
        }


class Toolkit(OAuthServer):
    """PyPI django-oauth-toolkit, which AWX has, in a minimal Django project (tests/oauth/toolkit)."""

    PATHS: ClassVar[dict[str, str]] = {
        "authorization": "/authorize/",
        "device_authorization": "/device-authorization/",
        "introspection": "/introspect/",
        "jwks": "/.well-known/jwks.json",
        "revocation": "/revoke_token/",
        "token": "/token/",
        "userinfo": "/userinfo/",
    }

    @classmethod
    def why_not(cls) -> str:
        return environments.why_not(environments.OAUTH)

    def _command(self) -> list[str]:
        return [str(environments.OAUTH.python), "-m", "tests.oauth.toolkit.serve", str(self.directory)]

    def _given(self, keys: Keys) -> dict[str, Any]:
        self.clients = {client.client_id: client for client in clients.for_toolkit()}
        return {
            "clients": [clients.application(client) for client in self.clients.values()],
            "signing_key": keys.rsa("signing-rs256").pem(),
        }
