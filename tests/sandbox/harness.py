# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox as tests hold it: start, ask, arm faults, stop. Needs only the standard library."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
_STOP_SECONDS = 5.0
_ASK_SECONDS = 30.0


class SandboxError(RuntimeError):
    """The sandbox did not start, or refused a control request."""


def fingerprint(text: str) -> str:
    """How the journal tells secrets apart: the first 12 hex digits of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Sandbox:
    """A running sandbox process. Use it as a context manager, or call `stop`."""

    def __init__(self, process: subprocess.Popen[bytes], ready: dict[str, Any], errors: IO[bytes]) -> None:
        self._process = process
        self._owner = os.getpid()
        self._errors = errors
        self.providers: dict[str, dict[str, Any]] = ready["providers"]
        self.ca_file: str = ready["ca_file"]
        self.pid: int = ready["pid"]
        context = ssl.create_default_context(cafile=self.ca_file)
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        self._opener = urllib.request.build_opener(*handlers)

    @classmethod
    def start(cls, *providers: str, python: str | None = None, timeout: float = 30.0) -> Sandbox:
        """Start one process that serves the providers, and wait until all ports are ready."""
        errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop)
        process = subprocess.Popen(
            [python or sys.executable, "-m", "tests.sandbox", "--with-parent", *providers],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        try:
            return cls(process, _ready_line(process, errors, timeout), errors)
        except BaseException:
            _end(process)
            errors.close()
            raise

    # What a client has to know

    def url(self, provider: str) -> str:
        """The https base URL."""
        return str(self.providers[provider]["url"])

    def plain_url(self, provider: str) -> str:
        """The http base URL of the same service."""
        return str(self.providers[provider]["plain_url"])

    def pin(self, provider: str) -> str:
        """Base64 of the SHA-256 of the leaf's public key."""
        return str(self.providers[provider]["pin"])

    def account(self, provider: str, name: str) -> dict[str, Any]:
        """An account: username, password and whatever else it has."""
        return dict(self.providers[provider]["accounts"][name])

    # What happened

    def journal(self, provider: str, *, route: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """Every request in order of arrival; those of one route if wanted."""
        entries = self.ask(provider, "GET", f"journal?since={since}")
        return [entry for entry in entries if route in (None, entry["route"])]

    def counts(self, provider: str) -> dict[str, int]:
        """How often each method and path was called, as in `{"POST /auth/v4/info": 1}`."""
        return dict(Counter(f"{entry['method']} {entry['path']}" for entry in self.journal(provider)))

    def routes(self, provider: str) -> dict[str, int]:
        """How often each operation was called, as in `{"auth_info": 1}`."""
        return dict(Counter(entry["route"] for entry in self.journal(provider)))

    def state(self, provider: str) -> dict[str, Any]:
        """What is open now, without secrets."""
        return dict(self.ask(provider, "GET", "state"))

    def canaries(self, provider: str) -> list[str]:
        """Every secret ever in play; none may be found in what a client prints or stores."""
        return list(self.ask(provider, "GET", "canaries")["secrets"])

    def codes(self, provider: str) -> dict[str, Any]:
        """What a person would read: sent codes, captcha answers, one-time codes of this moment."""
        return dict(self.ask(provider, "GET", "codes"))

    def totp(self, provider: str, name: str) -> str:
        """The one-time code of an account at this moment of the service's clock."""
        return str(self.codes(provider)["totp"][name])

    # What shall happen

    def fault(
        self,
        provider: str,
        kind: str,
        *,
        route: str = "*",
        count: int | None = 1,
        after: int = 0,
        **options: Any,
    ) -> None:
        """Arm a fault."""
        self.ask(provider, "POST", "faults", {"kind": kind, "route": route, "count": count, "after": after, **options})

    def clear_faults(self, provider: str) -> None:
        """Disarm every fault and let held requests go."""
        self.ask(provider, "DELETE", "faults")

    def held(self, provider: str) -> int:
        """How many requests are being held by `hold` faults."""
        return int(self.ask(provider, "GET", "faults")["held"])

    def release(self, provider: str) -> int:
        """Let held requests go."""
        return int(self.ask(provider, "POST", "release")["released"])

    def clock(self, provider: str, seconds: float) -> float:
        """Move the service's clock; its time comes back."""
        return float(self.ask(provider, "POST", "clock", {"seconds": seconds})["now"])

    def settings(self, provider: str, **wanted: Any) -> dict[str, Any]:
        """Change settings; all of them come back."""
        return dict(self.ask(provider, "POST", "settings", wanted))

    def act(self, provider: str, do: str, **arguments: Any) -> Any:
        """Change or read the service's world behind the back of clients; each service has deeds of its own."""
        return self.ask(provider, "POST", "act", {"do": do, **arguments})["result"]

    def reset(self, provider: str) -> None:
        """Back to the fresh start: no session, no fault, no journal, real time, default settings."""
        self.ask(provider, "POST", "reset")

    def ask(self, provider: str, method: str, what: str, body: Any = None) -> Any:
        """One control request."""
        request = urllib.request.Request(
            f"{self.url(provider)}/_sandbox/{what}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with self._opener.open(request, timeout=_ASK_SECONDS) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                raise SandboxError(f"{method} {what}: {error.read().decode('utf-8', 'replace')}") from None

    # The process

    def errors(self) -> str:
        """What the process wrote to stderr so far."""
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")

    def stop(self) -> None:
        """End the process and wait for it. A forked child of the owner cannot stop it."""
        if self._owner != os.getpid():
            return
        _end(self._process)
        self._errors.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _ready_line(process: subprocess.Popen[bytes], errors: IO[bytes], timeout: float) -> dict[str, Any]:
    assert process.stdout is not None
    deadline = time.monotonic() + timeout
    line = b""
    while not line.endswith(b"\n"):
        readable, _writable, _failed = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        part = os.read(process.stdout.fileno(), 65536) if readable else b""
        if not part:
            errors.seek(0)
            why = errors.read().decode("utf-8", "replace").strip()
            raise SandboxError(f"the sandbox did not start: {why or 'no answer in time'}")
        line += part
    found: dict[str, Any] = json.loads(line)
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
