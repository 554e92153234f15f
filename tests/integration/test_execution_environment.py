# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment: its definition makes a build context, from which ansible-galaxy and pip find all."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.tools import environments
from tests.tools.environments import AWX, DEV
from tests.tools.paths import NAME, NAMESPACE, ROOT

DEFINITION = ROOT / "extensions" / "awx" / "execution-environment" / "execution-environment.yml"

pytestmark = pytest.mark.skipif(bool(environments.why_not(AWX)), reason=environments.why_not(AWX))


def done(command: list[str], directory: Path) -> str:
    """Run a command, and return what it printed."""
    env = {
        "PATH": os.pathsep.join([str(DEV.bin), os.defpath]),
        "HOME": str(directory),
        "LANG": "C.UTF-8",
        "ANSIBLE_HOME": str(directory / "ansible"),
    }
    found = subprocess.run(
        command, cwd=directory, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def test_ansible_builder_takes_the_definition_and_finds_what_the_collection_needs(tmp_path: Path) -> None:
    place = tmp_path / "definition"
    place.mkdir()
    shutil.copy(DEFINITION, place)
    done([str(DEV.bin / "ansible-galaxy"), "collection", "build", str(ROOT), "--output-path", str(place)], tmp_path)
    done([str(AWX.bin / "ansible-builder"), "create"], place)
    context = place / "context"
    recipe = next(path for path in (context / "Dockerfile", context / "Containerfile") if path.exists())
    assert "ansible-galaxy collection install" in recipe.read_text(encoding="utf-8")

    # As the image would be built, without a network.
    target = tmp_path / "collections"
    install = ["collection", "install", "-r", "requirements.yml", "--offline", "-p", str(target)]
    done([str(DEV.bin / "ansible-galaxy"), *install], context / "_build")
    told = yaml.safe_load(done([str(AWX.bin / "ansible-builder"), "introspect", str(target)], tmp_path))
    lines = (ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").splitlines()
    needed = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    assert {line.partition("#")[0].strip() for line in told["python"]} == needed
    assert not told.get("system")

    (artefact,) = place.glob(f"{NAMESPACE}-{NAME}-*.tar.gz")
    with tarfile.open(artefact) as archive:
        names = archive.getnames()
    assert {"extensions/awx/credential_types/store.yml", "roles/awx/tasks/main.yml", "docs/awx.md"} <= set(names)
