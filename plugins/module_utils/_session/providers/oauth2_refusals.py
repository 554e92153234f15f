# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What the errors of OAuth 2.0 and its extensions mean here."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import urlsplit

from ..errors import Failure, printable

if t.TYPE_CHECKING:
    from ..transport import Reply

KINDS = {
    "access_denied": "authentication_needed",
    "account_selection_required": "authentication_needed",
    "consent_required": "authentication_needed",
    "expired_token": "authentication_needed",
    "insufficient_scope": "missing_scope",
    "interaction_required": "authentication_needed",
    "invalid_client": "credentials_rejected",
    "invalid_grant": "authentication_needed",
    "invalid_request": "definition",
    "invalid_scope": "definition",
    "invalid_target": "definition",
    "invalid_token": "authentication_needed",
    "login_required": "authentication_needed",
    "server_error": "not_available",
    "slow_down": "rate_limited",
    "temporarily_unavailable": "not_available",
    "unauthorized_client": "definition",
    "unsupported_grant_type": "definition",
    "unsupported_response_type": "definition",
    "unsupported_token_type": "unsupported",
}
"""What the errors of RFC 6749, 6750, 7009, 8628, 8693, 8707 and OpenID Connect Core mean."""
OVER = frozenset({"access_denied", "expired_token", "invalid_grant"})
"""Errors after which a login that waits for somebody cannot go on."""
HINTS = {
    "invalid_client": "Check client_id, client_auth and what proves it.",
    "invalid_grant": "It has expired, was revoked, or somebody else has used it: a server that sees a refresh token "
    "twice ends the whole grant. If nobody signed out, look for a second holder of this token.",
    "expired_token": "Run the task again for a new code.",
    "invalid_scope": "Check scopes.",
    "invalid_target": "Check resources and audience.",
    "unauthorized_client": "The server does not allow this client that grant.",
    "unsupported_grant_type": "The server does not have this grant.",
}


def said_of(reply: Reply) -> tuple[str, str]:
    """Error and description of a reply: in its header (RFC 6750, section 3), or else its body (RFC 6749, 5.2)."""
    stated = re.search(r'error="([!-~ ]*?)"', reply.header("WWW-Authenticate"))
    facts = reply.json()
    facts = facts if isinstance(facts, dict) else {}
    error = stated.group(1) if stated else facts.get("error")
    description = facts.get("error_description")
    return error if isinstance(error, str) else "", description if isinstance(description, str) else ""


def meant(
    said: tuple[str, str], reply: Reply, now: float, proofs: t.Sequence[str] = (), client: t.Sequence[str] = ()
) -> Failure:
    """The failure that a refusal is.

    :param said: its error and description.
    :param now: the present time.
    :param proofs: options whose values the server has refused if it refuses the grant.
    :param client: options whose values it has refused if it refuses the client.
    """
    error, description = printable(said[0])[:80], printable(said[1])[:300]
    kind, rejected = KINDS.get(error) or _kind_of(reply.status), tuple(client) if error == "invalid_client" else ()
    reason = ": ".join(filter(None, (error, description))) or f"HTTP {reply.status}, no reason given"
    parts = urlsplit(reply.url)
    where = f"{parts.scheme}://{parts.netloc}"
    message, hint = f"{where} refused ({reason}).", HINTS.get(error, "")
    if error == "invalid_grant" and proofs:
        kind, rejected, hint = "credentials_rejected", tuple(proofs), f"Check {' and '.join(proofs)}."
    elif error == "invalid_grant":
        message = f"{where} refused the session's refresh token ({reason})."
    elif error == "access_denied":
        message = f"{where} refused, as somebody said no ({reason})."
    elif error == "expired_token":
        message = f"Nobody signed in at {where} in time."
    return Failure(
        kind,
        message,
        http_code=reply.status,
        api_code=error or None,
        retry_after=reply.retry_after(now),
        hint=hint,
        session_gone=error in OVER,
        rejected=rejected,
    )


def _kind_of(status: int) -> str:
    kinds = {401: "authentication_needed", 403: "missing_scope", 429: "rate_limited"}
    return kinds.get(status) or ("not_available" if status >= 500 else "unexpected_response")
