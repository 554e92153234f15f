# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What can go wrong, as one exception that knows its kind."""

from __future__ import annotations

import typing as t

KINDS = (
    "authentication_needed",
    "credentials_rejected",
    "two_factor_needed",
    "human_verification_needed",
    "missing_scope",
    "locked",
    "rate_limited",
    "not_reachable",
    "not_available",
    "unexpected_response",
    "crypto",
    "unsupported",
    "conflict",
    "store",
    "definition",
)


class Failure(Exception):
    """A failure with a kind: the only exception that this client raises on purpose.

    :param kind: one of KINDS (DESIGN, promise 7).
    :param message: one sentence: what is wrong, and where.
    :param http_code: HTTP status of the reply, if a reply caused it.
    :param api_code: the provider's own error code, if the reply carried one.
    :param retry_after: seconds after which trying again makes sense.
    :param methods: ways to answer, for two_factor_needed and human_verification_needed.
    :param hint: one sentence: what to do.
    :param sent: False when certainly no byte of the request reached the service.
    :param session_gone: True when the service said that the session's tokens are dead.
    :param rejected: for credentials_rejected, the options whose values the service refused.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        http_code: int | None = None,
        api_code: int | str | None = None,
        retry_after: float | None = None,
        methods: t.Sequence[str] = (),
        hint: str = "",
        sent: bool = True,
        session_gone: bool = False,
        rejected: t.Sequence[str] = (),
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is not a kind of failure")
        super().__init__(printable(message))
        self.kind = kind
        self.message = printable(message)
        self.http_code = http_code
        self.api_code = api_code
        self.retry_after = retry_after
        self.methods = tuple(methods)
        self.hint = printable(hint)
        self.sent = sent
        self.session_gone = session_gone
        self.rejected = tuple(rejected)

    def as_dict(self) -> dict[str, t.Any]:
        """The `failure` return value of tasks: always the same keys, so that `rescue` can test any of them."""
        return {
            "kind": self.kind,
            "message": self.message,
            "http_code": self.http_code,
            "api_code": self.api_code,
            "retry_after": self.retry_after,
            "methods": list(self.methods),
            "hint": self.hint,
        }

    def __reduce__(self) -> tuple[t.Any, ...]:
        extra = {"sent": self.sent, "session_gone": self.session_gone, "rejected": self.rejected}
        return Failure.from_dict, ({**self.as_dict(), **extra},)

    @classmethod
    def from_dict(cls, values: t.Mapping[str, t.Any]) -> Failure:
        """The inverse of `as_dict`."""
        return cls(
            values["kind"], values["message"], **{key: values[key] for key in values if key not in ("kind", "message")}
        )

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip() + f" [{self.kind}]"


def printable(text: str) -> str:
    """A text made fit for one line: what a service or a file says may hold anything."""
    return "".join(char if char.isprintable() else " " for char in text).strip()
