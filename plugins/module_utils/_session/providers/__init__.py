# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""The registry of providers: one line each. A provider's file is imported only when it is asked for."""

from __future__ import annotations

import typing as t

from ..errors import Failure

if t.TYPE_CHECKING:
    from .base import Provider


def _proton() -> type[Provider]:
    from .proton import Proton

    return Proton


def _akiflow() -> type[Provider]:
    from .akiflow import Akiflow

    return Akiflow


def _http() -> type[Provider]:
    from .http import Http

    return Http


def _nextcloud_passwords() -> type[Provider]:
    from .nextcloud_passwords import NextcloudPasswords

    return NextcloudPasswords


def _oauth2() -> type[Provider]:
    from .oauth2 import OAuth2

    return OAuth2


def _ricloud() -> type[Provider]:
    from .ricloud import Ricloud

    return Ricloud


def _tanium() -> type[Provider]:
    from .tanium import Tanium

    return Tanium


PROVIDERS: dict[str, t.Callable[[], type[Provider]]] = {
    "akiflow": _akiflow,
    "http": _http,
    "nextcloud_passwords": _nextcloud_passwords,
    "oauth2": _oauth2,
    "proton": _proton,
    "ricloud": _ricloud,
    "tanium": _tanium,
}


def provider_class(name: str) -> type[Provider]:
    """The provider of a name.

    :raises Failure: `definition` when there is none.
    """
    if name not in PROVIDERS:
        raise Failure("definition", f"There is no provider {name!r}.", hint=f"There are: {', '.join(PROVIDERS)}.")
    return PROVIDERS[name]()
