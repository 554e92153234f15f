# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A maildir: deliver as a mail server does it, and read what is there. Files belong to whom the maildir belongs to."""

from __future__ import annotations

import itertools
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

PARTS = ("tmp", "new", "cur")
SEEN = "S"
_FLAGS = ":2,"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Stored:
    """One message as it lies there. `name` is its file's name without the flags."""

    path: Path
    name: str
    flags: str
    arrived: float

    @property
    def seen(self) -> bool:
        """Whether somebody has seen it."""
        return SEEN in self.flags

    @property
    def raw(self) -> bytes:
        """The message."""
        return self.path.read_bytes()


def make(path: Path) -> None:
    """An empty maildir, if there is none."""
    for part in (path, *(path / name for name in PARTS)):
        if not part.is_dir():
            part.mkdir(mode=0o700)
            _belong(part)


def deliver(path: Path, message: bytes, arrived: float | None = None) -> str:
    """Put a message into `new`, whole at once; its name comes back.

    :param arrived: the time of arrival that the server shall tell, if not now.
    """
    make(path)
    name = f"{time.time():.6f}.{os.getpid()}_{next(_numbers)}.{socket.gethostname()}"
    temporary = path / "tmp" / name
    temporary.touch(mode=0o600)
    temporary.write_bytes(message)
    _belong(temporary)
    if arrived is not None:
        os.utime(temporary, (arrived, arrived))
    temporary.rename(path / "new" / name)
    return name


def messages(path: Path) -> list[Stored]:
    """What is there, in the order of arrival. One that is moved meanwhile may be missed."""
    found = []
    for part in ("new", "cur"):
        for file in (path / part).iterdir() if (path / part).is_dir() else ():
            name, _separator, flags = file.name.partition(_FLAGS)
            try:
                found.append(Stored(file, name, flags, file.stat().st_mtime))
            except FileNotFoundError:
                continue
    return sorted(found, key=lambda item: item.name)


def mark(path: Path, message: Stored, flag: str) -> None:
    """Add a flag."""
    flags = "".join(sorted({*message.flags, flag}))
    message.path.rename(path / "cur" / f"{message.name}{_FLAGS}{flags}")


def _belong(path: Path) -> None:
    """Hand a new file over to whom its directory belongs to, when we may."""
    owner = path.parent.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(path, owner.st_uid, owner.st_gid)
