# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""One-time codes that come by e-mail, read from an IMAP mailbox (Akiflow page, section 8)."""

from __future__ import annotations

import base64
import contextlib
import fnmatch
import imaplib
import re
import ssl
import time
import typing as t
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from html.parser import HTMLParser

from . import secrets
from .errors import Failure
from .signals import allowed

INTERVAL = 3.0  # seconds between two looks
CONNECT = 30.0  # seconds for one answer of the server at the most
EARLY = 60.0  # seconds by which the clock of the mail server may be behind ours
LARGEST = 262_144  # bytes of a message that are read
SEEN = r"(\Seen)"

_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# One address, with or without a name before it; whatever is less plain might show another sender than it has.
_ADDRESS = r'[^\s<>()",;:@]+@[^\s<>()",;:@]+'
_FROM = re.compile(rf"""(?:"(?:[^"\\]|\\.)*" ?|[^"<>@,;:()]*)<({_ADDRESS})>|({_ADDRESS})""")
_HEADER = 2000  # characters of a header that are read
_INLINE = frozenset({"a", "b", "big", "code", "em", "font", "i", "kbd", "mark", "small", "span", "strong", "tt", "u"})
_UNSHOWN = frozenset({"head", "script", "style", "template", "title"})


@dataclass(frozen=True)
class Mailbox:
    """Where the code arrives.

    :param host: IMAP server; it is spoken to over TLS alone.
    :param username: name of the mailbox.
    :param password: its password, often an app password.
    :param folder: where the mail arrives.
    :param sender: who may send codes: a domain, which stands for its subdomains too, or an address; either with `*`.
    :param ca_path: file with the CA certificates to trust instead of the system's.
    :param validate_certs: whether the server's certificate is checked.
    :param timeout: seconds that `code` waits.
    """

    host: str
    port: int = 993
    username: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    sender: str = "akiflow.com"
    ca_path: str | None = None
    validate_certs: bool = True
    timeout: float = 120.0

    def mark(self, clock: t.Callable[[], float] = time.time) -> dict[str, t.Any]:
        """Remember how far the mailbox is, before a code is asked for; also finds out whether it can be used at all.

        :returns: what `code` needs; fit for JSON, and no secret.
        :raises Failure: `not_reachable`, `crypto`, `credentials_rejected` or `definition`.
        """
        now = clock()
        with allowed(), _Connection(self) as connection:
            validity, upcoming = connection.status()
            connection.select()
        return {"uidvalidity": validity, "uidnext": upcoming, "time": now}

    def code(
        self,
        mark: t.Mapping[str, t.Any],
        recipient: str,
        sleep: t.Callable[[float], None] = time.sleep,
        monotonic: t.Callable[[], float] = time.monotonic,
    ) -> str:
        """Wait for the code. Its mail is marked as seen, so that another call only finds a newer one; none is deleted.

        :param mark: from `mark`, before the code was asked for.
        :param recipient: address that the mail must have been sent to.
        :returns: six digits.
        :raises Failure: `two_factor_needed` when none came in time, `unexpected_response` when it is not clear which of
            several is meant, or as `mark`.
        """
        started, slept = monotonic(), 0.0
        watch = _Watch(self, mark, recipient)
        with allowed(), contextlib.closing(watch):
            while True:
                found = watch.look()
                if found is not None:
                    secrets.add(found)
                    return found
                left = self.timeout - max(slept, monotonic() - started)
                if left <= 0:
                    raise watch.nothing()
                nap = min(INTERVAL, left)
                sleep(nap)
                slept += nap


class _Watch:
    """Looks into the mailbox again and again, over one connection as long as that lives."""

    def __init__(self, mailbox: Mailbox, mark: t.Mapping[str, t.Any], recipient: str) -> None:
        self._mailbox = mailbox
        self._recipient = recipient.strip().lower()
        try:
            self._validity, self._upcoming = int(mark["uidvalidity"]), int(mark["uidnext"])
            self._earliest = float(mark["time"]) - EARLY
        except (KeyError, TypeError, ValueError) as exc:
            raise Failure("definition", "What was noted of the mailbox before the code was asked for is lost.") from exc
        self._connection: _Connection | None = None
        self._others: set[tuple[int, int]] = set()
        self._lost: Failure | None = None

    def look(self) -> str | None:
        """The code, if it is there. A connection that was lost is made anew at the next look."""
        try:
            if self._connection is None:
                self._connection = _Connection(self._mailbox)
                self._connection.select()
                fresh = True
            else:
                fresh = False
            found = self._look(self._connection, fresh)
        except Failure as failure:
            self.close()
            if failure.kind != "not_reachable":
                raise
            self._lost = failure
            return None
        self._lost = None
        return found

    def nothing(self) -> Failure:
        """Why there is no code."""
        if self._lost is not None:
            return self._lost
        others = len(self._others)
        seen = f" {others} other new message{'s' if others > 1 else ''} did not fit." if others else ""
        mailbox = self._mailbox
        return Failure(
            "two_factor_needed",
            f"Within {mailbox.timeout:.0f} seconds no code for {self._recipient} from {mailbox.sender} came to "
            f"{mailbox.folder} of {mailbox.username}.{seen}",
            methods=["email"],
            hint="Check that the mail arrives there, and who sends it.",
        )

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _look(self, connection: _Connection, fresh: bool) -> str | None:
        validity = connection.validity if fresh else connection.select()
        same = validity == self._validity
        lowest = self._upcoming if same else 1
        codes: dict[str, list[int]] = {}
        for uid in connection.new(lowest, None if same else self._earliest):
            if uid < lowest or (validity, uid) in self._others:
                continue
            code = self._code(connection, uid)
            if code is None:
                self._others.add((validity, uid))
            else:
                codes.setdefault(code, []).append(uid)
        if not codes:
            return None
        if len(codes) > 1:
            raise _unclear(f"{len(codes)} mails with different codes for {self._recipient} arrived")
        code, uids = next(iter(codes.items()))
        connection.seen(uids)
        return code

    def _code(self, connection: _Connection, uid: int) -> str | None:
        """The code in one message; None when it is not for us."""
        arrived, raw = connection.message(uid)
        if arrived is None or arrived < self._earliest:
            return None
        try:
            message = message_from_bytes(raw, policy=policy.compat32)
            if not _sent_by(message, self._mailbox.sender) or not _sent_to(message, self._recipient):
                return None
            return code_in(message)
        except (MessageError, LookupError, ValueError, RecursionError):  # what is no mail has no code
            return None


class _Connection:
    """One IMAP session; everything that goes wrong is a Failure."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self.validity = 0
        self._settled = self._broken = False
        for value in (mailbox.host, mailbox.username, mailbox.password, mailbox.folder, mailbox.sender):
            if not value or any(char in value for char in "\r\n\0"):
                raise Failure("definition", "The mailbox needs a host, username, password, folder and sender.")
        secrets.add(mailbox.password)
        context = self._context()
        try:
            self._imap = imaplib.IMAP4_SSL(
                mailbox.host, mailbox.port, ssl_context=context, timeout=min(CONNECT, max(1.0, mailbox.timeout))
            )
        except ssl.SSLCertVerificationError as exc:
            raise Failure(
                "crypto",
                f"{self._where} has no certificate that is trusted ({exc.verify_message}).",
                hint="Give mailbox_ca_path if it has one of its own CA.",
            ) from exc
        except ssl.SSLError as exc:
            raise Failure("crypto", f"{self._where} does not speak TLS as it should ({exc.reason}).") from exc
        except (OSError, imaplib.IMAP4.error, UnicodeError) as exc:
            raise self._unreachable(exc) from exc
        try:
            self._login()
        except BaseException:
            self.close()
            raise

    def status(self) -> tuple[int, int]:
        """UIDVALIDITY and UIDNEXT of the folder."""
        (line,) = self._ask("STATUS", _quoted(_utf7(self._mailbox.folder)), "(UIDVALIDITY UIDNEXT)")[:1] or [b""]
        text = line.decode("utf-8", "replace") if isinstance(line, bytes) else ""
        found = {
            name.upper(): int(number) for name, number in re.findall(r"(UIDVALIDITY|UIDNEXT) ([0-9]+)", text, re.I)
        }
        if len(found) < 2:
            raise _unclear(f"{self._where} does not number the messages of {self._mailbox.folder!r}")
        return found["UIDVALIDITY"], found["UIDNEXT"]

    def select(self) -> int:
        """Open the folder to change it; also shows what is new. Its UIDVALIDITY comes back."""
        with self._failures():
            try:
                kind, _data = self._imap.select(_quoted(_utf7(self._mailbox.folder)))
            except imaplib.IMAP4.readonly as exc:
                raise Failure(
                    "definition",
                    f"{self._mailbox.username} may not mark mails in {self._mailbox.folder!r} as seen.",
                ) from exc
            if kind != "OK":
                raise self._no_folder()
            _name, values = self._imap.response("UIDVALIDITY")
            if not values or not isinstance(values[-1], bytes) or not values[-1].isdigit():
                raise _unclear(f"{self._where} does not number the messages of {self._mailbox.folder!r}")
            self.validity = int(values[-1])
        self._settled = True
        return self.validity

    def new(self, lowest: int, earliest: float | None) -> list[int]:
        """UIDs of unseen messages from `lowest` up; SINCE knows days alone, and those of the server's zone."""
        criteria = ["UNSEEN", "UID", f"{lowest}:*"]
        if earliest is not None:
            day = time.gmtime(earliest - 86400)
            criteria += ["SINCE", f"{day.tm_mday}-{_MONTHS[day.tm_mon - 1]}-{day.tm_year}"]
        found = b" ".join(line for line in self._ask("UID", "SEARCH", *criteria) if isinstance(line, bytes))
        return sorted({int(uid) for uid in found.split() if uid.isdigit()})

    def message(self, uid: int) -> tuple[float | None, bytes]:
        """When a message arrived, by the server's clock, and its beginning; nothing when it went away."""
        for part in self._ask("UID", "FETCH", str(uid), f"(UID INTERNALDATE BODY.PEEK[]<0.{LARGEST}>)"):
            if isinstance(part, tuple) and len(part) == 2 and isinstance(part[1], bytes):
                arrived = imaplib.Internaldate2tuple(part[0])
                if arrived is not None:
                    return time.mktime(arrived), part[1]
        return None, b""

    def seen(self, uids: t.Iterable[int]) -> None:
        """Mark messages, so that nobody takes their code again."""
        self._ask("UID", "STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", SEEN)

    def close(self) -> None:
        """Say goodbye, unless the other side is gone."""
        if not self._broken:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                self._imap.logout()
        with contextlib.suppress(OSError):
            self._imap.shutdown()

    def _login(self) -> None:
        """AUTHENTICATE takes any name and password; LOGIN, for servers without, knows ASCII alone."""
        username, password = self._mailbox.username, self._mailbox.password
        with self._failures():
            try:
                if "AUTH=PLAIN" in self._imap.capabilities:
                    self._imap.authenticate("PLAIN", lambda _challenge: f"\0{username}\0{password}".encode())
                else:
                    self._imap.login(_quoted(username), password)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as exc:
                if "[UNAVAILABLE]" in str(exc).upper():
                    raise Failure("not_reachable", f"{self._where} lets nobody in at the moment.") from None
                raise Failure(
                    "credentials_rejected",
                    f"{self._where} refused the password of {username!r}.",
                    hint="Many mail services want an app password.",
                    rejected=("mailbox_password",),
                ) from None
            except UnicodeError:
                raise Failure("definition", f"{self._where} takes names and passwords in ASCII alone.") from None

    def _ask(self, *command: str) -> list[t.Any]:
        with self._failures():
            if command[0] == "UID":
                kind, data = self._imap.uid(*command[1:])
            else:
                kind, data = self._imap.status(*command[1:])
            if kind == "OK":
                return list(data or [])
            if command[0] == "STATUS":
                raise self._no_folder()
            raise _unclear(f"{self._where} refused {command[0]} {command[1]}")

    @contextlib.contextmanager
    def _failures(self) -> t.Iterator[None]:
        """An IMAP session that broke is one that can be made again."""
        try:
            yield
        except (imaplib.IMAP4.abort, OSError) as exc:
            self._broken = True
            raise self._unreachable(exc) from exc
        except imaplib.IMAP4.error as exc:
            raise _unclear(f"{self._where} said what IMAP does not know") from exc

    def _context(self) -> ssl.SSLContext:
        mailbox = self._mailbox
        try:
            context = ssl.create_default_context(cafile=mailbox.ca_path or None)
        except (OSError, ssl.SSLError) as exc:
            raise Failure("definition", f"mailbox_ca_path {mailbox.ca_path!r} cannot be read.") from exc
        if not mailbox.validate_certs:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _no_folder(self) -> Failure:
        """A folder that was there a moment ago is one whose UIDs were made anew: worth another connection."""
        message = f"{self._mailbox.username} has no folder {self._mailbox.folder!r} at {self._where}."
        return Failure("not_reachable" if self._settled else "definition", message)

    def _unreachable(self, exc: BaseException) -> Failure:
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else type(exc).__name__
        return Failure("not_reachable", f"The mailbox at {self._where} does not answer ({why}).")

    @property
    def _where(self) -> str:
        return f"{self._mailbox.host}:{self._mailbox.port}"

    def __enter__(self) -> _Connection:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def code_in(message: Message) -> str | None:
    """The six digits that a mail brings: in its text, else in its page; of several the one in the subject.

    :returns: None when there are none.
    :raises Failure: `unexpected_response` when it is not clear which are meant.
    """
    subject = set(_CODE.findall(_header(message, "Subject")))
    for found in (set(_CODE.findall(_text(message, "plain"))), set(_CODE.findall(_text(message, "html"))), subject):
        if len(found) == 1:
            return found.pop()
        if found:
            if len(found & subject) == 1:
                return (found & subject).pop()
            raise _unclear(f"A mail with {len(found)} different codes arrived")
    return None


def _unclear(what: str) -> Failure:
    return Failure("unexpected_response", f"{what}.")


def _sent_by(message: Message, pattern: str) -> bool:
    """Whether the one sender is who may send codes."""
    senders = message.get_all("From") or []
    match = _FROM.fullmatch(_unfolded(senders[0])) if len(senders) == 1 else None
    if match is None:
        return False
    address, pattern = (match[1] or match[2]).lower(), pattern.strip().lower()
    if "@" in pattern.lstrip("@"):
        return fnmatch.fnmatchcase(address, pattern)
    domain, pattern = address.rpartition("@")[2], pattern.lstrip("@")
    return any(fnmatch.fnmatchcase(domain, wanted) for wanted in (pattern, f"*.{pattern}"))


def _sent_to(message: Message, recipient: str) -> bool:
    headers = [_unfolded(value) for name in ("To", "Delivered-To") for value in message.get_all(name) or ()]
    return any(address.strip().lower() == recipient for _name, address in getaddresses(headers))


def _header(message: Message, name: str) -> str:
    value = _unfolded(message.get(name, ""))
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, LookupError, ValueError):  # encoded by nobody knows what
        return value


def _unfolded(value: t.Any) -> str:
    return " ".join(str(value)[:_HEADER].split())


def _text(message: Message, kind: str) -> str:
    """All parts of `text/kind`, without attachments; of pages what one reads."""
    found = []
    for part in message.walk():
        if part.get_content_type() != f"text/{kind}" or part.get_content_disposition() == "attachment":
            continue
        raw = part.get_payload(decode=True)
        if isinstance(raw, bytes):
            found.append(_decoded(raw, part.get_content_charset() or "utf-8"))
    text = "\n".join(found)
    return _Page.read(text) if kind == "html" else text


def _decoded(raw: bytes, charset: str) -> str:
    try:
        return raw.decode(charset, "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


class _Page(HTMLParser):
    """What one reads of a page: digits in cells of their own are no single number, digits in words of one line are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._unshown = 0

    @classmethod
    def read(cls, text: str) -> str:
        page = cls()
        page.feed(text)
        page.close()
        return "".join(page.found)

    def handle_starttag(self, tag: str, attrs: t.Any) -> None:
        if tag in _UNSHOWN:
            self._unshown += 1
        if tag not in _INLINE:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSHOWN and self._unshown:
            self._unshown -= 1
        if tag not in _INLINE:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unshown:
            self.found.append(data)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _utf7(name: str) -> str:
    """The name of a folder as IMAP has it (RFC 3501, section 5.1.3)."""

    def encoded(match: re.Match[str]) -> str:
        if match[0] == "&":
            return "&-"
        return "&" + base64.b64encode(match[0].encode("utf-16-be")).decode("ascii").rstrip("=").replace("/", ",") + "-"

    return re.sub("&|[^ -~]+", encoded, name)
