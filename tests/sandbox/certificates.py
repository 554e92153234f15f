# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throw-away certificates: a CA whose key never leaves memory, and one leaf for 127.0.0.1 and localhost."""

from __future__ import annotations

import base64
import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CA_FILE = "ca.pem"


@dataclass(frozen=True)
class Certificates:
    """Where the CA certificate is, what the servers speak TLS with, and the pin of their leaf."""

    ca_file: Path
    context: ssl.SSLContext
    pin: str


def make_certificates(directory: Path) -> Certificates:
    """Make new ones; only the CA certificate is written to the directory."""
    authority = trustme.CA(organization_name="gatehouse.api sandbox")
    leaf = authority.issue_cert("127.0.0.1", "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    ca_file = directory / CA_FILE
    authority.cert_pem.write_to_path(ca_file)
    return Certificates(ca_file, context, pin_of(leaf.cert_chain_pems[0].bytes()))


def pin_of(pem: bytes) -> str:
    """Base64 of SHA-256 over the DER SubjectPublicKeyInfo (Proton protocol page, section 1.4)."""
    key = x509.load_pem_x509_certificate(pem).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()
