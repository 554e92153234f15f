# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Lines for whoever waits, such as where to sign in."""

from __future__ import annotations

from ansible.utils.display import Display


def said(line: str) -> None:
    """Show a line at once: ansible-core leaves what goes to stdout in a buffer, unless that is a terminal."""
    Display().display(line, stderr=True)
