# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Entries as files of one directory: written aside, fsynced, renamed; locked by the kernel."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
import struct
import tempfile
import time
import typing as t

from ..errors import Failure
from .base import LOCK_WAIT, NOTICE, Entry, Store

_HEADER = struct.Struct(">4sQ")  # magic with the file format's version, revision
_MAGIC = b"GHS1"
_SUFFIX = ".session"
_LONGEST = 200  # bytes of a file name, with room for suffixes
_LARGEST = 16 * 1024 * 1024  # bytes of a file


class FileStore(Store):
    """One file per entry below a directory that only its owner can enter.

    :param directory: made with mode 0700 on first write; its parents with the normal umask.
    """

    def __init__(self, directory: str) -> None:
        self.directory = os.path.abspath(os.path.expanduser(directory))

    @property
    def place(self) -> str:
        return self.directory

    def key_file(self) -> str:
        self._make()
        return os.path.join(self.directory, "key")

    def path(self, key: str) -> str:
        """The file of a key. Characters that file systems treat in their own way are percent-encoded."""
        name = re.sub(rb"[^a-z0-9._@-]", lambda found: b"%%%02X" % found.group()[0], key.encode("utf-8")).decode(
            "ascii"
        )
        if len(name) > _LONGEST:
            raise Failure(
                "definition", f"The name {key[:40]}... is too long for a file store.", hint="Choose a shorter one."
            )
        if name.startswith("."):
            name = "%2E" + name[1:]
        return os.path.join(self.directory, name + _SUFFIX)

    @contextlib.contextmanager
    def lock(self, key: str, wait: float = LOCK_WAIT, waiting: t.Callable[[], None] = lambda: None) -> t.Iterator[None]:
        self._make()
        path = self.path(key)[: -len(_SUFFIX)] + ".lock"
        # The lock file is never removed: a lock on an unlinked file would exclude nobody.
        descriptor = self._open(path, os.O_RDWR | os.O_CREAT)
        try:
            begun = time.monotonic()
            pause, said = 0.005, False
            while not _locked(descriptor):
                waited = time.monotonic() - begun
                if waited > NOTICE and not said:
                    said = True
                    waiting()
                if waited > wait:
                    raise Failure(
                        "store",
                        f"Another process has held the lock of {key!r} in {self.directory} for {wait:g} seconds.",
                        hint=f"See who holds it: fuser {path}",
                    )
                time.sleep(pause)
                pause = min(pause * 1.5, 0.1)
            yield
        finally:
            os.close(descriptor)

    def read(self, key: str) -> Entry | None:
        if not self._exists():
            return None
        path = self.path(key)
        try:
            descriptor = self._open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as stream:
            content = stream.read(_LARGEST)
        if len(content) < _HEADER.size or content[:4] != _MAGIC:
            raise Failure("store", f"{path} is damaged.", hint="Remove it; the session is then opened anew.")
        return Entry(_HEADER.unpack_from(content)[1], content[_HEADER.size :])

    def write(self, key: str, entry: Entry, expected: int) -> None:
        self._make()
        present = self.read(key)
        found = present.revision if present else 0
        if found != expected:
            raise Failure("conflict", f"{key!r} in {self.directory} has revision {found}, not {expected}.")
        write_private(self.path(key), _HEADER.pack(_MAGIC, entry.revision) + entry.sealed)

    def delete(self, key: str) -> bool:
        if not self._exists():
            return False
        try:
            os.unlink(self.path(key))
        except FileNotFoundError:
            return False
        except OSError as exc:
            raise Failure("store", f"{self.path(key)} cannot be removed: {exc.strerror}.") from exc
        _sync_directory(self.directory)
        return True

    def keys(self) -> t.Iterator[str]:
        if not self._exists():
            return
        for name in sorted(os.listdir(self.directory)):
            if name.endswith(_SUFFIX):
                encoded = name[: -len(_SUFFIX)]
                yield (
                    re.sub(r"%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), encoded).encode("latin-1").decode()
                )

    def _exists(self) -> bool:
        """Whether the directory is there; refuses one that others could enter."""
        try:
            check_private(self.directory, os.lstat(self.directory), stat.S_ISDIR, "directory", "0700")
        except FileNotFoundError:
            return False
        except OSError as exc:
            raise Failure("store", f"The store {self.directory} cannot be read: {exc.strerror}.") from exc
        return True

    def _make(self) -> None:
        if self._exists():
            return
        try:
            os.makedirs(os.path.dirname(self.directory), exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.mkdir(self.directory, 0o700)
        except OSError as exc:
            raise Failure(
                "store",
                f"The store {self.directory} cannot be made: {exc.strerror}.",
                hint="Choose another place with the option store or GATEHOUSE_STORE.",
            ) from exc

    def _open(self, path: str, flags: int) -> int:
        try:
            descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            raise
        except OSError as exc:
            reason = "it is a symbolic link" if exc.errno == errno.ELOOP else exc.strerror
            raise Failure("store", f"{path} cannot be opened: {reason}.") from exc
        try:
            check_private(path, os.fstat(descriptor), stat.S_ISREG, "file", "0600")
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def check_private(path: str, found: os.stat_result, kind: t.Callable[[int], bool], noun: str, mode: str) -> None:
    """Refuse what is not a plain file or directory of our own that nobody else may use.

    :raises Failure: `store`.
    """
    if not kind(found.st_mode):
        raise Failure("store", f"{path} is no {noun} (a symbolic link is refused, too).")
    if found.st_uid != os.geteuid():
        raise Failure("store", f"{path} belongs to another user (uid {found.st_uid}).")
    if found.st_mode & 0o077:
        raise Failure(
            "store",
            f"{path} is open to other users (mode {stat.S_IMODE(found.st_mode):04o}).",
            hint=f"If nobody has read it: chmod {mode} {path}",
        )


def write_private(path: str, content: bytes) -> None:
    """Replace a file's content, mode 0600: written aside, fsynced, renamed, directory fsynced.

    :raises Failure: `store`; the old content is then still there.
    """
    directory = os.path.dirname(path)
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=".new-", dir=directory)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(temporary, path)
        _sync_directory(directory)
    except OSError as exc:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise Failure("store", f"{path} cannot be written: {exc.strerror}.") from exc


def _sync_directory(directory: str) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
