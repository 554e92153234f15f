# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running ansible-core's loader and templar."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing import vault
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.template import Templar

VAULT_PASSWORD = b"canary-vault-password"


@pytest.fixture
def loader(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> DataLoader:
    """Return a loader that knows a vault password, in an empty playbook directory."""
    directory = tmp_path / "playbooks"
    directory.mkdir()
    loader = DataLoader()
    loader.set_basedir(str(directory))
    keyed = [("default", VaultSecret(VAULT_PASSWORD))]
    loader.set_vault_secrets(keyed)
    if hasattr(vault, "VaultSecretsContext"):  # ansible-core 2.19 and later
        monkeypatch.setattr(vault.VaultSecretsContext, "_current", vault.VaultSecretsContext(keyed))
    return loader


@pytest.fixture
def templar(loader: DataLoader) -> Callable[..., Templar]:
    """Return a maker of templars with variables."""
    return lambda variables: Templar(loader=loader, variables=variables)


@pytest.fixture
def vaulted() -> Callable[..., str]:
    """Return what encrypts a text, with the loader's vault password if none is given."""

    def encrypt(text: str, password: bytes = VAULT_PASSWORD) -> str:
        return VaultLib([("default", VaultSecret(password))]).encrypt(text).decode()

    return encrypt


@pytest.fixture
def load(loader: DataLoader, tmp_path: Path) -> Callable[[str], Any]:
    """Return what loads YAML as Ansible does: tagged, trusted, with vaulted and unsafe values."""

    trusted = "trusted_as_template" in inspect.signature(loader.load_from_file).parameters

    def read(text: str) -> Any:
        path = tmp_path / "loaded.yml"
        path.write_text(text, encoding="utf-8")
        return loader.load_from_file(str(path), cache="none", **({"trusted_as_template": True} if trusted else {}))

    return read
