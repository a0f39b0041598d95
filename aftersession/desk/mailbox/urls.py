# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.mailbox import views

urlpatterns = [
    path("demo/mailbox/", views.mailbox, name="mailbox"),
    path("demo/mailbox/<slug:name>/", views.mailbox_mail, name="mailbox_mail"),
    path("demo/mailbox/<slug:name>/<int:place>/", views.mailbox_paper, name="mailbox_paper"),
]
