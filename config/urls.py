# SPDX-License-Identifier: Apache-2.0
"""Every address of the product. Who may use it stands in `config/policy.py`."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include("aftersession.accounts.urls")),
    path("account/", include("aftersession.desk.practice_choice.urls")),
    path("", include("aftersession.desk.urls")),
    path("p/", include("aftersession.portal.urls")),
    path("webhooks/", include("aftersession.integrations.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("demo/", include("aftersession.desk.demo_sign_in.urls")))
