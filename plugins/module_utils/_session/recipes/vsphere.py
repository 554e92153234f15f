# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""vSphere: sessions of the Automation API of vCenter 7.0.2 and later."""

from __future__ import annotations

TEXT = """\
# vSphere: sessions of the Automation API of vCenter Server, 7.0.2 and later.
# vCenter ends sessions that were idle; reading the session counts as a use.
login:
  path: /api/session
  basic: true
token: {json: ""}  # the whole reply is the token, as a JSON text
send: {vmware-api-session-id: "{token}"}
keepalive: {path: /api/session, after: 240}
logout: {path: /api/session}
failure:
  code: /error_type
  says: /messages/0/default_message
"""
