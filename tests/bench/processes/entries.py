# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time and memory of listing and decrypting all entries of an account: by the client, or by a bare script.

BENCH_DEFINITION=JSON python -m tests.bench.processes.entries STORE open|client|bare

To open comes first, in a process of its own: Argon2id takes 64 MiB.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import nacl.secret
import requests

from ansible_collections.gatehouse.api.plugins.module_utils._session.cache import KEYS, Cache
from ansible_collections.gatehouse.api.plugins.module_utils._session.client import Client
from ansible_collections.gatehouse.api.plugins.module_utils._session.credential import Query
from ansible_collections.gatehouse.api.plugins.module_utils._session.credentials import Credentials
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import open_store

NAME = "nextcloud_passwords"
LIST = "/index.php/apps/passwords/api/1.0/password/list"
FIELDS = ("url", "label", "notes", "password", "username", "customFields")


def main() -> None:
    options = json.loads(os.environ["BENCH_DEFINITION"])
    defaults = {option.name: option.default for option in provider_class(NAME).options()}
    definition = Definition("vault", NAME, {**defaults, **options})
    client = Client(open_store(sys.argv[1]))
    record = client.ensure("vault", definition).after
    assert record is not None
    keys = Cache.of(client.store, record).get(KEYS)["keys"]
    boxes = {name: nacl.secret.SecretBox(bytes.fromhex(key)) for name, key in keys.items()}
    sides: dict[str, Callable[[], dict[str, float]]] = {
        "open": dict,
        "client": lambda: _client(Credentials(client, "vault", definition)),
        "bare": lambda: _bare(options, dict(record.headers), boxes),
    }
    print(json.dumps(sides[sys.argv[2]]()))


def _client(credentials: Credentials) -> dict[str, float]:
    taken, found = _measured(lambda: credentials.search(Query()))
    return {**taken, "entries": len(found.credentials)}


def _bare(
    options: dict[str, Any], headers: dict[str, str], boxes: dict[str, nacl.secret.SecretBox]
) -> dict[str, float]:
    """What nobody can leave out: get the list, decode it, open each field."""

    def run() -> tuple[float, list[dict[str, str]]]:
        body = {"details": "model+tag-ids"}
        reply = requests.post(options["url"] + LIST, json=body, headers=headers, verify=options["ca_path"], timeout=60)
        listed = reply.json()
        begun = _cpu()
        plain = [
            {name: boxes[item["cseKey"]].decrypt(bytes.fromhex(item[name])).decode() for name in FIELDS if item[name]}
            for item in listed
        ]
        return _cpu() - begun, plain

    taken, (alone, plain) = _measured(run)
    return {**taken, "entries": len(plain), "PyNaCl alone": alone}


def _measured(work: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    """Seconds of CPU time, and by how many MB the peak of memory grew."""
    before, begun = _peak(), _cpu()
    result = work()
    return {"cpu": _cpu() - begun, "memory": _peak() - before}, result


def _cpu() -> float:
    return time.process_time()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
