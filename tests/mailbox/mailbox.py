# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every mailbox for tests is, whatever server stands behind it."""

from __future__ import annotations

import base64
import os
import pwd
import re
import secrets
import shutil
import tempfile
from abc import ABC, abstractmethod
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType

import trustme

from . import maildir
from .maildir import Stored

HOST = "127.0.0.1"
INBOX = "INBOX"
USERNAME = "alice@sandbox.test"
UNPRIVILEGED = "nobody"


def encoded(folder: str) -> str:
    """The name of a folder in modified UTF-7 (RFC 3501, section 5.1.3), on the wire as on the disk."""

    def part(match: re.Match[str]) -> str:
        inner = base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{inner}-"

    return re.sub("[^ -~]+", part, folder.replace("&", "&-"))


class Mailbox(ABC):
    """A running IMAP server with one user, whose mail lies in a maildir below a directory of its own."""

    host = HOST

    def __init__(self, username: str = USERNAME) -> None:
        self.username = username
        self.password = f'canary-"mail box\\{secrets.token_hex(8)}'
        self.port = 0
        self.directory = Path(tempfile.mkdtemp(prefix="mailbox-"))
        self._own(self.directory)
        authority = trustme.CA(organization_name="gatehouse.api mailbox")
        self._leaf = authority.issue_cert(HOST, "localhost")
        self.ca_file = str(self.directory / "ca.pem")
        authority.cert_pem.write_to_path(self.ca_file)
        maildir.make(self.maildir())
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    # What a test does

    def maildir(self, folder: str = INBOX) -> Path:
        """Where the messages of a folder lie."""
        root = self.directory / "mail"
        return root if folder == INBOX else root / f".{encoded(folder)}"

    def deliver(self, message: EmailMessage | bytes, *, folder: str = INBOX, arrived: float | None = None) -> str:
        """Put a message into a folder, which is made if needed."""
        raw = message if isinstance(message, bytes) else message.as_bytes()
        return maildir.deliver(self.maildir(folder), raw, arrived)

    def messages(self, folder: str = INBOX) -> list[Stored]:
        """What is in a folder now."""
        return maildir.messages(self.maildir(folder))

    def clear(self, folder: str = INBOX) -> None:
        """Remove all messages; UIDs go on."""
        for message in self.messages(folder):
            message.path.unlink()

    @abstractmethod
    def reset_uids(self, folder: str = INBOX) -> None:
        """Another UIDVALIDITY, and UIDs from 1, as after a restored backup."""

    def stop(self) -> None:
        """End the server and remove everything."""
        self._end()
        shutil.rmtree(self.directory, ignore_errors=True)

    # What a server provides

    @abstractmethod
    def _start(self) -> None:
        """Start the server and learn its port; it answers when this returns."""

    @abstractmethod
    def _end(self) -> None:
        """End the server, if it was started."""

    @staticmethod
    def _own(path: Path) -> None:
        """Hand a file over to the unprivileged user who runs the server when we are root."""
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            os.chown(path, user.pw_uid, user.pw_gid)

    def __enter__(self) -> Mailbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
