# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's redis-server and redis-sentinel, in the foreground, with everything that they write in one directory."""

from __future__ import annotations

import contextlib
import functools
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import redis

from tests.redis.programs import MISSING, program, with_parent

HOST = "127.0.0.1"
SERVICE = "gatehouse"
_START_SECONDS = 20.0
_LOOK_AGAIN = 0.01
_TRIES = 3
_SLOTS = 16384


def until(condition: Callable[[], object], what: str, seconds: float = _START_SECONDS) -> None:
    """Look again and again until something is so.

    :param what: is wrong when it never is.
    """
    ends = time.monotonic() + seconds
    while True:
        with contextlib.suppress(redis.RedisError, redis.exceptions.RedisClusterException, OSError):
            if condition():
                return
        assert time.monotonic() < ends, what
        time.sleep(_LOOK_AGAIN)


class Server:
    """One process. It can be killed, started again at the same port, and paused.

    :param directory: of its own.
    :param options: of its configuration; a list for one that comes several times.
    """

    binary = "redis-server"

    def __init__(self, directory: Path, **options: Any) -> None:
        self.directory = directory
        self.options = {"save": '""', "appendonly": "no", "repl-diskless-sync-delay": 0, **options}
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    @property
    def socket(self) -> Path:
        return self.directory / "redis.sock"

    @functools.cached_property
    def client(self) -> Any:
        """A client of the tests' own."""
        return redis.Redis(HOST, self.port, socket_timeout=_START_SECONDS)

    def start(self) -> Server:
        """Start it; somebody else may take the port between here and there: hence several tries the first time."""
        for _try in range(1 if self.port else _TRIES):
            port = self.port or free_port()
            self._launch(port)
            ends = time.monotonic() + _START_SECONDS
            while self.process is not None and self.process.poll() is None and time.monotonic() < ends:
                with contextlib.suppress(redis.RedisError), redis.Redis(HOST, port, socket_timeout=5) as client:
                    if client.ping():
                        self.port = port
                        return self
                time.sleep(_LOOK_AGAIN)
            self.kill()
        raise RuntimeError(f"{self.binary} did not start: {(self.directory / 'log').read_text()[-2000:]}")

    def kill(self) -> None:
        """End it without a chance to do anything."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def pause(self) -> None:
        """It is there and does nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.client.close()
        self.kill()

    def _launch(self, port: int) -> None:
        own = {
            "port": port,
            "bind": HOST,
            "dir": self.directory,
            "logfile": self.directory / "log",
            "unixsocket": self.socket,
            "unixsocketperm": "700",
            "enable-debug-command": "yes",
            **self.options,
        }
        lines = [f"{name} {value}" for name, values in own.items() for value in _each(values)]
        path = self.directory / "redis.conf"
        path.write_text("\n".join(lines) + "\n")
        found = program(self.binary)
        assert found is not None, MISSING
        self.process = subprocess.Popen(
            [*with_parent(), found, str(path)],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


class Sentinel(Server):
    """What watches a server and its replicas, and alone decides that one of them takes over."""

    binary = "redis-sentinel"

    def __init__(self, directory: Path, master: Server) -> None:
        super().__init__(directory)
        self.options = {
            "sentinel": [
                f"monitor {SERVICE} {HOST} {master.port} 1",
                f"down-after-milliseconds {SERVICE} 400",
                f"failover-timeout {SERVICE} 3000",
            ]
        }

    @property
    def url(self) -> str:
        return f"redis+sentinel://{HOST}:{self.port}/{SERVICE}"

    def master(self) -> int:
        """The port of the server that is the master now."""
        return int(self.client.sentinel_master(SERVICE)["port"])

    def _launch(self, port: int) -> None:
        self.options = {**self.options, "unixsocket": []}
        super()._launch(port)


@contextlib.contextmanager
def watched(directory: Path) -> Iterator[tuple[Sentinel, Server, Server]]:
    """A Sentinel, its master, and a replica that has everything."""
    with Server(directory / "one") as one, Server(directory / "two", replicaof=f"{HOST} {one.port}") as two:
        until(lambda: one.client.info("replication")["connected_slaves"] == 1, "the replica does not follow")
        until(lambda: two.client.info("replication")["master_link_status"] == "up", "the replica does not follow")
        with Sentinel(directory / "sentinel", one) as sentinel:
            assert isinstance(sentinel, Sentinel)
            until(lambda: sentinel.client.sentinel_slaves(SERVICE), "the Sentinel does not see the replica")
            yield sentinel, one, two


@contextlib.contextmanager
def cluster(directory: Path, size: int = 2) -> Iterator[list[Server]]:
    """A cluster of so many masters."""
    with contextlib.ExitStack() as stack:
        options: dict[str, Any] = {"cluster-enabled": "yes", "cluster-node-timeout": 2000}
        servers = [stack.enter_context(Server(directory / f"node{number}", **options)) for number in range(size)]
        for number, server in enumerate(servers):
            first, last = _SLOTS * number // size, _SLOTS * (number + 1) // size - 1
            server.client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            server.client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            servers[0].client.execute_command("CLUSTER", "MEET", HOST, server.port)

        def agreed(server: Server) -> bool:
            info = server.client.execute_command("CLUSTER INFO")
            return info["cluster_state"] == "ok" and int(info["cluster_known_nodes"]) == size

        until(lambda: all(agreed(server) for server in servers), "the cluster does not agree")
        yield servers


def free_port() -> int:
    """A port that nobody listens at; a node of a cluster needs the one 10,000 further, too."""
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
        if port < 65536 - 10000:
            return port


def _each(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]
