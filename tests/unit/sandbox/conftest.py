# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox for all tests of the sandbox; each test finds it freshly reset."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.sandbox.akiflow_probe import PROVIDER as AKIFLOW
from tests.sandbox.akiflow_probe import AkiflowProbe
from tests.sandbox.harness import Sandbox
from tests.sandbox.passwords_probe import PROVIDER as NEXTCLOUD
from tests.sandbox.passwords_probe import PasswordsProbe
from tests.sandbox.probe import APPVERSION, Probe
from tests.sandbox.ricloud_probe import PROVIDER as RICLOUD
from tests.sandbox.ricloud_probe import RicloudProbe
from tests.sandbox.tanium_probe import PROVIDER as TANIUM
from tests.sandbox.tanium_probe import TaniumProbe

NewProbe = Callable[..., Probe]
NewPasswordsProbe = Callable[..., PasswordsProbe]
NewAkiflowProbe = Callable[..., AkiflowProbe]
NewRicloudProbe = Callable[..., RicloudProbe]
NewTaniumProbe = Callable[..., TaniumProbe]


@pytest.fixture(scope="session")
def _running() -> Iterator[Sandbox]:
    with Sandbox.start("proton") as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """Return the running sandbox, with nothing in it."""
    _running.reset("proton")
    return _running


@pytest.fixture
def new_probe(sandbox: Sandbox) -> Iterator[NewProbe]:
    """Return a maker of clients, closed at the end."""
    made: list[Probe] = []

    def make(account: str = "", *, appversion: str | None = APPVERSION, plain: bool = False) -> Probe:
        url = sandbox.plain_url("proton") if plain else sandbox.url("proton")
        probe = Probe(url, sandbox.ca_file, appversion)
        made.append(probe)
        if account:
            known = sandbox.account("proton", account)
            answer = probe.login(known)
            assert answer.code == 1000, answer.raw
            if "totp_secret" in known:
                code = sandbox.totp("proton", account)
                probe.scopes = probe.request("POST", "/auth/v4/2fa", {"TwoFactorCode": code}).body["Scopes"]
        return probe

    yield make
    for probe in made:
        probe.close()


@pytest.fixture
def probe(new_probe: NewProbe) -> Probe:
    """Return a client that is not logged in."""
    return new_probe()


@pytest.fixture
def alice(new_probe: NewProbe) -> Probe:
    """Return a client with a session of alice."""
    return new_probe("alice")


@pytest.fixture(scope="session")
def _running_nextcloud() -> Iterator[Sandbox]:
    with Sandbox.start(NEXTCLOUD) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def nextcloud(_running_nextcloud: Sandbox) -> Sandbox:
    """Return a running Nextcloud, as at its fresh start."""
    _running_nextcloud.reset(NEXTCLOUD)
    return _running_nextcloud


@pytest.fixture
def new_passwords(nextcloud: Sandbox) -> Iterator[NewPasswordsProbe]:
    """Return a maker of clients of Nextcloud Passwords, closed at the end."""
    made: list[PasswordsProbe] = []

    def make(account: str = "", *, opened: bool = False, plain: bool = False, base: str = "") -> PasswordsProbe:
        url = nextcloud.plain_url(NEXTCLOUD) if plain else nextcloud.url(NEXTCLOUD)
        known = nextcloud.account(NEXTCLOUD, account) if account else None
        probe = PasswordsProbe(url, nextcloud.ca_file, known, base)
        made.append(probe)
        if opened:
            assert probe.open().status == 200
        return probe

    yield make
    for probe in made:
        probe.close()


@pytest.fixture(scope="session")
def _running_tanium() -> Iterator[Sandbox]:
    with Sandbox.start(TANIUM) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def tanium(_running_tanium: Sandbox) -> Sandbox:
    """Return a running Tanium server, as at its fresh start."""
    _running_tanium.reset(TANIUM)
    return _running_tanium


@pytest.fixture
def new_tanium(tanium: Sandbox) -> Iterator[NewTaniumProbe]:
    """Return a maker of clients of Tanium, logged in unless told otherwise, closed at the end."""
    made: list[TaniumProbe] = []

    def make(account: str = "alice", *, login: bool = True, plain: bool = False) -> TaniumProbe:
        url = tanium.plain_url(TANIUM) if plain else tanium.url(TANIUM)
        probe = TaniumProbe(url, tanium.ca_file, tanium.account(TANIUM, account))
        made.append(probe)
        if login:
            assert probe.log_in().status == 200
        return probe

    yield make
    for probe in made:
        probe.close()


@pytest.fixture(scope="session")
def _running_ricloud() -> Iterator[Sandbox]:
    with Sandbox.start(RICLOUD) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def ricloud(_running_ricloud: Sandbox) -> Sandbox:
    """Return a running ricloud API, as at its fresh start."""
    _running_ricloud.reset(RICLOUD)
    return _running_ricloud


@pytest.fixture
def new_ricloud(ricloud: Sandbox) -> Iterator[NewRicloudProbe]:
    """Return a maker of clients of ricloud, closed at the end."""
    made: list[RicloudProbe] = []

    def make(key: str = "main", *, plain: bool = False) -> RicloudProbe:
        url = ricloud.plain_url(RICLOUD) if plain else ricloud.url(RICLOUD)
        probe = RicloudProbe(url, ricloud.ca_file, ricloud.account(RICLOUD, key)["token"])
        made.append(probe)
        return probe

    yield make
    for probe in made:
        probe.close()


@pytest.fixture(scope="session")
def _running_akiflow() -> Iterator[Sandbox]:
    with Sandbox.start(AKIFLOW) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def akiflow(_running_akiflow: Sandbox) -> Sandbox:
    """Return a running Akiflow, as at its fresh start."""
    _running_akiflow.reset(AKIFLOW)
    return _running_akiflow


@pytest.fixture
def new_akiflow(akiflow: Sandbox) -> Iterator[NewAkiflowProbe]:
    """Return a maker of clients of Akiflow, closed at the end; by login with a code they have a pair."""
    made: list[AkiflowProbe] = []

    def make(account: str = "alice", *, login: bool = False, plain: bool = False) -> AkiflowProbe:
        url = akiflow.plain_url(AKIFLOW) if plain else akiflow.url(AKIFLOW)
        probe = AkiflowProbe(url, akiflow.ca_file, akiflow.account(AKIFLOW, account))
        made.append(probe)
        probe.start()
        if login:
            assert probe.ask().status == 200
            assert probe.give(akiflow.codes(AKIFLOW)["current"][account]).body["success"]
            assert probe.me().status == 200
        return probe

    yield make
    for probe in made:
        probe.close()
