# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The long versions of the tests in tests/faults: thousands of kills and rounds; prints and keeps the figures.

    python -m tests.faults.soak [ARGUMENTS OF PYTEST]

Writes build/soak.json. Takes about half an hour on two cores.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.faults.figures import PLACE, total
from tests.tools.paths import BUILD, ROOT

WANTED = {"kills": 500, "rounds": 1000}


def main() -> int:
    """Run, add up, print a table."""
    BUILD.mkdir(exist_ok=True)
    notes: Path = BUILD / "soak.jsonl"
    notes.write_text("", encoding="utf-8")
    started = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "tests/faults",
        "--soak",
        *(sys.argv[1:] or ["-n", "2", "--dist", "worksteal"]),
    ]
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, PLACE: str(notes)}, check=False).returncode
    figures = {**total(notes), "wall seconds": round(time.monotonic() - started)}
    notes.unlink()
    result = {"passed": code == 0, "figures": figures, "wanted": WANTED}
    (BUILD / "soak.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    width = max(map(len, figures))
    for name, count in figures.items():
        wanted = f"  (wanted: {WANTED[name]})" if name in WANTED else ""
        print(f"{name:<{width}}  {count:>8}{wanted}")
    short = [name for name, count in WANTED.items() if figures.get(name, 0) < count]
    if short and not sys.argv[1:]:
        print(f"too few: {', '.join(short)}")
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
