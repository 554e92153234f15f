# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real clients `redfish`, `zabbix_utils` and `pynetbox`: a JSON line in, a JSON line out.

Imports nothing of this repository, so that it runs wherever the real clients are installed.
"""

from __future__ import annotations

import importlib
import json
import os
import ssl
import sys
from typing import Any


class Driver:
    """Holds one object of each real client."""

    def __init__(self) -> None:
        self.redfish: Any = None
        self.zabbix: Any = None
        self.netbox: Any = None
        self.token: Any = None

    # Redfish

    def redfish_login(self, url: str, username: str, password: str, ca_file: str) -> dict[str, Any]:
        """Sign in with a session."""
        module: Any = importlib.import_module("redfish")
        self.redfish = module.redfish_client(url, username=username, password=password, cafile=ca_file, max_retry=1)
        self.redfish.login(auth="session")
        return {"token": self.redfish.get_session_key(), "location": self.redfish.get_session_location()}

    def redfish_request(self, method: str, path: str, body: Any = None) -> list[Any]:
        """Status and body of a request as the session."""
        arguments = {"body": body} if body is not None else {}
        reply = getattr(self.redfish, method)(path, **arguments)
        return [reply.status, reply.dict]

    def redfish_logout(self) -> None:
        """Delete the session."""
        self.redfish.logout()

    # Zabbix

    def zabbix_login(self, url: str, username: str, password: str, ca_file: str) -> str:
        """Sign in; the version of the API."""
        module: Any = importlib.import_module("zabbix_utils")
        self.zabbix = module.ZabbixAPI(url=url, ssl_context=ssl.create_default_context(cafile=ca_file))
        self.zabbix.login(user=username, password=password)
        return str(self.zabbix.api_version())

    def zabbix_call(self, api: str, method: str, params: Any) -> Any:
        """Call a method as the session."""
        return getattr(getattr(self.zabbix, api), method)(**params)

    def zabbix_check(self) -> bool:
        """Whether the client thinks that its session lives."""
        return bool(self.zabbix.check_auth())

    def zabbix_logout(self) -> None:
        """Sign out."""
        self.zabbix.logout()

    # NetBox

    def netbox_login(self, url: str, username: str, password: str) -> dict[str, Any]:
        """Have a token made; what came back."""
        module: Any = importlib.import_module("pynetbox")
        self.netbox = module.api(url)
        made = self.token = self.netbox.create_token(username, password)
        return {"id": made.id, "key": made.key, "expires": made.expires, "version": self.netbox.version}

    def netbox_sites(self) -> list[str]:
        """The names of all sites."""
        return [str(site) for site in self.netbox.dcim.sites.all()]

    def netbox_create(self, name: str) -> str:
        """Make a site."""
        return str(self.netbox.dcim.sites.create(name=name, slug=name))

    def netbox_logout(self) -> bool:
        """Delete the token."""
        return bool(self.token.delete())


def answer(driver: Driver, line: str) -> dict[str, Any]:
    """Do what one line says."""
    wanted = json.loads(line)
    try:
        return {"result": getattr(driver, wanted.pop("do"))(**wanted)}
    except Exception as error:  # noqa: BLE001 (whatever the real client raises is the answer)
        status = getattr(getattr(error, "req", None), "status_code", None)
        return {"error": type(error).__name__, "message": str(error), "code": status}


def main() -> None:
    """Answer every line until stdin ends; whatever else wants to print goes to stderr."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    driver = Driver()
    for line in sys.stdin:
        print(json.dumps(answer(driver, line)), file=told, flush=True)


if __name__ == "__main__":
    main()
