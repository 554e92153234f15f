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
      validate_certs: &validate_certs
        description: Whether to verify the service's TLS certificate.
        type: bool
        default: true
      ca_path: &ca_path
        description: File with the CA certificates to trust instead of the system's.
        type: path
      tls_pins: &tls_pins
        description:
          - Accept only these keys, each the base64 of the SHA-256 of the certificate's C(SubjectPublicKeyInfo).
        type: list
        elements: str
      allow_plain_http: &allow_plain_http
        description: Whether an C(http) URL is accepted. Everybody on the way can then read the session's tokens.
        type: bool
        default: false
      timeout: &timeout
        description: Seconds to wait for a connection, and for a whole reply.
        type: float
        default: 30.0
      max_wait: &max_wait
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
      validate_certs: *validate_certs
      ca_path: *ca_path
      tls_pins:
        description:
          - Accept only these keys, each the base64 of the SHA-256 of the certificate's C(SubjectPublicKeyInfo).
          - If not set, the service's own pins are checked on C(vpn-api.proton.me), and none elsewhere.
        type: list
        elements: str
      allow_plain_http: *allow_plain_http
      timeout: *timeout
      max_wait: *max_wait
      retry_rejected_after: &retry_rejected_after
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
  ricloud:
    description:
      - Definition of a ricloud session, which is a login of the service to one source at a third party.
      - A session of the same source that is active already is adopted, not made anew.
    type: dict
    suboptions:
      url:
        description:
          - Base URL of the service. If not set, V(https://ricloud-api.reincubate.com).
          - A session never changes its URL. Close it before you use its name for another one.
        type: str
      validate_certs: *validate_certs
      ca_path: *ca_path
      tls_pins: *tls_pins
      allow_plain_http: *allow_plain_http
      timeout: *timeout
      max_wait: *max_wait
      retry_rejected_after: *retry_rejected_after
      token:
        description:
          - Token of an API key. It gives access to all sessions of the organisation.
          - If not set, the environment variable E(GATEHOUSE_RICLOUD_TOKEN) is used.
        type: str
      user:
        description:
          - Id of the user that the source belongs to, or the identifier of a user, which is made if there is none.
            Needed.
        type: str
      source_type:
        description: Type of the source.
        type: str
        default: icloud.account
      source_identifier:
        description: The name of the source, such as the account at the third party.
        type: str
      password:
        description:
          - Password of the source at the third party. Needed unless a session is active already.
          - If not set, the environment variable E(GATEHOUSE_RICLOUD_PASSWORD) is used.
        type: str
      code:
        description:
          - One-time code that the third party sent, for one login. Each login without it sends another one.
          - If not set, the environment variable E(GATEHOUSE_RICLOUD_CODE) is used.
        type: str
      settle_timeout:
        description:
          - Seconds to wait until a new session is active. It stays pending when they are over, and the next task
            goes on.
        type: float
        default: 60.0
      revalidate_after:
        description: Seconds after which the service is asked whether the session is still active, before it is used.
        type: float
        default: 300.0
  tanium:
    description:
      - Definition of a Tanium session. One of three ways is enough - a user with a password, a session id, or an API
        token.
      - Needs the Python library C(pyotp) for O(tanium.totp_secret).
    type: dict
    suboptions:
      url:
        description:
          - Base URL of the Tanium server, such as C(https://tanium.example.com).
          - A session never changes its URL. Close it before you use its name for another one.
        type: str
      validate_certs: *validate_certs
      ca_path: *ca_path
      tls_pins: *tls_pins
      allow_plain_http: *allow_plain_http
      timeout: *timeout
      max_wait: *max_wait
      retry_rejected_after: *retry_rejected_after
      username:
        description:
          - Name of the user.
          - If not set, the environment variable E(GATEHOUSE_TANIUM_USERNAME) is used.
        type: str
      password:
        description:
          - Password of the user.
          - If not set, the environment variable E(GATEHOUSE_TANIUM_PASSWORD) is used.
        type: str
      domain:
        description: Directory domain of the user.
        type: str
      secondary:
        description: Second input of an authentication plug-in, such as a one-time code, for one login.
        type: str
      totp_secret:
        description:
          - Secret from which one-time codes for O(tanium.secondary) are made, in base32. No code is ever used twice.
          - If not set, the environment variable E(GATEHOUSE_TANIUM_TOTP_SECRET) is used.
        type: str
      session:
        description: A session id to use instead of signing in. When it has expired it cannot be renewed.
        type: str
      api_token:
        description:
          - An API token to use instead of signing in. It is not revoked when the session is closed.
          - If not set, the environment variable E(GATEHOUSE_TANIUM_API_TOKEN) is used.
        type: str
      api_token_id:
        description: Id of O(tanium.api_token), by which its expiry is known. Needed to rotate it in time.
        type: str
      surface:
        description: Which interface to sign in with. V(rest) needs version 7.3.314.3409 of the platform.
        type: str
        choices: [auth, rest]
        default: auth
      revalidate_after:
        description:
          - Seconds after which the service is asked whether it still knows the session, before it is used. The
            service ends sessions that were idle for five minutes.
        type: float
        default: 295.0
      rotate_before:
        description:
          - Seconds before its expiry at which an API token is exchanged for a new one. V(0) never does that.
            Afterwards the store has the only one that works.
        type: float
        default: 0.0
      logout_all:
        description: Whether closing the session ends all sessions of the user, those of other people and jobs too.
        type: bool
        default: false
      version_min:
        description: Lowest version of the platform that will do, such as C(7.5.2). An unknown version will do.
        type: str
      version_max:
        description: Highest version of the platform that will do.
        type: str
  akiflow:
    description:
      - Definition of an Akiflow session. This is what the web application uses, not a public interface. It may change
        at any time.
    type: dict
    suboptions:
      url:
        description:
          - Base URL of the API. If not set, V(https://api.akiflow.com).
          - A session never changes its URL. Close it before you use its name for another one.
        type: str
      validate_certs: *validate_certs
      ca_path: *ca_path
      tls_pins: *tls_pins
      allow_plain_http: *allow_plain_http
      timeout: *timeout
      max_wait: *max_wait
      retry_rejected_after: *retry_rejected_after
      web_url:
        description: Base URL of the web application, where one signs in.
        type: str
        default: https://web.akiflow.com
      email:
        description:
          - E-mail address of the account. Needed to sign in with a code.
          - If not set, the environment variable E(GATEHOUSE_AKIFLOW_EMAIL) is used.
        type: str
      refresh_token:
        description:
          - A refresh token to begin with, instead of a code by e-mail. It dies when it is used. From then on the
            store has the only one that works.
          - If not set, the environment variable E(GATEHOUSE_AKIFLOW_REFRESH_TOKEN) is used.
        type: str
      code:
        description:
          - The code that came by e-mail, for one login.
          - If not set, the environment variable E(GATEHOUSE_AKIFLOW_CODE) is used.
        type: str
      code_command:
        description:
          - Program and arguments that print the code. It runs without a shell and finds the account in
            C(GATEHOUSE_ACCOUNT).
        type: list
        elements: str
      mailbox_host:
        description: IMAP server that the code arrives at. It is reached by TLS.
        type: str
      mailbox_port:
        description: Port of the IMAP server.
        type: int
        default: 993
      mailbox_username:
        description: Name of the mailbox. If not set, O(akiflow.email).
        type: str
      mailbox_password:
        description:
          - Password of the mailbox.
          - If not set, the environment variable E(GATEHOUSE_AKIFLOW_MAILBOX_PASSWORD) is used.
        type: str
      mailbox_folder:
        description: Folder that the code arrives in.
        type: str
        default: INBOX
      mailbox_sender:
        description: Domain that the code is sent from. Subdomains count too.
        type: str
        default: akiflow.com
      mailbox_ca_path:
        description: File with the CA certificates to trust for the mailbox instead of the system's.
        type: path
      code_timeout:
        description: Seconds to wait for the code from the mailbox or the command.
        type: float
        default: 120.0
      client_id:
        description: UUID of this installation. If not set, one is made and kept.
        type: str
      platform:
        description: Platform that this is.
        type: str
        default: web
      version:
        description: Version of the application that this is.
        type: str
        default: 2.69.3
      user_agent:
        description: User agent, where the service refuses this one.
        type: str
"""
