# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""NetBox: tokens that it makes for a username and a password, in the form of version 1."""

from __future__ import annotations

TEXT = """\
# NetBox, up to 4.4: a token made for a username and a password, and removed when the session is closed.
# With version: 1 it works with 4.5 and later, too, as long as those know this form; older ones ignore it, and have the
# token under key. Where NetBox has tokens of version 2, prefer netbox_v2.
login:
  path: /api/users/tokens/provision/
  json: {username: "{username}", password: "{password}", version: 1, description: gatehouse.api}
  status: [201]
token: {json: [/token, /key]}
uid: {json: /id}
expires_at: {json: /expires}
send: {Authorization: "Token {token}"}
logout: {path: "/api/users/tokens/{uid}/"}
failure:
  says: /detail
  rules:
    - kind: authentication_needed  # it says so with 403, like that one lacks a permission
      status: [401, 403]
      says: ["Invalid token*", "Invalid v1 token*", "Token expired*", "Token disabled*"]
"""
