# SPDX-License-Identifier: Apache-2.0
"""The pages of staff, each with the routes of its own folder."""

from django.conf import settings
from django.urls import include, path

app_name = "desk"

urlpatterns = [
    path("", include("aftersession.desk.today.urls")),
    path("", include("aftersession.desk.appointments.urls")),
    path("", include("aftersession.desk.completion.urls")),
    path("", include("aftersession.desk.prepaid.urls")),
    path("", include("aftersession.desk.billing.urls")),
    path("", include("aftersession.desk.payments.urls")),
    path("", include("aftersession.desk.accounts.urls")),
    path("", include("aftersession.desk.claims.urls")),
    path("", include("aftersession.desk.clients.urls")),
    path("", include("aftersession.desk.account_links.urls")),
    path("", include("aftersession.desk.online_refunds.urls")),
    path("", include("aftersession.desk.payouts.urls")),
    path("", include("aftersession.desk.coverage.urls")),
    path("", include("aftersession.desk.reminders.urls")),
    path("", include("aftersession.desk.settings.urls")),
    path("", include("aftersession.desk.partners.urls")),
    path("", include("aftersession.desk.search.urls")),
    path("", include("aftersession.desk.help.urls")),
    path("", include("aftersession.desk.messages.urls")),
    path("", include("aftersession.desk.style_page.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("", include("aftersession.desk.mailbox.urls")))
