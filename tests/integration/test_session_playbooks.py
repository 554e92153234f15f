# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks that open, refresh, hand on, audit and close sessions."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml

from tests.integration.playing import Player, Run, definition, vault
from tests.sandbox.harness import Sandbox
from tests.tools.paths import ROOT


def sessions(sandbox: Sandbox) -> dict[str, Any]:
    return {
        "mail": {"proton": definition(sandbox, "alice")},
        "vault": {"nextcloud_passwords": vault(sandbox, "carol")},
    }


def played(player: Player, name: str, *args: str, rc: int | None = 0, **variables: Any) -> Run:
    """Run one of the collection's playbooks, as written."""
    given = player.write(f"{name}.vars.yml", yaml.safe_dump(variables))
    text = yaml.safe_dump([{"name": name, "import_playbook": f"gatehouse.api.{name}"}])
    return player.playbook(text, "-e", f"@{given}", *args, rc=rc)


def live(sandbox: Sandbox) -> int:
    return len(sandbox.state("proton")["sessions"])


def test_open_refresh_and_close_all(play: Player, sandbox: Sandbox) -> None:
    known = {"gatehouse_sessions": sessions(sandbox)}
    assert played(play, "open", **known).stats["localhost"]["changed"] == 1
    assert played(play, "open", **known).stats["localhost"]["changed"] == 0
    assert sandbox.routes("proton")["auth"] == 1
    played(play, "refresh", **known)
    assert sandbox.routes("proton")["refresh"] == 1
    played(play, "close_all", **known)
    assert (live(sandbox), play.records()) == (0, [])
    assert played(play, "close_all", **known).stats["localhost"]["changed"] == 0


def test_closing_goes_on_when_one_cannot_be_closed(play_newest: Player, sandbox: Sandbox) -> None:
    known = {"gatehouse_sessions": sessions(sandbox)}
    played(play_newest, "open", **known)
    sandbox.fault("proton", "status", route="logout", status=500, count=None)
    run = played(play_newest, "close_all", rc=2, **known)
    assert "Not closed: mail" in run.output
    assert play_newest.records() == ["mail.session"]
    played(play_newest, "close_all", force=True, **known)
    assert play_newest.records() == []


def test_each_host_gets_a_child_of_its_own(play: Player, sandbox: Sandbox, tmp_path: Path) -> None:
    stores = {host: tmp_path / host for host in ("one", "two")}
    lines = [f"{host} ansible_connection=local fork_store={store}" for host, store in stores.items()]
    inventory = play.write("hosts.ini", "\n".join(["[all]", *lines]))
    given: dict[str, Any] = {
        "gatehouse_sessions": sessions(sandbox),
        "fork_parent": "mail",
        "fork_client_id": "windows-vpn",
        "fork_provider": "proton",
        "fork_place": {"url": sandbox.url("proton"), "ca_path": sandbox.ca_file, "appversion": "windows-vpn@4.0.0"},
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    first = played(play, "fork_to_hosts", "-i", str(inventory), "-vvv", **given)
    assert len(sandbox.state("proton")["sessions"]) == 3
    assert play.records() == ["mail.session"]  # the children's tokens are with the hosts alone
    for store in stores.values():
        assert (store / "mail.session").exists()
    for canary in sandbox.canaries("proton"):
        assert canary not in first.output
    again = played(play, "fork_to_hosts", "-i", str(inventory), **given)
    assert not any(host["changed"] for host in again.stats.values())


class Cells(HTMLParser):
    """The texts of a page, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [str(value) for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def test_the_audit_has_all_sessions_and_no_secret(play: Player, sandbox: Sandbox) -> None:
    known = {"gatehouse_sessions": sessions(sandbox)}
    played(play, "open", **known)
    played(play, "audit", audit_directory=str(play.directory), **known)
    page = (play.directory / "sessions.html").read_text()
    text = (play.directory / "sessions.md").read_text()
    cells = Cells(page)
    assert cells.loads == []
    for report in (" ".join(cells.texts), text):
        assert "mail" in report
        assert "vault" in report
        assert sandbox.url("proton") in report
        assert "as the service lists it" in report
    for canary in sandbox.canaries("proton") + sandbox.canaries("nextcloud_passwords"):
        assert canary not in page
        assert canary not in text


def test_every_playbook_is_played_by_a_test() -> None:
    tested = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for path in (ROOT / "playbooks").glob("*.yml"):
        assert f'"{path.stem}"' in tested or f"gatehouse.api.{path.stem}" in tested, path.name
