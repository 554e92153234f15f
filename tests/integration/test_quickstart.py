# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that a new user opens first."""

from __future__ import annotations

import json
import stat

from tests.integration.playing import Player, Run
from tests.sandbox.harness import Sandbox

IMPORT = "- import_playbook: gatehouse.api.quickstart\n"


def test_quickstart_twice_logs_in_once_and_changes_nothing_again(play: Player, sandbox: Sandbox) -> None:
    file = play.directory / "client.ini"
    options = {
        "sandbox": {**sandbox.account("proton", "bob"), "url": sandbox.url("proton"), "ca_file": sandbox.ca_file},
        "quickstart_file": str(file),
    }
    given = play.write("sandbox.json", json.dumps(options))
    first = play.playbook(IMPORT, "-e", f"@{given}", "-e", "quickstart_close=false")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_text(encoding="utf-8")
    second = play.playbook(IMPORT, "-e", f"@{given}", "-e", "quickstart_refresh=false")
    assert file.read_text(encoding="utf-8") == written
    changed = _changed(first)
    assert {"Open the session", "Fork a child session", "Write a file for a tool that wants a token"} <= changed
    assert _changed(second) == {
        "Sign out",
        "Forget the child, which ended with its parent",
    }
    routes = sandbox.routes("proton")
    assert (routes["auth_info"], routes["auth"], routes["auth_2fa"], routes["refresh"], routes["fork"]) == (
        1,
        1,
        1,
        1,
        1,
    )
    assert sandbox.state("proton")["sessions"] == []
    for secret in sandbox.canaries("proton"):
        assert secret not in first.output + second.output


def _changed(run: Run) -> set[str]:
    return {name.removeprefix("gatehouse.api.session : ") for name, did in run.changed().items() if did}


def test_quickstart_alone_opens_uses_and_closes(play_newest: Player, sandbox: Sandbox) -> None:
    options = {
        "sandbox": {**sandbox.account("proton", "bob"), "url": sandbox.url("proton"), "ca_file": sandbox.ca_file},
        "quickstart_file": str(play_newest.directory / "client.ini"),
    }
    given = play_newest.write("sandbox.json", json.dumps(options))
    play_newest.playbook(IMPORT, "-e", f"@{given}")
    assert play_newest.records() == []
    assert sandbox.state("proton")["sessions"] == []
