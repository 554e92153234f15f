# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The run that this process belongs to, and the sessions that it opened for itself alone.

The main process begins a run before it forks. Its workers inherit two things: who the run is, and a file without a
name, in which they note what is to be closed at its end. The file is sealed with a key that only they have.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import tempfile
import typing as t
from dataclasses import dataclass, field

from .libraries import need

FORGOTTEN_AFTER = 86400.0  # seconds, for the lease of a run on another machine, which nobody here can look for


@dataclass(frozen=True)
class Run:
    """A run.

    :param id: told from every other run.
    :param host: where it is.
    :param pid: of its main process.
    :param started: when that process began, as the system counts; empty where it does not tell.
    """

    id: str
    host: str
    pid: int
    started: str
    key: bytes = field(default=b"", repr=False, compare=False)
    descriptor: int = field(default=-1, repr=False, compare=False)

    def lease(self, now: float) -> dict[str, t.Any]:
        """What a record keeps of a run that uses its session."""
        return {"host": self.host, "pid": self.pid, "started": self.started, "at": now}


_current: list[Run] = []


def begin() -> Run:
    """This process is the main process of a run from now on."""
    if not _current or _current[0].pid != os.getpid():
        descriptor, path = tempfile.mkstemp()
        os.close(descriptor)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        os.unlink(path)
        pid = os.getpid()
        _current[:] = [Run(os.urandom(8).hex(), socket.gethostname(), pid, _started(pid), os.urandom(32), descriptor)]
    return _current[0]


def current() -> Run | None:
    """The run that this process is of; None when nobody began one."""
    return _current[0] if _current else None


def note(facts: t.Mapping[str, t.Any]) -> None:
    """Tell the main process of a session to close at the end.

    :param facts: whatever that takes, as JSON takes it; may hold secrets.
    """
    run = _current[0]
    nonce = os.urandom(12)
    sealed = nonce + _cipher(run).encrypt(nonce, json.dumps(facts).encode("utf-8"), None)
    os.write(run.descriptor, struct.pack(">I", len(sealed)) + sealed)


def noted() -> list[dict[str, t.Any]]:
    """What the workers told so far; of several for one session in one store the last."""
    run = current()
    if run is None:
        return []
    content = os.pread(run.descriptor, os.fstat(run.descriptor).st_size, 0)
    found: dict[tuple[t.Any, t.Any], dict[str, t.Any]] = {}
    while len(content) >= 4:
        (length,) = struct.unpack(">I", content[:4])
        sealed, content = content[4 : 4 + length], content[4 + length :]
        facts = json.loads(_cipher(run).decrypt(sealed[:12], sealed[12:], None))
        found[facts["store"], facts["name"]] = facts
    return list(found.values())


def forget() -> None:
    """Forget what was told: it is being closed."""
    run = current()
    if run is not None:
        os.ftruncate(run.descriptor, 0)


def leased(data: t.Mapping[str, t.Any], run: Run | None) -> bool:
    """Whether a record's facts have the lease of a run."""
    return run is not None and run.id in (data.get("leases") or {})


def held(leases: t.Mapping[str, t.Any], now: float, but: str = "") -> dict[str, t.Any]:
    """Of some leases those whose runs still go on.

    :param now: the present time.
    :param but: the id of a run that does not count.
    """
    return {id_: lease for id_, lease in leases.items() if id_ != but and _goes_on(lease, now)}


def _goes_on(lease: t.Mapping[str, t.Any], now: float) -> bool:
    if lease["host"] != socket.gethostname():
        return bool(now - lease["at"] < FORGOTTEN_AFTER)
    try:
        os.kill(lease["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is somebody else's, so it is there
        pass
    return bool(_started(lease["pid"]) == lease["started"])


def _started(pid: int) -> str:
    """When a process began, where /proc tells it: another one may have its number later."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stream:
            return stream.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _cipher(run: Run) -> t.Any:
    need("cryptography", "cryptography", "sealing records")
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(run.key)
