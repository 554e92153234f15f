# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the providers, one block each; a test compares them with the option tables."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  nextcloud_passwords:
    description:
      - Definition of a session with the app Passwords of a Nextcloud server.
      - Needs the Python library C(PyNaCl) for an account with a master password, and C(pyotp) for
        O(nextcloud_passwords.totp_secret).
    type: dict
    suboptions:
      url:
        description:
          - Base URL of the Nextcloud server, such as C(https://cloud.example.com) or C(https://example.com/nextcloud).
          - A session never changes its URL. Close it before you use its name for another one.
        type: str
      validate_certs:
        description: Whether to verify the service's TLS certificate.
        type: bool
        default: true
      ca_path:
        description: File with the CA certificates to trust instead of the system's.
        type: path
      tls_pins:
        description:
          - Accept only these keys, each the base64 of the SHA-256 of the certificate's C(SubjectPublicKeyInfo).
        type: list
        elements: str
      allow_plain_http:
        description: Whether an C(http) URL is accepted. Everybody on the way can then read the session's tokens.
        type: bool
        default: false
      timeout:
        description: Seconds to wait for a connection, and for a whole reply.
        type: float
        default: 30.0
      max_wait:
        description:
          - Seconds to wait in all when the service asks to come back later. All workers wait for the same time.
          - If it asks for more, the task fails and says when to come back.
        type: float
        default: 60.0
      retry_rejected_after:
        description:
          - Seconds before a password, code or other secret that the service refused is sent again.
          - Until then, or until it changes, every worker and run fails without sending it, so that no account gets
            locked. After four refused attempts nothing is sent at all, because the fifth deletes the app password.
        type: float
        default: 900.0
      username:
        description:
          - Login name. Needed to sign in.
          - If not set, the environment variable E(GATEHOUSE_NEXTCLOUD_PASSWORDS_USERNAME) is used.
        type: str
      password:
        description:
          - App password (device token) of the account. Needed to sign in. It goes with each request, and is kept in the
            sealed record. The account's own password works, too, but is slower, and not where Nextcloud asks for a
            second factor.
          - If not set, the environment variable E(GATEHOUSE_NEXTCLOUD_PASSWORDS_PASSWORD) is used.
        type: str
      master_password:
        description:
          - Master password of the Passwords app, for an account that has one. It is never sent.
          - If not set, the environment variable E(GATEHOUSE_NEXTCLOUD_PASSWORDS_MASTER_PASSWORD) is used.
        type: str
      totp_secret:
        description:
          - Secret from which one-time codes are made, in base32, as shown when the second factor was set up.
          - No code is ever used twice. Signing in again within 30 seconds waits for the next code.
          - If not set, the environment variable E(GATEHOUSE_NEXTCLOUD_PASSWORDS_TOTP_SECRET) is used.
        type: str
      two_factor_code:
        description:
          - One-time code of the second factor, or a backup code, for one login.
          - If not set, the environment variable E(GATEHOUSE_NEXTCLOUD_PASSWORDS_TWO_FACTOR_CODE) is used.
        type: str
      cache_ttl:
        description:
          - Seconds that entries which were fetched, and the unlocked keychain that opens them, are kept for other
            workers and tasks. They are sealed like the record, and forgotten when the session is closed.
          - V(0) keeps neither. Each lookup then fetches all entries, and needs the master password.
        type: float
        default: 300.0
  proton:
    description:
      - Definition of a Proton session.
      - Needs the Python libraries C(bcrypt) and C(pysequoia), and C(pyotp) for O(proton.totp_secret).
    type: dict
    suboptions:
      url:
        description:
          - Base URL of the service. If not set, V(https://mail.proton.me/api).
          - A session never changes its URL. Close it before you use its name for another one.
        type: str
      validate_certs:
        description: Whether to verify the service's TLS certificate.
        type: bool
        default: true
      ca_path:
        description: File with the CA certificates to trust instead of the system's.
        type: path
      tls_pins:
        description:
          - Accept only these keys, each the base64 of the SHA-256 of the certificate's C(SubjectPublicKeyInfo).
          - If not set, the service's own pins are checked on C(vpn-api.proton.me), and none elsewhere.
        type: list
        elements: str
      allow_plain_http:
        description: Whether an C(http) URL is accepted. Everybody on the way can then read the session's tokens.
        type: bool
        default: false
      timeout:
        description: Seconds to wait for a connection, and for a whole reply.
        type: float
        default: 30.0
      max_wait:
        description:
          - Seconds to wait in all when the service asks to come back later. All workers wait for the same time.
          - If it asks for more, the task fails and says when to come back.
        type: float
        default: 60.0
      retry_rejected_after:
        description:
          - Seconds before a password, code or other secret that the service refused is sent again.
          - Until then, or until it changes, every worker and run fails without sending it, so that no account gets
            locked.
        type: float
        default: 900.0
      username:
        description:
          - Name of the account, as typed at login. Needed to sign in.
          - If not set, the environment variable E(GATEHOUSE_PROTON_USERNAME) is used.
        type: str
      password:
        description:
          - Password of the account. Needed to sign in, and to unlock. It is proved to the service, never sent to it.
          - If not set, the environment variable E(GATEHOUSE_PROTON_PASSWORD) is used.
        type: str
      two_factor_code:
        description:
          - One-time code of the second factor, or a recovery code, for one login.
          - If not set, the environment variable E(GATEHOUSE_PROTON_TWO_FACTOR_CODE) is used.
        type: str
      totp_secret:
        description:
          - Secret from which one-time codes are made, in base32, as shown when the second factor was set up.
          - No code is ever used twice. Signing in again within 30 seconds waits for the next code.
          - If not set, the environment variable E(GATEHOUSE_PROTON_TOTP_SECRET) is used.
        type: str
      client_secret:
        description: Secret of the client, for clients that have one.
        type: str
      appversion:
        description: The client that this is, as C(PLATFORM-PRODUCT@VERSION). The service refuses unknown ones.
        type: str
        default: linux-vpn@4.0.0
      user_agent:
        description: User agent, as name, slash, version, and the system in parentheses. If not set, this collection's.
        type: str
      api_paths:
        description:
          - Family of paths. V(versioned) is that of the service's present clients such as C(/auth/v4/info).
            V(unversioned) is that of older ones such as C(/auth/info).
        type: str
        choices: [versioned, unversioned]
        default: versioned
      unlock_scope:
        description: Scope that unlocking asks for.
        type: str
        choices: [locked, password]
        default: locked
"""
