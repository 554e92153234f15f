# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# mypy: disable-error-code="import-not-found, import-untyped"
"""The settings of the project, its users and its applications."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

SCOPES = {
    "openid": "who you are",
    "profile": "your name",
    "read": "read",
    "write": "write",
    "admin": "everything",
    "introspection": "ask about tokens",
}
# how our settings are called in django-oauth-toolkit
SETTINGS = {
    "access_token_ttl": "ACCESS_TOKEN_EXPIRE_SECONDS",
    "refresh_token_ttl": "REFRESH_TOKEN_EXPIRE_SECONDS",
    "device_interval": "DEVICE_FLOW_INTERVAL",
}


def build(given: dict[str, Any], base: str, directory: Path) -> Any:
    """Set Django up and return its WSGI application."""
    import django
    from django.conf import settings

    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        DATABASES={"default": _database(directory)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        LOGGING_CONFIG=None,
        LOGIN_URL="/login/",
        MIDDLEWARE=[
            "tests.oauth.toolkit.control.Journal",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        # tables straight from the models: migrating takes longer than all the rest
        MIGRATION_MODULES={"auth": None, "contenttypes": None, "sessions": None, "oauth2_provider": None},
        OAUTH2_PROVIDER={
            "ALWAYS_RELOAD_OAUTHLIB_CORE": True,  # settings may change while it runs
            "DEFAULT_SCOPES": ["read"],
            "OAUTH_DEVICE_VERIFICATION_URI": f"{base}/o/device/",
            "OAUTH_DEVICE_VERIFICATION_URI_COMPLETE": lambda code: f"{base}/o/device/?user_code={code}",
            "OIDC_ENABLED": True,
            "OIDC_ISS_ENDPOINT": f"{base}/o",
            "OIDC_RSA_PRIVATE_KEY": given["signing_key"],
            "PKCE_REQUIRED": True,
            "REFRESH_TOKEN_REUSE_PROTECTION": True,
            "ROTATE_REFRESH_TOKEN": True,
            "SCOPES": SCOPES,
            **{SETTINGS[name]: value for name, value in given["settings"].items()},
        },
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # the others are slow by intention
        ROOT_URLCONF="tests.oauth.toolkit.urls",
        SECRET_KEY=secrets.token_hex(32),
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [Path(__file__).parent / "templates"],
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        USE_TZ=True,
    )
    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    from tests.oauth.toolkit import control

    call_command("migrate", run_syncdb=True, verbosity=0)
    _fill(given)
    control.begin(given["settings"])
    return get_wsgi_application()


def _database(directory: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": directory / "toolkit.sqlite3",
        # one request after the other: SQLite has no SELECT FOR UPDATE, on which the toolkit relies
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        },
    }


def _fill(given: dict[str, Any]) -> None:
    from django.contrib.auth import get_user_model
    from oauth2_provider.models import get_application_model

    for name, password in given["users"].items():
        get_user_model().objects.create_user(name, password=password)
    for client in given["clients"]:
        get_application_model().objects.create(**client)
