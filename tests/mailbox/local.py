# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small IMAP4rev1 server of our own over a maildir (RFC 3501): what imaplib needs, and failures on demand."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import formatdate
from pathlib import Path

from . import maildir
from .mailbox import HOST, INBOX, Mailbox
from .maildir import Stored

_TIMEOUT = 60.0
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n$")
_WORD = re.compile(
    r'\s*(?:"((?:[^"\\]|\\.)*)"|(\()|(\))|([A-Za-z0-9.]+\[[^\]]*\](?:<\d+\.\d+>)?)|([^\s()"]+))',
    re.DOTALL,
)
_BODY = re.compile(r"(BODY(?:\.PEEK)?)\[(|HEADER)\](?:<(\d+)\.(\d+)>)?$", re.IGNORECASE)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_FLAG_NAMES = {"S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "T": "\\Deleted", "D": "\\Draft"}

Words = list[str]


class _No(Exception):
    """The command is refused."""


class _Bad(Exception):
    """The command makes no sense."""


class _Drop(Exception):
    """The connection is to be cut."""


@dataclass
class _Uids:
    """UIDs of one folder."""

    validity: int
    upcoming: int = 1
    known: dict[str, int] = field(default_factory=dict)


class Local(Mailbox):
    """The server: one thread for each connection.

    Tests may set: `drops`, names of commands at whose next arrival the connection is cut, each once; `read_only`, no
    folder can be changed; `plain`, whether AUTHENTICATE PLAIN is offered beside LOGIN; `unavailable`, no login works
    now. `commands` is what was asked for, without arguments.
    """

    def __init__(self, username: str = "alice@sandbox.test") -> None:
        self.drops: list[str] = []
        self.commands: list[str] = []
        self.read_only = self.unavailable = False
        self.plain = True
        self.lock = threading.RLock()
        self._listener = socket.socket()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._uids: dict[Path, _Uids] = {}
        super().__init__(username)
        self._known = (self.username, self.password)

    def renew(self) -> None:
        """Empty, and everything in order again; UIDs go on."""
        self.clear()
        self.drops, self.commands = [], []
        self.read_only = self.unavailable = False
        self.plain = True
        self.username, self.password = self._known

    def reset_uids(self, folder: str = INBOX) -> None:
        """Sessions that are open see it when they select the folder again."""
        with self.lock:
            path = self.maildir(folder)
            self._uids[path] = _Uids(self.folder(path).validity + 1)

    def folder(self, path: Path) -> _Uids:
        """The UIDs of a folder, those of new messages too."""
        with self.lock:
            uids = self._uids.setdefault(path, _Uids(int(time.time())))
            for message in maildir.messages(path):
                if message.name not in uids.known:
                    uids.known[message.name] = uids.upcoming
                    uids.upcoming += 1
            return uids

    def _start(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._leaf.configure_cert(context)
        self._listener.bind((HOST, 0))
        self._listener.listen()
        self.port = self._listener.getsockname()[1]
        self._spawn(self._accept, context)

    def _end(self) -> None:
        with self.lock:
            for connection in (self._listener, *self._open):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _spawn(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, context: ssl.SSLContext) -> None:
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            self._spawn(self._serve, context, connection)

    def _serve(self, context: ssl.SSLContext, connection: socket.socket) -> None:
        connection.settimeout(_TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                with self.lock:
                    self._open.add(secure)
                try:
                    _Session(self, secure).run()
                finally:
                    with self.lock:
                        self._open.discard(secure)
        except (OSError, _Drop):
            connection.close()


class _Session:
    """One connection."""

    def __init__(self, server: Local, connection: ssl.SSLSocket) -> None:
        self._server = server
        self._connection = connection
        self._reader = connection.makefile("rb")
        self._authenticated = False
        self._selected: Path | None = None
        self._writable = False

    def run(self) -> None:
        """Answer every command until LOGOUT."""
        self._send(f"* OK [{self._capability()}] ready")
        while (found := self._command()) is not None:
            tag, name, words = found
            self._server.commands.append(name)
            if name in self._server.drops:
                self._server.drops.remove(name)
                raise _Drop
            try:
                done = self._do(tag, name, words)
            except _No as error:
                self._send(f"{tag} NO {error}")
                continue
            except (_Bad, ValueError, IndexError, binascii.Error) as error:
                self._send(f"{tag} BAD {error}")
                continue
            self._send(f"{tag} OK {done}")
            if name == "LOGOUT":
                return

    def _do(self, tag: str, name: str, words: Words) -> str:
        if name in ("CAPABILITY", "NOOP", "LOGOUT"):
            return self._always(name)
        if name == "LOGIN":
            return self._login(words[0], words[1])
        if name == "AUTHENTICATE":
            return self._authenticate(words)
        if not self._authenticated:
            raise _Bad("log in first")
        if name in ("SELECT", "EXAMINE"):
            return self._select(words[0], writable=name == "SELECT" and not self._server.read_only)
        if name == "STATUS":
            return self._status(words[0])
        if self._selected is None:
            raise _Bad("select a folder first")
        if name == "CLOSE":
            self._selected = None
            return "closed"
        if name == "UID" and words[0].upper() in ("SEARCH", "FETCH", "STORE"):
            kind = words[0].upper()
            {"SEARCH": self._search, "FETCH": self._fetch, "STORE": self._store}[kind](words[1:])
            return f"{kind} done"
        raise _Bad("unknown command")

    def _always(self, name: str) -> str:
        if name == "CAPABILITY":
            self._send(f"* {self._capability()}")
        elif name == "LOGOUT":
            self._send("* BYE bye")
        return f"{name} done"

    # Who it is

    def _capability(self) -> str:
        return "CAPABILITY IMAP4rev1" + (" AUTH=PLAIN SASL-IR" if self._server.plain else "")

    def _login(self, username: str, password: str) -> str:
        if self._server.unavailable:
            raise _No("[UNAVAILABLE] come back later")
        if (username, password) != (self._server.username, self._server.password):
            raise _No("[AUTHENTICATIONFAILED] wrong")
        self._authenticated = True
        return f"[{self._capability()}] welcome"

    def _authenticate(self, words: Words) -> str:
        if words[0].upper() != "PLAIN" or not self._server.plain:
            raise _No("no such mechanism")
        if len(words) > 1:
            answer = words[1]
        else:
            self._connection.sendall(b"+ \r\n")
            answer = self._reader.readline().decode("ascii").strip()
        _identity, username, password = base64.b64decode(answer).decode().split("\0")
        return self._login(username, password)

    # Folders

    def _path(self, name: str) -> Path:
        root = self._server.maildir()
        path = root if name.upper() == INBOX else root / f".{name}"
        if not path.is_dir():
            raise _No("[NONEXISTENT] no such folder")
        return path

    def _select(self, name: str, *, writable: bool) -> str:
        path = self._path(name)
        uids = self._server.folder(path)
        self._selected, self._writable = path, writable
        self._send("* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft)")
        self._send(f"* {len(maildir.messages(path))} EXISTS")
        self._send("* 0 RECENT")
        self._send(f"* OK [UIDVALIDITY {uids.validity}] valid")
        self._send(f"* OK [UIDNEXT {uids.upcoming}] next")
        return "[READ-WRITE] selected" if writable else "[READ-ONLY] selected"

    def _status(self, name: str) -> str:
        uids = self._server.folder(self._path(name))
        self._send(f'* STATUS "{name}" (UIDNEXT {uids.upcoming} UIDVALIDITY {uids.validity})')
        return "STATUS done"

    # Messages

    def _messages(self) -> list[tuple[int, int, Stored]]:
        """Sequence number, UID, message."""
        assert self._selected is not None
        uids = self._server.folder(self._selected).known
        found = sorted((uids[item.name], item) for item in maildir.messages(self._selected) if item.name in uids)
        return [(number, uid, item) for number, (uid, item) in enumerate(found, 1)]

    def _search(self, words: Words) -> None:
        found = self._messages()
        tests: list[Callable[[int, Stored], bool]] = []
        rest = iter(words)
        for word in rest:
            tests.append(_criterion(word.upper(), rest, max((uid for _number, uid, _item in found), default=0)))
        hits = [str(uid) for _number, uid, item in found if all(test(uid, item) for test in tests)]
        self._send(" ".join(("* SEARCH", *hits)))

    def _fetch(self, words: Words) -> None:
        found = self._messages()
        chosen = _uid_set(words[0], max((uid for _number, uid, _item in found), default=0))
        items = [word for word in words[1:] if word not in "()"]
        for number, uid, item in found:
            if not chosen(uid):
                continue
            parts = [f"UID {uid}".encode(), *(self._item(name, item) for name in items if name.upper() != "UID")]
            self._connection.sendall(b"* %d FETCH (%s)\r\n" % (number, b" ".join(parts)))

    def _item(self, name: str, item: Stored) -> bytes:
        if name.upper() == "FLAGS":
            return f"FLAGS ({_flags(item)})".encode()
        if name.upper() == "INTERNALDATE":
            return f'INTERNALDATE "{_internal_date(item.arrived)}"'.encode()
        if name.upper() == "RFC822.SIZE":
            return f"RFC822.SIZE {len(_sent(item))}".encode()
        match = _BODY.match(name)
        if match is None:
            raise _Bad("unknown item")
        raw = _sent(item)
        if match[2]:
            raw = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        label = f"BODY[{match[2].upper()}]"
        if match[3] is not None:
            start = int(match[3])
            raw, label = raw[start : start + int(match[4])], f"{label}<{start}>"
        if match[1].upper() == "BODY":
            self._mark(item, maildir.SEEN)
        return f"{label} {{{len(raw)}}}\r\n".encode() + raw

    def _store(self, words: Words) -> None:
        if not self._writable:
            raise _No("read-only")
        found = self._messages()
        chosen = _uid_set(words[0], max((uid for _number, uid, _item in found), default=0))
        how, flags = words[1].upper(), [word for word in words[2:] if word not in "()"]
        letters = {name: letter for letter, name in _FLAG_NAMES.items()}
        if how not in ("+FLAGS", "+FLAGS.SILENT") or any(name not in letters for name in flags):
            raise _Bad("unknown change")
        for _number, uid, item in found:
            if chosen(uid):
                for name in flags:
                    self._mark(item, letters[name])

    def _mark(self, item: Stored, flag: str) -> None:
        assert self._selected is not None
        with self._server.lock:
            for current in maildir.messages(self._selected):
                if current.name == item.name:
                    maildir.mark(self._selected, current, flag)

    # Lines

    def _command(self) -> tuple[str, str, Words] | None:
        line = b""
        while True:
            part = self._reader.readline()
            if not part.endswith(b"\r\n"):
                return None
            literal = _LITERAL.search(part)
            if literal is None:
                line += part
                break
            if not literal[2]:
                self._connection.sendall(b"+ go on\r\n")
            text = self._reader.read(int(literal[1])).decode("utf-8")
            quoted = text.replace("\\", "\\\\").replace('"', '\\"')
            line += part[: literal.start()] + f'"{quoted}"'.encode()
        words = _words(line.decode("utf-8").rstrip("\r\n"))
        return words[0], words[1].upper() if len(words) > 1 else "", words[2:]

    def _send(self, line: str) -> None:
        self._connection.sendall(line.encode() + b"\r\n")


def _sent(item: Stored) -> bytes:
    """A message as it travels: with the line ends of the network."""
    return re.sub(rb"\r?\n", b"\r\n", item.raw)


def _words(line: str) -> Words:
    found = []
    for quoted, *others in _WORD.findall(line):
        other = next((text for text in others if text), None)
        found.append(re.sub(r"\\(.)", r"\1", quoted) if other is None else other)
    return found


def _criterion(word: str, arguments: Iterator[str], highest: int) -> Callable[[int, Stored], bool]:
    if word == "ALL":
        return lambda _uid, _item: True
    if word in ("SEEN", "UNSEEN"):
        return lambda _uid, item: item.seen is (word == "SEEN")
    if word == "UID":
        chosen = _uid_set(next(arguments), highest)
        return lambda uid, _item: chosen(uid)
    if word == "SINCE":
        day, month, year = next(arguments).split("-")
        since = datetime(int(year), _MONTHS.index(month) + 1, int(day), tzinfo=timezone.utc).timestamp()
        return lambda _uid, item: item.arrived >= since
    raise _Bad("unknown criterion")


def _uid_set(text: str, highest: int) -> Callable[[int], bool]:
    """RFC 3501: the ends of a range come in any order, and `*` is the last message; so `9:*` always has that one."""
    ranges = []
    for part in text.split(","):
        ends = [highest if end == "*" else int(end) for end in part.split(":")]
        ranges.append((min(ends), max(ends)))
    return lambda uid: any(low <= uid <= high for low, high in ranges)


def _flags(item: Stored) -> str:
    return " ".join(_FLAG_NAMES[letter] for letter in item.flags if letter in _FLAG_NAMES)


def _internal_date(arrived: float) -> str:
    """RFC 3501: the day is padded with a space."""
    _weekday, day, month, year, clock, _zone = formatdate(arrived, usegmt=True).split()
    return f"{int(day):2d}-{month}-{year} {clock} +0000"
