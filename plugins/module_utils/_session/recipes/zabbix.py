# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Zabbix: JSON-RPC of 6.4 and later, which takes the token in the header Authorization."""

from __future__ import annotations

TEXT = """\
# Zabbix 6.4 and later: JSON-RPC, with the token in the header Authorization. url is that of the frontend.
# Failures come with HTTP 200. The frontend ends sessions that were idle for the user's auto-logout.
login:
  path: /api_jsonrpc.php
  json:
    jsonrpc: "2.0"
    method: user.login
    params: {username: "{username}", password: "{password}"}
    id: 1
token: {json: /result}
send: {Authorization: "Bearer {token}"}
keepalive:
  path: /api_jsonrpc.php
  method: POST
  as_session: false  # this method is for those who have no session yet: it takes the token as a parameter
  json:
    jsonrpc: "2.0"
    method: user.checkAuthentication
    params: {sessionid: "{token}"}
    id: 1
  after: 240
logout:
  path: /api_jsonrpc.php
  method: POST
  json: {jsonrpc: "2.0", method: user.logout, params: [], id: 1}
failure:
  when: /error
  code: /error/code
  says: /error/data
  rules:
    - kind: credentials_rejected
      says: ["Incorrect user name or password*", "Login name or password is incorrect*"]
    - {kind: authentication_needed, says: ["Session terminated*", "Not authori*", "API token expired*"]}
    - {kind: missing_scope, says: ["No permissions*"]}
    - {kind: definition, code: [-32600, -32601, -32602, -32700]}
"""
