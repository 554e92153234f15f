# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cookies, login and code of the Akiflow service (Akiflow protocol page, sections 3, 4 and 9.1 to 9.5)."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from tests.mailbox import maildir
from tests.sandbox.akiflow_probe import PROVIDER, XSRF, AkiflowProbe
from tests.sandbox.harness import Sandbox, fingerprint
from tests.sandbox.probe import Answer

from .conftest import NewAkiflowProbe

SESSION = "akiflow_session"


def code_of(akiflow: Sandbox, account: str = "alice") -> str:
    return str(akiflow.codes(PROVIDER)["current"][account])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def refused(answer: Answer, status: int, message: str) -> None:
    assert (answer.status, answer.body["message"]) == (status, message)
    assert answer.headers["content-type"] == "application/json"


def outcome(akiflow: Sandbox) -> str:
    return str(akiflow.journal(PROVIDER)[-1]["outcome"])


@pytest.fixture
def probe(new_akiflow: NewAkiflowProbe) -> AkiflowProbe:
    """Return a client that has cookies and no more."""
    return new_akiflow()


# Cookies (9.1 and 9.2)


@pytest.mark.parametrize("plain", [True, False])
def test_both_cookies_have_one_path_and_no_domain(new_akiflow: NewAkiflowProbe, plain: bool) -> None:
    probe = new_akiflow(plain=plain)
    assert {cookie.partition("=")[0] for cookie in probe.set_cookies} == {SESSION, XSRF}
    for cookie in probe.set_cookies:
        assert "; Path=/;" in cookie
        assert "Domain" not in cookie
        assert ("; Secure" in cookie) is not plain


def test_the_value_must_be_decoded(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    value = probe.cookies[XSRF]
    assert all(part in value for part in ("%2B", "%2F", "%3D"))
    body = {"email": "alice@sandbox.test", "remember": True}
    refused(probe.web("POST", "/auth/login", body, {"X-XSRF-TOKEN": value}), 419, "CSRF token mismatch.")
    assert outcome(akiflow) == "refused: the XSRF value came undecoded"
    blanks = unquote(value).replace("+", " ")
    refused(probe.web("POST", "/auth/login", body, {"X-XSRF-TOKEN": blanks}), 419, "CSRF token mismatch.")
    assert akiflow.state(PROVIDER)["mails"]["alice"] == 0
    assert probe.ask().body["success"] is True


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/auth/login"), ("GET", "/user/me"), ("POST", "/oauth/refreshToken")]
)
def test_without_the_session_cookie(probe: AkiflowProbe, method: str, path: str) -> None:
    probe.cookies[SESSION] = "eyJunknown%3D"
    refused(probe.web(method, path, {} if method == "POST" else None), 419, "CSRF token mismatch.")
    del probe.cookies[SESSION]
    refused(probe.web(method, path, {} if method == "POST" else None), 419, "CSRF token mismatch.")


def test_the_value_changes_with_login_and_code_good_or_not(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    seen = [probe.cookies[XSRF]]

    def step(answer: Answer, status: int) -> None:
        assert answer.status == status
        seen.append(probe.cookies[XSRF])
        late = probe.web("GET", "/user/me", headers={"X-XSRF-TOKEN": unquote(seen[-2])})
        refused(late, 419, "CSRF token mismatch.")

    step(probe.ask("nobody@sandbox.test"), 200)
    step(probe.ask("no address"), 422)
    step(probe.ask(), 200)
    step(probe.give(wrong(code_of(akiflow))), 200)
    step(probe.give(code_of(akiflow)), 200)
    assert len(set(seen)) == len(seen) == 6
    assert probe.me().status == 200
    assert probe.set_cookies == []


def test_asking_for_the_cookie_again_keeps_the_session(probe: AkiflowProbe) -> None:
    before = dict(probe.cookies)
    probe.web("GET", "/csrf-cookie")
    assert probe.cookies[SESSION] == before[SESSION]
    assert probe.cookies[XSRF] != before[XSRF]


def test_a_good_code_gives_the_session_another_cookie(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    probe.ask()
    before = probe.cookies[SESSION]
    probe.give(code_of(akiflow))
    assert probe.cookies[SESSION] != before
    assert any(name.startswith("remember_web_") for name in probe.cookies)
    after, probe.cookies[SESSION] = probe.cookies[SESSION], before
    refused(probe.me(), 419, "CSRF token mismatch.")
    probe.cookies[SESSION] = after
    assert probe.me().status == 200


def test_cookie_sessions_end(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    probe.ask()
    akiflow.clock(PROVIDER, 7201)
    refused(probe.give(code_of(akiflow)), 419, "CSRF token mismatch.")


def test_odd_cookies(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    def cookies(variant: str) -> list[str]:
        akiflow.settings(PROVIDER, xsrf_cookie=variant)
        probe.start()
        return [cookie for cookie in probe.set_cookies if cookie.startswith(XSRF)]

    assert cookies("none") == []
    (foreign,) = cookies("foreign")
    assert foreign.endswith("; Domain=elsewhere.example")
    stale, current = cookies("two")
    assert "Path=/auth;" in stale
    assert "Path=/;" in current
    assert stale.partition(";")[0] != current.partition(";")[0]


def test_status_of_the_cookie(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    assert probe.start().status == 204
    akiflow.settings(PROVIDER, csrf_status=200)
    assert probe.start().status == 200


# Login (9.3)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"remember": True}, "email"),
        ({"email": "alice", "remember": True}, "email"),
        ({"email": ["alice@sandbox.test"], "remember": True}, "email"),
        ({"email": "alice@sandbox.test"}, "remember"),
        ({"email": "alice@sandbox.test", "remember": "true"}, "remember"),
        ([], "body"),
    ],
)
def test_login_is_checked(probe: AkiflowProbe, akiflow: Sandbox, body: Any, field: str) -> None:
    answer = probe.web("POST", "/auth/login", body)
    assert answer.status == 422
    assert list(answer.body["errors"]) == [field]
    assert akiflow.codes(PROVIDER)["sent"] == []


def test_login_is_json(probe: AkiflowProbe) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = probe.web("POST", "/auth/login", b"email=alice%40sandbox.test&remember=1", headers)
    assert answer.status == 422


@pytest.mark.parametrize("plain", [True, False])
def test_the_redirect_is_absolute_and_never_the_same(
    new_akiflow: NewAkiflowProbe, akiflow: Sandbox, plain: bool
) -> None:
    probe = new_akiflow(plain=plain)
    redirects = []
    for _time in range(2):
        assert probe.ask().body["success"] is True
        redirects.append(probe.redirect)
        assert probe.redirect.startswith(akiflow.plain_url(PROVIDER) if plain else akiflow.url(PROVIDER))
    assert urlsplit(redirects[0]).path != urlsplit(redirects[1]).path


def test_other_redirects(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    akiflow.settings(PROVIDER, redirect_relative=True)
    probe.ask()
    assert probe.redirect.startswith("/auth/")
    akiflow.settings(PROVIDER, redirect_relative=False, redirect_base="https://codes.example")
    probe.ask()
    assert probe.redirect.startswith("https://codes.example/auth/")


@pytest.mark.parametrize("email", ["nobody@sandbox.test", "carol@sandbox.test"])
@pytest.mark.parametrize("status", [200, 422])
def test_refused_addresses(probe: AkiflowProbe, akiflow: Sandbox, email: str, status: int) -> None:
    akiflow.settings(PROVIDER, refused_email_status=status)
    answer = probe.ask(email)
    refused(answer, status, "This account cannot sign in.")
    assert answer.body.get("success") is (False if status == 200 else None)
    assert akiflow.codes(PROVIDER)["sent"] == []
    akiflow.act(PROVIDER, "refuse", account="alice")
    assert probe.ask().body["message"] == "This account cannot sign in."
    akiflow.act(PROVIDER, "refuse", account="alice", refused=False)
    assert probe.ask().body["success"] is True


def test_mails_are_counted_and_throttled(probe: AkiflowProbe, new_akiflow: NewAkiflowProbe, akiflow: Sandbox) -> None:
    for _time in range(5):
        assert probe.ask().status == 200
    answer = probe.ask()
    refused(answer, 429, "Too Many Attempts.")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert akiflow.state(PROVIDER)["mails"]["alice"] == len(akiflow.codes(PROVIDER)["sent"]) == 5
    assert new_akiflow("bob").ask().status == 200
    akiflow.clock(PROVIDER, 61)
    assert probe.ask().status == 200
    akiflow.settings(PROVIDER, max_mails=1)
    assert probe.ask().status == 429
    akiflow.act(PROVIDER, "unthrottle", account="alice")
    assert probe.ask().status == 200


# The code (9.4)


def test_whole_login(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    assert probe.ask().body["success"] is True
    code = code_of(akiflow)
    assert re.fullmatch("[0-9]{6}", code)
    assert probe.give(code).body == {"success": True, "message": None}
    data = probe.me().body["data"]
    assert data["email"] == "alice@sandbox.test"
    assert data["id"] == akiflow.account(PROVIDER, "alice")["id"]
    assert data["expires_in"] == 1800
    assert probe.api("GET", "/v5/user/settings").status == 200
    assert list(akiflow.routes(PROVIDER)) == ["csrf_cookie", "login", "code", "me", "user_settings"]
    assert {entry["account"] for entry in akiflow.journal(PROVIDER)} == {None, "alice"}


def test_a_code_works_once(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    probe.ask()
    assert probe.give(code_of(akiflow)).body["success"] is True
    refused(probe.give(code_of(akiflow)), 200, "Invalid code: the code was used already.")


@pytest.mark.parametrize("status", [200, 422])
def test_wrong_code(probe: AkiflowProbe, akiflow: Sandbox, status: int) -> None:
    akiflow.settings(PROVIDER, wrong_code_status=status)
    probe.ask()
    answer = probe.give(wrong(code_of(akiflow)))
    refused(answer, status, "Invalid code: wrong code.")
    assert answer.body.get("success") is (False if status == 200 else None)
    assert ("code" in answer.body.get("errors", {})) is (status == 422)
    assert akiflow.state(PROVIDER)["wrong_codes"]["alice"] == 1
    refused(probe.me(), 401, "Unauthenticated.")
    assert probe.give(code_of(akiflow)).body["success"] is True


def test_dead_after_five_wrong_codes(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    probe.ask()
    for _time in range(5):
        refused(probe.give(wrong(code_of(akiflow))), 200, "Invalid code: wrong code.")
    refused(probe.give(code_of(akiflow)), 200, "Invalid code: too many wrong codes.")
    refused(probe.me(), 401, "Unauthenticated.")
    probe.ask()
    assert probe.give(code_of(akiflow)).body["success"] is True


def test_codes_expire_by_the_clock(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    probe.ask()
    akiflow.clock(PROVIDER, 601)
    refused(probe.give(code_of(akiflow)), 200, "Invalid code: the code has expired.")
    probe.ask()
    akiflow.clock(PROVIDER, 599)
    assert probe.give(code_of(akiflow)).body["success"] is True
    probe.ask()
    akiflow.act(PROVIDER, "expire_code", account="alice")
    refused(probe.give(code_of(akiflow)), 200, "Invalid code: the code has expired.")


def test_a_newer_mail_replaces_a_code(probe: AkiflowProbe, new_akiflow: NewAkiflowProbe, akiflow: Sandbox) -> None:
    probe.ask()
    first = code_of(akiflow)
    new_akiflow("bob").ask()
    other = new_akiflow()
    other.ask()
    refused(probe.give(first), 200, "Invalid code: a newer code was sent.")
    assert other.give(code_of(akiflow)).body["success"] is True
    akiflow.settings(PROVIDER, newest_code_only=False)
    probe.ask()
    first = code_of(akiflow)
    other.ask()
    assert probe.give(first).body["success"] is True


def test_the_address_must_be_that_of_the_login(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    probe.ask()
    refused(probe.give(code_of(akiflow), "bob@sandbox.test"), 200, "Invalid code: another e-mail address.")
    assert probe.give(int(code_of(akiflow))).body["errors"] == {"code": ["The code must be a string."]}
    answer = probe.web("POST", probe.path, {"code": code_of(akiflow)})
    assert list(answer.body["errors"]) == ["email"]


def test_the_redirect_belongs_to_its_session(
    probe: AkiflowProbe, new_akiflow: NewAkiflowProbe, akiflow: Sandbox
) -> None:
    probe.ask()
    other = new_akiflow()
    other.redirect = probe.redirect
    refused(other.give(code_of(akiflow)), 403, "Invalid signature.")
    redirect = probe.redirect
    probe.redirect = redirect.partition("?")[0] + "?signature=canary"
    refused(probe.give(code_of(akiflow)), 403, "Invalid signature.")
    probe.redirect = redirect
    assert probe.give(code_of(akiflow)).body["success"] is True


def test_two_processes_share_a_login(probe: AkiflowProbe, new_akiflow: NewAkiflowProbe, akiflow: Sandbox) -> None:
    """Section 8, two-phase: cookies, redirect and address are enough."""
    probe.ask()
    second = new_akiflow()
    second.cookies, second.redirect = dict(probe.cookies), probe.redirect
    assert second.give(code_of(akiflow)).body["success"] is True
    assert second.me().status == 200


def test_dropped_sessions(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    probe.ask()
    assert akiflow.act(PROVIDER, "drop_sessions", account="alice") == {"dropped": 1}
    refused(probe.give(code_of(akiflow)), 419, "CSRF token mismatch.")


# The first pair (9.5)


def test_me_needs_a_good_code(probe: AkiflowProbe) -> None:
    refused(probe.me(), 401, "Unauthenticated.")
    probe.ask()
    refused(probe.me(), 401, "Unauthenticated.")


def test_me_gives_the_current_pair(probe: AkiflowProbe, akiflow: Sandbox) -> None:
    probe.ask()
    probe.give(code_of(akiflow))
    probe.me()
    first = probe.refresh_token
    probe.me()
    assert probe.refresh_token == first
    assert probe.renewed().status == 200
    probe.me()
    assert probe.refresh_token != first
    akiflow.settings(PROVIDER, me_makes_pair=True)
    second = probe.refresh_token
    probe.me()
    assert probe.refresh_token != second
    assert akiflow.state(PROVIDER)["accounts"] == {"alice": 3}


# Mails (8)


def test_the_mail(probe: AkiflowProbe, akiflow: Sandbox, tmp_path: Path) -> None:
    akiflow.settings(PROVIDER, maildir=str(tmp_path / "mail"))
    probe.ask()
    (stored,) = maildir.messages(tmp_path / "mail")
    message = message_from_bytes(stored.raw, policy=policy.default)
    assert message["To"] == "alice@sandbox.test"
    assert message["From"].addresses[0].domain == "mail.akiflow.com"
    assert message.get_content_type() == "multipart/alternative"
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        text = re.sub("<style>.*?</style>|<[^>]*>", " ", part.get_content())
        assert re.findall("(?<![0-9])[0-9]{6}(?![0-9])", text) == [code_of(akiflow)]
        assert "2019" in text


def test_held_mails_and_more_mails(probe: AkiflowProbe, akiflow: Sandbox, tmp_path: Path) -> None:
    akiflow.settings(PROVIDER, maildir=str(tmp_path / "mail"), hold_mails=True, mail_variant="html")
    probe.ask()
    sent = akiflow.act(PROVIDER, "send_mail", account="alice", sender="x@evil.example", to="bob@sandbox.test")
    assert maildir.messages(tmp_path / "mail") == []
    assert akiflow.codes(PROVIDER)["held"] == 2
    assert akiflow.act(PROVIDER, "deliver", account="alice") == {"delivered": 2}
    first, second = (
        message_from_bytes(item.raw, policy=policy.default) for item in maildir.messages(tmp_path / "mail")
    )
    assert first.get_content_type() == "text/html"
    assert (second["From"], second["To"]) == ("x@evil.example", "bob@sandbox.test")
    assert sent["code"] in second.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert len(akiflow.codes(PROVIDER)["sent"]) == 1


@pytest.mark.parametrize(("variant", "in_subject"), [("two_codes", False), ("subject", True)])
def test_mails_with_two_codes(
    probe: AkiflowProbe, akiflow: Sandbox, tmp_path: Path, variant: str, in_subject: bool
) -> None:
    akiflow.settings(PROVIDER, maildir=str(tmp_path / "mail"), mail_variant=variant)
    probe.ask()
    (stored,) = maildir.messages(tmp_path / "mail")
    message = message_from_bytes(stored.raw, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    assert len(set(re.findall("(?<![0-9])[0-9]{6}(?![0-9])", body.get_content()))) == 2
    assert (code_of(akiflow) in message["Subject"]) is in_subject


# What the journal tells


def test_journal_and_secrets(new_akiflow: NewAkiflowProbe, akiflow: Sandbox) -> None:
    probe = new_akiflow(login=True)
    code = code_of(akiflow)
    assert probe.renewed().status == 200
    probe.web("POST", f"/auth/login?x={quote(probe.access)}", {"email": probe.refresh_token, "remember": True})
    probe.api("PATCH", "/v5/tasks", [{"id": probe.client_id, "title": f"see {probe.refresh_token}"}])
    entries = akiflow.journal(PROVIDER)
    prints = {entry["route"]: entry["fingerprints"] for entry in entries}
    assert prints["code"]["code"] == fingerprint(code)
    assert prints["me"]["answered_refresh"] == prints["refresh"]["refresh"] == fingerprint(probe.refresh_token)
    assert prints["tasks_patch"]["access"] == fingerprint(probe.access)
    canaries = akiflow.canaries(PROVIDER)
    assert probe.refresh_token in canaries
    assert any(canary in probe.access for canary in canaries)
    assert any(canary in probe.cookies[XSRF] for canary in canaries)
    assert any(canary in probe.redirect for canary in canaries)
    assert f"'{code}'" not in str(entries)
    text = str((entries, akiflow.state(PROVIDER)))
    assert [canary for canary in canaries if canary in text] == []
    misplaced = akiflow.state(PROVIDER)["misplaced"]
    assert [(item["route"], item["place"]) for item in misplaced] == [
        ("login", "address"),
        ("login", "body"),
        ("tasks_patch", "body"),
    ]
