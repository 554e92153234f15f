# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.sandbox PROVIDER...`: run the servers until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from .certificates import CA_FILE, make_certificates
from .server import Fleet
from .services import known, load

_PARENT_POLL_SECONDS = 0.5


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, serve, clean up."""
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox", description=__doc__)
    parser.add_argument("providers", nargs="+", choices=known(), help="which services to serve")
    parser.add_argument("--dir", type=Path, help="where the CA certificate goes (default: a temporary directory)")
    parser.add_argument("--with-parent", action="store_true", help="end when stdin is closed or the parent is gone")
    options = parser.parse_args(arguments)
    if options.dir is not None:
        options.dir.mkdir(parents=True, exist_ok=True)
        try:
            return asyncio.run(_serve(options, options.dir.resolve()))
        finally:
            (options.dir / CA_FILE).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="gatehouse-sandbox-") as directory:
        return asyncio.run(_serve(options, Path(directory)))


async def _serve(options: argparse.Namespace, directory: Path) -> int:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    watches = [loop.create_task(watch) for watch in _watches(options.with_parent, stop)]
    certificates = make_certificates(directory)
    fleet = Fleet([load(name) for name in dict.fromkeys(options.providers)], certificates)
    await fleet.start()
    print(json.dumps(_ready(fleet, str(certificates.ca_file))), flush=True)
    await stop.wait()
    for watch in watches:
        watch.cancel()
    await fleet.stop()
    return 0


def _ready(fleet: Fleet, ca_file: str) -> dict[str, Any]:
    return {"pid": os.getpid(), "ca_file": ca_file, "providers": fleet.ready()}


def _watches(with_parent: bool, stop: asyncio.Event) -> list[Any]:
    return [_parent_gone(stop), _stdin_closed(stop)] if with_parent else []


async def _parent_gone(stop: asyncio.Event) -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(_PARENT_POLL_SECONDS)
    stop.set()


async def _stdin_closed(stop: asyncio.Event) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(4096):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
