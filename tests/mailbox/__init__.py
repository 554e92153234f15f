# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mailbox for tests: a real IMAP server over TLS on 127.0.0.1, Dovecot where it is installed, or one of our own.

with start("dovecot") as mailbox:  # or "local"
    mailbox.host, mailbox.port, mailbox.username, mailbox.password, mailbox.ca_file
    mailbox.deliver(message)  # EmailMessage or bytes; folder=..., arrived=... if wanted
    mailbox.maildir()  # for the setting `maildir` of the sandbox's Akiflow
    mailbox.messages()  # what is in there now, with flags
    mailbox.reset_uids()  # another UIDVALIDITY, and UIDs from 1
    mailbox.clear()
"""

from __future__ import annotations

from .dovecot import Dovecot
from .local import Local
from .mailbox import Mailbox

KINDS: dict[str, type[Mailbox]] = {"dovecot": Dovecot, "local": Local}


def missing(kind: str) -> str:
    """Why there can be no such mailbox here; empty when there can."""
    if kind == "dovecot" and Dovecot.program() is None:
        return "Dovecot is not installed here: apt-get install dovecot-imapd"
    return ""


def best() -> str:
    """Dovecot where it is installed."""
    return "local" if missing("dovecot") else "dovecot"


def start(kind: str = "") -> Mailbox:
    """A running mailbox; `best` unless told otherwise."""
    return KINDS[kind or best()]()
