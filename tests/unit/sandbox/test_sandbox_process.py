# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process: its one line, its ends, many clients at once."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.sandbox.harness import ROOT, Sandbox, SandboxError
from tests.sandbox.probe import Probe

CLIENTS = 64


def start(*arguments: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sandbox", *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    ready: dict[str, Any] = json.loads(process.stdout.readline())
    return process, ready


def finish(process: subprocess.Popen[bytes]) -> bytes:
    out, _error = process.communicate(timeout=20)
    return bytes(out)


def dial(sandbox: Sandbox, host: str) -> ssl.SSLSocket:
    address = urlsplit(sandbox.url("proton"))
    raw = socket.create_connection((str(address.hostname), int(address.port or 0)))
    return ssl.create_default_context(cafile=sandbox.ca_file).wrap_socket(raw, server_hostname=host)


def test_one_line_then_quiet_until_sigterm() -> None:
    process, ready = start("proton")
    ca_file = Path(ready["ca_file"])
    assert ready["pid"] == process.pid
    assert ca_file.is_file()
    assert [path.name for path in ca_file.parent.iterdir()] == ["ca.pem"]
    process.send_signal(signal.SIGTERM)
    assert finish(process) == b""
    assert process.returncode == 0
    assert not ca_file.parent.exists()


def test_ends_with_its_parent(tmp_path: Path) -> None:
    process, ready = start("proton", "--with-parent", "--dir", str(tmp_path / "ca"))
    assert ready["ca_file"] == str(tmp_path / "ca" / "ca.pem")
    finish(process)
    assert process.returncode == 0
    assert list((tmp_path / "ca").iterdir()) == []


def test_stop_with_a_request_in_progress() -> None:
    sandbox = Sandbox.start("proton")
    with dial(sandbox, "127.0.0.1") as wire:
        wire.send(b"GET /tests/ping HTTP/1.1\r\n")
        sandbox.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(sandbox.pid, 0)


def test_unknown_provider_is_told() -> None:
    with pytest.raises(SandboxError, match="invalid choice"):
        Sandbox.start("nowhere")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_certificate_and_pin(sandbox: Sandbox, host: str) -> None:
    with dial(sandbox, host) as wire:
        der = wire.getpeercert(binary_form=True)
    assert der is not None
    key = x509.load_der_x509_certificate(der).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    assert base64.b64encode(digest).decode() == sandbox.pin("proton")


MANY_CLIENTS = """
import json, sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from tests.sandbox.probe import Probe

url, ca_file, clients = sys.argv[1], sys.argv[2], int(sys.argv[3])

def work(number):
    probe = Probe(url, ca_file)
    return [probe.request("GET", "/tests/ping").status for _number in range(3)]

with ProcessPoolExecutor(clients, mp_context=get_context("fork")) as pool:
    print(json.dumps(list(pool.map(work, range(clients)))))
"""

FORKED_CHILD = """
import os
from tests.sandbox.harness import Sandbox

with Sandbox.start("proton") as sandbox:
    if os.fork() == 0:
        sandbox.stop()
        os._exit(0)
    os.wait()
    print(sandbox.state("proton")["sessions"])
"""


def run(script: str, *arguments: str) -> Any:
    command = [sys.executable, "-c", script, *arguments]
    return json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=60, check=True).stdout)


def test_many_clients_at_once(sandbox: Sandbox) -> None:
    found = run(MANY_CLIENTS, sandbox.url("proton"), sandbox.ca_file, str(CLIENTS))
    assert found == [[200, 200, 200]] * CLIENTS
    assert sandbox.routes("proton") == {"ping": 3 * CLIENTS}


def test_a_forked_child_does_not_stop_it() -> None:
    assert run(FORKED_CHILD) == []


def test_a_fault_of_the_sandbox_itself_is_seen() -> None:
    with Sandbox.start("proton") as sandbox:
        sandbox.fault("proton", "bad_ephemeral", route="auth_info", value="nonsense")
        probe = Probe(sandbox.url("proton"), sandbox.ca_file)
        assert probe.request("POST", "/auth/info", {"Username": "alice"}).status == 500
        assert sandbox.journal("proton")[0]["outcome"] == "sandbox error"
        assert "KeyError" in sandbox.errors()
        probe.close()
