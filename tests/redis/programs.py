# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Debian's Redis programs are, if they are installed."""

from __future__ import annotations

import os
import shutil

MISSING = "redis-server is not installed: apt-get install redis-server redis-sentinel"


def program(name: str = "redis-server") -> str | None:
    """Where one is."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/bin", "/usr/sbin")))


def with_parent() -> list[str]:
    """What a command begins with that must not outlive the process that starts it, where the system can do that."""
    found = shutil.which("setpriv")
    return [found, "--pdeathsig", "KILL"] if found else []
