# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Redfish: the SessionService of a management controller (DMTF DSP0266, section on session login)."""

from __future__ import annotations

TEXT = """\
# Redfish: the session service of a management controller, such as iDRAC, iLO, XCC and OpenBMC (DMTF DSP0266).
# A controller has few sessions and ends idle ones after SessionTimeout; every request counts as a use.
login:
  path: /redfish/v1/SessionService/Sessions
  json: {UserName: "{username}", Password: "{password}"}
  status: [200, 201]
token: {header: X-Auth-Token}
uid: {header: Location}
send: {X-Auth-Token: "{token}"}
keepalive: {path: "{uid}", after: 240}
logout: {path: "{uid}"}
failure:
  code: /error/@Message.ExtendedInfo/0/MessageId
  says: /error/@Message.ExtendedInfo/0/Message
  rules:
    - {kind: not_available, code: ["*SessionLimitExceeded", "*CreateLimitReachedForResource"]}
    - {kind: authentication_needed, code: ["*NoValidSession"]}
"""
