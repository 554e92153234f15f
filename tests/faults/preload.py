# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imported once by the server that forks the actors, so that each of them starts warm and with the shared clock.

The clock comes first: whatever takes time.time as a default takes the shared one.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

from tests.faults import clock

CLOCK = clock.installed()
PID = os.getpid()

# There is no collection loader here; the directory that tests/conftest.py made is enough.
sys.path.insert(0, os.environ["ANSIBLE_COLLECTIONS_PATH"])

SESSION = "ansible_collections.gatehouse.api.plugins.module_utils._session"
LIBRARIES = (
    "authlib.common.security",
    "authlib.oauth2.client",
    "authlib.oauth2.rfc7523",
    "authlib.oauth2.rfc8414",
    "authlib.oidc.discovery",
    "bcrypt",
    "cryptography.hazmat.primitives.ciphers.aead",
    "encodings.idna",
    "nacl.bindings",
    "nacl.exceptions",
    "nacl.pwhash",
    "pyotp",
    "pysequoia",
    "redis",
    "requests",
    "stringprep",
)


def load() -> None:
    """Import the whole client, what it imports where used, and the actors."""
    package = importlib.import_module(SESSION)
    found = [module.name for module in pkgutil.walk_packages(package.__path__, f"{SESSION}.")]
    for name in (*LIBRARIES, *found, "tests.faults.actors", "tests.faults.herds"):
        importlib.import_module(name)


load()
