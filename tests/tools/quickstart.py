# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quickstart: start the sandbox, run `gatehouse.api.quickstart` twice, show what went over the wire.

    python -m tests.tools.quickstart

Everything that it makes is below build/quickstart; whatever happens, it stops what it started.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.sandbox.harness import Sandbox
from tests.tools.paths import BUILD, ROOT

HERE = BUILD / "quickstart"
BIN = Path(sys.executable).parent

_TASK = re.compile(r"^TASK \[(?:[\w.]+ : )?(?P<name>.+?)\] \*+$")
_STATUS = re.compile(r"^(?P<status>ok|changed|skipping|fatal|failed): \[")


def main() -> int:
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir(parents=True)
    (HERE / "home").mkdir(mode=0o700)
    environment = {
        **os.environ,
        "HOME": str(HERE / "home"),
        "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
        "ANSIBLE_COLLECTIONS_PATH": str(HERE),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }
    for name in [name for name in environment if name.startswith(("GATEHOUSE_", "XDG_"))]:
        del environment[name]
    say("Installing the collection below build/quickstart, and starting the sandbox: a local server that speaks Proton")
    install = ["ansible-galaxy", "collection", "install", str(ROOT), "-p", str(HERE), "--force", "--no-deps"]
    subprocess.run(install, env=environment, check=True, stdout=subprocess.DEVNULL)
    with Sandbox.start("proton") as sandbox:
        options = HERE / "sandbox.json"
        options.touch(mode=0o600)
        options.write_text(json.dumps(_options(sandbox)), encoding="utf-8")
        first = play("First pass", ["-e", "quickstart_close=false"], options, environment)
        again = ["-e", "quickstart_refresh=false"]
        second = play("Second pass: the same again, and sign out", again, options, environment)
        routes = sandbox.routes("proton")
        left = len(sandbox.state("proton")["sessions"])
    summary(first, second, routes, left)
    return 0


def play(title: str, arguments: list[str], options: Path, environment: dict[str, str]) -> dict[str, str]:
    """Run the playbook, show its output, and return the status of each step."""
    command = ["ansible-playbook", "gatehouse.api.quickstart", "-e", f"@{options}", *arguments]
    say(f"{title}: ansible-playbook gatehouse.api.quickstart {' '.join(arguments)}")
    steps: dict[str, str] = {}
    step = ""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                if found := _TASK.match(line):
                    step = found["name"]
                elif (found := _STATUS.match(line)) and not step.startswith("Validating arguments"):
                    steps[step] = {"skipping": "-"}.get(found["status"], found["status"])
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise SystemExit(f"The quickstart failed: ansible-playbook ended with {process.returncode}.")
    return steps


def summary(first: dict[str, str], second: dict[str, str], routes: dict[str, int], left: int) -> None:
    """Print what changed in which pass, and what the service saw."""
    asked_for = ("Sign out", "Forget the child")
    say("What happened")
    width = max(map(len, second))
    print(f"{'step':<{width}}  first    second")
    for step, status in second.items():
        print(f"{step:<{width}}  {first.get(step, '-'):<7}  {status}")
    again = [step for step, status in second.items() if status == "changed" and not step.startswith(asked_for)]
    print(f"\nSteps that changed something again in the second pass: {len(again)}")
    print("On the wire, in both passes: " + ", ".join(f"{count} {route}" for route, count in routes.items()))
    print(f"Logins: {routes.get('auth', 0)}. Sessions left open at the service: {left}.")
    if again or routes.get("auth") != 1 or left:
        raise SystemExit("The quickstart did not keep its promise.")


def say(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def _options(sandbox: Sandbox) -> dict[str, object]:
    account = sandbox.account("proton", "bob")
    return {
        "sandbox": {"url": sandbox.url("proton"), "ca_file": sandbox.ca_file, **account},
        "quickstart_file": str(HERE / "client.ini"),
    }


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
