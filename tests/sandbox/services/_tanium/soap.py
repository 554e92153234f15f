# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOAP messages (Tanium protocol page, section 3.4)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from ...exchange import Reply

_ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
_TANIUM = "{urn:TaniumSOAP}"
_FORBIDDEN = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_LATE = " " * 4000


@dataclass(frozen=True)
class Message:
    """A command and the first object of its list: name and simple fields."""

    command: str
    kind: str
    fields: dict[str, str]


def parse(raw: bytes) -> Message | None:
    """The message of a request; None when it is not one."""
    if _FORBIDDEN.search(raw):
        return None
    try:
        root = ElementTree.fromstring(raw)  # noqa: S314 (without a document type there are no entities)
    except ElementTree.ParseError:
        return None
    request = root.find(f"{_ENVELOPE}Body/{_TANIUM}tanium_soap_request")
    if root.tag != f"{_ENVELOPE}Envelope" or request is None:
        return None
    listed = next(iter(request.find("object_list") or ()), None)
    fields = {} if listed is None else {part.tag: (part.text or "") for part in listed if not len(part)}
    return Message(request.findtext("command") or "", "" if listed is None else listed.tag, fields)


def answer(command: str, session: str, version: str, result: str, place: str) -> Reply:
    """A reply; on failure `command` is the error text. `place` is where the session goes."""
    told = {"shown": f"<session>{session}</session>", "late": "", "missing": ""}[place]
    late = f"{_LATE}<session>{session}</session>" if place == "late" else ""
    text = (
        '<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        f'<t:return xmlns:t="urn:TaniumSOAP"><command>{escape(command)}</command>{told}'
        f"<server_version>{version}</server_version><result_object>{result}</result_object>{late}"
        "</t:return></soap:Body></soap:Envelope>"
    )
    return Reply(raw=text.encode(), content_type="text/xml; charset=utf-8")


def element(name: str, fields: dict[str, Any]) -> str:
    """One object."""
    inner = "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in fields.items())
    return f"<{name}>{inner}</{name}>"
