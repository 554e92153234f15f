# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Dovecot, unprivileged, in the foreground, with everything that it writes in one directory."""

from __future__ import annotations

import grp
import os
import pwd
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

from .mailbox import HOST, INBOX, UNPRIVILEGED, Mailbox

_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02
_TRIES = 3
_CONFIGURATION = """
base_dir = {directory}/run
state_dir = {directory}/run
log_path = {directory}/dovecot.log
protocols = imap
listen = {host}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = required
ssl_cert = <{directory}/cert.pem
ssl_key = <{directory}/key.pem
auth_mechanisms = plain
auth_failure_delay = 0
mail_location = maildir:{directory}/mail
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {directory}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={directory}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""


class Dovecot(Mailbox):
    """A Dovecot with one user. It refuses to run its services as root, so root runs it as somebody else."""

    _process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def program() -> str | None:
        """Where it is, if it is installed with its IMAP part."""
        found = shutil.which("dovecot", path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin")))
        return found if found and Path("/usr/lib/dovecot/imap").exists() else None

    def reset_uids(self, folder: str = INBOX) -> None:
        """The file that has the UIDs begins anew; the indexes that were made of it go."""
        path = self.maildir(folder)
        known = path / "dovecot-uidlist"
        validity = int(time.time())
        if known.exists():
            validity = int(known.read_text().split(None, 2)[1].removeprefix("V")) + 1
        for index in path.glob("dovecot.index*"):
            index.unlink()
        known.write_text(f"3 V{validity} N1 G{secrets.token_hex(16)}\n")
        self._own(known)

    def log(self) -> str:
        """What it has to say."""
        return (self.directory / "dovecot.log").read_text()

    def _start(self) -> None:
        self._write("cert.pem", b"".join(blob.bytes() for blob in self._leaf.cert_chain_pems))
        self._write("key.pem", self._leaf.private_key_pem.bytes())
        self._write("users", f"{self.username}:{{PLAIN}}{self.password}\n".encode())
        for _try in range(_TRIES):
            self._launch()
            if self._ready():
                return
            self._end()
        raise RuntimeError(f"Dovecot did not start: {self.log()}")

    def _launch(self) -> None:
        """Somebody else may take the port between here and there: hence several tries."""
        program = self.program()
        assert program is not None
        run = self.directory / "run"
        run.mkdir(exist_ok=True)
        self._own(run)
        self.port = _free_port()
        user = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        group = grp.getgrgid(user.pw_gid)
        values = {
            "directory": self.directory,
            "host": HOST,
            "port": self.port,
            "user": user.pw_name,
            "group": group.gr_name,
            "uid": user.pw_uid,
            "gid": group.gr_gid,
        }
        self._write("dovecot.conf", _CONFIGURATION.format(**values).encode())
        who: dict[str, Any] = {}
        if os.geteuid() == 0:
            who = {"user": user.pw_uid, "group": group.gr_gid, "extra_groups": []}
        self._process = subprocess.Popen(
            [program, "-F", "-c", str(self.directory / "dovecot.conf")],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **who,
        )

    def _ready(self) -> bool:
        context = ssl.create_default_context(cafile=self.ca_file)
        ends = time.monotonic() + _START_SECONDS
        while self._process is not None and self._process.poll() is None and time.monotonic() < ends:
            try:
                raw = socket.create_connection((HOST, self.port), timeout=_START_SECONDS)
            except ConnectionError:
                time.sleep(_POLL_SECONDS)
                continue
            with context.wrap_socket(raw, server_hostname=HOST) as secure:
                return secure.recv(4) == b"* OK"
        return False

    def _end(self) -> None:
        """By its pid; its children go with it."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _write(self, name: str, content: bytes) -> None:
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        self._own(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
