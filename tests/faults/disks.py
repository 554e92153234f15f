# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks that are full or cannot be written, for real where that needs no more rights than this process has."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_CHUNK = 4096


class Disk:
    """A small file system that can be filled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filling = path / "filling"

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Not a byte is left inside the block."""
        descriptor = os.open(self._filling, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            with contextlib.suppress(OSError):
                while True:
                    os.write(descriptor, b"x" * _CHUNK)
        finally:
            os.close(descriptor)
        yield
        self._filling.unlink()

    @contextlib.contextmanager
    def read_only(self) -> Iterator[None]:
        """Nothing can be written inside the block."""
        _mount("-o", "remount,ro", str(self.path))
        yield
        _mount("-o", "remount,rw", str(self.path))


@contextlib.contextmanager
def mounted(path: Path) -> Iterator[Disk]:
    """A disk of 256 KiB for a block; skips the test where it cannot be mounted."""
    path.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", "size=256k,mode=0700", "gatehouse-faults", str(path))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a file system can only be mounted by root")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True, capture_output=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


@contextlib.contextmanager
def closed(path: Path) -> Iterator[None]:
    """A directory that its owner cannot write to. Means nothing to root."""
    path.chmod(0o500)
    try:
        yield
    finally:
        path.chmod(0o700)


Spoil = Callable[[Path], None]


def _linked(path: Path) -> None:
    """The same thing elsewhere, and a symbolic link in its place."""
    elsewhere = path.with_name(f"elsewhere-{path.name}")
    path.rename(elsewhere)
    path.symlink_to(elsewhere, target_is_directory=elsewhere.is_dir())


def _widened(path: Path) -> None:
    path.chmod(0o755 if path.is_dir() else 0o644)


def _given_away(path: Path) -> None:
    os.chown(path, 12345, -1)


SPOILT: dict[str, Spoil] = {"a symbolic link": _linked, "open to others": _widened}
if os.geteuid() == 0:
    SPOILT["of another user"] = _given_away
