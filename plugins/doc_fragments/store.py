# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where records live, and where the work is done."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  store:
    description:
      - Where the records of sessions live.
      - V(file) is a directory of the user who runs Ansible, C($XDG_STATE_HOME/gatehouse.api/sessions), by default
        C(~/.local/state/gatehouse.api/sessions). V(file:///DIRECTORY) or an absolute path is another directory.
      - V(keyring) is the keyring of the operating system, with an index in C($XDG_STATE_HOME/gatehouse.api/keyring).
      - V(memory) keeps them for the one task, and for the items of its loop. Nothing closes such a session afterwards
        but the task itself.
      - V(redis://USER:PASSWORD@HOST:PORT/DB) is a Redis, for several control nodes. V(rediss://...) is the same with
        TLS, V(unix://USER:PASSWORD@/PATH?db=DB) a socket of this machine,
        V(redis+sentinel://HOST:PORT,HOST:PORT/SERVICE) the Redis that Sentinels watch,
        V(redis+cluster://HOST:PORT,HOST:PORT) a cluster; with C(rediss+) they use TLS. Options follow after C(?), such
        as C(ssl_ca_certs=FILE). See C(docs/stores.md) for all of them. The password is hidden in all output.
      - V(@PATH) is what the file at this path says, so that a URL with a password need not be in the environment.
      - If not set, the variable C(gatehouse_store), the environment variable E(GATEHOUSE_STORE), or C(store) in the
        section C([gatehouse]) of C(ansible.cfg) is used, else V(file).
    type: str
  store_key:
    description:
      - Key that seals the records, as the base64 of 32 bytes, or any text of at least 20 characters.
        V(@PATH) is what the file at this path says.
      - V(keyring) takes it from the keyring of the operating system. For a store of this user alone it is made there on
        first use. For a Redis it has to be put there before, the same on each control node.
      - A Redis needs a key. The store V(keyring) has its own in the keyring, the store V(memory) one that nobody knows.
      - If not set, the variable C(gatehouse_store_key), the environment variable E(GATEHOUSE_STORE_KEY), or
        C(store_key) in the section C([gatehouse]) of C(ansible.cfg) is used, else a key file beside the records, made
        on first use.
    type: str
  run_on:
    description:
      - V(controller) works on the control node, once for all hosts.
      - V(target) runs as an ordinary module on the managed host, with a store of that host's own. A definition that is
        found by name is handed over by the control node.
    type: str
    choices: [controller, target]
    default: controller
requirements:
  - python >= 3.9 (3.10 on the control node)
  - requests
  - cryptography
  - keyring, for a store or a key in the OS keyring
  - redis, for a store in Redis
"""
