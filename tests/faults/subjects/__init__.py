# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is put under faults: providers and stores. A later one joins by one file here and one line in a registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from tests.faults.subjects.akiflow import Akiflow
from tests.faults.subjects.base import Entry, Provider
from tests.faults.subjects.http import Http
from tests.faults.subjects.nextcloud_passwords import NextcloudPasswords
from tests.faults.subjects.oauth2 import OAuth2
from tests.faults.subjects.proton import Proton
from tests.faults.subjects.ricloud import Ricloud
from tests.faults.subjects.stores import File, Redis, Store
from tests.faults.subjects.tanium import Tanium

__all__ = ["PROVIDERS", "STORES", "Entry", "Provider", "Store", "definition"]

_ALL = (Proton(), NextcloudPasswords(), Tanium(), Ricloud(), Akiflow(), Http(), OAuth2())
PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in _ALL}
STORES: dict[str, Store] = {store.name: store for store in (File(), Redis())}


def definition(provider: str, options: Mapping[str, Any], name: str) -> Definition:
    """A definition with the defaults of its provider filled in."""
    defaults = {option.name: option.default for option in provider_class(provider).options()}
    return Definition(name, provider, {**defaults, **options})
