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
      lifetime: &lifetime
        description:
          - How long the session lives. V(kept) until somebody closes it, V(run) until the run ends that opened it.
          - V(run) needs the callback P(gatehouse.api.sessions#callback). A session that several such runs use is closed
            by the last of them.
        type: str
        default: kept
        choices: [kept, run]
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
      lifetime: *lifetime
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
      lifetime: *lifetime
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
      lifetime: *lifetime
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
      lifetime: *lifetime
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
  http:
    description:
      - Definition of a session with any API that has a login request, a token in the reply, and perhaps a logout
        request,
        as a recipe describes it. Give exactly one of O(http.recipe_name), O(http.recipe_file) and O(http.recipe).
      - Needs the Python library C(PyYAML), which ansible-core brings, unless O(http.recipe) is given.
    type: dict
    suboptions:
      url:
        description:
          - Base URL of the service. The paths of the recipe are below it.
          - A session never changes its URL. Close it before you use its name for another one.
        type: str
      validate_certs: *validate_certs
      ca_path: *ca_path
      tls_pins: *tls_pins
      allow_plain_http: *allow_plain_http
      timeout: *timeout
      max_wait: *max_wait
      lifetime: *lifetime
      retry_rejected_after: *retry_rejected_after
      username:
        description:
          - Name of the account. Needed if the login of the recipe sends it.
          - If not set, the environment variable E(GATEHOUSE_HTTP_USERNAME) is used.
        type: str
      password:
        description:
          - Password of the account, or whatever the login of the recipe sends as C({password}).
          - If not set, the environment variable E(GATEHOUSE_HTTP_PASSWORD) is used.
        type: str
      token:
        description:
          - A token to use instead of signing in. It is not revoked when the session is closed.
          - If not set, the environment variable E(GATEHOUSE_HTTP_TOKEN) is used.
        type: str
      values:
        description:
          - More values for the recipe, such as a tenant or a domain, which it sends as C({values.NAME}). They are no
            secrets.
        type: dict
      recipe_name:
        description: A recipe that comes with the collection.
        type: str
        choices: [netbox, netbox_v2, redfish, vsphere, zabbix]
      recipe_file:
        description:
          - File with a recipe in YAML, whose keys are those of O(http.recipe). It is read where the work is done.
        type: path
      recipe:
        description:
          - A recipe. It says how to sign in, where the reply has the token, which headers to send, and how to sign out.
          - Its texts may have placeholders, such as C({username}) and C({token}). They are filled in once, in texts of
            the
            recipe only. A login has C({username}) and C({password}), every other request C({username}), C({token}),
            C({uid}), C({refresh_token}) and what O(http.recipe.keep) names, and all have C({values.NAME}).
        type: dict
        suboptions:
          login:
            description: The request that signs in.
            type: dict
            required: true
            suboptions:
              path: &recipe_path
                description:
                  - Path below O(http.url), with a query if one is needed. Values are percent-encoded. A placeholder
                    that is
                    the whole path may stand for a URL.
                type: str
                required: true
              method: &recipe_post
                description: Method of the request.
                type: str
                choices: [GET, POST, PUT, PATCH, DELETE]
                default: POST
              headers: &recipe_headers
                description: More headers of the request.
                type: dict
              json: &recipe_json
                description: Body, sent as JSON.
                type: raw
              form: &recipe_form
                description: Fields of a form, sent as body.
                type: dict
              status: &recipe_status
                description: HTTP statuses of a success. If not set, all from 200 to 299.
                type: list
                elements: int
              basic:
                description: Whether to send O(http.username) and O(http.password) by HTTP Basic.
                type: bool
          token:
            description: Where the reply has the token. Exactly one of the four.
            type: dict
            required: true
            suboptions: &recipe_place
              header:
                description: Name of a header. C(Location) is read as a URL, which must be of the same origin.
                type: str
              cookie:
                description: Name of a cookie.
                type: str
              json:
                description:
                  - JSON pointer (RFC 6901), such as C(/data/token), or a list of them of which the first that finds
                    something counts. An empty one is the whole reply.
                type: raw
              text:
                description: Whether it is the whole body, as text.
                type: bool
          uid:
            description: Where the reply has the id of the session, or its URL.
            type: dict
            suboptions: *recipe_place
          refresh_token:
            description: Where the reply has a token for O(http.recipe.refresh).
            type: dict
            suboptions: *recipe_place
          keep:
            description:
              - More to take from the reply, each under a name of your own that is then a placeholder. They are kept as
                secret as the token.
            type: dict
          expires_in:
            description: Where the reply has the seconds that the token lives.
            type: dict
            suboptions: *recipe_place
          expires_at:
            description: Where the reply has the time at which the token dies, as date and time or seconds since 1970.
            type: dict
            suboptions: *recipe_place
          lifetime:
            description: Seconds that a token lives when the reply does not say.
            type: float
          send:
            description: The headers that make a request one of the session. One of them has C({token}).
            type: dict
            required: true
          refresh:
            description:
              - The request that gives a new token. Its reply has the token, and whatever else it has, in the same
                places
                as that to the login.
            type: dict
            suboptions:
              path: *recipe_path
              method: *recipe_post
              headers: *recipe_headers
              json: *recipe_json
              form: *recipe_form
              status: *recipe_status
              as_session:
                description: Whether the headers of O(http.recipe.send) go with it.
                type: bool
                default: false
          keepalive:
            description:
              - A request that counts as a use, for a service that ends idle sessions. It is sent before the session is
                used
                when O(http.recipe.keepalive.after) seconds have passed. That the service does not know the session any
                more is found out by it, too.
            type: dict
            suboptions:
              path: *recipe_path
              method:
                description: Method of the request.
                type: str
                choices: [GET, POST, PUT, PATCH, DELETE]
                default: GET
              headers: *recipe_headers
              json: *recipe_json
              form: *recipe_form
              status: *recipe_status
              as_session: &recipe_as_session
                description: Whether the headers of O(http.recipe.send) go with it.
                type: bool
                default: true
              after:
                description: Seconds, fewer than those after which the service ends an idle session.
                type: float
                required: true
          logout:
            description: The request that signs out. Without it, closing the session only forgets the token.
            type: dict
            suboptions:
              path: *recipe_path
              method:
                description: Method of the request.
                type: str
                choices: [GET, POST, PUT, PATCH, DELETE]
                default: DELETE
              headers: *recipe_headers
              json: *recipe_json
              form: *recipe_form
              status: *recipe_status
              as_session: *recipe_as_session
              gone:
                description:
                  - HTTP statuses by which the service says that there is no such session. If not set, 401, 404 and 410.
                type: list
                elements: int
          failure:
            description: How a failure looks, where its HTTP status does not tell it all.
            type: dict
            suboptions:
              when:
                description:
                  - JSON pointer to what only a failure has, such as C(/error). Then it is one, whatever its status.
                type: str
              unless:
                description: JSON pointer to what every success has, such as C(/success).
                type: str
              code:
                description: JSON pointer to the code of the service, for C(failure.api_code).
                type: str
              says:
                description: JSON pointer to what the service says.
                type: str
              rules:
                description:
                  - What a failure means. The first rule counts whose conditions all fit. Where none fits, the status
                    tells
                    - 401 that the session has ended, 403 that it may not do that, and for the login both that it was
                      refused.
                type: list
                elements: dict
                suboptions:
                  kind:
                    description: The kind of the failure.
                    type: str
                    required: true
                    choices:
                      - authentication_needed
                      - credentials_rejected
                      - two_factor_needed
                      - missing_scope
                      - rate_limited
                      - not_available
                      - conflict
                      - definition
                  status:
                    description: HTTP statuses.
                    type: list
                    elements: int
                  code:
                    description: Codes, with C(*) for anything.
                    type: list
                    elements: raw
                  says:
                    description: What the service says, with C(*) for anything.
                    type: list
                    elements: str
  oauth2:
    description:
      - Definition of a session with any service of OAuth 2.0 or OpenID Connect.
      - Needs the Python library C(Authlib), version 1.7 or newer.
    type: dict
    suboptions:
      url:
        description:
          - Base URL of the API that the token is for. If not set, O(oauth2.issuer). The token is sent there and nowhere
            else.
          - A session never changes its URL. Close it before you use its name for another one.
        type: str
      validate_certs: *validate_certs
      ca_path: *ca_path
      tls_pins: *tls_pins
      allow_plain_http: *allow_plain_http
      timeout: *timeout
      max_wait: *max_wait
      lifetime: *lifetime
      retry_rejected_after: *retry_rejected_after
      issuer:
        description:
          - Name of the authorization server, such as C(https://sso.example.com/realms/main). It is asked once an hour
            for what it offers, and where.
          - Needed unless O(oauth2.token_endpoint) is given.
        type: str
      token_endpoint:
        description: URL of the token endpoint, where it is not discovered.
        type: str
      authorization_endpoint:
        description: URL of the authorization endpoint, where it is not discovered.
        type: str
      device_authorization_endpoint:
        description: URL of the device authorization endpoint, where it is not discovered.
        type: str
      introspection_endpoint:
        description: URL of the introspection endpoint, where it is not discovered.
        type: str
      revocation_endpoint:
        description: URL of the revocation endpoint, where it is not discovered.
        type: str
      jwks_uri:
        description: URL of the server's public keys, where it is not discovered.
        type: str
      grant:
        description:
          - How a token is got.
          - V(client_credentials), V(jwt_bearer) and V(token_exchange) need nobody, V(refresh_token) begins with
            O(oauth2.refresh_token).
          - For V(device_code) and V(authorization_code) somebody signs in with a browser. See O(oauth2.wait) and
            O(oauth2.code).
          - V(password) shows the user's password to this client, and OAuth 2.1 has dropped it. It is warned about.
        type: str
        default: client_credentials
        choices:
          - client_credentials
          - refresh_token
          - device_code
          - authorization_code
          - password
          - jwt_bearer
          - token_exchange
      client_id:
        description:
          - Id of the client.
          - If not set, the environment variable E(GATEHOUSE_OAUTH2_CLIENT_ID) is used.
        type: str
      client_secret:
        description:
          - Secret of the client. The store does not keep it, so that who refreshes a session has to define it.
          - If not set, the environment variable E(GATEHOUSE_OAUTH2_CLIENT_SECRET) is used.
        type: str
      client_auth:
        description:
          - How the client proves who it is.
          - If not set, V(private_key_jwt) with O(oauth2.private_key), V(client_secret_basic) with
            O(oauth2.client_secret), V(tls_client_auth) with O(oauth2.client_cert), else V(none).
        type: str
        choices:
          - client_secret_basic
          - client_secret_post
          - client_secret_jwt
          - private_key_jwt
          - tls_client_auth
          - none
      private_key:
        description:
          - Private key of the client, PEM, without a passphrase. Signs what proves the client, and assertions.
          - If not set, the environment variable E(GATEHOUSE_OAUTH2_PRIVATE_KEY) is used.
        type: str
      private_key_id:
        description: Id by which the server knows the key, sent as C(kid).
        type: str
      private_key_alg:
        description: Algorithm to sign with. If not set, C(RS256), or the one of the key's curve.
        type: str
      assertion_audience:
        description: Whom signed assertions are for. If not set, the token endpoint.
        type: str
      assertion_issuer:
        description: Who signs assertions, for O(oauth2.grant=jwt_bearer). If not set, O(oauth2.client_id).
        type: str
      client_cert:
        description:
          - File with the client's TLS certificate, PEM. It is shown to the authorization server and to the API.
        type: path
      client_key:
        description: File with the key of that certificate, if it is another one.
        type: path
      scopes:
        description: What the session may do. With V(openid) among them the account's claims are returned.
        type: list
        elements: str
      audience:
        description: Whom the token is for, where the server wants that.
        type: str
      resources:
        description: URIs of the resources that the token is for (RFC 8707).
        type: list
        elements: str
      username:
        description: Name of the user, for O(oauth2.grant=password).
        type: str
      password:
        description:
          - Password of the user, for O(oauth2.grant=password).
          - If not set, the environment variable E(GATEHOUSE_OAUTH2_PASSWORD) is used.
        type: str
      refresh_token:
        description:
          - Refresh token to begin with, for O(oauth2.grant=refresh_token). Where the server rotates refresh tokens it
            dies when it is used, and from then on the store has the only one that works.
          - If not set, the environment variable E(GATEHOUSE_OAUTH2_REFRESH_TOKEN) is used.
        type: str
      code:
        description:
          - The code of one authorization, for O(oauth2.grant=authorization_code), or the whole URL that the browser was
            sent to. The first task without it fails with the URL to open, and the next one gives it.
        type: str
      redirect_uri:
        description: Where the browser is sent with the code, as the client is registered.
        type: str
      authorization_parameters:
        description: More parameters of the authorization request, such as V(prompt=consent).
        type: dict
      wait:
        description:
          - Seconds that a task waits for somebody to sign in, for O(oauth2.grant=device_code). Then it fails with what
            to do, and the next one goes on. V(0) is for jobs that should not wait.
        type: float
        default: 300.0
      subject:
        description: Whom the client speaks for, for O(oauth2.grant=jwt_bearer). If not set, who signs.
        type: str
      assertion:
        description: A signed assertion, for O(oauth2.grant=jwt_bearer), instead of one made with O(oauth2.private_key).
        type: str
      subject_token:
        description: The token to exchange, for O(oauth2.grant=token_exchange).
        type: str
      subject_token_type:
        description: Type of the token to exchange.
        type: str
        default: urn:ietf:params:oauth:token-type:access_token
      actor_token:
        description: Token of whom acts for the subject, for O(oauth2.grant=token_exchange).
        type: str
      actor_token_type:
        description: Type of the actor's token.
        type: str
        default: urn:ietf:params:oauth:token-type:access_token
      requested_token_type:
        description: Type of the token that is wanted, for O(oauth2.grant=token_exchange).
        type: str
"""
