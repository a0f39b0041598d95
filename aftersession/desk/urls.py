# SPDX-License-Identifier: Apache-2.0
"""The pages of staff, each with the routes of its own folder."""

from django.urls import include, path

app_name = "desk"

urlpatterns = [
    path("", include("aftersession.desk.today.urls")),
    path("", include("aftersession.desk.appointments.urls")),
    path("", include("aftersession.desk.clients.urls")),
    path("", include("aftersession.desk.coverage.urls")),
    path("", include("aftersession.desk.style_page.urls")),
]
