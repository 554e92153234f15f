# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""NetBox: the same with tokens of version 2, which NetBox has since 4.5."""

from __future__ import annotations

TEXT = """\
# NetBox 4.5 and later: a token of version 2, of which NetBox keeps only a digest.
login:
  path: /api/users/tokens/provision/
  json: {username: "{username}", password: "{password}", version: 2, description: gatehouse.api}
  status: [201]
token: {json: /token}
keep:
  key: {json: /key}
uid: {json: /id}
expires_at: {json: /expires}
send: {Authorization: "Bearer nbt_{key}.{token}"}
logout: {path: "/api/users/tokens/{uid}/"}
failure:
  says: /detail
  rules:
    - kind: authentication_needed  # it says so with 403, like that one lacks a permission
      status: [401, 403]
      says: ["Invalid token*", "Invalid v2 token*", "Token expired*", "Token disabled*"]
"""
