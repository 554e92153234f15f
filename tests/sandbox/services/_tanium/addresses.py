# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of trusted source addresses (Tanium protocol page, section 3.3)."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Networks = tuple[IPv4Network | IPv6Network, ...]


def networks(text: str) -> Networks:
    """Addresses and blocks, separated by commas; ValueError when one is neither."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def trusts(found: Networks, peer: str) -> bool:
    """Whether this peer is listed. An empty list trusts nobody."""
    address = ip_address(peer)
    return any(address in network for network in found)
