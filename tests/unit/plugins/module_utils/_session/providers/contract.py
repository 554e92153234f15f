# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every provider is: a suite to inherit, with the provider's name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from ansible_collections.gatehouse.api.plugins.doc_fragments import providers as fragment
from ansible_collections.gatehouse.api.plugins.module_utils._session.definition import Definition
from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.module_utils._session.options import Option
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers import provider_class
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.base import ForkRequest, Provider
from ansible_collections.gatehouse.api.plugins.module_utils._session.providers.keeper import Keeper
from ansible_collections.gatehouse.api.plugins.module_utils._session.record import Record
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.file import FileStore
from ansible_collections.gatehouse.api.plugins.module_utils._session.stores.sealed import SealedStore

CAPABILITIES = frozenset(
    {"credentials", "fork", "import", "lock", "refresh", "revoke", "sessions", "user_code", "verification"}
)
TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "path": str,
    "bool": bool,
    "int": int,
    "float": float,
    "list": (list, tuple),
    "dict": dict,
    "raw": object,
}
URL = "https://127.0.0.1:1"
SAMPLES = {
    "url": URL,
    "issuer": URL,
    "web_url": URL,
    "username": "alice",
    "email": "alice@example.com",
    "password": "canary-password",
    "token": "canary-token",
    "user": "1",
    "recipe_name": "redfish",
}


def documented(name: str) -> dict[str, Any]:
    """The suboptions of a provider as the documentation fragment has them."""
    block: dict[str, Any] = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"][name]
    return block


def text_of(description: Any) -> str:
    return " ".join(description) if isinstance(description, list) else str(description)


class ProviderContract:
    """Every provider passes these. A subclass gives its `name`, and its operations by capability if it has odd ones."""

    name: ClassVar[str]

    @property
    def provider_type(self) -> type[Provider]:
        """The provider's class."""
        return provider_class(self.name)

    @property
    def table(self) -> tuple[Option, ...]:
        """Its whole option table."""
        return self.provider_type.options()

    @pytest.fixture
    def made(self, tmp_path: Path) -> Provider:
        """Return the provider, which nobody answers."""
        return self.provider_type(self.definition(), SealedStore(FileStore(str(tmp_path / "sessions"))))

    def definition(self, **options: Any) -> Definition:
        """A definition with its defaults, and what it needs to sign in."""
        known = {option.name for option in self.table}
        given = {key: value for key, value in {**SAMPLES, **options}.items() if key in known}
        return Definition("cloud", self.name, {**{option.name: option.default for option in self.table}, **given})

    # What it declares

    def test_it_has_a_name_and_a_title(self) -> None:
        assert self.provider_type.name == self.name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", self.name)
        assert self.provider_type.title

    def test_it_offers_what_is_known(self) -> None:
        assert self.provider_type.capabilities <= CAPABILITIES

    def test_its_options_have_unique_names_and_a_sentence_each(self) -> None:
        names = [option.name for option in self.table]
        assert len(names) == len(set(names))
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
        assert all(option.help.endswith(".") for option in self.table)

    def test_its_options_say_what_is_hidden(self) -> None:
        for option in self.table:
            assert option.spec()["no_log"] is option.secret
            guess = re.search(r"pass(word|phrase)|secret|token|_code$|_key$", option.name)
            about = option.type == "path" or option.name.endswith(("_id", "_type", "_endpoint"))
            assert option.secret or not guess or about, f"{option.name} is no secret?"

    def test_its_secrets_are_of_no_identity_and_have_no_default(self) -> None:
        for option in self.table:
            if option.secret:
                assert not option.identity, f"{option.name} would be stored in the record"
                assert option.default is None
            if option.proof:
                assert option.secret

    def test_its_defaults_are_of_their_type_and_among_the_choices(self) -> None:
        for option in self.table:
            assert option.type in TYPES
            if option.default is not None:
                assert isinstance(option.default, TYPES[option.type])
                assert not (option.type != "bool" and isinstance(option.default, bool))
            if option.choices:
                assert option.default is None or option.default in option.choices
            assert (option.type == "list") == bool(option.elements)

    def test_its_variables_are_named_after_it(self) -> None:
        for option in self.table:
            if option.env:
                assert option.env == f"GATEHOUSE_{self.name}_{option.name}".upper()

    def test_what_it_needs_is_an_option(self) -> None:
        assert set(self.provider_type.needed) <= {option.name for option in self.table}

    # What is documented

    def test_its_documentation_has_the_same_options(self) -> None:
        block = documented(self.name)
        assert block["type"] == "dict"
        assert set(block["suboptions"]) == {option.name for option in self.table}

    def test_its_documentation_says_the_same_of_each(self) -> None:
        self.said_the_same(self.table, documented(self.name)["suboptions"])

    def said_the_same(self, table: tuple[Option, ...], suboptions: dict[str, Any]) -> None:
        """A table of options, and its documentation."""
        assert set(suboptions) == {option.name for option in table}
        for option in table:
            said = suboptions[option.name]
            assert said["type"] == option.type, option.name
            assert said.get("default") == option.default, option.name
            assert type(said.get("default")) is type(option.default), option.name
            assert tuple(said.get("choices", ())) == option.choices, option.name
            assert said.get("elements", "") == option.elements, option.name
            assert bool(said.get("required", False)) == option.required, option.name
            known = {"description", "type", "default", "choices", "elements", "required", "suboptions"}
            assert set(said) <= known, option.name
            self.said_the_same(option.options, said.get("suboptions") or {})

    def test_its_documentation_names_the_variables_that_are_read(self) -> None:
        suboptions = documented(self.name)["suboptions"]
        for option in self.table:
            named = re.findall(r"\bE\(([A-Z0-9_]+)\)", text_of(suboptions[option.name]["description"]))
            assert named == ([option.env] if option.env else []), option.name

    # What it does

    def test_what_it_does_not_offer_is_unsupported(self, made: Provider) -> None:
        record = Record("cloud", self.name, made.transport.origin, tokens={"access_token": "canary"})
        operations = {
            "refresh": [lambda: made.refresh(record)],
            "lock": [lambda: made.lock(record), lambda: made.unlock(record), lambda: made.elevated(record)],
            "fork": [lambda: made.fork(record, ForkRequest())],
            "import": [lambda: made.redeem("selector")],
            "user_code": [made.ask_user_code],
            "sessions": [lambda: made.sessions(record)],
            "revoke": [lambda: made.revoke(record, "uid")],
            "verification": [
                lambda: made.request_code(None, address="a@example.com"),
                lambda: made.answer("email", "1"),
            ],
        }
        for capability in CAPABILITIES - made.capabilities - {"credentials"}:
            for operation in operations[capability]:
                with pytest.raises(Failure) as caught:
                    operation()
                assert caught.value.kind == "unsupported"
                assert made.title in caught.value.message

    def test_what_it_offers_it_has(self, made: Provider) -> None:
        methods = {
            "refresh": ("refresh",),
            "lock": ("lock", "unlock", "elevated"),
            "fork": ("fork",),
            "import": ("redeem",),
            "user_code": ("ask_user_code", "complete"),
            "sessions": ("sessions",),
            "revoke": ("revoke",),
            "verification": ("request_code", "answer"),
            "credentials": (),
        }
        for capability in made.capabilities:
            for method in methods[capability]:
                assert getattr(self.provider_type, method) is not getattr(Provider, method), method

    def test_it_keeps_credentials_if_it_says_so(self, made: Provider) -> None:
        assert isinstance(made, Keeper) == ("credentials" in made.capabilities)

    @pytest.mark.parametrize(
        "url", ["https://api.example.com", "https://api.example.com/", "https://api.example.com///"]
    )
    def test_a_trailing_slash_makes_no_other_url(self, url: str) -> None:
        assert self.provider_type.url_of(self.definition(url=url)) == "https://api.example.com"

    @pytest.mark.parametrize("url", ["http://api.example.com", "http://api.example.com/x", "HTTP://api.example.com"])
    def test_plain_http_is_refused_unless_asked_for(self, tmp_path: Path, url: str) -> None:
        store = SealedStore(FileStore(str(tmp_path / "sessions")))
        with pytest.raises(Failure, match="plain http") as caught:
            self.provider_type(self.definition(url=url), store)
        assert caught.value.kind == "definition"
        assert "allow_plain_http" in caught.value.hint
        assert self.provider_type(self.definition(url=url, allow_plain_http=True), store).transport.origin

    @pytest.mark.parametrize("url", ["api.example.com", "ftp://x", "https://u:canary@x", "https://x?y", "https://"])
    def test_what_is_no_url_is_a_definition_failure(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(Failure) as caught:
            self.provider_type(self.definition(url=url), SealedStore(FileStore(str(tmp_path / "sessions"))))
        assert caught.value.kind == "definition"
        assert "canary" not in str(caught.value)

    @pytest.mark.parametrize("pin", ["", "AAAA", "sha256/" + "A" * 43 + "=", "A" * 44, "A" * 43 + "=\n", "é" * 44])
    def test_what_is_no_pin_is_a_definition_failure(self, tmp_path: Path, pin: str) -> None:
        with pytest.raises(Failure, match="tls_pins") as caught:
            self.provider_type(self.definition(tls_pins=[pin]), SealedStore(FileStore(str(tmp_path / "sessions"))))
        assert caught.value.kind == "definition"

    def test_its_own_pins_are_pins(self) -> None:
        for pins in self.provider_type.known_pins.values():
            assert pins
            assert all(re.fullmatch(r"[A-Za-z0-9+/]{43}=", pin) for pin in pins)

    def test_its_own_pins_are_checked_on_its_hosts(self, tmp_path: Path) -> None:
        store = SealedStore(FileStore(str(tmp_path / "sessions")))
        for host, pins in self.provider_type.known_pins.items():
            for url in (f"https://{host}", f"https://{host.upper()}:443/api"):
                assert self.provider_type(self.definition(url=url), store).network().pins == pins
            own = "A" * 43 + "="
            assert self.provider_type(self.definition(url=url, tls_pins=[own]), store).network().pins == (own,)
        assert self.provider_type(self.definition(), store).network().pins == ()

    def test_nobody_there_is_not_reachable(self, made: Provider) -> None:
        with pytest.raises(Failure) as caught:
            made.open()
        assert caught.value.kind == "not_reachable"
        assert caught.value.sent is False

    def test_making_it_asks_nobody_and_writes_nothing(self, tmp_path: Path) -> None:
        self.provider_type(self.definition(), SealedStore(FileStore(str(tmp_path / "sessions"))))
        assert not (tmp_path / "sessions").exists()
