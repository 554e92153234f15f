# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOAP (Tanium protocol page, 3.4, 3.6 and 8, rules 5, 11 and 12)."""

from __future__ import annotations

import re

import pytest

from tests.sandbox.harness import Sandbox, fingerprint
from tests.sandbox.probe import Answer
from tests.sandbox.tanium_probe import PROVIDER as TANIUM
from tests.sandbox.tanium_probe import TaniumProbe

from .conftest import NewTaniumProbe

ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<soap:Envelope soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
    ' xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    '<soap:Body xmlns:t="urn:TaniumSOAP" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "<t:tanium_soap_request><command>{command}</command><object_list>{objects}</object_list>"
    "<options><json_pretty_print>1</json_pretty_print></options></t:tanium_soap_request></soap:Body></soap:Envelope>"
)


def soap(probe: TaniumProbe, command: str, objects: str) -> Answer:
    return probe.request("POST", "/soap", ENVELOPE.format(command=command, objects=objects).encode())


def tag(answer: Answer, name: str) -> str:
    found = re.search(f"<{name}>(.*?)</{name}>", answer.raw.decode(), re.DOTALL)
    return found.group(1) if found else ""


def test_get_object(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    answer = soap(probe, "GetObject", "<user><id>1</id></user>")
    assert answer.status == 200
    assert answer.raw.startswith(
        b'<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        b'<t:return xmlns:t="urn:TaniumSOAP"><command>GetObject</command><session>'
    )
    assert tag(answer, "session") == probe.session
    assert tag(answer, "server_version") == "7.3.314.3641"
    assert tag(answer, "result_object").startswith("<user><id>1</id><name>alice</name>")
    assert tag(answer, "active_session_count") == "1"
    notes = tanium.journal(TANIUM)[-1]["fingerprints"]
    assert (notes["command"], notes["answered"]) == ("GetObject", fingerprint(probe.session))


def test_get_all(new_tanium: NewTaniumProbe) -> None:
    answer = soap(new_tanium(), "GetObject", "<users/>")
    assert answer.raw.count(b"<user>") == 6
    assert tag(answer, "command") == "GetObject"


def test_the_string_may_be_replaced(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    tanium.settings(TANIUM, replace_on_soap=True)
    probe = new_tanium()
    old = probe.session
    fresh = tag(soap(probe, "GetObject", "<user><id>1</id></user>"), "session")
    assert fresh != old
    assert not probe.alive(old)
    assert probe.alive(fresh)


def test_a_reply_without_a_session_at_its_place(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium()
    tanium.settings(TANIUM, soap_session="missing")
    assert b"<session>" not in soap(probe, "GetObject", "<user><id>1</id></user>").raw
    tanium.settings(TANIUM, soap_session="late")
    raw = soap(probe, "GetObject", "<user><id>1</id></user>").raw
    assert raw.index(b"<session>") > 4000


@pytest.mark.parametrize(
    ("command", "objects", "pattern"),
    [
        ("GetObject", "<user><id>99</id></user>", "404.*not.*found"),
        ("GetObject", "<sensor><id>1</id></sensor>", "404.*not.*found"),
        ("AddObject", "<group><name>All Computers</name></group>", "400.*already.*exists"),
        ("DestroyObject", "<user><id>1</id></user>", "400.*UnknownCommand"),
    ],
)
def test_errors_are_in_the_command(new_tanium: NewTaniumProbe, command: str, objects: str, pattern: str) -> None:
    probe = new_tanium()
    answer = soap(probe, command, objects)
    assert answer.status == 200
    assert re.search(pattern, tag(answer, "command"), re.IGNORECASE | re.DOTALL)
    assert tag(answer, "session") == probe.session
    assert tag(answer, "result_object") == ""


def test_add_object(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium()
    answer = soap(probe, "AddObject", "<group><name>a &amp; b</name></group>")
    assert tag(answer, "command") == "AddObject"
    assert tag(answer, "group") == "<id>2</id><name>a &amp; b</name>"
    assert probe.request("GET", "/api/v2/groups").body["data"][1]["name"] == "a & b"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"<unfinished",
        b"<tanium_soap_request><command>GetObject</command></tanium_soap_request>",
        b'<!DOCTYPE x [<!ENTITY e "e">]>' + ENVELOPE.format(command="GetObject", objects="").encode()[39:],
    ],
)
def test_not_soap(new_tanium: NewTaniumProbe, raw: bytes) -> None:
    answer = new_tanium().request("POST", "/soap", raw)
    assert (answer.status, set(answer.body)) == (400, {"text"})


@pytest.mark.parametrize("string", ["", "1-1-badwolf", "token-badwolf"])
def test_a_live_session_is_needed(new_tanium: NewTaniumProbe, string: str) -> None:
    probe = new_tanium()
    probe.session = string
    assert soap(probe, "GetObject", "<user><id>1</id></user>").status == (401 if "token" in string else 403)


def test_the_xml_auth_element_is_not_read(new_tanium: NewTaniumProbe) -> None:
    probe = new_tanium()
    objects = f"<user><id>1</id></user></object_list><auth><session>{probe.session}</session></auth><object_list>"
    probe.session = ""
    assert soap(probe, "GetObject", objects).status == 403


def test_a_token_speaks_soap(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("erin", login=False)
    probe.session = tanium.account(TANIUM, "erin")["api_token"]
    assert tag(soap(probe, "GetObject", "<user><name>erin</name></user>"), "name") == "erin"


def test_new_session_for_one_exclusive_group(new_tanium: NewTaniumProbe, tanium: Sandbox) -> None:
    probe = new_tanium("grace")
    answer = soap(probe, "NewSessionAsExclusiveUserGroup", "<user_group><id>3</id></user_group>")
    child = tag(answer, "session")
    assert tag(answer, "command") == "NewSessionAsExclusiveUserGroup"
    assert child != probe.session
    assert probe.alive()
    assert probe.request("GET", "/info.json", headers={"session": child}).body["Diagnostics"] == {
        "Version": "7.3.314.3641",
        "User": "grace",
        "ExclusiveUserGroup": 3,
    }
    assert [session["group"] for session in tanium.state(TANIUM)["sessions"]] == [None, 3]


@pytest.mark.parametrize(
    ("account", "objects"),
    [
        ("grace", "<user_group><id>4</id></user_group>"),
        ("alice", "<user_group><id>3</id></user_group>"),
        ("grace", ""),
        ("grace", "<group><id>3</id></group>"),
    ],
)
def test_only_members_get_one(new_tanium: NewTaniumProbe, tanium: Sandbox, account: str, objects: str) -> None:
    probe = new_tanium(account)
    answer = soap(probe, "NewSessionAsExclusiveUserGroup", objects)
    assert "403" in tag(answer, "command")
    assert tag(answer, "session") == probe.session
    assert len(tanium.state(TANIUM)["sessions"]) == 1
