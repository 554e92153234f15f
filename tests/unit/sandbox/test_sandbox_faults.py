# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults do what they say (Proton protocol page, section 5.1, rule 16)."""

from __future__ import annotations

import base64
import http.client
import threading
from typing import Any

import pytest

from tests.sandbox.harness import Sandbox, SandboxError
from tests.sandbox.probe import Answer, Probe
from tests.sandbox.services._proton.moduli import moduli

from .conftest import NewProbe
from .test_sandbox_login import refused


def ping(probe: Probe) -> Answer:
    return probe.request("GET", "/tests/ping")


def rotations(sandbox: Sandbox) -> int:
    (session,) = sandbox.state("proton")["sessions"]
    return int(session["rotations"])


def test_status_before_the_work(alice: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "status", route="refresh", status=503, headers={"retry-after": "7"}, code=2028)
    answer = alice.refresh()
    refused(answer, 503, 2028)
    assert answer.headers["retry-after"] == "7"
    assert rotations(sandbox) == 0
    entry = sandbox.journal("proton")[-1]
    assert (entry["outcome"], entry["work"], entry["status"]) == ("fault: status", "not done", 503)
    assert alice.refresh().code == 1000


def test_status_after_the_work(alice: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "status", route="refresh", status=502, when="after")
    refused(alice.refresh(), 502, 502)
    assert rotations(sandbox) == 1
    assert sandbox.journal("proton")[-1]["work"] == "ok"


def test_status_with_a_body(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "status", route="ping", status=418, body={"Code": 1000, "Odd": True})
    answer = ping(probe)
    assert (answer.status, answer.body) == (418, {"Code": 1000, "Odd": True})


def test_faults_queue_up(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "status", route="ping", status=409, count=2)
    sandbox.fault("proton", "status", route="ping", status=429)
    assert [ping(probe).status for _number in range(4)] == [409, 409, 429, 200]


def test_after_skips(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "bare_error", route="ping", after=2)
    assert [ping(probe).status for _number in range(4)] == [200, 200, 500, 200]


def test_every_route_until_reset(alice: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "empty", count=None, status=204)
    assert [ping(alice).status, alice.request("GET", "/users").status] == [204, 204]
    sandbox.clear_faults("proton")
    assert ping(alice).status == 200


def test_drop_before(alice: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "drop_before", route="refresh")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        alice.refresh()
    assert rotations(sandbox) == 0
    entry = sandbox.journal("proton")[-1]
    assert (entry["outcome"], entry["work"], entry["status"]) == ("fault: drop_before", "not done", None)


def test_drop_after(alice: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "drop_after", route="refresh")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        alice.refresh()
    assert rotations(sandbox) == 1
    assert sandbox.journal("proton")[-1]["outcome"] == "fault: drop_after"
    refused(alice.refresh(), 422, 10013)


def test_truncate(alice: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "truncate", route="refresh")
    with pytest.raises(http.client.IncompleteRead) as caught:
        alice.refresh()
    assert caught.value.partial.startswith(b'{"Code":1000')
    assert caught.value.expected
    assert rotations(sandbox) == 1


def test_connection_survives_nothing_but_itself(alice: Probe, sandbox: Sandbox) -> None:
    assert alice.request("GET", "/users").code == 1000
    assert alice.request("GET", "/users").code == 1000
    first, second = sandbox.journal("proton", route="users")
    assert first["peer"] == second["peer"]


@pytest.mark.parametrize(
    ("kind", "options", "status", "content_type", "start"),
    [
        ("html", {}, 200, "text/html; charset=utf-8", b"<!DOCTYPE"),
        ("html", {"status": 502}, 502, "text/html; charset=utf-8", b"<!DOCTYPE"),
        ("empty", {}, 200, "application/json", b""),
        ("not_utf8", {}, 200, "application/json", b'{"Code":1000,"Text":"\xff'),
        ("bare_error", {"status": 504}, 504, "text/plain", b"upstream"),
        ("no_code", {}, 200, "application/json", b"{}"),
        ("missing_field", {"fields": ["Code"]}, 200, "application/json", b"{}"),
        ("wrong_content_type", {}, 200, "text/html", b'{"Code":1000}'),
        ("wrong_content_type", {"content_type": "text/x"}, 200, "text/x", b'{"Code":1000}'),
    ],
)
def test_odd_replies(
    probe: Probe, sandbox: Sandbox, kind: str, options: dict[str, Any], status: int, content_type: str, start: bytes
) -> None:
    sandbox.fault("proton", kind, route="ping", **options)
    answer = ping(probe)
    assert (answer.status, answer.headers["content-type"]) == (status, content_type)
    assert answer.raw.startswith(start)
    assert ping(probe).body == {"Code": 1000}


def test_huge(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "huge", route="ping", megabytes=2)
    assert len(ping(probe).raw) > 2_000_000


def test_redirect(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "redirect", route="ping", location="https://elsewhere.test/", status=307)
    answer = ping(probe)
    assert (answer.status, answer.headers["location"]) == (307, "https://elsewhere.test/")


def test_delay_combines_with_another_fault(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "delay", route="ping", seconds=0.05)
    sandbox.fault("proton", "status", route="ping", status=503)
    assert ping(probe).status == 503
    entry = sandbox.journal("proton")[-1]
    assert entry["ended"] - entry["started"] >= 0.05


def test_hold_lets_requests_meet(new_probe: NewProbe, sandbox: Sandbox) -> None:
    alice = new_probe("alice")
    sandbox.fault("proton", "hold", route="refresh", count=2, until_waiting=2)
    answers: list[Answer] = []
    others = [new_probe(), new_probe()]

    def refresh(probe: Probe) -> None:
        answers.append(probe.refresh(alice.refresh_token, UID=alice.uid))

    threads = [threading.Thread(target=refresh, args=(probe,)) for probe in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.code for answer in answers) == [1000, 10013]


def test_hold_until_released(new_probe: NewProbe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "hold", route="ping", when="after")
    answers: list[Answer] = []
    probe = new_probe()
    thread = threading.Thread(target=lambda: answers.append(ping(probe)))
    thread.start()
    while sandbox.held("proton") == 0:
        assert thread.is_alive()
    assert sandbox.journal("proton")[-1]["outcome"] == "in progress"
    assert sandbox.release("proton") == 1
    thread.join()
    assert answers[0].code == 1000


def test_wrong_proof(probe: Probe, sandbox: Sandbox) -> None:
    sandbox.fault("proton", "wrong_proof", route="auth")
    proof = probe.prove(probe.info("alice"), "alice", sandbox.account("proton", "alice")["password"])
    answer = probe.request("POST", "/auth", proof.request)
    assert answer.code == 1000
    assert answer.body["ServerProof"] != proof.expected


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("bad_modulus_signature", {}),
        ("bad_modulus_signature", {"variant": "signature"}),
        ("bad_modulus_signature", {"variant": "trailing"}),
        ("foreign_modulus", {}),
        ("foreign_modulus", {"forged_issuer": True}),
    ],
)
def test_bad_modulus(probe: Probe, sandbox: Sandbox, kind: str, options: dict[str, Any]) -> None:
    genuine = probe.info("alice")["Modulus"]
    sandbox.fault("proton", kind, route="auth_info", **options)
    bad = probe.info("alice")["Modulus"]
    assert bad != genuine
    assert bad.startswith("-----BEGIN PGP SIGNED MESSAGE-----")
    assert probe.info("alice")["Modulus"] == genuine


@pytest.mark.parametrize("version", [0, 1, 2, 5])
def test_srp_version(probe: Probe, sandbox: Sandbox, version: int) -> None:
    sandbox.fault("proton", "srp_version", route="auth_info", version=version)
    assert probe.info("alice")["Version"] == version


@pytest.mark.parametrize(("value", "offset", "factor"), [("0", 0, 0), ("1", 1, 0), ("N", 0, 1), ("N-1", -1, 1)])
def test_bad_ephemeral(probe: Probe, sandbox: Sandbox, value: str, offset: int, factor: int) -> None:
    sandbox.fault("proton", "bad_ephemeral", route="auth_info", value=value)
    raw = base64.b64decode(probe.info("alice")["ServerEphemeral"])
    assert len(raw) == 256
    assert int.from_bytes(raw, "little") == moduli()["modulus-1"].number * factor + offset


@pytest.mark.parametrize(
    "wanted",
    [{"kind": "flood"}, {"kind": "html", "route": "nowhere"}, {"kind": "html", "colour": "red"}, {}],
)
def test_misspelt_faults_are_refused(sandbox: Sandbox, wanted: dict[str, Any]) -> None:
    with pytest.raises(SandboxError):
        sandbox.ask("proton", "POST", "faults", wanted)


@pytest.mark.parametrize("wanted", [{"acess_ttl": 5}, {"send_expires_in": 1}, {"access_ttl": "soon"}])
def test_misspelt_settings_are_refused(sandbox: Sandbox, wanted: dict[str, Any]) -> None:
    with pytest.raises(SandboxError):
        sandbox.settings("proton", **wanted)
