# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official JavaScript client of Nextcloud Passwords as tests hold it; it lives in a process of Node.js."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from tests.tools import nodes


class OfficialError(Exception):
    """What the official client raised: its kind and text, and the status and error id of the reply if there was one."""

    def __init__(self, kind: str, message: str, status: int | None, identifier: str | int | None) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.status = status
        self.id = identifier


class OfficialSession:
    """One client of one account. Objects are dicts by the client's own property names."""

    def __init__(self, client: OfficialClient, name: str) -> None:
        self._client = client
        self._name = name

    def ask(self, do: str, **wanted: Any) -> Any:
        """Have the client do something."""
        return self._client.ask(do=do, name=self._name, **wanted)

    def requirements(self) -> dict[str, Any]:
        """What the server asks for: whether there is a challenge, and which tokens."""
        return dict(self.ask("requirements"))

    def authorize(
        self, master_password: str | None = None, *, provider: str | None = None, code: str | None = None
    ) -> bool:
        """Open the session, with a second factor where it is asked for."""
        return bool(self.ask("authorize", password=master_password, provider=provider, code=code))

    def list(self, kind: str = "password", details: str = "model") -> list[dict[str, Any]]:
        """Every visible object of a kind, decrypted."""
        return list(self.ask("list", kind=kind, details=details))

    def show(self, identifier: str, kind: str = "password", details: str = "model") -> dict[str, Any]:
        """One object, decrypted."""
        return dict(self.ask("show", kind=kind, id=identifier, details=details))

    def create(self, kind: str = "password", **fields: Any) -> dict[str, Any]:
        """A new object, encrypted by the client when it has a keychain."""
        return dict(self.ask("create", kind=kind, fields=fields))

    def update(self, identifier: str, kind: str = "password", **fields: Any) -> dict[str, Any]:
        """Change some fields; the client sends all of them."""
        return dict(self.ask("update", kind=kind, id=identifier, fields=fields))

    def delete(self, identifier: str, kind: str = "password") -> dict[str, Any]:
        """Into the trash, or out of the world."""
        return dict(self.ask("delete", kind=kind, id=identifier))

    def restore(self, identifier: str, kind: str = "password") -> dict[str, Any]:
        """Out of the trash."""
        return dict(self.ask("restore", kind=kind, id=identifier))

    def close(self) -> None:
        """Close the session."""
        self.ask("close")


class OfficialClient:
    """The process. It trusts the CA of one sandbox and holds any number of sessions."""

    def __init__(self, ca_file: str) -> None:
        self._made = 0
        self._process = subprocess.Popen(
            ["node", str(nodes.BUNDLE)],
            env={**os.environ, "NODE_EXTRA_CA_CERTS": ca_file},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def session(self, url: str, account: Mapping[str, Any], token: str | None = None) -> OfficialSession:
        """A client for an account of the sandbox, not authorised yet."""
        self._made += 1
        session = OfficialSession(self, f"session-{self._made}")
        session.ask("new", url=url, user=account["username"], token=token or account["app_password"])
        return session

    def ask(self, **wanted: Any) -> Any:
        """Give one line, read one line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the official client's process ended")
        found = json.loads(line)
        if "error" in found:
            raise OfficialError(found["error"], found["message"], found["status"], found["id"])
        return found["result"]

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def __enter__(self) -> OfficialClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
