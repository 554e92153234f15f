# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What a recipe may say: one table, from which argument specs and documentation tests are made, too (http page)."""

from __future__ import annotations

from .options import Option

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
KINDS = (
    "authentication_needed",
    "credentials_rejected",
    "two_factor_needed",
    "missing_scope",
    "rate_limited",
    "not_available",
    "conflict",
    "definition",
)
"""The kinds of failure that a rule may give."""

PLACE = (
    Option("header", "Name of a header."),
    Option("cookie", "Name of a cookie."),
    Option("json", "JSON pointer, or a list of them of which the first that finds something counts.", "raw"),
    Option("text", "The whole body, as text.", "bool"),
)


def _request(method: str, *more: Option) -> tuple[Option, ...]:
    return (
        Option("path", "Path below url.", required=True),
        Option("method", "Method.", default=method, choices=METHODS),
        Option("headers", "More headers.", "dict"),
        Option("json", "JSON body.", "raw"),
        Option("form", "Fields of a form as body.", "dict"),
        Option("status", "Statuses of a success; any 2xx if not given.", "list", elements="int"),
        *more,
    )


def _later(method: str, as_session: bool, *more: Option) -> tuple[Option, ...]:
    return _request(
        method, Option("as_session", "Whether the headers of send go with it.", "bool", default=as_session), *more
    )


RULE = (
    Option("kind", "The kind of failure.", choices=KINDS, required=True),
    Option("status", "One of these statuses.", "list", elements="int"),
    Option("code", "One of these codes; * stands for anything.", "list", elements="raw"),
    Option("says", "One of these texts; * stands for anything.", "list", elements="str"),
)
SCHEMA: tuple[Option, ...] = (
    Option(
        "login",
        "The request that signs in.",
        "dict",
        required=True,
        options=_request("POST", Option("basic", "Whether to send username and password by HTTP Basic.", "bool")),
    ),
    Option("token", "Where the reply has the token.", "dict", required=True, options=PLACE),
    Option("uid", "Where the reply has the session's id.", "dict", options=PLACE),
    Option("refresh_token", "Where the reply has a token for refresh.", "dict", options=PLACE),
    Option("keep", "More to take from the reply, by the name under which requests use it.", "dict"),
    Option("expires_in", "Where the reply has the seconds that the token lives.", "dict", options=PLACE),
    Option("expires_at", "Where the reply has the time at which the token dies.", "dict", options=PLACE),
    Option("lifetime", "Seconds that a token lives when no reply says.", "float"),
    Option("send", "The headers that make a request one of the session.", "dict", required=True),
    Option("refresh", "The request that gives a new token.", "dict", options=_later("POST", False)),
    Option(
        "keepalive",
        "The request that keeps an idle session alive.",
        "dict",
        options=_later("GET", True, Option("after", "Seconds between two of them.", "float", required=True)),
    ),
    Option(
        "logout",
        "The request that signs out.",
        "dict",
        options=_later("DELETE", True, Option("gone", "Statuses of an unknown session.", "list", elements="int")),
    ),
    Option(
        "failure",
        "How a failure looks.",
        "dict",
        options=(
            Option("when", "JSON pointer to what only a failure has, whatever its status."),
            Option("unless", "JSON pointer to what only a success has."),
            Option("code", "JSON pointer to the service's own code."),
            Option("says", "JSON pointer to what it says."),
            Option("rules", "What failures mean; the first that fits counts.", "list", elements="dict", options=RULE),
        ),
    ),
)
