# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys and certificates of one run: what clients sign with goes into files of mode 0600, the CA's key nowhere."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey, RSAKey

from tests.sandbox.certificates import CA_FILE


@dataclass(frozen=True)
class Key:
    """A private key: its file, and the public half as a JWK."""

    file: Path
    algorithm: str
    key: RSAKey | ECKey

    @property
    def kid(self) -> str:
        return str(self.key.kid)

    def public(self) -> dict[str, Any]:
        return self._jwk(private=False)

    def private(self) -> dict[str, Any]:
        return self._jwk(private=True)

    def pem(self) -> str:
        return self.file.read_text(encoding="ascii")

    def _jwk(self, *, private: bool) -> dict[str, Any]:
        return {**self.key.as_dict(private=private), "kid": self.kid, "use": "sig", "alg": self.algorithm}


@dataclass(frozen=True)
class Certificate:
    """A client's certificate and its key, as files, and the certificate as a JWK with x5c."""

    file: Path
    key_file: Path
    name: str

    @cached_property
    def jwk(self) -> dict[str, Any]:
        certificate = x509.load_pem_x509_certificate(self.file.read_bytes())
        public = certificate.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        key = ECKey.import_key(public)
        lines = self.file.read_text(encoding="ascii").strip().splitlines()
        return {**key.as_dict(private=False), "use": "sig", "x5c": ["".join(lines[1:-1])]}


class Keys:
    """Makes them below one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._authority = trustme.CA(organization_name="gatehouse.api OAuth servers")
        self.ca_file = directory / CA_FILE
        self._authority.cert_pem.write_to_path(self.ca_file)

    def server(self) -> dict[str, str]:
        """What a server speaks TLS with; the CA is what it believes clients by."""
        leaf = self._authority.issue_cert("127.0.0.1", "localhost")
        chain = b"".join(pem.bytes() for pem in leaf.cert_chain_pems)
        return {
            "cert": chain.decode(),
            "key": leaf.private_key_pem.bytes().decode(),
            "ca": self._authority.cert_pem.bytes().decode(),
        }

    def rsa(self, name: str) -> Key:
        """A key for RS256."""
        key = RSAKey.generate_key(2048, {"kid": name}, private=True)
        return Key(self._write(f"{name}.pem", key.as_pem(private=True)), "RS256", key)

    def ec(self, name: str) -> Key:
        """A key for ES256."""
        key = ECKey.generate_key("P-256", {"kid": name}, private=True)
        return Key(self._write(f"{name}.pem", key.as_pem(private=True)), "ES256", key)

    def certificate(self, name: str) -> Certificate:
        """A client's certificate that the CA signed for a host name."""
        leaf = self._authority.issue_cert(name)
        chain = b"".join(pem.bytes() for pem in leaf.cert_chain_pems)
        key_file = self._write(f"{name}.key.pem", leaf.private_key_pem.bytes())
        return Certificate(self._write(f"{name}.cert.pem", chain), key_file, name)

    def self_signed(self, name: str) -> Certificate:
        """A client's certificate that nobody else signed."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .sign(key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = certificate.public_bytes(serialization.Encoding.PEM)
        key_file = self._write(f"{name}.key.pem", private)
        return Certificate(self._write(f"{name}.cert.pem", public), key_file, name)

    def _write(self, name: str, content: bytes) -> Path:
        path = self._directory / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        return path
