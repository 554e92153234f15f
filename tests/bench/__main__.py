# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the figures, write build/bench.json and print one table.

    python -m tests.bench [--quick] [FIGURE ...]

Without names all figures are taken. Those that are taken replace the ones in build/bench.json; with --quick, which uses
fewer hosts and repetitions, build/bench-quick.json. Needs the environments bench and bench-peers (make bench).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.figures import FAMILIES, IDS, credentials
from tests.bench.runner import PROVIDER, Bench, Broken
from tests.sandbox.harness import Sandbox
from tests.tools.paths import BUILD


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Take the figures.")
    parser.add_argument("names", nargs="*", metavar="FIGURE", help=", ".join(IDS))
    parser.add_argument("--quick", action="store_true", help="fewer hosts and repetitions, for development")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(IDS))
    if unknown:
        parser.error(f"unknown figure: {', '.join(unknown)}")
    wanted = set(options.names or IDS)
    path = BUILD / ("bench-quick.json" if options.quick else "bench.json")
    figures: list[Figure] = []
    broken = False
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as directory,
        Sandbox.start(PROVIDER, credentials.PROVIDER) as sandbox,
    ):
        bench = Bench(Path(directory), sandbox, quick=options.quick, repetitions=2 if options.quick else 5)
        for family in FAMILIES:
            asked = wanted & set(family.IDS)
            if not asked:
                continue
            begun = time.monotonic()
            try:
                taken = list(family.measure(bench, asked))
            except Broken as exc:
                print(f"{', '.join(sorted(asked))}: {exc}", file=sys.stderr)
                broken = True
                continue
            figures += taken
            _write(path, taken)
            print(f"{', '.join(figure.id for figure in taken)}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    print(table(figures))
    return 1 if broken else 0


def table(figures: list[Figure]) -> str:
    """Figure, value, bar, and whether it is kept."""
    lines = [("figure", "value", "bar", "unit", "")]
    for figure in figures:
        lines.append((figure.id, f"{figure.value:g}", f"{figure.bar:g}", figure.unit, "ok" if figure.ok else "over"))
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return "\n".join(
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {bar:>{widths[2]}}  {unit:<{widths[3]}}  {verdict}".rstrip()
        for name, value, bar, unit, verdict in lines
    )


def _write(path: Path, figures: list[Figure]) -> None:
    """Put these figures in place of the ones that the file has under the same IDs."""
    path.parent.mkdir(exist_ok=True)
    known: dict[str, object] = {}
    with contextlib.suppress(OSError, ValueError, KeyError):
        known = json.loads(path.read_text(encoding="utf-8"))["figures"]
    known.update({figure.id: figure.as_dict() for figure in figures})
    ordered = {name: known[name] for name in IDS if name in known}
    aside = path.with_suffix(f".{os.getpid()}.new")
    aside.write_text(json.dumps({"figures": ordered}, indent=1) + "\n", encoding="utf-8")
    aside.replace(path)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
