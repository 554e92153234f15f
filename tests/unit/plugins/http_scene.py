# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes of the provider http: one for each service that has a shipped recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from tests.unit.plugins.provider_scene import ProviderScene


class HttpScene(ProviderScene):
    """A service, and a definition with its shipped recipe unless a test gives another one."""

    recipe: ClassVar[str]
    used: ClassVar[dict[str, Any]]
    """A request as the session, as options of a Call."""
    denied: ClassVar[dict[str, Any]]
    """A request that carol may not make."""

    def definition(self, account: str = "", name: str = "cloud", **options: Any) -> Definition:
        """A whole definition of an account; an option that is None takes its default."""
        known = self.known(account)
        own = {} if options.keys() & {"recipe", "recipe_file"} else {"recipe_name": self.recipe}
        given = {
            "url": self.sandbox.url(self.service),
            "ca_path": self.sandbox.ca_file,
            "username": known["username"],
            "password": known["password"],
            **own,
            **options,
        }
        defaults = {option.name: option.default for option in provider_class("http").options()}
        wanted = {key: value for key, value in given.items() if value is not None}
        return Definition(name, "http", {**defaults, **wanted}, source="the test")

    def use(self, definition: Definition | None = None) -> Any:
        """A request as the session; its JSON."""
        return self.call(definition=definition, **self.used).json()


class RedfishScene(HttpScene):
    service = recipe = "redfish"
    used: ClassVar = {"path": "/redfish/v1/Systems/1"}
    denied: ClassVar = {"path": "/redfish/v1/Systems/1", "method": "PATCH", "body": {"AssetTag": "x"}}


class VsphereScene(HttpScene):
    service = recipe = "vsphere"
    used: ClassVar = {"path": "/api/vcenter/vm"}
    denied: ClassVar = {"path": "/api/vcenter/vm/vm-1", "method": "DELETE"}


def rpc(method: str, *params: Any) -> dict[str, Any]:
    """A request of Zabbix."""
    body = {"jsonrpc": "2.0", "method": method, "params": list(params), "id": 7}
    return {"path": "/api_jsonrpc.php", "method": "POST", "body": body}


class ZabbixScene(HttpScene):
    service = recipe = "zabbix"
    used: ClassVar = rpc("host.get")
    denied: ClassVar = rpc("host.delete", "1")

    def methods(self) -> list[str]:
        """The methods that were called, in their order."""
        return [entry["fingerprints"].get("method", "") for entry in self.journal()]


class NetboxScene(HttpScene):
    service = recipe = "netbox"
    used: ClassVar = {"path": "/api/dcim/sites/"}
    denied: ClassVar = {"path": "/api/dcim/sites/", "method": "POST", "body": {"name": "x"}}


class NetboxV2Scene(NetboxScene):
    recipe = "netbox_v2"


SCENES: Mapping[str, type[HttpScene]] = {
    made.recipe: made for made in (RedfishScene, VsphereScene, ZabbixScene, NetboxScene, NetboxV2Scene)
}
SERVICES = sorted({made.service for made in SCENES.values()})
