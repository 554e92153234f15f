# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mailbox for tests, whatever server it is: what a client of RFC 3501 meets."""

from __future__ import annotations

import imaplib
import ssl
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.mailbox import KINDS, Local, Mailbox, best, maildir, missing, start

Connect = Callable[[], imaplib.IMAP4_SSL]


@pytest.fixture(scope="module", params=sorted(KINDS))
def running(request: pytest.FixtureRequest) -> Iterator[Mailbox]:
    """Return each kind of mailbox that there can be here."""
    if reason := missing(request.param):
        pytest.skip(reason)
    with start(request.param) as mailbox:
        yield mailbox


@pytest.fixture
def mailbox(running: Mailbox) -> Mailbox:
    """Return an empty mailbox."""
    running.clear()
    return running


@pytest.fixture(scope="module")
def running_local() -> Iterator[Local]:
    """Return the one mailbox of our own."""
    with Local() as mailbox:
        yield mailbox


@pytest.fixture
def local(running_local: Local) -> Local:
    """Return a mailbox of our own, which fails on demand; it is empty and in order."""
    running_local.renew()
    return running_local


def connect(mailbox: Mailbox) -> imaplib.IMAP4_SSL:
    context = ssl.create_default_context(cafile=mailbox.ca_file)
    return imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=30)


def login(mailbox: Mailbox, password: str | None = None) -> imaplib.IMAP4_SSL:
    client = connect(mailbox)
    answer = f"\0{mailbox.username}\0{password or mailbox.password}".encode()
    client.authenticate("PLAIN", lambda _challenge: answer)
    return client


@pytest.fixture
def client(mailbox: Mailbox) -> Iterator[imaplib.IMAP4_SSL]:
    """Return a client that is logged in."""
    client = login(mailbox)
    yield client
    client.logout()


def message(text: str = "hello") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@sandbox.test", "b@sandbox.test", "greeting"
    made.set_content(text)
    return made


def found(client: imaplib.IMAP4_SSL, *criteria: str) -> list[int]:
    kind, (line,) = client.uid("SEARCH", *criteria)
    assert kind == "OK"
    return [int(uid) for uid in line.split()]


def status(client: imaplib.IMAP4_SSL) -> str:
    """Of a folder that is not selected: RFC 3501 promises nothing of another."""
    return str(client.status("INBOX", "(UIDNEXT UIDVALIDITY)")[1][0], "ascii")


def upcoming(client: imaplib.IMAP4_SSL) -> int:
    return int(status(client).partition("UIDNEXT ")[2].split()[0])


def test_who_may_come_in(mailbox: Mailbox) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=ssl.create_default_context())
    for password in ("wrong", mailbox.password[:-1], mailbox.password.upper()):
        with pytest.raises(imaplib.IMAP4.error):
            login(mailbox, password)
    client = connect(mailbox)
    with pytest.raises(imaplib.IMAP4.error):
        client._simple_command("SELECT", "INBOX")  # type: ignore[attr-defined]
    client.login(f'"{mailbox.username}"', mailbox.password)
    client.logout()


def test_uids_go_up(mailbox: Mailbox, client: imaplib.IMAP4_SSL) -> None:
    before = upcoming(client)
    mailbox.deliver(message())
    mailbox.deliver(message().as_bytes())
    assert upcoming(client) == before + 2
    assert client.select("INBOX")[1] == [b"2"]
    first, second = found(client, "ALL")
    assert (first, second) == (before, before + 1)
    mailbox.clear()
    mailbox.deliver(message())
    client.select("INBOX")
    assert found(client, "ALL") == [second + 1]


def test_a_range_always_has_the_last_message(mailbox: Mailbox, client: imaplib.IMAP4_SSL) -> None:
    """Section 8, rule 4 of the Akiflow protocol page warns of it."""
    mailbox.deliver(message())
    client.select("INBOX")
    (uid,) = found(client, "ALL")
    assert found(client, "UID", f"{uid + 5}:*") == [uid]
    assert found(client, "UID", f"{uid + 5}") == []


def test_time_of_arrival(mailbox: Mailbox, client: imaplib.IMAP4_SSL) -> None:
    arrived = 1_700_000_000
    mailbox.deliver(message(), arrived=arrived)
    client.select("INBOX")
    assert found(client, "SINCE", "14-Nov-2023")
    assert found(client, "SINCE", "16-Nov-2023") == []
    (part, _end) = client.uid("FETCH", "1:*", "(INTERNALDATE BODY.PEEK[])")[1]
    when = imaplib.Internaldate2tuple(part[0])
    assert when is not None
    assert time.mktime(when) == arrived


def test_reading_and_marking(mailbox: Mailbox, client: imaplib.IMAP4_SSL) -> None:
    mailbox.deliver(message("with a dot\n.\nand two lines"))
    client.select("INBOX")
    (uid,) = found(client, "UNSEEN")

    def fetched(what: str) -> Any:
        return client.uid("FETCH", str(uid), what)[1]

    whole = fetched("(FLAGS BODY.PEEK[])")[0]
    assert b"with a dot\r\n.\r\nand two lines" in whole[1]
    assert b"\\Seen" not in whole[0]
    assert fetched("(BODY.PEEK[]<0.12>)")[0][1] == whole[1][:12]
    assert fetched("(BODY.PEEK[HEADER])")[0][1].endswith(b"\r\n\r\n")
    assert f"RFC822.SIZE {len(whole[1])}".encode() in fetched("(RFC822.SIZE)")[0]
    assert [item.seen for item in mailbox.messages()] == [False]
    assert client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")[0] == "OK"
    assert found(client, "UNSEEN") == []
    assert found(client, "SEEN") == [uid]
    assert [item.seen for item in mailbox.messages()] == [True]
    assert b"\\Seen" in fetched("(FLAGS)")[0]
    assert client.noop()[0] == "OK"


def test_examined_folders_cannot_be_changed(mailbox: Mailbox, client: imaplib.IMAP4_SSL) -> None:
    mailbox.deliver(message())
    client.select("INBOX", readonly=True)
    uids = found(client, "ALL")
    client.uid("STORE", str(uids[0]), "+FLAGS", r"(\Seen)")
    assert [item.seen for item in mailbox.messages()] == [False]


def test_folders(mailbox: Mailbox, client: imaplib.IMAP4_SSL) -> None:
    mailbox.deliver(message(), folder="Größen & Codes")
    assert client.select('"Gr&APYA3w-en &- Codes"') == ("OK", [b"1"])
    assert client.select("INBOX") == ("OK", [b"0"])
    assert client.select('"no such folder"')[0] == "NO"
    mailbox.clear("Größen & Codes")
    assert mailbox.messages("Größen & Codes") == []


def test_uids_anew(mailbox: Mailbox) -> None:
    mailbox.deliver(message())
    mailbox.deliver(message())
    before = login(mailbox)
    old = status(before)
    before.logout()
    mailbox.reset_uids()
    after = login(mailbox)
    assert upcoming(after) == 3
    assert status(after).partition("UIDVALIDITY")[2] != old.partition("UIDVALIDITY")[2]
    after.select("INBOX")
    assert found(after, "ALL") == [1, 2]
    after.logout()


def test_everything_goes_at_the_end() -> None:
    mailbox = start(best())
    directory, port = mailbox.directory, mailbox.port
    mailbox.deliver(message())
    mailbox.stop()
    assert not directory.exists()
    with pytest.raises(ConnectionRefusedError):
        connect_to(port)


def connect_to(port: int) -> None:
    imaplib.IMAP4_SSL("127.0.0.1", port, timeout=5)


# Our own alone


def test_what_may_go_wrong(local: Local) -> None:
    client = login(local)
    local.drops.append("NOOP")
    with pytest.raises(imaplib.IMAP4.abort):
        client.noop()
    client = login(local)
    assert client.noop()[0] == "OK"
    local.read_only = True
    with pytest.raises(imaplib.IMAP4.readonly):
        client.select("INBOX")
    client.shutdown()
    local.unavailable = True
    with pytest.raises(imaplib.IMAP4.error, match="UNAVAILABLE"):
        login(local)
    local.plain = False
    assert connect(local).capabilities == ("IMAP4REV1",)
    assert local.commands.count("SELECT") == 1


def test_literals(local: Local) -> None:
    client = connect(local)
    name = local.username.encode()
    client.send(b"a1 LOGIN {%d}\r\n" % len(name))
    assert client.readline().startswith(b"+")
    client.send(name + b" {%d+}\r\n" % len(local.password) + local.password.encode() + b"\r\n")
    assert client.readline().startswith(b"a1 OK")


def test_no_nonsense(local: Local) -> None:
    client = login(local)
    for line in (b"a1 DANCE", b"a2 UID DANCE", b"a3 SELECT", b"a4", b"a5 UID FETCH 1 (BODY[])"):
        client.send(line + b"\r\n")
        assert client.readline().startswith(line[:2] + b" BAD")
    client.select("INBOX")
    for line in (b"a6 UID SEARCH DANCE", b"a7 UID STORE 1 -FLAGS (\\Seen)", b"a8 UID FETCH x (FLAGS)"):
        client.send(line + b"\r\n")
        assert client.readline().startswith(line[:2] + b" BAD")
    client.logout()


# The maildir


def test_a_message_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "mail"
    name = maildir.deliver(path, b"x: y\n\nz\n", arrived=5.0)
    (stored,) = maildir.messages(path)
    assert (stored.name, stored.raw, stored.arrived, stored.seen) == (name, b"x: y\n\nz\n", 5.0, False)
    assert stored.path.parent.name == "new"
    assert list((path / "tmp").iterdir()) == []
    assert stored.path.stat().st_mode & 0o077 == 0
    maildir.mark(path, stored, "S")
    maildir.mark(path, maildir.messages(path)[0], "F")
    (stored,) = maildir.messages(path)
    assert (stored.path.parent.name, stored.flags, stored.seen) == ("cur", "FS", True)
