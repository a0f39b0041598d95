# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.account_links import views

urlpatterns = [
    path("clients/<slug:code>/pay-links/", views.account_links, name="account_links"),
]
