# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A keyring of files, for all processes that have its directory in their environment. Takes no long texts if told so.

    PYTHON_KEYRING_BACKEND=counting_ring.Ring TESTS_RING=DIRECTORY TESTS_RING_LIMIT=1280

It stands alone, so that plays find it with its directory on PYTHONPATH.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError, PasswordSetError


class Ring(KeyringBackend):
    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        with (self._directory / "asked").open("a") as stream:
            stream.write(f"{os.getpid()} {service} {username}\n")
        try:
            return self._path(service, username).read_text()
        except FileNotFoundError:
            return None

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password) > int(os.environ.get("TESTS_RING_LIMIT") or 1 << 30):
            raise PasswordSetError("it is too long")
        descriptor, aside = tempfile.mkstemp(dir=self._directory)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(password)
        os.rename(aside, self._path(service, username))

    def delete_password(self, service: str, username: str) -> None:
        try:
            self._path(service, username).unlink()
        except FileNotFoundError as exc:
            raise PasswordDeleteError("there is none") from exc

    @property
    def _directory(self) -> Path:
        return Path(os.environ["TESTS_RING"])

    def _path(self, service: str, username: str) -> Path:
        return self._directory / quote(f"item {service} {username}", safe="")[-200:]
