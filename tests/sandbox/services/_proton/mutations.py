# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of this protocol: finished replies made wrong (Proton protocol page, section 5.1, rule 16)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...exchange import Reply
from ...faults import Fault
from .moduli import foreign, moduli, tampered
from .srp import pad

OPTIONS = {
    "wrong_proof": frozenset[str](),
    "bad_modulus_signature": frozenset({"variant"}),
    "foreign_modulus": frozenset({"forged_issuer"}),
    "srp_version": frozenset({"version"}),
    "bad_ephemeral": frozenset({"value"}),
    "human_verification": frozenset({"methods", "every"}),
}
_WIDE = (1 << 2048) - 1


def mutations() -> dict[str, Callable[[Fault, Reply], Reply]]:
    """Each kind with the function that spoils a reply."""
    return {
        "wrong_proof": _wrong_proof,
        "bad_modulus_signature": _bad_signature,
        "foreign_modulus": _foreign,
        "srp_version": _version,
        "bad_ephemeral": _ephemeral,
    }


def _changed(reply: Reply, name: str, change: Callable[[Any], Any]) -> Reply:
    if not isinstance(reply.body, dict) or name not in reply.body:
        return reply
    return replace(reply, body={**reply.body, name: change(reply.body[name])})


def _wrong_proof(_fault: Fault, reply: Reply) -> Reply:
    def flip(proof: str) -> str:
        raw = base64.b64decode(proof)
        return base64.b64encode(raw[:-1] + bytes((raw[-1] ^ 1,))).decode()

    return _changed(reply, "ServerProof", flip)


def _bad_signature(fault: Fault, reply: Reply) -> Reply:
    variant = str(fault.options.get("variant", "text"))
    return _changed(reply, "Modulus", lambda armored: tampered(armored, variant))


def _foreign(fault: Fault, reply: Reply) -> Reply:
    forged = bool(fault.options.get("forged_issuer", False))
    return _changed(reply, "Modulus", lambda armored: foreign(armored, forged_issuer=forged))


def _version(fault: Fault, reply: Reply) -> Reply:
    return _changed(reply, "Version", lambda _version: fault.options.get("version", 5))


def _ephemeral(fault: Fault, reply: Reply) -> Reply:
    body = reply.body if isinstance(reply.body, dict) else {}
    number = next((m.number for m in moduli().values() if m.armored == body.get("Modulus")), None)
    if number is None:
        return reply
    value = str(fault.options.get("value", "0"))
    if value == "short":
        return _changed(reply, "ServerEphemeral", lambda _old: base64.b64encode(b"\x02" * 255).decode())
    known = {
        "0": 0,
        "1": 1,
        "N": number,
        "N-1": number - 1,
        "N+1": number + 1,
        "max": _WIDE,
    }
    return _changed(reply, "ServerEphemeral", lambda _old: base64.b64encode(pad(known[value])).decode())
