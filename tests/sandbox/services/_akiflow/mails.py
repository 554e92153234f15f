# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mails with the codes (Akiflow protocol page, section 8): real messages, delivered into a maildir when told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any

from tests.mailbox.maildir import deliver

from ...clock import Clock

SENDER = "Akiflow <no-reply@mail.akiflow.com>"
FOREIGN_SENDER = "Akiflow <no-reply@akiflow.com.evil.example>"
SUBJECT = "Your sign-in code"
OTHER_CODE = "555777"
_TEXT = """Hello,

use this code to sign in to Akiflow \N{EN DASH} it works once, and for ten minutes:

    {code}
{more}
You did not ask for it? Then ignore this mail, or call us: +41 44 555 01 99 (since 2019).

© 2026 Akiflow
"""
# Colours are six hexadecimal digits: only who drops styles finds a single code.
_PAGE = """<!DOCTYPE html>
<html><head><title>Sign in</title><style>.code {{ color: #202124; background: #333333 }}</style></head>
<body style="color: #111111"><p>Hello,</p>
<p>use this code to sign in to Akiflow &ndash; it works once, and for ten minutes:</p>
<p class="code"><strong>{code}</strong></p>{more}
<table><tr><td>2026</td><td>12</td></tr></table>
<p>You did not ask for it? Call us: +41&nbsp;44&nbsp;555&nbsp;01&nbsp;99 (since 2019).</p></body></html>
"""


@dataclass(frozen=True)
class Letter:
    """What a mail says. Variants: multipart; html alone; two_codes in the body; subject, where it also names one."""

    to: str
    code: str
    sender: str = SENDER
    variant: str = "multipart"
    subject: str = SUBJECT
    date: float | None = None

    def message(self) -> EmailMessage:
        """The mail."""
        if self.variant not in VARIANTS:
            raise ValueError(f"no variant {self.variant}; known: {', '.join(VARIANTS)}")
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = self.to
        message["Subject"] = f"{self.subject}: {self.code}" if self.variant == "subject" else self.subject
        message["Date"] = formatdate(self.date, usegmt=True)
        message["Message-ID"] = make_msgid(domain="mail.akiflow.com")
        return VARIANTS[self.variant](message, self.code)


def _multipart(message: EmailMessage, code: str, *more: str) -> EmailMessage:
    text = "".join(f"    {other}\n" for other in more)
    page = "".join(f"<p>{other}</p>" for other in more)
    message.set_content(_TEXT.format(code=code, more=text), cte="quoted-printable")
    message.add_alternative(_PAGE.format(code=code, more=page), subtype="html", cte="quoted-printable")
    return message


def _html(message: EmailMessage, code: str) -> EmailMessage:
    message.set_content(_PAGE.format(code=code, more=""), subtype="html", cte="quoted-printable")
    return message


def _two_codes(message: EmailMessage, code: str) -> EmailMessage:
    return _multipart(message, code, OTHER_CODE)


VARIANTS: dict[str, Callable[[EmailMessage, str], EmailMessage]] = {
    "multipart": _multipart,
    "html": _html,
    "two_codes": _two_codes,
    "subject": _two_codes,
}


@dataclass(frozen=True)
class Sent:
    """One code that left the house."""

    account: str
    address: str
    code: str
    time: float


@dataclass
class PostOffice:
    """Remembers what was sent, and delivers it at once or when told to."""

    clock: Clock
    sent: list[Sent] = field(default_factory=list)
    held: list[tuple[bytes, str]] = field(default_factory=list)

    def send(self, account: str, letter: Letter, maildir: str, *, hold: bool) -> None:
        """The mail of a login."""
        self.sent.append(Sent(account, letter.to, letter.code, self.clock.now()))
        self.deliver(letter, maildir, hold=hold)

    def deliver(self, letter: Letter, maildir: str, *, hold: bool) -> None:
        """Any mail, now or later."""
        self.held.append((letter.message().as_bytes(), maildir))
        if not hold:
            self.release()

    def release(self) -> int:
        """Everything that was held arrives; how many there were."""
        held, self.held = self.held, []
        for message, maildir in held:
            if maildir:
                deliver(Path(maildir), message)
        return len(held)

    def told(self) -> dict[str, Any]:
        """What a person would read: every code, and the newest of each account."""
        current = {item.account: item.code for item in self.sent}
        return {"sent": [asdict(item) for item in self.sent], "current": current, "held": len(self.held)}
