# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that nothing in the project depends on the machine it was written on.

    python3 -m tests.tools.portable

Refused are paths of a developer's machine, and package registries named in requirement and lock files: which
registry is used is for the machine's own settings to say.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.tools.paths import ROOT
from tests.tools.tree import known_files

RULES = (
    ("a path of one machine", re.compile(r"(?<![\w.~-])/(?:work|root|farm)/")),
    ("a package registry", re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host|\"resolved\": *\"https?:")),
)

# Where this machine's own settings name a registry or a proxy.
SETTINGS = re.compile(r"(?i)^(?:pip|uv|npm_config|yarn)_.*(?:index|registry|proxy|host)|^https?_proxy$")
PUBLIC = ("pypi.org", "files.pythonhosted.org", "registry.npmjs.org", "localhost", "127.0.0.1")


def findings() -> Iterator[str]:
    """Yield one line for each place that has to change."""
    rules = [*RULES, *_registry_rules()]
    for name in known_files():
        try:
            lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, start=1):
            for what, pattern in rules:
                if name != "tests/tools/portable.py" and pattern.search(line):
                    yield f"{name}:{number}: {what}: {line.strip()[:120]}"


def _registry_rules() -> Iterator[tuple[str, re.Pattern[str]]]:
    for name, value in os.environ.items():
        host = urlsplit(value if "//" in value else f"//{value}").hostname
        if SETTINGS.search(name) and host and "." in host and host not in PUBLIC:
            yield "a host of this machine's settings", re.compile(re.escape(host))


def main() -> int:
    found = list(findings())
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
