# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the parts of the test suite until one fails; the sanity tests, which mostly wait, run beside the last ones.

    python3 -m tests.tools.parts [--workers N] [--cores newest|all|every] [--args ARGUMENTS] [PART ...]

A part is one of lint, unit, sanity, integration, conformance and faults; without names all run. What a part prints
goes to build/logs/PART.log and is shown when it fails. With --args, meant for one part, the part prints as it runs.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.tools import environments, nodes
from tests.tools.environments import AWX, CONFORMANCE, CORES, DEV, OAUTH
from tests.tools.paths import BUILD, ROOT

PARTS = ("lint", "unit", "sanity", "integration", "conformance", "faults")
BESIDE, LAST = "sanity", ("conformance", "faults")
PYTEST = ("unit", "integration", "conformance", "faults")


def command(part: str, options: argparse.Namespace) -> list[str]:
    """Return the command that runs one part."""
    if part in PYTEST:
        line = [str(DEV.python), "-m", "pytest", f"tests/{part}"]
        if part in ("unit", "integration", "faults") and options.workers > 1:
            line += ["-n", str(options.workers)]
        if part == "integration":
            line += ["--cores", options.cores]
    else:
        line = [sys.executable, "-m", f"tests.tools.{part}"]
    return line + shlex.split(options.args)


def run(part: str, options: argparse.Namespace) -> bool:
    """Run one part, print its closing line and return whether it passed."""
    started = time.monotonic()
    env = {**os.environ, "PATH": os.pathsep.join([str(DEV.bin), os.environ.get("PATH", os.defpath)])}
    if CONFORMANCE.requirements():
        env["GATEHOUSE_CONFORMANCE_PYTHON"] = str(CONFORMANCE.python)
    log = BUILD / "logs" / f"{part}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    if options.args:
        passed = subprocess.run(command(part, options), cwd=ROOT, env=env, check=False).returncode == 0
    else:
        with log.open("wb") as output:
            done = subprocess.run(
                command(part, options),
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        passed = done.returncode == 0
        text = log.read_text(encoding="utf-8", errors="replace").rstrip()
        if not passed:
            print(text)
        elif part in PYTEST:
            print(text.rpartition("\n")[2])
    print(f"{part}: {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.1f} s", flush=True)
    return passed


def in_turn(parts: list[str], options: argparse.Namespace, after: list[str]) -> bool:
    """Run parts one after the other until one fails, and return whether none did.

    :param after: parts that are not run then, either.
    """
    for number, part in enumerate(parts):
        if not run(part, options):
            skipped = [*parts[number + 1 :], *after]
            if skipped:
                print(f"{part} failed; not run: {', '.join(skipped)}")
            return False
    return True


def prepare(parts: list[str], arguments: str) -> None:
    """Make the environments that these parts need."""
    needed = [DEV]
    if "conformance" in parts and CONFORMANCE.requirements():
        needed.append(CONFORMANCE)
    if set(parts) & set(PYTEST):
        needed.append(OAUTH)
    if "integration" in parts:
        needed.append(AWX)
    all_cores = "integration" in parts or ("sanity" in parts and "--core" in arguments)
    environments.ensure(needed, optional=CORES if all_cores else ())
    if "conformance" in parts:
        nodes.OFFICIAL.ensure()
    if set(parts) & set(PYTEST):
        nodes.OAUTH.ensure()


def missing() -> str:
    """Return one line about the ansible-core versions that cannot be tested here, or nothing."""
    found = environments.missing_cores()
    return f"Not tested here: ansible-core {'; '.join(found)}." if found else ""


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the parts of the test suite until one fails.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--workers", type=int, default=2, help="processes for unit, integration and faults (default: 2)"
    )
    parser.add_argument(
        "--cores",
        choices=("newest", "all", "every"),
        default="all",
        help="ansible-core versions (default: all, the older ones in turn)",
    )
    parser.add_argument("--args", default="", help="more arguments for the part's own command")
    options = parser.parse_args()
    parts = options.parts or list(PARTS)
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        parser.error(f"unknown part: {', '.join(unknown)}")
    try:
        prepare(parts, options.args)
    except (environments.Failed, nodes.Failed) as exc:
        print(exc, file=sys.stderr)
        return 1
    lacking = missing() if "integration" in parts else ""
    if lacking and os.environ.get("CI") == "true":
        print(lacking, file=sys.stderr)
        return 1
    started = time.monotonic()
    beside = [part for part in parts if part == BESIDE and len(parts) > 1]
    first = [part for part in parts if part not in (*LAST, *beside)]
    last = [part for part in parts if part in LAST]
    if not in_turn(first, options, [*beside, *last]):
        return 1
    with ThreadPoolExecutor() as pool:
        results = [pool.submit(in_turn, row, options, []) for row in (beside, last)]
    if not all(result.result() for result in results):
        return 1
    if lacking:
        print(lacking)
    if len(parts) > 1:
        print(f"all passed in {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
