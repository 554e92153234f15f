# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One job, as AWX runs it: credentials through AWX's own injection, the playbook through ansible-runner.

    .venv/awx/bin/python tests/awx/job.py FILE

FILE is JSON: `private_data_dir`, `ident`, `playbook`, `env` and `credentials`, a list of `type`, the path of a
credential type, and `inputs`. It is removed before the job begins. SIGTERM cancels the job. What is printed is JSON,
too: how the job ended, and what AWX would show of its environment.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import ansible_runner
import yaml
from awx_plugins.interfaces import _temporary_private_container_api as containers
from awx_plugins.interfaces._temporary_private_api import ManagedCredentialType
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential


def injected(job: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """The job's environment, what AWX shows of it, and arguments for ansible-playbook."""
    env: dict[str, Any] = dict(job["env"])
    shown: dict[str, Any] = dict(env)
    arguments: list[str] = []
    for given in job["credentials"]:
        kind = yaml.safe_load(Path(given["type"]).read_text(encoding="utf-8"))
        managed = ManagedCredentialType(
            namespace=Path(given["type"]).stem,
            name=kind["name"],
            kind=kind["kind"],
            inputs=kind["inputs"],
            injectors=kind["injectors"],
        )
        inject_credential(managed, Credential(given["inputs"]), env, shown, arguments, job["private_data_dir"])
    return env, shown, arguments


def main() -> int:
    path = Path(sys.argv[1])
    job = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    containers.CONTAINER_ROOT = job["private_data_dir"]  # there is no container here
    env, shown, arguments = injected(job)
    run = ansible_runner.run(
        private_data_dir=job["private_data_dir"],
        ident=job["ident"],
        playbook=job["playbook"],
        envvars=env,
        cmdline=" ".join(arguments) or None,
        verbosity=4,
        suppress_env_files=True,
        quiet=True,
    )
    print(json.dumps({"status": run.status, "rc": run.rc, "shown": shown}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
