# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# mypy: disable-error-code="import-not-found, import-untyped, misc"
"""The toolkit's own pages below /o/, a page to log in, one that shows a code to be copied, and an API to be called."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpResponse, JsonResponse
from django.urls import include, path, re_path
from django.utils.decorators import method_decorator
from django.utils.html import escape
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views.mixins import OAuthLibMixin


def out_of_band(request: Any) -> HttpResponse:
    return HttpResponse(f'<p id="code">{escape(request.GET.get("code", ""))}</p>')


@method_decorator(csrf_exempt, name="dispatch")
class Api(OAuthLibMixin, View):
    """200 and what the token says for a valid one, 401 for every other."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        valid, found = self.get_oauthlib_core().verify_request(request, scopes=[])
        if valid:
            content = {
                "sub": found.user.username if found.user else None,
                "client_id": found.client.client_id,
                "scope": found.access_token.scope,
                "method": request.method,
                "path": request.path,
            }
            return JsonResponse(content)
        problem = {"error": "invalid_token", **(getattr(found, "oauth2_error", None) or {})}
        values = ", ".join(f'{name}="{value}"' for name, value in problem.items())
        return JsonResponse(
            {name: str(value) for name, value in problem.items()},
            status=401,
            headers={"WWW-Authenticate": f"Bearer {values}"},
        )


urlpatterns = [
    path("login/", LoginView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("oob", out_of_band),
    re_path(r"^api(/.*)?$", Api.as_view()),
]
