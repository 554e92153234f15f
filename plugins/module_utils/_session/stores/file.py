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
import tempfile
import typing as t

from .. import warm
from ..errors import Failure
from .base import LOCK_WAIT, Entry, Store, taken

_LONGEST = 210  # bytes of a file name, with room for other suffixes


_held: set[int] = set()  # descriptors of the locks that this process holds


def _release_inherited() -> None:
    """A child that was forked under a lock must not keep it when its parent dies."""
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_release_inherited)


class FileStore(Store):
    """One file per entry below a directory that only its owner can enter.

    :param directory: made with mode 0700 on first write; its parents with the normal umask.
    """

    def __init__(self, directory: str) -> None:
        self.directory = os.path.abspath(os.path.expanduser(directory))

    @property
    def place(self) -> str:
        return self.directory

    def key_file(self) -> str | None:
        self._make()
        return os.path.join(self.directory, "key")

    def path(self, key: str) -> str:
        """The file of a key."""
        name = warm.file_name(key)
        if len(name) > _LONGEST:
            raise Failure(
                "definition", f"The name {key[:40]}... is too long for a file store.", hint="Choose a shorter one."
            )
        return os.path.join(self.directory, name)

    @contextlib.contextmanager
    def lock(self, key: str, wait: float = LOCK_WAIT, waiting: t.Callable[[], None] = lambda: None) -> t.Iterator[None]:
        self._make()
        path = self.path(key)[: -len(warm.SUFFIX)] + ".lock"
        # The lock file is never removed: a lock on an unlinked file would exclude nobody.
        descriptor = self._open(path, os.O_RDWR | os.O_CREAT)
        _held.add(descriptor)
        try:
            if not taken(lambda: _locked(descriptor), wait, waiting):
                raise Failure(
                    "store",
                    f"Another process has held the lock of {key!r} in {self.place} for {wait:g} seconds.",
                    hint=f"See who holds it: fuser {path}",
                )
            yield
        finally:
            if descriptor in _held:  # not in a child that was forked meanwhile
                _held.remove(descriptor)
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
            content = stream.read(warm.LARGEST)
        if len(content) < warm.HEADER.size or content[:4] != warm.MAGIC:
            raise Failure("store", f"{path} is damaged.", hint="Remove it; the session is then opened anew.")
        return Entry(warm.HEADER.unpack_from(content)[1], content[warm.HEADER.size :])

    def write(self, key: str, entry: Entry, expected: int) -> None:
        self._make()
        present = self.read(key)
        found = present.revision if present else 0
        if found != expected:
            raise Failure("conflict", f"{key!r} in {self.place} has revision {found}, not {expected}.")
        write_private(self.path(key), warm.HEADER.pack(warm.MAGIC, entry.revision) + entry.sealed)

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
        names = [name for name in os.listdir(self.directory) if name.endswith(warm.SUFFIX)]
        yield from sorted(
            key for name in names if (key := key_of_file(os.fsencode(name))) and warm.file_name(key) == name
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
            descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
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
    except BaseException as exc:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if isinstance(exc, OSError):
            raise Failure("store", f"{path} cannot be written: {exc.strerror}.") from exc
        raise


def _sync_directory(directory: str) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def key_of_file(name: bytes) -> str:
    """The inverse of `warm.file_name`; empty for a file that is none of ours."""
    decoded = re.sub(rb"%([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), name[: -len(warm.SUFFIX)])
    try:
        return decoded.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
