# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.integrations import views

urlpatterns = [
    path("<slug:kind>/<slug:connection_code>/", views.receive_webhook, name="webhook"),
]
