# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CPU time of one cold Proton login, of loading its libraries, and of its arithmetic alone.

BENCH_DEFINITION=JSON python -m tests.bench.processes.logins STORE
"""

from __future__ import annotations

import importlib
import json
import os
import secrets
import sys
import time
from collections.abc import Callable

from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.crypto import modulus, srp
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store

LIBRARIES = ("requests", "cryptography.hazmat.primitives.ciphers.aead", "bcrypt", "pysequoia")
# The group of RFC 3526, section 3: as many bits as Proton's, and as much work.
PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
    "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
    "49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D"
    "670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)


def main() -> None:
    taken = {"libraries": _cpu(_load)}
    options = json.loads(os.environ["BENCH_DEFINITION"])
    defaults = {option.name: option.default for option in provider_class("proton").options()}
    definition = Definition("cold", "proton", {**defaults, **options})
    client = Client(open_store(sys.argv[1]))
    taken["open"] = _cpu(lambda: client.ensure("cold", definition))
    taken["arithmetic"] = _cpu(_arithmetic)
    print(json.dumps(taken))


def _load() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)


def _arithmetic() -> None:
    """bcrypt and the three exponentiations of the Proton page's section 2.4, with exponents of the same sizes."""
    import bcrypt

    bcrypt.hashpw(b"password", b"$2y$10$" + b"." * 22)
    secret = secrets.randbits(256) | 1 << 255
    hashed = secrets.randbits(2048)
    pow(2, secret, PRIME)
    base = pow(2, hashed, PRIME)
    pow(base, secret + hashed * hashed % (PRIME - 1), PRIME)


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


if __name__ == "__main__":
    assert modulus
    assert srp
    main()
