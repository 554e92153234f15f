# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""HTTP over requests: the only place that talks to the network."""

from __future__ import annotations

import email.utils
import json
import re
import time
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .connections import Wires, adapter
from .errors import Failure
from .libraries import need

if t.TYPE_CHECKING:
    from .holdback import Holdback

LARGEST_REPLY = 32 * 1024 * 1024  # bytes

_NOTHING = object()


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, in lower case, the default port left out.

    :raises Failure: `definition` when it is no http or https URL, or carries a user, password, query or fragment.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise Failure("definition", f"{url!r} is no URL: {exc}.") from exc
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or re.search(r"[\s\\\x00-\x1f]", url):
        raise Failure("definition", f"{url!r} is no http or https URL.", hint="Write it as https://host[:port][/path].")
    if parts.username is not None or parts.query or parts.fragment:
        raise Failure("definition", "A url must not carry a user, password, query or fragment.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


@dataclass(frozen=True)
class Reply:
    """A reply, read whole.

    :param status: HTTP status.
    :param headers: header values by lower-case name.
    :param body: the body, decoded from its transfer and content encodings.
    :param url: what was asked.
    :param cookies: the lines by which it sets cookies, which this client does not keep by itself.
    """

    status: int
    headers: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    url: str = field(default="", repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def header(self, name: str) -> str:
        """A header's value, whatever its spelling on the wire; empty when absent."""
        return self.headers.get(name.lower(), "")

    def json(self, default: t.Any = None) -> t.Any:
        """The body as JSON, whatever its content type says; `default` when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return default

    def retry_after(self, now: float) -> float | None:
        """Seconds to wait (RFC 9110, section 10.2.3: seconds or an HTTP date); None if the service did not say."""
        value = self.header("Retry-After").strip()
        if re.fullmatch(r"[0-9]{1,9}", value):
            return float(value)
        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - now)
        except (TypeError, ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class Patience:
    """Which replies are worth another try.

    :param at_once: statuses after which the request is repeated immediately.
    :param later: statuses (429, 503) after which it is repeated when the service wants to be asked again.
    :param attempts: how many times it is sent at most.
    :param pause: seconds to stay away after 429 or 503 when the service does not say; doubled each time if None.
    """

    at_once: frozenset[int] = frozenset()
    later: frozenset[int] = frozenset()
    attempts: int = 3
    pause: float | None = None


IMPATIENT = Patience(attempts=1)
READ = Patience(at_once=frozenset({408, 502}), later=frozenset({429, 503}))
"""For requests that change nothing."""


@dataclass(frozen=True)
class Network:
    """How to reach a service.

    :param base_url: every path is appended to it; without trailing slash.
    :param verify: whether to verify the certificate against the CAs.
    :param ca_path: CA file instead of the system's.
    :param pins: accepted keys, base64 of SHA-256 over SubjectPublicKeyInfo; empty for no pinning.
    :param timeout: seconds for connecting, and for a whole reply.
    :param max_wait: seconds to wait in all when told to come back later.
    :param certificate: files of the client's own certificate and its key, to prove by TLS who one is.
    """

    base_url: str
    verify: bool = True
    ca_path: str | None = None
    pins: tuple[str, ...] = ()
    timeout: float = 30.0
    max_wait: float = 60.0
    certificate: tuple[str, ...] = ()


class Transport:
    """Requests to one origin, and to no other."""

    def __init__(self, network: Network, holdback: Holdback) -> None:
        self.network = network
        self.origin = origin_of(network.base_url)
        self._holdback = holdback
        self._session: t.Any = None
        self._wires = Wires()
        self.sent = 0
        """Requests sent so far."""

    def url(self, path: str) -> str:
        """The URL of a path.

        :raises Failure: `definition` when it would leave the origin.
        """
        url = path if path.startswith(("http://", "https://")) else self.network.base_url + path
        if not (path.startswith("/") or url is path) or re.search(r"[\s\\\x00-\x1f]", url):
            raise Failure(
                "definition", f"{path!r} is no path.", hint="It must begin with / and contain no white space."
            )
        parts = urlsplit(url)
        if origin_of(f"{parts.scheme}://{parts.netloc}") != self.origin:
            raise Failure(
                "definition",
                f"{path!r} is not at {self.origin}, and a session's tokens go only to their own origin.",
                hint="Give the path alone.",
            )
        return url

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: t.Mapping[str, str] | None = None,
        params: t.Any = None,
        body: t.Any = _NOTHING,
        data: t.Any = None,
        patience: Patience = IMPATIENT,
    ) -> Reply:
        """Send a request, again where `patience` allows, and read the reply whole. Redirects are not followed.

        :param body: sent as JSON when given.
        :param data: bytes, text or form fields, sent as they are.
        :raises Failure: `rate_limited` or `not_available` when the service wants to hear nothing for longer than
            `max_wait` seconds, `not_reachable` (with `sent` False if certainly nothing was sent), `crypto` for TLS,
            `unexpected_response` for a broken reply.
        """
        url = self.url(path)
        keywords = {"headers": dict(headers or {}), "params": params, "data": data}
        if body is not _NOTHING:
            keywords["data"] = json.dumps(body).encode("utf-8")
            keywords["headers"].setdefault("Content-Type", "application/json")
        left = self.network.max_wait
        for _attempt in range(patience.attempts):
            left = self._holdback.wait(left)
            self.sent += 1
            reply = self._send_once(method.upper(), url, keywords)
            if reply.status in (429, 503):
                asked = reply.retry_after(time.time())
                self._holdback.begin(reply.status, patience.pause if asked is None else asked)
            if reply.status not in patience.at_once | patience.later or not self._holdback.bearable(left):
                break
        return reply

    def _send_once(self, method: str, url: str, keywords: dict[str, t.Any]) -> Reply:
        requests = need("requests", "requests", "HTTP")
        session = self._connected(requests)
        failure: Failure | None = None
        try:
            with self._wires.deadline(self.network.timeout):
                reply = self._exchange(session, method, url, keywords)
        except (requests.exceptions.RequestException, OSError, ValueError) as exc:
            failure = self._failure(requests, exc)
            failure.__cause__ = exc
        if self._wires.cut and (failure is None or failure.sent):  # a reply that was cut may look whole
            session.close()
            seconds = self.network.timeout
            raise Failure("not_reachable", f"{self.origin} did not finish its reply within {seconds:g} seconds.")
        if failure is not None:
            raise failure
        return reply

    def _exchange(self, session: t.Any, method: str, url: str, keywords: dict[str, t.Any]) -> Reply:
        with session.request(
            method,
            url,
            timeout=self.network.timeout,
            # Said with each request: REQUESTS_CA_BUNDLE would win over the session's own setting.
            verify=(self.network.ca_path or True) if self.network.verify else False,
            cert=self.network.certificate or None,
            allow_redirects=False,
            stream=True,
            **keywords,
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            cookies = tuple(response.raw.headers.getlist("Set-Cookie"))
            return Reply(response.status_code, headers, self._body(response), url, cookies)

    def _body(self, response: t.Any) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > LARGEST_REPLY:
                raise Failure(
                    "unexpected_response",
                    f"{self.origin} sent more than {LARGEST_REPLY // 1024**2} MiB.",
                    http_code=response.status_code,
                )
        # urllib3 before 2 takes a reply that broke off for a whole one; so a token could be half of one.
        promised = response.headers.get("Content-Length", "")
        as_sent = "Content-Encoding" not in response.headers and response.request.method != "HEAD"
        if as_sent and promised.isdigit() and response.status_code not in (204, 304) and int(promised) > len(body):
            raise Failure("unexpected_response", f"{self.origin} broke off its reply or garbled its encoding.")
        return bytes(body)

    def _connected(self, requests: t.Any) -> t.Any:
        if self._session is None:
            from http.cookiejar import DefaultCookiePolicy

            session = requests.Session()
            # No cookies: some services let one win over the header that names the session.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
            session.auth = _no_netrc  # requests would otherwise put a netrc entry in place of our header
            session.headers["User-Agent"] = "gatehouse.api"
            session.get_redirect_target = _nowhere  # else requests reads the whole body of a redirect, however large
            for scheme in ("http://", "https://"):
                session.mount(scheme, adapter(self._wires, self.network.pins, self.origin))
            if not self.network.verify:
                need("urllib3", "urllib3", "HTTP").disable_warnings()
            self._session = session
        return self._session

    def _failure(self, requests: t.Any, exc: Exception) -> Failure:
        errors = requests.exceptions
        reason = getattr(exc.args[0], "reason", None) if exc.args else None
        name = type(reason).__name__
        if isinstance(exc, errors.SSLError) and "NO_CERTIFICATE_OR_CRL" in str(exc):
            return Failure("definition", f"ca_path {self.network.ca_path} holds no certificate.", sent=False)
        if isinstance(exc, errors.SSLError):
            return Failure(
                "crypto",
                f"The TLS certificate of {self.origin} was refused: {_brief(reason or exc)}.",
                hint="Check url and ca_path; validate_certs: false would give the session's tokens to anybody.",
                sent=not re.search("CERTIFICATE_VERIFY_FAILED|HANDSHAKE|WRONG_VERSION|hostname", str(exc)),
            )
        if isinstance(exc, errors.ConnectTimeout):
            return Failure(
                "not_reachable",
                f"{self.origin} did not accept a connection within {self.network.timeout:g} s.",
                sent=False,
            )
        if isinstance(exc, errors.ProxyError) or name in ("NewConnectionError", "NameResolutionError"):
            return Failure(
                "not_reachable",
                f"{self.origin} cannot be reached: {_brief(reason or exc)}.",
                hint="Check url.",
                sent=False,
            )
        if isinstance(exc, errors.Timeout):
            return Failure("not_reachable", f"{self.origin} did not reply within {self.network.timeout:g} seconds.")
        if isinstance(exc, (errors.ChunkedEncodingError, errors.ContentDecodingError)):
            return Failure("unexpected_response", f"{self.origin} broke off its reply or garbled its encoding.")
        if isinstance(exc, (errors.ConnectionError, OSError)) and not isinstance(exc, errors.InvalidURL):
            if "TLS certificate file" in str(exc) or "TLS key file" in str(exc):
                return Failure("definition", f"client_cert or client_key is no file: {_brief(exc)}.", sent=False)
            if (isinstance(exc, OSError) and exc.filename is not None) or "CA certificate" in str(exc):
                return Failure("definition", f"ca_path cannot be used: {_brief(exc)}.", sent=False)
            return Failure("not_reachable", f"{self.origin} closed the connection without a reply.")
        return Failure("unexpected_response", f"The exchange with {self.origin} failed: {_brief(exc)}.")


def _no_netrc(request: t.Any) -> t.Any:
    return request


def _nowhere(response: t.Any) -> None:
    return None


def _brief(exc: BaseException) -> str:
    """The innermost reason of a chain of library exceptions, without object addresses."""
    inner = exc.args[0] if exc.args else exc
    text = str(getattr(inner, "verify_message", "") or (exc.args[-1] if exc.args else exc))
    text = re.sub(r"<[^>]* at 0x[0-9a-f]+>:? ?", "", text)
    return text.split("Failed to establish a new connection: ")[-1].rstrip(". )'\"") or type(exc).__name__
