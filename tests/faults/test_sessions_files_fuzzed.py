# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands in a sessions file: a definition, none, or a one-line Failure of kind definition without secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.gatehouse.api.plugins.module_utils._session.errors import Failure
from ansible_collections.gatehouse.api.plugins.plugin_utils.definitions import Definitions
from tests.faults import figures

EXAMPLES = 150
SOAK_EXAMPLES = 10_000
LONGEST = 1000  # characters
SECRET = "s3cret-in-the-file"
INDICATORS = "!&*%@`|>{}[],#?:-'\"\\="

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.binary(max_size=8),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["{{ x }}", "~", "10**400", "https://example.com", "proton"]),
)
KEYS = st.one_of(st.sampled_from(["proton", "cloud", "env", "file", "keyring", "password", "url"]), SCALARS)
TREE = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=10,
)
OPTIONS = st.dictionaries(
    st.sampled_from(
        ["username", "url", "timeout", "tls_pins", "validate_certs", "appversion", "api_paths", "max_wait", "passwort"]
    ),
    TREE,
    max_size=4,
)
SECRETS = st.dictionaries(
    st.sampled_from(["password", "totp_secret", "client_secret", "two_factor_code"]),
    st.one_of(
        st.just(SECRET),
        st.sampled_from(
            [[SECRET], {"value": SECRET}, {"env": [SECRET]}, {SECRET: SECRET}, [[{"a": SECRET}]], {"file": [SECRET, 1]}]
        ),
    ),
    min_size=1,
    max_size=3,
)
DEFINITIONS = st.one_of(TREE, st.builds(lambda options, secrets: {"proton": {**options, **secrets}}, OPTIONS, SECRETS))


class Files:
    """A sessions file that is written again and again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tried(self, content: bytes, name: str = "cloud") -> None:
        """Read a definition from this content; a Failure has to be as promised."""
        self.path.write_bytes(content)
        try:
            Definitions({}, None, DataLoader()).find(name)
        except Failure as failure:
            problem = failure
        else:
            return
        text = str(problem)
        assert problem.kind == "definition", text
        assert text.isprintable(), text
        assert SECRET not in text, text
        assert len(text) < LONGEST


@pytest.fixture(scope="session")
def _vault() -> None:
    """What ansible-core 2.19 and later has set up when plugins run: here, no vault password."""
    try:
        from ansible.parsing.vault import VaultSecretsContext
    except ImportError:
        return
    VaultSecretsContext.initialize(VaultSecretsContext(secrets=[]))


@pytest.fixture
def files(_vault: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Return the sessions file that the environment names."""
    path = tmp_path / "sessions.yml"
    monkeypatch.setenv("GATEHOUSE_SESSIONS_FILE", str(path))
    return Files(path)


def _holds(soak: bool) -> Any:
    return settings(
        max_examples=SOAK_EXAMPLES if soak else EXAMPLES,
        derandomize=not soak,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.timeout(3600)
def test_wrong_types_everywhere(files: Files, soak: bool) -> None:
    @_holds(soak)
    @given(st.one_of(st.builds(lambda tree: {"cloud": tree}, DEFINITIONS), TREE))
    def hold(tree: Any) -> None:
        files.tried(yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "surrogatepass"))
        figures.add("fuzzed sessions files")

    hold()


@pytest.mark.timeout(3600)
def test_texts_that_are_no_yaml(files: Files, soak: bool) -> None:
    """Good ones with something thrown in, cut, doubled, in other encodings; and bytes."""
    good = f"cloud:\n  proton:\n    url: https://example.com\n    username: alice\n    password: {SECRET}\n"
    thrown = st.one_of(
        st.text(max_size=6), st.sampled_from(list(INDICATORS)), st.just("\t"), st.just("cloud:\n  proton:\n")
    )

    @_holds(soak)
    @given(
        st.integers(0, len(good)), st.integers(0, 3), thrown, st.sampled_from(["utf-8", "utf-8", "utf-16", "latin-1"])
    )
    def hold(at: int, lost: int, more: str, encoding: str) -> None:
        files.tried((good[:at] + more + good[at + lost :]).encode(encoding, "replace"))
        figures.add("fuzzed sessions files")

    hold()

    @_holds(soak)
    @given(st.binary(max_size=200))
    def hold_bytes(content: bytes) -> None:
        files.tried(content)

    hold_bytes()


@pytest.mark.parametrize("indicator", INDICATORS)
@pytest.mark.parametrize(
    "form", ["{indicator}{secret}", "{secret}{indicator}", "{indicator} {secret}", "{secret}: {indicator}"]
)
def test_secrets_that_should_have_been_quoted(files: Files, indicator: str, form: str) -> None:
    """The commonest mistake of all: a password that YAML takes for something else."""
    written = form.format(indicator=indicator, secret=SECRET)
    for more in ("", "    username: alice\n"):
        files.tried(f"cloud:\n  proton:\n    password: {written}\n{more}".encode())


EXAMPLES_OF_NOTE = {
    "not UTF-8": b"cloud:\n  proton:\n    password: \xff\xfe\n",
    "UTF-16": "cloud: {proton: {}}".encode("utf-16"),
    "null byte": b"cloud: \x00",
    "unknown tag": f"cloud: !{SECRET} x".encode(),
    "unknown tag of an option": f"cloud: {{proton: {{password: !{SECRET} x}}}}".encode(),
    "python object": b"cloud: !!python/object/apply:os.system [id]",
    "duplicate keys": f"cloud: {{proton: {{}}}}\ncloud: {{proton: {{password: {SECRET}}}}}".encode(),
    "duplicate options": f"cloud: {{proton: {{password: {SECRET}, password: x}}}}".encode(),
    "two documents": b"cloud: {proton: {}}\n---\ncloud: {proton: {}}\n",
    "deep lists": b"cloud: " + b"[" * 3000 + b"]" * 3000,
    "deep mappings": b"cloud: " + b"{a: " * 3000 + b"1" + b"}" * 3000,
    "deep option": b"cloud: {proton: {tls_pins: " + b"[" * 400 + b"]" * 400 + b"}}",
    "deep secret": b"cloud: {proton: {password: " + b"[" * 400 + SECRET.encode() + b"]" * 400 + b"}}",
    "itself": b"cloud: &a {proton: *a}",
    "itself as an option": b"cloud: {proton: {tls_pins: &a [*a]}}",
    "itself as a definition": b"cloud: &a [*a]",
    "huge number": b"cloud: {proton: {timeout: " + b"9" * 5000 + b"}}",
    "huge text": b"cloud: {proton: {username: " + b"x" * 2_000_000 + b"}}",
    "many sessions": b"".join(b"s%d: {proton: {}}\n" % number for number in range(3000)) + b"cloud: 1",
    "a mapping as a key": b"{a: b}: c\ncloud: {? {a: b} : {}}",
    "a list as a key": b"cloud: {? [proton] : {}}",
    "vault without its secret": b"cloud: {proton: {password: !vault '$ANSIBLE_VAULT;1.1;AES256\n\n  3030\n  '}}",
    "vault of nothing": b"cloud: {proton: {password: !vault ''}}",
    "unsafe": f"cloud: {{proton: {{password: !unsafe [{SECRET}]}}}}".encode(),
    "whole file vaulted": b"$ANSIBLE_VAULT;1.1;AES256\n30303030\n",
    "a value": SECRET.encode(),
    "a list": f"- {SECRET}".encode(),
    "empty": b"",
    "only a comment": f"# {SECRET}".encode(),
    "timestamp": b"cloud: {proton: {username: 2001-12-14t21:59:43.10-05:00}}",
    "bad timestamp": b"cloud: {proton: {username: 9999-99-99}}",
    "bad binary": b"cloud: {proton: {password: !!binary x}}",
    "bad int": b"cloud: {proton: {timeout: !!int x}}",
    "not a number": b"cloud: {proton: {timeout: .nan, max_wait: .inf}}",
    "templates": b"cloud: {proton: {timeout: '{{ x }}'}}",
}


@pytest.mark.parametrize("example", EXAMPLES_OF_NOTE)
def test_files_of_note(files: Files, example: str) -> None:
    files.tried(EXAMPLES_OF_NOTE[example])
