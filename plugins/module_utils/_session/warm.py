# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The fast path: an open session whose record is fresh, read with nothing but what every worker has loaded.

Every worker that evaluates a lookup compiles this file once more. So it is short, imports nothing of this collection,
and answers None to whatever is out of the ordinary: the client then looks, and says why.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import stat
import struct
import sys
import time
import typing as t

HEADER = struct.Struct(">4sQ")  # magic with the file format's version, revision
MAGIC = b"GHS1"
SUFFIX = ".session"
NONCE = 12  # bytes, for AES-GCM
LARGEST = 16 * 1024 * 1024  # bytes of a file
_ELSEWHERE = ("GATEHOUSE_SESSIONS_FILE", "GATEHOUSE_STORE")
_given: dict[str, str] = {}  # content of files by the option that names them
_last: list[t.Any] = []  # key, definition and fingerprint of the last one

LEEWAY = 30.0  # seconds: a token that dies sooner might not survive the journey

_ciphers: dict[tuple[str, str], tuple[bytes, t.Any]] = {}  # secret and cipher by directory and given key


def given(option: str | None) -> str | None:
    """What the option `store` or `store_key` says: for `@PATH` the content of a file.

    :raises OSError, ValueError: when that cannot be read.
    """
    if not option or option[0] != "@":
        return option
    if option not in _given:
        with open(os.path.expanduser(option[1:]), encoding="utf-8") as stream:
            _given[option] = stream.read().strip()
    return _given[option]


def directory_of(place: str | None) -> str | None:
    """The directory that the option `store` names, with its user; None for another kind of store."""
    if not place or place == "file":
        return state_directory("sessions")
    if place.startswith("file:///"):
        place = place[len("file://") :]
    return os.path.abspath(os.path.expanduser(place)) if place[0] in "/~" else None


def state_directory(name: str) -> str:
    """Where this user's things of a kind are, unless told otherwise."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(base, "gatehouse.api", name)


def file_name(key: str) -> str:
    """The file of a key. Characters that file systems treat in their own way are percent-encoded."""
    if key.isascii() and key.isalnum() and key.islower():
        return key + SUFFIX
    encoded = re.sub(rb"^\.|[^a-z0-9._@-]", lambda found: b"%%%02X" % found.group()[0], key.encode("utf-8"))
    return encoded.decode("ascii") + SUFFIX


def is_private(found: os.stat_result, kind: t.Callable[[int], bool]) -> bool:
    """Whether something is a plain file or directory of our own that nobody else may use."""
    return bool(kind(found.st_mode)) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def key_of(text: str) -> bytes | None:
    """The sealing key that a text stands for: base64 of 32 bytes, or a pass phrase; None below 20 characters."""
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        raw = b""
    if len(raw) == 32:
        return raw
    return hashlib.sha256(b"gatehouse.api store key\0" + text.encode("utf-8")).digest() if len(text) >= 20 else None


def bound(key: str) -> bytes:
    """What is bound to an entry when it is sealed: the format's version and its key."""
    return b"gatehouse.api 1 " + key.encode("utf-8")


def fresh(
    state: str, tokens: t.Any, issued_at: float, expires_at: float | None, now: float, min_ttl: float = 0.0
) -> bool:
    """Whether tokens can be used for `min_ttl` seconds without asking the service."""
    if state not in ("active", "locked") or not tokens:
        return False
    return expires_at is None or expires_at - now > max(min(LEEWAY, (expires_at - issued_at) / 10), min_ttl)


def timestamp(seconds: float | None) -> str | None:
    """RFC 3339 in UTC, to the second; None for what never comes (or lies beyond the calendar)."""
    try:
        return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return None


def fingerprint(secret: bytes, written: t.Any) -> str:
    """A keyed digest of a definition as it was written, and of all the environment that it may take values from."""
    if _last and _last[0] == secret and _last[1] is written:  # many lookups of one template
        return t.cast(str, _last[2])
    surroundings = sorted(
        item
        for item in os.environ.items()
        if item[0].startswith("GATEHOUSE_") and not item[0].startswith(_ELSEWHERE)  # said by `written`, or of no matter
    )
    text = json.dumps([written, surroundings], sort_keys=True, default=str)
    # Not HMAC: BLAKE2 takes a key by itself, and spares each worker what OpenSSL does at its first digest.
    digest = hashlib.blake2b(text.encode("utf-8"), key=secret, person=b"gatehouse define", digest_size=32).hexdigest()
    _last[:] = [secret, written, digest]
    return digest


def read(path: str) -> bytes | None:
    """A private file's content; None when there is none, or it is not private."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        if not is_private(found, stat.S_ISREG) or found.st_size > LARGEST:
            return None
        return os.read(descriptor, found.st_size + 1)
    finally:
        os.close(descriptor)


def record_of(
    place: str | None, key_text: str | None, name: str, written: t.Any, min_ttl: float
) -> dict[str, t.Any] | None:
    """The record of a session that is open, fresh and known to belong to a definition; None in any other case.

    :param place: the option `store`.
    :param key_text: the option `store_key`; empty for the store's own.
    :param written: the definition as written (anything that json takes), or None where nothing defines the session.
    :param min_ttl: seconds.
    """
    try:
        secret, cipher, sealed = _entry(given(place), given(key_text), name)
        record = opened(cipher, name, sealed)
        known = written is None or fingerprint(secret, written) in record["seen"]
        times = (record["issued_at"], record["expires_at"], time.time())
        if (
            not known
            or record["refresh_sent_at"] is not None
            or not fresh(record["state"], record["tokens"], *times, min_ttl)
            or ("leases" in record["data"] and not _leased(record["data"]["leases"]))
        ):
            return None
        if __package__ + ".tally" in sys.modules:  # the callback counts
            sys.modules[__package__ + ".tally"].add("reused", record["data"].get("login_requests", 1))
        return record
    except (ImportError, OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _leased(leases: t.Any) -> bool:
    """Whether this run has its lease of a session for runs alone; without a run nobody needs one."""
    runs = sys.modules.get(__package__ + ".runs")
    run = runs.current() if runs else None
    return run is None or run.id in leases


def opened(cipher: t.Any, key: str, sealed: bytes) -> t.Any:
    """What a store's entry holds.

    :raises ValueError: when it is damaged, or sealed with another key or for another name.
    """
    from cryptography.exceptions import InvalidTag

    try:
        return json.loads(cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound(key)))
    except InvalidTag as exc:
        raise ValueError("sealed otherwise") from exc


def _entry(place: str | None, key_text: str | None, name: str) -> tuple[bytes, t.Any, bytes]:
    """The store's key and cipher, and what it has under a name.

    :raises ValueError, OSError: when there is nothing, or others may read it.
    """
    directory = directory_of(place)
    if directory is None:  # such a store knows by itself
        from . import stores

        secret, cipher = _cipher(str(place), key_text, place)
        return secret, cipher, stores.sealed_bytes(place, key_text, name) or b""
    if not is_private(os.lstat(directory), stat.S_ISDIR):
        raise ValueError("not private")
    secret, cipher = _cipher(directory, key_text, place)
    content = read(os.path.join(directory, file_name(name))) or b""
    if content[:4] != MAGIC:
        raise ValueError("no record")
    return secret, cipher, content[HEADER.size :]


def _cipher(where: str, key_text: str | None, place: str | None) -> tuple[bytes, t.Any]:
    known = (where, key_text or "")
    if known not in _ciphers:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if key_text == "keyring" or not os.path.isabs(where):
            from . import stores

            secret = stores.secret_of(place, key_text)
        else:
            secret = key_of(key_text or (read(os.path.join(where, "key")) or b"").decode("ascii"))
        if secret is None:
            raise ValueError("no key")
        _ciphers[known] = secret, AESGCM(secret)
    return _ciphers[known]
