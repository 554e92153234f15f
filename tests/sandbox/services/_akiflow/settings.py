# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches of the Akiflow service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AkiflowSettings:
    """Times are in seconds. Defaults follow the Akiflow protocol page, sections 1 to 9."""

    # Cookies and CSRF (section 3); xsrf_cookie: one, none, foreign, two
    csrf_status: int = 204
    xsrf_cookie: str = "one"
    refresh_csrf: bool = True
    new_session_at_login: bool = True
    cookie_ttl: float = 7200
    # The code (section 4); redirect_base "" is the service itself
    redirect_base: str = ""
    redirect_relative: bool = False
    code_ttl: float = 600
    max_wrong_codes: int = 5
    wrong_code_status: int = 200
    refused_email_status: int = 200
    newest_code_only: bool = True
    max_mails: int = 5
    mail_seconds: float = 60
    # Its mail (section 8); maildir "": none is delivered; mail_variant: see mails.py
    maildir: str = ""
    mail_variant: str = "multipart"
    mail_sender: str = "Akiflow <no-reply@mail.akiflow.com>"
    hold_mails: bool = False
    # Tokens (sections 4 and 5); told_ttl and jwt_ttl 0 are the truth
    access_ttl: float = 1800
    refresh_ttl: float = 13 * 30 * 86400
    send_expires_in: bool = True
    told_ttl: float = 0
    jwt_ttl: float = 0
    opaque_access: bool = False
    me_makes_pair: bool = False
    old_access_lives: bool = False
    old_refresh_lives: bool = False
    revoke_on_reuse: bool = False
    dead_refresh_status: int = 401
    # The API (section 6)
    strict_headers: bool = False
    strict_client_id: bool = True
    # The front end (section 5)
    front_end_refuses: bool = False
    blocked_agents: tuple[str, ...] = ()
    login_page: bool = False
