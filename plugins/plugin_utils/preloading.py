# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What the main process reads of a store for all workers, which inherit it: keyrings are slow, and so are libraries."""

from __future__ import annotations

import contextlib
import importlib
import typing as t

from ansible.errors import AnsibleError
from ansible.template import Templar

from ansible_collections.gatehouse.api.plugins.module_utils._session import warm
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores import (
    DEFAULT,
    IN_KEYRING,
    keyring_key,
    open_store,
)
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.redis_url import is_redis
from ansible_collections.gatehouse.api.plugins.plugin_utils.settings import setting

if t.TYPE_CHECKING:
    from ansible.playbook.play import Play

    from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.keyring import KeyringStore


class Preloading:
    """Reads ahead for the store of a run. What cannot be read is left to the workers, which say why."""

    def __init__(self) -> None:
        self._records: KeyringStore | None = None
        self._read_at = 0

    def begin(self, play: Play) -> None:
        """A play begins, whose variables may name its store; a task's own option and a host's variables may not."""
        with contextlib.suppress(AnsibleError, Failure, ImportError):
            variables = play.get_variable_manager().get_vars(play=play)
            templar = Templar(loader=play.get_loader(), variables=variables)
            place, key = (setting(name, variables, templar) for name in ("store", "store_key"))
            place = place or DEFAULT
            self._records = None
            store = open_store(place, key).store
            if is_redis(warm.given(place) or DEFAULT):
                importlib.import_module("redis")
            if IN_KEYRING in (place, key):
                keyring_key.look(store)
                self._records = t.cast("KeyringStore", store) if place == IN_KEYRING else None
                self.again()

    def again(self) -> None:
        """A task begins, for which workers are forked: read what others have changed meanwhile."""
        if self._records is not None and self._records.changed_at != self._read_at:
            self._read_at = self._records.changed_at
            self._records.preload()
