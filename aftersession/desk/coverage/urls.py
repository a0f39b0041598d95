# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.coverage import views

urlpatterns = [
    path("clients/<slug:code>/coverage/new/", views.coverage_new, name="coverage_new"),
    path("coverage/<slug:code>/", views.coverage_edit, name="coverage_edit"),
]
