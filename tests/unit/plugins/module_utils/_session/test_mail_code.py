# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes out of real mailboxes: the right one, never another (Akiflow protocol page, section 8)."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes, message_from_string
from email.message import EmailMessage
from typing import Any

import pytest

from ansible_collections.gatehouse.api.plugins.module_utils._session import mail_code, secrets
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.mail_code import INTERVAL, Mailbox, code_in
from tests.mailbox import KINDS, Local, missing, start
from tests.mailbox import Mailbox as Server
from tests.sandbox.akiflow_probe import PROVIDER, AkiflowProbe
from tests.sandbox.harness import Sandbox
from tests.sandbox.services._akiflow.mails import FOREIGN_SENDER, OTHER_CODE, Letter

ALICE = "alice@sandbox.test"
CODE = "042137"
Deed = Callable[[], Any]


class Naps:
    """Sleeps no time at all: each nap brings the next deed, and moves a clock."""

    def __init__(self, *deeds: Deed) -> None:
        self.deeds = list(deeds)
        self.naps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        if self.deeds:
            self.deeds.pop(0)()

    def monotonic(self) -> float:
        return sum(self.naps)


def nothing() -> None:
    """A nap in which nothing happens."""


@pytest.fixture(scope="module", params=sorted(KINDS))
def running(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Return each kind of mail server that there can be here."""
    if reason := missing(request.param):
        pytest.skip(reason)
    with start(request.param) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """Return a mail server with an empty mailbox."""
    running.clear()
    return running


@pytest.fixture(scope="module")
def running_local() -> Iterator[Local]:
    """Return the one mail server of our own."""
    with Local() as server:
        yield server


@pytest.fixture
def local(running_local: Local) -> Local:
    """Return a mail server of our own, which fails on demand; it is empty and in order."""
    running_local.renew()
    return running_local


def mailbox_of(server: Server, **changes: Any) -> Mailbox:
    known = Mailbox(server.host, server.port, server.username, server.password, ca_path=server.ca_file, timeout=12.0)
    return replace(known, **changes)


def fetch(mailbox: Mailbox, mark: dict[str, Any], *deeds: Deed) -> str:
    naps = Naps(*deeds)
    return mailbox.code(mark, ALICE, naps.sleep, naps.monotonic)


def mail(code: str = CODE, **changes: Any) -> EmailMessage:
    return Letter(ALICE, code, **changes).message()


def seen(server: Server, folder: str = "INBOX") -> list[bool]:
    return [message.seen for message in server.messages(folder)]


@contextlib.contextmanager
def failing(kind: str, match: str | None = None) -> Iterator[pytest.ExceptionInfo[Failure]]:
    with pytest.raises(Failure, match=match) as caught:
        yield caught
    assert caught.value.kind == kind


# What is accepted


def test_the_code_comes_while_waiting(server: Server) -> None:
    mailbox = mailbox_of(server)
    mark = mailbox.mark()
    assert json.loads(json.dumps(mark)) == mark
    assert set(mark) == {"uidvalidity", "uidnext", "time"}
    naps = Naps(nothing, lambda: server.deliver(mail()))
    assert mailbox.code(mark, ALICE, naps.sleep, naps.monotonic) == CODE
    assert naps.naps == [INTERVAL, INTERVAL]
    assert seen(server) == [True]


def test_the_code_is_there_already(server: Server) -> None:
    mailbox = mailbox_of(server)
    mark = mailbox.mark()
    server.deliver(mail())
    naps = Naps()
    assert mailbox.code(mark, ALICE.upper(), naps.sleep, naps.monotonic) == CODE
    assert naps.naps == []


def test_secrets_are_registered(server: Server) -> None:
    mailbox = mailbox_of(server)
    mark = mailbox.mark()
    server.deliver(mail())
    fetch(mailbox, mark)
    assert {CODE, server.password} <= secrets._in_play
    assert server.password not in repr(mailbox)


def test_older_mails_do_not_count_though_a_range_names_the_last(server: Server) -> None:
    server.deliver(mail("111111"))
    mailbox = mailbox_of(server)
    mark = mailbox.mark()
    with failing("two_factor_needed") as caught:
        fetch(mailbox, mark)
    assert "did not fit" not in caught.value.message
    assert seen(server) == [False]
    assert fetch(mailbox, mark, lambda: server.deliver(mail())) == CODE
    assert seen(server) == [False, True]


@pytest.mark.parametrize(("early", "accepted"), [(30, True), (90, False)])
def test_time_of_arrival(server: Server, early: int, accepted: bool) -> None:
    mailbox = mailbox_of(server)
    mark = mailbox.mark()
    server.deliver(mail(), arrived=mark["time"] - early)
    if accepted:
        assert fetch(mailbox, mark) == CODE
        return
    with failing("two_factor_needed", "1 other new message did not fit"):
        fetch(mailbox, mark)
    assert seen(server) == [False]


def test_a_seen_mail_does_not_count(server: Server) -> None:
    """Section 8, rule 10: after a wrong code only a newer one is taken."""
    mailbox = mailbox_of(server)
    mark = mailbox.mark()
    server.deliver(mail("111111"))
    assert fetch(mailbox, mark) == "111111"
    with failing("two_factor_needed"):
        fetch(mailbox, mark)
    server.deliver(mail())
    assert fetch(mailbox, mark) == CODE
    assert seen(server) == [True, True]


def test_one_code_in_two_mails(server: Server) -> None:
    mailbox = mailbox_of(server)
    mark = mailbox.mark()
    server.deliver(mail())
    server.deliver(mail(variant="html"))
    assert fetch(mailbox, mark) == CODE
    assert seen(server) == [True, True]


def test_two_mails_with_different_codes(server: Server) -> None:
    mailbox = mailbox_of(server)
    mark = mailbox.mark()
    server.deliver(mail())
    server.deliver(mail("111111"))
    with failing("unexpected_response", "2 mails with different codes") as caught:
        fetch(mailbox, mark)
    assert CODE not in str(caught.value)
    assert seen(server) == [False, False]


@pytest.mark.parametrize("variant", ["multipart", "html", "subject"])
def test_variants(server: Server, variant: str) -> None:
    mailbox = mailbox_of(server)
    mark = mailbox.mark()
    server.deliver(mail(variant=variant))
    assert fetch(mailbox, mark) == CODE


def test_two_codes_in_one_mail(server: Server) -> None:
    mailbox = mailbox_of(server)
    mark = mailbox.mark()
    server.deliver(mail(variant="two_codes"))
    with failing("unexpected_response", "A mail with 2 different codes") as caught:
        fetch(mailbox, mark)
    assert CODE not in str(caught.value)
    assert OTHER_CODE not in str(caught.value)
    assert seen(server) == [False]


def test_a_whole_login(server: Server) -> None:
    """The sandbox delivers, from another process; the code opens the door."""
    with Sandbox.start(PROVIDER) as sandbox:
        sandbox.settings(PROVIDER, maildir=str(server.maildir()), hold_mails=True)
        sandbox.act(PROVIDER, "send_mail", account="alice", sender=FOREIGN_SENDER)
        with contextlib.closing(
            AkiflowProbe(sandbox.url(PROVIDER), sandbox.ca_file, sandbox.account(PROVIDER, "alice"))
        ) as probe:
            probe.start()
            mailbox = mailbox_of(server)
            mark = mailbox.mark()
            probe.ask()
            code = fetch(mailbox, mark, nothing, lambda: sandbox.act(PROVIDER, "deliver", account="alice"))
            assert code == sandbox.codes(PROVIDER)["current"]["alice"]
            assert probe.give(code).body["success"] is True
    assert sorted(seen(server)) == [False, True]


# Who sends, and to whom


@pytest.mark.parametrize(
    ("pattern", "sender", "accepted"),
    [
        ("akiflow.com", "no-reply@akiflow.com", True),
        ("akiflow.com", "Akiflow <NO-REPLY@MAIL.AKIFLOW.COM>", True),
        ("@akiflow.com", '"Akiflow, the team" <a@akiflow.com>', True),
        ("akiflow.com", "=?utf-8?q?Aki=C3=A9?= <a@akiflow.com>", True),
        ("akiflow.com", FOREIGN_SENDER, False),
        ("akiflow.com", "a@notakiflow.com", False),
        ("akiflow.com", '"no-reply@akiflow.com" <a@evil.example>', False),
        ("akiflow.com", "no-reply@akiflow.com <a@evil.example>", False),
        ("akiflow.com", "a@evil.example, no-reply@akiflow.com", False),
        ("akiflow.com", "<a@evil.example> <no-reply@akiflow.com>", False),
        ("akiflow.com", "a@evil.example (no-reply@akiflow.com)", False),
        ("akiflow.com", "akiflow.com", False),
        ("codes@akiflow.com", "codes@akiflow.com", True),
        ("codes@akiflow.com", "other@akiflow.com", False),
        ("codes@akiflow.com", "codes@mail.akiflow.com", False),
        ("no-reply+*@*.example", "no-reply+7@mail.example", True),
        ("*.example", "a@mail.example", True),
        ("*.example", "a@example.com", False),
    ],
)
def test_senders(local: Local, pattern: str, sender: str, accepted: bool) -> None:
    mailbox = mailbox_of(local, sender=pattern)
    mark = mailbox.mark()
    local.deliver(raw(f"From: {sender}\nTo: {ALICE}"))
    if accepted:
        assert fetch(mailbox, mark) == CODE
        return
    with failing("two_factor_needed", "1 other new message"):
        fetch(mailbox, mark)


def test_two_senders(local: Local) -> None:
    mailbox = mailbox_of(local)
    mark = mailbox.mark()
    local.deliver(raw(f"From: a@akiflow.com\nFrom: a@evil.example\nTo: {ALICE}"))
    local.deliver(raw(f"To: {ALICE}"))
    with failing("two_factor_needed", "2 other new messages"):
        fetch(mailbox, mark)


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        (f"To: Alice <{ALICE.upper()}>", True),
        (f"To: bob@sandbox.test, {ALICE}", True),
        (f"To: list@sandbox.test\nDelivered-To: {ALICE}", True),
        ("To: bob@sandbox.test", False),
        (f"To: x{ALICE}", False),
        (f'To: "{ALICE}" <bob@sandbox.test>', False),
        (f"Cc: {ALICE}", False),
    ],
)
def test_recipients(local: Local, headers: str, accepted: bool) -> None:
    mailbox = mailbox_of(local)
    mark = mailbox.mark()
    local.deliver(raw(f"From: a@akiflow.com\n{headers}"))
    if accepted:
        assert fetch(mailbox, mark) == CODE
        return
    with failing("two_factor_needed", "1 other new message"):
        fetch(mailbox, mark)


def test_others_are_read_once(local: Local) -> None:
    mailbox = mailbox_of(local)
    mark = mailbox.mark()
    local.deliver(mail(sender=FOREIGN_SENDER))
    local.commands.clear()
    with failing("two_factor_needed"):
        fetch(mailbox, mark)
    assert local.commands.count("SELECT") == 5
    assert local.commands.count("UID") == 6  # five searches, one mail
    assert local.commands.count("AUTHENTICATE") == 1
    assert local.commands[-1] == "LOGOUT"


def raw(headers: str, body: str = f"Your code: {CODE}") -> bytes:
    return f"{headers}\n\n{body}\n".encode()


# Which digits


def text(body: str, kind: str = "plain", subject: str = "hello") -> Any:
    return message_from_string(f"Subject: {subject}\nContent-Type: text/{kind}; charset=utf-8\n\n{body}\n")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (text("code: 123456."), "123456"),
        (text("code: 000000"), "000000"),
        (text("123456 and again 123456"), "123456"),
        (text("call 0445550199 or 12345, 1234567"), None),
        (text("code ١٢٣٤٥٦"), None),
        (text("nothing", subject="Code 123456"), "123456"),
        (text("123456 or 654321", subject="Code 654321"), "654321"),
        (text("nothing", subject="=?utf-8?q?Code_123456?="), "123456"),
        (text("123456", subject="=?nobody-knows?q?Code?="), "123456"),
        (text("<p>123456</p>", "html"), "123456"),
        (text("<b>12</b><span>34</span><b>56</b>", "html"), "123456"),
        (text("<td>2026</td><td>12</td> <i>654321</i>", "html"), "654321"),
        (text("<style>p { color: #111111 }</style><p style='color: #222222'>123456", "html"), "123456"),
        (text("<head><title>999999</title></head><body>123456", "html"), "123456"),
        (text("<script>var a = 999999;</script>&#49;23456", "html"), "123456"),
        (text("<a href='https://akiflow.com/999999'>open</a> 123456", "html"), "123456"),
        (text("<p>12<br>3456", "html"), None),
        (text("{}", "calendar"), None),
    ],
)
def test_digits(message: Any, expected: str | None) -> None:
    assert code_in(message) == expected


@pytest.mark.parametrize(
    "message",
    [
        text("123456 or 654321"),
        text("123456 or 654321", subject="111111"),
        text("123456 or 654321", subject="123456 654321"),
        text("nothing", subject="123456 654321"),
        text("<p>123456</p><p>654321</p>", "html"),
    ],
)
def test_several_codes_are_never_guessed_at(message: Any) -> None:
    with failing("unexpected_response"):
        code_in(message)


def test_text_comes_before_the_page_and_attachments_not_at_all() -> None:
    message = mail()
    assert code_in(message_from_bytes(message.as_bytes())) == CODE
    message = EmailMessage()
    message.set_content("see the page")
    message.add_alternative("<p>123456</p>", subtype="html")
    message.add_attachment("999999", filename="other.txt")
    assert code_in(message_from_bytes(message.as_bytes())) == "123456"


@pytest.mark.parametrize(("charset", "encoding"), [("utf-16", "base64"), ("iso-8859-1", "quoted-printable")])
def test_charsets(charset: str, encoding: str) -> None:
    message = EmailMessage()
    message.set_content("Grüezi, 123456", charset=charset, cte=encoding)
    assert b"123456" not in message.as_bytes() or encoding == "quoted-printable"
    assert code_in(message_from_bytes(message.as_bytes())) == "123456"


def test_unknown_charset() -> None:
    assert code_in(message_from_string("Content-Type: text/plain; charset=nobody-knows\n\n123456\n")) == "123456"


def test_what_is_hardly_a_mail(local: Local) -> None:
    mailbox = mailbox_of(local)
    mark = mailbox.mark()
    local.deliver(b"\xff\xfe\0" * 100)
    local.deliver(b"\n")
    deep = f"From: a@akiflow.com\nTo: {ALICE}\n"
    for number in range(2000):
        deep += f'Content-Type: multipart/mixed; boundary="b{number}"\n\n--b{number}\n'
    local.deliver(f"{deep}\n123456\n".encode())
    local.deliver(raw("From: a@akiflow.com\nTo: " + "(" * 5000))
    with failing("two_factor_needed", "4 other new messages"):
        fetch(mailbox, mark)
    local.deliver(mail())
    assert fetch(mailbox, mark) == CODE


def test_the_end_of_a_huge_mail_is_not_read(local: Local) -> None:
    mailbox = mailbox_of(local)
    mark = mailbox.mark()
    local.deliver(raw(f"From: a@akiflow.com\nTo: {ALICE}", "x\n" * mail_code.LARGEST + "654321"))
    with failing("two_factor_needed"):
        fetch(mailbox, mark)


# Another UIDVALIDITY, and lost connections


def test_other_uids_before_the_code_came(server: Server) -> None:
    server.deliver(mail("111111"), arrived=time.time() - 600)
    server.deliver(mail("222222"), arrived=time.time() - 600)
    mailbox = mailbox_of(server)
    mark = mailbox.mark()
    server.reset_uids()
    server.messages()[0].path.unlink()
    server.deliver(mail())
    assert fetch(mailbox, mark) == CODE
    assert seen(server) == [False, True]


def test_other_uids_while_waiting(server: Server) -> None:
    server.deliver(mail("111111"), arrived=time.time() - 600)
    mailbox = mailbox_of(server)
    mark = mailbox.mark()

    def both() -> None:
        server.reset_uids()
        server.deliver(mail())

    assert fetch(mailbox, mark, nothing, both) == CODE


@pytest.mark.parametrize("command", ["AUTHENTICATE", "SELECT", "UID"])
def test_a_lost_connection_is_made_again(local: Local, command: str) -> None:
    mailbox = mailbox_of(local)
    mark = mailbox.mark()
    local.deliver(mail())
    local.drops.append(command)
    assert fetch(mailbox, mark) == CODE
    assert local.commands.count("AUTHENTICATE") == 3


def test_connections_that_are_lost_again_and_again(local: Local) -> None:
    mailbox = mailbox_of(local)
    mark = mailbox.mark()
    local.deliver(mail())
    local.drops += ["SELECT"] * 20
    with failing("not_reachable", "does not answer"):
        fetch(mailbox, mark)


def test_nothing_stays_open(local: Local) -> None:
    mailbox = mailbox_of(local)
    mark = mailbox.mark()
    local.deliver(mail(variant="two_codes"))
    with failing("unexpected_response"):
        fetch(mailbox, mark)
    assert local.commands.count("LOGOUT") == local.commands.count("AUTHENTICATE") == 2


# Time


def test_in_time_or_not(local: Local) -> None:
    mailbox = mailbox_of(local, timeout=7.0)
    naps = Naps()
    with failing("two_factor_needed") as caught:
        mailbox.code(mailbox.mark(), ALICE, naps.sleep, naps.monotonic)
    assert naps.naps == [3.0, 3.0, 1.0]
    assert caught.value.methods == ("email",)
    message = f"Within 7 seconds no code for {ALICE} from akiflow.com came to INBOX of {ALICE}."
    assert caught.value.message == message


def test_a_clock_that_stands_still_ends_the_waiting_too(local: Local) -> None:
    mailbox = mailbox_of(local, timeout=7.0)
    naps = Naps()
    with failing("two_factor_needed"):
        mailbox.code(mailbox.mark(), ALICE, naps.sleep, lambda: 5.0)
    assert sum(naps.naps) == 7.0


# Folders


@pytest.mark.parametrize("folder", ["Codes", 'Größen & "Codes"', "日本"])
def test_folders(server: Server, folder: str) -> None:
    server.deliver(mail("111111", sender=FOREIGN_SENDER), folder=folder)
    mailbox = mailbox_of(server, folder=folder)
    mark = mailbox.mark()
    server.deliver(mail("111111"))
    server.deliver(mail(), folder=folder)
    assert fetch(mailbox, mark) == CODE
    assert seen(server) == [False]
    server.clear(folder)


def test_no_such_folder(server: Server) -> None:
    with failing("definition", "has no folder 'nowhere'"):
        mailbox_of(server, folder="nowhere").mark()


def test_a_folder_that_cannot_be_changed(local: Local) -> None:
    local.read_only = True
    with failing("definition", "may not mark mails in 'INBOX' as seen"):
        mailbox_of(local).mark()


# Who we are


def test_wrong_password(server: Server) -> None:
    with failing("credentials_rejected", "refused the password of 'alice@sandbox.test'") as caught:
        mailbox_of(server, password="canary-wrong").mark()
    assert caught.value.rejected == ("mailbox_password",)
    assert "canary" not in str(caught.value)


def test_a_server_that_lets_nobody_in_now(local: Local) -> None:
    local.unavailable = True
    with failing("not_reachable", "lets nobody in"):
        mailbox_of(local).mark()


def test_servers_that_only_know_login(local: Local) -> None:
    """The password has a quotation mark, a blank and a backslash."""
    local.plain = False
    local.username = 'al"ice smith'
    mailbox = mailbox_of(local)
    mark = mailbox.mark()
    local.deliver(mail())
    assert fetch(mailbox, mark) == CODE
    assert local.commands.count("LOGIN") == 2
    with failing("credentials_rejected"):
        mailbox_of(local, password="canary-wrong").mark()


def test_passwords_that_are_not_ascii(local: Local) -> None:
    local.password = "canary-pässword-☃"
    assert mailbox_of(local).mark()["uidnext"] >= 1
    local.plain = False
    with failing("definition", "ASCII alone") as caught:
        mailbox_of(local).mark()
    assert "canary" not in str(caught.value)


# TLS and the network


def test_certificates_are_checked(server: Server) -> None:
    with failing("crypto", "no certificate that is trusted"):
        mailbox_of(server, ca_path=None).mark()
    with failing("crypto"):
        mailbox_of(server, host="localhost.localdomain" if resolves() else "localhost", ca_path=None).mark()
    assert mailbox_of(server, ca_path=None, validate_certs=False).mark()["uidnext"] >= 1


def resolves() -> bool:
    try:
        return bool(socket.gethostbyname("localhost.localdomain") == "127.0.0.1")
    except OSError:
        return False


def test_no_ca_file(local: Local) -> None:
    with failing("definition", "mailbox_ca_path '/nowhere/ca.pem' cannot be read"):
        mailbox_of(local, ca_path="/nowhere/ca.pem").mark()
    assert local.commands == []


def test_nobody_listens(local: Local) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with failing("not_reachable", re.escape(f"The mailbox at 127.0.0.1:{port} does not answer (Connection refused)")):
        mailbox_of(local, port=port).mark()
    with failing("not_reachable"):
        mailbox_of(local, host="no-such-host.invalid").mark()


def test_somebody_listens_and_says_nothing(local: Local) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, failing("not_reachable", "does not answer"):
        mailbox_of(local, port=listener.getsockname()[1], timeout=0.5).mark()


def test_a_server_without_tls(local: Local) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            with listener.accept()[0] as connection:
                connection.sendall(b"* OK no TLS here\r\n")
                connection.recv(1)

        greeter = threading.Thread(target=greet)
        greeter.start()
        with failing("crypto", "does not speak TLS"):
            mailbox_of(local, port=listener.getsockname()[1]).mark()
        greeter.join()


# What was written down


@pytest.mark.parametrize("name", ["host", "username", "password", "folder", "sender"])
@pytest.mark.parametrize("value", ["", "x\r\nA1 LOGOUT", "x\0"])
def test_what_a_mailbox_needs(name: str, value: str) -> None:
    known = {"host": "127.0.0.1", "port": 1, "username": "u", "password": "canary-p", "folder": "f", "sender": "s"}
    with failing("definition", "needs a host, username, password, folder and sender"):
        Mailbox(**{**known, name: value}).mark()  # type: ignore[arg-type]


@pytest.mark.parametrize("mark", [{}, {"uidvalidity": 1, "uidnext": 1}, {"uidvalidity": None, "uidnext": 1, "time": 1}])
def test_a_mark_that_is_none(local: Local, mark: dict[str, Any]) -> None:
    with failing("definition", "is lost"):
        fetch(mailbox_of(local), mark)
